/** The lines of a gzipped text as it comes in. What does not unpack, stops in the middle or goes on too long is told so. */

import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { LONGEST } from './format.ts'
import { altered, foreign, torn } from './faults.ts'

const NEWLINE = 10

/** Each without its end. They have all come in, and fitted together, only when this ends. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 64 * 1024, rejectGarbageAfterEnd: true })
  // what breaks is thrown where `gunzip` is read
  pipeline(Readable.from(bytes), gunzip, () => undefined)
  try {
    yield* split(gunzip)
  } catch (error) {
    throw faultOf(error)
  }
}

async function* split(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = []
  let size = 0
  for await (const part of text) {
    let from = 0
    for (let end = part.indexOf(NEWLINE); end !== -1; end = part.indexOf(NEWLINE, from)) {
      begun.push(part.subarray(from, end))
      yield Buffer.concat(begun)
      begun = []
      size = 0
      from = end + 1
    }
    begun.push(part.subarray(from))
    size += part.length - from
    if (size > LONGEST) throw altered()
  }
  if (size > 0) throw torn()
}

/** zlib's words, where they are zlib's (nodejs.org/api/zlib.html, "Error codes"). */
function faultOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'Z_BUF_ERROR') return torn(error)
  if (error.code === 'Z_DATA_ERROR' && error.message === 'incorrect header check') return foreign(error)
  return error.code === 'Z_DATA_ERROR' || error.code === 'ERR_TRAILING_JUNK_AFTER_STREAM_END' ? altered(error) : error
}
