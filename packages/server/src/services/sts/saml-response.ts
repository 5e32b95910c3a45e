/**
 * Authentication responses of SAML 2.0: what an identity provider says of somebody, once it is proved that it said it.
 * INVARIANT: an assertion is read from the text that a signature of the provider's covers, never from the document that it came in.
 */

import type { KeyObject } from 'node:crypto'
import { Refusal } from '../../refusal.ts'
import { decrypted } from '../../saml/encryption.ts'
import type { SamlMetadata } from '../../saml/metadata.ts'
import { isSigned, signedContent } from '../../saml/signature.ts'
import {
  attributeOf,
  childrenOf,
  descendantsOf,
  is,
  onlyChild,
  parseXml,
  textOf,
  type Element,
} from '../../saml/xml.ts'
import { badSignature, invalid, noResponse, otherIssuer, type Told } from './saml-refusals.ts'

/** Who must have said it. */
export interface Sayer {
  readonly metadata: SamlMetadata
  readonly keys: readonly KeyObject[]
  /** Assertions must be encrypted. */
  readonly encrypts: boolean
}

/** Whoever checks signatures goes over all nodes many times. No person has so many attributes in the length that AWS takes. */
const NODES_AT_MOST = 4000

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/** The assertion of a response, proved to be the provider's own. */
export function provedAssertion(base64: string, sayer: Sayer, call: Told): Element {
  const text = decoded(base64, call)
  const response = parseXml(text, NODES_AT_MOST)
  if (response === undefined || !is(response, 'protocol', 'Response')) throw noResponse(call)
  refuseFailed(response)
  const { entityId, certificates } = sayer.metadata
  refuseIssuer(response, entityId, call)
  const whole = isSigned(response) ? signedPart(text, response, certificates) : undefined
  const found = assertionIn(whole ?? { text, element: response }, sayer, call)
  // What was read before is worth what the signature is, also where it is the response's.
  if (!isSigned(found.element) && whole === undefined) throw badSignature()
  const { element } = isSigned(found.element) ? signedPart(found.text, found.element, certificates) : found
  if (!is(element, 'assertion', 'Assertion')) throw badSignature()
  if (textOf(onlyChild(element, 'assertion', 'Issuer')) !== entityId) throw otherIssuer(call)
  return element
}

function decoded(base64: string, call: Told): string {
  const bare = base64.replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) throw noResponse(call)
  return Buffer.from(bare, 'base64').toString()
}

/** Where the provider says that it knows nobody, there is nothing to prove. */
function refuseFailed(response: Element): void {
  const status = onlyChild(onlyChild(response, 'protocol', 'Status'), 'protocol', 'StatusCode')
  if (attributeOf(status, 'Value') === SUCCESS) return
  throw new Refusal(
    'IDPRejectedClaim',
    'The identity provider (IdP) reported that authentication failed. This might be because the claim is invalid.',
  )
}

/** A response need not say who sends it; its assertion must. */
function refuseIssuer(response: Element, entityId: string, call: Told): void {
  if (childrenOf(response, 'assertion', 'Issuer').some((issuer) => textOf(issuer) !== entityId)) throw otherIssuer(call)
}

interface Part {
  readonly text: string
  readonly element: Element
}

function signedPart(text: string, element: Element, certificates: readonly string[]): Part {
  const content = signedContent(text, element, certificates)
  const root = content === undefined ? undefined : parseXml(content)
  if (content === undefined || root === undefined) throw badSignature()
  return { text: content, element: root }
}

/** The one assertion. Where there are several, or one lies where none belongs, whoever reads may be shown the wrong one. */
function assertionIn({ text, element: response }: Part, sayer: Sayer, call: Told): Part {
  if (!is(response, 'protocol', 'Response')) throw badSignature()
  const plain = descendantsOf(response, 'assertion', 'Assertion')
  const encrypted = descendantsOf(response, 'assertion', 'EncryptedAssertion')
  const [only, ...others] = [...plain, ...encrypted]
  if (only === undefined) throw noResponse(call)
  if (others.length > 0 || only.parentNode !== response) throw badSignature()
  if (encrypted.length > 0) return opened(only, sayer)
  if (sayer.encrypts) throw invalid('The SAML assertion must be encrypted')
  return { text, element: only }
}

/** Whatever goes wrong is told in the words of a wrong signature: an answer that tells them apart would help to decrypt. */
function opened(encrypted: Element, { keys }: Sayer): Part {
  const text = decrypted(encrypted, keys)
  const element = text === undefined ? undefined : parseXml(text, NODES_AT_MOST)
  if (text === undefined || element === undefined || !is(element, 'assertion', 'Assertion')) throw badSignature()
  return { text, element }
}
