import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteBucketTaggingCommand,
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketAbacCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
  type CreateBucketCommandInput,
} from '@aws-sdk/client-s3'
import { canonicalId } from '../src/services/s3/canonical.ts'
import { client, PRODUCTION, startServer, STAGING, type TestServer } from './harness.ts'
import { enter, expectRefusal, newUser, policyText } from './people.ts'
import { send } from './raw.ts'

let server: TestServer
let owner: S3Client
let number = 0

beforeAll(async () => {
  server = await startServer()
  owner = client(S3Client, server, await enter(server, PRODUCTION))
})
afterAll(() => {
  expect(server.bugs).toEqual([])
  return server.close()
})

type Given = Omit<CreateBucketCommandInput, 'Bucket'>

async function newBucket(more: Given = {}, from = owner): Promise<string> {
  const Bucket = `made-${(number += 1)}`
  await from.send(new CreateBucketCommand({ Bucket, ...more }))
  return Bucket
}

/** A user of the management account whose policy is the statements, and a client of theirs. */
async function userWho(...statements: readonly object[]): Promise<S3Client> {
  const UserName = `user-${(number += 1)}`
  const keys = await newUser(server, UserName)
  const PolicyDocument = policyText(...statements.map((one) => ({ Effect: 'Allow', Resource: '*', ...one })))
  await client(IAMClient, server).send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
  return client(S3Client, server, keys)
}

const denied = (call: Promise<unknown>, why: RegExp = /./) => expectRefusal(call, 'AccessDenied', why, 403)
const reader = `id="${canonicalId(STAGING)}"`
const tagged = (...Tags: readonly { Key: string; Value: string }[]): Given => ({
  CreateBucketConfiguration: { Tags: [...Tags] },
})

describe('a bucket is made', () => {
  const OWNERSHIPS: readonly [string, Given, string, string][] = [
    ['nothing', {}, 'BucketOwnerEnforced', 'lists are off by default'],
    ['a private list', { ACL: 'private' }, 'BucketOwnerPreferred', 'as recorded of S3'],
    ['an owner', { ObjectOwnership: 'ObjectWriter' }, 'ObjectWriter', 'as it was said'],
    ['an owner and a list', { ObjectOwnership: 'BucketOwnerEnforced', ACL: 'private' }, 'BucketOwnerEnforced', 'both'],
  ]
  test.each(OWNERSHIPS)('with %s', async (_what, given, ownership) => {
    const Bucket = await newBucket(given)
    const { OwnershipControls } = await owner.send(new GetBucketOwnershipControlsCommand({ Bucket }))
    expect(OwnershipControls?.Rules).toEqual([{ ObjectOwnership: ownership }])
  })

  test('with a list, where lists are on', async () => {
    const Bucket = await newBucket({ ObjectOwnership: 'BucketOwnerPreferred', GrantRead: reader })
    const { Grants } = await owner.send(new GetBucketAclCommand({ Bucket }))
    expect(Grants).toMatchObject([{ Grantee: { ID: canonicalId(STAGING) }, Permission: 'READ' }])
  })

  test('with tags', async () => {
    const tag = { Key: 'team', Value: 'blue' }
    const Bucket = await newBucket(tagged(tag))
    expect((await owner.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([tag])
  })

  test('again in us-east-1 by its owner, who gets its list back as it was on a new one', async () => {
    const Bucket = await newBucket({ ObjectOwnership: 'ObjectWriter', GrantRead: reader })
    await owner.send(new CreateBucketCommand({ Bucket }))
    const { Grants } = await owner.send(new GetBucketAclCommand({ Bucket }))
    expect(Grants).toEqual([
      { Grantee: { Type: 'CanonicalUser', ID: canonicalId(PRODUCTION) }, Permission: 'FULL_CONTROL' },
    ])
  })

  const REFUSED: readonly [string, Given, string, number, string][] = [
    ['a list where lists are off', { GrantRead: reader }, 'InvalidBucketAclWithObjectOwnership', 400, 'by default'],
    [
      'a public list',
      { ACL: 'public-read', ObjectOwnership: 'ObjectWriter' },
      'AccessDenied',
      403,
      'a new bucket blocks it',
    ],
    ['an owner that is none', { ObjectOwnership: 'Nobody' as 'ObjectWriter' }, 'MalformedXML', 400, ''],
    ['a tag of AWS', tagged({ Key: 'aws:x', Value: '' }), 'InvalidTag', 400, ''],
    ['object lock', { ObjectLockEnabledForBucket: true }, 'NotImplemented', 501, 'not built'],
    ['a name of the account’s own', { BucketNamespace: 'account-regional' }, 'NotImplemented', 501, 'not built'],
  ]
  test.each(REFUSED)('never with %s', async (_what, given, code, status) => {
    const Bucket = 'never'
    await expectRefusal(owner.send(new CreateBucketCommand({ Bucket, ...given })), code, /./, status)
    await expect(owner.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotFound' })
  })

  const ASKED: readonly [string, Given, string][] = [
    ['an owner', { ObjectOwnership: 'ObjectWriter' }, 's3:PutBucketOwnershipControls'],
    ['grants', { GrantRead: reader }, 's3:PutBucketAcl'],
    ['a canned list', { ACL: 'authenticated-read' }, 's3:PutBucketAcl'],
    ['tags', tagged({ Key: 'a', Value: '1' }), 's3:TagResource'],
  ]
  test.each(ASKED)('with %s by whoever may put that on a bucket', async (_what, given, action) => {
    const maker = await userWho({ Action: 's3:CreateBucket' })
    await denied(newBucket(given, maker), new RegExp(`not authorized to perform: ${action} on resource`))
    await newBucket({ ACL: 'private' }, maker)
  })

  test('with the tags that a policy asks for', async () => {
    const maker = await userWho({
      Action: ['s3:CreateBucket', 's3:TagResource'],
      Condition: {
        StringEquals: { 'aws:RequestTag/team': 'blue' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
      },
    })
    await denied(newBucket({}, maker))
    await denied(newBucket(tagged({ Key: 'team', Value: 'red' }), maker))
    await denied(newBucket(tagged({ Key: 'team', Value: 'blue' }, { Key: 'more', Value: '' }), maker))
    await newBucket(tagged({ Key: 'team', Value: 'blue' }), maker)
  })
})

describe('a bucket’s tags', () => {
  const TAG = { Key: 'team', Value: 'blue' }
  const names = ['aws:ResourceTag/team', 's3:BucketTag/team']
  test.each(names)('are %s once the bucket is set to be controlled by them', async (key) => {
    const admin = client(S3Client, server)
    const Bucket = await newBucket(tagged(TAG), admin)
    const user = await userWho({ Action: 's3:ListBucket', Condition: { StringEquals: { [key]: 'blue' } } })
    const lists = () => user.send(new ListObjectsV2Command({ Bucket }))
    const set = (Status: 'Enabled' | 'Disabled') =>
      admin.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status } }))
    await denied(lists())
    await set('Enabled')
    await lists()
    await set('Disabled')
    await denied(lists())
  })

  test('are then changed by TagResource alone', async () => {
    const Bucket = await newBucket(tagged(TAG))
    await owner.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status: 'Enabled' } }))
    const put = owner.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [] } }))
    await expectRefusal(put, 'MethodNotAllowed', /./, 405)
    await expectRefusal(owner.send(new DeleteBucketTaggingCommand({ Bucket })), 'MethodNotAllowed', /./, 405)
    expect((await owner.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([TAG])
  })
})

test('where the requester pays, others say that they know it, and nobody is anonymous', async () => {
  const Bucket = await newBucket({ ObjectOwnership: 'ObjectWriter' })
  const stranger = client(S3Client, server, await enter(server, STAGING))
  await owner.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
  await owner.send(new PutBucketAclCommand({ Bucket, GrantRead: reader }))
  const statement = { Effect: 'Allow', Principal: { AWS: STAGING }, Action: 's3:GetObject' }
  const Policy = policyText({ ...statement, Resource: `arn:aws:s3:::${Bucket}/*` })
  await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  const read = (RequestPayer?: 'requester') =>
    stranger.send(new GetObjectCommand({ Bucket, Key: 'k', ...(RequestPayer && { RequestPayer }) }))
  await read()
  const RequestPaymentConfiguration = { Payer: 'Requester' as const }
  await owner.send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration }))
  await denied(read())
  await denied(stranger.send(new ListObjectsV2Command({ Bucket })))
  await read('requester')
  await stranger.send(new ListObjectsV2Command({ Bucket, RequestPayer: 'requester' }))
  await owner.send(new GetObjectCommand({ Bucket, Key: 'k' }))
  const headers = { 'x-amz-request-payer': 'requester' }
  expect((await send(server, { method: 'GET', path: `/${Bucket}/k`, headers, keys: null })).status).toBe(403)
})
