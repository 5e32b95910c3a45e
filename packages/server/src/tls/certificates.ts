/** X.509 certificates over ECDSA P-256. The library is loaded by the first certificate, not by starting the server. */
import { createPrivateKey, randomBytes } from 'node:crypto'
import type { Extension } from '@peculiar/x509'

/** PEM throughout. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

interface Span {
  readonly from: number
  readonly until: number
}

interface LeafPlan extends Span {
  readonly names: readonly string[]
  readonly addresses: readonly string[]
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const

/** A new authority, signed by itself. */
export async function issueAuthority(span: Span): Promise<KeyPair> {
  const x509 = await library()
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Sallyport local CA, O=Sallyport',
    ...terms(span),
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await toPem(keys.privateKey) }
}

/** A server's certificate, followed by nothing: the authority is what clients trust already. */
export async function issueLeaf(authority: KeyPair, plan: LeafPlan): Promise<KeyPair> {
  const x509 = await library()
  const keys = await newKeys()
  const issuer = new x509.X509Certificate(authority.certificate)
  const alternatives = [
    ...plan.names.map((value) => ({ type: 'dns', value }) as const),
    ...plan.addresses.map((value) => ({ type: 'ip', value }) as const),
  ]
  const extensions: Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(alternatives),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ]
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=Sallyport',
    issuer: issuer.subject,
    ...terms(plan),
    publicKey: keys.publicKey,
    signingKey: await fromPem(authority.key),
    extensions,
  })
  return { certificate: certificate.toString('pem'), key: await toPem(keys.privateKey) }
}

/** The library wants its corner of `Reflect` to be there when it is loaded. */
async function library(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

function terms({ from, until }: Span) {
  // A serial number is positive: its first bit is not set, and its first byte is not zero.
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  return {
    serialNumber: serial.toString('hex'),
    notBefore: new Date(from),
    notAfter: new Date(until),
    signingAlgorithm: SIGNING,
  }
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
}

async function toPem(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString()
}

function fromPem(pem: string): Promise<CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' })
  return crypto.subtle.importKey('pkcs8', Uint8Array.from(der), CURVE, false, ['sign'])
}
