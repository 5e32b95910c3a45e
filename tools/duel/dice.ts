/** Seeded chance: the same seed and number throw the same dice, so that any case can be thrown again alone. */

export class Dice {
  #a: number
  #b: number

  constructor(seed: number, turn: number) {
    this.#a = (seed ^ 0x9e3779b9) >>> 0
    this.#b = (Math.imul(turn, 0x85ebca6b) ^ Math.floor(turn / 0x1_0000_0000) ^ 0xc2b2ae35) >>> 0
    for (let i = 0; i < 4; i++) this.next()
  }

  /** From 0 to below 1. (xoroshiro64*) */
  next(): number {
    const result = Math.imul(this.#a, 0x9e3779bb) >>> 0
    const mixed = this.#b ^ this.#a
    this.#a = (((this.#a << 26) | (this.#a >>> 6)) ^ mixed ^ (mixed << 9)) >>> 0
    this.#b = ((mixed << 13) | (mixed >>> 19)) >>> 0
    return result / 0x1_0000_0000
  }

  /** From 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(of: number): boolean {
    return this.next() < of
  }

  one<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)]
    if (picked === undefined) throw new Error('there is nothing to pick from')
    return picked
  }

  /** `least` to `most` things. */
  many<T>(least: number, most: number, make: () => T): readonly T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, make)
  }

  /** One thing alone or a list of a few, as JSON policies have it. */
  oneOrMany<T>(make: () => T): T | readonly T[] {
    return this.chance(0.6) ? make() : this.many(1, 3, make)
  }
}
