/**
 * aws-chunked: a body in pieces, each with its length, with its signature where the pieces are signed, and with
 * trailing headers where they were announced. Any slicing of the incoming bytes gives the same pieces; what is held
 * back is never more than a line or a slice.
 */
import { createHash, type Hash } from 'node:crypto'
import { Refusal } from '../refusal.ts'
import type { Payload } from './claim.ts'
import { S3_MISMATCH, hmac, sameSignature, type Verified } from './signature.ts'

export type Chunked = Exclude<Payload, 'hash' | 'unsigned'>

/** What a chunked body was announced to be. */
export interface ChunkPlan {
  readonly payload: Chunked
  /** x-amz-decoded-content-length. */
  readonly length: number
  /** The names in x-amz-trailer, lower case. */
  readonly trailers: readonly string[]
  /** The seed of the chain of signatures; needed where the pieces are signed. */
  readonly seed?: Pick<Verified, 'signature' | 'signingKey' | 'scope' | 'time'>
}

export type Trailers = Readonly<Record<string, string>>

const LINE_LIMIT = 16_384
const SMALLEST = 8192
const EMPTY_HASH = createHash('sha256').digest('hex')
const SHORT = 'You did not provide the number of bytes specified by the Content-Length HTTP header'
const BAD_TRAILER =
  'The request contained trailing data that was not well-formed or did not conform to our published schema.'

/**
 * Yields the body's own bytes and returns its trailers. A piece is yielded before its signature can be checked, so
 * nothing may be kept until the generator has returned. The source is never closed: a refusal needs its socket.
 */
export async function* decodeChunks(
  source: AsyncIterable<Uint8Array>,
  plan: ChunkPlan,
): AsyncGenerator<Uint8Array, Trailers, undefined> {
  const input = reader(source)
  const chain = plan.payload === 'streaming-unsigned-trailer' ? undefined : signatureChain(plan)
  let total = 0
  for (let number = 1, last = SMALLEST; ; number++) {
    const { size, signature } = readHead(await input.line())
    total += size
    if (total > plan.length || (size === 0 && total < plan.length)) throw new Refusal('IncompleteBody', SHORT)
    if (size > 0 && last < SMALLEST) throw tooSmall(number, last)
    const digest = chain && createHash('sha256')
    for await (const piece of input.take(size)) {
      digest?.update(piece)
      yield piece
    }
    if (digest) chain?.chunk(digest, signature)
    if (size === 0) return await readTrailers(input, plan, chain)
    if ((await input.line()) !== '') throw malformed()
    last = size
  }
}

function readHead(line: string): { readonly size: number; readonly signature: string } {
  const parts = /^([0-9A-Fa-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line)
  if (!parts) throw malformed()
  return { size: Number.parseInt(parts[1] ?? '', 16), signature: parts[2] ?? '' }
}

/** Lines `name:value` up to an empty one; exactly those announced, and their signature where there is one. */
async function readTrailers(input: Reader, plan: ChunkPlan, chain: Chain | undefined): Promise<Trailers> {
  const found = new Map<string, string>()
  for (let room = LINE_LIMIT, line = await input.line(); line !== ''; line = await input.line()) {
    const at = line.indexOf(':')
    const name = line.slice(0, Math.max(at, 0)).trim().toLowerCase()
    room -= line.length
    if (name === '' || found.has(name) || room < 0) throw new Refusal('MalformedTrailerError', BAD_TRAILER)
    found.set(name, line.slice(at + 1).trim())
  }
  await input.end()
  const signature = found.get('x-amz-trailer-signature')
  found.delete('x-amz-trailer-signature')
  const announced = plan.payload === 'streaming-signed' ? [] : plan.trailers
  if (found.size !== announced.length || announced.some((name) => !found.has(name))) {
    throw new Refusal('MalformedTrailerError', BAD_TRAILER)
  }
  if (plan.payload === 'streaming-signed-trailer') chain?.trailer(found, signature ?? '')
  return Object.fromEntries(found)
}

interface Chain {
  chunk(digest: Hash, signature: string): void
  trailer(trailers: ReadonlyMap<string, string>, signature: string): void
}

/** Each signature covers the one before it, so no piece can be dropped, repeated or moved. */
function signatureChain({ seed }: ChunkPlan): Chain {
  if (!seed) throw new Error('signed chunks need the signature that they follow')
  let previous = seed.signature
  const link = (kind: string, content: string, given: string): void => {
    const stringToSign = `AWS4-HMAC-SHA256-${kind}\n${seed.time}\n${seed.scope}\n${previous}\n${content}`
    if (!sameSignature(hmac(seed.signingKey, stringToSign), given)) {
      throw new Refusal('badSignature', S3_MISMATCH, { StringToSign: stringToSign, SignatureProvided: given })
    }
    previous = given
  }
  return {
    chunk: (digest, signature) => link('PAYLOAD', `${EMPTY_HASH}\n${digest.digest('hex')}`, signature),
    trailer(trailers, signature) {
      const text = [...trailers].map(([name, value]) => `${name}:${value}\n`).join('')
      link('TRAILER', createHash('sha256').update(text).digest('hex'), signature)
    },
  }
}

interface Reader {
  /** The next line without its CRLF. */
  line(): Promise<string>
  /** The next `size` bytes, in slices. */
  take(size: number): AsyncIterable<Uint8Array>
  /** Refuses anything that is still to come. */
  end(): Promise<void>
}

function reader(source: AsyncIterable<Uint8Array>): Reader {
  const iterator = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const next = await iterator.next()
    if (next.done) return false
    const slice = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    held = held.length === 0 ? slice : Buffer.concat([held, slice])
    return true
  }
  return {
    async line() {
      let at = held.indexOf('\r\n')
      for (; at < 0; at = held.indexOf('\r\n')) {
        if (held.length > LINE_LIMIT) throw malformed()
        if (!(await more())) throw new Refusal('IncompleteBody', SHORT)
      }
      const line = held.toString('latin1', 0, at)
      held = held.subarray(at + 2)
      return line
    },
    async *take(size) {
      for (let left = size; left > 0;) {
        if (held.length === 0 && !(await more())) throw new Refusal('IncompleteBody', SHORT)
        const piece = held.subarray(0, left)
        held = held.subarray(piece.length)
        left -= piece.length
        if (piece.length > 0) yield piece
      }
    },
    async end() {
      while (held.length === 0) if (!(await more())) return
      throw malformed()
    },
  }
}

function malformed(): Error {
  return new Refusal('InvalidRequest', 'The body of your request is not well-formed aws-chunked content.')
}

/** S3 names the chunk that it was reading and the size of the one before, which was too small. */
function tooSmall(chunk: number, size: number): Error {
  const why = 'Only the last chunk is allowed to have a size less than 8192 bytes'
  return new Refusal('InvalidChunkSizeError', why, { Chunk: chunk, BadChunkSize: size })
}
