/**
 * Bringing an archive into an empty store. It goes in by many commits, so from the first to the last of them the directory
 * says that it is being filled. INVARIANT: no server starts on a store that says so: nothing half is ever served.
 */

import type { AuditRecord } from '../audit/record.ts'
import type { Blobs } from '../blobs.ts'
import { DIRECTORY, ORGANIZATION } from '../directory.ts'
import { draw, type Random } from '../random.ts'
import {
  NEVER,
  put,
  remove,
  SHELVED,
  versionAfter,
  type Change,
  type Move,
  type PartitionId,
  type Store,
  type Version,
} from '../store/store.ts'
import type { Entry } from './read.ts'

export interface Empty {
  readonly store: Store
  readonly blobs: Blobs
  readonly random: Random
}

/** Rows and records of one commit, and bytes of their lines. */
const MANY = 500
const MUCH = 4 * 1024 * 1024

/** What is in a store already, in a few words; `undefined` where it is empty. */
export async function contentOf(store: Store): Promise<string | undefined> {
  const directory = await store.load(DIRECTORY)
  if (directory.rows.some(({ kind }) => kind === 'filling')) return 'a part of an archive, which was broken off'
  const { version } = await store.load(ORGANIZATION)
  if (directory.version !== NEVER || version !== NEVER) return 'an installation'
  const { records } = await store.audited({ limit: 1 })
  return records.length > 0 ? 'audit records' : undefined
}

/** `entries` are an archive's own, in their order; whoever leaves out records leaves them out of these. Throws `Conflict` where another writes. */
export async function fill({ store, blobs, random }: Empty, entries: AsyncGenerator<Entry>): Promise<void> {
  const writer = new Commits(store, draw(random, 10, 'abcdefghijklmnopqrstuvwxyz'))
  try {
    await writer.add(put(DIRECTORY, 'filling', 'self', {}), MUCH)
    for (let next = await entries.next(); next.done !== true; next = await entries.next()) {
      const entry = next.value
      if (entry.kind === 'record') await writer.note(entry.record, entry.size)
      if (entry.kind !== 'row') continue
      const { change, size, bytes } = entry
      if (bytes === undefined) await writer.add(change, size)
      else await writer.add(named(change, await blobs.write(pieces(entries, bytes))), size)
    }
    await writer.add(remove(DIRECTORY, 'filling', 'self'), MUCH)
  } finally {
    await entries.return(undefined)
  }
}

/** A blob has another name here. */
function named(change: Change, blob: string): Change {
  return { ...change, value: { ...(change.value as object), blob } } // a row that names a blob is an object
}

/** The next entries, which a reader sees to be pieces, until they are all there. */
async function* pieces(entries: AsyncGenerator<Entry>, bytes: number): AsyncGenerator<Buffer> {
  for (let missing = bytes; missing > 0;) {
    const { value, done } = await entries.next()
    if (done === true || value.kind !== 'piece') throw new Error('bytes that were promised did not come')
    missing -= value.bytes.length
    yield value.bytes
  }
}

/** Changes in commits of bounded size, one after the other. */
class Commits {
  readonly #store: Store
  readonly #stamp: string
  readonly #versions = new Map<PartitionId, Version>()
  #changes: Change[] = []
  #records: AuditRecord[] = []
  #size = 0
  #made = 0

  constructor(store: Store, stamp: string) {
    this.#store = store
    this.#stamp = stamp
  }

  async add(change: Change, size: number): Promise<void> {
    this.#changes.push(change)
    await this.#grown(size)
  }

  async note(record: AuditRecord, size: number): Promise<void> {
    this.#records.push(record)
    await this.#grown(size)
  }

  async #grown(size: number): Promise<void> {
    this.#size += size
    if (this.#changes.length + this.#records.length < MANY && this.#size < MUCH) return
    const [changes, records] = [this.#changes, this.#records]
    this.#changes = []
    this.#records = []
    this.#size = 0
    await this.#store.commit({ moves: this.#moves(changes), changes, records })
  }

  #moves(changes: readonly Change[]): ReadonlyMap<PartitionId, Move> {
    this.#made += 1
    const stamp = `${this.#stamp}${this.#made.toString(36)}`
    const moves = new Map<PartitionId, Move>()
    for (const { partition, kind } of changes) {
      if (SHELVED.has(kind) || moves.has(partition)) continue
      const from = this.#versions.get(partition) ?? NEVER
      const to = versionAfter(from, stamp)
      moves.set(partition, { from, to })
      this.#versions.set(partition, to)
    }
    return moves
  }
}
