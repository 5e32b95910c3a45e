/** Calls that meet at one key: whatever the order, each row has its bytes, and no bytes are left without a row. */

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { fileBlobs, sqliteStore } from '../src/index.ts'
import { byBytes } from '../src/store/store.ts'
import { client, MANAGEMENT, startServer, type TestServer } from './harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-races-'))
let server: TestServer
let s3: S3Client

beforeAll(async () => {
  server = await startServer({
    store: sqliteStore(join(folder, 'store.db')),
    blobs: fileBlobs(join(folder, 'objects')),
  })
  s3 = client(S3Client, server)
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const files = (): readonly string[] =>
  readdirSync(join(folder, 'objects'), { recursive: true, withFileTypes: true })
    .flatMap((entry) => (entry.isFile() ? entry.name : []))
    .toSorted()

/** The blobs that rows name. */
async function named(): Promise<readonly string[]> {
  const { store } = server.world
  const kinds = await Promise.all(
    ['object', 'version', 'part'].map((kind) => store.shelf(MANAGEMENT, kind, { limit: 100_000 })),
  )
  return kinds
    .flat()
    .flatMap(({ value }) => (value as { blob?: string }).blob ?? [])
    .toSorted()
}

async function inParts(Bucket: string, Key: string, Body: string): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }))
  const at = { Bucket, Key, UploadId }
  const [one] = await Promise.all(
    [1, 1, 2].map((PartNumber) => s3.send(new UploadPartCommand({ ...at, PartNumber, Body: `${Body} ${PartNumber}` }))),
  )
  const { ETag, ChecksumCRC32 } = one ?? {}
  const Parts = [{ PartNumber: 1, ETag, ChecksumCRC32 }]
  const complete = () => s3.send(new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts } }))
  await Promise.allSettled([complete(), complete(), s3.send(new AbortMultipartUploadCommand(at))])
}

describe.each(['never kept', 'kept', 'kept no longer'] as const)('where versions are %s', (state) => {
  const Bucket = `races-${state.replaceAll(' ', '-')}`
  beforeAll(async () => {
    await s3.send(new CreateBucketCommand({ Bucket }))
    const say = (Status: 'Enabled' | 'Suspended') =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
    if (state !== 'never kept') await say('Enabled')
    if (state === 'kept no longer') await say('Suspended')
  })

  test('whatever meets at a key, every row has its bytes and no bytes are without a row', async () => {
    const TagSet = [{ Key: 'a', Value: '1' }]
    const DEEDS: readonly ((Key: string, at: number) => Promise<unknown>)[] = [
      (Key, at) => s3.send(new PutObjectCommand({ Bucket, Key, Body: `body ${at}` })),
      (Key, at) => s3.send(new PutObjectCommand({ Bucket, Key, Body: `only ${at}`, IfNoneMatch: '*' })),
      (Key) => s3.send(new DeleteObjectCommand({ Bucket, Key })),
      (Key) => s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: 'null' })),
      (Key) => s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } })),
      (Key) =>
        s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/other`, MetadataDirective: 'REPLACE' })),
      (Key, at) => inParts(Bucket, Key, `part ${at}`),
      (Key) => s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }, { Key }] } })),
    ]
    await s3.send(new PutObjectCommand({ Bucket, Key: 'other', Body: 'other' }))
    for (let round = 0; round < 12; round += 1) {
      const lanes = Array.from({ length: 24 }, (_, at) => DEEDS[(at * 5 + round) % DEEDS.length]?.('k', at))
      await Promise.allSettled(lanes)
      await vi.waitFor(async () => expect(files()).toEqual(await named()))
      const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
      for (const { Key, VersionId, Size } of Versions) {
        const got = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))
        expect((await got.Body?.transformToByteArray())?.length).toBe(Size)
      }
    }
    expect(server.bugs).toEqual([])
  })
})

test('a reader has the object that was there when it began, though it goes meanwhile', async () => {
  const Bucket = 'read-on'
  await s3.send(new CreateBucketCommand({ Bucket }))
  const Body = Buffer.alloc(5 * 1024 * 1024, 'x')
  const at = { Bucket, Key: 'k' }
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: 'CRC32' }))
  const Parts = await Promise.all(
    [1, 2, 3, 4].map(async (PartNumber) => {
      const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body }))
      return { PartNumber, ETag, ChecksumCRC32 }
    }),
  )
  await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }))
  const got = await s3.send(new GetObjectCommand(at))
  await s3.send(new DeleteObjectCommand(at))
  const bytes = Buffer.from((await got.Body?.transformToByteArray()) ?? [])
  expect(bytes.equals(Buffer.concat([Body, Body, Body, Body]))).toBe(true)
  await vi.waitFor(async () => expect(files()).toEqual(await named()))
})

test(
  'a listing is what a reader of all keys and versions would have made, page by page',
  { timeout: 60_000 },
  async () => {
    let buckets = 0
    const key = fc.string({
      unit: fc.constantFrom('a', 'b', '/', '\u{FFFD}', '\u{1F600}', ' '),
      minLength: 1,
      maxLength: 4,
    })
    const deeds = fc.array(fc.record({ key, gone: fc.boolean() }), { minLength: 1, maxLength: 25 })
    await fc.assert(
      fc.asyncProperty(
        deeds,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('', '/', 'a'),
        async (all, MaxKeys, Delimiter) => {
          buckets += 1
          const Bucket = `listing-${buckets}`
          await s3.send(new CreateBucketCommand({ Bucket }))
          await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
          const state = new Map<string, boolean>()
          for (const { key: Key, gone } of all) {
            if (gone) await s3.send(new DeleteObjectCommand({ Bucket, Key }))
            else await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
            state.set(Key, !gone)
          }
          const live = [...state].flatMap(([Key, there]) => (there ? [Key] : [])).toSorted(byBytes)
          const fold = (name: string): string => {
            const at = Delimiter === '' ? -1 : name.indexOf(Delimiter)
            return at < 0 ? name : name.slice(0, at + Delimiter.length)
          }
          const seen: string[] = []
          for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
            const page = await s3.send(
              new ListObjectsV2Command({
                Bucket,
                MaxKeys,
                ...(Delimiter && { Delimiter }),
                ...(token && { ContinuationToken: token }),
              }),
            )
            const keys = (page.Contents ?? []).map(({ Key = '' }) => Key)
            seen.push(...[...keys, ...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix)].toSorted(byBytes))
            token = page.NextContinuationToken
          }
          expect(seen).toEqual([...new Set(live.map(fold))].toSorted(byBytes))
        },
      ),
      { numRuns: 25, seed: 11 },
    )
  },
)
