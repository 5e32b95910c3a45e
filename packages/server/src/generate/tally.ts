/** How many things of each kind were generated. */

import type { Change } from '../store/store.ts'

const COUNTED = { role: 'roles', user: 'users', group: 'groups', policy: 'policies', bucket: 'buckets' } as const

export type Counts = Readonly<Record<(typeof COUNTED)[keyof typeof COUNTED], number>>

export class Tally {
  readonly #kinds = new Map<string, number>()

  add(changes: readonly Change[]): void {
    for (const { kind } of changes) this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1)
  }

  get counts(): Counts {
    const entries = Object.entries(COUNTED).map(([kind, name]) => [name, this.#kinds.get(kind) ?? 0])
    return Object.fromEntries(entries) as Counts // a number for each name of the table
  }
}
