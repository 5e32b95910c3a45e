/**
 * An archive: a whole installation in one file, whatever store it came from and goes into. It is gzip of lines of JSON: a
 * header, the rows of every partition with the bytes of what they name, the audit records, and an end that says what all
 * that was. A policy's text stands once, before the first row that holds it.
 *
 * Secrets in it are as the store has them, sealed by the master key, which is not in it. The end is sealed by that key
 * too: nobody else makes an archive, or changes one.
 */

import type { StoredFunction } from '../services/lambda/shared.ts'
import type { StoredPart } from '../services/s3/bytes.ts'
import type { Version } from '../services/s3/object.ts'
import manifest from '../../package.json' with { type: 'json' }
import type { AuditRecord } from '../audit/record.ts'
import { SHELVED, type Change, type PartitionId } from '../store/store.ts'

/** Rises where an older release could not read what a newer one writes. */
export const FORMAT = 2
export const VERSION = manifest.version
/** What the header seals, to see whether a master key is the right one. */
export const FITS = 'sallyport'
/** Bytes of what a row names, in one line. */
export const PIECE = 192 * 1024
/** No line is longer: of what was altered, no more than this is held. */
export const LONGEST = 16 * 1024 * 1024
/** Characters of texts after which one is written again: a reader holds no more than twice as many. */
export const WINDOW = 16 * 1024 * 1024

export type StoreKind = 'memory' | 'sqlite' | 'postgres'

export interface Header {
  readonly archive: 'sallyport'
  readonly format: number
  /** Of the release that made it. */
  readonly version: string
  readonly madeAt: string
  readonly store: StoreKind
  /** Whether it has audit records. */
  readonly records: boolean
  /** Whether it has objects and their bytes. */
  readonly objects: boolean
  /** `FITS`, sealed. */
  readonly key: string
}

export interface Counts {
  readonly rows: number
  /** Rows that name bytes: objects, and the code of functions. */
  readonly blobs: number
  /** The bytes that they name. */
  readonly bytes: number
  readonly documents: number
  readonly records: number
}

export interface Ending {
  readonly end: Counts
  /** Of all lines before it. */
  readonly sha256: string
  /** The same, sealed. */
  readonly seal: string
}

export type Line =
  | Header
  /** A policy's text, which rows name by its digest. */
  | { readonly document: string; readonly text: string }
  /** With `bytes`, so many follow in pieces. */
  | {
      readonly row: readonly [PartitionId, kind: string, key: string]
      readonly value: unknown
      readonly bytes?: number
    }
  /** Base64. */
  | { readonly piece: string }
  | { readonly record: AuditRecord }
  /** Whoever made it could not go on, and says why. */
  | { readonly broken: string }
  | Ending

/** What is wrong with an archive, to be said after its name. */
export class ArchiveError extends Error {}

/** Whether a row is of what an archive may be made without: objects, and what is said about them. */
export function isOfObjects({ kind }: Pick<Change, 'kind'>): boolean {
  return SHELVED.has(kind) || kind === 'upload'
}

/** The blob that a row names, and how many bytes it has. */
export function blobOf({ kind, value }: Change): { readonly id: string; readonly size: number } | undefined {
  // INVARIANT: the operations of their service alone write these kinds
  if (kind === 'object' || kind === 'version') {
    const version = value as Version
    // a marker has no bytes, and those of an object that came in parts are its parts'
    return 'marker' in version || version.blob === undefined ? undefined : { id: version.blob, size: version.size }
  }
  if (kind === 'part') {
    const { blob, size } = value as StoredPart
    return { id: blob, size }
  }
  if (kind === 'function' || kind === 'functionVersion') {
    const { blob, codeSize } = value as StoredFunction
    return { id: blob, size: codeSize }
  }
  if (typeof value === 'object' && value !== null && 'blob' in value) {
    throw new Error(`a row of kind \`${kind}\` names a blob, and an archive does not know how long it is`)
  }
  return undefined
}
