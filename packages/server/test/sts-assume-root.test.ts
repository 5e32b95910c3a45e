import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  DisableOrganizationsRootSessionsCommand,
  EnableOrganizationsRootSessionsCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListOrganizationsFeaturesCommand,
  ListUsersCommand,
} from '@aws-sdk/client-iam'
import { Organizations } from '@aws-sdk/client-organizations'
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { AssumeRootCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { client, DEVELOPMENT, MANAGEMENT, PRODUCTION, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, policyText } from './people.ts'

let server: TestServer
let iam: IAMClient
let organizations: Organizations
const TASKS = 'arn:aws:iam::aws:policy/root-task/'

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  await expectRefusal(root('IAMAuditRootUserCredentials'), 'AccessDenied', /root user of account/, 403)
  const early = iam.send(new EnableOrganizationsRootSessionsCommand({}))
  await expectRefusal(early, 'ServiceAccessNotEnabled', /Trusted access/)
  const ServicePrincipal = 'iam.amazonaws.com'
  organizations = client(Organizations, server)
  await organizations.enableAWSServiceAccess({ ServicePrincipal })
  await iam.send(new EnableOrganizationsRootSessionsCommand({}))
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

async function root(task: string, extra: { TargetPrincipal?: string; DurationSeconds?: number } = {}, keys?: Keys) {
  const input = { TargetPrincipal: PRODUCTION, TaskPolicyArn: { arn: TASKS + task }, ...extra }
  const answer = await client(STSClient, server, keys).send(new AssumeRootCommand(input))
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = answer.Credentials ?? {}
  return {
    keys: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    Expiration,
  }
}

describe('sts:AssumeRoot', () => {
  test('makes a root user of a member for a quarter of an hour', async () => {
    const { keys, Expiration } = await root('IAMAuditRootUserCredentials')
    const identity = await client(STSClient, server, keys).send(new GetCallerIdentityCommand())
    expect(identity).toMatchObject({
      Account: PRODUCTION,
      Arn: `arn:aws:iam::${PRODUCTION}:root`,
      UserId: PRODUCTION,
    })
    expect(Math.abs((Expiration?.getTime() ?? 0) - server.clock.now() - 900_000)).toBeLessThan(2500)
  })

  test('who may do what the task is about, and no more', async () => {
    const { keys } = await root('IAMAuditRootUserCredentials')
    const inside = iamOf(server, keys)
    expect((await inside.send(new GetUserCommand({}))).User).toMatchObject({
      UserId: PRODUCTION,
      Arn: `arn:aws:iam::${PRODUCTION}:root`,
    })
    expect((await inside.send(new ListAccessKeysCommand({}))).AccessKeyMetadata).toEqual([])
    await expectRefusal(
      inside.send(new ListUsersCommand({})),
      'AccessDenied',
      /with an explicit deny in a session policy/,
      403,
    )
    await expectRefusal(client(S3Client, server, keys).send(new ListBucketsCommand()), 'AccessDenied')
  })

  test('who unlocks a bucket that nobody else can', async () => {
    const admin = client(S3Client, server, await enter(server, PRODUCTION))
    const Bucket = 'locked-bucket'
    await admin.send(new CreateBucketCommand({ Bucket }))
    const statement = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}` }
    await admin.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText(statement) }))
    await expectRefusal(admin.send(new DeleteBucketPolicyCommand({ Bucket })), 'AccessDenied')
    const { keys } = await root('S3UnlockBucketPolicy')
    await client(S3Client, server, keys).send(new DeleteBucketPolicyCommand({ Bucket }))
    await expect(admin.send(new DeleteBucketPolicyCommand({ Bucket }))).resolves.toBeDefined()
  })

  const REFUSED: readonly [string, () => Promise<unknown>, string, string][] = [
    [
      'the management account',
      () => root('S3UnlockBucketPolicy', { TargetPrincipal: MANAGEMENT }),
      'AccessDenied',
      'nobody enters it so',
    ],
    [
      'an account that is not there',
      () => root('S3UnlockBucketPolicy', { TargetPrincipal: '999999999999' }),
      'AccessDenied',
      'no member',
    ],
    [
      'something that is no account',
      () => root('S3UnlockBucketPolicy', { TargetPrincipal: 'a'.repeat(12) }),
      'ValidationError',
      'it names nobody',
    ],
    ['a policy that is no task', () => root('../AdministratorAccess'), 'ValidationError', 'tasks are AWS’s to write'],
    [
      'a second more',
      () => root('S3UnlockBucketPolicy', { DurationSeconds: 901 }),
      'ValidationError',
      '900 at the most',
    ],
    [
      'a member',
      async () => root('S3UnlockBucketPolicy', {}, await enter(server, DEVELOPMENT)),
      'AccessDenied',
      'the management account’s alone',
    ],
    [
      'whom nothing is allowed',
      async () => root('S3UnlockBucketPolicy', {}, await newUser(server, 'nobody')),
      'AccessDenied',
      'it asks the law',
    ],
  ]
  test.each(REFUSED)('is refused for %s', async (_what, call, code) => {
    await expectRefusal(call(), code)
  })

  test('is for the account, too, that administers IAM for the organisation', async () => {
    const delegation = { AccountId: DEVELOPMENT, ServicePrincipal: 'iam.amazonaws.com' }
    await organizations.registerDelegatedAdministrator(delegation)
    const inside = await enter(server, DEVELOPMENT)
    await expect(root('S3UnlockBucketPolicy', {}, inside)).resolves.toHaveProperty('keys')
    expect(await iamOf(server, inside).send(new ListOrganizationsFeaturesCommand({}))).toHaveProperty('EnabledFeatures')
    await organizations.deregisterDelegatedAdministrator(delegation)
    await expectRefusal(root('S3UnlockBucketPolicy', {}, inside), 'AccessDenied')
  })

  test('stops with IAM’s trusted access, though the feature is still on', async () => {
    const service = { ServicePrincipal: 'iam.amazonaws.com' }
    await organizations.disableAWSServiceAccess(service)
    await expectRefusal(root('S3UnlockBucketPolicy'), 'AccessDenied', /root user of account/)
    await organizations.enableAWSServiceAccess(service)
    await expect(root('S3UnlockBucketPolicy')).resolves.toHaveProperty('keys')
  })

  test('ends with the feature', async () => {
    expect(await iam.send(new ListOrganizationsFeaturesCommand({}))).toMatchObject({
      EnabledFeatures: ['RootSessions'],
    })
    await iam.send(new DisableOrganizationsRootSessionsCommand({}))
    await expectRefusal(root('S3UnlockBucketPolicy'), 'AccessDenied')
    const member = iamOf(server, await enter(server, DEVELOPMENT)).send(new ListOrganizationsFeaturesCommand({}))
    await expectRefusal(member, 'AccountNotManagementOrDelegatedAdministrator')
  })
})
