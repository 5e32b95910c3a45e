/**
 * The state in memory: partitions that were touched, brought up by what commits. It stands between the gate, which reads
 * without waiting, and the store, which waits.
 *
 * INVARIANT: what is in memory is what the store has plus commits on their way. When one of those fails, or another node
 * writes, the partition is stale: nothing more is built on it until it was read again, and no answer that leaned on a
 * commit that failed leaves (`settled`): nobody is told what was never written.
 */

import type { AuditRecord } from '../audit/record.ts'
import { DIRECTORY, ORGANIZATION } from '../directory.ts'
import type { Counter, Meter } from '../telemetry.ts'
import { Partition, type PartitionView } from './partition.ts'
import { Conflict, NEVER, SHELVED, versionAfter } from './store.ts'
import type { Change, Move, PartitionId, Store } from './store.ts'

export interface LandOptions {
  /** Bytes of rows kept in memory; beyond it, what was not touched lately leaves. */
  readonly cache: number
  /** Tells this node's commits from every other's. */
  readonly node: string
  /** Milliseconds that only grow. */
  readonly now: () => number
}

/** What was touched so lately, in milliseconds, never leaves: a call under way stands on it. */
const YOUNG = 2_000
/** Below this share of the cache, leaving ends. */
const ENOUGH = 0.9
const ALWAYS: ReadonlySet<PartitionId> = new Set([DIRECTORY, ORGANIZATION])

export class Land {
  readonly #store: Store
  readonly #options: LandOptions
  readonly #partitions = new Map<PartitionId, Partition>()
  readonly #bringing = new Map<PartitionId, Promise<void>>()
  #stamps = 0
  #evictions = 0
  #evicted: Counter | undefined

  constructor(store: Store, options: LandOptions) {
    this.#store = store
    this.#options = options
  }

  /** From here on, other nodes' writes are told of. */
  async follow(): Promise<void> {
    await this.#store.follow?.({
      held: () => new Map([...this.#partitions.values()].map(({ id, durable }) => [id, durable])),
      moved: (id, version) => this.#partitions.get(id)?.moved(version),
      lost: (id) => this.#partitions.get(id)?.lost(),
    })
  }

  /** Partitions in memory, their bytes, and how many have left it. */
  get size(): { readonly partitions: number; readonly bytes: number; readonly evictions: number } {
    return { partitions: this.#partitions.size, bytes: this.#bytes(), evictions: this.#evictions }
  }

  measure(meter: Meter): void {
    meter.gauge(
      'partitions_loaded',
      'Partitions in memory: accounts, the organisation, the directory.',
      () => this.#partitions.size,
    )
    meter.gauge('cache_bytes', 'About how many bytes of rows are in memory.', () => this.#bytes())
    this.#evicted = meter.counter('evictions_total', 'Partitions that left memory for others.')
  }

  /** Brings partitions into memory, and stale ones up; those that are there cost nothing, not even a turn of the event loop. */
  load(ids: readonly PartitionId[]): Promise<void> | undefined {
    const now = this.#options.now()
    const missing = ids.filter((id) => !this.#touch(id, now))
    return missing.length === 0 ? undefined : this.#loadAll(ids, missing)
  }

  /** A loaded partition. One that was never written is empty, not absent. */
  view(id: PartitionId): PartitionView | undefined {
    return this.#partitions.get(id)?.view
  }

  /** Sees that a partition is what the store has now, where other nodes write it too. True where it had to be read again. */
  async confirm(id: PartitionId): Promise<boolean> {
    const version = await this.#store.current?.(id)
    if (version !== undefined) this.#partitions.get(id)?.moved(version)
    const reading = this.load([id])
    await reading
    return reading !== undefined
  }

  /** Waits for commits on their way in these partitions. False where one failed: what was read of it was never written. */
  async settled(ids: readonly PartitionId[]): Promise<boolean> {
    const pending = ids.flatMap((id) => this.#partitions.get(id)?.pending ?? [])
    return !(await Promise.all(pending)).includes(false)
  }

  /**
   * Applies changes at once and resolves when they are durable. All changed partitions have been loaded, or are born in
   * these changes. Throws `Conflict` where one of them went stale since.
   */
  async commit(changes: readonly Change[], records: readonly AuditRecord[]): Promise<void> {
    const touched = [...new Set(changes.filter(({ kind }) => !SHELVED.has(kind)).map(({ partition }) => partition))]
    const partitions = touched.map((id) => this.#partitions.get(id) ?? this.#born(id, changes))
    const stale = partitions.find((partition) => partition.stale)
    if (stale !== undefined) throw new Conflict(stale.id)
    this.#stamps += 1
    const stamp = `${this.#options.node}${this.#stamps.toString(36)}`
    const moves = new Map(
      partitions.map(({ id, version }) => [id, { from: version, to: versionAfter(version, stamp) }]),
    )
    for (const change of changes) if (!SHELVED.has(change.kind)) this.#partitions.get(change.partition)?.apply(change)
    const written = this.#store.commit({ moves, changes, records })
    for (const partition of partitions) {
      partition.track(moves.get(partition.id) as Move, written) // `moves` was made of `partitions`
      void partition.pending?.then((held) => held || this.#forgetUnborn(partition))
    }
    return written
  }

  /** One that never came to be, as far as is known here, is read by whoever asks for it next. */
  #forgetUnborn({ id, durable, pending }: Partition): void {
    if (durable === NEVER && pending === undefined && !ALWAYS.has(id)) this.#partitions.delete(id)
  }

  /** Whether the partition is there to be read; if so it has been used now. */
  #touch(id: PartitionId, now: number): boolean {
    const partition = this.#partitions.get(id)
    if (partition === undefined || partition.stale) return false
    partition.touched = now
    return true
  }

  /** Again until all are there at once: one may have left, or gone stale, while another was read. */
  async #loadAll(ids: readonly PartitionId[], missing: readonly PartitionId[]): Promise<void> {
    for (let wanted = missing; wanted.length > 0;) {
      await Promise.all(wanted.map((id) => this.#bring(id)))
      const now = this.#options.now()
      wanted = ids.filter((id) => !this.#touch(id, now))
    }
  }

  #bring(id: PartitionId): Promise<void> {
    const under = this.#bringing.get(id) ?? this.#read(id).finally(() => this.#bringing.delete(id))
    this.#bringing.set(id, under)
    return under
  }

  async #read(id: PartitionId): Promise<void> {
    const known = this.#partitions.get(id)
    // What is on its way was built on what is stale: it ends, one way or the other, before anything is read.
    await known?.pending
    const partition = known ?? new Partition(id)
    partition.listen()
    const loaded = await this.#store.load(id, partition.base)
    this.#partitions.set(id, partition)
    partition.take(loaded, this.#options.now())
    this.#makeRoom()
  }

  /** An account that these changes enter in the directory has no past to load; where the store knows of one after all, the commit conflicts. */
  #born(id: PartitionId, changes: readonly Change[]): Partition {
    const entered = changes.some(
      (change) =>
        change.partition === DIRECTORY && change.kind === 'account' && change.key === id && change.value !== undefined,
    )
    if (!entered) throw new Error(`partition \`${id}\` is changed but was not loaded`)
    const partition = new Partition(id)
    partition.touched = this.#options.now()
    this.#partitions.set(id, partition)
    this.#makeRoom()
    return partition
  }

  #bytes(): number {
    let sum = 0
    for (const { bytes } of this.#partitions.values()) sum += bytes
    return sum
  }

  /** Those longest unused leave first. */
  #makeRoom(): void {
    let over = this.#bytes() - this.#options.cache
    if (over <= 0) return
    over += this.#options.cache * (1 - ENOUGH)
    const before = this.#options.now() - YOUNG
    const leaving = [...this.#partitions.values()]
      .filter(({ id, touched, pending }) => touched < before && pending === undefined && !ALWAYS.has(id))
      .toSorted((a, b) => a.touched - b.touched)
    for (const { id, bytes } of leaving) {
      if (over <= 0) return
      if (this.#bringing.has(id)) continue
      this.#partitions.delete(id)
      over -= bytes
      this.#evictions += 1
      this.#evicted?.add()
    }
  }
}
