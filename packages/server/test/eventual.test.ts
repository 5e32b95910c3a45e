/** `--consistency eventual`: identities are seen some seconds late, and nothing is lost by it. */

import * as Iam from '@aws-sdk/client-iam'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Eventual } from '../src/eventual.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, policyText, trustText } from './people.ts'

/** By then every change has got everywhere. */
const LATER = 10_000
const S3_FULL = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
const DOCUMENT = policyText({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
const TRUST = trustText({ AWS: MANAGEMENT })

let server: TestServer
let iam: Iam.IAMClient
beforeAll(async () => {
  server = await startServer({ consistency: 'eventual' })
  iam = iamOf(server)
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const settle = (): void => server.clock.move(LATER)
const who = (keys: Keys) => client(STSClient, server, keys).send(new GetCallerIdentityCommand({}))
const buckets = (keys: Keys) => client(S3Client, server, keys).send(new ListBucketsCommand({}))

async function keysOf(UserName: string): Promise<Keys> {
  const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

async function person(UserName: string): Promise<Keys> {
  await iam.send(new Iam.CreateUserCommand({ UserName }))
  const keys = await keysOf(UserName)
  await iam.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn: S3_FULL }))
  settle()
  return keys
}

describe('what is new', () => {
  test('is not found at first, and its name is taken all the same', async () => {
    const role = { RoleName: 'new', AssumeRolePolicyDocument: TRUST }
    const { Role } = await iam.send(new Iam.CreateRoleCommand(role))
    const get = () => iam.send(new Iam.GetRoleCommand({ RoleName: 'new' }))
    await expectRefusal(get(), 'NoSuchEntity', 'The role with name new cannot be found.', 404)
    await expectRefusal(iam.send(new Iam.CreateRoleCommand(role)), 'EntityAlreadyExists', /./, 409)
    const { Roles } = await iam.send(new Iam.ListRolesCommand({}))
    expect(Roles?.map(({ RoleName }) => RoleName)).not.toContain('new')
    const assume = () =>
      client(STSClient, server).send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'test' }))
    await expectRefusal(assume(), 'AccessDenied', /sts:AssumeRole/, 403)
    settle()
    expect((await get()).Role?.RoleId).toBe(Role?.RoleId)
    await expect(assume()).resolves.toBeDefined()
  })

  test('key is known to nobody at first', async () => {
    await iam.send(new Iam.CreateUserCommand({ UserName: 'newcomer' }))
    const keys = await keysOf('newcomer')
    await expectRefusal(
      who(keys),
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
      403,
    )
    settle()
    expect((await who(keys)).Arn).toBe(`arn:aws:iam::${MANAGEMENT}:user/newcomer`)
  })

  test('comes one after another, and nothing is lost', async () => {
    await iam.send(new Iam.CreateUserCommand({ UserName: 'collector' }))
    const names = ['a', 'b', 'c', 'd', 'e']
    for (const PolicyName of names)
      await iam.send(new Iam.PutUserPolicyCommand({ UserName: 'collector', PolicyName, PolicyDocument: DOCUMENT }))
    await iam.send(new Iam.TagUserCommand({ UserName: 'collector', Tags: [{ Key: 'k', Value: 'v' }] }))
    await expectRefusal(iam.send(new Iam.ListUserPoliciesCommand({ UserName: 'collector' })), 'NoSuchEntity')
    settle()
    const { PolicyNames } = await iam.send(new Iam.ListUserPoliciesCommand({ UserName: 'collector' }))
    expect(PolicyNames).toEqual(names)
    expect((await iam.send(new Iam.GetUserCommand({ UserName: 'collector' }))).User?.Tags).toHaveLength(1)
  })
})

describe('what is gone', () => {
  test('policy allows for a moment', async () => {
    const keys = await person('leaver')
    await expect(buckets(keys)).resolves.toBeDefined()
    await iam.send(new Iam.DetachUserPolicyCommand({ UserName: 'leaver', PolicyArn: S3_FULL }))
    await expect(buckets(keys)).resolves.toBeDefined()
    settle()
    await expectRefusal(buckets(keys), 'AccessDenied', /./, 403)
  })

  test('key works for a moment', async () => {
    const keys = await person('former')
    const { accessKeyId: AccessKeyId } = keys
    await iam.send(new Iam.UpdateAccessKeyCommand({ UserName: 'former', AccessKeyId, Status: 'Inactive' }))
    await expect(who(keys)).resolves.toBeDefined()
    settle()
    await expectRefusal(who(keys), 'InvalidClientTokenId')
  })

  test('role is still seen, by its name and by its id, and is made anew under it', async () => {
    const role = { RoleName: 'twice', AssumeRolePolicyDocument: TRUST }
    const first = await iam.send(new Iam.CreateRoleCommand(role))
    settle()
    await iam.send(new Iam.DeleteRoleCommand({ RoleName: 'twice' }))
    const second = await iam.send(new Iam.CreateRoleCommand(role))
    const seen = async () => (await iam.send(new Iam.GetRoleCommand({ RoleName: 'twice' }))).Role?.RoleId
    expect(await seen()).toBe(first.Role?.RoleId)
    settle()
    expect(await seen()).toBe(second.Role?.RoleId)
  })
})

test('each account is late by itself', async () => {
  const member = iamOf(server, await enter(server, PRODUCTION))
  await member.send(new Iam.CreateUserCommand({ UserName: 'there' }))
  const list = async (of: Iam.IAMClient) =>
    (await of.send(new Iam.ListUsersCommand({}))).Users?.map(({ UserName }) => UserName)
  expect(await list(member)).toEqual([])
  settle()
  expect(await list(member)).toEqual(['there'])
  expect(await list(iam)).not.toContain('there')
})

describe('a waiter waits until it is seen', () => {
  const patience = { maxWaitTime: 60, minDelay: 0.01, maxDelay: 0.02 }
  type Wait = (client: Iam.IAMClient) => Promise<{ readonly state: string }>
  const WAITERS: Readonly<Record<string, readonly [make: () => Promise<unknown>, wait: Wait]>> = {
    waitUntilUserExists: [
      () => iam.send(new Iam.CreateUserCommand({ UserName: 'late' })),
      (one) => Iam.waitUntilUserExists({ client: one, ...patience }, { UserName: 'late' }),
    ],
    waitUntilRoleExists: [
      () => iam.send(new Iam.CreateRoleCommand({ RoleName: 'late', AssumeRolePolicyDocument: TRUST })),
      (one) => Iam.waitUntilRoleExists({ client: one, ...patience }, { RoleName: 'late' }),
    ],
    waitUntilPolicyExists: [
      () => iam.send(new Iam.CreatePolicyCommand({ PolicyName: 'late', PolicyDocument: DOCUMENT })),
      (one) =>
        Iam.waitUntilPolicyExists(
          { client: one, ...patience },
          { PolicyArn: `arn:aws:iam::${MANAGEMENT}:policy/late` },
        ),
    ],
    waitUntilInstanceProfileExists: [
      () => iam.send(new Iam.CreateInstanceProfileCommand({ InstanceProfileName: 'late' })),
      (one) => Iam.waitUntilInstanceProfileExists({ client: one, ...patience }, { InstanceProfileName: 'late' }),
    ],
  }

  test.each(Object.entries(WAITERS))('%s', async (_name, [make, wait]) => {
    const waiting = iamOf(server)
    let asked = 0
    /** Each look of the waiter's is a second later. */
    const passing: Parameters<typeof waiting.middlewareStack.add>[0] = (next) => async (args) => {
      asked += 1
      if (asked > 1) server.clock.move(1000)
      return next(args)
    }
    waiting.middlewareStack.add(passing, { step: 'deserialize', name: 'passing' })
    await make()
    expect((await wait(waiting)).state).toBe('SUCCESS')
    expect(asked).toBeGreaterThan(2)
    settle()
  })
})

test('without the option everything is seen at once', async () => {
  const strong = await startServer()
  try {
    await iamOf(strong).send(new Iam.CreateUserCommand({ UserName: 'now' }))
    await expect(iamOf(strong).send(new Iam.GetUserCommand({ UserName: 'now' }))).resolves.toBeDefined()
    expect(strong.world.seen).toBe(strong.world)
  } finally {
    await strong.close()
  }
})

describe('what is remembered', () => {
  const view = { id: '1', version: '', all: () => new Map(), byId: () => undefined, inOrder: () => [] }
  const account = { ...view, all: () => new Map([['k', { id: 'new' }]]) }
  const change = { partition: '1', kind: 'user', key: 'k', value: { id: 'new' } }
  let now = 0
  const clock = { now: () => now, host: () => now, ticks: () => now }
  const seenBy = (eventual: Eventual) => eventual.seen(account as never).all('user').size

  test.each([
    [0, 2_999, 0, 'the shortest is three seconds'],
    [0, 3_000, 1, 'and no longer'],
    [255, 9_999, 0, 'the longest is ten'],
    [255, 10_000, 1, 'and no longer'],
  ])('with a draw of %d, after %d ms, sees %d rows', (byte, at, size, _why) => {
    now = 0
    const eventual = new Eventual(clock, { bytes: () => Buffer.from([byte]) })
    eventual.changing([change], () => view)
    now = at
    expect(seenBy(eventual)).toBe(size)
    expect(eventual.truthfully(() => seenBy(eventual))).toBe(1)
  })

  test('is bounded: beyond it all is seen as it is', () => {
    now = 0
    const eventual = new Eventual(clock, { bytes: () => Buffer.from([255]) })
    eventual.changing([change], () => view)
    expect(seenBy(eventual)).toBe(0)
    eventual.changing(
      Array.from({ length: 10_000 }, (_, n) => ({ ...change, partition: String(n) })),
      () => view,
    )
    expect(seenBy(eventual)).toBe(1)
  })
})
