/** Reading an object: all of it, a range or a part of it, or what is known about it. */

import type { ByteRange } from '../../blobs.ts'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { readPieces, type Piece } from './bytes.ts'
import { refuseUnmetRead, type ReadConditions } from './condition.ts'
import { placeOf, type StoredObject } from './object.ts'
import { partRange, rangeOf, rangeStands } from './range.ts'
import { aboutSeen, lookAt, present, refuseArchived, type Seen } from './reading.ts'
import { ownersOf, type OfObject } from './shared.ts'
import { showChecksum, showEtag } from './show.ts'
import { showTraits } from './traits.ts'
import { piecesOfVersion, shownId } from './writing.ts'

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
  look: (input, call) => lookAt(call, input),
  asks: (input, call) => aboutSeen(call, input, { action: 's3:GetObject', seen: call.seen }),
  refusals: [
    'InvalidArgument',
    'InvalidObjectState',
    'InvalidPartNumber',
    'InvalidRange',
    'MethodNotAllowed',
    'NoSuchBucket',
    'NoSuchKey',
    'NoSuchVersion',
    'NotModified',
    'PreconditionFailed',
  ],
  prepare: (input, call) => pieces(input, call, call.seen),
  run(input, call) {
    const object = readable(input, call, call.seen)
    refuseArchived(object)
    const range = wanted(input, call, object)
    const Body = readPieces(call.blobs, call.prepared, range)
    return { output: { ...describe(input, call, { object, range }), Body } }
  },
})

/** s3:HeadObject. What GetObject would say, without the bytes; the permission is GetObject's. */
export const headObject = operation('s3:HeadObject', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookAt(call, input),
  asks: (input, call) => aboutSeen(call, input, { action: 's3:GetObject', seen: call.seen }),
  refusals: [
    'InvalidArgument',
    'InvalidPartNumber',
    'InvalidRange',
    'MethodNotAllowed',
    'NoSuchBucket',
    'NoSuchKey',
    'NoSuchVersion',
    'NotModified',
    'PreconditionFailed',
  ],
  prepare: async (input, call) => (input.PartNumber === undefined ? [] : pieces(input, call, call.seen)),
  run(input, call) {
    const object = readable(input, call, call.seen)
    return { output: describe(input, call, { object, range: wanted(input, call, object) }) }
  },
})

function pieces(input: Read, call: Call, { version }: Seen): Promise<readonly Piece[]> {
  return piecesOfVersion(call, placeOf(call, input), version)
}

function readable(input: Read, call: Call, seen: Seen): StoredObject {
  const object = present(call, input, seen)
  if (input.SSECustomerAlgorithm !== undefined) {
    const message = 'The encryption parameters are not applicable to this object.'
    throw new Refusal('InvalidRequest', message)
  }
  refuseUnmetRead(input, object)
  if (call.principal.type === 'Anonymous' && Object.keys(input).some((name) => name.startsWith('Response'))) {
    throw new Refusal('InvalidRequest', 'Request specific response headers cannot be used for anonymous GET requests.')
  }
  return object
}

type Prepared = Call & { readonly prepared: readonly Piece[]; readonly seen: Seen }

function wanted({ Range, PartNumber }: Read, call: Prepared, object: StoredObject): ByteRange | undefined {
  if (PartNumber === undefined) {
    return rangeStands(call.headers['if-range'], object) ? rangeOf(Range, object.size) : undefined
  }
  if (Range !== undefined) {
    throw new Refusal('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter')
  }
  const range = partRange(PartNumber, object, call.prepared)
  return object.size === 0 ? undefined : range
}

interface Described {
  readonly object: StoredObject
  readonly range: ByteRange | undefined
}

function describe(input: Read, call: Prepared, { object, range }: Described) {
  const { size, modifiedAt, storageClass, upload } = object
  return {
    ...showTraits(object),
    ...overrides(input),
    AcceptRanges: 'bytes',
    LastModified: new Date(modifiedAt),
    ContentLength: range === undefined ? size : range.to - range.from + 1,
    ContentRange: range === undefined ? undefined : `bytes ${range.from}-${range.to}/${size}`,
    ETag: showEtag(object),
    VersionId: shownId(call, { bucket: input.Bucket }, object),
    ServerSideEncryption: 'AES256' as const,
    // S3 names every class but the default one. The class was one of the SDK's when it was stored.
    StorageClass: storageClass === 'STANDARD' ? undefined : (storageClass as 'STANDARD_IA'),
    PartsCount: input.PartNumber === undefined ? undefined : upload?.parts,
    TagCount: tagCount(input, call),
    ...sums(input, call, { object, range }),
  }
}

/** Of a part its own; of a range none. */
function sums({ ChecksumMode, PartNumber }: Read, { prepared }: Prepared, { object, range }: Described) {
  if (ChecksumMode !== 'ENABLED') return {}
  const part = prepared.find((piece) => piece.part?.number === PartNumber)?.part
  if (part !== undefined) return showChecksum({ checksum: { ...part.stored.checksum, ...kindOf(object) } })
  return range === undefined || PartNumber !== undefined ? showChecksum(object) : {}
}

function kindOf({ checksum }: StoredObject): { readonly composite?: true } {
  return checksum.composite === true ? { composite: true } : {}
}

/** Told to whoever may read the tags themselves. */
function tagCount(input: Read, call: Prepared): number | undefined {
  const { seen } = call
  if (seen.tags.length === 0) return undefined
  return call.may(aboutSeen(call, input, { action: 's3:GetObjectTagging', seen })) ? seen.tags.length : undefined
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
