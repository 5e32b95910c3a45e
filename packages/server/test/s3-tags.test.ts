/** Tags of objects: bounds, what they come with, and what the law knows by them. */

import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  type Tag,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client, PRODUCTION, startServer, STAGING, type TestServer } from './harness.ts'
import { enter, policyText, userAllowed } from './people.ts'

const Bucket = 'tagged'
let server: TestServer
let s3: S3Client

beforeAll(async () => {
  server = await startServer()
  s3 = client(S3Client, server)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => server.close())

const write = (Key: string, Tagging?: string, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...(Tagging !== undefined && { Tagging }), ...more }))

async function tags(Key: string, more: object = {}): Promise<readonly string[]> {
  const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key, ...more }))
  return TagSet.map((tag) => `${tag.Key}=${tag.Value}`)
}

const tag = (Key: string, TagSet: Tag[], more: object = {}) =>
  s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet }, ...more }))

const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }
const all = `arn:aws:s3:::${Bucket}/*`
const someone = async (name: string, ...statements: readonly object[]) =>
  client(S3Client, server, await userAllowed(server, name, ...statements.map((one) => ({ Resource: all, ...one }))))

describe('tags', () => {
  test('come with a write, are given anew, and go', async () => {
    await write('k', 'team=blue&note=a+b%20c%2Fd')
    expect(await tags('k')).toEqual(['team=blue', 'note=a b c/d'])
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).toMatchObject({ TagCount: 2 })
    await tag('k', [{ Key: 'only', Value: '' }])
    expect(await tags('k')).toEqual(['only='])
    await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'k' }))
    expect(await tags('k')).toEqual([])
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).TagCount).toBeUndefined()
  })

  test('of what was overwritten are not those of what is there', async () => {
    await write('over', 'a=1')
    await tag('over', [{ Key: 'b', Value: '2' }])
    await write('over')
    expect(await tags('over')).toEqual([])
  })

  test('of a key that is not there are not told', async () => {
    await expect(tags('none')).rejects.toMatchObject({ name: 'NoSuchKey' })
    await expect(tag('none', [])).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test('are each version’s own', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'tagged-versions' }))
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await s3.send(new PutBucketVersioningCommand({ Bucket: 'tagged-versions', VersioningConfiguration }))
    const there = { Bucket: 'tagged-versions' }
    const { VersionId } = await write('k', 'a=1', there)
    await write('k', 'a=2', there)
    await tag('k', [{ Key: 'old', Value: '1' }], { ...there, VersionId })
    expect(await tags('k', there)).toEqual(['a=2'])
    expect(await tags('k', { ...there, VersionId })).toEqual(['old=1'])
  })

  const many = Array.from({ length: 11 }, (_, at) => ({ Key: `k${at}`, Value: '' }))
  const BAD: readonly [string, Tag[], string, string][] = [
    ['eleven', many, 'BadRequest', 'Object tags cannot be greater than 10'],
    [
      'a key twice',
      [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
      'InvalidTag',
      'Cannot provide multiple Tags with the same key',
    ],
    ['an empty key', [{ Key: '', Value: '1' }], 'InvalidTag', 'The TagKey you have provided is invalid'],
    [
      'a key of 129 characters',
      [{ Key: 'k'.repeat(129), Value: '' }],
      'InvalidTag',
      'The TagKey you have provided is invalid',
    ],
    [
      'a value of 257',
      [{ Key: 'k', Value: 'v'.repeat(257) }],
      'InvalidTag',
      'The TagValue you have provided is invalid',
    ],
    [
      'a character that is none of S3’s',
      [{ Key: 'a#b', Value: '' }],
      'InvalidTag',
      'The TagKey you have provided is invalid',
    ],
    [
      'a key of AWS’s own',
      [{ Key: 'aws:x', Value: '' }],
      'InvalidTag',
      'System tags cannot be added/updated by requester',
    ],
  ]
  test.each(BAD)('are refused: %s', async (_what, TagSet, name, message) => {
    await write('bounds')
    await expect(tag('bounds', TagSet)).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode: 400 } })
  })

  test.each(['a=1&a=2', '=x', 'a=%zz'])('in a header are refused: %s', async (text) => {
    await expect(write('header', text)).rejects.toMatchObject({ name: 'InvalidArgument' })
  })

  test('go along with a copy, or are said anew', async () => {
    await write('source', 'a=1')
    const copy = (more: object) =>
      s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/source`, ...more }))
    await copy({})
    expect(await tags('copy')).toEqual(['a=1'])
    await copy({ TaggingDirective: 'REPLACE', Tagging: 'b=2' })
    expect(await tags('copy')).toEqual(['b=2'])
    await copy({ TaggingDirective: 'REPLACE' })
    expect(await tags('copy')).toEqual([])
    await expect(copy({ TaggingDirective: 'DROP' })).rejects.toMatchObject({ name: 'InvalidArgument' })
  })
})

describe('the law knows', () => {
  test('the tags that an object has', async () => {
    await write('open', 'access=open')
    await write('shut', 'access=shut')
    const reader = await someone('reader', {
      Action: [
        's3:GetObject',
        's3:GetObjectTagging',
        's3:GetObjectAttributes',
        's3:PutObjectTagging',
        's3:DeleteObjectTagging',
      ],
      Condition: { StringEquals: { 's3:ExistingObjectTag/access': 'open' } },
    })
    const CALLS = (Key: string) => [
      new GetObjectCommand({ Bucket, Key }),
      new HeadObjectCommand({ Bucket, Key }),
      new GetObjectTaggingCommand({ Bucket, Key }),
      new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ETag'] }),
      new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'access', Value: 'open' }] } }),
      new DeleteObjectTaggingCommand({ Bucket, Key }),
    ]
    for (const call of CALLS('shut'))
      await expect(reader.send(call as GetObjectCommand)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    for (const call of CALLS('open')) await expect(reader.send(call as GetObjectCommand)).resolves.toBeDefined()
    // the last of them took the tag away
    await expect(reader.send(new GetObjectCommand({ Bucket, Key: 'open' }))).rejects.toMatchObject(denied)
  })

  test('the tags that a request brings, and asks for the right to bring them', async () => {
    const plain = await someone('plain', { Action: 's3:PutObject' })
    const put = (who: S3Client, Tagging?: string) =>
      who.send(new PutObjectCommand({ Bucket, Key: 'brought', Body: 'x', ...(Tagging && { Tagging }) }))
    await expect(put(plain)).resolves.toBeDefined()
    await expect(put(plain, 'team=blue')).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('s3:PutObjectTagging'),
    })
    const blue = await someone('blue', {
      Action: ['s3:PutObject', 's3:PutObjectTagging'],
      Condition: {
        StringEquals: { 's3:RequestObjectTag/team': 'blue' },
        'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['team', 'note'] },
      },
    })
    await expect(put(blue, 'team=blue&note=x')).resolves.toBeDefined()
    await expect(put(blue, 'team=red')).rejects.toMatchObject(denied)
    await expect(put(blue, 'team=blue&other=x')).rejects.toMatchObject(denied)
    const begin = (Tagging: string) => blue.send(new CreateMultipartUploadCommand({ Bucket, Key: 'brought', Tagging }))
    await expect(begin('team=blue')).resolves.toBeDefined()
    await expect(begin('team=red')).rejects.toMatchObject(denied)
    const set = (Value: string) =>
      blue.send(new PutObjectTaggingCommand({ Bucket, Key: 'brought', Tagging: { TagSet: [{ Key: 'team', Value }] } }))
    await expect(set('blue')).resolves.toBeDefined()
    await expect(set('red')).rejects.toMatchObject(denied)
  })

  test('that a copy reads tags and writes them', async () => {
    await write('labelled', 'a=1')
    const copier = await someone('copier', { Action: ['s3:GetObject', 's3:PutObject'] })
    const copy = (more: object = {}) =>
      copier.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/labelled`, ...more }))
    await expect(copy()).rejects.toMatchObject({ ...denied, message: expect.stringContaining('s3:GetObjectTagging') })
    await expect(copy({ TaggingDirective: 'REPLACE' })).resolves.toBeDefined()
  })

  test('how many there are is told to those who may read them', async () => {
    await write('counted', 'a=1')
    const reader = await someone('counter', { Action: 's3:GetObject' })
    expect((await reader.send(new HeadObjectCommand({ Bucket, Key: 'counted' }))).TagCount).toBeUndefined()
  })
})

test('a copy over accounts asks each owner for its own part', async () => {
  const production = client(S3Client, server, await enter(server, PRODUCTION))
  const staging = client(S3Client, server, await enter(server, STAGING))
  await production.send(new CreateBucketCommand({ Bucket: 'theirs' }))
  await production.send(new PutObjectCommand({ Bucket: 'theirs', Key: 'k', Body: 'x', Tagging: 'a=1' }))
  await staging.send(new CreateBucketCommand({ Bucket: 'ours' }))
  const copy = () => staging.send(new CopyObjectCommand({ Bucket: 'ours', Key: 'k', CopySource: 'theirs/k' }))
  await expect(copy()).rejects.toMatchObject(denied)
  const open = (...Action: readonly string[]) =>
    production.send(
      new PutBucketPolicyCommand({
        Bucket: 'theirs',
        Policy: policyText({ Effect: 'Allow', Principal: { AWS: STAGING }, Action, Resource: 'arn:aws:s3:::theirs/*' }),
      }),
    )
  await open('s3:GetObject')
  await expect(copy()).rejects.toMatchObject(denied)
  await open('s3:GetObject', 's3:GetObjectTagging')
  await expect(copy()).resolves.toBeDefined()
})

test('nothing of this met a bug', () => {
  expect(server.bugs).toEqual([])
})
