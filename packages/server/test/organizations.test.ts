import {
  IAMClient,
  CreateAccessKeyCommand,
  CreateUserCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import * as org from '@aws-sdk/client-organizations'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sqliteStore } from '../src/index.ts'
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
import { pagesOf } from './people.ts'

let server: TestServer
let root: string
let house: string

beforeAll(async () => {
  server = await startServer()
  root = (await organizations().listRoots()).Roots?.[0]?.Id ?? ''
  house = (await organizations().describeOrganization()).Organization?.Id ?? ''
})
afterEach(() => expect(server.bugs).toEqual([]))
afterAll(() => server.close())

function organizations(keys?: Keys): org.Organizations {
  return client(org.Organizations, server, keys)
}

async function enter(account: string, role = 'OrganizationAccountAccessRole'): Promise<Keys> {
  const sts = client(STSClient, server)
  const RoleArn = `arn:aws:iam::${account}:role/${role}`
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }))
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}

async function create(
  email: string,
  more: Partial<org.CreateAccountCommandInput> = {},
): Promise<org.CreateAccountStatus> {
  const { CreateAccountStatus: begun } = await organizations().createAccount({
    AccountName: 'New',
    Email: email,
    ...more,
  })
  const { CreateAccountStatus: done = {} } = await organizations().describeCreateAccountStatus({
    CreateAccountRequestId: begun?.Id,
  })
  return done
}

async function unit(name: string, parent = root): Promise<string> {
  const { OrganizationalUnit } = await organizations().createOrganizationalUnit({ ParentId: parent, Name: name })
  return OrganizationalUnit?.Id ?? ''
}

function arn(kind: string, id: string): string {
  return `arn:aws:organizations::${MANAGEMENT}:${kind}/${house}/${id}`
}

const deny = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: action, Resource: '*' }] })

async function policy(
  name: string,
  content = deny('iam:ListUsers'),
  type: org.PolicyType = 'SERVICE_CONTROL_POLICY',
): Promise<string> {
  const { Policy } = await organizations().createPolicy({ Name: name, Description: '', Content: content, Type: type })
  return Policy?.PolicySummary?.Id ?? ''
}

describe('an organization', () => {
  test('is described to the management account and to members alike', async () => {
    const expected = {
      Id: expect.stringMatching(/^o-[a-z0-9]{10}$/),
      Arn: `arn:aws:organizations::${MANAGEMENT}:organization/${house}`,
      FeatureSet: 'ALL',
      MasterAccountArn: `arn:aws:organizations::${MANAGEMENT}:account/${house}/${MANAGEMENT}`,
      MasterAccountId: MANAGEMENT,
      MasterAccountEmail: 'management@example.com',
      AvailablePolicyTypes: [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }],
    }
    expect((await organizations().describeOrganization()).Organization).toEqual(expected)
    expect((await organizations(await enter(STAGING)).describeOrganization()).Organization).toEqual(expected)
  })

  test('has one root, with no policy type enabled at first', async () => {
    const fresh = await startServer()
    const { Roots } = await client(org.Organizations, fresh).listRoots()
    await fresh.close()
    expect(Roots).toEqual([
      {
        Id: expect.stringMatching(/^r-[a-z0-9]{4}$/),
        Arn: expect.stringMatching(/^arn:aws:organizations::444444444444:root\/o-.{10}\/r-.{4}$/),
        Name: 'Root',
        PolicyTypes: [],
      },
    ])
  })

  test('is not created twice, nor deleted while it has members', async () => {
    await expect(organizations().createOrganization({})).rejects.toMatchObject({
      name: 'AlreadyInOrganizationException',
      message: 'The AWS account is already a member of an organization.',
    })
    await expect(organizations().deleteOrganization()).rejects.toMatchObject({ name: 'OrganizationNotEmptyException' })
  })

  test('is founded and ended by an account that is alone', async () => {
    const alone = await startServer({
      declaration: { management: { id: MANAGEMENT, name: 'Alone', email: 'alone@example.com' } },
    })
    const caller = client(org.Organizations, alone)
    const unused = {
      name: 'AWSOrganizationsNotInUseException',
      message: 'Your account is not a member of an organization.',
    }
    await expect(caller.describeOrganization()).rejects.toMatchObject(unused)
    await expect(caller.listPolicies({ Filter: 'SERVICE_CONTROL_POLICY' })).rejects.toMatchObject(unused)
    const { Organization } = await caller.createOrganization({ FeatureSet: 'CONSOLIDATED_BILLING' })
    expect(Organization).toMatchObject({
      FeatureSet: 'CONSOLIDATED_BILLING',
      MasterAccountId: MANAGEMENT,
      AvailablePolicyTypes: [],
    })
    expect((await caller.listAccounts()).Accounts).toMatchObject([
      { Id: MANAGEMENT, JoinedMethod: 'INVITED', Status: 'ACTIVE' },
    ])
    await expect(
      caller.createPolicy({ Name: 'x', Description: '', Type: 'SERVICE_CONTROL_POLICY', Content: deny('*') }),
    ).rejects.toMatchObject({ name: 'PolicyTypeNotAvailableForOrganizationException' })
    await caller.deleteOrganization()
    await expect(caller.describeOrganization()).rejects.toMatchObject(unused)
    expect(alone.bugs).toEqual([])
    await alone.close()
  })
})

describe('accounts', () => {
  test('are created in progress, and done at the next look, with a role that lets the management account in', async () => {
    const { CreateAccountStatus } = await organizations().createAccount({
      AccountName: 'Born',
      Email: 'born@example.com',
    })
    expect(CreateAccountStatus).toEqual({
      Id: expect.stringMatching(/^car-[0-9a-f]{32}$/),
      AccountName: 'Born',
      State: 'IN_PROGRESS',
      RequestedTimestamp: expect.any(Date),
    })
    const { CreateAccountStatus: done } = await organizations().describeCreateAccountStatus({
      CreateAccountRequestId: CreateAccountStatus?.Id,
    })
    expect(done).toMatchObject({
      State: 'SUCCEEDED',
      AccountId: expect.stringMatching(/^\d{12}$/),
      CompletedTimestamp: expect.any(Date),
    })
    const id = done?.AccountId ?? ''
    expect((await organizations().describeAccount({ AccountId: id })).Account).toEqual({
      Id: id,
      Arn: `arn:aws:organizations::${MANAGEMENT}:account/${house}/${id}`,
      Name: 'Born',
      Email: 'born@example.com',
      Status: 'ACTIVE',
      State: 'ACTIVE',
      Paths: [`${house}/${root}/${id}/`],
      JoinedMethod: 'CREATED',
      JoinedTimestamp: expect.any(Date),
    })
    expect((await client(IAMClient, server, await enter(id)).send(new ListUsersCommand({}))).Users).toEqual([])
    expect((await organizations().listParents({ ChildId: id })).Parents).toEqual([{ Id: root, Type: 'ROOT' }])
  })

  test('are created with another role and with tags', async () => {
    const { AccountId = '' } = await create('tagged@example.com', {
      RoleName: 'Entry',
      Tags: [{ Key: 'team', Value: 'a' }],
    })
    await expect(enter(AccountId)).rejects.toMatchObject({ name: 'AccessDenied' })
    expect((await enter(AccountId, 'Entry')).accessKeyId).toMatch(/^ASIA/)
    expect((await organizations().listTagsForResource({ ResourceId: AccountId })).Tags).toEqual([
      { Key: 'team', Value: 'a' },
    ])
  })

  test('fail to be created under an address that is taken, whatever its case', async () => {
    const failed = await create('Staging@Example.com')
    expect(failed).toMatchObject({ State: 'FAILED', FailureReason: 'EMAIL_ALREADY_EXISTS' })
    expect(failed.AccountId).toBeUndefined()
    const { CreateAccountStatuses = [] } = await organizations().listCreateAccountStatus({ States: ['FAILED'] })
    expect(CreateAccountStatuses.map(({ Id }) => Id)).toContain(failed.Id)
    expect(CreateAccountStatuses.every(({ State }) => State === 'FAILED')).toBe(true)
  })

  test('are at most ten, the management account among them', async () => {
    const full = await startServer()
    const caller = client(org.Organizations, full)
    const born = Array.from({ length: 6 }, (_, at) =>
      caller.createAccount({ AccountName: 'n', Email: `n${at}@example.com` }),
    )
    await Promise.all(born)
    await expect(caller.createAccount({ AccountName: 'n', Email: 'eleventh@example.com' })).rejects.toMatchObject({
      name: 'ConstraintViolationException',
      Reason: 'ACCOUNT_NUMBER_LIMIT_EXCEEDED',
      message: 'You have exceeded the allowed number of AWS accounts.',
    })
    const first = await caller.listAccounts({ MaxResults: 7 })
    const second = await caller.listAccounts({ MaxResults: 7, NextToken: first.NextToken })
    expect(first.Accounts).toHaveLength(7)
    expect(second.Accounts).toHaveLength(3)
    expect(second.NextToken).toBeUndefined()
    expect(new Set([...(first.Accounts ?? []), ...(second.Accounts ?? [])].map(({ Id }) => Id)).size).toBe(10)
    await expect(
      caller.listAccountsForParent({ ParentId: 'r-none', NextToken: first.NextToken }),
    ).rejects.toMatchObject({ name: 'ParentNotFoundException' })
    expect(full.bugs).toEqual([])
    await full.close()
  })

  test('outlive the server, with their entry role and that of Organizations', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-'))
    const path = join(folder, 'state.db')
    const before = await startServer({ store: sqliteStore(path) })
    await client(org.Organizations, before).createAccount({ AccountName: 'Lasting', Email: 'lasting@example.com' })
    await before.close()
    const after = await startServer({ store: sqliteStore(path) })
    const { Accounts = [] } = await client(org.Organizations, after, before.administrator).listAccounts()
    const { Id = '' } = Accounts.find(({ Name }) => Name === 'Lasting') ?? {}
    const account = await after.world.enter(Id)
    expect([...(account?.all('role').values() ?? [])].map(({ name }) => name)).toEqual([
      'AWSServiceRoleForOrganizations',
      'OrganizationAccountAccessRole',
    ])
    expect([...before.bugs, ...after.bugs]).toEqual([])
    await after.close()
    await rm(folder, { recursive: true })
  })

  test('move between the root and OUs', async () => {
    const ou = await unit('Moving')
    const other = await unit('Elsewhere')
    const move = (from: string, to: string, id = DEVELOPMENT): Promise<unknown> =>
      organizations().moveAccount({ AccountId: id, SourceParentId: from, DestinationParentId: to })
    const gone = `ou-${root.slice(2)}-00000000`
    const cases: readonly [Promise<unknown>, string, string][] = [
      [move(root, ou, '999999999999'), 'AccountNotFoundException', 'no such account'],
      [move(gone, ou), 'SourceParentNotFoundException', 'no such source'],
      [move(ou, other), 'SourceParentNotFoundException', 'the account is not there'],
      [move(root, gone), 'DestinationParentNotFoundException', 'no such destination'],
      [move(root, root), 'DuplicateAccountException', 'it is there already'],
      [move('elsewhere', ou), 'InvalidInputException', 'no id of a parent'],
    ]
    for (const [refused, name, why] of cases) await expect(refused, why).rejects.toMatchObject({ name })
    await move(root, ou)
    expect((await organizations().listParents({ ChildId: DEVELOPMENT })).Parents).toEqual([
      { Id: ou, Type: 'ORGANIZATIONAL_UNIT' },
    ])
    expect((await organizations().listAccountsForParent({ ParentId: ou })).Accounts).toMatchObject([
      { Id: DEVELOPMENT },
    ])
    expect((await organizations().listChildren({ ParentId: ou, ChildType: 'ACCOUNT' })).Children).toEqual([
      { Id: DEVELOPMENT, Type: 'ACCOUNT' },
    ])
    await expect(organizations().deleteOrganizationalUnit({ OrganizationalUnitId: ou })).rejects.toMatchObject({
      name: 'OrganizationalUnitNotEmptyException',
    })
    await move(ou, root)
    await organizations().deleteOrganizationalUnit({ OrganizationalUnitId: ou })
    await organizations().deleteOrganizationalUnit({ OrganizationalUnitId: other })
  })
})

describe('pages', () => {
  const ids = Array.from({ length: 23 }, (_, at) => String(900_000_000_000 - ((at * 7919) % 104_729)))
  const declared = ids.map((id) => ({ id, name: `Account ${id}`, email: `a${id}@example.com` }))
  const declaration = {
    management: { id: MANAGEMENT, name: 'Management', email: 'management@example.com' },
    root: { accounts: declared.slice(0, 9), units: [{ name: 'Many', accounts: declared.slice(9), units: [] }] },
  }

  test('of accounts, whole or by parent, are in the order of ids whatever their size', async () => {
    const many = await startServer({ declaration })
    const caller = { client: client(org.Organizations, many) }
    const [unitThere] = [...many.world.organization.all('unit').keys()]
    const rootThere = many.world.organization.all('organization').get('self')?.rootId
    const all = [MANAGEMENT, ...ids].toSorted()
    const inUnit = ids.slice(9).toSorted()
    const inRoot = [MANAGEMENT, ...ids.slice(0, 9)].toSorted()
    const cut = (of: readonly string[], size: number) =>
      Array.from({ length: Math.ceil(of.length / size) }, (_, at) => of.slice(at * size, (at + 1) * size))
    for (const pageSize of [1, 5, 14, 20]) {
      const paging = { ...caller, pageSize }
      const accounts = await pagesOf(org.paginateListAccounts(paging, {}), ({ Accounts }) => Accounts)
      expect(accounts.map((page) => page.map(({ Id }) => Id))).toEqual(cut(all, pageSize))
      for (const [ParentId, wanted] of [
        [unitThere, inUnit],
        [rootThere, inRoot],
      ] as const) {
        const under = await pagesOf(org.paginateListAccountsForParent(paging, { ParentId }), ({ Accounts }) => Accounts)
        expect(under.map((page) => page.map(({ Id }) => Id))).toEqual(cut(wanted, pageSize))
        const children = await pagesOf(
          org.paginateListChildren(paging, { ParentId, ChildType: 'ACCOUNT' }),
          ({ Children }) => Children,
        )
        expect(children.map((page) => page.map(({ Id }) => Id))).toEqual(cut(wanted, pageSize))
      }
    }
    expect(many.bugs).toEqual([])
    await many.close()
  })
})

describe('organizational units', () => {
  test('are created, renamed, described, listed and deleted', async () => {
    const id = await unit('Sandbox')
    expect(id).toMatch(new RegExp(`^ou-${root.slice(2)}-[a-z0-9]{8}$`))
    const own = arn('ou', id)
    await organizations().updateOrganizationalUnit({ OrganizationalUnitId: id, Name: 'Playground' })
    const { OrganizationalUnit } = await organizations().describeOrganizationalUnit({ OrganizationalUnitId: id })
    expect(OrganizationalUnit).toEqual({ Id: id, Arn: own, Name: 'Playground', Path: `${house}/${root}/${id}/` })
    expect((await organizations().listOrganizationalUnitsForParent({ ParentId: root })).OrganizationalUnits).toEqual([
      OrganizationalUnit,
    ])
    await expect(unit('Playground')).rejects.toMatchObject({ name: 'DuplicateOrganizationalUnitException' })
    const child = await unit('Playground', id)
    await expect(organizations().deleteOrganizationalUnit({ OrganizationalUnitId: id })).rejects.toMatchObject({
      name: 'OrganizationalUnitNotEmptyException',
    })
    await organizations().deleteOrganizationalUnit({ OrganizationalUnitId: child })
    await organizations().deleteOrganizationalUnit({ OrganizationalUnitId: id })
    await expect(organizations().describeOrganizationalUnit({ OrganizationalUnitId: id })).rejects.toMatchObject({
      name: 'OrganizationalUnitNotFoundException',
    })
  })

  test('nest five deep and no deeper', async () => {
    const ids = [await unit('1')]
    for (const name of ['2', '3', '4', '5']) ids.push(await unit(name, ids.at(-1)))
    await expect(unit('6', ids.at(-1))).rejects.toMatchObject({
      name: 'ConstraintViolationException',
      Reason: 'OU_DEPTH_LIMIT_EXCEEDED',
    })
    for (const id of ids.toReversed()) await organizations().deleteOrganizationalUnit({ OrganizationalUnitId: id })
  })
})

describe('policies', () => {
  test('of a type are enabled in the root, with full access on everything', async () => {
    const { Root } = await organizations().enablePolicyType({ RootId: root, PolicyType: 'SERVICE_CONTROL_POLICY' })
    expect(Root?.PolicyTypes).toEqual([{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }])
    await expect(
      organizations().enablePolicyType({ RootId: root, PolicyType: 'SERVICE_CONTROL_POLICY' }),
    ).rejects.toMatchObject({
      name: 'PolicyTypeAlreadyEnabledException',
    })
    const full = {
      Id: 'p-FullAWSAccess',
      Arn: 'arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess',
      Name: 'FullAWSAccess',
      Description: 'Allows access to every operation',
      Type: 'SERVICE_CONTROL_POLICY',
      AwsManaged: true,
    }
    for (const target of [root, MANAGEMENT, STAGING]) {
      const { Policies } = await organizations().listPoliciesForTarget({
        TargetId: target,
        Filter: 'SERVICE_CONTROL_POLICY',
      })
      expect(Policies).toEqual([full])
    }
    const born = await unit('Born later')
    const { Targets = [] } = await organizations().listTargetsForPolicy({ PolicyId: 'p-FullAWSAccess' })
    expect(Targets).toContainEqual({
      TargetId: born,
      Arn: `arn:aws:organizations::${MANAGEMENT}:ou/${house}/${born}`,
      Name: 'Born later',
      Type: 'ORGANIZATIONAL_UNIT',
    })
    await organizations().deleteOrganizationalUnit({ OrganizationalUnitId: born })
    expect((await client(IAMClient, server, await enter(STAGING)).send(new ListUsersCommand({}))).Users).toEqual([])
  })

  test('deny where they hang, at once, and no longer once they are detached', async () => {
    const id = await policy('No users')
    const staging = client(IAMClient, server, await enter(STAGING))
    await organizations().attachPolicy({ PolicyId: id, TargetId: STAGING })
    await expect(staging.send(new ListUsersCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('with an explicit deny in a service control policy'),
    })
    await expect(
      client(IAMClient, server, await enter(PRODUCTION)).send(new ListUsersCommand({})),
    ).resolves.toMatchObject({ Users: [] })
    await expect(organizations().deletePolicy({ PolicyId: id })).rejects.toMatchObject({ name: 'PolicyInUseException' })
    await organizations().updatePolicy({ PolicyId: id, Content: deny('iam:ListRoles') })
    await expect(staging.send(new ListUsersCommand({}))).resolves.toMatchObject({ Users: [] })
    await organizations().detachPolicy({ PolicyId: id, TargetId: STAGING })
    await organizations().deletePolicy({ PolicyId: id })
    await expect(organizations().describePolicy({ PolicyId: id })).rejects.toMatchObject({
      name: 'PolicyNotFoundException',
    })
  })

  test('on the root do not bind the management account', async () => {
    const id = await policy('No users anywhere')
    await organizations().attachPolicy({ PolicyId: id, TargetId: root })
    await expect(client(IAMClient, server).send(new ListUsersCommand({}))).resolves.toMatchObject({
      IsTruncated: false,
    })
    await expect(
      client(IAMClient, server, await enter(PRODUCTION)).send(new ListUsersCommand({})),
    ).rejects.toMatchObject({ name: 'AccessDenied' })
    await organizations().detachPolicy({ PolicyId: id, TargetId: root })
    await organizations().deletePolicy({ PolicyId: id })
  })

  test('show their text as it was given', async () => {
    const text = `{ "Version": "2012-10-17",\n "Statement": { "Effect": "Deny", "Action": "s3:*", "Resource": "*" } }`
    const id = await policy('As given', text)
    const { Policy } = await organizations().describePolicy({ PolicyId: id })
    expect(Policy).toEqual({
      Content: text,
      PolicySummary: {
        Id: expect.stringMatching(/^p-[a-z0-9]{8}$/),
        Arn: `arn:aws:organizations::${MANAGEMENT}:policy/${house}/service_control_policy/${id}`,
        Name: 'As given',
        Description: '',
        Type: 'SERVICE_CONTROL_POLICY',
        AwsManaged: false,
      },
    })
    expect((await organizations().listPolicies({ Filter: 'SERVICE_CONTROL_POLICY' })).Policies).toHaveLength(2)
    await organizations().deletePolicy({ PolicyId: id })
  })

  test('are refused where they are none, too long, or named twice', async () => {
    const id = await policy('Twin')
    const cases: readonly [Promise<unknown>, object, string][] = [
      [policy('Broken', '{'), { name: 'MalformedPolicyDocumentException' }, 'no JSON'],
      [
        policy(
          'Principal',
          '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}',
        ),
        {
          name: 'MalformedPolicyDocumentException',
          message: 'The provided policy document does not meet the requirements of the specified policy type.',
        },
        'SCPs have no principal',
      ],
      [
        policy(
          'Allows',
          JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' }],
          }),
          'RESOURCE_CONTROL_POLICY',
        ),
        { name: 'MalformedPolicyDocumentException' },
        'RCPs only deny',
      ],
      [
        policy('Long', deny('s3:*') + ' '.repeat(10_240)),
        { name: 'ConstraintViolationException', Reason: 'POLICY_CONTENT_LIMIT_EXCEEDED' },
        'white space counts',
      ],
      [policy('Twin'), { name: 'DuplicatePolicyException' }, 'the name is taken'],
      [policy('Tags', '{}', 'TAG_POLICY'), { name: 'MalformedPolicyDocumentException' }, 'it sets nothing'],
      [
        organizations().updatePolicy({ PolicyId: 'p-FullAWSAccess', Name: 'Mine' }),
        { name: 'InvalidInputException', Reason: 'IMMUTABLE_POLICY' },
        "AWS's own",
      ],
      [
        organizations().attachPolicy({ PolicyId: 'p-FullAWSAccess', TargetId: STAGING }),
        { name: 'DuplicatePolicyAttachmentException' },
        'it hangs there',
      ],
      [
        organizations().attachPolicy({ PolicyId: 'p-RCPFullAWSAccess', TargetId: STAGING }),
        { name: 'PolicyTypeNotEnabledException' },
        'RCPs are not enabled',
      ],
      [
        organizations().attachPolicy({ PolicyId: id, TargetId: '999999999999' }),
        { name: 'TargetNotFoundException' },
        'no such target',
      ],
      [
        organizations().detachPolicy({ PolicyId: id, TargetId: STAGING }),
        { name: 'PolicyNotAttachedException' },
        'it does not hang there',
      ],
      [
        organizations().detachPolicy({ PolicyId: 'p-FullAWSAccess', TargetId: STAGING }),
        {
          name: 'ConstraintViolationException',
          Reason: 'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
          message:
            'You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.',
        },
        'the last one stays',
      ],
    ]
    for (const [refused, expected, why] of cases) await expect(refused, why).rejects.toMatchObject(expected)
    await organizations().deletePolicy({ PolicyId: id })
  })

  test('are at most ten on one target', async () => {
    const ids: string[] = []
    for (let at = 0; at < 10; at += 1) ids.push(await policy(`Many ${at}`, deny('ec2:DescribeRegions')))
    for (const id of ids.slice(0, 9)) await organizations().attachPolicy({ PolicyId: id, TargetId: DEVELOPMENT })
    await expect(organizations().attachPolicy({ PolicyId: ids[9], TargetId: DEVELOPMENT })).rejects.toMatchObject({
      Reason: 'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
      message: 'You have attached the maximum number of policies to the specified target.',
    })
    const first = await organizations().listPoliciesForTarget({
      TargetId: DEVELOPMENT,
      Filter: 'SERVICE_CONTROL_POLICY',
      MaxResults: 6,
    })
    const rest = await organizations().listPoliciesForTarget({
      TargetId: DEVELOPMENT,
      Filter: 'SERVICE_CONTROL_POLICY',
      NextToken: first.NextToken,
    })
    expect((first.Policies?.length ?? 0) + (rest.Policies?.length ?? 0)).toBe(10)
    await expect(
      organizations().listPoliciesForTarget({
        TargetId: STAGING,
        Filter: 'SERVICE_CONTROL_POLICY',
        NextToken: first.NextToken,
      }),
      'a token of one target is none of another',
    ).rejects.toMatchObject({ name: 'InvalidInputException', Reason: 'INVALID_PAGINATION_TOKEN' })
    for (const id of ids.slice(0, 9)) await organizations().detachPolicy({ PolicyId: id, TargetId: DEVELOPMENT })
    for (const id of ids) await organizations().deletePolicy({ PolicyId: id })
  })

  test('of resource control leave their full access where it hangs', async () => {
    await organizations().enablePolicyType({ RootId: root, PolicyType: 'RESOURCE_CONTROL_POLICY' })
    await expect(
      organizations().detachPolicy({ PolicyId: 'p-RCPFullAWSAccess', TargetId: STAGING }),
    ).rejects.toMatchObject({ name: 'InvalidInputException' })
    expect((await client(IAMClient, server, await enter(STAGING)).send(new ListUsersCommand({}))).Users).toEqual([])
    const { Root } = await organizations().disablePolicyType({ RootId: root, PolicyType: 'RESOURCE_CONTROL_POLICY' })
    expect(Root?.PolicyTypes).toEqual([{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }])
    await expect(
      organizations().disablePolicyType({ RootId: root, PolicyType: 'RESOURCE_CONTROL_POLICY' }),
    ).rejects.toMatchObject({ name: 'PolicyTypeNotEnabledException' })
  })

  test('that are disabled are detached from everything, and full access alone comes back', async () => {
    const id = await policy('Short-lived')
    await organizations().attachPolicy({ PolicyId: id, TargetId: STAGING })
    await organizations().disablePolicyType({ RootId: root, PolicyType: 'SERVICE_CONTROL_POLICY' })
    await expect(client(IAMClient, server, await enter(STAGING)).send(new ListUsersCommand({}))).resolves.toMatchObject(
      { Users: [] },
    )
    await organizations().enablePolicyType({ RootId: root, PolicyType: 'SERVICE_CONTROL_POLICY' })
    const { Policies } = await organizations().listPoliciesForTarget({
      TargetId: STAGING,
      Filter: 'SERVICE_CONTROL_POLICY',
    })
    expect(Policies?.map(({ Id }) => Id)).toEqual(['p-FullAWSAccess'])
    await organizations().deletePolicy({ PolicyId: id })
    const { AccountId = '' } = await create('under-scp@example.com')
    expect((await client(IAMClient, server, await enter(AccountId)).send(new ListUsersCommand({}))).Users).toEqual([])
  })
})

describe('attachments', () => {
  const rows = () => server.world.organization.all('attachment')
  const FULL = 'p-FullAWSAccess'
  const RCP_FULL = 'p-RCPFullAWSAccess'

  test('are one row a node, written when the node is born and gone with it', async () => {
    await organizations().enablePolicyType({ RootId: root, PolicyType: 'RESOURCE_CONTROL_POLICY' })
    const before = new Map(rows())
    const ou = await unit('Of its own')
    const { AccountId = '' } = await create('of-its-own@example.com')
    expect([rows().get(ou), rows().get(AccountId)]).toEqual(
      [ou, AccountId].map((target) => ({ target, policies: [FULL, RCP_FULL] })),
    )
    for (const [target, row] of before) expect(rows().get(target), 'nobody else’s row was written').toBe(row)
    await organizations().deleteOrganizationalUnit({ OrganizationalUnitId: ou })
    expect(rows().has(ou)).toBe(false)
    await organizations().disablePolicyType({ RootId: root, PolicyType: 'RESOURCE_CONTROL_POLICY' })
    expect(rows().get(AccountId)).toEqual({ target: AccountId, policies: [FULL] })
  })

  test('are listed from either side, in the order of ids', async () => {
    const ids = [
      await policy('First', deny('ec2:DescribeRegions')),
      await policy('Second', deny('ec2:DescribeRegions')),
    ]
    for (const PolicyId of ids) await organizations().attachPolicy({ PolicyId, TargetId: STAGING })
    expect(rows().get(STAGING)?.policies).toEqual([FULL, ...ids])
    const { Policies } = await organizations().listPoliciesForTarget({
      TargetId: STAGING,
      Filter: 'SERVICE_CONTROL_POLICY',
    })
    expect(Policies?.map(({ Id }) => Id)).toEqual([FULL, ...ids].toSorted())
    const targets: (string | undefined)[] = []
    for await (const { Targets = [] } of org.paginateListTargetsForPolicy(
      { client: organizations(), pageSize: 2 },
      { PolicyId: FULL },
    )) {
      targets.push(...Targets.map(({ TargetId }) => TargetId))
    }
    expect(targets).toEqual([...rows().keys()].toSorted())
    for (const PolicyId of ids) await organizations().detachPolicy({ PolicyId, TargetId: STAGING })
    for (const PolicyId of ids) await organizations().deletePolicy({ PolicyId })
    expect(rows().get(STAGING)?.policies).toEqual([FULL])
  })
})

describe('tags', () => {
  test('are put on roots, OUs, accounts and policies, and taken off', async () => {
    const ou = await unit('Tagged')
    const id = await policy('Tagged')
    for (const ResourceId of [root, ou, STAGING, id]) {
      await organizations().tagResource({
        ResourceId,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '' },
        ],
      })
      await organizations().tagResource({ ResourceId, Tags: [{ Key: 'a', Value: '2' }] })
      await organizations().untagResource({ ResourceId, TagKeys: ['b', 'never there'] })
      expect((await organizations().listTagsForResource({ ResourceId })).Tags).toEqual([{ Key: 'a', Value: '2' }])
      await organizations().untagResource({ ResourceId, TagKeys: ['a'] })
    }
    await organizations().deletePolicy({ PolicyId: id })
    await organizations().deleteOrganizationalUnit({ OrganizationalUnitId: ou })
  })

  const many = Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: '' }))
  test.each([
    [
      {
        ResourceId: STAGING,
        Tags: [
          { Key: 'a', Value: '' },
          { Key: 'a', Value: '' },
        ],
      },
      { name: 'InvalidInputException', Reason: 'DUPLICATE_TAG_KEY' },
      'one key twice',
    ],
    [
      { ResourceId: STAGING, Tags: [{ Key: 'aws:x', Value: '' }] },
      { Reason: 'INVALID_SYSTEM_TAGS_PARAMETER' },
      "AWS's own key",
    ],
    [
      { ResourceId: STAGING, Tags: many },
      { name: 'ConstraintViolationException', Reason: 'MAX_TAG_LIMIT_EXCEEDED' },
      'more than fifty',
    ],
    [
      { ResourceId: '999999999999', Tags: [{ Key: 'a', Value: '' }] },
      { name: 'TargetNotFoundException' },
      'no such account',
    ],
    [
      { ResourceId: 'p-FullAWSAccess', Tags: [{ Key: 'a', Value: '' }] },
      { Reason: 'TARGET_NOT_SUPPORTED' },
      "AWS's own policy",
    ],
  ])('%j are refused', async (input, expected, why) => {
    await expect(organizations().tagResource(input), why).rejects.toMatchObject(expected)
  })
})

describe('who may call', () => {
  test('is the management account alone, but for DescribeOrganization', async () => {
    const staging = organizations(await enter(STAGING))
    const refused = { name: 'AccessDeniedException', message: "You don't have permissions to access this resource." }
    await expect(staging.listAccounts()).rejects.toMatchObject(refused)
    await expect(staging.describeAccount({ AccountId: STAGING })).rejects.toMatchObject(refused)
    await expect(staging.createAccount({ AccountName: 'x', Email: 'x@example.com' })).rejects.toMatchObject(refused)
  })

  test('is whom the law allows, action by action, resource by resource', async () => {
    const ou = await unit('Allowed')
    const other = await unit('Forbidden')
    const iam = client(IAMClient, server)
    await iam.send(new CreateUserCommand({ UserName: 'mover' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'mover' }))
    const allowed = {
      Effect: 'Allow',
      Action: ['organizations:MoveAccount', 'organizations:CreateOrganizationalUnit'],
      Resource: [arn('account', '*'), arn('root', root), arn('ou', ou)],
    }
    const document = JSON.stringify({ Version: '2012-10-17', Statement: [allowed] })
    await iam.send(new PutUserPolicyCommand({ UserName: 'mover', PolicyName: 'p', PolicyDocument: document }))
    const mover = organizations({
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    })
    await mover.moveAccount({ AccountId: PRODUCTION, SourceParentId: root, DestinationParentId: ou })
    await expect(
      mover.moveAccount({ AccountId: PRODUCTION, SourceParentId: ou, DestinationParentId: other }),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::${MANAGEMENT}:user/mover is not authorized to perform: organizations:MoveAccount on resource: ${arn('ou', other)} because no identity-based policy allows the organizations:MoveAccount action`,
    })
    await expect(mover.createOrganizationalUnit({ ParentId: other, Name: 'x' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    })
    await expect(mover.listAccounts()).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})
