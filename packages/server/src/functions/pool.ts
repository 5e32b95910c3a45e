/** The sandboxes there are: who is busy, who waits for the next event of its function, and who waited long enough. */

import type { Opened } from '../sessions.ts'
import type { Sandbox } from './sandbox.ts'

/** A process that was begun for a version of a function. */
export interface Room {
  /** What it was begun for: account, region, name, version and revision. */
  readonly key: string
  readonly sandbox: Sandbox
  /** Its credentials. */
  readonly session: Opened
  readonly stream: string
  /** Ended with it. */
  readonly leave: () => void
}

/** How long one waits for its function's next event, in milliseconds. */
const IDLE = 300_000

export class Pool {
  readonly #idle = new Set<Room>()
  readonly #busy = new Set<Room>()
  readonly #timers = new Map<Room, NodeJS.Timeout>()
  readonly #forgotten = new WeakSet<Room>()
  readonly #ending = new Set<Promise<void>>()

  /** One that waits for an event of this function, where its credentials last until `until`. The one used last is best. */
  take(key: string, until: number): Room | undefined {
    const fitting = [...this.#idle].filter((room) => room.key === key)
    for (const room of fitting) if (room.session.session.facts.expiresAt <= until || room.sandbox.ended) this.#end(room)
    const room = fitting.filter((it) => this.#idle.has(it)).at(-1)
    if (room !== undefined) this.hold(room)
    return room
  }

  hold(room: Room): void {
    clearTimeout(this.#timers.get(room))
    this.#idle.delete(room)
    this.#busy.add(room)
  }

  /** Back from its event. */
  release(room: Room): void {
    this.#busy.delete(room)
    if (room.sandbox.ended || this.#forgotten.has(room)) return this.#end(room)
    this.#idle.add(room)
    this.#timers.set(room, setTimeout(() => this.#end(room), IDLE).unref())
  }

  /** Ends one that waits, so that there is room for another. */
  makeRoom(): void {
    const [longest] = this.#idle
    if (longest !== undefined) this.#end(longest)
  }

  get size(): number {
    return this.#idle.size + this.#busy.size
  }

  forget(prefix: string): void {
    for (const room of this.#busy) if (room.key.startsWith(prefix)) this.#forgotten.add(room)
    for (const room of this.#idle) if (room.key.startsWith(prefix)) this.#end(room)
  }

  async close(): Promise<void> {
    for (const room of [...this.#idle, ...this.#busy]) this.#end(room)
    await Promise.all(this.#ending)
  }

  #end(room: Room): void {
    clearTimeout(this.#timers.get(room))
    this.#timers.delete(room)
    this.#idle.delete(room)
    this.#busy.delete(room)
    const ended = room.sandbox.end().then(room.leave)
    this.#ending.add(ended)
    void ended.finally(() => this.#ending.delete(ended))
  }
}
