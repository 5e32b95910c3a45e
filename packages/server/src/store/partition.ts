/** One partition in memory: its rows by kind and key, what is on its way to the store, and whether it is behind. */

import { OrderedKeys } from './ordered-keys.ts'
import {
  countOf,
  NEVER,
  type Change,
  type LoadedPartition,
  type Move,
  type PartitionId,
  type Version,
} from './store.ts'

/** What readers get of a partition. */
export interface PartitionView {
  readonly id: PartitionId
  /** Another one where anything in it is another. */
  readonly version: Version
  all(kind: string): ReadonlyMap<string, unknown>
  byId(kind: string, id: string): unknown
  /** The keys of a kind, ascending. */
  inOrder(kind: string): readonly string[]
}

const NONE: ReadonlyMap<string, unknown> = new Map()
/** What a row that was put since the partition was read is taken to weigh. */
const ROW_BYTES = 1024

export class Partition {
  readonly id: PartitionId
  readonly view: PartitionView
  /** As it is here, commits on their way included. */
  version: Version = NEVER
  /** As the store is known to have it. */
  durable: Version = NEVER
  /** Nothing may be built on it: a commit failed, or another node wrote. */
  stale = false
  /**
   * Settles when every commit on its way has come in (true) or one of them failed (false). INVARIANT: not before all have
   * ended: a later one may fail first, and what is read then has not yet what an earlier one is about to write.
   */
  pending: Promise<boolean> | undefined
  /** When it was last used. */
  touched = 0
  bytes = 0
  /** What was heard of since reading began. */
  #news: Version | undefined
  /** What is here holds changes that were never written. */
  #spoilt = false
  /** The versions that commits on their way will make. */
  readonly #coming = new Set<Version>()
  readonly #kinds = new Map<string, Map<string, unknown>>()
  readonly #ids = new Map<string, Map<string, string>>()
  readonly #orders = new Map<string, OrderedKeys>()

  constructor(id: PartitionId) {
    this.id = id
    // the view reads what the partition has at that moment
    const version = (): Version => this.version
    this.view = {
      id,
      get version() {
        return version()
      },
      all: (kind) => this.#kinds.get(kind) ?? NONE,
      byId: (kind, it) => this.#kinds.get(kind)?.get(this.#ids.get(kind)?.get(it) ?? ''),
      inOrder: (kind) => this.#order(kind).keys,
    }
  }

  /** The version that what is here was made from and nothing else, where reading what changed since is enough. */
  get base(): Version | undefined {
    return this.#spoilt || this.durable === NEVER ? undefined : this.durable
  }

  /** The store has this version: ours, one on its way, old news, or another node's. */
  moved(version: Version): void {
    if (version === this.durable || this.#coming.has(version) || countOf(version) < countOf(this.durable)) return
    this.stale = true
    this.#news = version
  }

  /** The store has gone back behind what it once had: nothing here holds. */
  lost(): void {
    this.stale = true
    this.#spoilt = true
  }

  /** From now on, what is heard of is newer than what will be read. */
  listen(): void {
    this.#news = undefined
  }

  apply({ kind, key, value }: Change): void {
    const items = this.#kinds.get(kind) ?? new Map<string, unknown>()
    const ids = this.#ids.get(kind) ?? new Map<string, string>()
    this.#kinds.set(kind, items)
    this.#ids.set(kind, ids)
    const before = idOf(items.get(key))
    if (before !== undefined) ids.delete(before)
    if (value === undefined) {
      if (items.delete(key)) this.#left(kind, key)
      return
    }
    if (!items.has(key)) this.#came(kind, key)
    items.set(key, value)
    const id = idOf(value)
    if (id !== undefined) ids.set(id, key)
  }

  /** A commit is on its way that will make `to`. */
  track({ to }: Move, written: Promise<void>): void {
    this.version = to
    this.#coming.add(to)
    const before = this.pending ?? true
    const ended = written
      .then(
        () => {
          this.durable = to
          return true
        },
        () => {
          this.stale = true
          this.#spoilt = true
          return false
        },
      )
      .finally(() => this.#coming.delete(to))
    const pending = Promise.all([before, ended]).then((all) => {
      if (this.pending === pending) this.pending = undefined
      return all.every(Boolean)
    })
    this.pending = pending
  }

  /** Becomes what the store has, in its place: others are reading it. */
  take({ version, rows, since, bytes }: LoadedPartition, now: number): void {
    if (since === undefined) {
      this.#kinds.clear()
      this.#ids.clear()
      this.#orders.clear()
    }
    for (const { kind, key, value } of rows) this.apply({ partition: this.id, kind, key, value })
    if (since === undefined) this.bytes = bytes
    this.version = version
    this.durable = version
    this.stale = this.#news !== undefined && countOf(this.#news) > countOf(version)
    this.#spoilt = false
    this.touched = now
  }

  #came(kind: string, key: string): void {
    this.#orders.get(kind)?.add(key)
    this.bytes += ROW_BYTES
  }

  #left(kind: string, key: string): void {
    this.#orders.get(kind)?.remove(key)
    this.bytes = Math.max(0, this.bytes - ROW_BYTES)
  }

  #order(kind: string): OrderedKeys {
    const known = this.#orders.get(kind) ?? new OrderedKeys(this.view.all(kind).keys())
    this.#orders.set(kind, known)
    return known
  }
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? value.id
    : undefined
}
