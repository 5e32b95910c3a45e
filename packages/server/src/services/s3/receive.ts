/** Bytes on their way into a blob: those of a request's body, or those of another object, summed while they pass. */

import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import { CHECKSUMS, type Checksum } from '../../wire/checksum.ts'
import type { StoredChecksum } from './object.ts'

/** The longest body that one request may bring, an object's or a part's. */
export const BODY_BYTES = 5 * 1024 ** 3
/** The checksum that S3 keeps where the writer names none. */
export const DEFAULT_CHECKSUM = 'crc64nvme'

export function refuseLength(headers: Call['headers'], most: number): void {
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length']
  if (length === undefined)
    throw new Refusal('MissingContentLength', 'You must provide the Content-Length HTTP header.')
  if (Number(length) > most) throw entityTooLarge(Number(length), most)
}

export function entityTooLarge(size: number, most: number): Refusal {
  return new Refusal('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: size,
    MaxSizeAllowed: most,
  })
}

export interface Received {
  readonly blob: string
  readonly size: number
  readonly etag: string
  readonly checksum: StoredChecksum
}

/** Takes the body, with the checksum that the request names, or else one of our own reckoning. */
export async function receive({ body, blobs, headers }: Call, own: Checksum = DEFAULT_CHECKSUM): Promise<Received> {
  const sum = claimedChecksum(headers) === undefined ? summing(own, body.bytes) : undefined
  const blob = await blobs.write(sum?.bytes ?? body.bytes)
  const { size, md5hex, checksums } = body.done()
  const [named] = Object.entries(checksums)
  // The keys of `checksums` are checksums' names: `Object.entries` forgets what it was given.
  const checksum = named === undefined ? sum?.done() : { name: named[0] as Checksum, value: named[1] }
  if (checksum === undefined) throw new Error('a body that names a checksum has one')
  return { blob, size, etag: md5hex, checksum }
}

/** Which checksum a request names, in a header or for its trailer. */
export function claimedChecksum(headers: Call['headers']): Checksum | undefined {
  const trailers = (headers['x-amz-trailer'] ?? '').toLowerCase().split(',')
  return CHECKSUM_NAMES.find((name) => {
    const header = `x-amz-checksum-${name}`
    return headers[header] !== undefined || trailers.some((one) => one.trim() === header)
  })
}

export const CHECKSUM_NAMES = Object.keys(CHECKSUMS) as readonly Checksum[] // `Object.keys` forgets what it was given

/** The same bytes, summed while they pass. */
export function summing(name: Checksum, source: AsyncIterable<Uint8Array>) {
  const sum = CHECKSUMS[name].start()
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const part of source) {
      sum.update(part)
      yield part
    }
  }
  return { bytes: bytes(), done: (): StoredChecksum => ({ name, value: sum.digest().toString('base64') }) }
}
