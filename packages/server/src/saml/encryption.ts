/** Encrypted assertions: a key for one message, encrypted with the provider's RSA key, and a message encrypted with that. */

import { constants, createDecipheriv, privateDecrypt, type CipherGCMTypes, type KeyObject } from 'node:crypto'
import { attributeOf, childrenOf, descendantsOf, onlyChild, textOf, type Element } from './xml.ts'

interface Cipher {
  readonly name: string
  readonly mode: 'gcm' | 'cbc'
  readonly keyLength: number
}

const CIPHERS: Readonly<Record<string, Cipher>> = Object.fromEntries(
  [128, 192, 256].flatMap((bits) => [
    [`http://www.w3.org/2009/xmlenc11#aes${bits}-gcm`, cipher(bits, 'gcm')],
    [`http://www.w3.org/2001/04/xmlenc#aes${bits}-cbc`, cipher(bits, 'cbc')],
  ]),
)

function cipher(bits: number, mode: Cipher['mode']): Cipher {
  return { name: `aes-${bits}-${mode}`, mode, keyLength: bits / 8 }
}

const OAEP_SHA1 = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p'
const OAEP = 'http://www.w3.org/2009/xmlenc11#rsa-oaep'
const HASHES: Readonly<Record<string, string>> = {
  'http://www.w3.org/2000/09/xmldsig#sha1': 'sha1',
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
}
const MASKS: Readonly<Record<string, string>> = {
  'http://www.w3.org/2009/xmlenc11#mgf1sha1': 'sha1',
  'http://www.w3.org/2009/xmlenc11#mgf1sha256': 'sha256',
  'http://www.w3.org/2009/xmlenc11#mgf1sha512': 'sha512',
}
/** Of nonces and tags in bytes, as XML Encryption has them. */
const NONCE = 12
const TAG = 16
const BLOCK = 16
/** Of those to whom one message may be. */
const RECIPIENTS_AT_MOST = 10

/** The text within an EncryptedAssertion. Whatever is wrong with it, no more is said than that. */
export function decrypted(encrypted: Element, keys: readonly KeyObject[]): string | undefined {
  const data = onlyChild(encrypted, 'encryption', 'EncryptedData')
  const how = CIPHERS[methodOf(data)]
  const bytes = valueOf(data)
  const sealedKeys = descendantsOf(encrypted, 'encryption', 'EncryptedKey')
  if (how === undefined || bytes === undefined || sealedKeys.length > RECIPIENTS_AT_MOST) return undefined
  for (const sealed of sealedKeys) {
    for (const key of keys) {
      const opened = openKey(sealed, key)
      const text = opened?.length === how.keyLength ? openData(how, opened, bytes) : undefined
      if (text !== undefined) return text
    }
  }
  return undefined
}

function methodOf(element: Element | undefined): string {
  return attributeOf(onlyChild(element, 'encryption', 'EncryptionMethod'), 'Algorithm') ?? ''
}

function valueOf(element: Element | undefined): Buffer | undefined {
  const value = onlyChild(onlyChild(element, 'encryption', 'CipherData'), 'encryption', 'CipherValue')
  return value === undefined ? undefined : Buffer.from(textOf(value).replace(/\s/g, ''), 'base64')
}

function openKey(sealed: Element, key: KeyObject): Buffer | undefined {
  const oaepHash = hashOf(sealed)
  const bytes = valueOf(sealed)
  if (oaepHash === undefined || bytes === undefined) return undefined
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes)
  } catch {
    return undefined // it is not for this key
  }
}

/** Node has one hash for label and mask: both must be the same. RSA 1.5 is not taken: its answers give the key away. */
function hashOf(sealed: Element): string | undefined {
  const method = onlyChild(sealed, 'encryption', 'EncryptionMethod')
  const algorithm = methodOf(sealed)
  if (method === undefined || (algorithm !== OAEP_SHA1 && algorithm !== OAEP)) return undefined
  const [digest] = childrenOf(method, 'signature', 'DigestMethod')
  const [mask] = [...method.getElementsByTagNameNS('http://www.w3.org/2009/xmlenc11#', 'MGF')]
  const hash = digest === undefined ? 'sha1' : HASHES[attributeOf(digest, 'Algorithm') ?? '']
  const masked = mask === undefined ? 'sha1' : MASKS[attributeOf(mask, 'Algorithm') ?? '']
  return hash === masked ? hash : undefined
}

function openData({ name, mode }: Cipher, key: Buffer, bytes: Buffer): string | undefined {
  try {
    return (mode === 'gcm' ? openGcm(name, key, bytes) : openCbc(name, key, bytes))?.toString()
  } catch {
    return undefined
  }
}

function openGcm(name: string, key: Buffer, bytes: Buffer): Buffer | undefined {
  if (bytes.length < NONCE + TAG) return undefined
  // `CIPHERS` makes no other names with this mode.
  const decipher = createDecipheriv(name as CipherGCMTypes, key, bytes.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG))
  return Buffer.concat([decipher.update(bytes.subarray(NONCE, bytes.length - TAG)), decipher.final()])
}

/** The last byte says how many there are to make up a block; the others may be anything. */
function openCbc(name: string, key: Buffer, bytes: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(name, key, bytes.subarray(0, BLOCK)).setAutoPadding(false)
  const clear = Buffer.concat([decipher.update(bytes.subarray(BLOCK)), decipher.final()])
  const padding = clear.at(-1) ?? 0
  return padding >= 1 && padding <= BLOCK ? clear.subarray(0, clear.length - padding) : undefined
}
