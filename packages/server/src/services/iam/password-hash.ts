/** Passwords as they are kept: a slow hash (scrypt) with a salt of the user's own. INVARIANT: nothing else of a password is written. */

import { scrypt, timingSafeEqual } from 'node:crypto'
import type { Random } from '../../random.ts'

/** 32 MiB and about a fifth of a second: one of the settings that OWASP's cheat sheet on storing passwords has for scrypt. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 }
const LENGTH = 32

export function newSalt(random: Random): string {
  return random.bytes(16).toString('base64')
}

export function hashOf(password: string, salt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(password, Buffer.from(salt, 'base64'), LENGTH, COST, (error, hash) => {
      if (error === null) resolve(hash.toString('base64'))
      else reject(error)
    })
  })
}

/** Compares in a time that does not depend on where they differ. */
export function isSameHash(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'base64'), Buffer.from(other, 'base64'))
}
