/**
 * The server's own keys: one master key, kept outside the data folder or given by the operator, and what follows from it.
 *
 * Everything secret at rest or in a client's hands is sealed: AES-256-GCM with a fresh nonce, the key's id in clear, and
 * what it is for bound in, so that a value sealed for one purpose opens for no other.
 */

import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { Random } from './random.ts'

export type Purpose =
  | 'secret'
  | 'mfa-seed'
  | 'session'
  | 'session-key'
  | 'authorization-message'
  | 'page'
  | 'archive'
  | 'one-time-code'
  | 'token-key'
  | 'saml-key'

const NONCE = 12
const TAG = 16
/** The id of the master key itself; session keys have the ids that the directory gives them. */
export const MASTER = 0

export class Keyring {
  readonly #keys = new Map<number, KeyObject>()
  readonly #random: Random
  /** The key that new session tokens are sealed with. */
  #current = MASTER

  /** `master` has 32 bytes. */
  constructor(master: Buffer, random: Random) {
    if (master.length !== 32) throw new Error(`the master key has ${master.length} bytes; it must have 32`)
    this.#keys.set(MASTER, derive(master, 'sallyport master'))
    this.#random = random
  }

  /** The keys for sessions, by number: what they sealed opens, what others sealed does not, and the last one seals. */
  useSessionKeys(keys: ReadonlyMap<number, Buffer>): void {
    for (const id of this.#keys.keys()) if (id !== MASTER && !keys.has(id)) this.#keys.delete(id)
    for (const [id, key] of keys) this.#keys.set(id, createSecretKey(key))
    this.#current = Math.max(MASTER, ...keys.keys())
  }

  hasSessionKey(): boolean {
    return this.#current !== MASTER
  }

  seal(purpose: Purpose, clear: Buffer): Buffer {
    const id = purpose === 'session' || purpose === 'authorization-message' ? this.#current : MASTER
    const nonce = this.#random.bytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', this.#key(id), nonce).setAAD(Buffer.from(purpose))
    const head = Buffer.alloc(5)
    head.writeUInt8(1, 0)
    head.writeUInt32BE(id, 1)
    return Buffer.concat([head, nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()])
  }

  /** `undefined` where it was not sealed here, for this, or has been changed since. */
  open(purpose: Purpose, sealed: Buffer): Buffer | undefined {
    if (sealed.length < 5 + NONCE + TAG || sealed.readUInt8(0) !== 1) return undefined
    const key = this.#keys.get(sealed.readUInt32BE(1))
    if (key === undefined) return undefined
    const nonce = sealed.subarray(5, 5 + NONCE)
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(Buffer.from(purpose))
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
    try {
      return Buffer.concat([decipher.update(sealed.subarray(5 + NONCE, sealed.length - TAG)), decipher.final()])
    } catch {
      return undefined
    }
  }

  sealText(purpose: Purpose, clear: string): string {
    return this.seal(purpose, Buffer.from(clear)).toString('base64')
  }

  openText(purpose: Purpose, sealed: string): string | undefined {
    return this.open(purpose, Buffer.from(sealed, 'base64'))?.toString()
  }

  #key(id: number): KeyObject {
    const key = this.#keys.get(id)
    if (key === undefined) throw new Error(`no key ${id}`)
    return key
  }
}

function derive(master: Buffer, use: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), use, 32)))
}
