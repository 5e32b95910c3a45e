/**
 * What a body was said to be, against what it is: the payload's hash, Content-MD5 and the five S3 checksums, reckoned
 * while the body streams by. A mismatch is thrown where the stream would end, so whoever stores a body must read it
 * to its end before keeping any of it.
 */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { decodeChunks, type Chunked, type Trailers } from './chunks.ts'
import { crc32c, crc64nvme, type Halves } from './crc.ts'
import { Refusal } from '../refusal.ts'
import type { Claim } from './claim.ts'
import type { Verified } from './signature.ts'

/** A digest that grows. */
interface Running {
  update(bytes: Uint8Array): void
  digest(): Buffer
}

/** S3's checksums: by name, in the order in which S3 lists them, with how many bytes each has. */
export const CHECKSUMS = {
  crc32: { bytes: 4, start: () => running<number>(0, (sum, bytes) => crc32(bytes, sum), word) },
  crc32c: { bytes: 4, start: () => running<number>(0, crc32c, word) },
  crc64nvme: { bytes: 8, start: () => running<Halves>([0, 0], crc64nvme, ([high, low]) => word(high, low)) },
  sha1: { bytes: 20, start: () => hashing('sha1') },
  sha256: { bytes: 32, start: () => hashing('sha256') },
} as const satisfies Record<string, { readonly bytes: number; readonly start: () => Running }>

export type Checksum = keyof typeof CHECKSUMS

/** What a body turned out to be. */
export interface Checked {
  readonly size: number
  readonly md5hex: string
  /** In base64, as in the headers: those that the request named, and those that were asked for. */
  readonly checksums: Readonly<Partial<Record<Checksum, string>>>
  readonly trailers: Trailers
}

export interface CheckedBody {
  readonly bytes: AsyncIterable<Uint8Array>
  /** Throws until `bytes` has been read to its end. */
  done(): Checked
}

type Headers = Readonly<Record<string, string>>

/** The claim whose body is read; one whose chunks are signed must have been verified. */
type Signed = Claim | Verified | undefined

/** A body that is decoded and checked while it is read. `also` names checksums to reckon without their being claimed. */
export function checkedBody(
  stream: AsyncIterable<Uint8Array>,
  claim: Signed,
  headers: Headers,
  also: readonly Checksum[] = [],
): CheckedBody {
  const expected = expectations(claim, headers)
  const sums = startSums(expected, also)
  const borrowed = borrow(stream)
  let checked: Checked | undefined
  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const source = expected.chunked ? decode(borrowed, claim, headers, expected.chunked) : plain(borrowed)
    let next = await source.next()
    try {
      for (; !next.done; next = await source.next()) {
        sums.update(next.value)
        yield next.value
      }
    } finally {
      await source.return({})
    }
    checked = compare(sums, expected, next.value)
  }
  return {
    bytes: bytes(),
    done() {
      if (!checked) throw new Error('the body has not been read to its end')
      return checked
    },
  }
}

/** The same for a body that is whole already, and not chunked. */
export function checkBytes(body: Uint8Array, claim: Signed, headers: Headers, also: readonly Checksum[] = []): Checked {
  const expected = expectations(claim, headers)
  if (expected.chunked) {
    throw new Refusal('InvalidRequest', 'aws-chunked encoding is not supported for the specified request.')
  }
  const sums = startSums(expected, also)
  sums.update(body)
  return compare(sums, expected, {})
}

/** One checksum of bytes at hand, in base64. */
export function checksumOf(name: Checksum, bytes: Uint8Array): string {
  const sum = CHECKSUMS[name].start()
  sum.update(bytes)
  return sum.digest().toString('base64')
}

// What was said

interface Expected {
  readonly chunked?: Chunked
  readonly size?: number
  readonly hash?: string
  readonly md5?: string
  readonly checksum?: { readonly name: Checksum; readonly value?: string }
}

function expectations(claim: Signed, headers: Headers): Expected {
  const chunked = chunking(claim, headers)
  const size = headers[chunked ? 'x-amz-decoded-content-length' : 'content-length']
  if (chunked && !/^\d{1,15}$/.test(size ?? '')) {
    throw new Refusal('MissingContentLength', 'You must provide the Content-Length HTTP header.')
  }
  const md5 = headers['content-md5']
  if (md5 !== undefined && !isBase64(md5, 16)) {
    throw new Refusal('InvalidDigest', 'The Content-MD5 you specified was invalid.', { 'Content-MD5': md5 })
  }
  const checksum = claimedChecksum(headers)
  return {
    ...(chunked ? { chunked } : {}),
    ...(size === undefined ? {} : { size: Number(size) }),
    ...(claim?.payloadHash === undefined ? {} : { hash: claim.payloadHash }),
    ...(md5 === undefined ? {} : { md5 }),
    ...(checksum ? { checksum } : {}),
  }
}

/** An unsigned request may be chunked too, as long as its chunks are not signed. */
function chunking(claim: Signed, headers: Headers): Chunked | undefined {
  const anonymous = headers['x-amz-content-sha256'] === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  const payload = claim ? claim.payload : anonymous ? 'streaming-unsigned-trailer' : 'unsigned'
  return payload === 'hash' || payload === 'unsigned' ? undefined : payload
}

/** The checksum in a header, or the one that the trailer will bring. */
function claimedChecksum(headers: Headers): Expected['checksum'] {
  const named = NAMES.filter((name) => headers[`x-amz-checksum-${name}`] !== undefined)
  const trailing = NAMES.filter((name) => trailerNames(headers).includes(`x-amz-checksum-${name}`))
  const [name, ...others] = [...named, ...trailing]
  if (others.length > 0) {
    const one = 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.'
    throw new Refusal('InvalidRequest', one)
  }
  const algorithm = headers['x-amz-sdk-checksum-algorithm']?.toLowerCase()
  if (name === undefined) {
    if (algorithm === undefined || headers['content-md5'] !== undefined) return undefined
    const none = 'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer'
    throw new Refusal('InvalidRequest', `${none} headers were found.`)
  }
  if (algorithm !== undefined && algorithm !== name) {
    throw new Refusal('InvalidRequest', 'Value for x-amz-sdk-checksum-algorithm header is invalid.')
  }
  const value = headers[`x-amz-checksum-${name}`]
  if (value !== undefined) checkForm(name, value)
  return value === undefined ? { name } : { name, value }
}

function checkForm(name: Checksum, value: string): void {
  if (isBase64(value, CHECKSUMS[name].bytes)) return
  throw new Refusal('InvalidRequest', `Value for x-amz-checksum-${name} header is invalid.`)
}

function isBase64(text: string, bytes: number): boolean {
  const decoded = Buffer.from(text, 'base64')
  return decoded.length === bytes && decoded.toString('base64') === text
}

function trailerNames(headers: Headers): readonly string[] {
  const names = (headers['x-amz-trailer'] ?? '').split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => name !== '')
}

// What it is

function decode(
  stream: AsyncIterable<Uint8Array>,
  claim: Signed,
  headers: Headers,
  payload: Chunked,
): AsyncGenerator<Uint8Array, Trailers, undefined> {
  return decodeChunks(stream, {
    payload,
    length: Number(headers['x-amz-decoded-content-length']),
    trailers: trailerNames(headers),
    ...(claim && 'signingKey' in claim ? { seed: claim } : {}),
  })
}

/** The same bytes from a stream that is not destroyed when its reader stops: its socket still has to carry the answer. */
function borrow(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = stream[Symbol.asyncIterator]()
      return { next: () => iterator.next() }
    },
  }
}

async function* plain(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, Trailers, undefined> {
  yield* stream
  return {}
}

interface Sums extends Record<'md5', Running> {
  readonly size: number
  readonly sha256: Running | undefined
  readonly named: ReadonlyMap<Checksum, Running>
  update(bytes: Uint8Array): void
}

function startSums(expected: Expected, also: readonly Checksum[]): Sums {
  const names = new Set([...also, ...(expected.checksum ? [expected.checksum.name] : [])])
  const named = new Map([...names].map((name) => [name, CHECKSUMS[name].start()]))
  const md5 = hashing('md5')
  const sha256 = expected.hash === undefined ? undefined : hashing('sha256')
  const all = [md5, ...(sha256 ? [sha256] : []), ...named.values()]
  let size = 0
  return {
    md5,
    sha256,
    named,
    get size() {
      return size
    },
    update(bytes) {
      size += bytes.length
      for (const sum of all) sum.update(bytes)
    },
  }
}

function compare(sums: Sums, expected: Expected, trailers: Trailers): Checked {
  if (expected.size !== undefined && expected.size !== sums.size) {
    const short = 'You did not provide the number of bytes specified by the Content-Length HTTP header'
    throw new Refusal('IncompleteBody', short)
  }
  compareHash(sums, expected)
  const md5 = sums.md5.digest()
  if (expected.md5 !== undefined && md5.toString('base64') !== expected.md5) {
    throw new Refusal('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
      ExpectedDigest: Buffer.from(expected.md5, 'base64').toString('hex'),
      CalculatedDigest: md5.toString('base64'),
    })
  }
  const checksums = Object.fromEntries([...sums.named].map(([name, sum]) => [name, sum.digest().toString('base64')]))
  compareChecksum(checksums, expected, trailers)
  return { size: sums.size, md5hex: md5.toString('hex'), checksums, trailers }
}

function compareHash(sums: Sums, expected: Expected): void {
  const computed = sums.sha256?.digest().toString('hex')
  if (computed === undefined || expected.hash === undefined || computed === expected.hash) return
  const differs = "The provided 'x-amz-content-sha256' header does not match what was computed."
  throw new Refusal('XAmzContentSHA256Mismatch', differs, {
    ClientComputedContentSHA256: expected.hash,
    S3ComputedContentSHA256: computed,
  })
}

function compareChecksum(checksums: Checked['checksums'], { checksum }: Expected, trailers: Trailers): void {
  if (!checksum) return
  const { name } = checksum
  const value = checksum.value ?? trailers[`x-amz-checksum-${name}`] ?? ''
  checkForm(name, value)
  if (checksums[name] === value) return
  const differs = `The ${name.toUpperCase()} you specified did not match the calculated checksum.`
  throw new Refusal('BadDigest', differs)
}

// Sums

function hashing(algorithm: string): Running {
  const inner = createHash(algorithm)
  return { update: (bytes) => void inner.update(bytes), digest: () => inner.digest() }
}

function running<S>(start: S, step: (sum: S, bytes: Uint8Array) => S, finish: (sum: S) => Buffer): Running {
  let sum = start
  return {
    update(bytes) {
      sum = step(sum, bytes)
    },
    digest: () => finish(sum),
  }
}

function word(...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 4)
  for (const [at, value] of words.entries()) bytes.writeUInt32BE(value >>> 0, at * 4)
  return bytes
}

// `Object.keys` forgets what it was given.
const NAMES = Object.keys(CHECKSUMS) as readonly Checksum[]
