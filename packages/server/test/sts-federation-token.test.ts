import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
  type Credentials,
  type GetFederationTokenCommandInput,
} from '@aws-sdk/client-sts'
import { client, DEVELOPMENT, MANAGEMENT, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, policyText, userAllowed } from './people.ts'

let server: TestServer
let broker: Keys
const BUCKETS = policyText({ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' })

beforeAll(async () => {
  server = await startServer()
  const Action = ['sts:GetFederationToken', 's3:ListAllMyBuckets', 'iam:*', 'sts:AssumeRole']
  broker = await userAllowed(server, 'broker', { Action, Resource: '*' })
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

type Asked = Partial<GetFederationTokenCommandInput>

function ask(extra: Asked = {}, keys: Keys = broker) {
  return client(STSClient, server, keys).send(new GetFederationTokenCommand({ Name: 'guest', ...extra }))
}

function keysOf({ AccessKeyId = '', SecretAccessKey = '', SessionToken = '' }: Partial<Credentials> = {}): Keys {
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

describe('sts:GetFederationToken', () => {
  test('names somebody who is less than the user', async () => {
    const { Credentials, FederatedUser, PackedPolicySize } = await ask({ Policy: BUCKETS })
    const Arn = `arn:aws:sts::${MANAGEMENT}:federated-user/guest`
    expect(FederatedUser).toEqual({ FederatedUserId: `${MANAGEMENT}:guest`, Arn })
    expect(PackedPolicySize).toBeGreaterThan(0)
    const guest = keysOf(Credentials)
    const identity = await client(STSClient, server, guest).send(new GetCallerIdentityCommand())
    expect(identity).toMatchObject({ Arn, UserId: `${MANAGEMENT}:guest`, Account: MANAGEMENT })
    await expect(client(S3Client, server, guest).send(new ListBucketsCommand())).resolves.toHaveProperty('Buckets')
  })

  test('without a session policy gives nothing', async () => {
    const { Credentials } = await ask()
    const list = client(S3Client, server, keysOf(Credentials)).send(new ListBucketsCommand())
    await expectRefusal(list, 'AccessDenied', /because no session policy allows/, 403)
  })

  test('lasts twelve hours, and as long as it is asked to', async () => {
    for (const [DurationSeconds, seconds] of [
      [undefined, 43_200],
      [900, 900],
      [129_600, 129_600],
    ] as const) {
      const { Credentials } = await ask(DurationSeconds === undefined ? {} : { DurationSeconds })
      const left = (Credentials?.Expiration?.getTime() ?? 0) - server.clock.now()
      expect(Math.abs(left - seconds * 1000)).toBeLessThan(2500)
    }
  })

  const EVERYTHING = policyText({ Effect: 'Allow', Action: '*', Resource: '*' })
  test('opens neither IAM nor another session, whatever it may do', async () => {
    const guest = keysOf((await ask({ Policy: EVERYTHING })).Credentials)
    const sts = client(STSClient, server, guest)
    const users = client(IAMClient, server, guest).send(new ListUsersCommand())
    await expectRefusal(users, 'InvalidClientTokenId', /./, 403)
    const RoleArn = `arn:aws:iam::${DEVELOPMENT}:role/OrganizationAccountAccessRole`
    const role = sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }))
    await expectRefusal(role, 'AccessDenied', 'Cannot call AssumeRole with session credentials', 403)
    const token = sts.send(new GetSessionTokenCommand({}))
    await expectRefusal(token, 'AccessDenied', 'Cannot call GetSessionToken with session credentials', 403)
  })

  const REFUSED: readonly [what: string, extra: Asked, code: string, why: string][] = [
    ['a second less than a quarter of an hour', { DurationSeconds: 899 }, 'ValidationError', 'the least'],
    ['a second more than 36 hours', { DurationSeconds: 129_601 }, 'ValidationError', 'the most'],
    ['a name of one letter', { Name: 'a' }, 'ValidationError', 'two at the least'],
    ['a name of 33', { Name: 'a'.repeat(33) }, 'ValidationError', '32 at the most'],
    [
      'a policy that is none',
      { Policy: '{"Statement":[{"Effect":"Maybe"}]}' },
      'MalformedPolicyDocument',
      'it must parse',
    ],
    [
      'a policy that is not there',
      { PolicyArns: [{ arn: `arn:aws:iam::${MANAGEMENT}:policy/none` }] },
      'ValidationError',
      'not in this account',
    ],
    ['a tag of AWS’s', { Tags: [{ Key: 'aws:x', Value: '' }] }, 'AccessDenied', 'the law is asked about tags first'],
  ]
  test.each(REFUSED)('is refused with %s', async (_what, extra, code) => {
    await expectRefusal(ask(extra), code)
  })

  test('is for users with keys that last', async () => {
    const role = ask({}, await enter(server, DEVELOPMENT))
    await expectRefusal(role, 'AccessDenied', 'Cannot call GetFederationToken with session credentials', 403)
  })

  test('asks the law', async () => {
    const nobody = await userAllowed(server, 'nobody', { Action: 's3:*', Resource: '*' })
    await expectRefusal(
      ask({}, nobody),
      'AccessDenied',
      /sts:GetFederationToken on resource: arn:aws:sts::\d+:federated-user\/guest/,
    )
  })
})

describe('a session token', () => {
  test('is as long as it is asked to be, and says so', async () => {
    const { Credentials, SessionTokenSize = 0, SessionTokenUtilization } = await ask({ MinimumSessionTokenSize: 4096 })
    expect(SessionTokenSize).toBeGreaterThanOrEqual(4096)
    expect(Credentials?.SessionToken).toHaveLength(SessionTokenSize)
    expect(SessionTokenUtilization).toBe(100)
    const identity = client(STSClient, server, keysOf(Credentials)).send(new GetCallerIdentityCommand())
    await expect(identity).resolves.toMatchObject({ UserId: `${MANAGEMENT}:guest` })
  })
})
