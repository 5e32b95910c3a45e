/** Everything in an account that says who may do what, in one answer. */

import {
  identityArn,
  nameKey,
  type AwsPolicy,
  type Group,
  type ManagedPolicy,
  type Role,
  type User,
} from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import type { UsageRow } from '../../usage.ts'
import { showAttached } from './attachment.ts'
import { showBoundary } from './boundary.ts'
import { usages } from './entities.ts'
import { showProfile } from './instance-profile.ts'
import { showVersion } from './policy-version.ts'
import { row } from './policy.ts'
import { usesOf } from './report-shelf.ts'
import { briefRole, showUse } from './role.ts'
import { encoded, iamPage, showTags } from './shared.ts'

type Detail =
  | { readonly kind: 'User'; readonly it: User }
  | { readonly kind: 'Group'; readonly it: Group }
  | { readonly kind: 'Role'; readonly it: Role }
  | { readonly kind: 'LocalManagedPolicy'; readonly it: ManagedPolicy }
  | { readonly kind: 'AWSManagedPolicy'; readonly it: AwsPolicy }

type Asked = Input<'iam:GetAccountAuthorizationDetails'>

/** iam:GetAccountAuthorizationDetails. Of AWS's own policies those that somebody has. */
export const getAccountAuthorizationDetails = operation<'iam:GetAccountAuthorizationDetails', (id: string) => UsageRow>(
  'iam:GetAccountAuthorizationDetails',
  {
    asks: () => ({ resource: '*' }),
    refusals: [],
    prepare: (input, call) =>
      usesOf(
        call,
        detailPage(call, input).items.flatMap(({ kind, it }) => (kind === 'Role' ? it.id : [])),
      ),
    run(input, call) {
      const { items, end } = detailPage(call, input)
      const usage = usages(call.account)
      const showPolicy = (arn: string, policy: AwsPolicy | ManagedPolicy) => ({
        ...row(arn, policy, usage(arn)),
        Description: 'description' in policy ? policy.description : undefined,
        PolicyVersionList: policy.versions.map((version) => showVersion(version, policy.defaultVersion)),
      })
      return {
        output: {
          UserDetailList: items.flatMap(({ kind, it }) => (kind === 'User' ? showUser(call, it) : [])),
          GroupDetailList: items.flatMap(({ kind, it }) => (kind === 'Group' ? showGroup(call, it) : [])),
          RoleDetailList: items.flatMap(({ kind, it }) =>
            kind === 'Role' ? showRole(call, it, call.prepared(it.id)) : [],
          ),
          Policies: items.flatMap(({ kind, it }) => {
            if (kind === 'AWSManagedPolicy') return showPolicy(it.arn, it)
            return kind === 'LocalManagedPolicy' ? showPolicy(identityArn(call.account.id, it), it) : []
          }),
          ...end,
        },
      }
    },
  },
)

function detailPage(call: Call, { Filter, ...paging }: Asked) {
  const { account } = call
  const all: readonly Detail[] = [
    ...[...account.all('user').values()].map((it) => ({ kind: 'User', it }) as const),
    ...[...account.all('group').values()].map((it) => ({ kind: 'Group', it }) as const),
    ...[...account.all('role').values()].map((it) => ({ kind: 'Role', it }) as const),
    ...[...account.all('policy').values()].map((it) => ({ kind: 'LocalManagedPolicy', it }) as const),
    ...awsPolicies(call).map((it) => ({ kind: 'AWSManagedPolicy', it }) as const),
  ]
  const wanted = all.filter(({ kind }) => Filter === undefined || Filter.length === 0 || Filter.includes(kind))
  return iamPage(call, wanted, {
    listing: `GetAccountAuthorizationDetails/${[...(Filter ?? [])].toSorted().join(',')}`,
    keyOf: ({ kind, it }) => `${ORDER.indexOf(kind)}/${nameKey(it.name)}`,
    ...paging,
  })
}

const ORDER: readonly Detail['kind'][] = ['User', 'Group', 'Role', 'LocalManagedPolicy', 'AWSManagedPolicy']

function awsPolicies({ account, estate }: Call): readonly AwsPolicy[] {
  const bounded = [...account.all('user').values(), ...account.all('role').values()]
  const arns = [...bounded, ...account.all('group').values()].flatMap(({ attached }) => attached)
  const boundaries = bounded.flatMap(({ boundary }) => boundary ?? [])
  return [...new Set([...arns, ...boundaries])].flatMap((arn) => estate.catalogue.policy(arn) ?? [])
}

function showUser({ account }: Call, user: User) {
  const { tags, groups } = user
  return {
    ...showIdentity(account.id, user),
    UserName: user.name,
    UserId: user.id,
    UserPolicyList: showInline(user),
    GroupList: groups.flatMap((key) => account.all('group').get(key)?.name ?? []),
    ...showBoundary(user),
    Tags: tags.length === 0 ? undefined : showTags(tags),
  }
}

function showGroup({ account }: Call, group: Group) {
  return {
    ...showIdentity(account.id, group),
    GroupName: group.name,
    GroupId: group.id,
    GroupPolicyList: showInline(group),
  }
}

function showRole({ account, estate }: Call, role: Role, used: UsageRow) {
  const { Description: _, MaxSessionDuration: __, ...brief } = briefRole(estate, account.id, role)
  const profiles = [...account.all('instanceProfile').values()]
  return {
    ...brief,
    ...showIdentity(account.id, role),
    InstanceProfileList: profiles
      .filter((profile) => profile.role !== undefined && nameKey(profile.role) === nameKey(role.name))
      .map((profile) => showProfile({ account, estate }, profile)),
    RolePolicyList: showInline(role),
    ...showBoundary(role),
    Tags: role.tags.length === 0 ? undefined : showTags(role.tags),
    ...showUse(used),
  }
}

type Holder = User | Group | Role

function showIdentity(account: string, it: Holder) {
  return {
    Path: it.path,
    Arn: identityArn(account, it),
    CreateDate: new Date(it.createdAt),
    AttachedManagedPolicies: it.attached.map(showAttached),
  }
}

function showInline({ inline }: Holder) {
  return inline.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encoded(document) }))
}
