/** What readers and writers of one object may say besides: response headers, If-Range, classes of archives, object lock, encryption. */

import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  S3Client,
  type GetObjectCommandInput,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client, startServer, type TestServer } from './harness.ts'

const Bucket = 'reads'
let server: TestServer
let s3: S3Client

beforeAll(async () => {
  server = await startServer()
  s3 = client(S3Client, server)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => server.close())

const write = (Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: '0123456789', ...more }))

test('a reader may ask for other headers than the writer gave', async () => {
  await write('k', { ContentType: 'text/plain', CacheControl: 'no-cache' })
  const ask: Partial<GetObjectCommandInput> = {
    ResponseContentType: 'application/json',
    ResponseContentDisposition: 'attachment; filename="x"',
    ResponseCacheControl: 'max-age=1',
    ResponseContentLanguage: 'de',
    ResponseContentEncoding: 'identity',
  }
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', ...ask }))
  expect(got).toMatchObject({
    ContentType: 'application/json',
    ContentDisposition: 'attachment; filename="x"',
    CacheControl: 'max-age=1',
    ContentLanguage: 'de',
    ContentEncoding: 'identity',
  })
})

describe('If-Range', () => {
  const CASES: readonly [string, (etag: string, time: Date) => string, number][] = [
    ['the tag that is there', (etag) => etag, 206],
    ['another tag', () => '"x"', 200],
    ['the time of the object', (_etag, time) => time.toUTCString(), 206],
    ['an older time', () => new Date(0).toUTCString(), 200],
  ]
  test.each(CASES)('of %s', async (_what, say, code) => {
    const { ETag = '' } = await write('ranged')
    const { LastModified = new Date() } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'ranged' }))
    const reader = client(S3Client, server)
    reader.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> } // an HttpRequest
        headers['if-range'] = say(ETag, LastModified)
        return next(args)
      },
      { step: 'build' },
    )
    const got = await reader.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range: 'bytes=1-2' }))
    expect(got.$metadata.httpStatusCode).toBe(code)
    expect(await got.Body?.transformToString()).toBe(code === 206 ? '12' : '0123456789')
  })
})

test.each(['GLACIER', 'DEEP_ARCHIVE'] as const)('what lies in %s is known, and not read', async (StorageClass) => {
  await write('archived', { StorageClass })
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'archived' }))).toMatchObject({ StorageClass })
  const refused = { name: 'InvalidObjectState', $metadata: { httpStatusCode: 403 }, StorageClass }
  await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'archived' }))).rejects.toMatchObject(refused)
  const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/archived` })
  await expect(s3.send(copy)).rejects.toMatchObject(refused)
})

test('a copy onto itself changes the class', async () => {
  await write('moved', { Metadata: { a: '1' } })
  const copy = { Bucket, Key: 'moved', CopySource: `${Bucket}/moved` }
  await s3.send(new CopyObjectCommand({ ...copy, StorageClass: 'STANDARD_IA' }))
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'moved' }))).toMatchObject({
    StorageClass: 'STANDARD_IA',
    Metadata: { a: '1' },
  })
})

describe('a bucket without object lock', () => {
  const at = { Bucket, Key: 'locked' }
  const CALLS = [
    new GetObjectRetentionCommand(at),
    new PutObjectRetentionCommand({ ...at, Retention: { Mode: 'GOVERNANCE', RetainUntilDate: new Date() } }),
    new GetObjectLegalHoldCommand(at),
    new PutObjectLegalHoldCommand({ ...at, LegalHold: { Status: 'ON' } }),
  ]
  test('refuses a write that asks for it', async () => {
    const locked = write('k', { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date() })
    await expect(locked).rejects.toMatchObject({ message: 'Bucket is missing Object Lock Configuration' })
  })

  test.each(CALLS)('refuses call %#', async (call) => {
    await write('locked')
    await expect(s3.send(call as GetObjectRetentionCommand)).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: 'Bucket is missing Object Lock Configuration',
    })
  })
})

const UNBUILT: readonly [Partial<PutObjectCommandInput>, string][] = [
  [{ SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.alloc(32).toString('base64') }, 'keys of customers'],
  [{ ServerSideEncryption: 'aws:kms' }, 'keys of KMS'],
]
test.each(UNBUILT)('a write with %o is refused: %s are not built', async (more) => {
  await expect(write('unbuilt', more)).rejects.toMatchObject({ name: 'NotImplemented' })
})

test('nothing of this met a bug', () => {
  expect(server.bugs).toEqual([])
})
