import { PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketAbacCommand,
  PutBucketTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  ListTagsForResourceCommand,
  S3ControlClient,
  TagResourceCommand,
  UntagResourceCommand,
  type Tag,
} from '@aws-sdk/client-s3-control'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { client, MANAGEMENT, PRODUCTION, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, policyText } from './people.ts'

const AccountId = MANAGEMENT
const Bucket = 'tagged'
const ResourceArn = `arn:aws:s3:::${Bucket}`

let server: TestServer
let s3: S3Client
let control: S3ControlClient

beforeAll(async () => {
  server = await startServer()
  s3 = client(S3Client, server)
  control = client(S3ControlClient, server)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const tag = (Tags: Tag[], more: object = {}) => new TagResourceCommand({ AccountId, ResourceArn, Tags, ...more })
const untag = (TagKeys: string[]) => new UntagResourceCommand({ AccountId, ResourceArn, TagKeys })
async function tags() {
  const { Tags = [] } = await control.send(new ListTagsForResourceCommand({ AccountId, ResourceArn }))
  return Tags.map(({ Key, Value }) => [Key, Value] as const)
}

test('a bucket’s tags are put on, changed and taken off one by one', async () => {
  expect(await tags()).toEqual([])
  await control.send(
    tag([
      { Key: 'team', Value: 'red' },
      { Key: 'cost', Value: '1' },
    ]),
  )
  await control.send(tag([{ Key: 'team', Value: 'blue' }]))
  expect((await tags()).toSorted()).toEqual([
    ['cost', '1'],
    ['team', 'blue'],
  ])
  await control.send(untag(['cost', 'never']))
  expect(await tags()).toEqual([['team', 'blue']])
})

test('they change this way alone once they are condition keys', async () => {
  const alice = await newUser(server, 'alice')
  const Condition = { StringEquals: { 'aws:ResourceTag/team': 'blue' } }
  const PolicyDocument = policyText({ Effect: 'Allow', Action: 's3:ListBucket', Resource: ResourceArn, Condition })
  await iamOf(server).send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument }))
  const lists = () => client(S3Client, server, alice).send(new ListObjectsV2Command({ Bucket }))
  await expectRefusal(lists(), 'AccessDenied')
  await s3.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status: 'Enabled' } }))
  expect((await lists()).KeyCount).toBe(0)
  const whole = new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'team', Value: 'red' }] } })
  await expectRefusal(s3.send(whole), 'MethodNotAllowed')
  await control.send(tag([{ Key: 'team', Value: 'red' }]))
  await expectRefusal(lists(), 'AccessDenied')
})

test.each<[command: TagResourceCommand, code: string, why: string]>([
  [tag([{ Key: 'a', Value: 'b' }], { AccountId: PRODUCTION }), 'AccessDenied', 'another account'],
  [tag([{ Key: 'a', Value: 'b' }], { ResourceArn: 'arn:aws:s3:::not-there' }), 'NoSuchBucket', 'no such bucket'],
  [tag([{ Key: 'a', Value: 'b' }], { ResourceArn: 'arn:aws:sqs:::x' }), 'InvalidRequest', 'nothing of S3'],
  [
    tag([{ Key: 'a', Value: 'b' }], { ResourceArn: `arn:aws:s3:us-east-1:${MANAGEMENT}:accesspoint/door` }),
    'NotImplemented',
    'an access point',
  ],
  [tag([{ Key: 'aws:a', Value: 'b' }]), 'InvalidTag', 'a key of AWS’s own'],
  [tag(Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: 'v' }))), 'BadRequest', 'more than fifty'],
])('%# is refused: %s (%s)', async (command, code) => {
  await expectRefusal(control.send(command), code)
})
