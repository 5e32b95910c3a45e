import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  UploadPartCommand,
  type Grant,
  type ObjectOwnership,
  type PutObjectAclCommandInput,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { canonicalId } from '../src/services/s3/canonical.ts'
import { client, DEVELOPMENT, MANAGEMENT, PRODUCTION, startServer, STAGING, type TestServer } from './harness.ts'
import { enter, expectRefusal, newUser, policyText } from './people.ts'
import { send } from './raw.ts'

let server: TestServer
/** Administrators: of Production, whose the buckets are, of Staging, who writes to them, and of Development. */
let owner: S3Client
let writer: S3Client
let third: S3Client
let number = 0

beforeAll(async () => {
  server = await startServer()
  owner = client(S3Client, server, await enter(server, PRODUCTION))
  writer = client(S3Client, server, await enter(server, STAGING))
  third = client(S3Client, server, await enter(server, DEVELOPMENT))
})
afterAll(() => {
  expect(server.bugs).toEqual([])
  return server.close()
})

const GROUPS = 'http://acs.amazonaws.com/groups/global'
const ALL = { Type: 'Group', URI: `${GROUPS}/AllUsers` } as const
const person = (account: string) => ({ Type: 'CanonicalUser', ID: canonicalId(account) }) as const
const full = (account: string): Grant => ({ Grantee: person(account), Permission: 'FULL_CONTROL' })

/** A bucket of Production's that blocks nothing, and whose policy lets Staging write. */
async function newBucket(ownership: ObjectOwnership = 'ObjectWriter', ...more: readonly object[]): Promise<string> {
  const Bucket = `objects-${(number += 1)}`
  await owner.send(new CreateBucketCommand({ Bucket, ObjectOwnership: ownership }))
  await owner.send(new DeletePublicAccessBlockCommand({ Bucket }))
  const writing = {
    Effect: 'Allow',
    Principal: { AWS: STAGING },
    Action: ['s3:PutObject', 's3:PutObjectAcl'],
    Resource: `arn:aws:s3:::${Bucket}/*`,
  }
  const rest = more.map((one) => ({ Principal: '*', Resource: `arn:aws:s3:::${Bucket}/*`, ...one }))
  await owner.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText(writing, ...rest) }))
  return Bucket
}

const write = (from: S3Client, Bucket: string, more: Partial<PutObjectCommandInput> = {}) =>
  from.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello', ...more }))
const read = (from: S3Client, Bucket: string) => from.send(new GetObjectCommand({ Bucket, Key: 'k' }))
const denied = (call: Promise<unknown>) => expectRefusal(call, 'AccessDenied', /./, 403)
const anonymously = async (Bucket: string) =>
  (await send(server, { method: 'GET', path: `/${Bucket}/k`, keys: null })).status

async function listOf(from: S3Client, Bucket: string, VersionId?: string) {
  const input = { Bucket, Key: 'k', ...(VersionId === undefined ? {} : { VersionId }) }
  const { Owner, Grants } = await from.send(new GetObjectAclCommand(input))
  return [Owner?.ID, Grants]
}

describe('an object in a bucket without lists', () => {
  test('is the bucket owner’s, whoever wrote it', async () => {
    const Bucket = await newBucket('BucketOwnerEnforced')
    await write(writer, Bucket)
    expect(await listOf(owner, Bucket)).toEqual([canonicalId(PRODUCTION), [full(PRODUCTION)]])
    await read(owner, Bucket)
    await denied(read(writer, Bucket))
  })

  const OFF: readonly [string, Partial<PutObjectAclCommandInput>, boolean][] = [
    ['private', { ACL: 'private' }, false],
    ['public-read', { ACL: 'public-read' }, false],
    ['bucket-owner-full-control', { ACL: 'bucket-owner-full-control' }, true],
    ['a grant', { GrantRead: `id="${canonicalId(STAGING)}"` }, false],
    [
      'the same as a document',
      { AccessControlPolicy: { Owner: { ID: canonicalId(PRODUCTION) }, Grants: [full(PRODUCTION)] } },
      true,
    ],
  ]
  test.each(OFF)('takes no list: %s', async (_what, given, taken) => {
    const Bucket = await newBucket('BucketOwnerEnforced')
    await write(owner, Bucket)
    const put = owner.send(new PutObjectAclCommand({ Bucket, Key: 'k', ...given }))
    if (taken) await put
    else await expectRefusal(put, 'AccessControlListNotSupported', 'The bucket does not allow ACLs', 400)
  })
})

describe('an object’s list', () => {
  const SAID: readonly [string, Partial<PutObjectCommandInput>, readonly Grant[]][] = [
    ['nothing', {}, []],
    ['private', { ACL: 'private' }, []],
    ['public-read', { ACL: 'public-read' }, [{ Grantee: ALL, Permission: 'READ' }]],
    ['bucket-owner-read', { ACL: 'bucket-owner-read' }, [{ Grantee: person(PRODUCTION), Permission: 'READ' }]],
    ['bucket-owner-full-control', { ACL: 'bucket-owner-full-control' }, [full(PRODUCTION)]],
  ]
  test.each(SAID)('is said with the write, and the writer owns the object: %s', async (_what, more, grants) => {
    const Bucket = await newBucket()
    await write(writer, Bucket, more)
    expect(await listOf(writer, Bucket)).toEqual([canonicalId(STAGING), [full(STAGING), ...grants]])
  })

  test('is given anew, with the tags left as they are', async () => {
    const Bucket = await newBucket()
    await write(owner, Bucket, { Tagging: 'a=1' })
    await owner.send(new PutObjectAclCommand({ Bucket, Key: 'k', GrantRead: `id="${canonicalId(DEVELOPMENT)}"` }))
    const told = [canonicalId(PRODUCTION), [{ Grantee: person(DEVELOPMENT), Permission: 'READ' }]]
    expect(await listOf(owner, Bucket)).toEqual(told)
    const { TagSet } = await owner.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))
    expect(TagSet).toEqual([{ Key: 'a', Value: '1' }])
    await write(owner, Bucket)
    expect(await listOf(owner, Bucket)).toEqual([canonicalId(PRODUCTION), [full(PRODUCTION)]])
  })

  test('is each version’s own', async () => {
    const Bucket = await newBucket()
    const VersioningConfiguration = { Status: 'Enabled' as const }
    await owner.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    const { VersionId = '' } = await write(owner, Bucket, { ACL: 'public-read' })
    await write(owner, Bucket)
    await owner.send(new PutObjectAclCommand({ Bucket, Key: 'k', VersionId, ACL: 'authenticated-read' }))
    const grant = { Grantee: { Type: 'Group', URI: `${GROUPS}/AuthenticatedUsers` }, Permission: 'READ' }
    expect(await listOf(owner, Bucket, VersionId)).toEqual([canonicalId(PRODUCTION), [full(PRODUCTION), grant]])
    expect(await listOf(owner, Bucket)).toEqual([canonicalId(PRODUCTION), [full(PRODUCTION)]])
    await owner.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
    await expectRefusal(listOf(owner, Bucket), 'NoSuchKey')
  })

  test('is that of the upload’s first call, or of the copy', async () => {
    const Bucket = await newBucket()
    const object = { Bucket, Key: 'k' }
    const sum = { ChecksumAlgorithm: 'CRC32' as const }
    const { UploadId = '' } = await owner.send(
      new CreateMultipartUploadCommand({ ...object, ...sum, ACL: 'public-read' }),
    )
    const part = { ...object, ...sum, UploadId, PartNumber: 1, Body: 'x' }
    const { ETag = '', ChecksumCRC32 = '' } = await owner.send(new UploadPartCommand(part))
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] }
    await owner.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }))
    expect(await anonymously(Bucket)).toBe(200)
    const CopySource = `${Bucket}/k`
    await owner.send(new CopyObjectCommand({ ...object, CopySource, MetadataDirective: 'REPLACE' }))
    expect(await anonymously(Bucket)).toBe(403)
    await owner.send(new CopyObjectCommand({ ...object, CopySource, MetadataDirective: 'REPLACE', ACL: 'public-read' }))
    expect(await anonymously(Bucket)).toBe(200)
  })

  test('of nothing is told only to whoever may list', async () => {
    const Bucket = await newBucket()
    await expectRefusal(owner.send(new GetObjectAclCommand({ Bucket, Key: 'no' })), 'NoSuchKey', /./, 404)
    await expectRefusal(owner.send(new PutObjectAclCommand({ Bucket, Key: 'no', ACL: 'private' })), 'NoSuchKey')
    await denied(writer.send(new PutObjectAclCommand({ Bucket, Key: 'no', ACL: 'private' })))
  })

  const list = (id: string) => ({ AccessControlPolicy: { Owner: { ID: id }, Grants: [] } })
  const REFUSED: readonly [string, Partial<PutObjectAclCommandInput>, string][] = [
    ['nothing', {}, 'MissingSecurityHeader'],
    ['two ways at once', { ACL: 'private', GrantRead: `id=${canonicalId(STAGING)}` }, 'InvalidRequest'],
    ['a document of another owner', list(canonicalId(STAGING)), 'AccessDenied'],
    ['an id that is nobody’s', { GrantRead: 'id="x"' }, 'InvalidArgument'],
  ]
  test.each(REFUSED)('is refused: %s', async (_what, given, code) => {
    const Bucket = await newBucket()
    await write(owner, Bucket)
    await expectRefusal(owner.send(new PutObjectAclCommand({ Bucket, Key: 'k', ...given })), code)
  })
})

describe('the law', () => {
  test('lets the bucket’s owner read what another account owns only where its list says so', async () => {
    const Bucket = await newBucket()
    await write(writer, Bucket)
    await denied(read(owner, Bucket))
    await denied(listOf(owner, Bucket))
    await read(writer, Bucket)
    await writer.send(new PutObjectAclCommand({ Bucket, Key: 'k', ACL: 'bucket-owner-full-control' }))
    await read(owner, Bucket)
    await listOf(owner, Bucket)
  })

  test('lets the bucket’s owner delete whatever is there', async () => {
    const Bucket = await newBucket()
    await write(writer, Bucket)
    await denied(writer.send(new DeleteObjectCommand({ Bucket, Key: 'k' })))
    await owner.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  })

  test('hears the bucket’s policy on what another account owns where it denies, and not where it allows', async () => {
    const reading = { Effect: 'Allow', Action: 's3:GetObject', Principal: { AWS: DEVELOPMENT } }
    const Bucket = await newBucket('ObjectWriter', reading)
    await write(owner, Bucket)
    await read(third, Bucket)
    await write(writer, Bucket)
    await denied(read(third, Bucket))
    await writer.send(new PutObjectAclCommand({ Bucket, Key: 'k', GrantRead: `id="${canonicalId(DEVELOPMENT)}"` }))
    await read(third, Bucket)
    const closed = await newBucket('ObjectWriter', { Effect: 'Deny', Action: 's3:GetObject' })
    await write(writer, closed)
    await denied(read(writer, closed))
  })

  test('gives the object to the bucket’s owner where that is preferred and the writer says so', async () => {
    const Bucket = await newBucket('BucketOwnerPreferred')
    await write(writer, Bucket, { ACL: 'bucket-owner-full-control' })
    expect(await listOf(owner, Bucket)).toEqual([canonicalId(PRODUCTION), [full(PRODUCTION)]])
    await denied(read(writer, Bucket))
    await write(writer, Bucket)
    await denied(read(owner, Bucket))
  })

  test('gives everything to the bucket’s owner once lists are off, and back once they are on', async () => {
    const Bucket = await newBucket()
    await write(writer, Bucket)
    const own = (ownership: ObjectOwnership) =>
      owner.send(
        new PutBucketOwnershipControlsCommand({
          Bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] },
        }),
      )
    await own('BucketOwnerEnforced')
    await read(owner, Bucket)
    await denied(read(writer, Bucket))
    await own('ObjectWriter')
    await denied(read(owner, Bucket))
    await read(writer, Bucket)
  })

  test('lets the public in by an object’s list, unless that is blocked or ignored', async () => {
    const Bucket = await newBucket()
    await write(owner, Bucket, { ACL: 'public-read' })
    expect(await anonymously(Bucket)).toBe(200)
    const block = (PublicAccessBlockConfiguration: object) =>
      owner.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }))
    await block({ BlockPublicAcls: true })
    expect(await anonymously(Bucket)).toBe(200)
    const why = /s3:PutObject on resource: "[^"]+" because public ACLs are prevented by the BlockPublicAcls setting/
    await expectRefusal(write(owner, Bucket, { ACL: 'public-read' }), 'AccessDenied', why, 403)
    const put = owner.send(new PutObjectAclCommand({ Bucket, Key: 'k', ACL: 'public-read' }))
    await expectRefusal(put, 'AccessDenied', /s3:PutObjectAcl on resource: "[^"]+" because public ACLs/, 403)
    await block({ IgnorePublicAcls: true })
    expect(await anonymously(Bucket)).toBe(403)
  })

  test('lets a grant on the bucket make objects, and not write over those of others', async () => {
    const Bucket = await newBucket()
    await owner.send(new PutBucketAclCommand({ Bucket, GrantWrite: `id="${canonicalId(DEVELOPMENT)}"` }))
    await write(third, Bucket)
    await write(third, Bucket)
    await write(owner, Bucket)
    await denied(write(third, Bucket))
    await write(third, Bucket, { Key: 'mine' })
    await third.send(new CopyObjectCommand({ Bucket, Key: 'also-mine', CopySource: `${Bucket}/mine` }))
    await denied(third.send(new CopyObjectCommand({ Bucket, Key: 'k', CopySource: `${Bucket}/mine` })))
    await write(writer, Bucket) // whom the bucket's policy lets write
    await denied(third.send(new ListObjectsV2Command({ Bucket })))
  })

  test('asks for the list that goes with a write', async () => {
    const Bucket = 'careful'
    const users = client(S3Client, server, await newUser(server, 'careful', ['s3:PutObject', 's3:GetObject']))
    const admin = client(S3Client, server)
    await admin.send(new CreateBucketCommand({ Bucket, ObjectOwnership: 'ObjectWriter' }))
    await write(users, Bucket)
    await write(users, Bucket, { ACL: 'bucket-owner-full-control' })
    const why = /not authorized to perform: s3:PutObjectAcl on resource: "arn:aws:s3:::careful\/k"/
    await expectRefusal(write(users, Bucket, { ACL: 'private' }), 'AccessDenied', why, 403)
    expect(await listOf(admin, Bucket)).toEqual([canonicalId(MANAGEMENT), [full(MANAGEMENT)]])
  })
})
