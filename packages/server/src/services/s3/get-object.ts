/** Reading an object: all of it, a range of it, or what is known about it. */

import type { Call } from '../../call.ts'
import type { ByteRange } from '../../blobs.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { refuseUnmetRead, type ReadConditions } from './condition.ts'
import { noSuchKey, placeOf, readObject, refuseVersion, showChecksum, showEtag, type StoredObject } from './object.ts'
import { rangeOf } from './range.ts'
import { aboutObject, notImplemented, ownersOf, versioned, type OfObject } from './shared.ts'
import { showTraits } from './traits.ts'

interface Read extends OfObject, ReadConditions {
  readonly Range?: string
  readonly PartNumber?: number
  readonly ChecksumMode?: string
  readonly SSECustomerAlgorithm?: string
  readonly ResponseCacheControl?: string
  readonly ResponseContentDisposition?: string
  readonly ResponseContentEncoding?: string
  readonly ResponseContentLanguage?: string
  readonly ResponseContentType?: string
  readonly ResponseExpires?: Date
}

/** s3:GetObject. Streams the bytes; nobody's memory holds the whole. */
export const getObject = operation('s3:GetObject', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutObject(call, input, { action: versioned('s3:GetObject', input) }),
  refusals: ['InvalidRange', 'NoSuchBucket', 'NoSuchKey', 'NotModified', 'PreconditionFailed'],
  prepare: (input, call) => readObject(call, placeOf(call, input)),
  run(input, call) {
    const object = present(input, call, call.prepared)
    const range = rangeOf(input.Range, object.size)
    const Body = call.blobs.read(object.blob, range)
    return { output: { ...describe(input, object, range), Body } }
  },
})

/** s3:HeadObject. What GetObject would say, without the bytes; the permission is GetObject's. */
export const headObject = operation('s3:HeadObject', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutObject(call, input, { action: versioned('s3:GetObject', input) }),
  refusals: ['InvalidRange', 'NoSuchBucket', 'NoSuchKey', 'NotModified', 'PreconditionFailed'],
  prepare: (input, call) => readObject(call, placeOf(call, input)),
  run(input, call) {
    const object = present(input, call, call.prepared)
    return { output: describe(input, object, rangeOf(input.Range, object.size)) }
  },
})

function present(input: Read, call: Call, object: StoredObject | undefined): StoredObject {
  if (input.PartNumber !== undefined) throw notImplemented('partNumber')
  if (input.SSECustomerAlgorithm !== undefined) {
    const message = 'The encryption parameters are not applicable to this object.'
    throw new Refusal('InvalidRequest', message)
  }
  refuseVersion(input)
  if (object === undefined) throw noSuchKey(call, input)
  refuseUnmetRead(input, object)
  if (call.principal.type === 'Anonymous' && Object.keys(input).some((name) => name.startsWith('Response'))) {
    throw new Refusal('InvalidRequest', 'Request specific response headers cannot be used for anonymous GET requests.')
  }
  return object
}

function describe(input: Read, object: StoredObject, range: ByteRange | undefined) {
  const { size, modifiedAt, storageClass } = object
  return {
    ...showTraits(object),
    ...overrides(input),
    AcceptRanges: 'bytes',
    LastModified: new Date(modifiedAt),
    ContentLength: range === undefined ? size : range.to - range.from + 1,
    ContentRange: range === undefined ? undefined : `bytes ${range.from}-${range.to}/${size}`,
    ETag: showEtag(object),
    ServerSideEncryption: 'AES256' as const,
    // S3 names every class but the default one. The class was one of the SDK's when it was stored.
    StorageClass: storageClass === 'STANDARD' ? undefined : (storageClass as 'STANDARD_IA'),
    ...(input.ChecksumMode === 'ENABLED' && range === undefined ? showChecksum(object) : {}),
  }
}

/** `response-*` parameters stand in for what the writer said. */
function overrides(input: Read) {
  const said = {
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
    ContentType: input.ResponseContentType,
    Expires: input.ResponseExpires,
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}
