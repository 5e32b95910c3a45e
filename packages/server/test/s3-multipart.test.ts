/** Uploads in parts: how they begin, what parts may be, what they become, and that nothing is left of those given up. */

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type CompleteMultipartUploadCommandInput,
  type CreateMultipartUploadCommandInput,
  type GetObjectCommandInput,
} from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { fileBlobs, sqliteStore } from '../src/index.ts'
import { systemRandom } from '../src/random.ts'
import { checksumOf } from '../src/wire/checksum.ts'
import { client, MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { userAllowed } from './people.ts'

const MIB = 1024 * 1024
const LEAST = 5 * MIB
const Bucket = 'in-parts'
const folder = mkdtempSync(join(tmpdir(), 'sallyport-parts-'))
const ONE = Buffer.alloc(LEAST, 'a')
const TWO = Buffer.alloc(LEAST + 7, 'b')
const REST = Buffer.from('the rest')

let server: TestServer
let s3: S3Client
let number = 0

beforeAll(async () => {
  server = await startServer({
    store: sqliteStore(join(folder, 'store.db')),
    blobs: fileBlobs(join(folder, 'objects')),
  })
  s3 = client(S3Client, server)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => server.close())

interface Begun {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string
}

async function begin(more: Partial<CreateMultipartUploadCommandInput> = {}): Promise<Begun> {
  number += 1
  const { Bucket: where = Bucket, Key = `key-${number}` } = more
  const command = new CreateMultipartUploadCommand({ ...more, Bucket: where, Key })
  const { UploadId = '' } = await plain(s3).send(command)
  return { Bucket: where, Key, UploadId }
}

/** A client that adds no checksum of its own. */
function plain(one: S3Client): S3Client {
  one.config.requestChecksumCalculation = async () => 'WHEN_REQUIRED'
  return one
}

async function part(upload: Begun, PartNumber: number, Body: Buffer, more: object = {}): Promise<CompletedPart> {
  const { ETag } = await plain(s3).send(new UploadPartCommand({ ...upload, PartNumber, Body, ...more }))
  return { PartNumber, ETag }
}

const complete = (upload: Begun, Parts: CompletedPart[], more: Partial<CompleteMultipartUploadCommandInput> = {}) =>
  plain(s3).send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more }))

/** All of it in three parts. */
async function whole(more: Partial<CreateMultipartUploadCommandInput> = {}): Promise<Begun> {
  const upload = await begin(more)
  const parts = [await part(upload, 2, ONE), await part(upload, 5, TWO), await part(upload, 9, REST)]
  await complete(upload, parts)
  return upload
}

async function read({ Bucket: from, Key }: Pick<Begun, 'Bucket' | 'Key'>, more: Partial<GetObjectCommandInput> = {}) {
  const answer = await s3.send(new GetObjectCommand({ Bucket: from, Key, ...more }))
  return { ...answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) }
}

function files(): readonly string[] {
  const all = readdirSync(join(folder, 'objects'), { recursive: true, withFileTypes: true })
  return all.flatMap((entry) => (entry.isFile() ? entry.name : [])).toSorted()
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest()
const ALL = Buffer.concat([ONE, TWO, REST])
const ETAG = `"${md5(Buffer.concat([md5(ONE), md5(TWO), md5(REST)])).toString('hex')}-3"`
const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } })

describe('an upload', () => {
  test('becomes the object that its parts are, without a byte being moved', async () => {
    const upload = await begin({
      ContentType: 'text/plain',
      Metadata: { a: '1' },
      StorageClass: 'STANDARD_IA',
      Tagging: 'x=y',
    })
    const parts = [await part(upload, 2, ONE), await part(upload, 5, TWO), await part(upload, 9, REST)]
    await expect(read(upload)).rejects.toMatchObject({ name: 'NoSuchKey' })
    const before = files()
    const answer = await complete(upload, parts)
    expect(answer).toMatchObject({
      ETag: ETAG,
      Bucket,
      Key: upload.Key,
      Location: `https://${Bucket}.s3.us-east-1.amazonaws.com/${upload.Key}`,
      ChecksumCRC64NVME: checksumOf('crc64nvme', ALL),
      ChecksumType: 'FULL_OBJECT',
      ServerSideEncryption: 'AES256',
    })
    expect(files()).toEqual(before)
    const got = await read(upload)
    expect(got.bytes.equals(ALL)).toBe(true)
    expect(got).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { a: '1' },
      StorageClass: 'STANDARD_IA',
      TagCount: 1,
    })
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: upload.Key }))
    expect(Contents).toMatchObject([{ Key: upload.Key, Size: ALL.length, ETag: ETAG }])
    await s3.send(new DeleteObjectCommand({ Bucket, Key: upload.Key }))
    expect(files().length).toBe(before.length - 3)
  })

  test('that was completed answers the same again, and then nothing', async () => {
    const upload = await begin()
    const parts = [await part(upload, 1, REST)]
    const first = await complete(upload, parts)
    await expect(complete(upload, parts)).resolves.toMatchObject({ ETag: first.ETag })
    await s3.send(new PutObjectCommand({ Bucket, Key: upload.Key, Body: 'other' }))
    const refused = { name: 'NoSuchUpload', ...status(404) }
    await expect(complete(upload, parts)).rejects.toMatchObject(refused)
    await expect(part(upload, 2, REST)).rejects.toMatchObject(refused)
    await expect(s3.send(new AbortMultipartUploadCommand(upload))).rejects.toMatchObject(refused)
    await expect(s3.send(new ListPartsCommand(upload))).rejects.toMatchObject(refused)
  })

  test('is completed once, however often at once', async () => {
    const upload = await begin()
    const parts = [await part(upload, 1, ONE), await part(upload, 2, REST)]
    const settled = await Promise.allSettled(Array.from({ length: 8 }, () => complete(upload, parts)))
    expect(settled.filter(({ status: how }) => how === 'fulfilled').length).toBeGreaterThan(0)
    expect((await read(upload)).bytes.equals(Buffer.concat([ONE, REST]))).toBe(true)
  })

  test('is nothing of a key of another name', async () => {
    const upload = await begin()
    await expect(part({ ...upload, Key: 'other' }, 1, REST)).rejects.toMatchObject({ name: 'NoSuchUpload' })
  })

  test('that is given up leaves nothing', async () => {
    const before = files()
    const upload = await begin()
    await part(upload, 1, ONE)
    await part(upload, 2, REST)
    await expect(s3.send(new AbortMultipartUploadCommand(upload))).resolves.toMatchObject(status(204))
    expect(files()).toEqual(before)
    await expect(part(upload, 3, REST)).rejects.toMatchObject({ name: 'NoSuchUpload' })
    expect(files()).toEqual(before)
  })

  test('goes with its bucket', async () => {
    const before = files()
    await s3.send(new CreateBucketCommand({ Bucket: 'short-lived' }))
    const upload = await begin({ Bucket: 'short-lived' })
    await part(upload, 1, REST)
    await s3.send(new DeleteBucketCommand({ Bucket: 'short-lived' }))
    expect(files()).toEqual(before)
    await s3.send(new CreateBucketCommand({ Bucket: 'short-lived' }))
    await expect(s3.send(new ListMultipartUploadsCommand({ Bucket: 'short-lived' }))).resolves.not.toHaveProperty(
      'Uploads.0',
    )
    await s3.send(new DeleteBucketCommand({ Bucket: 'short-lived' }))
  })

  test('is a version where its bucket keeps them', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'kept-parts' }))
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await s3.send(new PutBucketVersioningCommand({ Bucket: 'kept-parts', VersioningConfiguration }))
    await s3.send(new PutObjectCommand({ Bucket: 'kept-parts', Key: 'k', Body: 'old' }))
    const upload = await begin({ Bucket: 'kept-parts', Key: 'k' })
    const parts = [await part(upload, 1, REST)]
    const { VersionId = '' } = await complete(upload, parts)
    expect(VersionId).toMatch(/^[A-Za-z0-9._]{32}$/)
    await expect(complete(upload, parts)).resolves.toMatchObject({ VersionId })
    expect((await read(upload)).bytes.equals(REST)).toBe(true)
    const before = files().length
    await s3.send(new DeleteObjectCommand({ Bucket: 'kept-parts', Key: 'k', VersionId }))
    expect(files().length).toBe(before - 1)
    expect((await read(upload)).bytes.toString()).toBe('old')
  })

  test('takes the place of what was there, parts and all', async () => {
    const upload = await whole()
    const before = files().length
    const again = await begin({ Key: upload.Key })
    await complete(again, [await part(again, 1, REST)])
    expect(files().length).toBe(before - 3 + 1)
    await s3.send(new PutObjectCommand({ Bucket, Key: upload.Key, Body: 'one' }))
    expect(files().length).toBe(before - 3 + 1)
    expect((await read(upload)).bytes.toString()).toBe('one')
  })

  test('holds to conditions on what is there', async () => {
    const upload = await begin()
    const parts = [await part(upload, 1, REST)]
    await expect(complete(upload, parts, { IfMatch: '"x"' })).rejects.toMatchObject({ name: 'NoSuchKey' })
    await s3.send(new PutObjectCommand({ Bucket, Key: upload.Key, Body: 'x' }))
    await expect(complete(upload, parts, { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' })
    await expect(complete(upload, parts, { IfMatch: '*' })).resolves.toBeDefined()
  })
})

describe('parts', () => {
  test('of a number that is there take its place, and its bytes go', async () => {
    const upload = await begin()
    const old = await part(upload, 1, ONE)
    const before = files()
    const { ETag } = await part(upload, 1, REST)
    expect(files().length).toBe(before.length)
    await expect(complete(upload, [old])).rejects.toMatchObject({ name: 'InvalidPart' })
    await complete(upload, [{ PartNumber: 1, ETag }])
    expect((await read(upload)).bytes.equals(REST)).toBe(true)
  })

  test('of one number that come at once leave one', async () => {
    const upload = await begin()
    const before = files().length
    const bodies = Array.from({ length: 10 }, (_, at) => Buffer.from(`body ${at}`))
    await Promise.all(bodies.map((body) => part(upload, 1, body)))
    const { Parts } = await s3.send(new ListPartsCommand(upload))
    expect(Parts).toHaveLength(1)
    expect(files().length).toBe(before + 1)
    await complete(upload, [{ PartNumber: 1, ETag: Parts?.[0]?.ETag }])
    const got = (await read(upload)).bytes
    expect(bodies.some((body) => body.equals(got))).toBe(true)
  })

  test('that were not chosen go when the upload is completed', async () => {
    const upload = await begin()
    const before = files().length
    const chosen = await part(upload, 1, REST)
    await part(upload, 2, ONE)
    await complete(upload, [chosen])
    expect(files().length).toBe(before + 1)
  })

  test.each([0, 10_001])('of number %d are refused', async (PartNumber) => {
    const upload = await begin()
    await expect(part(upload, PartNumber, REST)).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'Part number must be an integer between 1 and 10000, inclusive',
    })
  })

  test('with a digest of other bytes are refused and leave nothing', async () => {
    const upload = await begin()
    const before = files()
    const ContentMD5 = md5(ONE).toString('base64')
    await expect(part(upload, 1, REST, { ContentMD5 })).rejects.toMatchObject({ name: 'BadDigest' })
    expect(files()).toEqual(before)
    const sha = createHash('sha256').update('x').digest('base64')
    const summed = await begin({ ChecksumAlgorithm: 'SHA256' })
    await expect(part(summed, 1, REST, { ChecksumSHA256: sha })).rejects.toMatchObject({ name: 'BadDigest' })
    await expect(part(summed, 1, REST)).rejects.toMatchObject({
      message: 'Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: null',
    })
    await expect(part(summed, 1, REST, { ChecksumCRC32: checksumOf('crc32', REST) })).rejects.toMatchObject({
      message: 'Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32',
    })
  })

  test('that break off leave nothing, neither to see nor on disk', async () => {
    const upload = await begin()
    const before = files()
    const url = new URL(`${server.endpoint}/${Bucket}/${upload.Key}?partNumber=1&uploadId=${upload.UploadId}`)
    const command = new UploadPartCommand({ ...upload, PartNumber: 1, Body: ONE })
    const broken = client(S3Client, server)
    broken.middlewareStack.add(
      () => async (args) => {
        const { headers } = args.request as { headers: Record<string, string> } // an HttpRequest
        await new Promise<void>((resolve) => {
          const outgoing = request(url, { method: 'PUT', headers })
          outgoing.on('error', () => resolve())
          outgoing.on('close', () => resolve())
          outgoing.write(ONE.subarray(0, MIB), () => setTimeout(() => outgoing.destroy(), 20))
        })
        throw new Error('broken off')
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    await expect(broken.send(command)).rejects.toThrow('broken off')
    await vi.waitFor(() => expect(files()).toEqual(before))
    expect((await s3.send(new ListPartsCommand(upload))).Parts).toBeUndefined()
  })

  const REFUSED: readonly [string, (parts: readonly CompletedPart[]) => CompletedPart[], string, string][] = [
    ['no parts', () => [], 'MalformedXML', 'at least one'],
    ['out of order', ([one = {}, two = {}]) => [two, one], 'InvalidPartOrder', 'in the order of their numbers'],
    ['one twice', ([one = {}]) => [one, one], 'InvalidPartOrder', 'each number once'],
    ['one that is not there', ([one = {}]) => [one, { ...one, PartNumber: 7 }], 'InvalidPart', 'all must be there'],
    ['one of another tag', ([one = {}]) => [{ ...one, ETag: '"x"' }], 'InvalidPart', 'as they were uploaded'],
    ['one too small before the last', ([one = {}, two = {}]) => [one, two], 'EntityTooSmall', '5 MiB but for the last'],
  ]
  test.each(REFUSED)('are not completed with %s: %s', async (_what, choose, name) => {
    const upload = await begin()
    const parts = [await part(upload, 1, REST), await part(upload, 2, REST)]
    await expect(complete(upload, choose(parts))).rejects.toMatchObject({ name, ...status(400) })
    await expect(complete(upload, parts.slice(0, 1))).resolves.toBeDefined()
  })

  test('may be cut out of another object', async () => {
    const source = await whole()
    const upload = await begin()
    const copy = (PartNumber: number, more: object = {}) =>
      s3.send(new UploadPartCopyCommand({ ...upload, PartNumber, CopySource: `${Bucket}/${source.Key}`, ...more }))
    const range = { CopySourceRange: `bytes=3-${LEAST + 9}` }
    const { CopyPartResult } = await copy(1, range)
    const first = ALL.subarray(3, LEAST + 10)
    expect(CopyPartResult?.ETag).toBe(`"${md5(first).toString('hex')}"`)
    const { CopyPartResult: second } = await copy(2)
    await complete(upload, [
      { PartNumber: 1, ETag: CopyPartResult?.ETag },
      { PartNumber: 2, ETag: second?.ETag },
    ])
    expect((await read(upload)).bytes.equals(Buffer.concat([first, ALL]))).toBe(true)
  })

  const CUTS: readonly [object, string, string][] = [
    [{ CopySourceRange: 'bytes=5-' }, 'InvalidArgument', 'an end is needed'],
    [{ CopySourceRange: 'bytes=5-3' }, 'InvalidArgument', 'behind the beginning'],
    [{ CopySourceRange: 'bytes=0-8' }, 'InvalidArgument', 'within the object'],
    [{ CopySourceIfMatch: '"x"' }, 'PreconditionFailed', 'the condition must hold'],
  ]
  test.each(CUTS)('cut out with %o are refused: %s', async (more, name) => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: REST }))
    const upload = await begin()
    const copy = s3.send(
      new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: `${Bucket}/source`, ...more }),
    )
    await expect(copy).rejects.toMatchObject({ name })
  })
})

describe('checksums of uploads', () => {
  const TYPES: readonly [string, Partial<CreateMultipartUploadCommandInput>, boolean, string][] = [
    ['SHA256', {}, true, 'a sum of sums'],
    ['SHA1', {}, true, 'a sum of sums'],
    ['CRC32', {}, true, 'a sum of sums, unless asked for otherwise'],
    ['CRC32', { ChecksumType: 'FULL_OBJECT' }, false, 'of the whole'],
    ['CRC32C', { ChecksumType: 'FULL_OBJECT' }, false, 'of the whole'],
    ['CRC64NVME', {}, false, 'of the whole, always'],
  ]
  test.each(TYPES)('%s with %o is composite: %s (%s)', async (algorithm, more, composite) => {
    const name = algorithm.toLowerCase() as 'crc32'
    const member = `Checksum${algorithm}`
    const upload = await begin({ ChecksumAlgorithm: algorithm as 'CRC32', ...more })
    const sums = [ONE, REST].map((bytes) => checksumOf(name, bytes))
    const parts = [
      await part(upload, 1, ONE, { [member]: sums[0] }),
      await part(upload, 2, REST, { [member]: sums[1] }),
    ].map((one, at) => ({ ...one, [member]: sums[at] }))
    const all = Buffer.concat([ONE, REST])
    const raw = Buffer.concat(sums.map((sum) => Buffer.from(sum, 'base64')))
    const value = composite ? `${checksumOf(name, raw)}-2` : checksumOf(name, all)
    if (composite)
      await expect(
        complete(
          upload,
          parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber })),
        ),
      ).rejects.toMatchObject({
        message: `The upload was created using a ${name} checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.`,
      })
    await expect(complete(upload, parts, { [member]: checksumOf(name, REST) })).rejects.toMatchObject({
      name: 'BadDigest',
    })
    const wrong = parts.map((one) => ({ ...one, [member]: sums[1] }))
    await expect(complete(upload, wrong)).rejects.toMatchObject({ name: 'InvalidPart' })
    const ChecksumType = composite ? 'COMPOSITE' : 'FULL_OBJECT'
    await expect(complete(upload, parts, { [member]: value })).resolves.toMatchObject({ [member]: value, ChecksumType })
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: upload.Key, ChecksumMode: 'ENABLED' }))
    expect(head).toMatchObject({ [member]: value, ChecksumType })
    const second = await read(upload, { PartNumber: 2, ChecksumMode: 'ENABLED' })
    expect(second).toMatchObject({ [member]: sums[1] })
    const { Checksum } = await s3.send(
      new GetObjectAttributesCommand({ Bucket, Key: upload.Key, ObjectAttributes: ['Checksum'] }),
    )
    expect(Checksum).toEqual({ [member]: value.replace('-2', ''), ChecksumType })
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/${upload.Key}` }))
    const copied = await s3.send(new HeadObjectCommand({ Bucket, Key: 'copied', ChecksumMode: 'ENABLED' }))
    expect(copied).toMatchObject({ ETag: `"${md5(all).toString('hex')}"`, [member]: checksumOf(name, all) })
  })

  test.each([
    [{ ChecksumType: 'FULL_OBJECT' }, /x-amz-checksum-type header can only be used with/],
    [
      { ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' },
      /FULL_OBJECT checksum type cannot be used with the sha1/,
    ],
    [{ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }, /COMPOSITE checksum type cannot be used with/],
    [{ ChecksumAlgorithm: 'MD4' }, /Checksum algorithm provided is unsupported/],
  ])('with %o are refused', async (more, message) => {
    const asked = begin(more as Partial<CreateMultipartUploadCommandInput>) // values that no SDK knows
    await expect(asked).rejects.toMatchObject({ name: 'InvalidRequest', message: expect.stringMatching(message) })
  })

  test('and sizes that are said of the whole must be so', async () => {
    const upload = await begin()
    const parts = [await part(upload, 1, REST)]
    await expect(complete(upload, parts, { MpuObjectSize: 3 })).rejects.toMatchObject({ name: 'InvalidRequest' })
    await expect(complete(upload, parts, { ChecksumType: 'COMPOSITE' })).rejects.toMatchObject({ name: 'BadDigest' })
    await expect(complete(upload, parts, { MpuObjectSize: REST.length })).resolves.toBeDefined()
  })
})

describe('reading what came in parts', () => {
  test('any range is what the whole has there', async () => {
    const upload = await whole()
    const near = [0, 1, LEAST - 1, LEAST, LEAST + 1, LEAST + TWO.length - 1, LEAST + TWO.length, ALL.length - 1]
    const place = fc.oneof(fc.constantFrom(...near), fc.nat(ALL.length - 1))
    await fc.assert(
      fc.asyncProperty(place, place, async (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const got = await read(upload, { Range: `bytes=${from}-${to}` })
        expect(got.ContentRange).toBe(`bytes ${from}-${to}/${ALL.length}`)
        expect(got.bytes.equals(ALL.subarray(from, to + 1))).toBe(true)
      }),
      { numRuns: 40, seed: 7 },
    )
  })

  test('a part is read by its number', async () => {
    const upload = await whole()
    const two = await read(upload, { PartNumber: 5 })
    expect(two).toMatchObject({
      PartsCount: 3,
      ContentRange: `bytes ${LEAST}-${LEAST + TWO.length - 1}/${ALL.length}`,
      ...status(206),
    })
    expect(two.bytes.equals(TWO)).toBe(true)
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: upload.Key, PartNumber: 9 }))
    expect(head).toMatchObject({ PartsCount: 3, ContentLength: REST.length })
    await expect(read(upload, { PartNumber: 1 })).rejects.toMatchObject({ name: 'InvalidPartNumber', ...status(416) })
    await expect(read(upload, { PartNumber: 2, Range: 'bytes=0-1' })).rejects.toMatchObject({ name: 'InvalidRequest' })
    await s3.send(new PutObjectCommand({ Bucket, Key: 'single', Body: REST }))
    const single = await read({ Bucket, Key: 'single' }, { PartNumber: 1 })
    expect(single.bytes.equals(REST)).toBe(true)
    expect(single.PartsCount).toBeUndefined()
    await expect(read({ Bucket, Key: 'single' }, { PartNumber: 2 })).rejects.toMatchObject({
      name: 'InvalidPartNumber',
    })
  })

  test('attributes tell of its parts where their checksums were chosen', async () => {
    const upload = await begin({ ChecksumAlgorithm: 'SHA256' })
    const sums = [ONE, REST].map((bytes) => checksumOf('sha256', bytes))
    const parts = [
      { ...(await part(upload, 1, ONE, { ChecksumSHA256: sums[0] })), ChecksumSHA256: sums[0] },
      { ...(await part(upload, 2, REST, { ChecksumSHA256: sums[1] })), ChecksumSHA256: sums[1] },
    ]
    const { ETag } = await complete(upload, parts)
    const ObjectAttributes = ['ETag', 'ObjectParts', 'ObjectSize', 'StorageClass'] as const
    const ask = { Bucket, Key: upload.Key, ObjectAttributes: [...ObjectAttributes] }
    const all = await s3.send(new GetObjectAttributesCommand(ask))
    expect(all).toMatchObject({
      ETag: ETag?.replaceAll('"', ''),
      ObjectSize: LEAST + REST.length,
      StorageClass: 'STANDARD',
      ObjectParts: {
        TotalPartsCount: 2,
        IsTruncated: false,
        Parts: [{ PartNumber: 1, Size: LEAST, ChecksumSHA256: sums[0] }, {}],
      },
    })
    expect(all.Checksum).toBeUndefined()
    const second = await s3.send(new GetObjectAttributesCommand({ ...ask, MaxParts: 1, PartNumberMarker: '1' }))
    expect(second.ObjectParts).toMatchObject({
      Parts: [{ PartNumber: 2 }],
      NextPartNumberMarker: '2',
      IsTruncated: false,
    })
    const whole3 = await whole()
    const { ObjectParts } = await s3.send(new GetObjectAttributesCommand({ ...ask, Key: whole3.Key }))
    expect(ObjectParts).toEqual({ TotalPartsCount: 3 })
    const none = s3.send(new GetObjectAttributesCommand({ ...ask, ObjectAttributes: ['Colour' as 'ETag'] }))
    await expect(none).rejects.toMatchObject({ name: 'InvalidArgument' })
  })
})

describe('listings', () => {
  test('of parts go page by page', async () => {
    const upload = await begin()
    for (const PartNumber of [3, 1, 2]) await part(upload, PartNumber, Buffer.from(String(PartNumber)))
    const page = (more: object) => s3.send(new ListPartsCommand({ ...upload, ...more }))
    const first = await page({ MaxParts: 2 })
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2', MaxParts: 2, StorageClass: 'STANDARD' })
    expect(first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 1],
      [2, 1],
    ])
    expect(first.Initiator?.ID).toContain(`arn:aws:iam::${MANAGEMENT}:user/`)
    const rest = await page({ PartNumberMarker: '2' })
    expect(rest).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 3 }] })
    await expect(page({ PartNumberMarker: 'x' })).rejects.toMatchObject({ name: 'InvalidArgument' })
  })

  test.each([1, 2, 1000])('of uploads lose and repeat nothing in pages of %d', async (MaxUploads) => {
    const own = `uploads-${MaxUploads}`
    await s3.send(new CreateBucketCommand({ Bucket: own }))
    const ids: string[] = []
    for (const Key of ['a', 'b/1', 'b/2', 'b/2', 'c']) ids.push((await begin({ Bucket: own, Key })).UploadId)
    const every = async (more: object): Promise<readonly (string | undefined)[]> => {
      const seen: (string | undefined)[] = []
      let at = {}
      for (;;) {
        const page = await s3.send(new ListMultipartUploadsCommand({ Bucket: own, MaxUploads, ...more, ...at }))
        seen.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId))
        seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix))
        if (page.IsTruncated !== true) return seen
        at = {
          KeyMarker: page.NextKeyMarker,
          ...(page.NextUploadIdMarker && { UploadIdMarker: page.NextUploadIdMarker }),
        }
      }
    }
    expect((await every({})).toSorted()).toEqual(ids.toSorted())
    expect((await every({ Prefix: 'b/' })).toSorted()).toEqual(ids.slice(1, 4).toSorted())
    expect((await every({ Delimiter: '/' })).toSorted()).toEqual([ids[0], ids[4], 'b/'].toSorted())
  })
})

test('each call asks for its own permission, and for what the first call said', async () => {
  const upload = await begin({ StorageClass: 'STANDARD_IA' })
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`]
  const someone = async (name: string, statement: object) =>
    plain(client(S3Client, server, await userAllowed(server, name, { Resource, ...statement })))
  const writer = await someone('writer', { Action: 's3:PutObject' })
  const { ETag } = await writer.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: REST }))
  const refused = { name: 'AccessDenied', ...status(403) }
  await expect(writer.send(new AbortMultipartUploadCommand(upload))).rejects.toMatchObject(refused)
  await expect(writer.send(new ListPartsCommand(upload))).rejects.toMatchObject(refused)
  await expect(writer.send(new ListMultipartUploadsCommand({ Bucket }))).rejects.toMatchObject(refused)
  await expect(
    writer.send(new CreateMultipartUploadCommand({ Bucket, Key: 'tagged', Tagging: 'a=b' })),
  ).rejects.toMatchObject(refused)
  const whole1 = { ...upload, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }
  const cheap = await someone('cheap', {
    Action: 's3:PutObject',
    Condition: { StringEquals: { 's3:x-amz-storage-class': 'GLACIER' } },
  })
  await expect(cheap.send(new CompleteMultipartUploadCommand(whole1))).rejects.toMatchObject(refused)
  const maker = await someone('maker', {
    Action: 's3:PutObject',
    Condition: { Bool: { 's3:ObjectCreationOperation': 'true' } },
  })
  await expect(maker.send(new UploadPartCommand({ ...upload, PartNumber: 2, Body: REST }))).rejects.toMatchObject(
    refused,
  )
  await expect(maker.send(new CompleteMultipartUploadCommand(whole1))).resolves.toBeDefined()
  const reader = await someone('reader', {
    Action: ['s3:ListMultipartUploadParts', 's3:AbortMultipartUpload', 's3:ListBucketMultipartUploads'],
  })
  const other = await begin()
  await expect(reader.send(new ListPartsCommand(other))).resolves.toBeDefined()
  await expect(reader.send(new ListMultipartUploadsCommand({ Bucket }))).resolves.toBeDefined()
  await expect(reader.send(new AbortMultipartUploadCommand(other))).resolves.toBeDefined()
})

test('a thousand cuts of random bytes come back as they were', async () => {
  const random = systemRandom()
  const upload = await begin()
  const bodies = [random.bytes(LEAST), random.bytes(LEAST + 12_345), random.bytes(99_999)]
  const parts = await Promise.all(bodies.map((body, at) => part(upload, at + 1, body)))
  await complete(upload, parts)
  expect((await read(upload)).bytes.equals(Buffer.concat(bodies))).toBe(true)
})

test('nothing of this met a bug', () => {
  expect(server.bugs).toEqual([])
})
