/** Instance profiles: the names under which EC2 instances get a role. */

import { identityArn, nameKey, profileArn, type Account, type InstanceProfile, type Role } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { uniqueId } from '../../ids.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove, type Change } from '../../store/store.ts'
import { requestTags, resourceTags } from '../tags.ts'
import { briefRole, modifiable, trusted } from './role.ts'
import { about, find, iamPage, refuseBeyond, refuseWhile, showTags, withTags, withoutTags } from './shared.ts'

/** iam:CreateInstanceProfile. It has no role yet. */
export const createInstanceProfile = operation('iam:CreateInstanceProfile', {
  asks: ({ InstanceProfileName, Path = '/', Tags }, { account }) => ({
    resource: profileArn(account.id, { path: Path, name: InstanceProfileName }),
    context: requestTags(Tags),
  }),
  refusals: ['EntityAlreadyExists', 'InvalidInput', 'LimitExceeded'],
  run({ InstanceProfileName: name, Path = '/', Tags }, call) {
    const { account, now, random } = call
    if (account.all('instanceProfile').has(nameKey(name)))
      throw new Refusal('EntityAlreadyExists', `Instance Profile ${name} already exists.`)
    refuseBeyond(call, 'iam:InstanceProfilesPerAccount', account.all('instanceProfile').size)
    const id = uniqueId(random, 'instanceProfile')
    const profile: InstanceProfile = {
      kind: 'instanceProfile',
      name,
      path: Path,
      id,
      createdAt: now,
      tags: withTags([], Tags),
    }
    return { output: { InstanceProfile: showProfile(call, profile) }, changes: [keep(call, profile)] }
  },
})

/** iam:GetInstanceProfile. */
export const getInstanceProfile = operation('iam:GetInstanceProfile', {
  asks: ({ InstanceProfileName }, { account }) => aboutProfile(account, InstanceProfileName),
  refusals: ['NoSuchEntity'],
  needs: ({ InstanceProfileName }, { account }) =>
    trusted(roleOf(account, account.all('instanceProfile').get(nameKey(InstanceProfileName)))),
  run: ({ InstanceProfileName }, call) => ({
    output: { InstanceProfile: showProfile(call, findProfile(call.account, InstanceProfileName)) },
  }),
})

/** iam:DeleteInstanceProfile. Instances that were launched with it keep its name, and get no more credentials. */
export const deleteInstanceProfile = operation('iam:DeleteInstanceProfile', {
  asks: ({ InstanceProfileName }, { account }) => aboutProfile(account, InstanceProfileName),
  refusals: ['DeleteConflict', 'NoSuchEntity'],
  run({ InstanceProfileName }, { account }) {
    const { name, role } = findProfile(account, InstanceProfileName)
    refuseWhile([[role !== undefined, 'must remove roles from instance profile first']])
    return { output: {}, changes: [remove(account.id, 'instanceProfile', nameKey(name))] }
  },
})

/** iam:ListInstanceProfiles. */
export const listInstanceProfiles = operation('iam:ListInstanceProfiles', {
  asks: (_input, { account }) => ({ resource: `arn:aws:iam::${account.id}:instance-profile/` }),
  refusals: [],
  needs: (_input, { account }) => trustedByAll(account),
  run({ PathPrefix = '/', ...paging }, call) {
    const listed = [...call.account.all('instanceProfile').values()].filter(({ path }) => path.startsWith(PathPrefix))
    const listing = `ListInstanceProfiles${PathPrefix}`
    const { items, end } = iamPage(call, listed, { listing, keyOf: ({ name }) => nameKey(name), ...paging })
    return { output: { InstanceProfiles: items.map((profile) => brief(call, profile)), ...end } }
  },
})

/** iam:ListInstanceProfilesForRole. */
export const listInstanceProfilesForRole = operation('iam:ListInstanceProfilesForRole', {
  asks: ({ RoleName }, { account }) => about(account, 'role', RoleName),
  refusals: ['NoSuchEntity'],
  needs: (_input, { account }) => trustedByAll(account),
  run({ RoleName, ...paging }, call) {
    const role = find(call.account, 'role', RoleName)
    const listing = `ListInstanceProfilesForRole/${role.id}`
    const having = profilesWith(call.account, role)
    const { items, end } = iamPage(call, having, { listing, keyOf: ({ name }) => nameKey(name), ...paging })
    return { output: { InstanceProfiles: items.map((profile) => brief(call, profile)), ...end } }
  },
})

/** iam:AddRoleToInstanceProfile. Asks iam:PassRole too: whoever launches an instance with the profile gives it the role. */
export const addRoleToInstanceProfile = operation('iam:AddRoleToInstanceProfile', {
  asks: ({ InstanceProfileName, RoleName }, { account }) => [
    aboutProfile(account, InstanceProfileName),
    passing(account, RoleName),
  ],
  refusals: ['LimitExceeded', 'NoSuchEntity', 'UnmodifiableEntity'],
  run({ InstanceProfileName, RoleName }, call) {
    const profile = findProfile(call.account, InstanceProfileName)
    const role = modifiable(find(call.account, 'role', RoleName))
    if (profile.role !== undefined) {
      throw new Refusal('LimitExceeded', 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1')
    }
    return { output: {}, changes: [keep(call, { ...profile, role: role.name })] }
  },
})

/** iam:RemoveRoleFromInstanceProfile. */
export const removeRoleFromInstanceProfile = operation('iam:RemoveRoleFromInstanceProfile', {
  asks: ({ InstanceProfileName }, { account }) => aboutProfile(account, InstanceProfileName),
  refusals: ['NoSuchEntity', 'UnmodifiableEntity'],
  run({ InstanceProfileName, RoleName }, call) {
    const { role, ...profile } = findProfile(call.account, InstanceProfileName)
    if (role === undefined || nameKey(role) !== nameKey(RoleName)) {
      throw new Refusal('NoSuchEntity', `Role with name ${RoleName} cannot be found.`)
    }
    return { output: {}, changes: [keep(call, profile)] }
  },
})

/** iam:TagInstanceProfile. */
export const tagInstanceProfile = operation('iam:TagInstanceProfile', {
  asks({ InstanceProfileName, Tags }, { account }) {
    const { context, ...asked } = aboutProfile(account, InstanceProfileName)
    return { ...asked, context: { ...context, ...requestTags(Tags) } }
  },
  refusals: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
  run({ InstanceProfileName, Tags }, call) {
    const profile = findProfile(call.account, InstanceProfileName)
    return { output: {}, changes: [keep(call, { ...profile, tags: withTags(profile.tags, Tags) })] }
  },
})

/** iam:UntagInstanceProfile. */
export const untagInstanceProfile = operation('iam:UntagInstanceProfile', {
  asks({ InstanceProfileName, TagKeys }, { account }) {
    const { context, ...asked } = aboutProfile(account, InstanceProfileName)
    return { ...asked, context: { ...context, 'aws:TagKeys': TagKeys } }
  },
  refusals: ['NoSuchEntity'],
  run({ InstanceProfileName, TagKeys }, call) {
    const profile = findProfile(call.account, InstanceProfileName)
    return { output: {}, changes: [keep(call, { ...profile, tags: withoutTags(profile.tags, TagKeys) })] }
  },
})

/** iam:ListInstanceProfileTags. */
export const listInstanceProfileTags = operation('iam:ListInstanceProfileTags', {
  asks: ({ InstanceProfileName }, { account }) => aboutProfile(account, InstanceProfileName),
  refusals: ['NoSuchEntity'],
  run({ InstanceProfileName, ...paging }, call) {
    const { id, tags } = findProfile(call.account, InstanceProfileName)
    const { items, end } = iamPage(call, tags, { listing: `tags/${id}`, keyOf: ({ key }) => key, ...paging })
    return { output: { Tags: showTags(items), ...end } }
  },
})

function profilesWith(account: Account, role: Role): readonly InstanceProfile[] {
  const has = ({ role: name }: InstanceProfile): boolean => name !== undefined && nameKey(name) === nameKey(role.name)
  return [...account.all('instanceProfile').values()].filter(has)
}

function findProfile(account: Account, name: string): InstanceProfile {
  const profile = account.all('instanceProfile').get(nameKey(name))
  if (profile === undefined) throw new Refusal('NoSuchEntity', `Instance Profile ${name} cannot be found.`)
  return profile
}

function aboutProfile(account: Account, name: string) {
  const profile = account.all('instanceProfile').get(nameKey(name))
  return {
    resource: profileArn(account.id, profile ?? { path: '/', name }),
    context: resourceTags(profile?.tags ?? []),
  }
}

/** No instance is known yet: AWS asks for all of the account's (UG id_roles_use_passrole, `iam:AssociatedResourceArn`). */
function passing(account: Account, roleName: string): Asking {
  const role = account.all('role').get(nameKey(roleName))
  return {
    action: 'iam:PassRole',
    resource: role === undefined ? `arn:aws:iam::${account.id}:role/${roleName}` : identityArn(account.id, role),
    context: {
      'iam:PassedToService': 'ec2.amazonaws.com',
      'iam:AssociatedResourceArn': `arn:aws:ec2:*:${account.id}:instance/*`,
      ...resourceTags(role?.tags ?? [], 'iam'),
    },
  }
}

function roleOf(account: Account, profile: InstanceProfile | undefined): Role | undefined {
  return profile?.role === undefined ? undefined : account.all('role').get(nameKey(profile.role))
}

function trustedByAll(account: Account): readonly string[] {
  const profiles = [...account.all('instanceProfile').values()]
  return [...new Set(profiles.flatMap((profile) => trusted(roleOf(account, profile))))]
}

function keep({ account }: Call, profile: InstanceProfile): Change {
  return put(account.id, 'instanceProfile', nameKey(profile.name), profile)
}

function brief({ account, estate }: Pick<Call, 'account' | 'estate'>, profile: InstanceProfile) {
  const role = roleOf(account, profile)
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profileArn(account.id, profile),
    CreateDate: new Date(profile.createdAt),
    Roles: role === undefined ? [] : [briefRole(estate, account.id, role)],
  }
}

/** Lists leave tags out. */
export function showProfile(call: Pick<Call, 'account' | 'estate'>, profile: InstanceProfile) {
  const { tags } = profile
  return { ...brief(call, profile), ...(tags.length === 0 ? {} : { Tags: showTags(tags) }) }
}
