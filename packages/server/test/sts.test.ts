import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
  type AssumeRoleCommandInput,
} from '@aws-sdk/client-sts'
import { client, DEVELOPMENT, MANAGEMENT, STAGING, startServer, type Keys, type TestServer } from './harness.ts'

let server: TestServer
let staging: Keys
let dana: Keys
const ROLE = `arn:aws:iam::${STAGING}:role/Crossing`

beforeAll(async () => {
  server = await startServer()
  staging = await enter(STAGING)
  const development = await enter(DEVELOPMENT)
  await iam(staging).send(
    new CreateRoleCommand({
      RoleName: 'Crossing',
      AssumeRolePolicyDocument: trust(`arn:aws:iam::${DEVELOPMENT}:root`),
      MaxSessionDuration: 7200,
    }),
  )
  await iam(development).send(new CreateUserCommand({ UserName: 'dana' }))
  await allow(development, 'dana', { Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: ROLE })
  dana = await keysOf(development, 'dana')
})
afterAll(() => server.close())

function iam(keys: Keys): IAMClient {
  return client(IAMClient, server, keys)
}

function sts(keys?: Keys): STSClient {
  return client(STSClient, server, keys)
}

function trust(principal: string, condition?: object): string {
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    ...(condition && { Condition: condition }),
  }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

async function enter(account: string): Promise<Keys> {
  return assume({ RoleArn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`, RoleSessionName: 'admin' })
}

async function assume(input: AssumeRoleCommandInput, keys?: Keys): Promise<Keys> {
  const { Credentials: { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = {} } = await sts(keys).send(
    new AssumeRoleCommand(input),
  )
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

async function allow(keys: Keys, user: string, statement: object): Promise<void> {
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
  await iam(keys).send(new PutUserPolicyCommand({ UserName: user, PolicyName: 'p', PolicyDocument: document }))
}

async function keysOf(keys: Keys, user: string): Promise<Keys> {
  const { AccessKey } = await iam(keys).send(new CreateAccessKeyCommand({ UserName: user }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

const hop = (input: Partial<AssumeRoleCommandInput> = {}): AssumeRoleCommandInput => ({
  RoleArn: ROLE,
  RoleSessionName: 'dana',
  ...input,
})

describe('sts:AssumeRole', () => {
  test('opens a session of the role for one hour, by default', async () => {
    const { Credentials, AssumedRoleUser } = await sts(dana).send(new AssumeRoleCommand(hop()))
    const seconds = (Credentials?.Expiration?.getTime() ?? 0) / 1000 - Math.floor(server.clock.now() / 1000)
    expect(seconds).toBeGreaterThanOrEqual(3599)
    expect(seconds).toBeLessThanOrEqual(3600)
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/)
    expect(AssumedRoleUser).toEqual({
      Arn: `arn:aws:sts::${STAGING}:assumed-role/Crossing/dana`,
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:dana$/),
    })
  })

  const REFUSED: readonly [string, Partial<AssumeRoleCommandInput>, string, string | RegExp][] = [
    [
      'more than the role allows',
      { DurationSeconds: 7201 },
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ],
    ['more than twelve hours', { DurationSeconds: 43_201 }, 'ValidationError', /less than or equal to 43200/],
    [
      'less than 15 minutes',
      { DurationSeconds: 899 },
      'ValidationError',
      "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    [
      'a session name with a space',
      { RoleSessionName: 'a b' },
      'ValidationError',
      /'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern/,
    ],
    [
      'a role ARN that is none',
      { RoleArn: 'arn:aws:iam::1:user/alice' },
      'ValidationError',
      'arn:aws:iam::1:user/alice is invalid',
    ],
    ['a session policy that does not parse', { Policy: '{"Statement":' }, 'MalformedPolicyDocument', /./],
    [
      'a session policy with a principal',
      {
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' },
        }),
      },
      'MalformedPolicyDocument',
      /./,
    ],
    [
      'a session policy of more than 2,048 characters',
      {
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Action: 's3:*', Resource: `arn:aws:s3:::${'b'.repeat(2048)}` },
        }),
      },
      'PackedPolicyTooLarge',
      /^Packed policy consumes \d+% of allotted space, please use smaller policy\.$/,
    ],
    [
      'a managed session policy that is not there',
      { PolicyArns: [{ arn: `arn:aws:iam::${STAGING}:policy/none` }] },
      'ValidationError',
      /does not exist or is not attachable/,
    ],
    [
      'two tags that differ in case alone',
      {
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'A', Value: '2' },
        ],
      },
      'InvalidParameterValue',
      /case insensitive/,
    ],
    ['a tag of AWS', { Tags: [{ Key: 'aws:x', Value: '1' }] }, 'InvalidParameterValue', /reserved prefix/],
    [
      'a transitive key that is no tag',
      { TransitiveTagKeys: ['team'] },
      'InvalidParameterValue',
      /must be included in the requested tags/,
    ],
    [
      'a source identity that the caller may not set',
      { SourceIdentity: 'dana' },
      'AccessDenied',
      /sts:SetSourceIdentity/,
    ],
  ]
  test.each(REFUSED)('refuses %s', async (_what, input, name, message) => {
    await expect(sts(dana).send(new AssumeRoleCommand(hop(input)))).rejects.toMatchObject({
      name: expect.stringContaining(name),
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
  })

  test('says of a role that is not there what it says of one that does not trust', async () => {
    const absent = sts(dana).send(new AssumeRoleCommand(hop({ RoleArn: `arn:aws:iam::${STAGING}:role/Nobody` })))
    await expect(absent).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: arn:aws:iam::${DEVELOPMENT}:user/dana is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${STAGING}:role/Nobody`,
    })
  })

  test('caps a session that another session opens at one hour', async () => {
    const first = await assume(hop(), dana)
    await iam(staging).send(
      new PutRolePolicyCommand({
        RoleName: 'Crossing',
        PolicyName: 'on',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' },
        }),
      }),
    )
    await iam(staging).send(
      new CreateRoleCommand({ RoleName: 'Second', AssumeRolePolicyDocument: trust(ROLE), MaxSessionDuration: 43_200 }),
    )
    const second = { RoleArn: `arn:aws:iam::${STAGING}:role/Second`, RoleSessionName: 'two' }
    await expect(assume({ ...second, DurationSeconds: 3601 }, first)).rejects.toMatchObject({
      message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    })
    await expect(assume({ ...second, DurationSeconds: 3600 }, first)).resolves.toBeDefined()
  })

  test('a session policy limits the session and grants it nothing', async () => {
    await iam(staging).send(
      new AttachRolePolicyCommand({ RoleName: 'Crossing', PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' }),
    )
    const none = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    })
    await expect(iam(await assume(hop(), dana)).send(new ListUsersCommand({}))).resolves.toBeDefined()
    await expect(iam(await assume(hop({ Policy: none }), dana)).send(new ListUsersCommand({}))).rejects.toMatchObject({
      message: expect.stringContaining('because no session policy allows the iam:ListUsers action'),
    })
    await iam(staging).send(
      new DetachRolePolicyCommand({ RoleName: 'Crossing', PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' }),
    )
  })
})

describe('temporary credentials', () => {
  test('end when they said they would, and not a second before', async () => {
    const keys = await assume(hop({ DurationSeconds: 900 }), dana)
    const whoami = () => sts(keys).send(new GetCallerIdentityCommand({}))
    server.clock.move(890_000)
    await expect(whoami()).resolves.toBeDefined()
    server.clock.move(11_000)
    await expect(whoami()).rejects.toMatchObject({
      name: 'ExpiredToken',
      message: 'The security token included in the request is expired',
      $metadata: { httpStatusCode: 403 },
    })
    server.clock.reset()
  })

  const BROKEN: readonly [string, (keys: Keys) => Keys][] = [
    ['without their token', ({ accessKeyId, secretAccessKey }) => ({ accessKeyId, secretAccessKey })],
    ['with a token of somebody else', (keys) => ({ ...keys, sessionToken: staging.sessionToken ?? '' })],
    ['with one character of the token changed', (keys) => ({ ...keys, sessionToken: flip(keys.sessionToken ?? '') })],
    ['with half a token', (keys) => ({ ...keys, sessionToken: (keys.sessionToken ?? '').slice(0, 100) })],
    ['with a token that is no base64', (keys) => ({ ...keys, sessionToken: '%%%' })],
  ]
  test.each(BROKEN)('are refused %s', async (_how, broken) => {
    const keys = broken(await assume(hop(), dana))
    await expect(sts(keys).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      message: 'The security token included in the request is invalid.',
    })
  })

  test('are refused with the right token and a wrong secret', async () => {
    const keys = { ...(await assume(hop(), dana)), secretAccessKey: 'x'.repeat(40) }
    await expect(sts(keys).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    })
  })

  test('end with their role, and a role made anew under its name does not bring them back', async () => {
    const make = () =>
      iam(staging).send(
        new CreateRoleCommand({
          RoleName: 'Brief',
          AssumeRolePolicyDocument: trust(`arn:aws:iam::${MANAGEMENT}:root`),
        }),
      )
    await make()
    const keys = await assume({ RoleArn: `arn:aws:iam::${STAGING}:role/Brief`, RoleSessionName: 'x1' })
    await iam(staging).send(new DeleteRoleCommand({ RoleName: 'Brief' }))
    await make()
    await expect(sts(keys).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    })
  })
})

describe('sts:GetSessionToken', () => {
  test('gives a user twelve hours, and not to a session', async () => {
    const { Credentials } = await sts(dana).send(new GetSessionTokenCommand({}))
    const keys = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    }
    expect((await sts(keys).send(new GetCallerIdentityCommand({}))).Arn).toBe(`arn:aws:iam::${DEVELOPMENT}:user/dana`)
    await expect(sts(keys).send(new GetSessionTokenCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  test('its credentials call neither IAM nor more of STS than AssumeRole and GetCallerIdentity', async () => {
    const { Credentials } = await sts().send(new GetSessionTokenCommand({}))
    const keys = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    }
    await expect(iam(keys).send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' })
    await expect(sts(keys).send(new GetAccessKeyInfoCommand({ AccessKeyId: keys.accessKeyId }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    await expect(
      assume(hop({ RoleArn: `arn:aws:iam::${STAGING}:role/OrganizationAccountAccessRole` }), keys),
    ).resolves.toBeDefined()
  })
})

describe('sts:GetAccessKeyInfo', () => {
  test('tells the account of a key, temporary or not, by the key alone', async () => {
    for (const keys of [dana, await assume(hop(), dana)]) {
      const { Account } = await sts().send(new GetAccessKeyInfoCommand({ AccessKeyId: keys.accessKeyId }))
      expect(Account).toBe('sessionToken' in keys ? STAGING : DEVELOPMENT)
    }
  })
})

describe('sts:DecodeAuthorizationMessage', () => {
  test('refuses what was not sealed here', async () => {
    await expect(
      sts().send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'bm90aGluZw==' })),
    ).rejects.toMatchObject({
      name: 'InvalidAuthorizationMessageException',
      $metadata: { httpStatusCode: 400 },
    })
  })
})

function flip(token: string): string {
  const at = Math.floor(token.length / 2)
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
}

test('nothing of this met a bug', () => {
  expect(server.bugs).toEqual([])
})
