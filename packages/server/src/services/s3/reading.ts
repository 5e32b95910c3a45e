/** Finding the version that a call means: before the law is asked, since its tags are condition keys, and after, in S3's words. */

import type { Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import {
  isMarker,
  placeOf,
  readVersion,
  standing,
  type DeleteMarker,
  type StoredObject,
  type Version,
} from './object.ts'
import { readList } from './object-list.ts'
import { aboutBucket, aboutObject, invalidArgument, versioned, type Listed, type OfObject } from './shared.ts'
import { readTags } from './tag-set.ts'
import { isVersionId } from './version-id.ts'
import { shownId } from './writing.ts'

/** What was there when the law was asked. */
export interface Seen {
  readonly version: Version | undefined
  readonly tags: readonly Tag[]
  /** Whose the object is and what its list grants; absent where the bucket's lists have no effect. */
  readonly listed?: Listed
}

export async function lookAt(call: Call, input: OfObject): Promise<Seen> {
  const place = placeOf(call, input)
  const { VersionId } = input
  const version =
    VersionId === undefined ? (await standing(call, place)).latest : await readVersion(call, place, VersionId)
  if (version === undefined || isMarker(version)) return { version, tags: [] }
  const listed = await readList(call, place, version)
  return { version, tags: await readTags(call, place, version), ...(listed === undefined ? {} : { listed }) }
}

interface About {
  /** As it is called where no version is named. */
  readonly action: string
  readonly seen: Pick<Seen, 'tags' | 'listed'>
  readonly context?: Asking['context']
}

/** What is the bucket's owner's to allow, whoever owns the object that is there. */
const BUCKETS_OWN = /^s3:(?:Put|Delete)Object(?:Version)?$/i

/** A question about an object with the condition keys that its tags and its version are. */
export function aboutSeen(call: Call, input: OfObject, { action, seen, context }: About): Asking {
  return aboutObject(call, input, {
    action: versioned(action, input),
    listed: BUCKETS_OWN.test(action) ? undefined : seen.listed,
    context: { ...existingTags(seen), 's3:versionid': input.VersionId, ...context },
  })
}

function existingTags({ tags }: Pick<Seen, 'tags'>): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ key, value }) => [`s3:ExistingObjectTag/${key}`, value]))
}

/** The object, or why there is none. */
export function present(call: Call, input: OfObject, { version }: Pick<Seen, 'version'>): StoredObject {
  if (version === undefined) throw absent(call, input)
  if (isMarker(version))
    throw input.VersionId === undefined ? hidden(call, input, version) : notAllowed(call, input, version)
  return version
}

/** Nothing is there: only who may list the bucket is told so. */
export function absent(call: Call, input: OfObject): Refusal {
  const { Key, VersionId } = input
  refuseMalformed(input)
  if (!call.may(aboutBucket(call, input, { action: 's3:ListBucket' }))) return new Refusal('denied')
  return VersionId === undefined
    ? new Refusal('NoSuchKey', 'The specified key does not exist.', { Key })
    : new Refusal('NoSuchVersion', 'The specified version does not exist.', { Key, VersionId })
}

export function refuseMalformed({ VersionId }: Pick<OfObject, 'VersionId'>): void {
  if (VersionId === undefined || isVersionId(VersionId)) return
  throw invalidArgument('Invalid version id specified', 'versionId', VersionId)
}

/** The latest version is a marker: as if nothing were there, but for the headers. */
function hidden(call: Call, input: OfObject, marker: DeleteMarker): Refusal {
  const { code, message, detail } = absent(call, input)
  return new Refusal(code, message, detail, code === 'NoSuchKey' ? markerHeaders(call, input, marker) : {})
}

function notAllowed(call: Call, input: OfObject, marker: DeleteMarker): Refusal {
  const message = 'The specified method is not allowed against this resource.'
  const detail = { Method: 'GET', ResourceType: 'DeleteMarker' }
  return new Refusal('MethodNotAllowed', message, detail, { ...markerHeaders(call, input, marker), allow: 'DELETE' })
}

function markerHeaders(call: Call, { Bucket }: OfObject, marker: DeleteMarker): Readonly<Record<string, string>> {
  return {
    'x-amz-delete-marker': 'true',
    'x-amz-version-id': shownId(call, { bucket: Bucket }, marker) ?? 'null',
    'last-modified': new Date(marker.modifiedAt).toUTCString(),
  }
}

const ARCHIVES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE'])

/** What lies in an archive waits to be restored before it is read, which is not built. */
export function refuseArchived({ storageClass }: StoredObject, what = "object's"): void {
  if (!ARCHIVES.has(storageClass)) return
  throw new Refusal('InvalidObjectState', `The operation is not valid for the ${what} storage class`, {
    StorageClass: storageClass,
  })
}
