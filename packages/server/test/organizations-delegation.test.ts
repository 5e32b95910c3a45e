import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  Organizations,
  paginateListAWSServiceAccessForOrganization,
  paginateListDelegatedAdministrators,
  paginateListDelegatedServicesForAccount,
  type PolicyType,
} from '@aws-sdk/client-organizations'
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
import { enter, expectRefusal, iamOf, newUser, pagesOf, policyText } from './people.ts'

let server: TestServer
let organizations: Organizations
let production: Organizations
let rootId: string

beforeAll(async () => {
  server = await startServer()
  organizations = client(Organizations, server)
  production = client(Organizations, server, await enter(server, PRODUCTION))
  rootId = (await organizations.listRoots({})).Roots?.[0]?.Id ?? ''
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

async function made(name: string, content: object, Type: PolicyType = 'TAG_POLICY'): Promise<string> {
  const asked = { Name: name, Description: '', Type, Content: JSON.stringify(content) }
  return (await organizations.createPolicy(asked)).Policy?.PolicySummary?.Id ?? ''
}

describe('management policies', () => {
  const SOUND: readonly [PolicyType, object][] = [
    ['AISERVICES_OPT_OUT_POLICY', { services: { default: { opt_out_policy: { '@@assign': 'optOut' } } } }],
    ['BACKUP_POLICY', { plans: { daily: { regions: { '@@assign': ['us-east-1'] } } } }],
    ['CHATBOT_POLICY', { chatbot: { platforms: { slack: { client: { '@@assign': 'enabled' } } } } }],
    ['DECLARATIVE_POLICY_EC2', { ec2_attributes: { serial_console_access: { status: { '@@assign': 'disabled' } } } }],
    ['SECURITYHUB_POLICY', { securityhub: { enable_in_regions: { '@@assign': ['ALL_SUPPORTED'] } } }],
    ['TAG_POLICY', { tags: { team: { tag_key: { '@@assign': 'Team' }, tag_value: { '@@append': ['a'] } } } }],
  ]
  test.each(SOUND)('%s is taken as it is written', async (Type, content) => {
    const id = await made(`sound ${Type}`, content, Type)
    const { Policy } = await organizations.describePolicy({ PolicyId: id })
    expect(Policy).toMatchObject({ Content: JSON.stringify(content), PolicySummary: { Type, AwsManaged: false } })
    await organizations.deletePolicy({ PolicyId: id })
  })

  const MALFORMED: readonly [what: string, type: PolicyType, content: string, why: string][] = [
    ['what is no JSON', 'TAG_POLICY', '{', 'it cannot be read'],
    ['a list', 'TAG_POLICY', '[]', 'it has no key'],
    ['the key of another type', 'TAG_POLICY', '{"plans":{}}', 'it would set nothing'],
    [
      'a value without an operator',
      'TAG_POLICY',
      '{"tags":{"team":{"tag_key":"Team"}}}',
      'nobody says what to do with it',
    ],
    ['an operator that is none', 'TAG_POLICY', '{"tags":{"team":{"tag_key":{"@@set":"Team"}}}}', 'as above'],
    ['a member that tags do not have', 'TAG_POLICY', '{"tags":{"team":{"colour":{"@@assign":"x"}}}}', 'misspelled'],
    [
      'a choice that is none',
      'AISERVICES_OPT_OUT_POLICY',
      '{"services":{"default":{"opt_out_policy":{"@@assign":"no"}}}}',
      'in or out',
    ],
    ['a statement', 'BACKUP_POLICY', policyText({ Effect: 'Allow', Action: '*', Resource: '*' }), 'another language'],
  ]
  test.each(MALFORMED)('are refused for %s', async (_what, Type, Content) => {
    const call = organizations.createPolicy({ Name: 'malformed', Description: '', Type, Content })
    await expectRefusal(call, 'MalformedPolicyDocument', /does not meet the requirements of the specified policy type/)
  })

  test('are inherited from the root down, by their operators', async () => {
    await expectRefusal(
      organizations.describeEffectivePolicy({ PolicyType: 'TAG_POLICY', TargetId: PRODUCTION }),
      'EffectivePolicyNotFound',
    )
    await organizations.enablePolicyType({ RootId: rootId, PolicyType: 'TAG_POLICY' })
    const above = await made('above', {
      tags: {
        team: {
          tag_key: { '@@assign': 'Team', '@@operators_allowed_for_child_policies': ['@@none'] },
          tag_value: { '@@assign': ['a', 'b'] },
        },
      },
    })
    const below = await made('below', {
      tags: {
        team: { tag_key: { '@@assign': 'TEAM' }, tag_value: { '@@append': ['c'], '@@remove': ['a'] } },
        cost: { tag_key: { '@@assign': 'Cost' } },
      },
    })
    await organizations.attachPolicy({ PolicyId: above, TargetId: rootId })
    await organizations.attachPolicy({ PolicyId: below, TargetId: PRODUCTION })
    const effective = async (by: Organizations, TargetId?: string) => {
      const asked = { PolicyType: 'TAG_POLICY' as const, ...(TargetId === undefined ? {} : { TargetId }) }
      const { EffectivePolicy } = await by.describeEffectivePolicy(asked)
      return { target: EffectivePolicy?.TargetId, content: JSON.parse(EffectivePolicy?.PolicyContent ?? '') as unknown }
    }
    const content = { tags: { team: { tag_key: 'Team', tag_value: ['b', 'c'] }, cost: { tag_key: 'Cost' } } }
    expect(await effective(organizations, PRODUCTION)).toEqual({ target: PRODUCTION, content })
    expect(await effective(production)).toEqual({ target: PRODUCTION, content })
    expect((await effective(organizations, STAGING)).content).toEqual({
      tags: { team: { tag_key: 'Team', tag_value: ['a', 'b'] } },
    })
    await expectRefusal(effective(production, STAGING), 'AccessDenied')
    expect(await organizations.listAccountsWithInvalidEffectivePolicy({ PolicyType: 'TAG_POLICY' })).toMatchObject({
      Accounts: [],
    })
    const errors = await organizations.listEffectivePolicyValidationErrors({
      AccountId: STAGING,
      PolicyType: 'TAG_POLICY',
    })
    expect(errors).toMatchObject({ EffectivePolicyValidationErrors: [], AccountId: STAGING })
  })

  test('forbid nothing and allow nothing', async () => {
    await expect(production.describeOrganization({})).resolves.toHaveProperty('Organization')
    const { Policies } = await organizations.listPolicies({ Filter: 'TAG_POLICY' })
    expect(Policies?.map(({ Name }) => Name).toSorted()).toEqual(['above', 'below'])
  })

  test('leave no policy that must stay, and go with their type', async () => {
    const { Policies: [below] = [] } = await organizations.listPoliciesForTarget({
      TargetId: PRODUCTION,
      Filter: 'TAG_POLICY',
    })
    await organizations.detachPolicy({ PolicyId: below?.Id ?? '', TargetId: PRODUCTION })
    await organizations.disablePolicyType({ RootId: rootId, PolicyType: 'TAG_POLICY' })
    const { Policies } = await organizations.listPoliciesForTarget({ TargetId: rootId, Filter: 'TAG_POLICY' })
    expect(Policies).toEqual([])
  })
})

describe('trusted access', () => {
  test('is given to services that there are, and listed', async () => {
    for (const ServicePrincipal of [
      'ssm.amazonaws.com',
      'iam.amazonaws.com',
      'ssm.amazonaws.com',
      'sso.amazonaws.com',
    ]) {
      await organizations.enableAWSServiceAccess({ ServicePrincipal })
    }
    const pages = paginateListAWSServiceAccessForOrganization({ client: organizations, pageSize: 2 }, {})
    const names = await pagesOf(pages, (page) => page.EnabledServicePrincipals?.map((one) => one.ServicePrincipal))
    expect(names).toEqual([['iam.amazonaws.com', 'ssm.amazonaws.com'], ['sso.amazonaws.com']])
    const unknown = organizations.enableAWSServiceAccess({ ServicePrincipal: 'nobody.amazonaws.com' })
    await expect(unknown).rejects.toMatchObject({
      name: 'InvalidInputException',
      Reason: 'UNRECOGNIZED_SERVICE_PRINCIPAL',
    })
  })

  test('is the management account’s to give', async () => {
    await expectRefusal(production.enableAWSServiceAccess({ ServicePrincipal: 'ssm.amazonaws.com' }), 'AccessDenied')
    await expectRefusal(production.listAWSServiceAccessForOrganization({}), 'AccessDenied')
  })
})

describe('delegated administrators', () => {
  const register = (AccountId: string, ServicePrincipal = 'ssm.amazonaws.com') =>
    organizations.registerDelegatedAdministrator({ AccountId, ServicePrincipal })

  const REFUSED: readonly [string, () => Promise<unknown>, object, string][] = [
    [
      'the management account',
      () => register(MANAGEMENT),
      { Reason: 'CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR' },
      'it is that already',
    ],
    ['an account that is not there', () => register('999999999999'), { name: 'AccountNotFoundException' }, 'no member'],
    [
      'a service without access',
      () => register(PRODUCTION, 'config.amazonaws.com'),
      { Reason: 'SERVICE_ACCESS_NOT_ENABLED' },
      'access comes first',
    ],
  ]
  test.each(REFUSED)('cannot be %s', async (_what, call, expected) => {
    await expect(call()).rejects.toMatchObject(expected)
  })

  test('read the organisation, and change nothing', async () => {
    await expectRefusal(production.listAccounts({}), 'AccessDenied')
    await register(PRODUCTION)
    await register(PRODUCTION, 'iam.amazonaws.com')
    await expectRefusal(register(PRODUCTION), 'AccountAlreadyRegistered')
    expect((await production.listAccounts({})).Accounts).toHaveLength(4)
    expect((await production.listPolicies({ Filter: 'SERVICE_CONTROL_POLICY' })).Policies).toHaveLength(1)
    await expectRefusal(production.createOrganizationalUnit({ ParentId: rootId, Name: 'x' }), 'AccessDenied')
    await expectRefusal(production.deletePolicy({ PolicyId: 'p-FullAWSAccess' }), 'AccessDenied')
  })

  test('are listed, by account and by service', async () => {
    await register(DEVELOPMENT)
    const pages = paginateListDelegatedAdministrators({ client: organizations, pageSize: 1 }, {})
    const ids = await pagesOf(pages, ({ DelegatedAdministrators }) => DelegatedAdministrators?.map(({ Id }) => Id))
    expect(ids).toEqual([[PRODUCTION], [DEVELOPMENT]])
    const { DelegatedAdministrators } = await organizations.listDelegatedAdministrators({
      ServicePrincipal: 'iam.amazonaws.com',
    })
    expect(DelegatedAdministrators).toMatchObject([
      { Id: PRODUCTION, Status: 'ACTIVE', DelegationEnabledDate: expect.any(Date) },
    ])
    const services = paginateListDelegatedServicesForAccount(
      { client: organizations, pageSize: 1 },
      { AccountId: PRODUCTION },
    )
    expect(await pagesOf(services, (page) => page.DelegatedServices?.map((one) => one.ServicePrincipal))).toEqual([
      ['iam.amazonaws.com'],
      ['ssm.amazonaws.com'],
    ])
    await expectRefusal(organizations.listDelegatedServicesForAccount({ AccountId: STAGING }), 'AccountNotRegistered')
  })

  test('keep their service’s access, until they are none any more', async () => {
    const disable = () => organizations.disableAWSServiceAccess({ ServicePrincipal: 'ssm.amazonaws.com' })
    await expect(disable()).rejects.toMatchObject({ Reason: 'DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE' })
    for (const AccountId of [PRODUCTION, DEVELOPMENT]) {
      await organizations.deregisterDelegatedAdministrator({ AccountId, ServicePrincipal: 'ssm.amazonaws.com' })
    }
    const again = organizations.deregisterDelegatedAdministrator({
      AccountId: DEVELOPMENT,
      ServicePrincipal: 'ssm.amazonaws.com',
    })
    await expectRefusal(again, 'AccountNotRegistered')
    await disable()
    await organizations.deregisterDelegatedAdministrator({
      AccountId: PRODUCTION,
      ServicePrincipal: 'iam.amazonaws.com',
    })
    await expectRefusal(production.listAccounts({}), 'AccessDenied')
  })
})

describe('the organisation’s resource policy', () => {
  const delegate = (...Action: readonly string[]) =>
    policyText({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${STAGING}:root` }, Action, Resource: '*' })
  let staging: Organizations

  beforeAll(async () => {
    staging = client(Organizations, server, await enter(server, STAGING))
  })

  test('is not there at first', async () => {
    await expectRefusal(organizations.describeResourcePolicy({}), 'ResourcePolicyNotFound')
    await expectRefusal(organizations.deleteResourcePolicy({}), 'ResourcePolicyNotFound')
  })

  test('lets a member do what it allows, and no more', async () => {
    await expectRefusal(staging.listPolicies({ Filter: 'SERVICE_CONTROL_POLICY' }), 'AccessDenied')
    const Content = delegate('organizations:ListPolicies', 'organizations:CreatePolicy', 'organizations:DescribePolicy')
    const { ResourcePolicy } = await organizations.putResourcePolicy({ Content, Tags: [{ Key: 'team', Value: 'a' }] })
    expect(ResourcePolicy?.ResourcePolicySummary).toMatchObject({
      Id: expect.stringMatching(/^rp-[a-z0-9]{8}$/),
      Arn: expect.stringMatching(new RegExp(`^arn:aws:organizations::${MANAGEMENT}:resourcepolicy/o-\\w+/rp-`)),
    })
    await expect(staging.listPolicies({ Filter: 'SERVICE_CONTROL_POLICY' })).resolves.toHaveProperty('Policies')
    const statement = { Effect: 'Deny', Action: 'ec2:*', Resource: '*' }
    const asked = {
      Name: 'staging',
      Description: '',
      Type: 'SERVICE_CONTROL_POLICY' as const,
      Content: policyText(statement),
    }
    const { Policy } = await staging.createPolicy(asked)
    await expectRefusal(staging.deletePolicy({ PolicyId: Policy?.PolicySummary?.Id ?? '' }), 'AccessDenied')
    await expectRefusal(production.listPolicies({ Filter: 'SERVICE_CONTROL_POLICY' }), 'AccessDenied')
  })

  test('needs the member’s own policies to allow it too', async () => {
    const inside = iamOf(server, await enter(server, STAGING))
    const deny = policyText({ Effect: 'Deny', Action: 'organizations:ListPolicies', Resource: '*' })
    const named = { RoleName: 'OrganizationAccountAccessRole', PolicyName: 'no', PolicyDocument: deny }
    await inside.send(new PutRolePolicyCommand(named))
    await expectRefusal(staging.listPolicies({ Filter: 'SERVICE_CONTROL_POLICY' }), 'AccessDenied', /explicit deny/)
  })

  test('is tagged and shown', async () => {
    const { ResourcePolicy } = await organizations.describeResourcePolicy({})
    const ResourceId = ResourcePolicy?.ResourcePolicySummary?.Id ?? ''
    expect((await organizations.listTagsForResource({ ResourceId })).Tags).toEqual([{ Key: 'team', Value: 'a' }])
    await organizations.untagResource({ ResourceId, TagKeys: ['team'] })
    expect((await organizations.listTagsForResource({ ResourceId })).Tags).toEqual([])
  })

  const MALFORMED: readonly [what: string, content: string, reason: string, why: string][] = [
    ['what is no policy', '{}', 'INVALID_RESOURCE_POLICY_JSON', 'no statement'],
    [
      'actions of other services',
      delegate('s3:GetObject'),
      'INVALID_RESOURCE_POLICY_JSON',
      'nothing of theirs is here',
    ],
    ['every action', delegate('*'), 'INVALID_RESOURCE_POLICY_JSON', 'as above'],
    [
      'a principal that is not there',
      policyText({
        Effect: 'Allow',
        Principal: { AWS: '999999999999' },
        Action: 'organizations:ListPolicies',
        Resource: '*',
      }),
      'INVALID_PRINCIPAL',
      'nobody',
    ],
  ]
  test.each(MALFORMED)('is refused with %s', async (_what, Content, Reason) => {
    await expect(organizations.putResourcePolicy({ Content })).rejects.toMatchObject({
      name: 'InvalidInputException',
      Reason,
    })
  })

  test('ends what it allowed when it goes', async () => {
    await organizations.deleteResourcePolicy({})
    await expectRefusal(staging.describePolicy({ PolicyId: 'p-FullAWSAccess' }), 'AccessDenied')
  })
})

describe('whoever is allowed nothing', () => {
  test('is denied all of it', async () => {
    const keys: Keys = await newUser(server, 'nobody')
    const nobody = client(Organizations, server, keys)
    const calls = [
      nobody.describeEffectivePolicy({ PolicyType: 'TAG_POLICY' }),
      nobody.enableAWSServiceAccess({ ServicePrincipal: 'ssm.amazonaws.com' }),
      nobody.registerDelegatedAdministrator({ AccountId: PRODUCTION, ServicePrincipal: 'ssm.amazonaws.com' }),
      nobody.putResourcePolicy({ Content: policyText({ Effect: 'Allow', Action: '*', Resource: '*' }) }),
    ]
    await Promise.all(calls.map((call) => expectRefusal(call, 'AccessDenied', /no identity-based policy allows/)))
  })
})
