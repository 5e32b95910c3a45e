/** Builds the world of a decision case with real calls, and makes the call that the case is about. */

import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  type IAMClient,
} from '@aws-sdk/client-iam'
import {
  AttachPolicyCommand,
  CreateOrganizationalUnitCommand,
  CreatePolicyCommand as CreateOrganizationPolicyCommand,
  DescribeOrganizationCommand,
  DetachPolicyCommand,
  EnablePolicyTypeCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import type { PolicyCase } from '@sallyport/policy'
import { bucketOf, keyed, objectOf, s3Of, text } from './cases-bucket.ts'
import { client, type Keys, type TestServer } from './harness.ts'
import { enter, iamOf, trustText } from './people.ts'

export type Verdict = PolicyCase['expected']

/** The whole life of a case on a server of its own: the world is built, then the organisation closes in, then the call. */
export async function live(server: TestServer, filed: PolicyCase): Promise<Verdict> {
  const one = await here(server, filed)
  const keys = isAnonymous(one) ? undefined : await caller(server, one)
  await resource(server, one)
  if (one.scps.length > 0) await guard(server, one, 'SERVICE_CONTROL_POLICY', one.scps)
  if (one.rcps.length > 0) await guard(server, one, 'RESOURCE_CONTROL_POLICY', one.rcps)
  const verdict = await verdictOf(
    CALLS[one.request.action]?.(server, one, keys) ?? Promise.reject(new Error('no such call')),
  )
  // the anonymous are told nothing of why
  return keys === undefined && verdict === 'ImplicitDeny' && one.expected === 'ExplicitDeny' ? one.expected : verdict
}

type Call = (server: TestServer, one: PolicyCase, keys: Keys | undefined) => Promise<unknown>

/** The organisation that a case is in, by the names that cases give it. */
export const OWN_ORGANIZATION = /\bo-(?:mine|1)\b/g

async function here(server: TestServer, one: PolicyCase): Promise<PolicyCase> {
  const { Organization } = await client(OrganizationsClient, server).send(new DescribeOrganizationCommand({}))
  return JSON.parse(JSON.stringify(one).replaceAll(OWN_ORGANIZATION, Organization?.Id ?? '')) as PolicyCase // the same, by its name here
}

export function isAnonymous({ request }: PolicyCase): boolean {
  return typeof request.principal === 'object' && request.principal.type === 'Anonymous'
}

/** Actions that can be called here. */
export const CALLS: Readonly<Record<string, Call>> = {
  's3:GetObject': async (server, one, keys) => {
    const { bucket, key } = objectOf(one)
    return (await s3Of(server, one, keys)).send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  },
  's3:ListBucket': async (server, one, keys) => {
    const Prefix = text(one, 's3:prefix')
    const asked = { Bucket: objectOf(one).bucket, ...(Prefix === undefined ? {} : { Prefix }) }
    return (await s3Of(server, one, keys)).send(new ListObjectsV2Command(asked))
  },
  'iam:CreateUser': async (server, one, keys) => {
    const PermissionsBoundary = text(one, 'iam:PermissionsBoundary')
    return iamOf(server, keys).send(
      new CreateUserCommand({ UserName: 'new', ...(PermissionsBoundary === undefined ? {} : { PermissionsBoundary }) }),
    )
  },
  'sts:AssumeRole': (server, one, keys) => {
    const ExternalId = text(one, 'sts:ExternalId')
    const RoleSessionName = text(one, 'sts:RoleSessionName') ?? 'session'
    const asked = {
      RoleArn: one.request.resource.arn,
      RoleSessionName,
      ...(ExternalId === undefined ? {} : { ExternalId }),
    }
    return client(STSClient, server, keys).send(new AssumeRoleCommand(asked))
  },
  'sts:GetSessionToken': (server, _one, keys) => client(STSClient, server, keys).send(new GetSessionTokenCommand({})),
}

/** A refusal by the law in the words of AWS; whatever else goes wrong is no verdict. */
async function verdictOf(call: Promise<unknown>): Promise<Verdict> {
  try {
    await call
    return 'Allowed'
  } catch (error) {
    if (!(error instanceof Error) || !error.name.startsWith('AccessDenied')) throw error
    return error.message.includes('explicit deny') ? 'ExplicitDeny' : 'ImplicitDeny'
  }
}

async function caller(server: TestServer, one: PolicyCase): Promise<Keys> {
  const principal = String(one.request.principal)
  const [, account = '', kind, name = '', session = ''] =
    /::(\d{12}):([^/]+)\/([^/]+)(?:\/(.+))?$/.exec(principal) ?? []
  const admin = await enter(server, account)
  const iam = iamOf(server, admin)
  if (kind === 'user') return user(iam, one, name)
  const { roleArn: RoleArn = `arn:aws:iam::${account}:role/${name}` } = one.request.principalInfo ?? {}
  await role(iam, one, { RoleName: name, Path: /:role(\/(?:.*\/)?)/.exec(RoleArn)?.[1] ?? '/', account })
  const policy = one.sessionPolicy === null ? {} : { Policy: JSON.stringify(one.sessionPolicy) }
  const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: session, ...policy })
  const { Credentials: given } = await client(STSClient, server, admin).send(command)
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = given ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

async function user(iam: IAMClient, one: PolicyCase, UserName: string): Promise<Keys> {
  await iam.send(new CreateUserCommand({ UserName, Tags: tagsOf(one) }))
  for (const [at, policy] of one.identityPolicies.entries()) {
    const put = { UserName, PolicyName: `p${at}`, PolicyDocument: JSON.stringify(policy) }
    await iam.send(new PutUserPolicyCommand(put))
  }
  const boundary = await managed(iam, one)
  if (boundary !== undefined) {
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: boundary }))
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

interface Named {
  readonly RoleName: string
  readonly Path: string
  readonly account: string
}

async function role(iam: IAMClient, one: PolicyCase, { account, ...named }: Named): Promise<void> {
  const { RoleName } = named
  const trust = trustText({ AWS: account })
  await iam.send(new CreateRoleCommand({ ...named, AssumeRolePolicyDocument: trust, Tags: tagsOf(one) }))
  for (const [at, policy] of one.identityPolicies.entries()) {
    const put = { RoleName, PolicyName: `p${at}`, PolicyDocument: JSON.stringify(policy) }
    await iam.send(new PutRolePolicyCommand(put))
  }
  const boundary = await managed(iam, one)
  if (boundary !== undefined) {
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundary }))
  }
}

async function managed(iam: IAMClient, { boundary }: PolicyCase): Promise<string | undefined> {
  if (boundary === null) return undefined
  const made = { PolicyName: 'boundary', PolicyDocument: JSON.stringify(boundary[0]) }
  return (await iam.send(new CreatePolicyCommand(made))).Policy?.Arn
}

/** What the call is about, in its own account: an object in a bucket, or a role with the case's trust policy. */
async function resource(server: TestServer, one: PolicyCase): Promise<void> {
  const { action, resource: about } = one.request
  const owner = await enter(server, about.accountId)
  if (action.startsWith('s3:')) await bucketOf(server, one, owner)
  if (action === 'sts:AssumeRole') {
    const AssumeRolePolicyDocument = JSON.stringify(one.resourcePolicy)
    const RoleName = about.arn.slice(about.arn.lastIndexOf('/') + 1)
    await iamOf(server, owner).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  }
  const boundary = text(one, 'iam:PermissionsBoundary')
  if (boundary === undefined) return
  const PolicyName = boundary.slice(boundary.lastIndexOf('/') + 1)
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  })
  await iamOf(server, owner).send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))
}

type Type = 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY'

/** The account goes below as many units as the case has levels, and each level gets the policies that the case says. */
async function guard(server: TestServer, one: PolicyCase, PolicyType: Type, levels: PolicyCase['scps']): Promise<void> {
  const organizations = client(OrganizationsClient, server)
  const { Roots: [root] = [] } = await organizations.send(new ListRootsCommand({}))
  const rootId = root?.Id ?? ''
  await organizations.send(new EnablePolicyTypeCommand({ RootId: rootId, PolicyType }))
  const [, callers = ''] = /::(\d{12}):/.exec(String(one.request.principal)) ?? []
  const account = PolicyType === 'SERVICE_CONTROL_POLICY' ? callers : one.request.resource.accountId
  const path = [rootId]
  for (const [at] of levels.slice(1, -1).entries()) {
    const made = { ParentId: path.at(-1), Name: `level ${at}` }
    const { OrganizationalUnit: unit } = await organizations.send(new CreateOrganizationalUnitCommand(made))
    path.push(unit?.Id ?? '')
  }
  if (path.length > 1) {
    const move = { AccountId: account, SourceParentId: rootId, DestinationParentId: path.at(-1) }
    await organizations.send(new MoveAccountCommand(move))
  }
  if (levels.length > 1) path.push(account)
  for (const [at, { policies }] of levels.entries()) {
    await hang(organizations, PolicyType, { target: path[at] ?? '', policies, at })
  }
}

interface Hanging {
  readonly target: string
  readonly policies: readonly object[]
  readonly at: number
}

/** AWS's full access goes once there is another: the last policy of a target cannot be taken off. RCPs keep theirs. */
async function hang(organizations: OrganizationsClient, Type: Type, { target, policies, at }: Hanging): Promise<void> {
  for (const [number, policy] of policies.entries()) {
    const made = { Name: `${Type} ${at} ${number}`, Description: 'of a case', Type, Content: JSON.stringify(policy) }
    const { Policy } = await organizations.send(new CreateOrganizationPolicyCommand(made))
    await organizations.send(new AttachPolicyCommand({ PolicyId: Policy?.PolicySummary?.Id, TargetId: target }))
  }
  if (Type === 'RESOURCE_CONTROL_POLICY') return
  await organizations.send(new DetachPolicyCommand({ PolicyId: 'p-FullAWSAccess', TargetId: target }))
}

function tagsOf(one: PolicyCase) {
  return keyed(one, 'aws:PrincipalTag/').map(([Key, Value]) => ({ Key, Value }))
}
