/**
 * Keys in OpenSSH's forms, made, read and written, and their fingerprints, as IAM and EC2 take them. EC2's: of what it made, SHA-1 of the
 * private key in PKCS#8; of what was imported, MD5 of the public one; of ED25519, OpenSSH's own SHA-256 (EC2 User Guide,
 * "Verify the fingerprint of your key pair").
 */

import { createPublicKey, generateKeyPair, hash, type JsonWebKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Random } from './random.ts'

export type KeyType = 'rsa' | 'ed25519'

export interface PublicHalf {
  readonly type: KeyType
  /** One line, without a comment. */
  readonly line: string
  readonly fingerprint: string
}

export interface MadeKey extends PublicHalf {
  /** In PEM; ED25519 keys in OpenSSH's own, which all clients of it read. */
  readonly material: string
}

const BITS = 2048
const make = promisify(generateKeyPair)

/** A new pair. Its randomness is OpenSSL's own: a prime cannot be drawn from ours. */
export async function makeKey(type: KeyType, random: Random, comment: string): Promise<MadeKey> {
  if (type === 'rsa') {
    const { publicKey, privateKey } = await make('rsa', { modulusLength: BITS })
    const fingerprint = colons(hash('sha1', privateKey.export({ type: 'pkcs8', format: 'der' })))
    const material = String(privateKey.export({ type: 'pkcs1', format: 'pem' })).trimEnd()
    return { type, line: lineOf(blobOf(publicKey)), fingerprint, material }
  }
  const { publicKey, privateKey } = await make('ed25519', {})
  const blob = blobOf(publicKey)
  const material = privateFile(privateKey.export({ format: 'jwk' }), blob, { check: random.bytes(4), comment })
  return { type, line: lineOf(blob), fingerprint: sha256(blob), material }
}

const RSA_BITS: ReadonlySet<number> = new Set([1024, 2048, 4096])

/** The public half of a text in any of the forms that EC2 takes; `undefined` where it is in none. */
export function readPublicKey(text: string): PublicHalf | undefined {
  const key = keyIn(text.trim())
  if (key?.asymmetricKeyType === 'ed25519') {
    const blob = blobOf(key)
    return { type: 'ed25519', line: lineOf(blob), fingerprint: sha256(blob) }
  }
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0
  if (key?.asymmetricKeyType !== 'rsa' || !RSA_BITS.has(bits)) return undefined
  const fingerprint = colons(hash('md5', key.export({ type: 'spki', format: 'der' })))
  return { type: 'rsa', line: lineOf(blobOf(key)), fingerprint }
}

export interface SshKey {
  /** One line, without a comment. */
  readonly line: string
  readonly pem: string
  /** MD5 of the key's wire form, as `ssh-keygen -l -E md5` has it. */
  readonly fingerprint: string
}

/** An RSA key of 2,048 bits or more, as IAM takes it for CodeCommit; `undefined` where the text is none. */
export function readSshKey(text: string): SshKey | undefined {
  const key = keyIn(text.trim())
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0
  return key?.asymmetricKeyType === 'rsa' && bits >= BITS ? showKey(key) : undefined
}

function showKey(key: KeyObject): SshKey {
  const blob = blobOf(key)
  const pem = String(key.export({ type: 'spki', format: 'pem' }))
  return { line: lineOf(blob), pem, fingerprint: colons(hash('md5', blob)) }
}

function keyIn(text: string): KeyObject | undefined {
  try {
    const [, blob] = /^(?:ssh-rsa|ssh-ed25519)\s+([A-Za-z0-9+/=]+)/.exec(text) ?? []
    if (blob !== undefined) return keyOf(Buffer.from(blob, 'base64'))
    const [, body] = /^---- BEGIN SSH2 PUBLIC KEY ----\n([\s\S]+)\n---- END SSH2 PUBLIC KEY ----$/.exec(text) ?? []
    if (body !== undefined) return keyOf(Buffer.from(body.replaceAll(/^.*:.*(?:\\\n.*)*$/gm, ''), 'base64'))
    if (text.startsWith('-----BEGIN')) return createPublicKey(text)
    return createPublicKey({ key: Buffer.from(text, 'base64'), type: 'spki', format: 'der' })
  } catch {
    return undefined
  }
}

/** Reads the wire form of RFC 4253 and RFC 8709. */
function keyOf(blob: Buffer): KeyObject | undefined {
  const parts: Buffer[] = []
  for (let at = 0; at + 4 <= blob.length;) {
    const end = at + 4 + blob.readUInt32BE(at)
    if (end > blob.length) return undefined
    parts.push(blob.subarray(at + 4, end))
    at = end
  }
  const [name, first, second] = parts
  if (name?.toString() === 'ssh-ed25519')
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(first) }, format: 'jwk' })
  if (name?.toString() !== 'ssh-rsa') return undefined
  return createPublicKey({ key: { kty: 'RSA', e: base64url(first), n: base64url(unsigned(second)) }, format: 'jwk' })
}

function blobOf(key: KeyObject): Buffer {
  const { kty, n = '', e = '', x = '' } = key.export({ format: 'jwk' })
  if (kty === 'OKP') return Buffer.concat([field('ssh-ed25519'), field(Buffer.from(x, 'base64url'))])
  return Buffer.concat([field('ssh-rsa'), ...[e, n].map((part) => field(signed(Buffer.from(part, 'base64url'))))])
}

function lineOf(blob: Buffer): string {
  const name = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString()
  return `${name} ${blob.toString('base64')}`
}

/** `openssh-key-v1`, without a passphrase (OpenSSH, PROTOCOL.key). */
function privateFile(
  { d = '', x = '' }: JsonWebKey,
  blob: Buffer,
  { check, comment }: { readonly check: Buffer; readonly comment: string },
): string {
  const [seed, open] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const secret = [check, check, field('ssh-ed25519'), field(open), field(Buffer.concat([seed, open])), field(comment)]
  const length = secret.reduce((sum, part) => sum + part.length, 0)
  const padding = Buffer.from(Array.from({ length: (8 - (length % 8)) % 8 }, (_, at) => at + 1))
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map(field),
    Buffer.of(0, 0, 0, 1),
    field(blob),
    field(Buffer.concat([...secret, padding])),
  ])
  const lines = file.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----'].join('\n')
}

/** A length and that many bytes. */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(bytes.length)
  return Buffer.concat([head, bytes])
}

/** A number whose first bit is set gets a zero in front, so that it is not taken for a negative one. */
function signed(number: Buffer): Buffer {
  return (number[0] ?? 0) < 0x80 ? number : Buffer.concat([Buffer.of(0), number])
}

function unsigned(number: Buffer | undefined): Buffer | undefined {
  return number?.[0] === 0 ? number.subarray(1) : number
}

function colons(hex: string): string {
  return hex.replaceAll(/..(?=.)/g, '$&:')
}

function sha256(blob: Buffer): string {
  return hash('sha256', blob, 'base64')
}

function base64url(bytes: Buffer = Buffer.of()): string {
  return bytes.toString('base64url')
}
