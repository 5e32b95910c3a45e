/**
 * What keeps the state, one partition at a time. A partition is an account, the organisation, or the directory.
 *
 * Everything waits (PostgreSQL does), and a commit may lose a race: then it changes nothing, says `Conflict`, and the
 * gate runs the operation again. Policy documents are content-addressed behind this face: a value's member called
 * `document` is stored once, however many values hold the same text.
 */

import type { AuditRecord } from '../audit/record.ts'

/** A 12-digit account, `organization`, or `directory` (who owns which bucket name and which foreign key). */
export type PartitionId = string

/**
 * One state of a partition, told from every other: how many commits made it, and a stamp that the last of them drew.
 * INVARIANT: no two commits, of one node or of several, ever make the same version, so that a commit that was built on
 * one that failed cannot pass for a commit built on another node's.
 */
export type Version = string

/** The version of a partition that nobody has written. */
export const NEVER: Version = '0'

export function countOf(version: Version): number {
  return Number.parseInt(version, 10)
}

export function versionAfter(version: Version, stamp: string): Version {
  return `${countOf(version) + 1}-${stamp}`
}

export interface Change {
  readonly partition: PartitionId
  readonly kind: string
  readonly key: string
  /** `undefined` removes. */
  readonly value: unknown
}

export interface Row {
  readonly kind: string
  readonly key: string
  readonly value: unknown
}

export interface LoadedPartition {
  readonly version: Version
  /** All rows; or, where `since` says so, those that changed since then, an `undefined` value for one that was removed. */
  readonly rows: readonly Row[]
  readonly since?: Version
  /** About how many bytes the rows take. */
  readonly bytes: number
}

export interface Commit {
  /** The version that each changed partition must still have, and the one that this commit gives it. Shelves alone have none. */
  readonly moves: ReadonlyMap<PartitionId, Move>
  readonly changes: readonly Change[]
  readonly records: readonly AuditRecord[]
}

export interface Move {
  readonly from: Version
  readonly to: Version
}

export interface ShelfQuery {
  readonly prefix?: string
  /** Keys after this one, in byte order. */
  readonly after?: string
  readonly limit: number
}

/** All that is given must hold. Times are epoch milliseconds, of the event, in whole seconds as records have them. */
export interface AuditQuery {
  readonly account?: string
  readonly requestId?: string
  /** The caller's ARN, session name and all. */
  readonly principal?: string
  readonly eventName?: string
  /** From this time on. */
  readonly from?: number
  /** Before this time. */
  readonly to?: number
  /** `next` of the page before. */
  readonly after?: string
  readonly limit: number
}

export interface AuditPage {
  /** Newest first. */
  readonly records: readonly AuditRecord[]
  /** Where there may be more. */
  readonly next?: string
}

/** What records are kept: both bounds hold. */
export interface Retention {
  readonly days: number
  /** Of the records' own text. */
  readonly bytes: number
}

export const RETENTION: Retention = { days: 90, bytes: 4 * 1024 ** 3 }

/** Kinds too many to keep in memory: they do not load with their partition, are read by key or range, and the last write wins. */
export const SHELVED: ReadonlySet<string> = new Set([
  'logChunk',
  'logStream',
  'object',
  'objectAcl',
  'objectTags',
  'part',
  'usage',
  'version',
])

/** A whole store as it was at one moment, for a copy. */
export interface Snapshot {
  rows(): AsyncIterable<Change>
  /** Oldest first. */
  records(): AsyncIterable<AuditRecord>
  close(): Promise<void>
}

/** Who keeps partitions in memory, as a store that others write too must know it. */
export interface Follower {
  /** What is in memory, as it was last written. */
  held(): ReadonlyMap<PartitionId, Version>
  /** The partition has this version now, by another node's hand or our own. */
  moved(partition: PartitionId, version: Version): void
  /** The store has less of the partition than it had: it was put back to an older state. */
  lost(partition: PartitionId): void
}

export interface Store {
  /** With `since`, a store may answer with what changed after that version alone. */
  load(partition: PartitionId, since?: Version): Promise<LoadedPartition>
  /** Durable when it resolves. Throws `Conflict`, or `StoreTrouble` where it cannot write. */
  commit(commit: Commit): Promise<void>
  /**
   * Records of calls that change nothing: durable within 50 ms, or with the next commit. Where too many wait, the promise
   * holds the caller back until there is room, and throws `StoreTrouble` where there will be none: no record is dropped.
   */
  note(record: AuditRecord): Promise<void> | undefined
  shelved(partition: PartitionId, kind: string, key: string): Promise<unknown>
  shelf(partition: PartitionId, kind: string, query: ShelfQuery): Promise<readonly Row[]>
  audited(query: AuditQuery): Promise<AuditPage>
  snapshot(): Promise<Snapshot>
  /** Where several nodes share the store: tells `follower` what others write. Resolves once it listens. */
  follow?(follower: Follower): Promise<void>
  /** Whether a partition in memory is what the store has now; asked before a stranger is turned away. */
  current?(partition: PartitionId): Promise<Version>
  /** Why the store does not do what it should, in a few words; `undefined` where all is well. */
  health(): string | undefined
  /** Whether what is in memory may be older than the bound that is promised: then nothing may be decided on it. */
  behind?(): boolean
  close(): Promise<void>
}

/** Another write came first: nothing was changed. */
export class Conflict extends Error {
  constructor(partition: PartitionId) {
    super(`partition \`${partition}\` has moved on`)
    this.name = 'Conflict'
  }
}

/** The disk or the database cannot do it now. The client may come back; whoever runs the server is told why. */
export class StoreTrouble extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreTrouble'
  }
}

export function put(partition: PartitionId, kind: string, key: string, value: unknown): Change {
  return { partition, kind, key, value }
}

export function remove(partition: PartitionId, kind: string, key: string): Change {
  return { partition, kind, key, value: undefined }
}

/** UTF-8 byte order, the order of S3's listings and of the stores' keys. JavaScript's `<` differs above U+FFFF. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
