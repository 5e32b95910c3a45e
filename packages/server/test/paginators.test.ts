/** The SDK's paginators of IAM, Organizations and Service Quotas, all of them, and IAM's waiters, unmodified. */

import * as Iam from '@aws-sdk/client-iam'
import * as Organizations from '@aws-sdk/client-organizations'
import * as ServiceQuotas from '@aws-sdk/client-service-quotas'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OperationName, ServiceName } from '../src/operation.ts'
import { SERVICES } from '../src/services/index.ts'
import { leaf, sshLine } from './certificates.ts'
import { giveDevice } from './codes.ts'
import { DEVELOPMENT, MANAGEMENT, PRODUCTION, STAGING, startServer, type TestServer } from './harness.ts'
import { iamOf, policyText, trustText } from './people.ts'
import { newIdp } from './saml-idp.ts'
import { clientOf, commandOf, type AnyClient } from './sdks.ts'

const MODULES = { iam: Iam, organizations: Organizations, 'service-quotas': ServiceQuotas } as const
type Paged = keyof typeof MODULES

const POLICY = `arn:aws:iam::${MANAGEMENT}:policy/p1`
const PROVIDER = `arn:aws:iam::${MANAGEMENT}:oidc-provider/one.example.com`
const DOCUMENT = policyText({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
const TAGGED = JSON.stringify({ tags: { team: { tag_key: { '@@assign': 'Team' } } } })
const ACTIONS = ['s3:GetObject', 's3:PutObject', 's3:ListBucket']
const ROLES = { ServiceCode: 'iam', QuotaCode: 'L-FE177D64' }

/** What each is asked for, and how many it gives: page by page as many as at once. */
const PAGINATORS: Readonly<Record<string, readonly [input: object, items: number]>> = {
  'iam:GetAccountAuthorizationDetails': [{ Filter: ['Group'] }, 3],
  'iam:GetGroup': [{ GroupName: 'g1' }, 3],
  'iam:ListAccessKeys': [{ UserName: 'u1' }, 2],
  'iam:ListAccountAliases': [{}, 1],
  'iam:ListAttachedGroupPolicies': [{ GroupName: 'g1' }, 3],
  'iam:ListAttachedRolePolicies': [{ RoleName: 'r1' }, 3],
  'iam:ListAttachedUserPolicies': [{ UserName: 'u1' }, 3],
  'iam:ListEntitiesForPolicy': [{ PolicyArn: POLICY }, 3],
  'iam:ListGroupPolicies': [{ GroupName: 'g1' }, 3],
  'iam:ListGroups': [{}, 3],
  'iam:ListGroupsForUser': [{ UserName: 'u1' }, 3],
  'iam:ListInstanceProfileTags': [{ InstanceProfileName: 'i1' }, 3],
  'iam:ListInstanceProfiles': [{}, 3],
  'iam:ListInstanceProfilesForRole': [{ RoleName: 'r1' }, 3],
  'iam:ListMFADeviceTags': [{ SerialNumber: `arn:aws:iam::${MANAGEMENT}:mfa/d1` }, 3],
  'iam:ListMFADevices': [{ UserName: 'u1' }, 2],
  'iam:ListOpenIDConnectProviderTags': [{ OpenIDConnectProviderArn: PROVIDER }, 3],
  'iam:ListPolicies': [{ Scope: 'Local' }, 3],
  'iam:ListPolicyTags': [{ PolicyArn: POLICY }, 3],
  'iam:ListPolicyVersions': [{ PolicyArn: POLICY }, 3],
  'iam:ListRolePolicies': [{ RoleName: 'r1' }, 3],
  'iam:ListRoleTags': [{ RoleName: 'r1' }, 3],
  'iam:ListRoles': [{}, 4],
  'iam:ListSAMLProviderTags': [{ SAMLProviderArn: `arn:aws:iam::${MANAGEMENT}:saml-provider/one` }, 3],
  'iam:ListSSHPublicKeys': [{ UserName: 'u1' }, 3],
  'iam:ListServerCertificateTags': [{ ServerCertificateName: 's1' }, 3],
  'iam:ListServerCertificates': [{}, 3],
  'iam:ListSigningCertificates': [{ UserName: 'u1' }, 2],
  'iam:ListUserPolicies': [{ UserName: 'u1' }, 3],
  'iam:ListUserTags': [{ UserName: 'u1' }, 3],
  'iam:ListUsers': [{}, 4],
  'iam:ListVirtualMFADevices': [{}, 3],
  'iam:SimulateCustomPolicy': [{ PolicyInputList: [DOCUMENT], ActionNames: ACTIONS }, 3],
  'iam:SimulatePrincipalPolicy': [{ PolicySourceArn: `arn:aws:iam::${MANAGEMENT}:user/u1`, ActionNames: ACTIONS }, 3],
  'organizations:ListAWSServiceAccessForOrganization': [{}, 3],
  'organizations:ListAccounts': [{}, 7],
  'organizations:ListAccountsForParent': [{ ParentId: 'root' }, 7],
  'organizations:ListAccountsWithInvalidEffectivePolicy': [{ PolicyType: 'TAG_POLICY' }, 0],
  'organizations:ListChildren': [{ ParentId: 'root', ChildType: 'ACCOUNT' }, 7],
  'organizations:ListCreateAccountStatus': [{}, 3],
  'organizations:ListDelegatedAdministrators': [{}, 3],
  'organizations:ListDelegatedServicesForAccount': [{ AccountId: PRODUCTION }, 3],
  'organizations:ListEffectivePolicyValidationErrors': [{ AccountId: PRODUCTION, PolicyType: 'TAG_POLICY' }, 0],
  'organizations:ListHandshakesForAccount': [{}, 0],
  'organizations:ListHandshakesForOrganization': [{}, 3],
  'organizations:ListOrganizationalUnitsForParent': [{ ParentId: 'root' }, 3],
  'organizations:ListParents': [{ ChildId: PRODUCTION }, 1],
  'organizations:ListPolicies': [{ Filter: 'SERVICE_CONTROL_POLICY' }, 4],
  'organizations:ListPoliciesForTarget': [{ TargetId: PRODUCTION, Filter: 'SERVICE_CONTROL_POLICY' }, 4],
  'organizations:ListRoots': [{}, 1],
  'organizations:ListTagsForResource': [{ ResourceId: PRODUCTION }, 3],
  'organizations:ListTargetsForPolicy': [{ PolicyId: 'p-FullAWSAccess' }, 11],
  'service-quotas:ListAWSDefaultServiceQuotas': [{ ServiceCode: 'iam' }, 11],
  'service-quotas:ListRequestedServiceQuotaChangeHistory': [{}, 2],
  'service-quotas:ListRequestedServiceQuotaChangeHistoryByQuota': [ROLES, 1],
  'service-quotas:ListServiceQuotas': [{ ServiceCode: 'iam' }, 11],
  'service-quotas:ListServices': [{}, 5],
}

/** They take no size of a page: all is on one. */
const ONE_PAGE: ReadonlySet<string> = new Set(['organizations:ListTagsForResource'])

/** Their operations are not built. */
const NOT_BUILT: ReadonlySet<string> = new Set(['service-quotas:ListServiceQuotaIncreaseRequestsInTemplate'])

let server: TestServer
const made = new Map<string, string>()

beforeAll(async () => {
  server = await startServer()
  await identities()
  await organization()
  for (const [of, DesiredValue] of [
    [ROLES, 2000],
    [{ ...ROLES, QuotaCode: 'L-F4A5425F' }, 400],
  ] as const)
    await tell('service-quotas:RequestServiceQuotaIncrease', { ...of, DesiredValue })
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

async function tell(name: OperationName, input: object): Promise<Readonly<Record<string, unknown>>> {
  const [service, operation = ''] = name.split(':') as [ServiceName, string] // as such names are made
  return { ...(await clientOf(service, server).send(commandOf(service, operation, input))) }
}

const THREE = [1, 2, 3] as const
const Tags = THREE.map((n) => ({ Key: `k${n}`, Value: '' }))

async function identities(): Promise<void> {
  for (const n of THREE) {
    await tell('iam:CreateUser', { UserName: `u${n}`, Tags })
    await tell('iam:CreateGroup', { GroupName: `g${n}` })
    await tell('iam:CreateRole', { RoleName: `r${n}`, AssumeRolePolicyDocument: trustText({ AWS: MANAGEMENT }), Tags })
    await tell('iam:CreatePolicy', { PolicyName: `p${n}`, PolicyDocument: DOCUMENT, Tags })
    await tell('iam:CreateInstanceProfile', { InstanceProfileName: `i${n}`, Tags })
    await tell('iam:AddRoleToInstanceProfile', { InstanceProfileName: `i${n}`, RoleName: 'r1' })
  }
  for (const n of THREE) {
    const PolicyArn = POLICY.replace('p1', `p${n}`)
    const inline = { PolicyName: `in${n}`, PolicyDocument: DOCUMENT }
    await tell('iam:AttachUserPolicy', { UserName: 'u1', PolicyArn })
    await tell('iam:AttachGroupPolicy', { GroupName: 'g1', PolicyArn })
    await tell('iam:AttachRolePolicy', { RoleName: 'r1', PolicyArn })
    await tell('iam:PutUserPolicy', { UserName: 'u1', ...inline })
    await tell('iam:PutGroupPolicy', { GroupName: 'g1', ...inline })
    await tell('iam:PutRolePolicy', { RoleName: 'r1', ...inline })
    await tell('iam:AddUserToGroup', { UserName: 'u1', GroupName: `g${n}` })
    if (n > 1) await tell('iam:AddUserToGroup', { UserName: `u${n}`, GroupName: 'g1' })
    if (n > 1) await tell('iam:CreateAccessKey', { UserName: 'u1' })
    if (n > 1) await tell('iam:CreatePolicyVersion', { PolicyArn: POLICY, PolicyDocument: DOCUMENT })
  }
  for (const n of THREE) {
    const { certificate, key } = await leaf(`s${n}.example.com`)
    await tell('iam:UploadServerCertificate', {
      ServerCertificateName: `s${n}`,
      CertificateBody: certificate,
      PrivateKey: key,
      Tags,
    })
    if (n > 1) await tell('iam:UploadSigningCertificate', { UserName: 'u1', CertificateBody: certificate })
    await tell('iam:UploadSSHPublicKey', { UserName: 'u1', SSHPublicKeyBody: sshLine() })
  }
  const { metadata: SAMLMetadataDocument } = await newIdp()
  await tell('iam:CreateSAMLProvider', { Name: 'one', SAMLMetadataDocument, Tags })
  await tell('iam:CreateAccountAlias', { AccountAlias: 'three-accounts' })
  await tell('iam:CreateVirtualMFADevice', { VirtualMFADeviceName: 'd1', Tags })
  await giveDevice(server, 'u1', 'd2')
  await giveDevice(server, 'u1', 'd3')
  const ThumbprintList = ['a'.repeat(40)]
  await tell('iam:CreateOpenIDConnectProvider', { Url: 'https://one.example.com', ThumbprintList, Tags })
}

async function organization(): Promise<void> {
  const { Roots } = (await clientOf('organizations', server).send(
    commandOf('organizations', 'ListRoots', {}),
  )) as Organizations.ListRootsResponse // its output
  const root = Roots?.[0]?.Id ?? ''
  made.set('root', root)
  await tell('organizations:EnablePolicyType', { RootId: root, PolicyType: 'SERVICE_CONTROL_POLICY' })
  await tell('organizations:EnablePolicyType', { RootId: root, PolicyType: 'TAG_POLICY' })
  for (const AccountId of [STAGING, DEVELOPMENT]) {
    const ServicePrincipal = 'ssm.amazonaws.com'
    await tell('organizations:EnableAWSServiceAccess', { ServicePrincipal })
    await tell('organizations:RegisterDelegatedAdministrator', { AccountId, ServicePrincipal })
  }
  const tagged = { Name: 'tags', Description: '', Content: TAGGED, Type: 'TAG_POLICY' }
  const { Policy: policy } = (await tell('organizations:CreatePolicy', tagged)) as Organizations.CreatePolicyResponse // its output
  await tell('organizations:AttachPolicy', { PolicyId: policy?.PolicySummary?.Id, TargetId: PRODUCTION })
  await tell('organizations:TagResource', { ResourceId: PRODUCTION, Tags })
  for (const n of THREE) {
    const ServicePrincipal = ['', 'ssm', 'config', 'guardduty'][n] + '.amazonaws.com'
    await tell('organizations:EnableAWSServiceAccess', { ServicePrincipal })
    await tell('organizations:RegisterDelegatedAdministrator', { AccountId: PRODUCTION, ServicePrincipal })
    await tell('organizations:InviteAccountToOrganization', { Target: { Id: `i${n}@example.com`, Type: 'EMAIL' } })
    await tell('organizations:CreateAccount', { AccountName: `a${n}`, Email: `a${n}@example.com` })
    await tell('organizations:CreateOrganizationalUnit', { ParentId: root, Name: `unit${n}` })
    const policy = { Name: `scp${n}`, Description: '', Content: DOCUMENT, Type: 'SERVICE_CONTROL_POLICY' }
    const { Policy } = (await tell('organizations:CreatePolicy', policy)) as Organizations.CreatePolicyResponse // its output
    const PolicyId = Policy?.PolicySummary?.Id ?? ''
    await tell('organizations:AttachPolicy', { PolicyId, TargetId: PRODUCTION })
  }
}

type Pages = AsyncIterable<Readonly<Record<string, unknown>>>
type Paginate = (with_: { readonly client: AnyClient; readonly pageSize?: number }, input: object) => Pages

const EXPORTED = Object.entries(MODULES).flatMap(([service, module]) =>
  Object.entries(module).flatMap(
    ([name, paginate]) =>
      name.startsWith('paginate')
        ? [[`${service}:${name.slice('paginate'.length)}`, paginate as unknown as Paginate] as const]
        : [], // all have this face
  ),
)

/** The items of each page, all of its lists together. */
async function walk(name: string, input: object, pageSize?: number): Promise<readonly (readonly string[])[]> {
  const [service] = name.split(':') as [Paged] // as such names are made
  const paginate = new Map<string, Paginate>(EXPORTED).get(name)
  const real = Object.fromEntries(
    Object.entries(input).map(([key, one]) => [key, one === 'root' ? made.get('root') : one]),
  )
  const pages: (readonly string[])[] = []
  const client = clientOf(service, server)
  for await (const page of paginate?.({ client, ...(pageSize !== undefined && { pageSize }) }, real) ?? [])
    pages.push(
      Object.values(page).flatMap((one) => (Array.isArray(one) ? one.map((item) => JSON.stringify(item)) : [])),
    )
  return pages
}

describe('a paginator gives page by page what there is', () => {
  test.each(Object.entries(PAGINATORS))('%s', async (name, [input, items]) => {
    const one = await walk(name, input, 1)
    expect(one.flat()).toHaveLength(items)
    expect(new Set(one.flat()).size).toBe(items)
    expect(one.map(({ length }) => length)).toEqual(ONE_PAGE.has(name) || items === 0 ? [items] : one.map(() => 1))
    const all = await walk(name, input)
    expect(all.flat().toSorted()).toEqual(one.flat().toSorted())
  })

  test('and each that the SDK has is in the table, once its operation is built', () => {
    const built = (name: string) => {
      const [service = '', operation = ''] = name.split(':')
      return SERVICES.get(service)?.operations.has(operation) === true
    }
    const names = EXPORTED.map(([name]) => name)
    expect(names.filter(built).toSorted()).toEqual(Object.keys(PAGINATORS).toSorted())
    expect(names.filter((name) => !built(name)).toSorted()).toEqual([...NOT_BUILT].toSorted())
  })
})

describe('a waiter waits for what comes', () => {
  const patience = { maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.1 }

  const WAITERS: Readonly<
    Record<
      string,
      readonly [
        make: (iam: Iam.IAMClient) => Promise<unknown>,
        wait: (iam: Iam.IAMClient) => Promise<{ state: string }>,
      ]
    >
  > = {
    waitUntilUserExists: [
      (iam) => iam.send(new Iam.CreateUserCommand({ UserName: 'late' })),
      (client) => Iam.waitUntilUserExists({ client, ...patience }, { UserName: 'late' }),
    ],
    waitUntilRoleExists: [
      (iam) => iam.send(new Iam.CreateRoleCommand({ RoleName: 'late', AssumeRolePolicyDocument: trustText('*') })),
      (client) => Iam.waitUntilRoleExists({ client, ...patience }, { RoleName: 'late' }),
    ],
    waitUntilPolicyExists: [
      (iam) => iam.send(new Iam.CreatePolicyCommand({ PolicyName: 'late', PolicyDocument: DOCUMENT })),
      (client) => Iam.waitUntilPolicyExists({ client, ...patience }, { PolicyArn: POLICY.replace('p1', 'late') }),
    ],
    waitUntilInstanceProfileExists: [
      (iam) => iam.send(new Iam.CreateInstanceProfileCommand({ InstanceProfileName: 'late' })),
      (client) => Iam.waitUntilInstanceProfileExists({ client, ...patience }, { InstanceProfileName: 'late' }),
    ],
  }

  test.each(Object.entries(WAITERS))('%s', async (_name, [make, wait]) => {
    let asked = 0
    const waiting = iamOf(server)
    const once: Parameters<typeof waiting.middlewareStack.add>[0] = (next) => async (args) => {
      asked += 1
      try {
        return await next(args)
      } finally {
        if (asked === 1) await make(iamOf(server))
      }
    }
    waiting.middlewareStack.add(once, { step: 'deserialize', name: 'once' })
    expect([(await wait(waiting)).state, asked]).toEqual(['SUCCESS', 2])
  })

  test('and all that the SDK has are here', () => {
    const all = Object.values(MODULES).flatMap((module) =>
      Object.keys(module).filter((name) => name.startsWith('waitUntil')),
    )
    expect(all.toSorted()).toEqual(Object.keys(WAITERS).toSorted())
  })
})
