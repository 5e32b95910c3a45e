/** The listings of uploads in parts: those under way in a bucket, and the parts of one. */

import type { Upload } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { byBytes } from '../../store/store.ts'
import { partsOf, type NumberedPart } from './bytes.ts'
import { canonicalId } from './canonical.ts'
import { groupOf } from './listing.ts'
import { placeOf } from './object.ts'
import { pageSize, refuseEncodingType, spell } from './page-words.ts'
import { aboutBucket, aboutObject, find, invalidArgument, ownersOf } from './shared.ts'
import { showEtag, showSum } from './show.ts'
import { lookForUpload, showInitiator, UPLOAD, uploadOf, uploadRow, type StoredUpload } from './upload.ts'

/** s3:ListParts. */
export const listParts = operation('s3:ListParts', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookForUpload(call, input),
  asks: (input, call) => aboutObject(call, input, { action: 's3:ListMultipartUploadParts' }),
  refusals: ['InvalidArgument', 'NoSuchBucket', 'NoSuchUpload'],
  prepare(input, call) {
    const { id } = uploadOf(call, input)
    const limit = pageSize(input.MaxParts, 'max-parts')
    return partsOf(call, placeOf(call, input), { upload: id, after: markerOf(input), limit: limit + 1 })
  },
  run(input, call) {
    const limit = pageSize(input.MaxParts, 'max-parts')
    const upload = uploadOf(call, input)
    const shown = call.prepared.slice(0, limit)
    const more = limit > 0 && call.prepared.length > limit
    const { checksum } = upload
    return {
      output: {
        Bucket: input.Bucket,
        Key: input.Key,
        UploadId: upload.id,
        PartNumberMarker: String(markerOf(input)),
        NextPartNumberMarker: String(shown.at(-1)?.number ?? 0),
        MaxParts: limit,
        IsTruncated: more,
        Parts: shown.map((part) => showPart(upload, part)),
        Initiator: showInitiator(upload),
        Owner: { ID: canonicalId(find(call, input).owner) },
        // Both were among the SDK's own words when they were stored.
        StorageClass: upload.storageClass as 'STANDARD',
        ChecksumAlgorithm: checksum === undefined ? undefined : (checksum.name.toUpperCase() as 'CRC32'),
        ChecksumType: checksum?.type,
      },
    }
  },
})

function markerOf({ PartNumberMarker = '' }: Input<'s3:ListParts'>): number {
  if (/^\d{0,9}$/.test(PartNumberMarker)) return Number(PartNumberMarker)
  const message = 'Argument part-number-marker must be an integer between 0 and 2147483647'
  throw invalidArgument(message, 'part-number-marker', PartNumberMarker)
}

function showPart({ checksum }: StoredUpload, part: NumberedPart) {
  return {
    PartNumber: part.number,
    LastModified: new Date(part.modifiedAt),
    ETag: showEtag(part),
    Size: part.size,
    ...(checksum === undefined ? {} : showSum(part.checksum)),
  }
}

type Listing = Input<'s3:ListMultipartUploads'>

/** s3:ListMultipartUploads. In order of their keys, and of their beginnings. */
export const listMultipartUploads = operation('s3:ListMultipartUploads', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input, { action: 's3:ListBucketMultipartUploads' }),
  refusals: ['InvalidArgument', 'NoSuchBucket'],
  run(input, call) {
    refuseEncodingType(input)
    const limit = pageSize(input.MaxUploads, 'max-uploads')
    const entries = entriesOf(input, call)
    const shown = entries.slice(0, limit)
    const last = limit > 0 && entries.length > limit ? shown.at(-1) : undefined
    const { Bucket, Prefix = '', Delimiter = '', KeyMarker = '', UploadIdMarker = '' } = input
    const owner = { ID: canonicalId(find(call, input).owner) }
    return {
      output: {
        Bucket,
        Prefix: spell(input, Prefix),
        Delimiter: Delimiter === '' ? undefined : spell(input, Delimiter),
        KeyMarker: spell(input, KeyMarker),
        UploadIdMarker,
        NextKeyMarker: last === undefined ? undefined : spell(input, 'prefix' in last ? last.prefix : last.key),
        NextUploadIdMarker: last === undefined || 'prefix' in last ? undefined : last.id,
        MaxUploads: limit,
        IsTruncated: last !== undefined,
        EncodingType: input.EncodingType === 'url' ? ('url' as const) : undefined,
        Uploads: shown.flatMap((one) => ('prefix' in one ? [] : { ...showUpload(input, one), Owner: owner })),
        CommonPrefixes: shown.flatMap((one) => ('prefix' in one ? { Prefix: spell(input, one.prefix) } : [])),
      },
    }
  },
})

type Entry = StoredUpload | { readonly prefix: string }

/** All that come after the marker, with those that share what stands before the delimiter folded into one. */
function entriesOf(input: Listing, call: Call): readonly Entry[] {
  const { Prefix: prefix = '', Delimiter: delimiter = '', KeyMarker = '' } = input
  const entries: Entry[] = []
  let group: string | undefined
  for (const upload of uploadsAfterMarker(input, call)) {
    if (!upload.key.startsWith(prefix)) continue
    const common = groupOf(upload.key, { prefix, delimiter })
    if (common === undefined) entries.push(upload)
    else if (common !== group && common !== KeyMarker) entries.push({ prefix: common })
    group = common
  }
  return entries
}

function uploadsAfterMarker(input: Listing, call: Call): readonly StoredUpload[] {
  const { owner } = find(call, input)
  const all = call.estate.account(owner)?.all(UPLOAD) ?? new Map<string, Upload>()
  const own = [...all.values()].filter(({ bucket }) => bucket === input.Bucket) as StoredUpload[] // `putUpload` wrote them
  const { KeyMarker = '', UploadIdMarker = '' } = input
  const sorted = own.toSorted(inOrder)
  if (KeyMarker === '') return sorted
  const marker = all.get(uploadRow({ bucket: input.Bucket }, UploadIdMarker))
  return sorted.filter((upload) => {
    const order = byBytes(upload.key, KeyMarker)
    if (order !== 0 || UploadIdMarker === '') return order > 0
    return marker?.key === KeyMarker ? inOrder(upload, marker) > 0 : upload.id > UploadIdMarker
  })
}

function inOrder(a: Upload, b: Upload): number {
  return byBytes(a.key, b.key) || a.initiatedAt - b.initiatedAt || byBytes(a.id, b.id)
}

function showUpload(input: Listing, upload: StoredUpload) {
  const { checksum } = upload
  return {
    Key: spell(input, upload.key),
    UploadId: upload.id,
    Initiated: new Date(upload.initiatedAt),
    Initiator: showInitiator(upload),
    // Both were among the SDK's own words when they were stored.
    StorageClass: upload.storageClass as 'STANDARD',
    ChecksumAlgorithm: checksum === undefined ? undefined : (checksum.name.toUpperCase() as 'CRC32'),
    ChecksumType: checksum?.type,
  }
}
