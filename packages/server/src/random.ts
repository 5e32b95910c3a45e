/** Randomness enters here, once. Tests give a seeded source and get the same ids again. */

import { randomFillSync } from 'node:crypto'

export interface Random {
  bytes(length: number): Buffer
}

/** Draws from a pool, since a system call for each id would cost more than the id. */
export function systemRandom(): Random {
  const pool = Buffer.allocUnsafe(4096)
  let at = pool.length
  return {
    bytes(length) {
      if (length > pool.length) return randomFillSync(Buffer.allocUnsafe(length))
      if (at + length > pool.length) {
        randomFillSync(pool)
        at = 0
      }
      at += length
      return Buffer.from(pool.subarray(at - length, at))
    },
  }
}

export function uuid(random: Random): string {
  const bytes = random.bytes(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** `length` characters drawn evenly from `alphabet` (256 characters at the most): a byte that would favour some is drawn again. */
export function draw(random: Random, length: number, alphabet: string): string {
  const fair = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length) {
    for (const byte of random.bytes(length - text.length)) {
      if (byte < fair) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
}
