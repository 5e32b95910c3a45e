/** `Range: bytes=…`, of which S3 serves one range a request and reads past anything it cannot read; and a part by its number. */

import type { ByteRange } from '../../blobs.ts'
import { Refusal } from '../../refusal.ts'
import { PARTS_AT_MOST, type Piece } from './bytes.ts'
import { matches } from './condition.ts'
import type { StoredObject } from './object.ts'
import { invalidArgument } from './shared.ts'

const FORM = /^bytes=(\d{0,15})-(\d{0,15})$/

/** `undefined` means the whole object. Refuses a range that begins behind the object's end. */
export function rangeOf(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = FORM.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  if (from >= size) {
    const detail = { RangeRequested: header ?? '', ActualObjectSize: size }
    throw new Refusal('InvalidRange', 'The requested range is not satisfiable', detail, {
      'content-range': `bytes */${size}`,
    })
  }
  return { from, to: first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}

/** `If-Range`: the range holds for the object that the reader has seen alone; of any other they want the whole. */
export function rangeStands(header: string | undefined, object: StoredObject): boolean {
  if (header === undefined) return true
  const date = Date.parse(header)
  return /^(?:W\/)?"|^\*$/.test(header.trim()) || Number.isNaN(date)
    ? matches(header, object)
    : date >= object.modifiedAt
}

/** Where a part lies. What was not uploaded in parts is one part. */
export function partRange(number: number, { size }: StoredObject, pieces: readonly Piece[]): ByteRange {
  if (number < 1 || number > PARTS_AT_MOST) {
    const message = 'Part number must be an integer between 1 and 10000, inclusive'
    throw invalidArgument(message, 'partNumber', String(number))
  }
  let from = 0
  for (const [at, piece] of pieces.entries()) {
    if ((piece.part?.number ?? at + 1) === number) return { from, to: from + piece.size - 1 }
    from += piece.size
  }
  throw new Refusal(
    'InvalidPartNumber',
    'The requested partnumber is not satisfiable',
    { PartNumberRequested: number, ActualPartCount: pieces.length },
    { 'content-range': `bytes */${size}` },
  )
}
