/** Certificates and keys for tests, made where they are needed. */

import { generateKeyPairSync } from 'node:crypto'
import { issueAuthority, issueLeaf, type KeyPair } from '../src/tls/certificates.ts'

const DAY = 86_400_000
const span = () => ({ from: Date.now() - DAY, until: Date.now() + DAY })

let authority: Promise<KeyPair> | undefined

/** One authority issues them all. */
export function issuer(): Promise<KeyPair> {
  authority ??= issueAuthority(span())
  return authority
}

export async function leaf(name: string): Promise<KeyPair> {
  return issueLeaf(await issuer(), { ...span(), names: [name], addresses: [] })
}

/** A key in OpenSSH's form, with a comment. */
export function sshLine(bits = 2048): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const parts = [Buffer.from('ssh-rsa'), Buffer.from(e, 'base64url'), number(Buffer.from(n, 'base64url'))]
  return `ssh-rsa ${Buffer.concat(parts.map(field)).toString('base64')} somebody@example.com`
}

export const RSA_LINE = sshLine()

/** A number whose first bit is set is not negative. */
function number(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes])
}

function field(bytes: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(bytes.length)
  return Buffer.concat([head, bytes])
}
