/** Draws that a seed decides: the same words give the same draws, on any machine and in any order of asking. */

import { createHash } from 'node:crypto'
import type { Random } from '../random.ts'

const WORD = 2 ** 32

export class Dice implements Random {
  readonly #name: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(name: string) {
    this.#name = name
    const seed = createHash('sha256').update(name).digest()
    this.#a = seed.readUInt32LE(0)
    this.#b = seed.readUInt32LE(4)
    this.#c = seed.readUInt32LE(8)
  }

  /** Dice for one part of what is drawn: what is drawn with them moves no other draw. */
  of(part: string): Dice {
    return new Dice(`${this.#name}/${part}`)
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    let at = 0
    for (; at + 4 <= length; at += 4) bytes.writeUInt32LE(this.#next(), at)
    if (at < length) bytes.writeUIntLE(this.#next() % 2 ** (8 * (length - at)), at, length - at)
    return bytes
  }

  /** From `low` to `high`, both among them. */
  between(low: number, high: number): number {
    return low + Math.floor((this.#next() / WORD) * (high - low + 1))
  }

  /** True `share` of the times. */
  chance(share: number): boolean {
    return this.#next() / WORD < share
  }

  /** INVARIANT: whoever asks has something to choose from. */
  pick<T>(from: readonly T[]): T {
    return from[this.between(0, from.length - 1)] as T
  }

  /** So many of them, none twice, in the order in which they were drawn. */
  some<T>(from: readonly T[], count: number): readonly T[] {
    const left = [...from]
    const drawn: T[] = []
    while (drawn.length < count && left.length > 0) drawn.push(...left.splice(this.between(0, left.length - 1), 1))
    return drawn
  }

  /** The sfc32 generator: three words that mix and one that counts. */
  #next(): number {
    const drawn = (this.#a + this.#b + this.#counter) >>> 0
    this.#counter = (this.#counter + 1) >>> 0
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0
    this.#b = (this.#c + (this.#c << 3)) >>> 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + drawn) >>> 0
    return drawn
  }
}
