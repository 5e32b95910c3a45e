/** A provider of SAML 2.0, as a company's directory has one: it describes itself, and signs what it says of people. */

import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { constants, createCipheriv, createPrivateKey, publicEncrypt, randomBytes, type KeyObject } from 'node:crypto'
import { SignedXml } from 'xml-crypto'

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) } as const
export const SIGNIN = 'https://signin.aws.amazon.com/saml'
export const OURS = 'https://aws.amazon.com/SAML/Attributes/'
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

/** What an assertion says; what is left out is as it should be. */
export interface Claims {
  readonly id?: string
  readonly issuer?: string
  readonly subject?: string
  /** Elements and attributes as they stand in the document. */
  readonly nameId?: string
  readonly confirmation?: string
  readonly conditions?: string
  readonly statement?: string
  readonly recipient?: string
  readonly audience?: string
  readonly version?: string
  /** Milliseconds from now. */
  readonly issued?: number
  readonly from?: number
  readonly until?: number
  readonly confirmedUntil?: number
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>
}

export interface Signing {
  readonly method?: string
  readonly digest?: string
  readonly form?: string
}

export interface SamlIdp {
  readonly entityId: string
  readonly metadata: string
  readonly certificate: string
  /** The bare assertion. */
  assertion(now: number, claims?: Claims): string
  /** A document with the element of that name signed. */
  sign(xml: string, name: string, signing?: Signing): string
}

export async function newIdp(entityId = 'https://idp.example.com/saml', bits = 2048): Promise<SamlIdp> {
  const keys = await crypto.subtle.generateKey({ ...RSA, modulusLength: bits }, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=idp',
    keys,
    signingAlgorithm: RSA,
  })
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString()
  return {
    entityId,
    certificate: certificate.toString('pem'),
    metadata: metadataText(entityId, certificate.toString('base64')),
    assertion: (now, claims = {}) => assertionText(entityId, now, claims),
    sign: (xml, name, signing = {}) =>
      signed(xml, name, { privateKey, publicCert: certificate.toString('pem'), ...signing }),
  }
}

/** AWS takes no document of less than a thousand characters, so a comment fills it. */
export function metadataText(entityId: string, certificate: string, attributes = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${'metadata '.repeat(120)}-->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"${attributes}>
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data>
      </ds:KeyInfo>
    </md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>`
}

const MINUTE = 60_000

function at(now: number, later: number): string {
  return new Date(now + later).toISOString()
}

function assertionText(entityId: string, now: number, claims: Claims): string {
  const { id = '_assertion', issuer = entityId, subject = 'jane@example.com', version = '2.0', issued = 0 } = claims
  const { recipient = SIGNIN, audience = SIGNIN, attributes = {}, statement = '' } = claims
  const { from = -MINUTE, until = 2 * MINUTE, confirmedUntil = 2 * MINUTE } = claims
  const {
    nameId = `<saml:NameID Format="${PERSISTENT}">${subject}</saml:NameID>`,
    confirmation = `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(now, confirmedUntil)}" Recipient="${recipient}"/></saml:SubjectConfirmation>`,
    conditions = `<saml:Conditions NotBefore="${at(now, from)}" NotOnOrAfter="${at(now, until)}"><saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
  } = claims
  const told = Object.entries(attributes).map(
    ([name, values]) =>
      `<saml:Attribute Name="${name}">${[values]
        .flat()
        .map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`)
        .join('')}</saml:Attribute>`,
  )
  return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" IssueInstant="${at(now, issued)}" Version="${version}"><saml:Issuer>${issuer}</saml:Issuer><saml:Subject>${nameId}${confirmation}</saml:Subject>${conditions}<saml:AuthnStatement AuthnInstant="${at(now, 0)}"${statement}/><saml:AttributeStatement>${told.join('')}</saml:AttributeStatement></saml:Assertion>`
}

/** A response around what is given to it: assertions, and whatever else. */
export function responseText(within: string, { status = 'Success', issuer = '' } = {}): string {
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_response" Version="2.0">${issuer}<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${status}"/></samlp:Status>${within}</samlp:Response>`
}

export function base64(xml: string): string {
  return Buffer.from(xml).toString('base64')
}

interface SigningKey {
  readonly privateKey: string
  /** Goes into the signature: nobody should ask it. */
  readonly publicCert: string
}

function signed(
  xml: string,
  name: string,
  { privateKey, publicCert, method, digest, form = EXCLUSIVE }: Signing & SigningKey,
) {
  const signature = new SignedXml({
    privateKey,
    publicCert,
    signatureAlgorithm: method ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: form,
  })
  signature.addReference({
    xpath: `//*[local-name(.)='${name}']`,
    digestAlgorithm: digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: [ENVELOPED, form],
  })
  signature.computeSignature(xml, {
    location: { reference: `//*[local-name(.)='${name}']/*[local-name(.)='Issuer']`, action: 'after' },
  })
  return signature.getSignedXml()
}

export interface Encrypting {
  readonly cipher?: 'aes-256-gcm' | 'aes-128-cbc'
  readonly wrap?: 'oaep' | 'pkcs1'
}

/** An assertion that only the holder of the key behind `certificate` can read. */
export function encrypt(
  assertion: string,
  publicKey: KeyObject,
  { cipher = 'aes-256-gcm', wrap = 'oaep' }: Encrypting = {},
) {
  const gcm = cipher === 'aes-256-gcm'
  const key = randomBytes(gcm ? 32 : 16)
  const start = randomBytes(gcm ? 12 : 16)
  const data = gcm ? sealGcm(assertion, key, start) : sealCbc(assertion, key, start)
  const padding = wrap === 'oaep' ? constants.RSA_PKCS1_OAEP_PADDING : constants.RSA_PKCS1_PADDING
  const wrapped = publicEncrypt({ key: publicKey, padding, ...(wrap === 'oaep' && { oaepHash: 'sha1' }) }, key)
  const method = gcm ? 'http://www.w3.org/2009/xmlenc11#aes256-gcm' : 'http://www.w3.org/2001/04/xmlenc#aes128-cbc'
  const xenc = 'http://www.w3.org/2001/04/xmlenc#'
  return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData xmlns:xenc="${xenc}"><xenc:EncryptionMethod Algorithm="${method}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="${xenc}${wrap === 'oaep' ? 'rsa-oaep-mgf1p' : 'rsa-1_5'}"/><xenc:CipherData><xenc:CipherValue>${wrapped.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>${Buffer.concat([start, data]).toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>`
}

function sealGcm(text: string, key: Buffer, start: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, start)
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
}

/** Filled up as XML Encryption does it: the last byte counts, the others are anything. */
function sealCbc(text: string, key: Buffer, start: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-cbc', key, start).setAutoPadding(false)
  const clear = Buffer.from(text)
  const missing = 16 - (clear.length % 16)
  const filled = Buffer.concat([clear, randomBytes(missing - 1), Buffer.from([missing])])
  return Buffer.concat([cipher.update(filled), cipher.final()])
}
