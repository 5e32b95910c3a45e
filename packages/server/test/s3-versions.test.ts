/** Versions: what is kept, what is read, what a deletion hides and what it ends, and how all of it is listed. */

import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type ListObjectVersionsCommandInput,
} from '@aws-sdk/client-s3'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileBlobs, sqliteStore } from '../src/index.ts'
import { systemRandom } from '../src/random.ts'
import { byBytes } from '../src/store/store.ts'
import { bucketPrefix, keyOfRow, newVersionId, orderOfVersion, versionRow } from '../src/services/s3/version-id.ts'
import { client, startServer, type TestServer } from './harness.ts'
import { userAllowed } from './people.ts'

let server: TestServer
let s3: S3Client
let number = 0
const folder = mkdtempSync(join(tmpdir(), 'sallyport-versions-'))

beforeAll(async () => {
  server = await startServer({
    store: sqliteStore(join(folder, 'store.db')),
    blobs: fileBlobs(join(folder, 'objects')),
  })
  s3 = client(S3Client, server)
})
afterAll(() => server.close())

async function bucket(...states: readonly ('Enabled' | 'Suspended')[]): Promise<string> {
  number += 1
  const Bucket = `versions-${number}`
  await s3.send(new CreateBucketCommand({ Bucket }))
  for (const state of states) await versioning(Bucket, state)
  return Bucket
}

const versioning = (Bucket: string, Status: 'Enabled' | 'Suspended') =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))

async function write(Bucket: string, Key: string, Body: string): Promise<string | undefined> {
  return (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId
}

async function read(Bucket: string, Key: string, VersionId?: string): Promise<string | undefined> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...(VersionId && { VersionId }) }))
  return Body?.transformToString()
}

const remove = (Bucket: string, Key: string, VersionId?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket, Key, ...(VersionId && { VersionId }) }))

/** Every version, the newest of each key first: `key version`, a marker with `-`, the latest with `*`. */
async function listed(Bucket: string, more: Partial<ListObjectVersionsCommandInput> = {}): Promise<readonly string[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, ...more }))
  const show = ({ Key, VersionId, IsLatest }: (typeof Versions)[number], mark: string) =>
    `${Key} ${VersionId}${mark}${IsLatest === true ? '*' : ''}`
  return [...Versions.map((one) => show(one, '')), ...DeleteMarkers.map((one) => show(one, '-'))]
}

function filesLeft(): number {
  const all = readdirSync(join(folder, 'objects'), { recursive: true, withFileTypes: true })
  return all.filter((entry) => entry.isFile()).length
}

const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } })
const ID = /^[A-Za-z0-9._]{32}$/

describe('a bucket', () => {
  test('has no versions until it is asked for, and says so by saying nothing', async () => {
    const Bucket = await bucket()
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined()
    expect(await write(Bucket, 'k', 'x')).toBeUndefined()
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))
    expect(head.VersionId).toBeUndefined()
    expect((await remove(Bucket, 'k')).VersionId).toBeUndefined()
    expect(await listed(Bucket)).toEqual([])
  })

  test('says what it was told', async () => {
    const Bucket = await bucket('Enabled')
    expect(await s3.send(new GetBucketVersioningCommand({ Bucket }))).toMatchObject({ Status: 'Enabled' })
    await versioning(Bucket, 'Suspended')
    expect(await s3.send(new GetBucketVersioningCommand({ Bucket }))).toMatchObject({ Status: 'Suspended' })
  })

  const BAD: readonly [object, string, string][] = [
    [{}, 'IllegalVersioningConfigurationException', 'nothing is said'],
    [{ Status: 'Sometimes' }, 'MalformedXML', 'no such state'],
    [{ Status: 'Enabled', MFADelete: 'Enabled' }, 'NotImplemented', 'MFA Delete is not built'],
  ]
  test.each(BAD)('is not told %o: %s', async (VersioningConfiguration, name) => {
    const Bucket = await bucket()
    const put = s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    await expect(put).rejects.toMatchObject({ name })
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined()
  })

  test('does not go while a version or a marker is left', async () => {
    const Bucket = await bucket('Enabled')
    const id = await write(Bucket, 'k', 'x')
    const { VersionId: marker } = await remove(Bucket, 'k')
    const go = () => s3.send(new DeleteBucketCommand({ Bucket }))
    await expect(go()).rejects.toMatchObject({
      name: 'BucketNotEmpty',
      message: 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
    })
    await remove(Bucket, 'k', id)
    await expect(go()).rejects.toMatchObject({ name: 'BucketNotEmpty' })
    await remove(Bucket, 'k', marker)
    await go()
  })
})

describe('writing', () => {
  test('keeps what was there, and the newest is read', async () => {
    const Bucket = await bucket('Enabled')
    const ids = [await write(Bucket, 'k', 'one'), await write(Bucket, 'k', 'two'), await write(Bucket, 'k', 'three')]
    for (const id of ids) expect(id).toMatch(ID)
    expect(await read(Bucket, 'k')).toBe('three')
    expect(await Promise.all(ids.map((id) => read(Bucket, 'k', id)))).toEqual(['one', 'two', 'three'])
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))
    expect(head.VersionId).toBe(ids[2])
    expect(await listed(Bucket)).toEqual([`k ${ids[2]}*`, `k ${ids[1]}`, `k ${ids[0]}`])
  })

  test('leaves what was written before there were versions under the name `null`', async () => {
    const Bucket = await bucket()
    await write(Bucket, 'k', 'old')
    await versioning(Bucket, 'Enabled')
    const id = await write(Bucket, 'k', 'new')
    expect(await listed(Bucket)).toEqual([`k ${id}*`, 'k null'])
    expect(await read(Bucket, 'k', 'null')).toBe('old')
  })

  test('while versions are suspended takes the place of `null`, and of nothing else', async () => {
    const Bucket = await bucket('Enabled')
    const kept = await write(Bucket, 'k', 'kept')
    await versioning(Bucket, 'Suspended')
    const before = filesLeft()
    expect(await write(Bucket, 'k', 'one')).toBe('null')
    expect(await write(Bucket, 'k', 'two')).toBe('null')
    expect(filesLeft()).toBe(before + 1)
    expect(await listed(Bucket)).toEqual(['k null*', `k ${kept}`])
    await versioning(Bucket, 'Enabled')
    const last = await write(Bucket, 'k', 'three')
    expect(await listed(Bucket)).toEqual([`k ${last}*`, 'k null', `k ${kept}`])
    expect(await read(Bucket, 'k', 'null')).toBe('two')
  })

  test('of many at once loses no version', async () => {
    const Bucket = await bucket('Enabled')
    const ids = await Promise.all(Array.from({ length: 20 }, (_, at) => write(Bucket, 'k', `body ${at}`)))
    expect(await listed(Bucket)).toHaveLength(20)
    expect(await Promise.all(ids.map((id) => read(Bucket, 'k', id)))).toEqual(ids.map((_, at) => `body ${at}`))
  })

  test('onto nothing succeeds at the most once, and what lost leaves no version', async () => {
    const Bucket = await bucket('Enabled')
    for (let round = 0; round < 5; round += 1) {
      const Key = `k${round}`
      const tries = Array.from({ length: 8 }, (_, at) =>
        s3.send(new PutObjectCommand({ Bucket, Key, Body: String(at), IfNoneMatch: '*' })),
      )
      const settled = await Promise.allSettled(tries)
      const won = settled.filter(({ status: how }) => how === 'fulfilled')
      expect(won.length).toBeLessThanOrEqual(1)
      expect(await listed(Bucket, { Prefix: Key })).toHaveLength(won.length)
    }
  })

  test('onto nothing holds where a marker is the latest', async () => {
    const Bucket = await bucket('Enabled')
    await write(Bucket, 'k', 'x')
    const again = () => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', IfNoneMatch: '*' }))
    await expect(again()).rejects.toMatchObject({ name: 'PreconditionFailed' })
    await remove(Bucket, 'k')
    await expect(again()).resolves.toMatchObject({ VersionId: expect.stringMatching(ID) })
  })
})

describe('deleting', () => {
  test('hides what is there behind a marker, whose removal shows it again', async () => {
    const Bucket = await bucket('Enabled')
    const id = await write(Bucket, 'k', 'x')
    const { VersionId: marker, DeleteMarker } = await remove(Bucket, 'k')
    expect(DeleteMarker).toBe(true)
    expect(marker).toMatch(ID)
    await expect(read(Bucket, 'k')).rejects.toMatchObject({ name: 'NoSuchKey', ...status(404) })
    expect(await read(Bucket, 'k', id)).toBe('x')
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0)
    expect((await s3.send(new ListObjectsCommand({ Bucket }))).Contents).toBeUndefined()
    expect(await listed(Bucket)).toEqual([`k ${id}`, `k ${marker}-*`])
    expect(await remove(Bucket, 'k', marker)).toMatchObject({ DeleteMarker: true, VersionId: marker })
    expect(await read(Bucket, 'k')).toBe('x')
    expect(await listed(Bucket)).toEqual([`k ${id}*`])
  })

  test('says by headers that a marker is what there is', async () => {
    const Bucket = await bucket('Enabled')
    await write(Bucket, 'k', 'x')
    const { VersionId = '' } = await remove(Bucket, 'k')
    const headers = async (more: object) => {
      const error: unknown = await s3
        .send(new GetObjectCommand({ Bucket, Key: 'k', ...more }))
        .catch((it: unknown) => it)
      const { $response, name } = error as {
        name: string
        $response: { headers: Record<string, string>; statusCode: number }
      } // an SDK's error
      return { name, ...$response.headers, status: $response.statusCode }
    }
    const marked = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': VersionId, 'last-modified': expect.any(String) }
    expect(await headers({})).toMatchObject({ name: 'NoSuchKey', status: 404, ...marked })
    expect(await headers({ VersionId })).toMatchObject({
      name: 'MethodNotAllowed',
      status: 405,
      allow: 'DELETE',
      ...marked,
    })
  })

  test('the newest version lets the next one be the latest', async () => {
    const Bucket = await bucket('Enabled')
    const [one, two] = [await write(Bucket, 'k', 'one'), await write(Bucket, 'k', 'two')]
    const before = filesLeft()
    expect(await remove(Bucket, 'k', two)).toMatchObject({ VersionId: two })
    expect(filesLeft()).toBe(before - 1)
    expect(await read(Bucket, 'k')).toBe('one')
    await remove(Bucket, 'k', one)
    await expect(read(Bucket, 'k')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test('while versions are suspended puts a marker in the place of `null`', async () => {
    const Bucket = await bucket()
    await write(Bucket, 'k', 'old')
    await versioning(Bucket, 'Suspended')
    const before = filesLeft()
    expect(await remove(Bucket, 'k')).toMatchObject({ DeleteMarker: true, VersionId: 'null' })
    expect(filesLeft()).toBe(before - 1)
    expect(await listed(Bucket)).toEqual(['k null-*'])
    expect(await remove(Bucket, 'k', 'null')).toMatchObject({ DeleteMarker: true, VersionId: 'null' })
    expect(await listed(Bucket)).toEqual([])
  })

  test('a version that is not there succeeds, one whose name is none does not', async () => {
    const Bucket = await bucket('Enabled')
    const VersionId = newVersionId(systemRandom(), 5)
    await expect(remove(Bucket, 'k', VersionId)).resolves.toMatchObject({ VersionId, ...status(204) })
    await expect(remove(Bucket, 'k', 'odd')).rejects.toMatchObject({ name: 'InvalidArgument' })
    await expect(read(Bucket, 'k', VersionId)).rejects.toMatchObject({ name: 'NoSuchVersion', ...status(404) })
    await expect(read(Bucket, 'k', 'odd')).rejects.toMatchObject({ name: 'InvalidArgument', ...status(400) })
  })

  test('several answers each, with its marker or its version', async () => {
    const Bucket = await bucket('Enabled')
    const id = await write(Bucket, 'a', 'x')
    await write(Bucket, 'b', 'x')
    const { VersionId: marker } = await remove(Bucket, 'c')
    const Objects = [
      { Key: 'a', VersionId: id },
      { Key: 'b' },
      { Key: 'c', VersionId: marker },
      { Key: 'd', VersionId: 'odd' },
    ]
    const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect(Deleted).toEqual([
      { Key: 'a', VersionId: id },
      { Key: 'b', DeleteMarker: true, DeleteMarkerVersionId: expect.stringMatching(ID) },
      { Key: 'c', VersionId: marker, DeleteMarker: true, DeleteMarkerVersionId: marker },
    ])
    expect(Errors).toEqual([
      { Key: 'd', VersionId: 'odd', Code: 'InvalidArgument', Message: 'Invalid version id specified' },
    ])
  })
})

describe('listing versions', () => {
  let Bucket: string
  let all: readonly string[]
  beforeAll(async () => {
    Bucket = await bucket()
    for (const key of ['a', 'b/1', 'b/2', '\u{FFFD}', '\u{1F600}']) await write(Bucket, key, 'null')
    await versioning(Bucket, 'Enabled')
    for (const key of ['a', 'a', 'b/1', 'c/x', 'a\u0001', '\u{1F600}']) await write(Bucket, key, 'x')
    await remove(Bucket, 'b/2')
    await versioning(Bucket, 'Suspended')
    await write(Bucket, 'c/x', 'null')
    all = await every({})
  })

  /** All pages, one after the other. */
  async function every(more: Partial<ListObjectVersionsCommandInput>): Promise<readonly string[]> {
    const seen: string[] = []
    let at: { KeyMarker?: string; VersionIdMarker?: string } = {}
    for (;;) {
      const page = await s3.send(new ListObjectVersionsCommand({ Bucket, ...more, ...at, EncodingType: 'url' }))
      const spelt = (text = '') => decodeURIComponent(text.replaceAll('+', ' '))
      for (const { Key, VersionId, IsLatest } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
        seen.push(`${spelt(Key)} ${VersionId} ${IsLatest}`)
      for (const { Prefix } of page.CommonPrefixes ?? []) seen.push(spelt(Prefix))
      if (page.IsTruncated !== true) return seen
      at = {
        KeyMarker: spelt(page.NextKeyMarker),
        ...(page.NextVersionIdMarker && { VersionIdMarker: page.NextVersionIdMarker }),
      }
    }
  }

  test('has every version, and one latest a key', () => {
    expect(all).toHaveLength(13)
    const keys = ['a', 'a\u0001', 'b/1', 'b/2', 'c/x', '\u{FFFD}', '\u{1F600}']
    expect(all.flatMap((one) => (one.endsWith(' true') ? one.split(' ')[0] : [])).toSorted(byBytes as never)).toEqual(
      keys,
    )
    expect(all.some((one) => one.startsWith('c/x null true'))).toBe(true)
  })

  test.each([1, 2, 3, 5, 1000])(
    'loses and repeats nothing in pages of %d, with a delimiter and without',
    async (MaxKeys) => {
      expect((await every({ MaxKeys })).toSorted()).toEqual(all.toSorted())
      const folded = all.filter((one) => !/^[bc]\//.test(one))
      expect((await every({ MaxKeys, Delimiter: '/' })).toSorted()).toEqual([...folded, 'b/', 'c/'].toSorted())
      expect((await every({ MaxKeys, Prefix: 'b/' })).toSorted()).toEqual(
        all.filter((one) => one.startsWith('b/')).toSorted(),
      )
    },
  )

  test('goes on where the version that a page ended with was deleted since', async () => {
    const own = await bucket('Enabled')
    const ids = [await write(own, 'k', '1'), await write(own, 'k', '2'), await write(own, 'k', '3')]
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: own, MaxKeys: 1 }))
    expect(page).toMatchObject({ IsTruncated: true, NextKeyMarker: 'k', NextVersionIdMarker: ids[2] })
    await remove(own, 'k', ids[2])
    const rest = await listed(own, { KeyMarker: 'k', VersionIdMarker: ids[2] })
    expect(rest).toEqual([`k ${ids[1]}`, `k ${ids[0]}`].map((one) => expect.stringContaining(one)))
  })

  test.each([
    [{ VersionIdMarker: 'null' }, 'A version-id marker cannot be specified without a key marker.'],
    [{ KeyMarker: 'a', VersionIdMarker: 'odd' }, 'Invalid version id specified'],
    [{ MaxKeys: -1 }, 'Argument maxKeys must be an integer between 0 and 2147483647'],
  ])('with %o is refused', async (more, message) => {
    await expect(listed(Bucket, more)).rejects.toMatchObject({ name: 'InvalidArgument', message })
  })

  test('without versions shows the latest alone', async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }))
    expect(Contents.map(({ Key }) => decodeURIComponent(Key ?? ''))).toEqual([
      'a',
      'a\u0001',
      'b/1',
      'c/x',
      '\u{FFFD}',
      '\u{1F600}',
    ])
  })
})

test('a copy may be of an older version, and is not of a marker', async () => {
  const Bucket = await bucket('Enabled')
  const old = await write(Bucket, 'k', 'old')
  await write(Bucket, 'k', 'new')
  const { VersionId: marker } = await remove(Bucket, 'k')
  const copy = (source: string) =>
    s3.send(new CopyObjectCommand({ Bucket, Key: 'k', CopySource: `${Bucket}/k?versionId=${source}` }))
  const made = await copy(old ?? '')
  expect(made).toMatchObject({ CopySourceVersionId: old, VersionId: expect.stringMatching(ID) })
  expect(await read(Bucket, 'k')).toBe('old')
  await expect(copy(marker ?? '')).rejects.toMatchObject({ name: 'InvalidRequest' })
})

test('naming a version asks for another action, and for the version as a condition key', async () => {
  const Bucket = await bucket('Enabled')
  const [one = '', two = ''] = [await write(Bucket, 'k', 'one'), await write(Bucket, 'k', 'two')]
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`]
  const user = async (name: string, statement: object) =>
    client(S3Client, server, await userAllowed(server, name, { Resource, ...statement }))
  const plain = await user('plain', { Action: ['s3:GetObject', 's3:DeleteObject', 's3:ListBucket'] })
  await expect(plain.send(new GetObjectCommand({ Bucket, Key: 'k' }))).resolves.toBeDefined()
  for (const command of [
    new GetObjectCommand({ Bucket, Key: 'k', VersionId: one }),
    new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: one }),
    new ListObjectVersionsCommand({ Bucket }),
    new GetBucketVersioningCommand({ Bucket }),
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }),
  ])
    await expect(plain.send(command as GetObjectCommand)).rejects.toMatchObject({ name: 'AccessDenied' })
  const first = await user('first', {
    Action: 's3:GetObjectVersion',
    Condition: { StringEquals: { 's3:versionid': one } },
  })
  await expect(first.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: one }))).resolves.toBeDefined()
  await expect(first.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: two }))).rejects.toMatchObject({
    name: 'AccessDenied',
  })
})

describe('the name of a version', () => {
  test('tells its order, and says nothing of another', () => {
    for (const order of [0, 1, 1_700_000_000_000_000, Number.MAX_SAFE_INTEGER]) {
      const id = newVersionId(systemRandom(), order)
      expect(id).toMatch(ID)
      expect(orderOfVersion(id)).toBe(order)
    }
    expect(orderOfVersion('null')).toBeUndefined()
  })

  test('puts its row behind those of newer ones, and the rows of keys in the order of their bytes', () => {
    const keys = [
      '',
      'a',
      'a\u0001',
      'a\u0001\u0001',
      'a\u0002',
      'a\u0002\u0003',
      'a\u0003',
      'ab',
      'b',
      '\u{FFFD}',
      '\u{1F600}',
    ]
    const rows = keys.flatMap((key) =>
      [9, 5, 1].map((order) => versionRow({ bucket: 'b', key }, newVersionId(systemRandom(), order), order)),
    )
    expect(rows.toSorted(byBytes)).toEqual(rows)
    expect(rows.map((row) => keyOfRow('b', row))).toEqual(keys.flatMap((key) => [key, key, key]))
    for (const key of keys)
      for (const prefix of keys)
        expect(versionRow({ bucket: 'b', key }, '', 1).startsWith(bucketPrefix('b', prefix))).toBe(
          key.startsWith(prefix),
        )
  })
})

test('nothing of this met a bug', () => {
  expect(server.bugs).toEqual([])
})
