/** Events that nobody waits for: run one after the other as there is room, and tried again where the function fails. */

import type { Clock } from '../clock.ts'
import { Refusal } from '../refusal.ts'
import type { Order, Patience, Ran } from './order.ts'

/** A minute, then two. Lambda DG invocation-async-error-handling. */
const PAUSES: readonly number[] = [60_000, 120_000]
/** Where there is no room it is tried again, later each time, up to five minutes. */
const CROWDED = 1_000
const LONGEST = 300_000

interface Options {
  readonly onBug: (error: unknown, requestId: string) => void
  readonly pauses?: readonly number[] | undefined
}

export class Waiting {
  readonly #run: (order: Order) => Promise<Ran>
  readonly #clock: Clock
  readonly #pauses: readonly number[]
  readonly #onBug: Options['onBug']
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(run: (order: Order) => Promise<Ran>, clock: Clock, { onBug, pauses = PAUSES }: Options) {
    this.#run = run
    this.#clock = clock
    this.#pauses = pauses
    this.#onBug = onBug
  }

  take(order: Order, { retries, age }: Patience): void {
    this.#later(0, { order, left: retries, failures: 0, crowds: 0, until: this.#clock.now() + age * 1000 })
  }

  /** What waits is lost with the server. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #later(pause: number, event: Event): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.#try(event)
    }, pause).unref()
    this.#timers.add(timer)
  }

  async #try(event: Event): Promise<void> {
    if (this.#clock.now() > event.until) return
    const { order, left, failures, crowds } = event
    try {
      const { failed } = await this.#run(order)
      if (!failed || left === 0) return
      this.#later(this.#pauses[failures] ?? 0, { ...event, left: left - 1, failures: failures + 1 })
    } catch (error) {
      if (!(error instanceof Refusal)) return this.#onBug(error, order.requestId)
      if (error.code !== 'TooManyRequestsException') return
      this.#later(Math.min(CROWDED * 2 ** crowds, LONGEST), { ...event, crowds: crowds + 1 })
    }
  }
}

interface Event {
  readonly order: Order
  readonly left: number
  readonly failures: number
  readonly crowds: number
  /** By the server's clock. */
  readonly until: number
}
