/** The session tokens of IMDSv2: sealed and self-contained, so that none is kept. They end with the process that gave them. */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export const TTL = { least: 1, most: 21_600 } as const

export class Tokens {
  readonly #key = randomBytes(32)
  readonly #now: () => number

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  give(seconds: number): string {
    const body = `${Math.floor(this.#now() / 1000) + seconds}.${randomBytes(9).toString('base64url')}`
    return `${Buffer.from(body).toString('base64url')}.${this.#seal(body).toString('base64url')}`
  }

  /** The seconds that it has left, or `undefined` where it is none of ours or has ended. */
  left(token: string): number | undefined {
    const [head = '', seal = ''] = token.split('.')
    const body = Buffer.from(head, 'base64url').toString()
    const [given, ours] = [Buffer.from(seal, 'base64url'), this.#seal(body)]
    if (given.length !== ours.length || !timingSafeEqual(given, ours)) return undefined
    const left = Number(body.split('.')[0]) - Math.floor(this.#now() / 1000)
    return left > 0 ? left : undefined
  }

  #seal(body: string): Buffer {
    return createHmac('sha256', this.#key).update(body).digest()
  }
}
