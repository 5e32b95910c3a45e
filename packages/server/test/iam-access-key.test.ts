import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUsersCommand,
  UpdateAccessKeyCommand,
  paginateListAccessKeys,
  type StatusType,
} from '@aws-sdk/client-iam'
import { GetAccessKeyInfoCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { client, MANAGEMENT, startServer, type Keys, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, pagesOf } from './people.ts'

let server: TestServer
let iam: IAMClient
let dora: Keys

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  dora = await newUser(server, 'dora', ['iam:*AccessKey*'])
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const whoami = (keys: Keys) => client(STSClient, server, keys).send(new GetCallerIdentityCommand({}))

describe('iam:CreateAccessKey', () => {
  test('tells the secret once, and makes two keys at the most', async () => {
    const { AccessKey } = await iamOf(server, dora).send(new CreateAccessKeyCommand({}))
    expect(AccessKey).toMatchObject({
      UserName: 'dora',
      Status: 'Active',
      AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      SecretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
    })
    const third = iam.send(new CreateAccessKeyCommand({ UserName: 'dora' }))
    await expectRefusal(third, 'LimitExceeded', 'Cannot exceed quota for AccessKeysPerUser: 2', 409)
  })

  test('makes keys that tell their account', async () => {
    const info = new GetAccessKeyInfoCommand({ AccessKeyId: dora.accessKeyId })
    expect((await client(STSClient, server).send(info)).Account).toBe(MANAGEMENT)
  })
})

describe('iam:ListAccessKeys', () => {
  test('gives pages of ids without secrets', async () => {
    const pages = await pagesOf(
      paginateListAccessKeys({ client: iam, pageSize: 1 }, { UserName: 'dora' }),
      ({ AccessKeyMetadata }) => AccessKeyMetadata,
    )
    expect(pages.map(({ length }) => length)).toEqual([1, 1])
    expect(pages.flat().map((row) => Object.keys(row).toSorted())).toEqual(
      Array.from({ length: 2 }, () => ['AccessKeyId', 'CreateDate', 'Status', 'UserName']),
    )
  })
})

describe('iam:UpdateAccessKey', () => {
  const set = (Status: StatusType) =>
    iam.send(new UpdateAccessKeyCommand({ UserName: 'dora', AccessKeyId: dora.accessKeyId, Status }))

  test('stops a key from the next call on, and starts it again', async () => {
    await set('Inactive')
    await expectRefusal(
      whoami(dora),
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
      403,
    )
    await set('Active')
    await expect(whoami(dora)).resolves.toMatchObject({ Account: MANAGEMENT })
  })

  test('refuses a status that no key has', async () => {
    const wrong = 'Asleep' as StatusType // what a client may send all the same
    await expectRefusal(
      set(wrong),
      'ValidationError',
      /Value .*at 'status' failed to satisfy constraint: Member must satisfy enum value set/,
      400,
    )
  })
})

describe('iam:DeleteAccessKey', () => {
  test('ends a key for good', async () => {
    const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: 'dora' }))
    const AccessKeyId = AccessKeyMetadata.find((row) => row.AccessKeyId !== dora.accessKeyId)?.AccessKeyId ?? ''
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'dora', AccessKeyId }))
    await expectRefusal(whoami({ ...dora, accessKeyId: AccessKeyId }), 'InvalidClientTokenId')
    const again = iam.send(new DeleteAccessKeyCommand({ UserName: 'dora', AccessKeyId }))
    await expectRefusal(again, 'NoSuchEntity', `The Access Key with id ${AccessKeyId} cannot be found.`, 404)
  })

  test('does not reach the key of another user', async () => {
    const call = iamOf(server, dora).send(new DeleteAccessKeyCommand({ AccessKeyId: server.administrator.accessKeyId }))
    await expectRefusal(call, 'NoSuchEntity', /cannot be found/, 404)
    await expect(iam.send(new ListUsersCommand({}))).resolves.toBeDefined()
  })
})

describe('iam:GetAccessKeyLastUsed', () => {
  test('names the owner, and N/A as long as it has no use to tell', async () => {
    const { UserName, AccessKeyLastUsed } = await iam.send(
      new GetAccessKeyLastUsedCommand({ AccessKeyId: dora.accessKeyId }),
    )
    expect(UserName).toBe('dora')
    expect(AccessKeyLastUsed).toMatchObject({ ServiceName: expect.any(String), Region: expect.any(String) })
  })
})

describe('keys of a user who is not there', () => {
  const NONE: readonly [string, () => Promise<unknown>][] = [
    ['CreateAccessKey', () => iam.send(new CreateAccessKeyCommand({ UserName: 'none' }))],
    ['ListAccessKeys', () => iam.send(new ListAccessKeysCommand({ UserName: 'none' }))],
    [
      'DeleteAccessKey',
      () => iam.send(new DeleteAccessKeyCommand({ UserName: 'none', AccessKeyId: dora.accessKeyId })),
    ],
    [
      'UpdateAccessKey',
      () => iam.send(new UpdateAccessKeyCommand({ UserName: 'none', AccessKeyId: dora.accessKeyId, Status: 'Active' })),
    ],
  ]
  test.each(NONE)('%s is refused', async (_operation, call) => {
    await expectRefusal(call(), 'NoSuchEntity', 'The user with name none cannot be found.', 404)
  })
})
