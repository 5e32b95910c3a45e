/** How a store fares: what it counts for whoever watches, and whether it is well, told when that changes. */

import { COUNTS, SECONDS, type Counter, type Histogram, type Meter } from '../telemetry.ts'

/** Told why the store does not do what it should, and `undefined` when it does again. */
export type TellTrouble = (why: string | undefined) => void

export class Vitals {
  readonly #tell: TellTrouble
  #trouble: string | undefined
  #commits: Counter | undefined
  #conflicts: Counter | undefined
  #seconds: Histogram | undefined
  #groups: Histogram | undefined

  constructor(tell: TellTrouble = () => {}) {
    this.#tell = tell
  }

  get trouble(): string | undefined {
    return this.#trouble
  }

  set trouble(why: string | undefined) {
    const changed = (this.#trouble === undefined) !== (why === undefined)
    this.#trouble = why
    if (changed) this.#tell(why)
  }

  measure(meter: Meter, waiting: () => number): void {
    this.#commits = meter.counter('store_commits_total', 'Commits that are durable.')
    this.#conflicts = meter.counter('store_conflicts_total', 'Commits that lost their race.')
    this.#seconds = meter.histogram('store_group_seconds', 'Seconds to make a group of commits durable.', SECONDS)
    this.#groups = meter.histogram('store_group_commits', 'Commits that shared one transaction.', COUNTS)
    meter.gauge('store_records_waiting', 'Audit records of reads that are not written yet.', waiting)
  }

  /** A group is durable, after so many milliseconds. */
  wrote(commits: number, took: number): void {
    this.trouble = undefined
    this.#seconds?.observe(took / 1000)
    if (commits === 0) return
    this.#groups?.observe(commits)
    this.#commits?.add(commits)
  }

  lost(commits: number): void {
    this.#conflicts?.add(commits)
  }
}
