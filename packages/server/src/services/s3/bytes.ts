/** The bytes of an object: one blob, or those of the parts that it was uploaded in, read as if they were one. */

import type { Blobs, ByteRange } from '../../blobs.ts'
import type { Call } from '../../call.ts'
import { remove, type Change } from '../../store/store.ts'
import type { Bytes, Place, StoredChecksum, StoredObject } from './object.ts'

/** A part of an upload: a row each, that stays when the upload becomes an object. */
export const PART = 'part'
/** As many parts as an upload may have. */
export const PARTS_AT_MOST = 10_000

export interface StoredPart {
  readonly blob: string
  readonly size: number
  readonly etag: string
  readonly modifiedAt: number
  readonly checksum: StoredChecksum
}

export interface Piece extends Pick<StoredPart, 'blob' | 'size'> {
  /** Absent for an object that was not uploaded in parts. */
  readonly part?: { readonly number: number; readonly stored: StoredPart }
}

const DIGITS = 5

export function partRow({ bucket }: Pick<Place, 'bucket'>, upload: string, number: number): string {
  return `${partPrefix(bucket, upload)}${String(number).padStart(DIGITS, '0')}`
}

function partPrefix(bucket: string, upload: string): string {
  return `${bucket}/${upload}/`
}

export interface NumberedPart extends StoredPart {
  readonly number: number
}

/** The parts of an upload in their order. */
export async function partsOf(
  call: Call,
  { owner, bucket }: Pick<Place, 'owner' | 'bucket'>,
  { upload, after = 0, limit = PARTS_AT_MOST }: { upload: string; after?: number; limit?: number },
): Promise<readonly NumberedPart[]> {
  const query = { prefix: partPrefix(bucket, upload), after: partRow({ bucket }, upload, after), limit }
  const rows = await call.shelves.shelf(owner, PART, query)
  // written by `UploadPart` alone
  return rows.map(({ key, value }) => ({ ...(value as StoredPart), number: Number(key.slice(-DIGITS)) }))
}

export async function piecesOf(call: Call, place: Place, object: StoredObject): Promise<readonly Piece[]> {
  if (object.blob !== undefined) return [{ blob: object.blob, size: object.size }]
  const parts = await partsOf(call, place, { upload: object.upload.id })
  return parts.map((stored) => ({ blob: stored.blob, size: stored.size, part: { number: stored.number, stored } }))
}

/** The rows of an object's parts go with it. */
export function removePieces(place: Place, { upload }: Bytes, pieces: readonly Piece[]): readonly Change[] {
  if (upload === undefined) return []
  return pieces.flatMap(({ part }) =>
    part === undefined ? [] : remove(place.owner, PART, partRow(place, upload.id, part.number)),
  )
}

export function readPieces(blobs: Blobs, pieces: readonly Piece[], range?: ByteRange): AsyncIterable<Uint8Array> {
  const [first, second] = pieces
  return first !== undefined && second === undefined ? blobs.read(first.blob, range) : joined(blobs, pieces, range)
}

/** Nothing that is removed meanwhile goes before its turn came. */
async function* joined(
  blobs: Blobs,
  pieces: readonly Piece[],
  { from, to }: ByteRange = { from: 0, to: Number.MAX_SAFE_INTEGER },
): AsyncGenerator<Uint8Array> {
  const release = blobs.hold()
  try {
    let start = 0
    for (const { blob, size } of pieces) {
      const part = { from: Math.max(0, from - start), to: Math.min(size - 1, to - start) }
      start += size
      if (part.from <= part.to) yield* blobs.read(blob, part)
    }
  } finally {
    await release()
  }
}

/** So many at once: a thousand keys of ten thousand parts are not a million files being removed together. */
const TOGETHER = 50

export async function removeBlobs(blobs: Blobs, pieces: readonly Pick<Piece, 'blob'>[]): Promise<void> {
  for (let at = 0; at < pieces.length; at += TOGETHER) {
    await Promise.all(pieces.slice(at, at + TOGETHER).map(({ blob }) => blobs.remove(blob)))
  }
}
