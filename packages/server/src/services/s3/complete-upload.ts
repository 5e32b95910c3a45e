/** The last call of an upload in parts: the parts stay where they are and become one object. */

import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { remove } from '../../store/store.ts'
import { etagOfParts } from '../../wire/combined-checksum.ts'
import { PART, partRow, partsOf, removeBlobs, type NumberedPart, type Piece } from './bytes.ts'
import { refuseUnmetWrite } from './condition.ts'
import { chosenParts, refuseGiven, wholeChecksum } from './completion.ts'
import { isMarker, placeOf, readNull, VERSION, type Place, type StoredObject, type Version } from './object.ts'
import { refuseOverwrite } from './object-list.ts'
import { aboutObject, find, headerKeys, ownersOf } from './shared.ts'
import { showChecksum, showEtag } from './show.ts'
import {
  findUpload,
  lookForUpload,
  noSuchUpload,
  refuseMoved,
  removeUpload,
  uploadOf,
  type StoredUpload,
} from './upload.ts'
import { versionPrefix } from './version-id.ts'
import { beforeWrite, shownId, written, type Before } from './writing.ts'

type Asked = Input<'s3:CompleteMultipartUpload'>

/** What was read of an upload, and what it comes to. */
interface Assembled {
  readonly upload: StoredUpload
  readonly before: Before
  readonly object: StoredObject
  readonly pieces: readonly Piece[]
  readonly unused: readonly NumberedPart[]
}

type Prepared = Assembled | { readonly done: StoredObject }

/** s3:CompleteMultipartUpload. Asked again of an upload that became the object which is there, it answers the same. */
export const completeMultipartUpload = operation('s3:CompleteMultipartUpload', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookForUpload(call, input, true),
  asks(input, call) {
    const context = {
      ...findUpload(call, input)?.keys,
      ...headerKeys(call.headers, ['if-match', 'if-none-match']),
      's3:ObjectCreationOperation': 'true',
    }
    return aboutObject(call, input, { action: 's3:PutObject', context })
  },
  refusals: [
    'BadDigest',
    'ConditionalRequestConflict',
    'EntityTooSmall',
    'InvalidPart',
    'InvalidPartOrder',
    'InvalidRequest',
    'MalformedXML',
    'NoSuchBucket',
    'NoSuchUpload',
    'OperationAborted',
    'PreconditionFailed',
  ],
  prepare: (input, call) => assembled(input, call),
  run(input, call) {
    const { prepared } = call
    if ('done' in prepared) return { output: show(input, call, prepared.done) }
    const { upload, before, object, pieces, unused } = prepared
    refuseMoved(upload, uploadOf(call, input))
    const conditional = input.IfMatch !== undefined || input.IfNoneMatch !== undefined
    const place = placeOf(call, input)
    const { version, changes, afterwards } = written(call, { place, before, version: object, pieces, conditional })
    return {
      output: show(input, call, version as StoredObject), // what was written is no marker
      changes: [
        removeUpload(place.owner, upload),
        ...unused.map(({ number }) => remove(place.owner, PART, partRow(place, upload.id, number))),
        ...changes,
      ],
      async afterwards() {
        await removeBlobs(call.blobs, unused)
        return afterwards()
      },
    }
  },
})

function show(input: Asked, call: Call, object: StoredObject) {
  const { Bucket, Key } = input
  const { bucket } = find(call, input)
  const path = encodeURIComponent(Key)
  return {
    Location: `https://${Bucket}.s3.${bucket.region}.amazonaws.com/${path}`,
    Bucket,
    Key,
    ETag: showEtag(object),
    ...showChecksum(object),
    ServerSideEncryption: 'AES256' as const,
    VersionId: shownId(call, { bucket: Bucket }, object),
  }
}

async function assembled(input: Asked, call: Call): Promise<Prepared> {
  const upload = findUpload(call, input)
  const place = placeOf(call, input)
  if (upload === undefined) return { done: await completedBefore(input, call, place) }
  const parts = await partsOf(call, place, { upload: upload.id })
  const chosen = chosenParts(input, upload, parts)
  const before = await beforeWrite(call, place)
  refuseOverwrite(call, input, before.latest)
  refuseUnmetWrite(input, before.latest)
  const numbers = new Set(chosen.map(({ number }) => number))
  return {
    upload,
    before,
    object: objectOf(input, upload, chosen),
    pieces: chosen.map((stored) => ({ blob: stored.blob, size: stored.size, part: { number: stored.number, stored } })),
    unused: parts.filter(({ number }) => !numbers.has(number)),
  }
}

function objectOf(input: Asked, upload: StoredUpload, chosen: readonly NumberedPart[]): StoredObject {
  const size = chosen.reduce((sum, part) => sum + part.size, 0)
  const checksum = wholeChecksum(upload, chosen)
  refuseGiven(input, { size, checksum })
  return {
    ...upload.traits,
    ...upload.owning,
    upload: { id: upload.id, parts: chosen.length },
    size,
    etag: etagOfParts(chosen.map(({ etag }) => etag)),
    checksum,
    storageClass: upload.storageClass,
    // The time of an object that came in parts is that of its first call. S3 User Guide UsingMetadata.
    modifiedAt: upload.initiatedAt,
    ...(upload.tags.length === 0 ? {} : { tags: upload.tags }),
  }
}

/** A client whose answer got lost asks again, and must not be told that there is nothing. */
async function completedBefore(input: Asked, call: Call, place: Place): Promise<StoredObject> {
  const rows = await call.shelves.shelf(place.owner, VERSION, { prefix: versionPrefix(place), limit: 100 })
  const versions = [await readNull(call, place), ...rows.map(({ value }) => value as Version)] // `putVersion` wrote them
  for (const version of versions) {
    if (version !== undefined && !isMarker(version) && version.upload?.id === input.UploadId) return version
  }
  throw noSuchUpload(input)
}
