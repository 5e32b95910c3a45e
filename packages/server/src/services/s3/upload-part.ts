/** One part of an upload, from the request's body or out of another object. */

import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ByteRange } from '../../blobs.ts'
import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { PART, partRow, PARTS_AT_MOST, partsOf, piecesOf, readPieces, removeBlobs, type StoredPart } from './bytes.ts'
import { originalOf } from './copy-object.ts'
import { aboutSource, copySourceKey, refuseUnmetSource, sourceOf } from './copy-source.ts'
import { placeOf, type StoredObject } from './object.ts'
import { lookAt, refuseArchived } from './reading.ts'
import {
  BODY_BYTES,
  claimedChecksum,
  DEFAULT_CHECKSUM,
  entityTooLarge,
  receive,
  refuseLength,
  summing,
} from './receive.ts'
import { aboutObject, find, invalidArgument, ownersOf } from './shared.ts'
import { showEtag, showSum } from './show.ts'
import { findUpload, lookForUpload, putUpload, uploadOf, type OfUpload, type StoredUpload } from './upload.ts'
import { shownId } from './writing.ts'

interface OfPart extends OfUpload {
  readonly PartNumber: number
}

/** s3:UploadPart. A part of a number that is there already takes its place. */
export const uploadPart = operation('s3:UploadPart', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookForUpload(call, input),
  asks: (input, call) => aboutObject(call, input, { action: 's3:PutObject', context: partKeys(call, input) }),
  refusals: [
    'EntityTooLarge',
    'InvalidArgument',
    'InvalidRequest',
    'MissingContentLength',
    'NoSuchBucket',
    'NoSuchUpload',
  ],
  async prepare(input, call) {
    refusePart(input, call)
    refuseLength(call.headers, BODY_BYTES)
    const upload = uploadOf(call, input)
    refuseChecksum(upload, call)
    const received = await receive(call, upload.checksum?.name)
    return arrived(input, call, received)
  },
  release: ({ part }, call) => call.blobs.remove(part.blob),
  run(input, call) {
    const { part, before } = call.prepared
    return {
      output: { ETag: showEtag(part), ServerSideEncryption: 'AES256' as const, ...showSum(part.checksum) },
      changes: partChanges(input, call, part),
      afterwards: () => settlePart(input, call, { part, before }),
    }
  },
})

type Copying = Input<'s3:UploadPartCopy'>

/** s3:UploadPartCopy. */
export const uploadPartCopy = operation('s3:UploadPartCopy', {
  needs: (input, { directory }) => ownersOf(directory, input.Bucket, sourceOf(input).Bucket),
  async look(input, call) {
    await lookForUpload(call, input)
    return lookAt(call, sourceOf(input))
  },
  asks(input, call) {
    const context = { ...partKeys(call, input), 's3:x-amz-copy-source': copySourceKey(sourceOf(input)) }
    return [
      aboutSource(call, sourceOf(input), call.seen),
      aboutObject(call, input, { action: 's3:PutObject', context }),
    ]
  },
  refusals: ['InvalidArgument', 'InvalidRequest', 'NoSuchBucket', 'NoSuchKey', 'NoSuchUpload', 'PreconditionFailed'],
  async prepare(input, call) {
    refusePart(input, call)
    const upload = uploadOf(call, input)
    const original = originalOf(call, sourceOf(input), call.seen)
    refuseArchived(original, "source object's")
    refuseUnmetSource(input, original)
    return arrived(input, call, await taken(call, input, { original, upload }))
  },
  release: ({ part }, call) => call.blobs.remove(part.blob),
  run(input, call) {
    const { part, before } = call.prepared
    const source = sourceOf(input)
    return {
      output: {
        CopyPartResult: { ETag: showEtag(part), LastModified: new Date(part.modifiedAt), ...showSum(part.checksum) },
        CopySourceVersionId: shownId(call, { bucket: source.Bucket }, originalOf(call, source, call.seen)),
        ServerSideEncryption: 'AES256' as const,
      },
      changes: partChanges(input, call, part),
      afterwards: () => settlePart(input, call, { part, before }),
    }
  },
})

/** S3 holds each part to what the first call said, and a part makes no object. */
function partKeys(call: Call, input: OfUpload): Readonly<Record<string, string>> {
  return { ...findUpload(call, input)?.keys, 's3:ObjectCreationOperation': 'false' }
}

const UNBUILT = [
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-copy-source-server-side-encryption-customer-algorithm',
]

function refusePart({ PartNumber }: OfPart, { headers }: Call): void {
  const unbuilt = UNBUILT.find((name) => headers[name] !== undefined)
  if (unbuilt !== undefined) {
    throw new Refusal('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: unbuilt,
    })
  }
  if (PartNumber >= 1 && PartNumber <= PARTS_AT_MOST) return
  const message = 'Part number must be an integer between 1 and 10000, inclusive'
  throw invalidArgument(message, 'partNumber', String(PartNumber))
}

/** A part brings the checksum that the upload was begun with, and no other. */
function refuseChecksum({ checksum }: StoredUpload, { headers }: Call): void {
  const claimed = claimedChecksum(headers)
  const named = claimed === checksum?.name
  if (named || (claimed === undefined && checksum?.type === 'FULL_OBJECT')) return
  throw new Refusal(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${checksum?.name ?? 'null'}, actual checksum Type: ${claimed ?? 'null'}`,
  )
}

interface Arrived {
  readonly part: StoredPart
  /** The part that it takes the place of. */
  readonly before: readonly StoredPart[]
}

async function arrived(input: OfPart, call: Call, received: Omit<StoredPart, 'modifiedAt'>): Promise<Arrived> {
  const place = placeOf(call, input)
  try {
    const { UploadId: upload, PartNumber: number } = input
    await call.turns.take([`${place.owner} ${partRow(place, upload, number)}`])
    const [before] = await partsOf(call, place, { upload, after: number - 1, limit: 1 })
    const part = { ...received, modifiedAt: Math.floor(call.now / 1000) * 1000 }
    return { part, before: before?.number === number ? [before] : [] }
  } catch (error) {
    await call.blobs.remove(received.blob)
    throw error
  }
}

/** Of two that brought the same part one had the last word. */
async function settlePart(input: OfPart, call: Call, { part, before }: Arrived): Promise<void> {
  await nextTurn()
  const place = placeOf(call, input)
  const { UploadId: upload, PartNumber: number } = input
  const [now] = await partsOf(call, place, { upload, after: number - 1, limit: 1 })
  const taken = now?.number === number && now.blob !== part.blob
  await removeBlobs(call.blobs, taken ? [...before, part] : before)
}

function partChanges(input: OfPart, call: Call, part: StoredPart): readonly Change[] {
  const { owner } = find(call, input)
  const upload = uploadOf(call, input)
  return [
    put(owner, PART, partRow(upload, upload.id, input.PartNumber), part),
    putUpload(owner, { ...upload, writes: upload.writes + 1 }),
  ]
}

interface Source {
  readonly original: StoredObject
  readonly upload: StoredUpload
}

async function taken(
  call: Call,
  input: Copying,
  { original, upload }: Source,
): Promise<Omit<StoredPart, 'modifiedAt'>> {
  const range = copyRange(input, original)
  const size = range === undefined ? original.size : range.to - range.from + 1
  if (size > BODY_BYTES) throw entityTooLarge(size, BODY_BYTES)
  const pieces = await piecesOf(call, placeOf(call, sourceOf(input)), original)
  const md5 = createHash('md5')
  const sum = summing(upload.checksum?.name ?? DEFAULT_CHECKSUM, readPieces(call.blobs, pieces, range))
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const part of sum.bytes) {
      md5.update(part)
      yield part
    }
  }
  const blob = await call.blobs.write(bytes())
  return { blob, size, etag: md5.digest('hex'), checksum: sum.done() }
}

/** Unlike a reader's, a copier's range must be one, and lie within the object. */
function copyRange({ CopySourceRange: text }: Copying, { size }: StoredObject): ByteRange | undefined {
  if (text === undefined) return undefined
  const [, from, to] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text) ?? []
  if (from === undefined || to === undefined || Number(to) < Number(from)) {
    const message =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy'
    throw invalidArgument(message, 'x-amz-copy-source-range', text)
  }
  if (Number(to) >= size) {
    const message = `Range specified is not valid for source object of size: ${size}`
    throw invalidArgument(message, 'x-amz-copy-source-range', text)
  }
  return { from: Number(from), to: Number(to) }
}
