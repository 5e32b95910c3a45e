/** How many calls of each function run now, and who is one too many. */

import { Refusal } from '../refusal.ts'
import { nameKey, type Order } from './order.ts'

export class Crowd {
  readonly #most: number
  readonly #running = new Map<string, number>()
  #all = 0

  constructor(most: number) {
    this.#most = most
  }

  refuse({ account, region, row }: Pick<Order, 'account' | 'region' | 'row'>): void {
    const under = this.#running.get(nameKey(account, region, row.name)) ?? 0
    if (row.reserved !== undefined && under >= row.reserved)
      throw crowded('ReservedFunctionConcurrentInvocationLimitExceeded')
    if (this.#all >= this.#most) throw crowded('ConcurrentInvocationLimitExceeded')
  }

  /** Counts one in; what it returns counts it out. */
  enter(order: Pick<Order, 'account' | 'region' | 'row'>): () => void {
    this.refuse(order)
    const key = nameKey(order.account, order.region, order.row.name)
    this.#running.set(key, (this.#running.get(key) ?? 0) + 1)
    this.#all += 1
    return () => {
      const left = (this.#running.get(key) ?? 1) - 1
      this.#all -= 1
      if (left === 0) this.#running.delete(key)
      else this.#running.set(key, left)
    }
  }
}

function crowded(Reason: string): Refusal {
  return new Refusal('TooManyRequestsException', 'Rate Exceeded.', { Reason })
}
