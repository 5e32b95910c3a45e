/**
 * Objects as they lie on shelves, in the bucket owner's partition. Each version is a row of its own that nobody writes
 * again, and none says that it is the latest: the newest row of a key is. So no write can lose a version, and where the
 * newest goes the next one takes its place, without anybody moving anything.
 *
 * One row a key is written again: the version `null`, all that a bucket without versions has. The shelf's last write
 * wins there; `settle` (writing.ts) finds out which of two that met had the last word.
 */

import type { AccountId, AclGrant, Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { put, remove, type Change } from '../../store/store.ts'
import type { Checksum } from '../../wire/checksum.ts'
import { find, type OfBucket } from './shared.ts'
import { orderOfVersion, versionPrefix, versionRow, type RowName } from './version-id.ts'

/** The `null` version of a key. */
export const OBJECT = 'object'
/** Every other version. */
export const VERSION = 'version'
/** Tags that were given to a version after it was written. */
export const TAGS = 'objectTags'
/** Access control lists that were given to a version after it was written. */
export const ACLS = 'objectAcl'

/** What a writer says about an object, and every reader is told again. */
export interface Traits {
  readonly contentType: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  readonly expires?: number
  readonly redirect?: string
  readonly metadata: Readonly<Record<string, string>>
}

/** Where the bytes are: in one blob, or in those of an upload's parts. */
export type Bytes =
  | { readonly blob: string; readonly upload?: undefined }
  | { readonly upload: { readonly id: string; readonly parts: number }; readonly blob?: undefined }

export interface StoredChecksum {
  readonly name: Checksum
  /** In base64; a composite one ends with how many parts it is of. */
  readonly value: string
  readonly composite?: true
}

/** What every version has. */
interface Dated {
  readonly modifiedAt: number
  /** Grows from version to version of a key. Absent in a bucket that never had versions. */
  readonly order?: number
  /** Absent for the version `null`. */
  readonly versionId?: string
}

interface Known extends Dated, Traits {
  readonly size: number
  /** MD5 in hexadecimal, or what stands for it; S3 shows it in quotes. */
  readonly etag: string
  readonly checksum: StoredChecksum
  readonly storageClass: string
  /** As they were written. */
  readonly tags?: readonly Tag[]
  /** Absent where it is the bucket's owner. */
  readonly owner?: AccountId
  /** As it was written; absent where the list is the private one. */
  readonly acl?: readonly AclGrant[]
}

export type StoredObject = Known & Bytes

/** What a deletion leaves where versions are kept. */
export interface DeleteMarker extends Dated {
  readonly marker: true
}

export type Version = StoredObject | DeleteMarker

/** Where an object lies. */
export interface Place extends RowName {
  readonly owner: AccountId
}

export function placeOf(call: Pick<Call, 'directory' | 'estate'>, input: OfBucket & { readonly Key: string }): Place {
  return { owner: find(call, input).owner, bucket: input.Bucket, key: input.Key }
}

export function isMarker(version: Version): version is DeleteMarker {
  return 'marker' in version
}

/** What tells a version's bytes from all others. */
export function bytesId({ blob, upload }: Bytes): string {
  return blob ?? upload.id
}

/** What tells a write from those before and after it, wherever its bytes are moved: a restore gives blobs other names. */
export function writeOf({ etag, modifiedAt, order }: StoredObject): string {
  return `${etag} ${modifiedAt} ${order ?? ''}`
}

/** Rows from before there were versions have no order: their time is one. */
export function orderOf({ order, modifiedAt }: Version): number {
  return order ?? modifiedAt * 1000
}

/** The order of what is written now, onto what is there. */
export function nextOrder(now: number, latest: Version | undefined): number {
  return Math.max(now * 1000, latest === undefined ? 0 : orderOf(latest) + 1)
}

/** What lies under a key: its `null` version, and the newest of the others. */
export interface Standing {
  readonly unversioned: Version | undefined
  readonly latest: Version | undefined
}

export async function standing(call: Call, place: Place): Promise<Standing> {
  const [unversioned, newest] = await Promise.all([readNull(call, place), readNewest(call, place)])
  const newer = newest !== undefined && (unversioned === undefined || orderOf(newest) >= orderOf(unversioned))
  return { unversioned, latest: newer ? newest : unversioned }
}

export async function readNull(call: Call, { owner, bucket, key }: Place): Promise<Version | undefined> {
  return (await call.shelves.shelved(owner, OBJECT, `${bucket}/${key}`)) as Version | undefined // written by `putVersion` alone
}

async function readNewest(call: Call, place: Place): Promise<Version | undefined> {
  if (!keepsVersions(call, place)) return undefined
  const [row] = await call.shelves.shelf(place.owner, VERSION, { prefix: versionPrefix(place), limit: 1 })
  return row?.value as Version | undefined // written by `putVersion` alone
}

/** Whether a bucket has, or had, versions. */
export function keepsVersions(call: Call, { bucket }: Pick<Place, 'bucket'>): boolean {
  return find(call, { Bucket: bucket }).bucket.versioning !== undefined
}

/** A version by its name; `undefined` where there is none, whatever the name. */
export async function readVersion(call: Call, place: Place, id: string): Promise<Version | undefined> {
  if (id === 'null') return readNull(call, place)
  const order = orderOfVersion(id)
  if (order === undefined) return undefined
  return (await call.shelves.shelved(place.owner, VERSION, versionRow(place, id, order))) as Version | undefined // by `putVersion`
}

/** The object that is read where no version is named: none where the latest is a marker. */
export async function readObject(call: Call, place: Place): Promise<StoredObject | undefined> {
  const { latest } = await standing(call, place)
  return latest === undefined || isMarker(latest) ? undefined : latest
}

export function putVersion(place: Place, version: Version): Change {
  const { kind, row } = rowOf(place, version)
  return put(place.owner, kind, row, version)
}

/** A version's row goes together with what was given to it later. */
export function removeVersion(place: Place, version: Version): readonly Change[] {
  const { kind, row } = rowOf(place, version)
  return [remove(place.owner, kind, row), ...removeLater(place, row)]
}

/** What was given to the version that a row is of. */
export function removeLater({ owner }: Place, row: string): readonly Change[] {
  return [TAGS, ACLS].map((kind) => remove(owner, kind, row))
}

export function rowOf(place: Place, version: Version): { readonly kind: string; readonly row: string } {
  const { versionId } = version
  if (versionId === undefined) return { kind: OBJECT, row: `${place.bucket}/${place.key}` }
  return { kind: VERSION, row: versionRow(place, versionId, orderOf(version)) }
}
