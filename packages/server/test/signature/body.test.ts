import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHECKSUMS, checkBytes, checkedBody, checksumOf, type Checksum } from '../../src/wire/checksum.ts'
import { momentOf } from '../../src/wire/claim.ts'
import { signingKeys, type Verified } from '../../src/wire/signature.ts'
import { at, joined, message, prove, readCases, refusalFrom, refusalOf } from './sign.ts'

type Piece = readonly [size: number, signature: string]
interface Chain {
  readonly fill: string
  readonly pieces: readonly Piece[]
  readonly trailers?: readonly (readonly [string, string])[]
}
interface Published {
  readonly secret: string
  readonly time: string
  readonly accessKeyId: string
  readonly cases: readonly {
    name: string
    headers: [string, string][]
    path: string
    signedHeaders: string
    signature: string
  }[]
  readonly chunks: Chain
  readonly chunksWithTrailer: Chain
}
const S3 = readCases<Published>('s3')

/** The published seed request, proved; its body is still to come. */
function seed(name: string): { readonly claim: Verified; readonly headers: Record<string, string> } {
  const one = S3.cases.find((each) => each.name === name)
  if (!one) throw new Error(name)
  const credential = `Credential=${S3.accessKeyId}/20130524/us-east-1/s3/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${one.signedHeaders}, Signature=${one.signature}`
  const headers = { ...joined(one.headers), authorization }
  const sent = message({ method: 'PUT', path: one.path, headers })
  return { claim: prove(sent, at(momentOf(S3.time)), S3.secret), headers }
}

function encode({ fill, pieces, trailers = [] }: Chain): Buffer {
  const chunks = pieces.map(([size, signature]) => {
    const data = size > 0 ? `${fill.repeat(size)}\r\n` : ''
    return `${size.toString(16)};chunk-signature=${signature}\r\n${data}`
  })
  return Buffer.from(`${chunks.join('')}${trailers.map(([name, value]) => `${name}:${value}\r\n`).join('')}\r\n`)
}

/** The bytes in slices of these sizes, over and over. */
async function* sliced(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length
    yield bytes.subarray(from, from + size)
    from += size
  }
}

async function read(body: ReturnType<typeof checkedBody>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of body.bytes) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

describe.each([
  ['put-chunks', S3.chunks],
  ['put-chunks-trailer', S3.chunksWithTrailer],
] as const)('the published chain %s', (name, chain) => {
  const { claim, headers } = seed(name)
  const whole = encode(chain)

  test('is decoded, however its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 5 }), async (sizes) => {
        const body = checkedBody(sliced(whole, sizes), claim, headers)
        expect((await read(body)).equals(Buffer.from(chain.fill.repeat(66_560)))).toBe(true)
        expect(body.done().size).toBe(66_560)
      }),
      { numRuns: 30, seed: 3 },
    )
  })

  test('no byte of it can be changed, dropped or put after it', async () => {
    const spot = fc.record({
      place: fc.oneof(
        fc.nat(200),
        fc.integer({ min: whole.length - 1600, max: whole.length - 1 }),
        fc.nat(whole.length - 1),
      ),
      how: fc.constantFrom('change', 'drop', 'cut', 'add'),
    })
    await fc.assert(
      fc.asyncProperty(spot, async ({ place, how }) => {
        const other = Buffer.from([(whole[place] ?? 0) ^ 1])
        const after = whole.subarray(how === 'add' ? place : place + 1)
        const bytes = {
          change: () => Buffer.concat([whole.subarray(0, place), other, after]),
          drop: () => Buffer.concat([whole.subarray(0, place), after]),
          cut: () => whole.subarray(0, place),
          add: () => Buffer.concat([whole, other]),
        }[how]()
        await refusalFrom(read(checkedBody(sliced(bytes, [4096]), claim, headers)))
      }),
      { numRuns: 150, seed: 5 },
    )
  })

  test('its chunks cannot change places', async () => {
    const [first, second, last] = chain.pieces
    if (!first || !second || !last) throw new Error('no pieces')
    const bytes = encode({ ...chain, pieces: [first, first, last] })
    const refused = await refusalFrom(read(checkedBody(sliced(bytes, [4096]), claim, headers)))
    expect(['badSignature', 'IncompleteBody']).toContain(refused.code)
  })

  test('belongs to its key', async () => {
    const signingKey = signingKeys().keyFor('a', 'another', claim.date, claim.region, claim.service)
    const refused = await refusalFrom(read(checkedBody(sliced(whole, [4096]), { ...claim, signingKey }, headers)))
    expect(refused.code).toBe('badSignature')
  })
})

test('a claim that was not verified cannot have signed chunks', async () => {
  const { claim, headers } = seed('put-chunks')
  const { signingKey: _, scope: __, ...bare } = claim
  await expect(read(checkedBody(sliced(encode(S3.chunks), [99]), bare, headers))).rejects.toThrow('signed chunks need')
})

const UNSIGNED = {
  'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'x-amz-trailer': 'x-amz-checksum-crc32',
}

function unsigned(text: string, trailer: string): Uint8Array {
  return Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n0\r\n${trailer}\r\n`)
}

describe('chunks without signatures', () => {
  const sum = checksumOf('crc32', Buffer.from('hello'))
  const headers = { ...UNSIGNED, 'x-amz-decoded-content-length': '5' }

  test('bring their checksum behind them', async () => {
    const body = checkedBody(sliced(unsigned('hello', `x-amz-checksum-crc32:${sum}\r\n`), [3]), undefined, headers)
    expect((await read(body)).toString()).toBe('hello')
    expect(body.done()).toMatchObject({ size: 5, checksums: { crc32: sum }, trailers: { 'x-amz-checksum-crc32': sum } })
  })

  test.each([
    ['5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'BadDigest', 'another sum'],
    ['5\r\nhello\r\n0\r\nx-amz-checksum-crc32:abc\r\n\r\n', 'InvalidRequest', 'no sum at all'],
    ['5\r\nhello\r\n0\r\n\r\n', 'MalformedTrailerError', 'the trailer that was announced is not there'],
    ['5\r\nhello\r\n0\r\nx-amz-checksum-crc32\r\n\r\n', 'MalformedTrailerError', 'a trailer without a value'],
    ['5\r\nhello\r\n0\r\nx-amz-meta-a:b\r\n\r\n', 'MalformedTrailerError', 'a trailer that was not announced'],
    ['5\r\nhello\r\n0\r\nx-amz-checksum-crc32:' + sum + '\r\n', 'IncompleteBody', 'the last line is not there'],
    ['5\r\nhel', 'IncompleteBody', 'the connection ends within a chunk'],
    ['', 'IncompleteBody', 'nothing comes'],
    ['4\r\nhell\r\n0\r\n\r\n', 'IncompleteBody', 'less than was announced'],
    ['6\r\nhello!\r\n0\r\n\r\n', 'IncompleteBody', 'more than was announced'],
    ['ffffffffffff\r\n', 'IncompleteBody', 'a length that no body has'],
    ['5\r\nhelloXX0\r\n\r\n', 'InvalidRequest', 'a chunk longer than it says'],
    ['five\r\n', 'InvalidRequest', 'no length'],
    ['-5\r\n', 'InvalidRequest', 'a length below nothing'],
    ['2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n', 'InvalidChunkSizeError', 'a small chunk before the last'],
    ['5'.repeat(40_000), 'InvalidRequest', 'a line without an end'],
  ])('%j: %s, %s', async (bytes, code) => {
    const refused = await refusalFrom(read(checkedBody(sliced(Buffer.from(bytes), [7]), undefined, headers)))
    expect(refused.code).toBe(code)
  })

  test('that are too small say where', async () => {
    const bytes = Buffer.from('3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n')
    const refused = await refusalFrom(read(checkedBody(sliced(bytes, [7]), undefined, headers)))
    expect(refused.detail).toEqual({ Chunk: 2, BadChunkSize: 3 })
  })

  test('belong to operations that stream', () => {
    expect(refusalOf(() => checkBytes(Buffer.from('5'), undefined, headers)).code).toBe('InvalidRequest')
  })

  test('say how long they are without their frames', () => {
    expect(refusalOf(() => checkedBody(sliced(new Uint8Array(), []), undefined, UNSIGNED)).code).toBe(
      'MissingContentLength',
    )
  })
})

describe('checksums', () => {
  const nine = Buffer.from('123456789')
  test.each<[Checksum, string, string]>([
    ['crc32', 'cbf43926', "the polynomial's check value"],
    ['crc32c', 'e3069283', "the polynomial's check value"],
    ['crc64nvme', 'ae8b14860a799888', "the polynomial's check value"],
    ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441', 'as openssl has it'],
    ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225', 'as openssl has it'],
  ])('%s of 123456789 is %s, %s', (name, hex) => {
    expect(Buffer.from(checksumOf(name, nine), 'base64').toString('hex')).toBe(hex)
  })

  test('a sum does not depend on where its bytes are cut', () => {
    const names = Object.keys(CHECKSUMS) as Checksum[] // the table's own keys
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(600), fc.constantFrom(...names), (bytes, cut, name) => {
        const sum = CHECKSUMS[name].start()
        sum.update(bytes.subarray(0, cut))
        sum.update(bytes.subarray(cut))
        expect(sum.digest().toString('base64')).toBe(checksumOf(name, bytes))
      }),
      { seed: 9 },
    )
    expect(Buffer.from(checksumOf('crc32', nine), 'base64').readUInt32BE()).toBe(crc32(nine))
  })

  const hello = Buffer.from('hello')
  const md5 = createHash('md5').update(hello).digest('base64')
  test.each<[Record<string, string>, string, string]>([
    [
      { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
      'BadDigest',
      'The Content-MD5 you specified did not match what we received.',
    ],
    [{ 'content-md5': 'abc' }, 'InvalidDigest', 'The Content-MD5 you specified was invalid.'],
    [
      { 'x-amz-checksum-crc32': 'AAAAAA==' },
      'BadDigest',
      'The CRC32 you specified did not match the calculated checksum.',
    ],
    [
      { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' },
      'BadDigest',
      'The CRC64NVME you specified did not match the calculated checksum.',
    ],
    [{ 'x-amz-checksum-sha256': 'AAAAAA==' }, 'InvalidRequest', 'Value for x-amz-checksum-sha256 header is invalid.'],
    [
      { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': 'A' },
      'InvalidRequest',
      'Multiple checksum Types are not allowed.',
    ],
    [
      { 'x-amz-sdk-checksum-algorithm': 'CRC32' },
      'InvalidRequest',
      'no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    ],
    [
      { 'x-amz-sdk-checksum-algorithm': 'SHA1', 'x-amz-checksum-crc32': 'AAAAAA==' },
      'InvalidRequest',
      'Value for x-amz-sdk-checksum-algorithm',
    ],
    [{ 'content-length': '6' }, 'IncompleteBody', 'You did not provide the number of bytes'],
  ])('%j is refused: %s', async (headers, code, text) => {
    const refused = refusalOf(() => checkBytes(hello, undefined, headers))
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(text)
    const streamed = (async () => read(checkedBody(sliced(hello, [2]), undefined, headers)))()
    expect(await refusalFrom(streamed)).toMatchObject({ code, message: refused.message })
  })

  test('that agree are handed on, with those that were asked for', () => {
    const sum = checksumOf('sha1', hello)
    const headers = { 'content-md5': md5, 'x-amz-checksum-sha1': sum, 'x-amz-sdk-checksum-algorithm': 'SHA1' }
    expect(checkBytes(hello, undefined, headers, ['crc64nvme'])).toEqual({
      size: 5,
      md5hex: Buffer.from(md5, 'base64').toString('hex'),
      checksums: { sha1: sum, crc64nvme: checksumOf('crc64nvme', hello) },
      trailers: {},
    })
  })

  test('a body that is not what was signed is refused', async () => {
    const { claim } = seed('put-object')
    const body = checkedBody(sliced(Buffer.from('Welcome to Amazon S3.'), [4]), claim, {})
    expect((await read(body)).length).toBe(21)
    const refused = await refusalFrom(read(checkedBody(sliced(hello, [4]), claim, {})))
    expect(refused.code).toBe('XAmzContentSHA256Mismatch')
    expect(refused.detail).toEqual({
      ClientComputedContentSHA256: claim.payloadHash,
      S3ComputedContentSHA256: createHash('sha256').update(hello).digest('hex'),
    })
  })
})

test('nothing can be kept before the end: `done` throws until then, and a refusal leaves the stream open', async () => {
  const stream = Readable.from([Buffer.from('5\r\nhello\r\nX\r\n'), Buffer.from('rest'), Buffer.from('rest')])
  const body = checkedBody(stream, undefined, { ...UNSIGNED, 'x-amz-decoded-content-length': '5' })
  expect(() => body.done()).toThrow('has not been read')
  await refusalFrom(read(body))
  expect(() => body.done()).toThrow('has not been read')
  expect(stream.destroyed).toBe(false)
})
