import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { client, startServer, STAGING, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal } from './people.ts'
import { presigned, send } from './raw.ts'

let server: TestServer
let east: S3Client
let west: S3Client
const WEST = { Bucket: 'western' }
const EAST = { Bucket: 'eastern' }
const DOTTED = { Bucket: 'western.with.dots' }

beforeAll(async () => {
  server = await startServer()
  east = client(S3Client, server)
  west = client(S3Client, server, server.administrator, 'us-west-2')
  const there = { CreateBucketConfiguration: { LocationConstraint: 'us-west-2' as const } }
  await west.send(new CreateBucketCommand({ ...WEST, ...there }))
  await east.send(new CreateBucketCommand({ ...DOTTED, ...there }))
  await east.send(new CreateBucketCommand(EAST))
  for (const bucket of [WEST, DOTTED]) await west.send(new PutObjectCommand({ ...bucket, Key: 'k', Body: 'hello' }))
})
afterAll(() => {
  expect(server.bugs).toEqual([])
  return server.close()
})

/** A client that follows to the bucket's region, as SDKs may be told to. */
function following(region: string, credentials: Keys = server.administrator): S3Client {
  const { endpoint } = server
  return new S3Client({
    endpoint,
    region,
    credentials,
    maxAttempts: 1,
    forcePathStyle: true,
    followRegionRedirects: true,
  })
}

/** A call under whatever host the server is to be known by; `region` is what it is signed for. */
function asHost(host: string, path: string, region?: string, method = 'GET') {
  const keys = region === undefined ? null : server.administrator
  return send(server, { method, path, headers: { host }, service: 's3', keys, ...(region && { region }) })
}

describe('a bucket of another region', () => {
  test('is named with its region in the refusal', async () => {
    const call = east.send(new ListObjectsV2Command(WEST))
    await expect(call).rejects.toMatchObject({
      name: 'PermanentRedirect',
      Bucket: 'western',
      Endpoint: new URL(server.endpoint).host,
      $metadata: { httpStatusCode: 301 },
      $response: { headers: { 'x-amz-bucket-region': 'us-west-2' } },
    })
    await expectRefusal(west.send(new ListObjectsV2Command(EAST)), 'PermanentRedirect', /addressed using the specified/)
    await expectRefusal(east.send(new DeleteBucketCommand(WEST)), 'PermanentRedirect', /./, 301)
    await expectRefusal(east.send(new PutObjectCommand({ ...WEST, Key: 'x', Body: 'x' })), 'PermanentRedirect')
  })

  test('is told to clients that sign for no region at all, and so is the first region where there is no bucket', async () => {
    const answer = await asHost('localhost', '/western/k', 'US')
    expect(answer).toMatchObject({ status: 400, headers: { 'x-amz-bucket-region': 'us-west-2' } })
    expect(answer.body).toContain('<Code>AuthorizationHeaderMalformed</Code>')
    const making = await asHost('localhost', '/not-there-yet', 'US', 'PUT')
    expect(making.status).toBe(400)
    expect(making.body).toContain('<Region>us-east-1</Region>')
  })

  test('is found by clients that follow', async () => {
    const { Contents } = await following('us-east-1').send(new ListObjectsV2Command(WEST))
    expect(Contents?.map(({ Key }) => Key)).toEqual(['k'])
    const got = await following('eu-west-1').send(new GetObjectCommand({ ...WEST, Key: 'k' }))
    expect(await got.Body?.transformToString()).toBe('hello')
    const head = await following('us-west-2').send(new HeadBucketCommand(EAST))
    expect(head.BucketRegion).toBe('us-east-1')
  })

  test('tells HEAD its region in a header, and nothing else', async () => {
    await expect(east.send(new HeadBucketCommand(WEST))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 301 },
      $response: { headers: { 'x-amz-bucket-region': 'us-west-2' } },
    })
    const answer = await asHost('s3.us-east-1.amazonaws.com', '/western', 'us-east-1', 'HEAD')
    expect(answer).toMatchObject({ status: 301, body: '', headers: { 'x-amz-bucket-region': 'us-west-2' } })
  })

  test('says where it is through us-east-1 alone', async () => {
    expect(await east.send(new GetBucketLocationCommand(WEST))).toMatchObject({ LocationConstraint: 'us-west-2' })
    const ireland = client(S3Client, server, server.administrator, 'eu-west-1')
    await expectRefusal(ireland.send(new GetBucketLocationCommand(WEST)), 'PermanentRedirect', /./, 301)
  })

  test('is in the list of every region', async () => {
    const { Buckets } = await east.send(new ListBucketsCommand({}))
    const all = Buckets?.map(({ Name, BucketRegion }) => [Name, BucketRegion])
    expect(all).toEqual([
      ['eastern', 'us-east-1'],
      ['western', 'us-west-2'],
      ['western.with.dots', 'us-west-2'],
    ])
  })

  test('has a name that cannot be taken anywhere', async () => {
    await expectRefusal(east.send(new CreateBucketCommand(WEST)), 'BucketAlreadyOwnedByYou', /./, 409)
  })

  test('says its region to HEAD by somebody who may not list it, and to nobody else', async () => {
    const stranger = client(S3Client, server, await enter(server, STAGING), 'us-west-2')
    await expect(stranger.send(new HeadBucketCommand(WEST))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
      $response: { headers: { 'x-amz-bucket-region': 'us-west-2' } },
    })
    const listing = stranger.send(new ListObjectsV2Command(WEST))
    await expect(listing).rejects.not.toMatchObject({
      $response: { headers: { 'x-amz-bucket-region': expect.anything() } },
    })
  })
})

describe('under AWS’s own names', () => {
  const MALFORMED =
    '<Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region &apos;us-east-1&apos; is wrong; expecting &apos;us-west-2&apos;</Message><Region>us-west-2</Region>'
  const ROWS: readonly [string, string, string, string, number, string][] = [
    ['its region, by path', 's3.us-west-2.amazonaws.com', '/western/k', 'us-west-2', 200, 'hello'],
    ['its region, by host', 'western.s3.us-west-2.amazonaws.com', '/k', 'us-west-2', 200, 'hello'],
    ['dots in the host', 'western.with.dots.s3.us-west-2.amazonaws.com', '/k', 'us-west-2', 200, 'hello'],
    ['dots in the path', 's3.us-west-2.amazonaws.com', '/western.with.dots/k', 'us-west-2', 200, 'hello'],
    ['dual stack', 'western.s3.dualstack.us-west-2.amazonaws.com', '/k', 'us-west-2', 200, 'hello'],
    ['FIPS', 'western.s3-fips.us-west-2.amazonaws.com', '/k', 'us-west-2', 200, 'hello'],
    ['the old dash', 's3-us-west-2.amazonaws.com', '/western/k', 'us-west-2', 200, 'hello'],
    ['the global name, which DNS takes there', 'western.s3.amazonaws.com', '/k', 'us-west-2', 200, 'hello'],
    ['localhost, by host', 'western.s3.us-west-2.localhost:4566', '/k', 'us-west-2', 200, 'hello'],
    ['localhost, without S3 or a region', 'western.localhost:4566', '/k', 'us-west-2', 200, 'hello'],
    ['localhost, dots in the host', 'western.with.dots.s3.localhost', '/k', 'us-west-2', 200, 'hello'],
    ['a signature for another region', 's3.us-west-2.amazonaws.com', '/western/k', 'us-east-1', 400, MALFORMED],
    ['the global name, signed for the first', 'western.s3.amazonaws.com', '/k', 'us-east-1', 400, MALFORMED],
    [
      'the global name by path',
      's3.amazonaws.com',
      '/western/k',
      'us-east-1',
      301,
      '<Endpoint>s3.us-west-2.amazonaws.com</Endpoint><Bucket>western</Bucket>',
    ],
    [
      'the global name by path, signed for its own',
      's3.amazonaws.com',
      '/western/k',
      'us-west-2',
      400,
      '<Region>us-east-1</Region>',
    ],
    [
      'another region',
      'western.s3.eu-west-1.amazonaws.com',
      '/k',
      'eu-west-1',
      301,
      '<Endpoint>western.s3.us-west-2.amazonaws.com</Endpoint>',
    ],
    [
      'localhost, of another region',
      's3.eu-west-1.localhost:4566',
      '/western/k',
      'eu-west-1',
      301,
      '<Endpoint>s3.eu-west-1.localhost:4566</Endpoint>',
    ],
  ]
  test.each(ROWS)('%s', async (_why, host, path, region, status, text) => {
    const answer = await asHost(host, path, region)
    expect(answer.status).toBe(status)
    expect(answer.body.replaceAll('&#39;', '&apos;').replaceAll("'", '&apos;')).toContain(text)
    if (status !== 200) expect(answer.headers['x-amz-bucket-region']).toBe('us-west-2')
  })

  test('a URL that was signed for another region', async () => {
    const host = 'western.s3.us-west-2.amazonaws.com'
    const query = presigned('/k', host, server.administrator)
    const answer = await send(server, { method: 'GET', path: '/k', query, headers: { host }, keys: null })
    expect(answer.status).toBe(400)
    expect(answer.body).toContain('<Code>AuthorizationQueryParametersError</Code>')
    expect(answer.body).toContain('<Region>us-west-2</Region>')
  })

  const OLD: readonly [string, string, number][] = [
    ['localhost', '/western/k', 200],
    ['western.s3.us-west-2.amazonaws.com', '/k', 200],
    ['western.s3.amazonaws.com', '/k', 200],
    ['s3.amazonaws.com', '/western/k', 301],
  ]
  test.each(OLD)('a URL that was signed the old way, which says no region: %s%s', async (host, path, status) => {
    const { accessKeyId, secretAccessKey } = server.administrator
    const expires = String(Math.floor(server.clock.now() / 1000) + 60)
    const text = `GET\n\n\n${expires}\n/western/k`
    const Signature = createHmac('sha1', secretAccessKey).update(text).digest('base64')
    const query = new URLSearchParams({ AWSAccessKeyId: accessKeyId, Expires: expires, Signature }).toString()
    expect((await send(server, { method: 'GET', path, query, headers: { host }, keys: null })).status).toBe(status)
  })

  test('a call without a signature is at the right place where no name says otherwise', async () => {
    expect((await asHost('localhost', '/western/k')).status).toBe(403)
    expect((await asHost('western.s3.amazonaws.com', '/k')).status).toBe(403)
    expect((await asHost('s3.us-west-2.amazonaws.com', '/western/k')).status).toBe(403)
    expect((await asHost('s3.amazonaws.com', '/western/k')).status).toBe(301)
  })
})
