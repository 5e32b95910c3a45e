/** An archive of objects: versions, markers, tags, uploads under way and objects that came in parts are all there after a restore. */

import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { fill } from '../src/archive/fill.ts'
import { readArchive } from '../src/archive/read.ts'
import { makeArchive } from '../src/archive/write.ts'
import { memoryBlobs, memoryStore, systemRandom } from '../src/index.ts'
import { Keyring } from '../src/keyring.ts'
import { client, MASTER_KEY, startServer, type TestServer } from './harness.ts'

const Bucket = 'moved'
const keyring = new Keyring(MASTER_KEY, systemRandom())
const ONE = Buffer.alloc(5 * 1024 * 1024, 'a')
const TWO = Buffer.from('two')

async function copyOf({ server }: TestServer, objects = true) {
  const { store, blobs } = server.world
  const stream = await makeArchive({ store, blobs, keyring }, { from: 'memory', now: 0, records: false, objects })
  const place = { store: memoryStore(), blobs: memoryBlobs() }
  await fill({ ...place, random: systemRandom() }, readArchive(stream))
  return place
}

/** All that a client sees of the bucket, but for the upload. */
async function seen(s3: S3Client): Promise<unknown> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
  const bodies: unknown[] = []
  for (const { Key, VersionId } of Versions) {
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))
    const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }))
    bodies.push([Key, VersionId, await got.Body?.transformToString(), got.ETag, TagSet])
  }
  return [Versions, DeleteMarkers, bodies]
}

test('carries all that there is, and an upload goes on where it was', async () => {
  const first = await startServer()
  const s3 = client(S3Client, first)
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'null', Tagging: 'a=1' }))
  const VersioningConfiguration = { Status: 'Enabled' } as const
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new' }))
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet: [{ Key: 'later', Value: '1' }] } }))
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  const begin = async (Key: string) => {
    const { UploadId = '' } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }),
    )
    const at = { Bucket, Key, UploadId }
    const part = async (PartNumber: number, Body: Buffer) => {
      const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ ...at, PartNumber, Body }))
      return { PartNumber, ETag, ChecksumCRC32 }
    }
    return { ...at, MultipartUpload: { Parts: [await part(1, ONE), await part(2, TWO)] } }
  }
  await s3.send(new CompleteMultipartUploadCommand(await begin('in-parts')))
  const open = await begin('under-way')

  const place = await copyOf(first)
  const second = await startServer({ ...place, administrator: first.administrator })
  const restored = client(S3Client, second, first.administrator)
  expect(await seen(restored)).toEqual(await seen(s3))
  expect((await restored.send(new ListPartsCommand(open))).Parts).toHaveLength(2)
  await restored.send(new CompleteMultipartUploadCommand(open))
  const got = await restored.send(new GetObjectCommand({ Bucket, Key: 'under-way' }))
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Buffer.concat([ONE, TWO]))).toBe(true)

  const bare = await copyOf(first, false)
  const third = await startServer({ ...bare, administrator: first.administrator })
  const empty = client(S3Client, third, first.administrator)
  expect(await seen(empty)).toEqual([[], [], []])
  await expect(empty.send(new ListPartsCommand(open))).rejects.toMatchObject({ name: 'NoSuchUpload' })
  for (const one of [first, second, third]) {
    expect(one.bugs).toEqual([])
    await one.close()
  }
})
