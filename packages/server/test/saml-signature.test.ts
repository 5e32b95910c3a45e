import { beforeAll, expect, test } from 'vitest'
import { signedContent } from '../src/saml/signature.ts'
import { descendantsOf, parseXml } from '../src/saml/xml.ts'
import { newIdp, type SamlIdp } from './saml-idp.ts'

/** What an assertion's signature covers, whoever else looks at it afterwards. */

let idp: SamlIdp
let good: string
beforeAll(async () => {
  idp = await newIdp()
  good = idp.sign(idp.assertion(Date.now()), 'Assertion')
})

/** The content of the first assertion within. */
function contentOf(within: string): string | undefined {
  const xml = `<all>${within}</all>`
  const root = parseXml(xml)
  const assertion = root && descendantsOf(root, 'assertion', 'Assertion')[0]
  return assertion && signedContent(xml, assertion, [idp.certificate])
}

const signatureIn = (xml: string) => /<Signature .*<\/Signature>/.exec(xml)?.[0] ?? ''

test('a signature covers its own element, without itself and what stands around it', () => {
  const content = contentOf(`before${good}<after/>`) ?? ''
  expect(content).toMatch(/^<saml:Assertion .*jane@example\.com.*<\/saml:Assertion>$/)
  expect(content).not.toMatch(/Signature|before|after/)
})

const REFUSED: readonly [what: string, xml: () => string, why: string][] = [
  [
    'refers to another element',
    () => {
      const message = idp.sign('<other ID="_other"><Issuer/></other>', 'other')
      const signature = signatureIn(message)
      const evil = idp.assertion(Date.now()).replace('</saml:Issuer>', `</saml:Issuer>${signature}`)
      return message.replace(signature, '') + evil
    },
    'that one is signed, and this one is not',
  ],
  [
    'holds more than a signature',
    () => good.replace('</Signature>', '<Object/></Signature>'),
    'what is signed may hide in it',
  ],
  ['names its value twice', () => good.replace(/<SignatureValue>.*<\/SignatureValue>/, (one) => one + one), 'as above'],
  [
    'leaves out more than itself',
    () =>
      good.replace(/(<Transform [^>]*>)/, '$1<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>'),
    'what is left out can be changed',
  ],
  ['is on an element without a name', () => good.replace(' ID="_assertion"', ''), 'nothing refers to it'],
]
test.each(REFUSED)('a signature that %s proves nothing', (_what, xml) => {
  expect(contentOf(good)).toBeDefined()
  expect(contentOf(xml())).toBeUndefined()
})
