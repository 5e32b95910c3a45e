import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DeleteRoleCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateRoleCommand } from '@aws-sdk/client-iam'
import { canonicalId } from '../src/services/s3/canonical.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, STAGING, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, policyText, trustText } from './people.ts'

let server: TestServer
/** An administrator of Production, whose the buckets are. */
let owner: S3Client
/** An administrator of Staging. */
let stranger: S3Client
let number = 0

beforeAll(async () => {
  server = await startServer()
  owner = client(S3Client, server, await enter(server, PRODUCTION))
  stranger = client(S3Client, server, await enter(server, STAGING))
})
afterAll(() => server.close())

/** A new bucket with one object, `in/a.txt`. */
async function newBucket(): Promise<string> {
  const Bucket = `ground-${(number += 1)}`
  await owner.send(new CreateBucketCommand({ Bucket }))
  await owner.send(new PutObjectCommand({ Bucket, Key: 'in/a.txt', Body: 'hello' }))
  return Bucket
}

function arns(bucket: string): readonly string[] {
  return [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]
}

function policyOn(bucket: string, statement: object): string {
  return policyText({ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*`, ...statement })
}

async function putPolicy(bucket: string, statement: object): Promise<void> {
  await owner.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policyOn(bucket, statement) }))
}

const reads = (bucket: string) => new GetObjectCommand({ Bucket: bucket, Key: 'in/a.txt' })
const anonymously = async (bucket: string): Promise<number> =>
  (await fetch(`${server.endpoint}/${bucket}/in/a.txt`)).status

describe('a bucket policy', () => {
  test('is not there until it is put, and comes back as it was put', async () => {
    const Bucket = await newBucket()
    await expectRefusal(owner.send(new GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy')
    await expectRefusal(owner.send(new GetBucketPolicyStatusCommand({ Bucket })), 'NoSuchBucketPolicy')
    const Policy = policyOn(Bucket, { Principal: { AWS: `arn:aws:iam::${STAGING}:root` } })
    await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    expect((await owner.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy)
    await owner.send(new DeleteBucketPolicyCommand({ Bucket }))
    await owner.send(new DeleteBucketPolicyCommand({ Bucket }))
    await expectRefusal(owner.send(new GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy')
  })

  test.each<[given: object | string, message: string, why: string]>([
    ['', "Policies must be valid JSON and the first byte must be '{'", 'nothing'],
    ['[]', "Policies must be valid JSON and the first byte must be '{'", 'no object'],
    ['{}', 'Missing required field Statement', 'no statement'],
    ['{"Version":"2012-10-17","Statement":[]}', 'Missing required field Statement', 'an empty list of them'],
    [{ Principal: undefined }, 'Missing required field Principal', 'nobody is named'],
    [{ Principal: { AWS: `arn:aws:iam::${STAGING}:user/ghost` } }, 'Invalid principal in policy', 'no such user'],
    [{ Principal: { AWS: '999999999999' } }, 'Invalid principal in policy', 'no such account'],
    [{ Principal: { CanonicalUser: 'f'.repeat(64) } }, 'Invalid principal in policy', 'no such canonical id'],
    [{ Resource: 'arn:aws:s3:::someone-else/*' }, 'Policy has invalid resource', 'another bucket'],
    [{ Resource: '*' }, 'Policy has invalid resource', 'everything'],
    [{ Resource: undefined, NotResource: 'arn:aws:s3:::other/*' }, 'Policy has invalid resource', 'all but another'],
    [{ Resource: 'arn:aws:s3:::BUCKETs/*' }, 'Policy has invalid resource', 'a bucket whose name begins alike'],
    [{ Action: 'ec2:RunInstances' }, 'Policy has invalid action', 'another service'],
    [{ Action: 's3:GetObjekt' }, 'Policy has invalid action', 'no such action'],
    [{ Action: 's3:ListBucket' }, 'Action does not apply to any resource(s) in statement', 'needs the bucket'],
    [
      { Resource: 'arn:aws:s3:::BUCKET' },
      'Action does not apply to any resource(s) in statement',
      'needs objects and has the bucket',
    ],
    [
      { Condition: { StringLike: { 's3:prefix': 'in/*' } } },
      'Conditions do not apply to combination of actions and resources in statement',
      'reading an object has no prefix',
    ],
    [{ Sid: 'x'.repeat(21_000) }, 'Policy exceeds the maximum allowed document size.', 'more than 20 KB'],
  ])('that is %j is refused: %s (%s)', async (given, message) => {
    const Bucket = await newBucket()
    const statement = typeof given === 'string' ? {} : { Principal: { AWS: STAGING }, ...given }
    const text = typeof given === 'string' ? given : policyOn(Bucket, statement)
    const Policy = text.replaceAll('BUCKET', Bucket)
    await expectRefusal(owner.send(new PutBucketPolicyCommand({ Bucket, Policy })), 'MalformedPolicy', message)
    await expectRefusal(owner.send(new GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy')
  })

  test.each<[given: object, why: string]>([
    [{ Action: 's3:*', Resource: 'both' }, 'everything of it'],
    [{ Action: ['s3:Get*', 's3:ListBucket'], Resource: 'both' }, 'patterns'],
    [{ Action: 's3:ListBucket', Resource: 'self', Condition: { StringLike: { 's3:prefix': 'in/*' } } }, 'a prefix'],
    [{ Condition: { StringEquals: { 's3:ExistingObjectTag/team': 'red' } } }, 'a key of a family'],
    [{ Condition: { Bool: { 'aws:SecureTransport': 'true' } } }, 'a global key'],
    [{ NotAction: 's3:DeleteObject', Action: undefined }, 'all but an action'],
  ])('that is %j is taken (%s)', async (given) => {
    const Bucket = await newBucket()
    const [self, inside] = arns(Bucket)
    const places: Readonly<Record<string, unknown>> = { both: [self, inside], self }
    const Resource = 'Resource' in given ? places[String(given.Resource)] : inside
    await putPolicy(Bucket, { Principal: { AWS: STAGING }, ...given, Resource })
    expect((await owner.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toContain(STAGING)
  })

  test('opens the bucket to another account, whose own policies must allow it too', async () => {
    const Bucket = await newBucket()
    await expectRefusal(stranger.send(reads(Bucket)), 'AccessDenied', /no resource-based policy allows/)
    await putPolicy(Bucket, { Principal: { AWS: STAGING } })
    expect(await (await stranger.send(reads(Bucket))).Body?.transformToString()).toBe('hello')
    const list = new ListObjectsV2Command({ Bucket })
    await expectRefusal(stranger.send(list), 'AccessDenied', /no resource-based policy allows the s3:ListBucket/)
    const nobody = client(S3Client, server, await newUser(server, 'nobody'))
    await putPolicy(Bucket, { Principal: { AWS: MANAGEMENT } })
    await expectRefusal(nobody.send(reads(Bucket)), 'AccessDenied', /no identity-based policy allows/)
  })

  test('that denies outweighs what an administrator may', async () => {
    const Bucket = await newBucket()
    await putPolicy(Bucket, { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject' })
    const remove = new DeleteObjectCommand({ Bucket, Key: 'in/a.txt' })
    await expectRefusal(owner.send(remove), 'AccessDenied', /with an explicit deny in a resource-based policy/)
  })

  test('is the owner’s account’s alone to see and change, even where it allows others', async () => {
    const Bucket = await newBucket()
    const Action = ['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']
    const [Resource = ''] = arns(Bucket)
    await putPolicy(Bucket, { Principal: { AWS: STAGING }, Action, Resource })
    const Policy = policyOn(Bucket, { Principal: { AWS: STAGING } })
    await expectRefusal(stranger.send(new GetBucketPolicyCommand({ Bucket })), 'MethodNotAllowed')
    await expectRefusal(stranger.send(new PutBucketPolicyCommand({ Bucket, Policy })), 'MethodNotAllowed')
    await expectRefusal(stranger.send(new DeleteBucketPolicyCommand({ Bucket })), 'MethodNotAllowed')
  })

  test('names a role by its unique id: one made anew is somebody else', async () => {
    const Bucket = await newBucket()
    const iam = iamOf(server, await enter(server, STAGING))
    const role = { RoleName: 'reader', AssumeRolePolicyDocument: trustText({ AWS: STAGING }) }
    await iam.send(new CreateRoleCommand(role))
    const arn = `arn:aws:iam::${STAGING}:role/reader`
    await putPolicy(Bucket, { Principal: { AWS: arn } })
    const shown = async (): Promise<string> => (await owner.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? ''
    expect(await shown()).toContain(arn)
    await iam.send(new DeleteRoleCommand({ RoleName: 'reader' }))
    expect(await shown()).toMatch(/"AROA[A-Z0-9]{17}"/)
    await iam.send(new CreateRoleCommand(role))
    expect(await shown()).toMatch(/"AROA[A-Z0-9]{17}"/)
  })

  test('takes an account by its canonical id, and shows its ARN', async () => {
    const Bucket = await newBucket()
    await putPolicy(Bucket, { Principal: { CanonicalUser: [canonicalId(STAGING), canonicalId(MANAGEMENT)] } })
    const { Policy } = await owner.send(new GetBucketPolicyCommand({ Bucket }))
    expect(Policy).toContain(`"AWS":["arn:aws:iam::${STAGING}:root","arn:aws:iam::${MANAGEMENT}:root"]`)
    expect((await stranger.send(reads(Bucket))).ContentLength).toBe(5)
  })
})

describe('a public access block', () => {
  const all = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }

  test('is whole on a new bucket, is kept as it was put, and goes', async () => {
    const Bucket = await newBucket()
    const shown = async (): Promise<object | undefined> =>
      (await owner.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration
    expect(await shown()).toEqual(all)
    const configuration = { BlockPublicAcls: true }
    await owner.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: configuration }))
    expect(await shown()).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: false,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: false,
    })
    await owner.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await expectRefusal(shown(), 'NoSuchPublicAccessBlockConfiguration')
  })

  test('refuses public policies, and no others', async () => {
    const Bucket = await newBucket()
    const Policy = policyOn(Bucket, { Principal: '*' })
    const message =
      /s3:PutBucketPolicy on resource: "arn:aws:s3:::ground-\d+" because public policies are prevented by the BlockPublicPolicy setting/
    await expectRefusal(owner.send(new PutBucketPolicyCommand({ Bucket, Policy })), 'AccessDenied', message)
    await putPolicy(Bucket, { Principal: '*', Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } })
    const { PolicyStatus } = await owner.send(new GetBucketPolicyStatusCommand({ Bucket }))
    expect(PolicyStatus?.IsPublic).toBe(false)
  })

  test('that is gone lets a public policy let everybody in', async () => {
    const Bucket = await newBucket()
    expect(await anonymously(Bucket)).toBe(403)
    await owner.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await putPolicy(Bucket, { Principal: '*' })
    expect(await anonymously(Bucket)).toBe(200)
    const { PolicyStatus } = await owner.send(new GetBucketPolicyStatusCommand({ Bucket }))
    expect(PolicyStatus?.IsPublic).toBe(true)
    await owner.send(new DeleteBucketPolicyCommand({ Bucket }))
    expect(await anonymously(Bucket)).toBe(403)
  })

  test('that restricts refuses every stranger to a public bucket, those it names included', async () => {
    const Bucket = await newBucket()
    await owner.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await putPolicy(Bucket, { Principal: '*' })
    expect((await stranger.send(reads(Bucket))).ContentLength).toBe(5)
    const PublicAccessBlockConfiguration = { RestrictPublicBuckets: true }
    await owner.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }))
    const message = /with an explicit deny in a resource-based policy/
    await expectRefusal(stranger.send(reads(Bucket)), 'AccessDenied', message)
    expect(await anonymously(Bucket)).toBe(403)
    expect((await owner.send(reads(Bucket))).ContentLength).toBe(5)
  })
})

test('nothing of this met a bug', () => {
  expect(server.bugs).toEqual([])
})
