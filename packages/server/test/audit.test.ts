/** Every call leaves one record: who, what, from where, allowed or not and why. No record holds a secret. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CreateAccessKeyCommand, CreateUserCommand, GetUserCommand, ListUsersCommand } from '@aws-sdk/client-iam'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { sqliteStore, type AuditRecord, type Store } from '../src/index.ts'
import { client, MANAGEMENT, STAGING, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, iamOf, newUser } from './people.ts'
import { form, send, WHO_AM_I } from './raw.ts'

let server: TestServer
let store: Store
let folder: string
let nobody: Keys

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-audit-'))
  store = sqliteStore(join(folder, 'state.db'))
  server = await startServer({ store })
  nobody = await newUser(server, 'nobody')
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
  rmSync(folder, { recursive: true })
})

/** The records that a call left, oldest first. */
async function during(call: () => Promise<unknown>): Promise<readonly AuditRecord[]> {
  const before = new Set((await store.audited({ limit: 100_000 })).records.map(({ eventID }) => eventID))
  await call().catch(() => undefined)
  const { records: after } = await store.audited({ limit: 100_000 })
  return after.filter(({ eventID }) => !before.has(eventID)).toReversed()
}

describe('one record a call', () => {
  const key = () => ({ ...server.administrator, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' })
  const secret = () => ({ ...server.administrator, secretAccessKey: 'x'.repeat(40) })
  const who = (keys?: Keys) => client(STSClient, server, keys).send(new GetCallerIdentityCommand({}))

  const CALLS: readonly [string, () => Promise<unknown>, object][] = [
    [
      'a read',
      () => iamOf(server).send(new ListUsersCommand({ PathPrefix: '/x/' })),
      {
        eventName: 'ListUsers',
        eventSource: 'iam.amazonaws.com',
        readOnly: true,
        requestParameters: { pathPrefix: '/x/' },
        responseElements: null,
      },
    ],
    [
      'what CloudTrail calls otherwise',
      () => client(S3Client, server).send(new GetPublicAccessBlockCommand({ Bucket: 'not-there' })),
      { eventName: 'GetBucketPublicAccessBlock', managementEvent: true, errorCode: 'NoSuchBucket' },
    ],
    [
      'a bucket’s object lock, which is no object',
      () => client(S3Client, server).send(new GetObjectLockConfigurationCommand({ Bucket: 'not-there' })),
      { eventName: 'GetObjectLockConfiguration', managementEvent: true },
    ],
    [
      'a write',
      () => iamOf(server).send(new CreateUserCommand({ UserName: 'wri' })),
      {
        eventName: 'CreateUser',
        readOnly: false,
        requestParameters: { userName: 'wri' },
        responseElements: { user: { userName: 'wri' } },
      },
    ],
    [
      'a write that is refused',
      () => iamOf(server).send(new CreateUserCommand({ UserName: 'wri' })),
      {
        eventName: 'CreateUser',
        errorCode: 'EntityAlreadyExists',
        errorMessage: 'User with name wri already exists.',
        responseElements: null,
      },
    ],
    [
      'a denial',
      () => iamOf(server, nobody).send(new GetUserCommand({ UserName: 'wri' })),
      {
        eventName: 'GetUser',
        errorCode: 'AccessDenied',
        errorMessage: expect.stringContaining('because no identity-based policy allows'),
        userIdentity: { type: 'IAMUser', userName: 'nobody' },
        additionalEventData: { sallyport: { effect: 'Deny', action: 'iam:GetUser' } },
      },
    ],
    [
      'input that is not valid',
      () => send(server, { service: 'iam', ...form({ Action: 'GetUser', Version: '2010-05-08', UserName: 'a b' }) }),
      { eventName: 'GetUser', errorCode: 'ValidationError' },
    ],
    [
      'an unknown key',
      () => who(key()),
      { eventName: 'GetCallerIdentity', errorCode: 'InvalidClientTokenId', userIdentity: { type: 'Unknown' } },
    ],
    ['a wrong secret', () => who(secret()), { errorCode: 'SignatureDoesNotMatch' }],
    [
      'no signature',
      () => send(server, { keys: null, ...WHO_AM_I }),
      { errorCode: 'MissingAuthenticationToken', eventName: 'GetCallerIdentity' },
    ],
    [
      'an operation that is not built',
      () => send(server, { service: 'ec2', ...form({ Action: 'DescribeVpnGateways', Version: '2016-11-15' }) }),
      { eventName: 'DescribeVpnGateways', errorCode: 'InvalidAction' },
    ],
    [
      'an operation that nobody has',
      () => send(server, { service: 'iam', ...form({ Action: 'MakeCoffee', Version: '2010-05-08' }) }),
      { eventName: 'MakeCoffee', errorCode: 'InvalidAction' },
    ],
    [
      'bytes that mean nothing',
      () => send(server, { service: 'organizations', body: '\u0000\u0001' }),
      { errorCode: expect.any(String) },
    ],
    [
      'a body over the limit',
      () => send(server, { ...WHO_AM_I, bodySent: 'x'.repeat(1_100_000) }),
      { errorCode: 'RequestEntityTooLarge' },
    ],
  ]
  test.each(CALLS)('%s', async (_what, call, wanted) => {
    const records = await during(call)
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject(wanted)
  })

  test('says in full who, what, when, from where and why', async () => {
    server.clock.move(3_600_000)
    const staging = await enter(server, STAGING)
    const [record] = await during(() => iamOf(server, staging).send(new ListUsersCommand({})))
    server.clock.reset()
    const role = `arn:aws:iam::${STAGING}:role/OrganizationAccountAccessRole`
    expect(record).toEqual({
      eventVersion: '1.11',
      userIdentity: {
        type: 'AssumedRole',
        principalId: expect.stringMatching(/^AROA[A-Z2-7]{17}:admin$/),
        arn: `arn:aws:sts::${STAGING}:assumed-role/OrganizationAccountAccessRole/admin`,
        accountId: STAGING,
        accessKeyId: staging.accessKeyId,
        sessionContext: {
          sessionIssuer: {
            type: 'Role',
            principalId: expect.stringMatching(/^AROA/),
            arn: role,
            accountId: STAGING,
            userName: 'OrganizationAccountAccessRole',
          },
          attributes: {
            creationDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
            mfaAuthenticated: 'false',
          },
        },
      },
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      eventSource: 'iam.amazonaws.com',
      eventName: 'ListUsers',
      awsRegion: 'us-east-1',
      sourceIPAddress: '127.0.0.1',
      userAgent: expect.stringContaining('aws-sdk-js'),
      requestParameters: null,
      responseElements: null,
      additionalEventData: expect.objectContaining({
        sallyport: expect.objectContaining({
          effect: 'Allow',
          action: 'iam:ListUsers',
          resource: `arn:aws:iam::${STAGING}:user/`,
        }),
      }),
      requestID: expect.any(String),
      eventID: expect.any(String),
      readOnly: true,
      eventType: 'AwsApiCall',
      apiVersion: '2010-05-08',
      managementEvent: true,
      recipientAccountId: STAGING,
      eventCategory: 'Management',
    })
    expect(Date.parse(record?.eventTime ?? '')).toBeGreaterThan(Date.now() + 3_500_000)
  })

  test('of an object is a data event', async () => {
    const s3 = client(S3Client, server)
    await s3.send(new CreateBucketCommand({ Bucket: 'audited' }))
    const [record] = await during(() => s3.send(new PutObjectCommand({ Bucket: 'audited', Key: 'k', Body: 'b' })))
    expect(record).toMatchObject({
      eventName: 'PutObject',
      eventCategory: 'Data',
      managementEvent: false,
      readOnly: false,
    })
  })

  test('of calls that came at once are as many as the calls', async () => {
    const iam = iamOf(server)
    const calls = Array.from({ length: 50 }, (_, at) =>
      at % 2 ? iam.send(new CreateUserCommand({ UserName: `at-once-${at}` })) : iam.send(new ListUsersCommand({})),
    )
    const records = await during(() => Promise.all(calls))
    expect(records).toHaveLength(50)
    expect(new Set(records.map(({ requestID }) => requestID)).size).toBe(50)
  })
})

describe('secrets', () => {
  test('are in no record, and nowhere in the bytes on the disk', async () => {
    const { AccessKey } = await iamOf(server).send(new CreateAccessKeyCommand({ UserName: 'wri' }))
    const session = await client(STSClient, server).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${STAGING}:role/OrganizationAccountAccessRole`,
        RoleSessionName: 'session',
      }),
    )
    const token = await client(STSClient, server).send(new GetSessionTokenCommand({}))
    const s3 = client(S3Client, server)
    await s3.send(new PutObjectCommand({ Bucket: 'audited', Key: 'k', Body: 'what-is-in-an-object' }))
    await s3.send(new GetObjectCommand({ Bucket: 'audited', Key: 'k' }))
    const secret = {
      FunctionName: 'f',
      Role: `arn:aws:iam::${MANAGEMENT}:role/none`,
      Code: { ZipFile: Buffer.from('what-is-in-a-zip') },
      Environment: { Variables: { PASSWORD: 'what-is-in-the-environment' } },
    }
    await client(LambdaClient, server)
      .send(new CreateFunctionCommand({ ...secret, Runtime: 'nodejs20.x', Handler: 'i.h' }))
      .catch(() => undefined)
    // a client that puts a password where no model knows of one
    await send(server, {
      service: 'iam',
      ...form({
        Action: 'CreateLoginProfile',
        Version: '2010-05-08',
        UserName: 'wri',
        Password: 'what-nobody-may-know',
      }),
    })
    await send(server, {
      service: 'iam',
      ...form({ Action: 'ListUsers', Version: '2010-05-08', Password: 'what-nobody-may-know' }),
    })

    const known = [
      AccessKey?.SecretAccessKey,
      session.Credentials?.SecretAccessKey,
      session.Credentials?.SessionToken,
      token.Credentials?.SecretAccessKey,
      token.Credentials?.SessionToken,
      server.administrator.secretAccessKey,
      nobody.secretAccessKey,
      'what-is-in-an-object',
      'what-is-in-a-zip',
      Buffer.from('what-is-in-a-zip').toString('base64'),
      'what-nobody-may-know',
      Buffer.alloc(32, 7).toString('base64'),
    ].map((text) => text ?? 'missing')
    expect(known).not.toContain('missing')

    const records = JSON.stringify(await store.audited({ limit: 100_000 }))
    expect([...known, 'what-is-in-the-environment'].filter((text) => records.includes(text))).toEqual([])
    const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name)))
    expect(bytes.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(10_000)
    expect(known.filter((text) => bytes.some((file) => file.includes(text)))).toEqual([])
  })
})

describe('the records of writes', () => {
  test('are there as soon as the write is answered', async () => {
    const { $metadata } = await iamOf(server).send(new CreateUserCommand({ UserName: 'soon' }))
    const { records } = await store.audited({ requestId: $metadata.requestId ?? '', limit: 9 })
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      recipientAccountId: MANAGEMENT,
      responseElements: { user: { arn: `arn:aws:iam::${MANAGEMENT}:user/soon` } },
    })
  })
})
