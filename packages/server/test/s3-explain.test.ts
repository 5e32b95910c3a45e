/** A question about a bucket, or what lies in it, is answered as the call itself is: with policies, lists, owners and tags. */

import { PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketAbacCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ExplainAnswer } from '../src/index.ts'
import { canonicalId } from '../src/services/s3/canonical.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, STAGING, type Keys, type TestServer } from './harness.ts'
import { enter, iamOf, newUser, policyText } from './people.ts'
import { send } from './raw.ts'

let server: TestServer
let owner: Keys
let writer: Keys
let alice: Keys
/** Whom questions are about, and whom calls are from. */
let people: Readonly<Record<string, readonly [principal: string, keys: Keys | null]>>

const open = 'open'

beforeAll(async () => {
  server = await startServer()
  owner = await enter(server, PRODUCTION)
  writer = await enter(server, STAGING)
  alice = await newUser(server, 'alice', ['s3:PutObject', 's3:GetObject'])
  const bob = await newUser(server, 'bob')
  const byTag = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
  const PolicyDocument = policyText({ ...byTag, Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } } })
  await iamOf(server).send(new PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'p', PolicyDocument }))
  const administrator = 'role/OrganizationAccountAccessRole'
  people = {
    owner: [`arn:aws:iam::${PRODUCTION}:${administrator}`, owner],
    writer: [`arn:aws:iam::${STAGING}:${administrator}`, writer],
    alice: [`arn:aws:iam::${MANAGEMENT}:user/alice`, alice],
    bob: [`arn:aws:iam::${MANAGEMENT}:user/bob`, bob],
    anonymous: ['anonymous', null],
  }
  await openBucket()
  await restrictedBucket()
  await taggedBuckets()
})
afterAll(() => {
  expect(server.bugs).toEqual([])
  return server.close()
})

async function openBucket(): Promise<void> {
  const s3 = client(S3Client, server, owner)
  const bucket = { Bucket: open }
  await s3.send(new CreateBucketCommand({ ...bucket, ObjectOwnership: 'ObjectWriter' }))
  await s3.send(new DeletePublicAccessBlockCommand(bucket))
  const write = { Effect: 'Allow', Principal: { AWS: STAGING }, Action: 's3:Put*', Resource: `arn:aws:s3:::${open}/*` }
  await s3.send(new PutBucketPolicyCommand({ ...bucket, Policy: policyText(write) }))
  const put = (from: Keys, Key: string, more = {}) =>
    client(S3Client, server, from).send(new PutObjectCommand({ ...bucket, Key, Body: 'x', ...more }))
  await put(owner, 'plain')
  await put(owner, 'public', { ACL: 'public-read' })
  await put(owner, 'granted', { GrantRead: `id="${canonicalId(MANAGEMENT)}"` })
  await put(writer, 'theirs')
  await put(writer, 'shared', { ACL: 'bucket-owner-full-control' })
}

/** Its public policy lets nobody in from outside the account, and neither does the object's list. */
async function restrictedBucket(): Promise<void> {
  const s3 = client(S3Client, server, owner)
  const bucket = { Bucket: 'restricted' }
  await s3.send(new CreateBucketCommand({ ...bucket, ObjectOwnership: 'ObjectWriter' }))
  const PublicAccessBlockConfiguration = { RestrictPublicBuckets: true }
  await s3.send(new PutPublicAccessBlockCommand({ ...bucket, PublicAccessBlockConfiguration }))
  const read = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::restricted/*' }
  await s3.send(new PutBucketPolicyCommand({ ...bucket, Policy: policyText(read) }))
  await s3.send(new PutObjectCommand({ ...bucket, Key: 'k', Body: 'x', ACL: 'public-read' }))
}

async function taggedBuckets(): Promise<void> {
  const s3 = client(S3Client, server)
  for (const Bucket of ['tagged', 'controlled']) {
    const CreateBucketConfiguration = { Tags: [{ Key: 'team', Value: 'blue' }] }
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }))
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
  }
  await s3.send(new PutBucketAbacCommand({ Bucket: 'controlled', AbacStatus: { Status: 'Enabled' } }))
}

const ROWS: readonly (readonly [person: string, path: string, effect: 'Allow' | 'Deny', why: string])[] = [
  ['owner', `${open}/plain`, 'Allow', 'one’s own'],
  ['alice', `${open}/plain`, 'Deny', 'nobody said so'],
  ['anonymous', `${open}/public`, 'Allow', 'by the object’s list'],
  ['alice', `${open}/public`, 'Allow', 'by the list and her own policy'],
  ['bob', `${open}/public`, 'Deny', 'his own account does not'],
  ['alice', `${open}/granted`, 'Allow', 'her account is on the list'],
  ['anonymous', `${open}/granted`, 'Deny', 'nobody is'],
  ['writer', `${open}/theirs`, 'Allow', 'what one wrote is one’s own'],
  ['owner', `${open}/theirs`, 'Deny', 'the bucket’s owner does not own it'],
  ['owner', `${open}/shared`, 'Allow', 'until the writer says so'],
  ['alice', 'restricted/k', 'Deny', 'a public policy is restricted'],
  ['anonymous', 'restricted/k', 'Deny', 'and so are lists beside it'],
  ['owner', 'restricted/k', 'Allow', 'but not the account’s own'],
  ['bob', 'tagged/k', 'Deny', 'tags say nothing'],
  ['bob', 'controlled/k', 'Allow', 'until they are to'],
]

describe.each(ROWS)('%s reads %s: %s', (person, path, effect) => {
  const [Bucket = '', Key = ''] = path.split('/')

  test('when it is called', async () => {
    const [, keys] = people[person] ?? ['', null]
    if (keys === null) {
      const { status } = await send(server, { method: 'GET', path: `/${path}`, keys: null })
      return expect(status).toBe(effect === 'Allow' ? 200 : 403)
    }
    const call = client(S3Client, server, keys).send(new GetObjectCommand({ Bucket, Key }))
    return effect === 'Allow' ? call : expect(call).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  test('when it is asked', async () => {
    const [principal] = people[person] ?? ['']
    const question = { principal, action: 's3:GetObject', resource: `arn:aws:s3:::${path}` }
    const { status, body } = await send(server, {
      path: '/_sallyport/explain',
      body: JSON.stringify(question),
      service: 'sallyport',
      headers: { 'content-type': 'application/json' },
    })
    expect([status, body]).toEqual([200, body])
    expect((JSON.parse(body) as ExplainAnswer).effect).toBe(effect) // what the door says it gives
  })
})
