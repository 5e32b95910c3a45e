import {
  CreateAccountAliasCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  DeleteAccountAliasCommand,
  GetAccountSummaryCommand,
  ListAccountAliasesCommand,
  AttachGroupPolicyCommand,
  SetSecurityTokenServicePreferencesCommand,
  SummaryKeyType,
  type IAMClient,
} from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { giveDevice, newDevice } from './codes.ts'
import { MANAGEMENT, STAGING, startServer, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, policyText } from './people.ts'

let server: TestServer
let iam: IAMClient
let staging: IAMClient

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  staging = iamOf(server, await enter(server, STAGING))
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const create = (as: IAMClient, AccountAlias: string) => as.send(new CreateAccountAliasCommand({ AccountAlias }))
const remove = (as: IAMClient, AccountAlias: string) => as.send(new DeleteAccountAliasCommand({ AccountAlias }))
const aliases = async (as: IAMClient) => {
  const { AccountAliases, IsTruncated } = await as.send(new ListAccountAliasesCommand({}))
  return [AccountAliases, IsTruncated]
}

describe('account aliases', () => {
  test('are one an account, and another takes its place', async () => {
    expect(await aliases(iam)).toEqual([[], false])
    await create(iam, 'first')
    await create(iam, 'second-one')
    expect(await aliases(iam)).toEqual([['second-one'], false])
    await create(staging, 'first')
  })

  test('are unique over all accounts', async () => {
    const text = 'The account alias first already exists.'
    await expectRefusal(create(iam, 'first'), 'EntityAlreadyExists', text, 409)
    await expectRefusal(create(staging, 'first'), 'EntityAlreadyExists', text, 409)
  })

  test('are deleted by their own account, and then free', async () => {
    await expectRefusal(remove(iam, 'first'), 'NoSuchEntity', 'The account alias first cannot be found.', 404)
    await remove(staging, 'first')
    await expectRefusal(remove(staging, 'first'), 'NoSuchEntity', 'The account alias first cannot be found.', 404)
    await create(iam, 'first')
    expect(await aliases(staging)).toEqual([[], false])
  })

  test('of two accounts at once one gets the name', async () => {
    const both = await Promise.allSettled([create(iam, 'wanted'), create(staging, 'wanted')])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test.each(['ab', 'Upper', '-start', 'two--dashes', 'a'.repeat(64), 'under_score'])('cannot be %s', async (alias) => {
    await expectRefusal(create(iam, alias), 'ValidationError', /accountAlias/, 400)
  })
})

describe('iam:GetAccountSummary', () => {
  const summary = async (): Promise<Readonly<Record<string, number>>> =>
    (await iam.send(new GetAccountSummaryCommand({}))).SummaryMap ?? {}

  test('has every key that AWS has', async () => {
    expect(Object.keys(await summary()).toSorted()).toEqual(Object.values(SummaryKeyType).toSorted())
  })

  test('counts what there is, and what is in use', async () => {
    const before = await summary()
    await newUser(server, 'counted')
    await giveDevice(server, 'counted')
    await newDevice(server, 'spare')
    await iam.send(new CreateGroupCommand({ GroupName: 'counted' }))
    const PolicyDocument = policyText({ Effect: 'Allow', Action: '*', Resource: '*' })
    await iam.send(new CreatePolicyCommand({ PolicyName: 'counted', PolicyDocument }))
    const PolicyArn = `arn:aws:iam::${MANAGEMENT}:policy/counted`
    await iam.send(new AttachGroupPolicyCommand({ GroupName: 'counted', PolicyArn }))
    const after = await summary()
    const grown = Object.entries(after).filter(([key, value]) => value !== before[key])
    expect(Object.fromEntries(grown.map(([key, value]) => [key, value - (before[key] ?? 0)]))).toEqual({
      Users: 1,
      Groups: 1,
      Policies: 1,
      PolicyVersionsInUse: 1,
      MFADevices: 2,
      MFADevicesInUse: 1,
    })
  })

  test('tells which version the tokens of the global endpoint have', async () => {
    await iam.send(new SetSecurityTokenServicePreferencesCommand({ GlobalEndpointTokenVersion: 'v2Token' }))
    expect((await summary())['GlobalEndpointTokenVersion']).toBe(2)
  })

  test('tells AWS’s quotas', async () => {
    expect(await summary()).toMatchObject({
      UsersQuota: 5000,
      GroupsQuota: 300,
      RolesQuota: 1000,
      PoliciesQuota: 1500,
      UserPolicySizeQuota: 2048,
      GroupPolicySizeQuota: 5120,
      RolePolicySizeQuota: 10_240,
      PolicySizeQuota: 6144,
      AssumeRolePolicySizeQuota: 2048,
      AccountMFAEnabled: 0,
    })
  })
})
