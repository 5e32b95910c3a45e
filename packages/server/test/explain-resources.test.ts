/** A question about a resource is answered as a call for it is: with all that hangs on it and is known of it. */

import { DescribeImagesCommand, EC2Client, RunInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2'
import {
  ChangePasswordCommand,
  CreateInstanceProfileCommand,
  CreateLoginProfileCommand,
  GetAccountPasswordPolicyCommand,
  GetInstanceProfileCommand,
  PutUserPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateAccessPointCommand, PutAccessPointPolicyCommand, S3ControlClient } from '@aws-sdk/client-s3-control'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ExplainAnswer } from '../src/index.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, iamOf, newUser, policyText } from './people.ts'
import { send } from './raw.ts'

const ALICE = `arn:aws:iam::${MANAGEMENT}:user/alice`
const BUCKET = 'arn:aws:s3:::theirs'

let server: TestServer
let alice: Keys
let reader: S3Client
let owner: S3Client
let point = { alias: '', arn: '' }
const instances = { apollo: '', gemini: '' }

beforeAll(async () => {
  server = await startServer()
  alice = await newUser(server, 'alice')
  const mine = [
    { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['ec2:StopInstances', 'iam:GetInstanceProfile'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/Project': 'apollo' } },
    },
  ]
  const PolicyDocument = policyText(...mine)
  await iamOf(server).send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument }))
  reader = client(S3Client, server, alice)
  const production = await enter(server, PRODUCTION)
  owner = client(S3Client, server, production)
  await owner.send(new CreateBucketCommand({ Bucket: 'theirs' }))
  for (const [Key, Tagging] of [
    ['red.txt', 'team=red'],
    ['blue.txt', 'team=blue'],
  ] as const) {
    await owner.send(new PutObjectCommand({ Bucket: 'theirs', Key, Body: 'hello', Tagging }))
  }
  const control = client(S3ControlClient, server, production)
  const made = { AccountId: PRODUCTION, Name: 'door' }
  const { Alias = '', AccessPointArn = '' } = await control.send(
    new CreateAccessPointCommand({ ...made, Bucket: 'theirs' }),
  )
  point = { alias: Alias, arn: AccessPointArn }
  const Policy = policyText({
    Effect: 'Allow',
    Principal: { AWS: ALICE },
    Action: 's3:GetObject',
    Resource: `${AccessPointArn}/object/red.txt`,
  })
  await control.send(new PutAccessPointPolicyCommand({ ...made, Policy }))
  instances.apollo = await launch('apollo')
  instances.gemini = await launch('gemini')
})

afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

async function launch(project: string): Promise<string> {
  const ec2 = client(EC2Client, server)
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }))
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      ImageId: Images.find(({ Architecture }) => Architecture === 'x86_64')?.ImageId,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Project', Value: project }] }],
    }),
  )
  return Instances[0]?.InstanceId ?? ''
}

async function answer(action: string, resource: string): Promise<ExplainAnswer> {
  const body = JSON.stringify({ principal: ALICE, action, resource, context: {} })
  const headers = { 'content-type': 'application/json' }
  const sent = await send(server, { path: '/_sallyport/explain', service: 'sallyport', body, headers })
  expect([sent.status, sent.body]).toEqual([200, sent.body])
  return JSON.parse(sent.body) as ExplainAnswer // what the door says it gives
}

/** Whether the call itself goes through. */
async function goes(call: Promise<unknown>): Promise<'Allow' | 'Deny'> {
  return call.then(
    () => 'Allow' as const,
    () => 'Deny' as const,
  )
}

const read = (bucket: string, key: string) => goes(reader.send(new GetObjectCommand({ Bucket: bucket, Key: key })))

async function agree(action: string, resource: string, call: Promise<'Allow' | 'Deny'>, expected: 'Allow' | 'Deny') {
  expect([await call, (await answer(action, resource)).effect]).toEqual([expected, expected])
}

function putPolicy(statement: object) {
  const Policy = policyText({ Effect: 'Allow', Action: 's3:GetObject', Resource: `${BUCKET}/*`, ...statement })
  return owner.send(new PutBucketPolicyCommand({ Bucket: 'theirs', Policy }))
}

test('of another account’s bucket, with its policy or without', async () => {
  await agree('s3:GetObject', `${BUCKET}/red.txt`, read('theirs', 'red.txt'), 'Deny')
  await putPolicy({ Principal: { AWS: ALICE } })
  await agree('s3:GetObject', `${BUCKET}/red.txt`, read('theirs', 'red.txt'), 'Allow')
  const list = goes(reader.send(new ListObjectsV2Command({ Bucket: 'theirs' })))
  await agree('s3:ListBucket', BUCKET, list, 'Deny')
})

test('of an object, with its own tags', async () => {
  const Condition = { StringEquals: { 's3:ExistingObjectTag/team': 'red' } }
  await putPolicy({ Principal: { AWS: ALICE }, Condition })
  await agree('s3:GetObject', `${BUCKET}/red.txt`, read('theirs', 'red.txt'), 'Allow')
  await agree('s3:GetObject', `${BUCKET}/blue.txt`, read('theirs', 'blue.txt'), 'Deny')
})

test('of a public bucket that is restricted: the denial names the setting', async () => {
  await owner.send(new DeletePublicAccessBlockCommand({ Bucket: 'theirs' }))
  await putPolicy({ Principal: '*' })
  await agree('s3:GetObject', `${BUCKET}/red.txt`, read('theirs', 'red.txt'), 'Allow')
  const PublicAccessBlockConfiguration = { RestrictPublicBuckets: true }
  await owner.send(new PutPublicAccessBlockCommand({ Bucket: 'theirs', PublicAccessBlockConfiguration }))
  await agree('s3:GetObject', `${BUCKET}/red.txt`, read('theirs', 'red.txt'), 'Deny')
  expect((await answer('s3:GetObject', `${BUCKET}/red.txt`)).text).toContain('RestrictPublicBuckets')
})

test('of an access point: what it refuses, and what the bucket behind it does', async () => {
  await putPolicy({ Principal: { AWS: ALICE } })
  await agree('s3:GetObject', `${point.arn}/object/red.txt`, read(point.alias, 'red.txt'), 'Allow')
  await agree('s3:GetObject', `${point.arn}/object/blue.txt`, read(point.alias, 'blue.txt'), 'Deny')
  await putPolicy({ Principal: { AWS: `arn:aws:iam::${MANAGEMENT}:root` }, Resource: `${BUCKET}/blue.txt` })
  await agree('s3:GetObject', `${point.arn}/object/red.txt`, read(point.alias, 'red.txt'), 'Deny')
})

test('of an instance, with its own tags', async () => {
  const ec2 = client(EC2Client, server, alice)
  for (const [id, expected] of [
    [instances.apollo, 'Allow'],
    [instances.gemini, 'Deny'],
  ] as const) {
    server.clock.move(3000)
    const call = goes(ec2.send(new StopInstancesCommand({ InstanceIds: [id] })))
    await agree('ec2:StopInstances', `arn:aws:ec2:us-east-1:${MANAGEMENT}:instance/${id}`, call, expected)
  }
})

test('of an instance profile, with its own tags', async () => {
  for (const [name, expected] of [
    ['apollo', 'Allow'],
    ['gemini', 'Deny'],
  ] as const) {
    const made = { InstanceProfileName: name, Path: '/missions/', Tags: [{ Key: 'Project', Value: name }] }
    await iamOf(server).send(new CreateInstanceProfileCommand(made))
    const call = goes(iamOf(server, alice).send(new GetInstanceProfileCommand({ InstanceProfileName: name })))
    const arn = `arn:aws:iam::${MANAGEMENT}:instance-profile/missions/${name}`
    await agree('iam:GetInstanceProfile', arn, call, expected)
  }
})

test.each([
  ['s3:GetObject', 'arn:aws:s3:::not-there/key', 'no such bucket'],
  ['s3:GetObject', 'arn:aws:s3:us-east-1:111111111111:accesspoint/not-there/object/key', 'no such access point'],
  ['ec2:StopInstances', `arn:aws:ec2:us-east-1:${MANAGEMENT}:instance/*`, 'a pattern'],
  ['lambda:InvokeFunction', `arn:aws:lambda:us-east-1:${MANAGEMENT}:function:not-there`, 'no such function'],
])('%s on %s is answered too (%s)', async (action, resource) => {
  expect((await answer(action, resource)).effect).toMatch(/^(?:Allow|Deny)$/)
})

test('of a user’s own password, as the account allows it to its users', async () => {
  const self = iamOf(server, alice)
  await iamOf(server).send(new CreateLoginProfileCommand({ UserName: 'alice', Password: 'Correct0!Horse' }))
  const passwords = { OldPassword: 'Correct0!Horse', NewPassword: 'Another0!Horse' }
  const change = () => goes(self.send(new ChangePasswordCommand(passwords)))
  const look = () => goes(self.send(new GetAccountPasswordPolicyCommand({})))
  await agree('iam:ChangePassword', ALICE, change(), 'Deny')
  await iamOf(server).send(new UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword: true }))
  await agree('iam:ChangePassword', ALICE, change(), 'Allow')
  await agree('iam:GetAccountPasswordPolicy', '*', look(), 'Allow')
  const other = `arn:aws:iam::${MANAGEMENT}:user/administrator`
  expect((await answer('iam:ChangePassword', other)).effect).toBe('Deny')
})
