/** Identifiers in AWS's forms. UG reference_identifiers, "Understanding unique ID prefixes". */

import { draw, type Random } from './random.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789'
const HEX = '0123456789abcdef'
const SECRET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export const ID_PREFIXES = {
  user: 'AIDA',
  role: 'AROA',
  group: 'AGPA',
  policy: 'ANPA',
  instanceProfile: 'AIPA',
  serverCertificate: 'ASCA',
  sshPublicKey: 'APKA',
  serviceCredential: 'ACCA',
} as const

export function uniqueId(random: Random, of: keyof typeof ID_PREFIXES): string {
  return ID_PREFIXES[of] + draw(random, 17, BASE32)
}

/** `[I]`: AWS documents no form for them. */
export function samlProviderId(random: Random): string {
  return `SAML${draw(random, 18, BASE32)}`
}

/** Of a private key of a SAML provider: capitals and digits, 22 at the least (API_SAMLPrivateKey). */
export function samlKeyId(random: Random): string {
  return draw(random, 22, BASE32)
}

/**
 * An access key id that names its account, as AWS's do: after the prefix, base32 of 80 bits, the first 48 of which are
 * a one, the account in 40 bits, and seven random bits. GetAccessKeyInfo reads it back.
 */
export function accessKeyId(random: Random, prefix: 'AKIA' | 'ASIA', account: string): string {
  const bits = random.bytes(10)
  bits.writeUIntBE(2 ** 47 + Number(account) * 128 + ((bits[5] ?? 0) & 0x7f), 0, 6)
  return prefix + base32(bits.subarray(0, 5)) + base32(bits.subarray(5))
}

/** Eight characters for five bytes. */
function base32(bytes: Buffer): string {
  let rest = bytes.readUIntBE(0, 5)
  let text = ''
  for (let place = 0; place < 8; place += 1) {
    text = BASE32.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

const ACCESS_KEY = /^A[KS]IA([A-Z2-7]{16})$/
const UNDER_THE_ACCOUNT = 2 ** 2 * 128

/** The account that an access key id names, or `undefined` where it was not drawn by us. */
export function accountOfKey(id: string): string | undefined {
  const body = ACCESS_KEY.exec(id)?.[1]
  if (body === undefined) return undefined
  // ten characters hold the first 50 bits: the one, the account, the seven, and two that do not matter
  let head = 0
  for (const character of body.slice(0, 10)) head = head * 32 + BASE32.indexOf(character)
  const account = Math.floor(head / UNDER_THE_ACCOUNT) - 2 ** 40
  return account >= 0 && account < 1_000_000_000_000 ? String(account).padStart(12, '0') : undefined
}

export function secretAccessKey(random: Random): string {
  return draw(random, 40, SECRET)
}

/** What tells a server from the others that share its store: ten letters, drawn at each start. */
export function nodeName(random: Random): string {
  return draw(random, 10, 'abcdefghijklmnopqrstuvwxyz')
}

export function accountId(random: Random): string {
  return draw(random, 1, '123456789') + draw(random, 11, '0123456789')
}

/** Six digits, sent to an address to see that somebody reads there. */
export function oneTimeCode(random: Random): string {
  return draw(random, 6, '0123456789')
}

export function organizationId(random: Random): string {
  return `o-${draw(random, 10, LOWER)}`
}

export function rootId(random: Random): string {
  return `r-${draw(random, 4, LOWER)}`
}

export function unitId(random: Random, root: string): string {
  return `ou-${root.slice(2)}-${draw(random, 8, LOWER)}`
}

export function organizationPolicyId(random: Random): string {
  return `p-${draw(random, 8, LOWER)}`
}

export function orgResourcePolicyId(random: Random): string {
  return `rp-${draw(random, 8, LOWER)}`
}

export function creationId(random: Random): string {
  return `car-${draw(random, 32, HEX)}`
}

export function handshakeId(random: Random): string {
  return `h-${draw(random, 32, HEX)}`
}

/** EC2: `i-`, `r-`, `vol-`, … and 17 hexadecimal digits. */
export function ec2Id(random: Random, prefix: string): string {
  return `${prefix}-${draw(random, 16, HEX).padStart(17, '0')}`
}
