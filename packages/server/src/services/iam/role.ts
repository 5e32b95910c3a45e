/** IAM roles and whom they trust. */

import {
  accountsBound,
  accountsNamed,
  bindPrincipals,
  identityArn,
  isServiceLinked,
  nameKey,
  showPrincipals,
  type Account,
  type BoundPolicy,
  type Estate,
  type Role,
} from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { uniqueId } from '../../ids.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { lastOf, type UsageRow } from '../../usage.ts'
import { requestTags } from '../tags.ts'
import { checkBoundary, showBoundary } from './boundary.ts'
import { refuseAgainstStandards } from './standards.ts'
import {
  aboutBounded,
  beyond,
  checkDocument,
  encoded,
  find,
  identityPage,
  inIamsForm,
  refuseBeyond,
  refuseWhile,
  showTags,
  sizeOf,
  withTags,
} from './shared.ts'

const HOUR = 3600
/** Where service-linked roles and Identity Center's roles live; only AWS's services make roles there. */
const RESERVED_PATHS = ['/aws-service-role/', '/aws-reserved/']

/** iam:CreateRole. */
export const createRole = operation('iam:CreateRole', {
  asks: ({ RoleName, Path = '/', PermissionsBoundary, Tags }, { account }) => ({
    resource: `arn:aws:iam::${account.id}:role${Path}${RoleName}`,
    context: { 'iam:PermissionsBoundary': PermissionsBoundary, ...requestTags(Tags) },
  }),
  refusals: [
    'EntityAlreadyExists',
    'InvalidInput',
    'LimitExceeded',
    'MalformedPolicyDocument',
    'NoSuchEntity',
    'ValidationError',
  ],
  needs: ({ AssumeRolePolicyDocument }) => accountsNamed(AssumeRolePolicyDocument),
  run(input, call) {
    const {
      RoleName,
      Path = '/',
      AssumeRolePolicyDocument,
      Description,
      MaxSessionDuration = HOUR,
      PermissionsBoundary,
      Tags,
    } = input
    const { account, now, random } = call
    const trust = trustPolicy(call, AssumeRolePolicyDocument)
    const reserved = RESERVED_PATHS.find((path) => Path.startsWith(path))
    if (reserved !== undefined)
      throw new Refusal('ValidationError', `Cannot create a role under the reserved path ${reserved}`)
    if (account.all('role').has(nameKey(RoleName))) {
      throw new Refusal('EntityAlreadyExists', `Role with name ${RoleName} already exists.`)
    }
    refuseBeyond(call, 'iam:RolesPerAccount', account.all('role').size)
    const role: Role = {
      kind: 'role',
      name: RoleName,
      path: Path,
      id: uniqueId(random, 'role'),
      createdAt: now,
      ...(Description === undefined ? {} : { description: Description }),
      maxSession: MaxSessionDuration,
      trust,
      inline: [],
      attached: [],
      ...checkBoundary(call, PermissionsBoundary),
      tags: withTags([], Tags),
    }
    refuseAgainstStandards(call, undefined, role)
    return {
      output: { Role: showRole(call.estate, account.id, role) },
      changes: [put(account.id, 'role', nameKey(RoleName), role)],
    }
  },
})

/** iam:GetRole. */
export const getRole = operation<'iam:GetRole', undefined, UsageRow>('iam:GetRole', {
  asks: ({ RoleName }, { account }) => aboutBounded(account, 'role', RoleName),
  refusals: ['NoSuchEntity'],
  needs: ({ RoleName }, { account }) => trusted(account.all('role').get(nameKey(RoleName))),
  look: ({ RoleName }, { account, usage }) =>
    usage.of(account.id, account.all('role').get(nameKey(RoleName))?.id ?? ''),
  run({ RoleName }, { account, estate, seen }) {
    const role = find(account, 'role', RoleName)
    return { output: { Role: { ...showRole(estate, account.id, role), ...showUse(seen) } } }
  },
})

/** iam:ListRoles. Leaves out tags, boundary and last use, as AWS's does. */
export const listRoles = operation('iam:ListRoles', {
  asks: (_input, { account }) => ({ resource: `arn:aws:iam::${account.id}:role/` }),
  refusals: [],
  needs: (input, call) => [...new Set((rolePage(input, call)?.items ?? []).flatMap(trusted))],
  run(input, call) {
    const { items, end } = inIamsForm(rolePage(input, call))
    return { output: { Roles: items.map((role) => briefRole(call.estate, call.account.id, role)), ...end } }
  },
})

/** iam:UpdateRole. A description that is left out stays; a duration that is left out becomes one hour (API_UpdateRole). */
export const updateRole = operation('iam:UpdateRole', {
  asks: ({ RoleName }, { account }) => aboutBounded(account, 'role', RoleName),
  refusals: ['InvalidInput', 'NoSuchEntity', 'UnmodifiableEntity'],
  run({ RoleName, Description, MaxSessionDuration = HOUR }, call) {
    const { account } = call
    const role = modifiable(find(account, 'role', RoleName))
    const updated: Role = {
      ...role,
      ...(Description === undefined ? {} : { description: Description }),
      maxSession: MaxSessionDuration,
    }
    refuseAgainstStandards(call, role, updated)
    return { output: {}, changes: [put(account.id, 'role', nameKey(RoleName), updated)] }
  },
})

/** iam:UpdateRoleDescription. */
export const updateRoleDescription = operation('iam:UpdateRoleDescription', {
  asks: ({ RoleName }, { account }) => aboutBounded(account, 'role', RoleName),
  refusals: ['InvalidInput', 'NoSuchEntity', 'UnmodifiableEntity'],
  needs: ({ RoleName }, { account }) => trusted(account.all('role').get(nameKey(RoleName))),
  run({ RoleName, Description }, call) {
    const { account, estate } = call
    const before = modifiable(find(account, 'role', RoleName))
    const role: Role = { ...before, description: Description }
    refuseAgainstStandards(call, before, role)
    return {
      output: { Role: showRole(estate, account.id, role) },
      changes: [put(account.id, 'role', nameKey(RoleName), role)],
    }
  },
})

/** iam:UpdateAssumeRolePolicy. Replaces the trust policy; sessions that are open stay open. */
export const updateAssumeRolePolicy = operation('iam:UpdateAssumeRolePolicy', {
  asks: ({ RoleName }, { account }) => aboutBounded(account, 'role', RoleName),
  refusals: ['LimitExceeded', 'MalformedPolicyDocument', 'NoSuchEntity', 'UnmodifiableEntity'],
  needs: ({ PolicyDocument }) => accountsNamed(PolicyDocument),
  run({ RoleName, PolicyDocument }, call) {
    const role = modifiable(find(call.account, 'role', RoleName))
    const changed: Role = { ...role, trust: trustPolicy(call, PolicyDocument) }
    return { output: {}, changes: [put(call.account.id, 'role', nameKey(RoleName), changed)] }
  },
})

/** iam:DeleteRole. Its sessions end with it: a principal that is gone has no credentials. */
export const deleteRole = operation('iam:DeleteRole', {
  asks: ({ RoleName }, { account }) => aboutBounded(account, 'role', RoleName),
  refusals: ['DeleteConflict', 'NoSuchEntity', 'UnmodifiableEntity'],
  run({ RoleName }, { account }) {
    const role = modifiable(find(account, 'role', RoleName))
    refuseWhile([
      [role.attached.length > 0, 'must detach all policies first'],
      [role.inline.length > 0, 'must delete policies first'],
      [inProfile(account, role), 'must remove roles from instance profile first'],
    ])
    return { output: {}, changes: [remove(account.id, 'role', nameKey(RoleName))] }
  },
})

function rolePage({ PathPrefix = '/', ...paging }: Input<'iam:ListRoles'>, call: Pick<Call, 'account' | 'keyring'>) {
  const listed = ({ path }: Role): boolean => path.startsWith(PathPrefix)
  return identityPage(call, 'role', { listing: `ListRoles${PathPrefix}`, listed, ...paging })
}

/** A trust policy as a role keeps it: valid, not too long, its principals known and bound to their unique ids. */
function trustPolicy({ estate, directory, quota }: Call, document: string): BoundPolicy {
  checkDocument(document, 'trust')
  const most = quota('iam:ACLSizePerRole')
  if (sizeOf(document) > most) throw beyond('iam:ACLSizePerRole', most)
  const bound = bindPrincipals(estate, (id) => directory.all('account').has(id), document)
  if (!bound.ok)
    throw new Refusal('MalformedPolicyDocument', `Invalid principal in policy: "${bound.type}":"${bound.principal}"`)
  const { ok: _, ...policy } = bound
  return policy
}

function inProfile(account: Account, { name }: Role): boolean {
  const profiles = [...account.all('instanceProfile').values()]
  return profiles.some(({ role }) => role !== undefined && nameKey(role) === nameKey(name))
}

/** Service-linked roles are their services' to change. */
export function modifiable(role: Role): Role {
  if (!isServiceLinked(role)) return role
  throw new Refusal(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
  )
}

export function trusted(role: Role | undefined): readonly string[] {
  return role === undefined ? [] : accountsBound(role.trust)
}

export function briefRole(estate: Estate, account: string, role: Role) {
  const { name, path, id, createdAt, description, maxSession, trust } = role
  return {
    Path: path,
    RoleName: name,
    RoleId: id,
    Arn: identityArn(account, role),
    CreateDate: new Date(createdAt),
    AssumeRolePolicyDocument: encoded(showPrincipals(estate, trust)),
    Description: description,
    MaxSessionDuration: maxSession,
  }
}

export function showRole(estate: Estate, account: string, role: Role) {
  const { tags } = role
  return {
    ...briefRole(estate, account, role),
    ...showBoundary(role),
    ...(tags.length === 0 ? {} : { Tags: showTags(tags) }),
    RoleLastUsed: {},
  }
}

export function showUse(row: UsageRow) {
  const use = lastOf(row)
  return { RoleLastUsed: use === undefined ? {} : { LastUsedDate: new Date(use.at), Region: use.region } }
}
