/** Who may come in: there is room for so many calls at once. Whoever finds none is counted, and told of now and then. */

import type { Socket } from 'node:net'
import type { Connections } from './connections.ts'
import type { Limits } from './limits.ts'
import { seldom, type Log } from './log.ts'
import type { Counter, Meter } from './telemetry.ts'

type Full = 'calls' | 'connections'

export class Admission {
  readonly #most: number
  readonly #connections: Connections
  readonly #turnedAway: Readonly<Record<Full, Counter>>
  readonly #warn: (fields: object) => void
  #calls = 0
  #emptied: (() => void) | undefined

  constructor({ calls }: Limits, connections: Connections, meter: Meter, log: Log) {
    this.#most = calls
    this.#connections = connections
    const counter = (limit: Full): Counter =>
      meter.counter('calls_throttled_total', 'Calls that were turned away, by the limit that was reached.', { limit })
    this.#turnedAway = { calls: counter('calls'), connections: counter('connections') }
    this.#warn = seldom((fields) => log.warn?.(fields, 'calls are turned away'))
    meter.gauge('calls_in_flight', 'Calls under way.', () => this.#calls)
    meter.gauge('connections', 'Connections that are open.', () => connections.size)
  }

  get calls(): number {
    return this.#calls
  }

  hasRoom(socket: Socket): boolean {
    return this.#full(socket) === undefined
  }

  /** Takes a place, until `leave`. False where there is none. */
  enter(socket: Socket): boolean {
    const limit = this.#full(socket)
    if (limit === undefined) {
      this.#calls += 1
      return true
    }
    this.#turnedAway[limit].add()
    this.#warn({ limit })
    return false
  }

  leave(): void {
    this.#calls -= 1
    if (this.#calls === 0) this.#emptied?.()
  }

  /** Resolves once no call is under way. */
  async empty(): Promise<void> {
    if (this.#calls > 0) await new Promise<void>((resolve) => (this.#emptied = resolve))
  }

  #full(socket: Socket): Full | undefined {
    if (this.#connections.isExtra(socket)) return 'connections'
    return this.#calls >= this.#most ? 'calls' : undefined
  }
}
