/** `Range: bytes=…`, of which S3 serves one range a request and reads past anything it cannot read. */

import type { ByteRange } from '../../blobs.ts'
import { Refusal } from '../../refusal.ts'

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
