/**
 * The state in memory: partitions that were touched, brought up by what commits. It stands between the gate, which reads
 * without waiting, and the store, which waits.
 *
 * INVARIANT: what is in memory is what the store has plus commits on their way. When one of those fails, the partition is
 * read again, and no answer that leaned on it leaves before (`settled`): nobody is told what was never written.
 */

import type { AuditRecord } from '../audit/record.ts'
import { DIRECTORY } from '../directory.ts'
import { OrderedKeys } from './ordered-keys.ts'
import { SHELVED, type Change, type PartitionId, type Store } from './store.ts'

interface Partition {
  readonly id: PartitionId
  version: number
  readonly kinds: Map<string, Map<string, unknown>>
  readonly ids: Map<string, Map<string, string>>
  /** Of the kinds that somebody listed. */
  readonly ordered: Map<string, OrderedKeys>
  /** Settles when every commit on its way has come in (true) or failed (false). */
  pending: Promise<boolean> | undefined
  readonly view: PartitionView
}

/** What readers get of a partition. */
export interface PartitionView {
  readonly id: PartitionId
  all(kind: string): ReadonlyMap<string, unknown>
  /** The keys of `all(kind)` in ascending order of JavaScript's `<`. */
  inOrder(kind: string): readonly string[]
  byId(kind: string, id: string): unknown
}

const NONE: ReadonlyMap<string, unknown> = new Map()

export class Land {
  readonly #store: Store
  readonly #partitions = new Map<PartitionId, Partition>()
  readonly #loading = new Map<PartitionId, Promise<Partition>>()

  constructor(store: Store) {
    this.#store = store
  }

  /** Brings partitions into memory; those that are there cost nothing, not even a turn of the event loop. */
  load(ids: readonly PartitionId[]): Promise<unknown> | undefined {
    const missing = ids.filter((id) => !this.#partitions.has(id))
    return missing.length === 0 ? undefined : Promise.all(missing.map((id) => this.#load(id)))
  }

  /** A loaded partition. One that was never written is empty, not absent. */
  view(id: PartitionId): PartitionView | undefined {
    return this.#partitions.get(id)?.view
  }

  /** Waits for commits on their way in these partitions. False where one failed: what was read of it was never written. */
  async settled(ids: readonly PartitionId[]): Promise<boolean> {
    const pending = ids.flatMap((id) => this.#partitions.get(id)?.pending ?? [])
    return !(await Promise.all(pending)).includes(false)
  }

  /** Applies changes at once and resolves when they are durable. All changed partitions have been loaded, or are born in these changes. */
  commit(changes: readonly Change[], records: readonly AuditRecord[]): Promise<void> {
    const touched = [...new Set(changes.filter(({ kind }) => !SHELVED.has(kind)).map(({ partition }) => partition))]
    const partitions = touched.map((id) => this.#partitions.get(id) ?? this.#born(id, changes))
    const expects = new Map(partitions.map(({ id, version }) => [id, version]))
    const byId = new Map(partitions.map((partition) => [partition.id, partition]))
    for (const change of changes) {
      const partition = byId.get(change.partition)
      if (partition !== undefined && !SHELVED.has(change.kind)) apply(partition, change)
    }
    for (const partition of partitions) partition.version += 1
    const written = this.#store.commit({ expects, changes, records })
    for (const partition of partitions) this.#track(partition, written)
    return written
  }

  #track(partition: Partition, written: Promise<void>): void {
    const pending = written
      .then(
        () => true,
        () => this.#restore(partition).then(() => false),
      )
      .catch(() => {
        // a store that cannot be read either: the partition is read when somebody next needs it
        this.#partitions.delete(partition.id)
        return false
      })
      .finally(() => {
        if (partition.pending === pending) partition.pending = undefined
      })
    partition.pending = pending
  }

  /** Brings a partition back to what the store has. It stays in its place meanwhile: others are reading it. */
  async #restore(partition: Partition): Promise<void> {
    const { version, rows } = await this.#store.load(partition.id)
    partition.kinds.clear()
    partition.ids.clear()
    partition.ordered.clear()
    partition.version = version
    for (const { kind, key, value } of rows) apply(partition, { partition: partition.id, kind, key, value })
  }

  /** An account that these changes enter in the directory has no past to load; where the store knows of one after all, the commit conflicts. */
  #born(id: PartitionId, changes: readonly Change[]): Partition {
    const entered = changes.some(
      (change) =>
        change.partition === DIRECTORY && change.kind === 'account' && change.key === id && change.value !== undefined,
    )
    if (!entered) throw new Error(`partition \`${id}\` is changed but was not loaded`)
    const partition = emptyPartition(id, 0)
    this.#partitions.set(id, partition)
    return partition
  }

  #load(id: PartitionId): Promise<Partition> {
    const under = this.#loading.get(id) ?? this.#read(id).finally(() => this.#loading.delete(id))
    this.#loading.set(id, under)
    return under
  }

  async #read(id: PartitionId): Promise<Partition> {
    const partition = emptyPartition(id, 0)
    await this.#restore(partition)
    this.#partitions.set(id, partition)
    return partition
  }
}

function emptyPartition(id: PartitionId, version: number): Partition {
  const kinds: Partition['kinds'] = new Map()
  const ids: Partition['ids'] = new Map()
  const ordered: Partition['ordered'] = new Map()
  const view: PartitionView = {
    id,
    all: (kind) => kinds.get(kind) ?? NONE,
    inOrder: (kind) => {
      const keys = ordered.get(kind) ?? new OrderedKeys(kinds.get(kind)?.keys() ?? [])
      ordered.set(kind, keys)
      return keys.keys
    },
    byId: (kind, it) => kinds.get(kind)?.get(ids.get(kind)?.get(it) ?? ''),
  }
  return { id, version, kinds, ids, ordered, pending: undefined, view }
}

function apply(partition: Partition, { kind, key, value }: Change): void {
  const items = partition.kinds.get(kind) ?? new Map<string, unknown>()
  const ids = partition.ids.get(kind) ?? new Map<string, string>()
  partition.kinds.set(kind, items)
  partition.ids.set(kind, ids)
  const before = idOf(items.get(key))
  if (before !== undefined) ids.delete(before)
  if (value === undefined) {
    if (items.delete(key)) partition.ordered.get(kind)?.remove(key)
    return
  }
  if (!items.has(key)) partition.ordered.get(kind)?.add(key)
  items.set(key, value)
  const id = idOf(value)
  if (id !== undefined) ids.set(id, key)
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? value.id
    : undefined
}
