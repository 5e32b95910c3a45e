import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand as PutBucketBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateAccessPointCommand,
  DeleteAccessPointCommand,
  DeleteAccessPointPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetAccessPointCommand,
  GetAccessPointPolicyCommand,
  GetAccessPointPolicyStatusCommand,
  GetPublicAccessBlockCommand,
  ListAccessPointsCommand,
  PutAccessPointPolicyCommand,
  PutPublicAccessBlockCommand,
  S3ControlClient,
  type CreateAccessPointCommandInput,
} from '@aws-sdk/client-s3-control'
import { client, PRODUCTION, startServer, STAGING, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, policyText } from './people.ts'

let server: TestServer
let production: Keys
let staging: Keys
let s3: S3Client
let control: S3ControlClient
/** Of Staging, to whom nothing here belongs. */
let stranger: S3Client
const AccountId = PRODUCTION
const Bucket = 'shared-data'
const BUCKET = `arn:aws:s3:::${Bucket}`
let number = 0

beforeAll(async () => {
  server = await startServer()
  production = await enter(server, PRODUCTION)
  staging = await enter(server, STAGING)
  s3 = client(S3Client, server, production)
  control = client(S3ControlClient, server, production)
  stranger = client(S3Client, server, staging)
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'in/a.txt', Body: 'hello' }))
})
afterAll(() => server.close())

async function newPoint(more: Partial<CreateAccessPointCommandInput> = {}) {
  const Name = `door-${(number += 1)}`
  const { Alias = '', AccessPointArn = '' } = await control.send(
    new CreateAccessPointCommand({ AccountId, Name, Bucket, ...more }),
  )
  return { Name, alias: Alias, arn: AccessPointArn }
}

async function putPolicy(Name: string, ...statements: readonly object[]): Promise<void> {
  const Policy = policyText(...statements.map((one) => ({ Effect: 'Allow', ...one })))
  await control.send(new PutAccessPointPolicyCommand({ AccountId, Name, Policy }))
}

const reads = (bucket: string) => new GetObjectCommand({ Bucket: bucket, Key: 'in/a.txt' })
const lists = (bucket: string) => new ListObjectsV2Command({ Bucket: bucket })

describe('an access point', () => {
  test('is told of as it was made', async () => {
    const { Name, alias, arn } = await newPoint()
    expect(arn).toBe(`arn:aws:s3:us-east-1:${PRODUCTION}:accesspoint/${Name}`)
    expect(alias).toMatch(/^door-\d+-[a-z0-9]{34}-s3alias$/)
    const told = await control.send(new GetAccessPointCommand({ AccountId, Name }))
    expect(told).toMatchObject({ Name, Bucket, NetworkOrigin: 'Internet', Alias: alias, BucketAccountId: PRODUCTION })
    expect(Object.values(told.PublicAccessBlockConfiguration ?? {})).toEqual([true, true, true, true])
  })

  test('is listed with its like, in pages, and by bucket', async () => {
    await newPoint()
    await newPoint()
    const names: (string | undefined)[] = []
    let NextToken: string | undefined
    do {
      const page = await control.send(new ListAccessPointsCommand({ AccountId, MaxResults: 1, NextToken }))
      names.push(...(page.AccessPointList ?? []).map(({ Name }) => Name))
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    expect(names).toEqual(names.toSorted())
    expect(names.length).toBeGreaterThanOrEqual(2)
    const others = await control.send(new ListAccessPointsCommand({ AccountId, Bucket: 'other' }))
    expect(others.AccessPointList ?? []).toEqual([])
  })

  test.each<[Partial<CreateAccessPointCommandInput>, string, string]>([
    [{ Name: 'Upper-Case' }, 'InvalidRequest', 'names are in lower case'],
    [{ Name: 'door-s3alias' }, 'InvalidRequest', 'an ending that is AWS’s own'],
    [{ Bucket: 'not-there' }, 'InvalidRequest', 'there is no such bucket'],
    [{ BucketAccountId: STAGING }, 'InvalidRequest', 'the bucket is another account’s than is said'],
    [{ AccountId: STAGING }, 'AccessDenied', 'another account’s access points'],
  ])('made as %j is refused: %s (%s)', async (given, code) => {
    await expectRefusal(newPoint(given), code)
  })

  test('cannot be made twice, and is gone once it is deleted', async () => {
    const { Name, alias } = await newPoint()
    await expectRefusal(newPoint({ Name }), 'AccessPointAlreadyOwnedByYou')
    await control.send(new DeleteAccessPointCommand({ AccountId, Name }))
    await expectRefusal(control.send(new GetAccessPointCommand({ AccountId, Name })), 'NoSuchAccessPoint')
    await expectRefusal(control.send(new DeleteAccessPointCommand({ AccountId, Name })), 'NoSuchAccessPoint')
    await expectRefusal(s3.send(reads(alias)), 'NoSuchBucket')
  })

  test('stands for its bucket, by its alias or its ARN', async () => {
    const { alias, arn } = await newPoint()
    expect(await (await s3.send(reads(alias))).Body?.transformToString()).toBe('hello')
    await s3.send(new PutObjectCommand({ Bucket: alias, Key: 'in/b.txt', Body: 'b' }))
    expect((await s3.send(lists(alias))).KeyCount).toBe(2)
    const { hostname, port } = new URL(server.endpoint)
    expect(hostname).toBe('127.0.0.1')
    const host = `${arn.split('/')[1]}-${PRODUCTION}.s3-accesspoint.us-east-1.amazonaws.com`
    const answer = await unsigned(Number(port), host)
    expect(answer).toContain('<Code>AccessDenied</Code>') // and not NoSuchBucket: it was found by its host
  })

  test('takes no calls that are about the bucket itself', async () => {
    const { alias } = await newPoint()
    const VersioningConfiguration = { Status: 'Enabled' as const }
    const change = new PutBucketVersioningCommand({ Bucket: alias, VersioningConfiguration })
    await expect(s3.send(change)).rejects.toMatchObject({ name: 'MethodNotAllowed' })
  })

  test('of a network lets nobody in from outside', async () => {
    const { alias } = await newPoint({ VpcConfiguration: { VpcId: 'vpc-0123456789abcdef0' } })
    await expectRefusal(s3.send(reads(alias)), 'AccessDenied')
  })
})

async function unsigned(port: number, host: string): Promise<string> {
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/in/a.txt', headers: { host } }, (response) => {
      let text = ''
      response.on('data', (part) => (text += String(part)))
      response.on('end', () => resolve(text))
    })
    sent.on('error', reject).end()
  })
}

describe('both doors', () => {
  const delegation = {
    Principal: { AWS: '*' },
    Action: '*',
    Resource: [BUCKET, `${BUCKET}/*`],
    Condition: { StringEquals: { 's3:DataAccessPointAccount': PRODUCTION } },
  }
  const bucketPolicy = (statement: object) =>
    s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText({ Effect: 'Allow', ...statement }) }))

  test.each([
    [false, false, 'neither opens'],
    [true, false, 'the point opens, the bucket does not'],
    [false, true, 'the bucket opens, the point does not'],
    [true, true, 'both open'],
  ])('point %s, bucket %s: a stranger comes in only where both let them (%s)', async (point, bucket) => {
    const { Name, alias, arn } = await newPoint()
    const statement = { Principal: { AWS: STAGING }, Action: 's3:GetObject', Resource: `${arn}/object/in/*` }
    if (point) await putPolicy(Name, statement)
    if (bucket) await bucketPolicy(delegation)
    else await s3.send(new DeleteBucketPolicyCommand({ Bucket }))
    const answer = stranger.send(reads(alias))
    if (point && bucket) expect((await answer).ContentLength).toBe(5)
    else await expectRefusal(answer, 'AccessDenied', /because no resource-based policy allows the s3:GetObject action/)
    await expectRefusal(stranger.send(reads(Bucket)), 'AccessDenied')
  })

  test('a point that allows some of the keys opens no others', async () => {
    await bucketPolicy(delegation)
    const { Name, alias, arn } = await newPoint()
    await putPolicy(Name, { Principal: { AWS: STAGING }, Action: 's3:GetObject', Resource: `${arn}/object/out/*` })
    await expectRefusal(stranger.send(reads(alias)), 'AccessDenied', new RegExp(`${arn}/object/in/a.txt`))
    await expectRefusal(stranger.send(lists(alias)), 'AccessDenied', /s3:ListBucket/)
  })

  test('a point that denies refuses its owner’s administrator too', async () => {
    const { Name, alias, arn } = await newPoint()
    await putPolicy(Name, { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `${arn}/object/*` })
    await expectRefusal(s3.send(reads(alias)), 'AccessDenied', /with an explicit deny in a resource-based policy/)
    expect((await s3.send(reads(Bucket))).ContentLength).toBe(5)
  })
})

describe('the policy of an access point', () => {
  test('is put, told, judged and deleted', async () => {
    const { Name, arn } = await newPoint()
    const at = { AccountId, Name }
    await expectRefusal(control.send(new GetAccessPointPolicyCommand(at)), 'NoSuchAccessPointPolicy')
    await putPolicy(Name, { Principal: { AWS: STAGING }, Action: 's3:ListBucket', Resource: arn })
    expect((await control.send(new GetAccessPointPolicyCommand(at))).Policy).toContain(STAGING)
    const { PolicyStatus } = await control.send(new GetAccessPointPolicyStatusCommand(at))
    expect(PolicyStatus?.IsPublic).toBe(false)
    await control.send(new DeleteAccessPointPolicyCommand(at))
    await expectRefusal(control.send(new GetAccessPointPolicyCommand(at)), 'NoSuchAccessPointPolicy')
  })

  test.each<[object, string, string, string]>([
    [{ Resource: 'BUCKET/*' }, 'MalformedPolicy', 'Policy has invalid resource', 'the bucket’s own ARN'],
    [{ Resource: 'ARN/in/*' }, 'MalformedPolicy', 'Policy has invalid resource', 'objects lie below `/object/`'],
    [
      { Action: 's3:ListBucket' },
      'MalformedPolicy',
      'Action does not apply to any resource(s) in statement',
      'listing',
    ],
    [{ Principal: { AWS: '999999999999' } }, 'MalformedPolicy', 'Invalid principal in policy', 'no such account'],
  ])('with %j is refused: %s %s (%s)', async (given, code, message) => {
    const { Name, arn } = await newPoint()
    const statement = { Principal: { AWS: STAGING }, Action: 's3:GetObject', Resource: `${arn}/object/*`, ...given }
    const text = JSON.stringify(statement).replaceAll('BUCKET', BUCKET).replaceAll('ARN', arn)
    await expectRefusal(putPolicy(Name, JSON.parse(text)), code, message)
  })

  test('may not be public', async () => {
    const { Name, arn } = await newPoint()
    const statement = { Principal: '*', Action: 's3:GetObject', Resource: `${arn}/object/*` }
    await expectRefusal(
      putPolicy(Name, statement),
      'AccessDenied',
      /BlockPublicPolicy setting in S3 Block Public Access/,
    )
  })
})

describe('what an account blocks', () => {
  const block = { BlockPublicPolicy: true, RestrictPublicBuckets: true }

  test('is nothing until it is said, and is forgotten again', async () => {
    await expectRefusal(
      control.send(new GetPublicAccessBlockCommand({ AccountId })),
      'NoSuchPublicAccessBlockConfiguration',
    )
    await control.send(new PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration: block }))
    const { PublicAccessBlockConfiguration } = await control.send(new GetPublicAccessBlockCommand({ AccountId }))
    expect(PublicAccessBlockConfiguration).toEqual({ BlockPublicAcls: false, IgnorePublicAcls: false, ...block })
    await control.send(new DeletePublicAccessBlockCommand({ AccountId }))
    await expectRefusal(
      control.send(new GetPublicAccessBlockCommand({ AccountId })),
      'NoSuchPublicAccessBlockConfiguration',
    )
  })

  test('holds in buckets that block nothing themselves', async () => {
    const open = { BlockPublicPolicy: false }
    await s3.send(new PutBucketBlockCommand({ Bucket, PublicAccessBlockConfiguration: open }))
    const Policy = policyText({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${BUCKET}/*` })
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    expect((await stranger.send(reads(Bucket))).ContentLength).toBe(5)
    await control.send(new PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration: block }))
    await expectRefusal(stranger.send(reads(Bucket)), 'AccessDenied', /explicit deny in a resource-based policy/)
    await expectRefusal(s3.send(new PutBucketPolicyCommand({ Bucket, Policy })), 'AccessDenied', /BlockPublicPolicy/)
    expect((await s3.send(reads(Bucket))).ContentLength).toBe(5)
  })

  test('is said of one’s own account alone', async () => {
    const other = client(S3ControlClient, server, staging)
    await expectRefusal(other.send(new GetPublicAccessBlockCommand({ AccountId })), 'AccessDenied', /./)
  })
})

test('nothing of this met a bug', () => {
  expect(server.bugs).toEqual([])
})
