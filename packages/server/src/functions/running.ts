/** How functions run, where they do. */

import type { Isolation } from './isolation.ts'

export interface Running {
  /** Theirs alone: it is emptied. */
  readonly folder: string
  /** `auto`: kept apart from the machine, or not run. `unisolated`: run in any case. */
  readonly mode: 'auto' | 'unisolated'
  /** Where interpreters are looked for. */
  readonly path: string
  /** Sandboxes that are busy at once. */
  readonly sandboxes: number
  /** Milliseconds until an event is tried again, and again. */
  readonly pauses?: readonly number[]
  /** For tests: as if the machine offered no more. */
  readonly isolation?: Isolation
}

/** Sandboxes at once, where nobody says more: each takes some 50 MiB. */
export const SANDBOXES = 32
