/**
 * Signatures in XML. What is signed is given back as the text that the signature covers, and nothing else may be read:
 * a document can hold more than was signed, and put it where readers look first.
 */

import { SignedXml } from 'xml-crypto'
import { attributeOf, childrenOf, elementsIn, is, onlyChild, type Element } from './xml.ts'

const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

/** SHA-1 is not among them, nor are keys that both sides share. */
const SIGNATURES: ReadonlySet<string> = new Set([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
])
const DIGESTS: ReadonlySet<string> = new Set([
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
])
/** Forms that leave comments out. */
const FORMS: ReadonlySet<string> = new Set([C14N, EXCLUSIVE])

/** Whether it has a signature of its own. */
export function isSigned(element: Element): boolean {
  return childrenOf(element, 'signature', 'Signature').length > 0
}

/** The text of `signed` that its own signature covers, where one of `certificates` made it. `xml` is the document it is in. */
export function signedContent(xml: string, signed: Element, certificates: readonly string[]): string | undefined {
  const signature = onlyChild(signed, 'signature', 'Signature')
  if (signature === undefined || !isPlain(signature, attributeOf(signed, 'ID'))) return undefined
  for (const certificate of certificates) {
    const content = checked(xml, signature, certificate)
    if (content !== undefined) return content
  }
  return undefined
}

/** The key in the document is never asked. */
function checked(xml: string, signature: Element, publicCert: string): string | undefined {
  const check = new SignedXml({ publicCert, getCertFromKeyInfo: () => null })
  try {
    // The library has its types from browsers; it takes nodes of any DOM.
    check.loadSignature(signature as unknown as Parameters<SignedXml['loadSignature']>[0])
    if (!check.checkSignature(xml)) return undefined
  } catch {
    return undefined // it throws where the value is wrong, and where an id is there twice
  }
  const [content, ...others] = check.getSignedReferences()
  return others.length === 0 ? content : undefined
}

/** One reference, to the element that the signature stands in, made and digested in ways that are known to be sound. */
function isPlain(signature: Element, id: string | undefined): boolean {
  const [info, value, key, ...more] = elementsIn(signature)
  if (info === undefined || value === undefined || more.length > 0) return false
  if (!is(info, 'signature', 'SignedInfo') || !is(value, 'signature', 'SignatureValue')) return false
  if (key !== undefined && !is(key, 'signature', 'KeyInfo')) return false
  const [form, method, reference, ...references] = elementsIn(info)
  if (reference === undefined || references.length > 0) return false
  return (
    is(reference, 'signature', 'Reference') &&
    uses(form, 'CanonicalizationMethod', FORMS) &&
    uses(method, 'SignatureMethod', SIGNATURES) &&
    isPlainReference(reference, id)
  )
}

function isPlainReference(reference: Element, id: string | undefined): boolean {
  const [transforms, digest, value, ...more] = elementsIn(reference)
  if (transforms === undefined || value === undefined || more.length > 0) return false
  if (id === undefined || id === '' || attributeOf(reference, 'URI') !== `#${id}`) return false
  if (!is(transforms, 'signature', 'Transforms') || !is(value, 'signature', 'DigestValue')) return false
  const [enveloped, form, ...others] = elementsIn(transforms).map((one) => attributeOf(one, 'Algorithm'))
  const known = enveloped === ENVELOPED && (form === undefined || FORMS.has(form)) && others.length === 0
  return known && uses(digest, 'DigestMethod', DIGESTS)
}

function uses(element: Element | undefined, name: string, algorithms: ReadonlySet<string>): boolean {
  return (
    element !== undefined && is(element, 'signature', name) && algorithms.has(attributeOf(element, 'Algorithm') ?? '')
  )
}
