/**
 * Records of reads on their way to a store. They wait a moment, so that many share one write, and there is room for so
 * many: who comes when it is full waits, and is refused where no room comes. INVARIANT: a record that was taken is
 * written, or still here.
 */

import type { AuditRecord } from '../audit/record.ts'
import { StoreTrouble } from './store.ts'

/** Records that may wait: about 15 MiB. */
const ROOM = 10_000
/** How long a caller waits for room, in milliseconds. */
const PATIENCE = 2_000

interface Waiting {
  readonly record: AuditRecord
  readonly settle: (error?: StoreTrouble) => void
}

export class Notes {
  #records: AuditRecord[] = []
  /** How many were taken, and are not known to be written: they have their room still. */
  #taken = 0
  readonly #waiting: Waiting[] = []

  /** How many wait, room or none. */
  get size(): number {
    return this.#records.length + this.#waiting.length
  }

  push(record: AuditRecord): Promise<void> | undefined {
    if (this.#records.length + this.#taken < ROOM) {
      this.#records.push(record)
      return undefined
    }
    return this.#wait(record)
  }

  /** All that wait and have room, to be written. */
  take(): readonly AuditRecord[] {
    const taken = this.#records
    this.#records = []
    this.#taken = taken.length
    return taken
  }

  /** Some that were taken could not be written: they are the first again. */
  giveBack(records: readonly AuditRecord[]): void {
    this.#records = [...records, ...this.#records]
  }

  /** What was taken is written, or has been given back: who waits for room has it now. */
  settle(): void {
    this.#taken = 0
    for (const { record, settle } of this.#waiting.splice(0, Math.max(0, ROOM - this.#records.length))) {
      this.#records.push(record)
      settle()
    }
  }

  #wait(record: AuditRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        waiting.settle(new StoreTrouble(`${ROOM} audit records wait to be written: no call is served unrecorded`))
      }, PATIENCE)
      const waiting: Waiting = {
        record,
        settle(error) {
          clearTimeout(late)
          if (error === undefined) resolve()
          else reject(error)
        },
      }
      this.#waiting.push(waiting)
    })
  }
}
