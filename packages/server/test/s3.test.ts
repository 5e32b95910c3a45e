import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type CreateBucketCommandInput,
  type GetObjectCommandInput,
  type ListObjectsV2CommandInput,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { memoryStore, sqliteStore } from '../src/index.ts'
import { canonicalId } from '../src/services/s3/canonical.ts'
import { put, type Store } from '../src/store/store.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, STAGING, type Keys, type TestServer } from './harness.ts'

let server: TestServer
let s3: S3Client
let staging: Keys
const BUCKET = 'ground'

beforeAll(async () => {
  server = await startServer()
  s3 = client(S3Client, server)
  staging = await enter(STAGING)
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
})
afterAll(() => server.close())

async function enter(account: string): Promise<Keys> {
  const role = { RoleArn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`, RoleSessionName: 'admin' }
  const { Credentials } = await client(STSClient, server).send(new AssumeRoleCommand(role))
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

/** A user of `account` who may do what `statements` say. */
async function user(account: Keys, name: string, ...statements: readonly object[]): Promise<S3Client> {
  const iam = client(IAMClient, server, account)
  await iam.send(new CreateUserCommand({ UserName: name }))
  const document = { Version: '2012-10-17', Statement: statements.map((one) => ({ Effect: 'Allow', ...one })) }
  await iam.send(
    new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument: JSON.stringify(document) }),
  )
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  return client(S3Client, server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
}

async function write(Key: string, Body = 'hello', more: Partial<PutObjectCommandInput> = {}) {
  return s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, ...more }))
}

async function read(Key: string, more: Partial<GetObjectCommandInput> = {}) {
  const answer = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key, ...more }))
  return { ...answer, text: await answer.Body?.transformToString() }
}

async function names(input: Partial<ListObjectsV2CommandInput>) {
  const { Contents = [], CommonPrefixes = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'listed', ...input }))
  return [Contents.map(({ Key }) => Key), CommonPrefixes.map(({ Prefix }) => Prefix)]
}

function md5(text: string): string {
  return `"${createHash('md5').update(text).digest('hex')}"`
}

function withLength(request: unknown, length: string): Record<string, string> {
  const { headers } = request as { headers: Record<string, string> } // an HttpRequest, from the build step on
  return { ...headers, 'content-length': length }
}

const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } })

describe('bucket names', () => {
  const NAMES: readonly [string, string, string][] = [
    ['Uppercase', 'InvalidBucketName', 'names are in lower case'],
    ['ab', 'InvalidBucketName', 'three characters at the least'],
    ['a'.repeat(64), 'InvalidBucketName', '63 at the most'],
    ['-begins', 'InvalidBucketName', 'the first is a letter or a digit'],
    ['ends-', 'InvalidBucketName', 'and so is the last'],
    ['two..dots', 'InvalidBucketName', 'no two dots in a row'],
    ['192.168.5.4', 'InvalidBucketName', 'nothing like an address'],
    ['xn--name', 'InvalidBucketName', 'a reserved beginning'],
    ['name-s3alias', 'InvalidBucketName', 'a reserved end'],
  ]
  test.each(NAMES)('%s is refused', async (Bucket, name) => {
    await expect(s3.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({ name, ...status(400) })
  })

  test('of the caller are refused again everywhere but in us-east-1', async () => {
    await expect(s3.send(new CreateBucketCommand({ Bucket: BUCKET }))).resolves.toMatchObject({
      Location: `/${BUCKET}`,
    })
    const west = client(S3Client, server, server.administrator, 'us-west-2')
    const make = () =>
      west.send(
        new CreateBucketCommand({ Bucket: 'western', CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } }),
      )
    await expect(make()).resolves.toMatchObject({ Location: 'http://western.s3.amazonaws.com/' })
    await expect(make()).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou', ...status(409) })
  })

  test('of others are refused in every account', async () => {
    const theirs = client(S3Client, server, staging)
    await expect(theirs.send(new CreateBucketCommand({ Bucket: BUCKET }))).rejects.toMatchObject({
      name: 'BucketAlreadyExists',
      ...status(409),
    })
  })

  const PLACES: readonly [string, CreateBucketCommandInput['CreateBucketConfiguration'], string, string][] = [
    ['eu-west-1', { LocationConstraint: 'us-west-2' }, 'IllegalLocationConstraintException', 'its own region or none'],
    // A region that no SDK knows, as a client may send it all the same.
    ['us-east-1', { LocationConstraint: 'mars-1' as 'EU' }, 'InvalidLocationConstraint', 'no such region'],
  ]
  test.each(PLACES)('in %s with %o: %s', async (region, CreateBucketConfiguration, name) => {
    const there = client(S3Client, server, server.administrator, region)
    const input = { Bucket: 'misplaced', ...(CreateBucketConfiguration && { CreateBucketConfiguration }) }
    await expect(there.send(new CreateBucketCommand(input))).rejects.toMatchObject({ name, ...status(400) })
  })
})

describe('buckets', () => {
  test('say where they are, and us-east-1 says nothing', async () => {
    const at = async (Bucket: string) => (await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint
    expect(await at('western')).toBe('us-west-2')
    expect(await at(BUCKET)).toBeUndefined()
    const west = client(S3Client, server, server.administrator, 'us-west-2')
    expect(await west.send(new HeadBucketCommand({ Bucket: 'western' }))).toMatchObject({ BucketRegion: 'us-west-2' })
  })

  test('are listed in order, in pages, by prefix and by region', async () => {
    const three = client(S3Client, server, await enter(PRODUCTION))
    for (const Bucket of ['list-c', 'list-a', 'list-b']) await three.send(new CreateBucketCommand({ Bucket }))
    const first = await three.send(new ListBucketsCommand({ MaxBuckets: 2 }))
    const names = (answer: typeof first) => answer.Buckets?.map(({ Name }) => Name)
    expect(names(first)).toEqual(['list-a', 'list-b'])
    const rest = await three.send(
      new ListBucketsCommand({ MaxBuckets: 2, ContinuationToken: first.ContinuationToken ?? '' }),
    )
    expect(names(rest)).toEqual(['list-c'])
    expect(rest.ContinuationToken).toBeUndefined()
    expect(names(await three.send(new ListBucketsCommand({ Prefix: 'list-b' })))).toEqual(['list-b'])
    expect(names(await three.send(new ListBucketsCommand({ BucketRegion: 'eu-west-1' })))).toEqual([])
    expect(first.Owner?.ID).toMatch(/^[0-9a-f]{64}$/)
    await expect(three.send(new ListBucketsCommand({ ContinuationToken: 'forged' }))).rejects.toMatchObject({
      name: 'InvalidArgument',
    })
  })

  test('go when they are empty, and their names are free for others', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'brief' }))
    await s3.send(new PutObjectCommand({ Bucket: 'brief', Key: 'k', Body: 'x' }))
    const remove = () => s3.send(new DeleteBucketCommand({ Bucket: 'brief' }))
    await expect(remove()).rejects.toMatchObject({ name: 'BucketNotEmpty', ...status(409) })
    await s3.send(new DeleteObjectCommand({ Bucket: 'brief', Key: 'k' }))
    await expect(remove()).resolves.toMatchObject(status(204))
    await expect(remove()).rejects.toMatchObject({ name: 'NoSuchBucket', BucketName: 'brief', ...status(404) })
    await client(S3Client, server, staging).send(new CreateBucketCommand({ Bucket: 'brief' }))
  })

  test('that are not there answer 404 to HEAD without a body', async () => {
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'nowhere' }))).rejects.toMatchObject({
      name: 'NotFound',
      ...status(404),
    })
  })

  test('have no access control lists', async () => {
    await expect(s3.send(new CreateBucketCommand({ Bucket: 'open', ACL: 'public-read' }))).rejects.toMatchObject({
      name: 'InvalidBucketAclWithObjectOwnership',
    })
  })
})

describe('objects', () => {
  test('come back as they were written, with all that was said about them', async () => {
    const said = {
      ContentType: 'text/plain',
      CacheControl: 'no-cache',
      ContentLanguage: 'en',
      ContentDisposition: 'inline',
      ContentEncoding: 'gzip',
      Metadata: { team: 'blue', note: 'ünï' },
      Expires: new Date('2030-01-02T03:04:05Z'),
    }
    const wrote = await write('all', 'hello', said)
    expect(wrote).toMatchObject({ ETag: md5('hello'), ServerSideEncryption: 'AES256', ChecksumType: 'FULL_OBJECT' })
    expect(wrote.ChecksumCRC32).toBe('NhCmhg==')
    expect(wrote.VersionId).toBeUndefined()
    const got = await read('all', { ChecksumMode: 'ENABLED' })
    const { Metadata, Expires: _, ...headers } = said
    expect(got).toMatchObject({
      ...headers,
      text: 'hello',
      ETag: md5('hello'),
      ContentLength: 5,
      AcceptRanges: 'bytes',
    })
    expect(got.Metadata?.['team']).toBe(Metadata.team)
    expect(got.ChecksumCRC32).toBe('NhCmhg==')
    expect(got.ExpiresString).toBe('Wed, 02 Jan 2030 03:04:05 GMT')
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'all', VersionId: 'null' }))
    expect(head).toMatchObject({ ContentLength: 5, ETag: md5('hello'), ServerSideEncryption: 'AES256' })
    const age = server.clock.now() - (head.LastModified?.getTime() ?? 0)
    expect(age).toBeGreaterThanOrEqual(0)
    expect(age).toBeLessThan(10_000)
  })

  test('keep the last write, and remember nothing of the one before', async () => {
    await write('twice', 'one', { Metadata: { a: '1' } })
    await write('twice', 'second')
    const got = await read('twice')
    expect(got).toMatchObject({ text: 'second', ContentType: 'application/octet-stream' })
    expect(got.Metadata).toEqual({})
  })

  const KEYS = ['a b+c/d&e=f.txt', 'ünï/日本.txt', "~tilde*(x)!'.txt", 'dir//double/./dot', 'per%20cent', '😀']
  test.each(KEYS)('have any key: %s', async (Key) => {
    await write(Key, Key)
    expect((await read(Key)).text).toBe(Key)
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: Key }))
    expect(Contents?.map((one) => one.Key)).toEqual([Key])
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }))
  })

  const REFUSED: readonly [string, Partial<PutObjectCommandInput>, string, number][] = [
    ['a key of more than 1,024 bytes', { Key: 'é'.repeat(513) }, 'KeyTooLongError', 400],
    ['metadata of more than 2 KB', { Metadata: { a: 'x'.repeat(2048) } }, 'MetadataTooLarge', 400],
    ['an access control list', { ACL: 'public-read' }, 'AccessControlListNotSupported', 400],
    ['a grant', { GrantRead: `id=${canonicalId(STAGING)}` }, 'AccessControlListNotSupported', 400],
    ['a storage class that is none', { StorageClass: 'FAST' as 'STANDARD' }, 'InvalidStorageClass', 400],
    ['tags twice of one key', { Tagging: 'a=b&a=c' }, 'InvalidArgument', 400],
    ['a key of KMS, which is not built', { ServerSideEncryption: 'aws:kms' }, 'NotImplemented', 501],
    ['a digest of other bytes', { ContentMD5: createHash('md5').update('x').digest('base64') }, 'BadDigest', 400],
    ['a checksum of other bytes', { ChecksumSHA1: createHash('sha1').update('x').digest('base64') }, 'BadDigest', 400],
    ['If-None-Match with a tag', { IfNoneMatch: '"x"' }, 'NotImplemented', 501],
    ['a bucket that is not there', { Bucket: 'nowhere' }, 'NoSuchBucket', 404],
    ['an owner who is not the owner', { ExpectedBucketOwner: STAGING }, 'AccessDenied', 403],
  ]
  test.each(REFUSED)('refuse %s', async (_what, more, name, code) => {
    await expect(write('refused', 'hello', more)).rejects.toMatchObject({ name, ...status(code) })
    await expect(read('refused')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test('of more than 5 GiB are refused before a byte is read', async () => {
    const huge = client(S3Client, server)
    const lie = String(5 * 1024 ** 3 + 1)
    huge.middlewareStack.add(
      (next) => (args) =>
        next({ ...args, request: Object.assign(args.request as object, { headers: withLength(args.request, lie) }) }),
      { step: 'build', priority: 'low' },
    )
    const refused = huge.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'big', Body: 'x' }))
    await expect(refused).rejects.toMatchObject({ name: 'EntityTooLarge', ...status(400) })
  })

  test('are told to be missing to whoever may list, and to nobody else', async () => {
    await expect(read('none')).rejects.toMatchObject({
      name: 'NoSuchKey',
      message: 'The specified key does not exist.',
      Key: 'none',
      ...status(404),
    })
    await expect(s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'none' }))).rejects.toMatchObject(status(404))
    const reader = await user(server.administrator, 'reader', {
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${BUCKET}/*`,
    })
    const get = reader.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'none' }))
    await expect(get).rejects.toMatchObject({ name: 'AccessDenied', ...status(403) })
    await expect(reader.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'none' }))).rejects.toMatchObject(status(403))
  })
})

describe('ranges', () => {
  const TEXT = '0123456789'
  const RANGES: readonly [string, string, string | undefined, string][] = [
    ['bytes=0-3', '0123', 'bytes 0-3/10', 'both ends'],
    ['bytes=7-', '789', 'bytes 7-9/10', 'from the seventh'],
    ['bytes=-2', '89', 'bytes 8-9/10', 'the last two'],
    ['bytes=-99', TEXT, 'bytes 0-9/10', 'more than there are'],
    ['bytes=8-99', '89', 'bytes 8-9/10', 'an end behind the end'],
    ['bytes=5-3', TEXT, undefined, 'an end before the beginning is no range'],
    ['bytes=0-1,3-4', TEXT, undefined, 'several ranges are none'],
    ['lines=1-2', TEXT, undefined, 'other units are none'],
  ]
  test.each(RANGES)('%s gives %s', async (Range, text, ContentRange) => {
    await write('ranged', TEXT)
    const got = await read('ranged', { Range })
    expect(got.text).toBe(text)
    expect(got.ContentRange).toBe(ContentRange)
    expect(got.ContentLength).toBe(text.length)
    expect(got.$metadata.httpStatusCode).toBe(ContentRange === undefined ? 200 : 206)
  })

  test.each([
    ['ranged', 'bytes=10-'],
    ['empty', 'bytes=0-'],
  ])('behind the end of %s: %s', async (Key, Range) => {
    await write('empty', '')
    await expect(read(Key, { Range })).rejects.toMatchObject({
      name: 'InvalidRange',
      RangeRequested: Range,
      ...status(416),
    })
  })
})

describe('preconditions', () => {
  const HOUR = 3_600_000
  const OLD = new Date(0)
  const NEW = new Date(Date.now() + 24 * HOUR)
  const READS: readonly [string, Partial<GetObjectCommandInput>, number][] = [
    ['If-Match that holds', { IfMatch: md5('hello') }, 200],
    ['If-Match of any', { IfMatch: '*' }, 200],
    ['If-Match that does not hold', { IfMatch: '"x"' }, 412],
    ['If-Match that holds outranks a date', { IfMatch: md5('hello'), IfUnmodifiedSince: OLD }, 200],
    ['If-Unmodified-Since that does not hold', { IfUnmodifiedSince: OLD }, 412],
    ['If-None-Match that holds', { IfNoneMatch: '"x"' }, 200],
    ['If-None-Match that does not hold', { IfNoneMatch: md5('hello') }, 304],
    ['If-None-Match that holds outranks a date', { IfNoneMatch: '"x"', IfModifiedSince: NEW }, 200],
    ['If-Modified-Since that does not hold', { IfModifiedSince: NEW }, 304],
  ]
  test.each(READS)('reading with %s', async (_what, more, code) => {
    await write('conditional')
    const answer = await read('conditional', more).catch((error: unknown) => error)
    expect(answer).toMatchObject(status(code))
  })

  test('a write onto nothing succeeds once', async () => {
    await expect(write('once', 'x', { IfNoneMatch: '*' })).resolves.toBeDefined()
    await expect(write('once', 'x', { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      Condition: 'If-None-Match',
      ...status(412),
    })
  })

  const STORES: readonly [string, () => Store][] = [
    ['memory', memoryStore],
    ['SQLite', () => sqliteStore(join(mkdtempSync(join(tmpdir(), 'sallyport-')), 'store.db'))],
  ]
  test.each(STORES)(
    'of many writes onto nothing at once one succeeds, and its bytes are there, in %s',
    async (_what, make) => {
      const own = await startServer({ store: make() })
      const client3 = client(S3Client, own)
      await client3.send(new CreateBucketCommand({ Bucket: 'race' }))
      for (let round = 0; round < 5; round += 1) {
        const at = { Bucket: 'race', Key: `k${round}` }
        const tries = Array.from({ length: 12 }, (_, one) =>
          client3.send(new PutObjectCommand({ ...at, Body: `body ${one}`, IfNoneMatch: '*' })),
        )
        const settled = await Promise.allSettled(tries)
        const won = settled.flatMap((one, place) => (one.status === 'fulfilled' ? [place] : []))
        expect(won).toHaveLength(1)
        const got = await client3.send(new GetObjectCommand(at))
        expect(await got.Body?.transformToString()).toBe(`body ${won[0]}`)
        const lost = settled.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.name)] : []))
        expect(lost.filter((name) => !['PreconditionFailed', 'ConditionalRequestConflict'].includes(name))).toEqual([])
      }
      expect(own.bugs).toEqual([])
      await own.close()
    },
  )

  test('a write onto what was seen succeeds, onto what was not it does not', async () => {
    const { ETag = '' } = await write('seen', 'one')
    await expect(write('seen', 'two', { IfMatch: ETag })).resolves.toBeDefined()
    await expect(write('seen', 'three', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' })
    await expect(write('unseen', 'x', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey', ...status(404) })
  })
})

describe('listings', () => {
  const KEYS = [
    'a',
    'photos/2023/a',
    'photos/2023/b',
    'photos/2024/a',
    'photos/x',
    'z',
    'zoo/1',
    '\u{FFFD}',
    '\u{1F600}',
  ]
  beforeAll(async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'listed' }))
    for (const Key of KEYS) await s3.send(new PutObjectCommand({ Bucket: 'listed', Key, Body: '' }))
  })

  const LISTS: readonly [string, Partial<ListObjectsV2CommandInput>, readonly string[], readonly string[]][] = [
    ['everything, in byte order', {}, KEYS, []],
    ['a prefix', { Prefix: 'photos/2' }, ['photos/2023/a', 'photos/2023/b', 'photos/2024/a'], []],
    ['a level', { Delimiter: '/' }, ['a', 'z', '\u{FFFD}', '\u{1F600}'], ['photos/', 'zoo/']],
    ['a level below', { Delimiter: '/', Prefix: 'photos/' }, ['photos/x'], ['photos/2023/', 'photos/2024/']],
    ['a prefix within a name', { Delimiter: '/', Prefix: 'zo' }, [], ['zoo/']],
    [
      'a delimiter of two characters',
      { Delimiter: '3/' },
      ['a', 'photos/2024/a', 'photos/x', 'z', 'zoo/1', '\u{FFFD}', '\u{1F600}'],
      ['photos/2023/'],
    ],
    ['what comes after', { StartAfter: 'photos/x' }, ['z', 'zoo/1', '\u{FFFD}', '\u{1F600}'], []],
    ['names as URLs', { EncodingType: 'url', Prefix: '\u{1F600}' }, ['%F0%9F%98%80'], []],
    ['nothing', { MaxKeys: 0 }, [], []],
    ['a prefix of nothing', { Prefix: 'none' }, [], []],
  ]
  test.each(LISTS)('of %s', async (_what, input, keys, prefixes) => {
    expect(await names(input)).toEqual([keys, prefixes])
  })

  test.each([1, 2, 3, 5, 1000])(
    'lose and repeat nothing in pages of %d, with a delimiter and without',
    async (MaxKeys) => {
      for (const Delimiter of [undefined, '/']) {
        const seen: (string | undefined)[] = []
        let token: string | undefined
        do {
          const page = await s3.send(
            new ListObjectsV2Command({
              Bucket: 'listed',
              MaxKeys,
              ...(Delimiter && { Delimiter }),
              ...(token && { ContinuationToken: token }),
            }),
          )
          const entries = [
            ...(page.Contents ?? []).map(({ Key }) => Key),
            ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
          ]
          expect(page.KeyCount).toBe(entries.length)
          expect(entries.length).toBeLessThanOrEqual(MaxKeys)
          seen.push(...entries)
          token = page.NextContinuationToken
          expect(page.IsTruncated).toBe(token !== undefined)
        } while (token !== undefined)
        const all = Delimiter === undefined ? KEYS : ['a', 'photos/', 'z', 'zoo/', '\u{FFFD}', '\u{1F600}']
        expect(seen.toSorted()).toEqual(all.toSorted())
      }
    },
  )

  test('of the first version page by marker, and say it where a delimiter folds names', async () => {
    const first = await s3.send(new ListObjectsCommand({ Bucket: 'listed', MaxKeys: 2, Delimiter: '/' }))
    expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'photos/', CommonPrefixes: [{ Prefix: 'photos/' }] })
    const next = await s3.send(
      new ListObjectsCommand({ Bucket: 'listed', MaxKeys: 1, Delimiter: '/', Marker: 'photos/' }),
    )
    expect(next.Contents?.map(({ Key }) => Key)).toEqual(['z'])
    const plain = await s3.send(new ListObjectsCommand({ Bucket: 'listed', MaxKeys: 1 }))
    expect(plain.NextMarker).toBeUndefined()
    expect(plain.Contents?.[0]).toMatchObject({ StorageClass: 'STANDARD', Size: 0, Owner: { ID: expect.any(String) } })
  })

  test.each([
    [{ ContinuationToken: 'forged' }, 'InvalidArgument'],
    [{ MaxKeys: -1 }, 'InvalidArgument'],
    [{ EncodingType: 'hex' as 'url' }, 'InvalidArgument'],
    [{ Bucket: 'nowhere' }, 'NoSuchBucket'],
  ])('with %o are refused: %s', async (input, name) => {
    await expect(names(input)).rejects.toMatchObject({ name })
  })

  test('of a bucket whose name begins another show nothing of the other', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'liste' }))
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'liste' }))).resolves.toMatchObject({ KeyCount: 0 })
  })
})

describe('deletions', () => {
  test('of what is not there succeed', async () => {
    const remove = s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'never' }))
    await expect(remove).resolves.toMatchObject(status(204))
  })

  test('of version null remove the object', async () => {
    await write('versioned')
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'versioned', VersionId: 'null' }))
    await expect(read('versioned')).rejects.toMatchObject({ name: 'NoSuchKey' })
    const odd = s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'versioned', VersionId: 'odd' }))
    await expect(odd).rejects.toMatchObject({ name: 'InvalidArgument' })
  })

  test('of several answer each key on its own', async () => {
    await write('mine/1')
    await write('theirs/1')
    const half = await user(server.administrator, 'half', {
      Action: 's3:DeleteObject',
      Resource: `arn:aws:s3:::${BUCKET}/mine/*`,
    })
    const Objects = [{ Key: 'mine/1' }, { Key: 'mine/none' }, { Key: 'theirs/1' }]
    const answer = await half.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }))
    expect(answer.Deleted).toEqual([{ Key: 'mine/1' }, { Key: 'mine/none' }])
    expect(answer.Errors).toEqual([{ Key: 'theirs/1', Code: 'AccessDenied', Message: 'Access Denied' }])
    const quiet = await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects, Quiet: true } }))
    expect(quiet.Deleted).toBeUndefined()
    await expect(read('theirs/1')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test.each([0, 1001])('of %d keys are refused', async (count) => {
    const Objects = Array.from({ length: count }, (_, at) => ({ Key: `k${at}` }))
    await expect(s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }))).rejects.toMatchObject({
      name: 'MalformedXML',
    })
  })
})

describe('copies', () => {
  test('keep what was said of the original, or take what is said anew', async () => {
    await write('source +é', 'body', { ContentType: 'text/plain', Metadata: { a: '1' } })
    const CopySource = `${BUCKET}/${encodeURIComponent('source +é')}`
    const kept = await s3.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'copy', CopySource }))
    expect(kept.CopyObjectResult?.ETag).toBe(md5('body'))
    expect(await read('copy')).toMatchObject({ text: 'body', ContentType: 'text/plain', Metadata: { a: '1' } })
    const anew = { MetadataDirective: 'REPLACE', Metadata: { b: '2' } } as const
    await s3.send(
      new CopyObjectCommand({ Bucket: BUCKET, Key: 'copy', CopySource, ...anew, ChecksumAlgorithm: 'SHA256' }),
    )
    const got = await read('copy', { ChecksumMode: 'ENABLED' })
    expect(got.Metadata).toEqual({ b: '2' })
    expect(got.ContentType).toBe('binary/octet-stream')
    expect(got.ChecksumSHA256).toBe(createHash('sha256').update('body').digest('base64'))
  })

  test.each([
    [`${BUCKET}/copied`, 'InvalidRequest', 'onto itself, changing nothing'],
    [`${BUCKET}/none`, 'NoSuchKey', 'of nothing'],
    ['nowhere/none', 'NoSuchBucket', 'of nowhere'],
    [BUCKET, 'InvalidArgument', 'of a bucket'],
  ])('of %s are refused: %s', async (CopySource, name) => {
    await write('copied')
    await expect(s3.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'copied', CopySource }))).rejects.toMatchObject({
      name,
    })
  })

  test('need the right to read the source', async () => {
    const writer = await user(server.administrator, 'writer', { Action: 's3:PutObject', Resource: '*' })
    const copy = writer.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'taken', CopySource: `${BUCKET}/copied` }))
    await expect(copy).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('s3:GetObject') })
  })
})

describe('permissions', () => {
  test('to list are given prefix by prefix', async () => {
    const lister = await user(server.administrator, 'lister', {
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::listed',
      Condition: { StringLike: { 's3:prefix': 'photos/*' } },
    })
    const list = (Prefix?: string) =>
      lister.send(new ListObjectsV2Command({ Bucket: 'listed', ...(Prefix && { Prefix }) }))
    await expect(list('photos/2023')).resolves.toMatchObject({ KeyCount: 2 })
    await expect(list('zoo/')).rejects.toMatchObject({ name: 'AccessDenied', ...status(403) })
    await expect(list()).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  test('are refused with the action, the ARN and the layer', async () => {
    const nobody = await user(server.administrator, 'nobody', { Action: 's3:ListBucket', Resource: '*' })
    const refused = nobody.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'k', Body: 'x' }))
    await expect(refused).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        `arn:aws:iam::${MANAGEMENT}:user/nobody is not authorized to perform: s3:PutObject`,
      ),
    })
  })

  test('of another account open nothing that the bucket’s owner does not open too', async () => {
    const theirs = client(S3Client, server, staging)
    await write('shared', 'for two')
    const get = () => theirs.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'shared' }))
    await expect(get()).rejects.toMatchObject({ name: 'AccessDenied' })
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: STAGING },
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: `arn:aws:s3:::${BUCKET}/*`,
    }
    const bucket = server.world.account(MANAGEMENT)?.all('bucket').get(BUCKET)
    const policy = { document: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) }
    // PutBucketPolicy is not built yet: the row is written as it will write it.
    await server.world.land.commit([put(MANAGEMENT, 'bucket', BUCKET, { ...bucket, policy })], [])
    expect(await (await get()).Body?.transformToString()).toBe('for two')
    await theirs.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'from-staging', Body: 'x' }))
    expect((await read('from-staging')).text).toBe('x')
    await expect(theirs.send(new ListObjectsV2Command({ Bucket: BUCKET }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    await expect(theirs.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'none' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })
})

test('nothing of this met a bug', () => {
  expect(server.bugs).toEqual([])
})
