/**
 * Objects as they lie on the shelf: a row a key, in the bucket owner's partition, naming the blob that holds the bytes.
 *
 * The shelf's last write wins. A write makes its changes in the turn of the event loop in which it read, or in one
 * before the store's next transaction; `settle` finds out which of two that met had the last word.
 */

import type { AccountId } from '@sallyport/estate'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove, type Change } from '../../store/store.ts'
import type { Checksum } from '../../wire/checksum.ts'
import { aboutBucket, find, invalidArgument, type OfBucket, type OfObject } from './shared.ts'

export const OBJECT = 'object'

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

export interface StoredObject extends Traits {
  readonly blob: string
  readonly size: number
  /** MD5 in hexadecimal; S3 shows it in quotes. */
  readonly etag: string
  readonly modifiedAt: number
  readonly checksum: { readonly name: Checksum; readonly value: string }
  readonly storageClass: string
}

/** Where an object lies. */
export interface Place {
  readonly owner: AccountId
  readonly key: string
}

export function placeOf(call: Call, input: OfBucket & { readonly Key: string }): Place {
  return { owner: find(call, input).owner, key: `${input.Bucket}/${input.Key}` }
}

export async function readObject(call: Call, { owner, key }: Place): Promise<StoredObject | undefined> {
  const row = await call.shelves.shelved(owner, OBJECT, key)
  return row as StoredObject | undefined // written by `putRow` alone
}

export function putRow({ owner, key }: Place, object: StoredObject): Change {
  return put(owner, OBJECT, key, object)
}

export function removeRow({ owner, key }: Place): Change {
  return remove(owner, OBJECT, key)
}

/** What lies under a bucket's name once every write on its way has come in. A new bucket must not inherit what a lost race left. */
export async function leftovers(call: Call, owner: AccountId, bucket: string, limit = 1000) {
  await nextTurn()
  const rows = await call.shelves.shelf(owner, OBJECT, { prefix: `${bucket}/`, limit })
  const blobs = rows.map(({ value }) => (value as StoredObject).blob) // written by `putRow` alone
  return { keys: rows.map(({ key }) => key), blobs }
}

interface Written {
  readonly place: Place
  readonly object: StoredObject
  readonly before: StoredObject | undefined
  /** Whether the write depended on what was there before. */
  readonly conditional: boolean
}

/** Once a write is durable: removes the bytes that nothing names any more, and refuses a conditional write that another one overtook. */
export async function settle(call: Call, { place, object, before, conditional }: Written): Promise<void> {
  await nextTurn()
  const now = await readObject(call, place)
  if (before !== undefined && before.blob !== now?.blob) await call.blobs.remove(before.blob)
  if (now?.blob === object.blob) return
  await call.blobs.remove(object.blob)
  if (!conditional) return
  throw new Refusal(
    'ConditionalRequestConflict',
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
    { Condition: 'If-None-Match', Key: place.key.slice(place.key.indexOf('/') + 1) },
  )
}

/** A key that is not there: only who may list the bucket is told so. */
export function noSuchKey(call: Call, input: OfBucket & { readonly Key: string }): Refusal {
  const mayKnow = call.may(aboutBucket(call, input, { action: 's3:ListBucket' }))
  return mayKnow
    ? new Refusal('NoSuchKey', 'The specified key does not exist.', { Key: input.Key })
    : new Refusal('denied')
}

const VERSION = /^[A-Za-z0-9._]{32}$/

/** In a bucket without versions every object is version `null`. */
export function refuseVersion({ Key, VersionId }: OfObject): void {
  if (VersionId === undefined || VersionId === 'null') return
  if (!VERSION.test(VersionId)) throw invalidArgument('Invalid version id specified', 'versionId', VersionId)
  throw new Refusal('NoSuchVersion', 'The specified version does not exist.', { Key, VersionId })
}

const CHECKSUM_MEMBERS = {
  crc32: 'ChecksumCRC32',
  crc32c: 'ChecksumCRC32C',
  crc64nvme: 'ChecksumCRC64NVME',
  sha1: 'ChecksumSHA1',
  sha256: 'ChecksumSHA256',
} as const satisfies Record<Checksum, string>

type ChecksumMembers = Partial<Record<(typeof CHECKSUM_MEMBERS)[Checksum], string>>

export function showChecksum({ checksum }: Pick<StoredObject, 'checksum'>) {
  const member: ChecksumMembers = { [CHECKSUM_MEMBERS[checksum.name]]: checksum.value }
  return { ...member, ChecksumType: 'FULL_OBJECT' as const }
}

export function showEtag({ etag }: Pick<StoredObject, 'etag'>): string {
  return `"${etag}"`
}
