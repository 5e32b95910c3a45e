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
  /** 0 where nothing was ever written. Each commit that changes the partition adds one. */
  readonly version: number
  readonly rows: readonly Row[]
}

export interface Commit {
  /** The version that each changed partition must still have. */
  readonly expects: ReadonlyMap<PartitionId, number>
  readonly changes: readonly Change[]
  readonly records: readonly AuditRecord[]
}

export interface ShelfQuery {
  readonly prefix?: string
  /** Keys after this one, in byte order. */
  readonly after?: string
  readonly limit: number
}

export interface AuditQuery {
  readonly account?: string
  readonly requestId?: string
  readonly limit: number
}

/** Kinds too many to keep in memory: they do not load with their partition, are read by key or range, and the last write wins. */
export const SHELVED: ReadonlySet<string> = new Set(['object'])

export interface Store {
  load(partition: PartitionId): Promise<LoadedPartition>
  /** Durable when it resolves. Throws `Conflict`. */
  commit(commit: Commit): Promise<void>
  /** Records of calls that change nothing: durable within 50 ms, or with the next commit. */
  note(record: AuditRecord): void
  shelved(partition: PartitionId, kind: string, key: string): Promise<unknown>
  shelf(partition: PartitionId, kind: string, query: ShelfQuery): Promise<readonly Row[]>
  /** Newest first. */
  audited(query: AuditQuery): Promise<readonly AuditRecord[]>
  close(): Promise<void>
}

/** Another write came first: nothing was changed. */
export class Conflict extends Error {
  constructor(partition: PartitionId) {
    super(`partition \`${partition}\` has moved on`)
    this.name = 'Conflict'
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
