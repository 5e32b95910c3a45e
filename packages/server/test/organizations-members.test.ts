/** Accounts that are invited, leave, are removed and are closed; and an organisation that takes on all features. */

import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
  ListUsersCommand,
} from '@aws-sdk/client-iam'
import * as org from '@aws-sdk/client-organizations'
import { CreateBucketCommand, HeadBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accountAt } from '../src/explain/question.ts'
import { ORGANIZATION } from '../src/directory.ts'
import { put } from '../src/store/store.ts'
import {
  client,
  DEVELOPMENT,
  MANAGEMENT,
  PRODUCTION,
  STAGING,
  startServer,
  type Keys,
  type TestServer,
} from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, pagesOf, policyText, userAllowed } from './people.ts'

const DAY = 86_400_000
const NOT_IN_USE = 'AWSOrganizationsNotInUseException'
const NOWHERE = 'h-00000000000000000000000000000000'

let server: TestServer

beforeEach(async () => {
  server = await startServer()
})
afterEach(async () => {
  await server.close()
  expect(server.bugs).toEqual([])
})

function organizations(keys?: Keys): org.Organizations {
  return client(org.Organizations, server, keys)
}

async function as(account: string): Promise<org.Organizations> {
  return organizations(await enter(server, account))
}

/** Staging stands alone. */
async function removed(): Promise<void> {
  server.clock.move(4 * DAY)
  await organizations().removeAccountFromOrganization({ AccountId: STAGING })
}

async function invite(target: org.HandshakeParty, more: Partial<org.InviteAccountToOrganizationRequest> = {}) {
  const { Handshake = {} } = await organizations().inviteAccountToOrganization({ Target: target, ...more })
  return Handshake
}

const staging: org.HandshakeParty = { Id: STAGING, Type: 'ACCOUNT' }
const stagingEmail: org.HandshakeParty = { Id: 'Staging@example.com', Type: 'EMAIL' }

const violates = (Reason: string) => ({ name: 'HandshakeConstraintViolationException', Reason })
const constrained = (Reason: string) => ({ name: 'ConstraintViolationException', Reason })
const invalid = (Reason: string) => ({ name: 'InvalidInputException', Reason })

describe('an invitation', () => {
  test('names who invites, whom, until when and what for', async () => {
    await removed()
    const house = (await organizations().describeOrganization()).Organization?.Id ?? ''
    const Handshake = await invite(stagingEmail, { Notes: 'come' })
    expect(Handshake).toEqual({
      Id: expect.stringMatching(/^h-[0-9a-z]{8,32}$/),
      Arn: `arn:aws:organizations::${MANAGEMENT}:handshake/${house}/invite/${Handshake.Id}`,
      Parties: [{ Id: house, Type: 'ORGANIZATION' }, stagingEmail],
      State: 'OPEN',
      RequestedTimestamp: expect.any(Date),
      ExpirationTimestamp: new Date((Handshake.RequestedTimestamp?.getTime() ?? 0) + 15 * DAY),
      Action: 'INVITE',
      Resources: [
        {
          Type: 'ORGANIZATION',
          Value: house,
          Resources: [
            { Type: 'MASTER_EMAIL', Value: 'management@example.com' },
            { Type: 'MASTER_NAME', Value: 'Management' },
            { Type: 'ORGANIZATION_FEATURE_SET', Value: 'ALL' },
          ],
        },
        { Type: 'EMAIL', Value: 'Staging@example.com' },
        { Type: 'NOTES', Value: 'come' },
      ],
    })
    const invited = await as(STAGING)
    expect((await invited.describeHandshake({ HandshakeId: Handshake.Id })).Handshake).toEqual(Handshake)
    expect((await invited.listHandshakesForAccount()).Handshakes).toEqual([Handshake])
    expect((await organizations().listHandshakesForOrganization()).Handshakes).toEqual([Handshake])
    expect((await organizations().listHandshakesForAccount()).Handshakes).toEqual([])
  })

  test.each([
    ['by account', staging],
    ['by address, whatever its case', stagingEmail],
  ])('that is accepted %s makes a member of the account, with its tags', async (_how, target) => {
    await removed()
    const { Id } = await invite(target, { Tags: [{ Key: 'team', Value: 'a' }] })
    const invited = await as(STAGING)
    await expectRefusal(invited.describeOrganization(), NOT_IN_USE)
    expect((await invited.acceptHandshake({ HandshakeId: Id })).Handshake).toMatchObject({ Id, State: 'ACCEPTED' })
    expect((await invited.describeOrganization()).Organization?.MasterAccountId).toBe(MANAGEMENT)
    expect((await organizations().describeAccount({ AccountId: STAGING })).Account).toMatchObject({
      Name: 'Staging',
      Email: 'staging@example.com',
      Status: 'ACTIVE',
      State: 'ACTIVE',
      JoinedMethod: 'INVITED',
      JoinedTimestamp: expect.any(Date),
    })
    expect((await organizations().listTagsForResource({ ResourceId: STAGING })).Tags).toEqual([
      { Key: 'team', Value: 'a' },
    ])
    await organizations().removeAccountFromOrganization({ AccountId: STAGING })
  })

  test.each<[string, (id: string) => Promise<unknown>, string]>([
    ['declined', async (HandshakeId) => (await as(STAGING)).declineHandshake({ HandshakeId }), 'DECLINED'],
    ['canceled', (HandshakeId) => organizations().cancelHandshake({ HandshakeId }), 'CANCELED'],
    ['too old', async () => server.clock.move(15 * DAY), 'EXPIRED'],
    ['accepted', async (HandshakeId) => (await as(STAGING)).acceptHandshake({ HandshakeId }), 'ACCEPTED'],
  ])('that is %s can be answered no more, and is seen for thirty days', async (_how, end, state) => {
    await removed()
    const { Id: HandshakeId = '' } = await invite(staging)
    await end(HandshakeId)
    const { Handshake } = await organizations().describeHandshake({ HandshakeId })
    expect(Handshake?.State).toBe(state)
    const invited = await as(STAGING)
    const answers: readonly [() => Promise<unknown>, string][] = [
      [() => invited.acceptHandshake({ HandshakeId }), 'ACCEPTED'],
      [() => invited.declineHandshake({ HandshakeId }), 'DECLINED'],
      [() => organizations().cancelHandshake({ HandshakeId }), 'CANCELED'],
    ]
    for (const [answer, wanted] of answers) {
      await expectRefusal(answer(), wanted === state ? 'HandshakeAlreadyInState' : 'InvalidHandshakeTransition')
    }
    server.clock.move(30 * DAY - 60_000)
    expect((await organizations().listHandshakesForOrganization()).Handshakes).toHaveLength(1)
    server.clock.move(60_000)
    expect((await organizations().listHandshakesForOrganization()).Handshakes).toEqual([])
    await expectRefusal(organizations().describeHandshake({ HandshakeId }), 'HandshakeNotFound')
  })

  test('is answered by whom it was sent to, and canceled by who sent it', async () => {
    await removed()
    const { Id: HandshakeId } = await invite(staging)
    const [invited, stranger] = [await as(STAGING), await as(PRODUCTION)]
    const denied = 'AccessDenied'
    await expectRefusal(organizations().acceptHandshake({ HandshakeId }), denied)
    await expectRefusal(organizations().declineHandshake({ HandshakeId }), denied)
    await expectRefusal(invited.cancelHandshake({ HandshakeId }), denied)
    await expectRefusal(stranger.describeHandshake({ HandshakeId }), 'HandshakeNotFound', /./, 400)
    await expectRefusal(stranger.acceptHandshake({ HandshakeId }), 'HandshakeNotFound')
    await expectRefusal(invited.acceptHandshake({ HandshakeId: NOWHERE }), 'HandshakeNotFound')
    await expectRefusal(invited.acceptHandshake({ HandshakeId: 'h-' }), 'InvalidInput')
    await expectRefusal(stranger.listHandshakesForOrganization(), denied)
    await expectRefusal(stranger.inviteAccountToOrganization({ Target: staging }), denied)
    await expectRefusal(invited.listHandshakesForOrganization(), NOT_IN_USE)
  })

  test('is refused where it makes no sense', async () => {
    await removed()
    await invite(staging)
    const cases: readonly [org.HandshakeParty, object, string][] = [
      [staging, { name: 'DuplicateHandshakeException' }, 'it is invited already'],
      [stagingEmail, { name: 'DuplicateHandshakeException' }, 'the same account by its address'],
      [{ Id: PRODUCTION, Type: 'ACCOUNT' }, violates('ALREADY_IN_AN_ORGANIZATION'), 'a member'],
      [{ Id: 'production@example.com', Type: 'EMAIL' }, violates('ALREADY_IN_AN_ORGANIZATION'), 'a member’s address'],
      [{ Id: MANAGEMENT, Type: 'ACCOUNT' }, violates('ALREADY_IN_AN_ORGANIZATION'), 'oneself'],
      [{ Id: 'o-0123456789', Type: 'ORGANIZATION' }, invalid('INVALID_PARTY_TYPE_TARGET'), 'an organisation'],
      [{ Id: 'nobody', Type: 'EMAIL' }, invalid('INVALID_EMAIL_ADDRESS_TARGET'), 'no address'],
      [{ Id: '123', Type: 'ACCOUNT' }, invalid('INVALID_PATTERN_TARGET_ID'), 'no account'],
    ]
    for (const [target, expected, why] of cases) await expect(invite(target), why).rejects.toMatchObject(expected)
    const Tags = [{ Key: 'aws:x', Value: '' }]
    await expect(invite({ Id: 'new@example.com', Type: 'EMAIL' }, { Tags })).rejects.toMatchObject(
      invalid('INVALID_SYSTEM_TAGS_PARAMETER'),
    )
    await expect(
      organizations().listHandshakesForOrganization({ Filter: { ActionType: 'INVITE', ParentHandshakeId: NOWHERE } }),
    ).rejects.toMatchObject(invalid('MAX_LIMIT_EXCEEDED_FILTER'))
  })

  test('counts as an account until it is over', async () => {
    const made = await Promise.all([1, 2, 3, 4, 5, 6].map((at) => invite({ Id: `n${at}@example.com`, Type: 'EMAIL' })))
    const another = { Id: 'another@example.com', Type: 'EMAIL' } as const
    await expect(invite(another)).rejects.toMatchObject({
      ...violates('ACCOUNT_NUMBER_LIMIT_EXCEEDED'),
      message: 'You have exceeded the allowed number of AWS accounts.',
    })
    await expect(organizations().createAccount({ AccountName: 'n', Email: 'n@example.com' })).rejects.toMatchObject(
      constrained('ACCOUNT_NUMBER_LIMIT_EXCEEDED'),
    )
    const ids = made.map(({ Id }) => Id ?? '').toSorted()
    const paging = { client: organizations(), pageSize: 4 }
    const pages = await pagesOf(org.paginateListHandshakesForOrganization(paging, {}), ({ Handshakes }) => Handshakes)
    expect(pages.map((page) => page.map(({ Id }) => Id))).toEqual([ids.slice(0, 4), ids.slice(4)])
    await organizations().cancelHandshake({ HandshakeId: ids[0] })
    await invite(another)
  })

  test('is sent twenty times a day, those that were accepted not counted', async () => {
    for (let at = 0; at < 20; at += 1) {
      const { Id: HandshakeId } = await invite({ Id: `n${at}@example.com`, Type: 'EMAIL' })
      await organizations().cancelHandshake({ HandshakeId })
    }
    const target = { Id: 'n@example.com', Type: 'EMAIL' } as const
    await expect(invite(target)).rejects.toMatchObject(violates('HANDSHAKE_RATE_LIMIT_EXCEEDED'))
    server.clock.move(DAY)
    await invite(target)
  })

  test('is asked of the law by its own ARN', async () => {
    await removed()
    const { Id: HandshakeId, Arn } = await invite(staging)
    const admin = await enter(server, STAGING)
    const iam = iamOf(server, admin)
    await iam.send(new CreateUserCommand({ UserName: 'clerk' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'clerk' }))
    const clerk = organizations({
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    })
    await expectRefusal(
      clerk.acceptHandshake({ HandshakeId }),
      'AccessDenied',
      `User: arn:aws:iam::${STAGING}:user/clerk is not authorized to perform: organizations:AcceptHandshake on resource: ${Arn} because no identity-based policy allows the organizations:AcceptHandshake action`,
    )
    const nobody = organizations(await newUser(server, 'nobody'))
    for (const call of [
      () => nobody.inviteAccountToOrganization({ Target: staging }),
      () => nobody.cancelHandshake({ HandshakeId }),
      () => nobody.describeHandshake({ HandshakeId }),
      () => nobody.declineHandshake({ HandshakeId }),
      () => nobody.listHandshakesForAccount(),
      () => nobody.listHandshakesForOrganization(),
      () => nobody.enableAllFeatures(),
      () => nobody.removeAccountFromOrganization({ AccountId: PRODUCTION }),
      () => nobody.leaveOrganization(),
      () => nobody.closeAccount({ AccountId: PRODUCTION }),
    ])
      await expectRefusal(call(), 'AccessDenied', /no identity-based policy allows/)
  })
})

describe('an account that is out', () => {
  test('stands alone: no guardrail bears on it, and the way in is as it was', async () => {
    const RootId = (await organizations().listRoots()).Roots?.[0]?.Id
    await organizations().enablePolicyType({ RootId, PolicyType: 'SERVICE_CONTROL_POLICY' })
    const Content = policyText({ Effect: 'Deny', Action: 'iam:ListUsers', Resource: '*' })
    const { Policy } = await organizations().createPolicy({
      Name: 'No users',
      Description: '',
      Type: 'SERVICE_CONTROL_POLICY',
      Content,
    })
    const PolicyId = Policy?.PolicySummary?.Id
    for (const TargetId of [STAGING, RootId]) await organizations().attachPolicy({ PolicyId, TargetId })
    const users = async () => iamOf(server, await enter(server, STAGING)).send(new ListUsersCommand({}))
    await expectRefusal(users(), 'AccessDenied')
    await removed()
    expect((await users()).Users).toEqual([])
    await expectRefusal((await as(STAGING)).describeOrganization(), NOT_IN_USE)
    await expectRefusal(organizations().describeAccount({ AccountId: STAGING }), 'AccountNotFound')
    expect(server.world.organization.all('attachment').has(STAGING)).toBe(false)
    const { Id: HandshakeId } = await invite(staging)
    await (await as(STAGING)).acceptHandshake({ HandshakeId })
    await expectRefusal(users(), 'AccessDenied', /service control policy/)
    expect(server.world.organization.all('attachment').get(STAGING)?.policies).toEqual(['p-FullAWSAccess'])
  })

  test('left by itself, once it was there for four days', async () => {
    await expect((await as(STAGING)).leaveOrganization()).rejects.toMatchObject({
      ...constrained('WAIT_PERIOD_ACTIVE'),
      message: 'This operation requires a wait period.  Try again later.',
    })
    await expect(organizations().removeAccountFromOrganization({ AccountId: STAGING })).rejects.toMatchObject(
      constrained('WAIT_PERIOD_ACTIVE'),
    )
    server.clock.move(4 * DAY)
    await (await as(STAGING)).leaveOrganization()
    await expectRefusal((await as(STAGING)).leaveOrganization(), NOT_IN_USE)
    const { CreateAccountStatus } = await organizations().createAccount({
      AccountName: 'x',
      Email: 'staging@example.com',
    })
    const { CreateAccountStatus: done } = await organizations().describeCreateAccountStatus({
      CreateAccountRequestId: CreateAccountStatus?.Id,
    })
    expect(done?.FailureReason, 'its address is its own still').toBe('EMAIL_ALREADY_EXISTS')
    await expect((await as(STAGING)).createOrganization({})).rejects.toMatchObject({
      message: 'sallyport holds one organization a server; start another server for a second one',
    })
  })

  test('did not leave where a guardrail keeps it in', async () => {
    server.clock.move(4 * DAY)
    const RootId = (await organizations().listRoots()).Roots?.[0]?.Id
    await organizations().enablePolicyType({ RootId, PolicyType: 'SERVICE_CONTROL_POLICY' })
    const { Policy } = await organizations().createPolicy({
      Name: 'Stay',
      Description: '',
      Type: 'SERVICE_CONTROL_POLICY',
      Content: policyText({ Effect: 'Deny', Action: 'organizations:LeaveOrganization', Resource: '*' }),
    })
    await organizations().attachPolicy({ PolicyId: Policy?.PolicySummary?.Id, TargetId: STAGING })
    await expectRefusal(
      (await as(STAGING)).leaveOrganization(),
      'AccessDenied',
      /with an explicit deny in a service control policy/,
    )
    await (await as(PRODUCTION)).leaveOrganization()
  })

  test('was no management account, and no stranger', async () => {
    const member = await as(STAGING)
    const remove = (AccountId: string, caller = organizations()) => caller.removeAccountFromOrganization({ AccountId })
    await expectRefusal(organizations().leaveOrganization(), 'MasterCannotLeaveOrganization')
    await expectRefusal(remove(MANAGEMENT), 'MasterCannotLeaveOrganization')
    await expectRefusal(remove('999999999999'), 'AccountNotFound')
    await expectRefusal(remove('x'), 'InvalidInput')
    await expectRefusal(remove(PRODUCTION, member), 'AccessDenied')
  })

  test('stays out though the organisation’s file still has it', async () => {
    await removed()
    await server.server.found({
      management: { id: MANAGEMENT, name: 'Management', email: 'management@example.com' },
      root: { accounts: [{ id: STAGING, name: 'Staging', email: 'staging@example.com' }], units: [] },
    })
    expect(server.world.organization.all('member').has(STAGING)).toBe(false)
  })

  test('with all others lets the organisation be deleted, and founded anew under the same address', async () => {
    server.clock.move(4 * DAY)
    for (const AccountId of [STAGING, PRODUCTION, DEVELOPMENT]) {
      await organizations().removeAccountFromOrganization({ AccountId })
    }
    await invite(staging)
    await organizations().deleteOrganization()
    expect((await (await as(STAGING)).listHandshakesForAccount()).Handshakes).toEqual([])
    const { Organization } = await (await as(STAGING)).createOrganization({})
    expect(Organization).toMatchObject({ MasterAccountId: STAGING, MasterAccountEmail: 'staging@example.com' })
  })
})

describe('all features', () => {
  beforeEach(async () => {
    server.clock.move(4 * DAY)
    for (const AccountId of [STAGING, PRODUCTION, DEVELOPMENT]) {
      await organizations().removeAccountFromOrganization({ AccountId })
    }
    await organizations().deleteOrganization()
    await organizations().createOrganization({ FeatureSet: 'CONSOLIDATED_BILLING' })
    await organizations().createAccount({ AccountName: 'Created', Email: 'created@example.com' })
  })

  const join = async (Id: string): Promise<void> => {
    const { Id: HandshakeId } = await invite({ Id, Type: 'ACCOUNT' })
    await (await as(Id)).acceptHandshake({ HandshakeId })
  }
  const features = async () => (await organizations().describeOrganization()).Organization?.FeatureSet
  const stateOf = async (HandshakeId = '') =>
    (await organizations().describeHandshake({ HandshakeId })).Handshake?.State

  test('are there when the management account says so, where nobody was invited', async () => {
    const house = (await organizations().describeOrganization()).Organization?.Id ?? ''
    const { Handshake } = await organizations().enableAllFeatures()
    expect(Handshake).toEqual({
      Id: expect.stringMatching(/^h-/),
      Arn: `arn:aws:organizations::${MANAGEMENT}:handshake/${house}/enable_all_features/${Handshake?.Id}`,
      Parties: [{ Id: house, Type: 'ORGANIZATION' }],
      State: 'REQUESTED',
      RequestedTimestamp: expect.any(Date),
      ExpirationTimestamp: new Date((Handshake?.RequestedTimestamp?.getTime() ?? 0) + 90 * DAY),
      Action: 'ENABLE_ALL_FEATURES',
      Resources: [{ Type: 'ORGANIZATION', Value: house }],
    })
    expect(await stateOf(Handshake?.Id)).toBe('OPEN')
    expect(await features()).toBe('CONSOLIDATED_BILLING')
    const { Handshake: accepted } = await organizations().acceptHandshake({ HandshakeId: Handshake?.Id })
    expect(accepted?.State).toBe('ACCEPTED')
    expect(await features()).toBe('ALL')
    await expect(organizations().enableAllFeatures()).rejects.toMatchObject(
      violates('ORGANIZATION_ALREADY_HAS_ALL_FEATURES'),
    )
  })

  test('wait for every account that was invited, and for no other', async () => {
    await join(STAGING)
    await join(PRODUCTION)
    const { Handshake: request } = await organizations().enableAllFeatures()
    const HandshakeId = request?.Id
    const Filter = { ParentHandshakeId: HandshakeId }
    const { Handshakes = [] } = await organizations().listHandshakesForOrganization({ Filter })
    expect(Handshakes.map(({ Parties }) => Parties?.[1]?.Id).toSorted()).toEqual([PRODUCTION, STAGING])
    expect(Handshakes[0]).toMatchObject({
      Action: 'APPROVE_ALL_FEATURES',
      State: 'OPEN',
      Arn: expect.stringContaining('/approve_all_features/'),
      Resources: [{ Type: 'ORGANIZATION' }, { Type: 'ACCOUNT' }, { Type: 'PARENT_HANDSHAKE', Value: HandshakeId }],
    })
    await expect(organizations().enableAllFeatures()).rejects.toMatchObject(
      violates('ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION'),
    )
    await expect(invite({ Id: DEVELOPMENT, Type: 'ACCOUNT' })).rejects.toMatchObject(
      violates('INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES'),
    )
    await expectRefusal(organizations().acceptHandshake({ HandshakeId }), 'InvalidHandshakeTransition')
    const member = await as(STAGING)
    const received = await pagesOf(
      org.paginateListHandshakesForAccount({ client: member, pageSize: 1 }, {}),
      ({ Handshakes: shown }) => shown,
    )
    expect(received.map((page) => page.map(({ Action }) => Action)).toSorted()).toEqual([
      ['APPROVE_ALL_FEATURES'],
      ['INVITE'],
    ])
    const { Handshakes: mine = [] } = await member.listHandshakesForAccount({
      Filter: { ActionType: 'APPROVE_ALL_FEATURES' },
    })
    expect(mine).toHaveLength(1)
    await member.acceptHandshake({ HandshakeId: mine[0]?.Id })
    expect(await stateOf(HandshakeId)).toBe('REQUESTED')
    // the other one is removed instead
    await organizations().removeAccountFromOrganization({ AccountId: PRODUCTION })
    expect(await stateOf(HandshakeId)).toBe('OPEN')
    await expectRefusal(member.acceptHandshake({ HandshakeId }), 'HandshakeNotFound')
    await organizations().acceptHandshake({ HandshakeId })
    expect(await features()).toBe('ALL')
  })

  test('that are canceled can be asked for anew, and so can those that took too long', async () => {
    await join(STAGING)
    const { Handshake } = await organizations().enableAllFeatures()
    await organizations().cancelHandshake({ HandshakeId: Handshake?.Id })
    const { Handshakes = [] } = await (
      await as(STAGING)
    ).listHandshakesForAccount({
      Filter: { ActionType: 'APPROVE_ALL_FEATURES' },
    })
    expect(Handshakes.map(({ State }) => State)).toEqual(['CANCELED'])
    const { Handshake: again } = await organizations().enableAllFeatures()
    server.clock.move(90 * DAY)
    expect(await stateOf(again?.Id)).toBe('EXPIRED')
    await organizations().enableAllFeatures()
  })

  test('are wanted for closing an account and for transfers', async () => {
    await join(STAGING)
    await expect(organizations().closeAccount({ AccountId: STAGING })).rejects.toMatchObject(
      constrained('ORGANIZATION_NOT_IN_ALL_FEATURES_MODE'),
    )
    await expect(organizations().inviteOrganizationToTransferResponsibility(transfer())).rejects.toMatchObject(
      constrained('ORGANIZATION_NOT_IN_ALL_FEATURES_MODE'),
    )
  })
})

describe('an account that is closed', () => {
  const standing = async (AccountId = STAGING) => {
    const { Account } = await organizations().describeAccount({ AccountId })
    return [Account?.Status, Account?.State]
  }

  test('is pending, then suspended, and after ninety days gone for good', async () => {
    await organizations().closeAccount({ AccountId: STAGING })
    expect(await standing()).toEqual(['PENDING_CLOSURE', 'PENDING_CLOSURE'])
    await expectRefusal(
      organizations().closeAccount({ AccountId: STAGING }),
      'AccountAlreadyClosed',
      'The provided account is already closed.',
    )
    server.clock.move(60_000)
    expect(await standing()).toEqual(['SUSPENDED', 'CLOSED'])
    expect((await organizations().listAccounts()).Accounts?.find(({ Id }) => Id === STAGING)?.Status).toBe('SUSPENDED')
    await expectRefusal(organizations().closeAccount({ AccountId: STAGING }), 'AccountAlreadyClosed')
    await expect(organizations().removeAccountFromOrganization({ AccountId: STAGING })).rejects.toMatchObject(
      constrained('ACCOUNT_CANNOT_LEAVE_ORGANIZATION'),
    )
    server.clock.move(90 * DAY - 120_000)
    expect(await standing()).toEqual(['SUSPENDED', 'CLOSED'])
    server.clock.move(120_000)
    await expectRefusal(organizations().describeAccount({ AccountId: STAGING }), 'AccountNotFound')
    expect((await organizations().listAccounts()).Accounts?.map(({ Id }) => Id)).not.toContain(STAGING)
    await expectRefusal(enter(server, STAGING), 'AccessDenied')
    const { CreateAccountStatus } = await organizations().createAccount({
      AccountName: 'x',
      Email: 'staging@example.com',
    })
    const { CreateAccountStatus: done } = await organizations().describeCreateAccountStatus({
      CreateAccountRequestId: CreateAccountStatus?.Id,
    })
    expect(done?.FailureReason).toBe('EMAIL_ALREADY_EXISTS')
  })

  test('is shut at once: sessions and keys of it open nothing, its roles cannot be assumed, its buckets not be read', async () => {
    const session = await enter(server, STAGING)
    const iam = iamOf(server, session)
    await iam.send(new CreateUserCommand({ UserName: 'alice' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }))
    const alice = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    await client(S3Client, server, session).send(new CreateBucketCommand({ Bucket: 'staging-things' }))
    await client(STSClient, server, alice).send(new GetCallerIdentityCommand({}))
    await organizations().closeAccount({ AccountId: STAGING })
    for (const keys of [session, alice]) {
      const text = 'The security token included in the request is invalid.'
      await expectRefusal(
        client(STSClient, server, keys).send(new GetCallerIdentityCommand({})),
        'InvalidClientTokenId',
        text,
        403,
      )
      await expectRefusal(organizations(keys).describeOrganization(), 'UnrecognizedClient')
      await expect(
        client(S3Client, server, keys).send(new ListObjectsV2Command({ Bucket: 'staging-things' })),
      ).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    }
    await expectRefusal(enter(server, STAGING), 'AccessDenied')
    await expect(accountAt(server.world, 'Staging')).rejects.toThrow('account `Staging` is closed')
    await expectRefusal(
      client(S3Client, server).send(new ListObjectsV2Command({ Bucket: 'staging-things' })),
      'AllAccessDisabled',
      'All access to this object has been disabled',
      403,
    )
    await expect(
      client(S3Client, server).send(new HeadBucketCommand({ Bucket: 'staging-things' })),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    await expectRefusal(
      client(S3Client, server).send(new CreateBucketCommand({ Bucket: 'staging-things' })),
      'BucketAlreadyExists',
    )
  })

  test('keeps the organisation from being deleted while it is seen, and not after', async () => {
    server.clock.move(4 * DAY)
    await organizations().closeAccount({ AccountId: STAGING })
    for (const AccountId of [PRODUCTION, DEVELOPMENT])
      await organizations().removeAccountFromOrganization({ AccountId })
    await expectRefusal(organizations().deleteOrganization(), 'OrganizationNotEmpty')
    server.clock.move(90 * DAY)
    await organizations().deleteOrganization()
  })

  test('is a member, and neither the management account nor a stranger', async () => {
    await expect(organizations().closeAccount({ AccountId: MANAGEMENT })).rejects.toMatchObject(
      constrained('CANNOT_CLOSE_MANAGEMENT_ACCOUNT'),
    )
    await expectRefusal(
      organizations().closeAccount({ AccountId: '999999999999' }),
      'AccountNotFound',
      "You specified an account that doesn't exist.",
    )
    await expectRefusal((await as(PRODUCTION)).closeAccount({ AccountId: STAGING }), 'AccessDenied')
  })

  test('is one of three at a time, and of 250 in thirty days', async () => {
    const { CreateAccountStatus } = await organizations().createAccount({ AccountName: 'n', Email: 'n@example.com' })
    const { CreateAccountStatus: done } = await organizations().describeCreateAccountStatus({
      CreateAccountRequestId: CreateAccountStatus?.Id,
    })
    const fourth = done?.AccountId ?? ''
    for (const AccountId of [STAGING, PRODUCTION, DEVELOPMENT]) await organizations().closeAccount({ AccountId })
    await expect(organizations().closeAccount({ AccountId: fourth })).rejects.toMatchObject(
      constrained('CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED'),
    )
    server.clock.move(DAY)
    const at = server.clock.now() - DAY
    const others = Array.from({ length: 247 }, (_, number) => String(600_000_000_000 + number))
    await server.world.land.commit(
      others.map((account) => put(ORGANIZATION, 'closure', account, { account, at })),
      [],
    )
    await expect(organizations().closeAccount({ AccountId: fourth })).rejects.toMatchObject({
      ...constrained('CLOSE_ACCOUNT_QUOTA_EXCEEDED'),
      message: 'You have exceeded close account quota for the past 30 days.',
    })
    server.clock.move(29 * DAY)
    await organizations().closeAccount({ AccountId: fourth })
  })
})

describe('the role of Organizations’ own', () => {
  const role = 'AWSServiceRoleForOrganizations'
  const of = async (account: string) => {
    const keys = account === MANAGEMENT ? undefined : await enter(server, account)
    return iamOf(server, keys).send(new GetRoleCommand({ RoleName: role }))
  }

  test('is in every account of an organisation with all features', async () => {
    for (const account of [MANAGEMENT, STAGING]) {
      expect((await of(account)).Role).toMatchObject({
        Path: '/aws-service-role/organizations.amazonaws.com/',
        Arn: `arn:aws:iam::${account}:role/aws-service-role/organizations.amazonaws.com/${role}`,
      })
    }
    const iam = iamOf(server)
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role }))
    expect(AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toEqual(['AWSOrganizationsServiceTrustPolicy'])
    await expectRefusal(iam.send(new DeleteRoleCommand({ RoleName: role })), 'UnmodifiableEntity')
  })

  test('comes with all features, and by nobody who may not make it', async () => {
    const alone = { management: { id: MANAGEMENT, name: 'Management', email: 'management@example.com' } }
    await server.close()
    server = await startServer({ declaration: alone })
    await expectRefusal(of(MANAGEMENT), 'NoSuchEntity')
    const Action = ['organizations:*']
    const clerk = organizations(await userAllowed(server, 'clerk', { Action, Resource: '*' }))
    await expect(clerk.createOrganization({})).rejects.toMatchObject({
      name: 'AccessDeniedForDependencyException',
      Reason: 'ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE',
    })
    await clerk.createOrganization({ FeatureSet: 'CONSOLIDATED_BILLING' })
    await clerk.createAccount({ AccountName: 'n', Email: 'n@example.com' })
    const { Accounts = [] } = await clerk.listAccounts()
    const member = Accounts.find(({ Name }) => Name === 'n')?.Id ?? ''
    await expectRefusal(of(member), 'NoSuchEntity')
    const { Handshake } = await clerk.enableAllFeatures()
    await clerk.acceptHandshake({ HandshakeId: Handshake?.Id })
    expect((await of(member)).Role?.RoleName).toBe(role)
    expect((await of(MANAGEMENT)).Role?.RoleName).toBe(role)
  })
})

function transfer(
  more: Partial<org.InviteOrganizationToTransferResponsibilityRequest> = {},
): org.InviteOrganizationToTransferResponsibilityRequest {
  return {
    Type: 'BILLING',
    Target: { Id: '999999999999', Type: 'ACCOUNT' },
    StartTimestamp: new Date('2100-01-01T00:00:00Z'),
    SourceName: 'Bills',
    ...more,
  }
}

describe('transfers of responsibility', () => {
  test('go to no one here, and why is said', async () => {
    const cases: readonly [Parameters<typeof transfer>[0], object, string][] = [
      [{}, violates('TARGET_ACCOUNT_VALIDATION_FAILURE'), 'nobody here leads another organisation'],
      [{ Target: { Id: STAGING, Type: 'ACCOUNT' } }, violates('TARGET_ACCOUNT_VALIDATION_FAILURE'), 'a member'],
      [{ Target: { Id: MANAGEMENT, Type: 'ACCOUNT' } }, violates('SOURCE_AND_TARGET_CANNOT_MATCH'), 'oneself'],
      [{ Target: { Id: 'o-1', Type: 'ORGANIZATION' } }, invalid('INVALID_PARTY_TYPE_TARGET'), 'an organisation'],
      [
        { StartTimestamp: new Date('2100-01-02T00:00:00Z') },
        invalid('START_DATE_NOT_BEGINNING_OF_MONTH'),
        'the second',
      ],
      [{ StartTimestamp: new Date('2100-01-01T01:00:00Z') }, invalid('START_DATE_NOT_BEGINNING_OF_DAY'), 'one o’clock'],
      [{ StartTimestamp: new Date('2020-01-01T00:00:00Z') }, invalid('START_DATE_TOO_EARLY'), 'in the past'],
      [{ SourceName: '' }, { name: 'InvalidInputException' }, 'no name'],
      [{ Tags: [{ Key: 'aws:x', Value: '' }] }, invalid('INVALID_SYSTEM_TAGS_PARAMETER'), 'AWS’s own tag'],
    ]
    for (const [more, expected, why] of cases) {
      await expect(
        organizations().inviteOrganizationToTransferResponsibility(transfer(more)),
        why,
      ).rejects.toMatchObject(expected)
    }
  })

  test('are none', async () => {
    const Id = 'rt-0123456789'
    const gone = 'ResponsibilityTransferNotFound'
    const caller = organizations()
    expect((await caller.listInboundResponsibilityTransfers({ Type: 'BILLING' })).ResponsibilityTransfers).toEqual([])
    expect((await caller.listOutboundResponsibilityTransfers({ Type: 'BILLING' })).ResponsibilityTransfers).toEqual([])
    await expectRefusal(caller.listInboundResponsibilityTransfers({ Type: 'BILLING', Id }), gone)
    await expectRefusal(caller.describeResponsibilityTransfer({ Id }), gone)
    await expectRefusal(caller.updateResponsibilityTransfer({ Id, Name: 'x' }), gone)
    await expectRefusal(caller.terminateResponsibilityTransfer({ Id }), gone)
    await expectRefusal(caller.describeResponsibilityTransfer({ Id: 'x' }), 'InvalidInput')
    await expect(caller.listOutboundResponsibilityTransfers({ Type: 'BILLING', NextToken: 'x' })).rejects.toMatchObject(
      { name: 'InvalidInputException' },
    )
    const member = await as(STAGING)
    await expectRefusal(member.describeResponsibilityTransfer({ Id }), 'AccessDenied')
    const Action = 'organizations:List*'
    const Condition = { StringEquals: { 'organizations:TransferDirection': 'INBOUND' } }
    const clerk = organizations(await userAllowed(server, 'clerk', { Action, Resource: '*', Condition }))
    await clerk.listInboundResponsibilityTransfers({ Type: 'BILLING' })
    await expectRefusal(clerk.listOutboundResponsibilityTransfers({ Type: 'BILLING' }), 'AccessDenied')
  })
})

describe('CreateAccount', () => {
  test('takes no role name that services use, and no address that is none', async () => {
    const create = (more: Partial<org.CreateAccountRequest>) =>
      organizations().createAccount({ AccountName: 'n', Email: 'n@example.com', ...more })
    const cases: readonly [Partial<org.CreateAccountRequest>, object][] = [
      [{ RoleName: 'AWSServiceRoleForMe' }, invalid('INVALID_ROLE_NAME')],
      [{ Email: 'nobody' }, invalid('INVALID_PATTERN')],
      [{ AccountName: 'ü' }, { name: 'InvalidInputException' }],
      [{ IamUserAccessToBilling: 'MAYBE' as 'ALLOW' }, { name: 'InvalidInputException' }],
    ]
    for (const [more, expected] of cases) await expect(create(more)).rejects.toMatchObject(expected)
    expect((await create({ IamUserAccessToBilling: 'DENY' })).CreateAccountStatus?.State).toBe('IN_PROGRESS')
  })

  test('makes none in GovCloud', async () => {
    await expect(
      organizations().createGovCloudAccount({ AccountName: 'n', Email: 'n@example.com' }),
    ).rejects.toMatchObject(constrained('MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED'))
    await expect(organizations().createGovCloudAccount({ AccountName: 'n', Email: 'nobody' })).rejects.toMatchObject(
      invalid('INVALID_PATTERN'),
    )
  })
})
