/** What is written in one transaction: commits in their order, and records of reads. */

import type { AuditRecord } from '../../audit/record.ts'
import { Conflict, countOf, SHELVED } from '../store.ts'
import type { Change, Commit, Move, PartitionId, Version } from '../store.ts'

export interface Waiting {
  readonly commit: Commit
  /** When it is given up, in milliseconds of the node's own time. */
  readonly until: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export interface Batch {
  /** Grows by one with each batch of a node. */
  readonly number: number
  /** When it was made, by the machine's time, epoch milliseconds: sent again, it says the same. */
  readonly at: number
  readonly commits: readonly Waiting[]
  readonly notes: readonly AuditRecord[]
}

/** The last word on each thing that a batch changes. */
export interface Plan {
  readonly moves: readonly (readonly [PartitionId, Move])[]
  readonly items: readonly (Change & { readonly seq: number })[]
  readonly shelved: readonly Change[]
  readonly records: readonly AuditRecord[]
}

/** Commits that hold together where the partitions have the versions `now`, and those that lost their race. */
export function sift(
  commits: readonly Waiting[],
  now: ReadonlyMap<PartitionId, Version> | undefined,
): { readonly kept: readonly Waiting[]; readonly lost: readonly (readonly [Waiting, Conflict])[] } {
  const versions = new Map(now)
  const kept: Waiting[] = []
  const lost: (readonly [Waiting, Conflict])[] = []
  for (const one of commits) {
    const { moves } = one.commit
    const gone = [...moves].find(([id, { from }]) => (versions.get(id) ?? from) !== from)
    if (gone !== undefined) {
      lost.push([one, new Conflict(gone[0])])
      continue
    }
    for (const [id, { to }] of moves) versions.set(id, to)
    kept.push(one)
  }
  return { kept, lost }
}

/** INVARIANT: partitions are in one order in every batch of every node, so that no two nodes wait for each other. */
export function planOf({ commits, notes }: Batch): Plan {
  const moves = new Map<PartitionId, Move>()
  const items = new Map<string, Change & { seq: number }>()
  const shelved = new Map<string, Change>()
  for (const { commit } of commits) {
    for (const [id, { from, to }] of commit.moves) moves.set(id, { from: moves.get(id)?.from ?? from, to })
    for (const change of commit.changes) {
      const place = `${change.partition}\n${change.kind}\n${change.key}`
      if (SHELVED.has(change.kind)) shelved.set(place, change)
      else items.set(place, { ...change, seq: countOf(commit.moves.get(change.partition)?.to ?? '') })
    }
  }
  return {
    moves: [...moves].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    items: [...items.values()],
    shelved: [...shelved.values()],
    // reads were noted while the commits were not yet there: their records come first
    records: [...notes, ...commits.flatMap(({ commit }) => commit.records)],
  }
}
