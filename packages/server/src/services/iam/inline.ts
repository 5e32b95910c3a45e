/** Policies written into a user, group or role. */

import { nameKey, type Group, type InlinePolicy, type Role, type User } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { modifiable } from './role.ts'
import { about, aboutBounded, checkDocument, encoded, find, iamPage, sizeOf } from './shared.ts'

type Holder = User | Group | Role

/** Characters of all inline policies together, white space left out. UG reference_iam-quotas. */
export const INLINE_SIZES = { user: 2048, group: 5120, role: 10_240 } as const satisfies Record<Holder['kind'], number>

const PUT_REFUSALS = ['LimitExceeded', 'MalformedPolicyDocument', 'NoSuchEntity', 'UnmodifiableEntity'] as const

/** iam:PutUserPolicy. */
export const putUserPolicy = operation('iam:PutUserPolicy', {
  asks: ({ UserName }, { account }) => aboutBounded(account, 'user', UserName),
  refusals: PUT_REFUSALS,
  run: ({ UserName, PolicyName, PolicyDocument }, call) =>
    write(call, find(call.account, 'user', UserName), { name: PolicyName, document: PolicyDocument }),
})

/** iam:PutGroupPolicy. */
export const putGroupPolicy = operation('iam:PutGroupPolicy', {
  asks: ({ GroupName }, { account }) => about(account, 'group', GroupName),
  refusals: PUT_REFUSALS,
  run: ({ GroupName, PolicyName, PolicyDocument }, call) =>
    write(call, find(call.account, 'group', GroupName), { name: PolicyName, document: PolicyDocument }),
})

/** iam:PutRolePolicy. */
export const putRolePolicy = operation('iam:PutRolePolicy', {
  asks: ({ RoleName }, { account }) => aboutBounded(account, 'role', RoleName),
  refusals: PUT_REFUSALS,
  run: ({ RoleName, PolicyName, PolicyDocument }, call) =>
    write(call, modifiable(find(call.account, 'role', RoleName)), { name: PolicyName, document: PolicyDocument }),
})

/** iam:GetUserPolicy. */
export const getUserPolicy = operation('iam:GetUserPolicy', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['NoSuchEntity'],
  run: ({ UserName, PolicyName }, { account }) => ({
    output: { UserName, ...show(find(account, 'user', UserName), PolicyName) },
  }),
})

/** iam:GetGroupPolicy. */
export const getGroupPolicy = operation('iam:GetGroupPolicy', {
  asks: ({ GroupName }, { account }) => about(account, 'group', GroupName),
  refusals: ['NoSuchEntity'],
  run: ({ GroupName, PolicyName }, { account }) => ({
    output: { GroupName, ...show(find(account, 'group', GroupName), PolicyName) },
  }),
})

/** iam:GetRolePolicy. */
export const getRolePolicy = operation('iam:GetRolePolicy', {
  asks: ({ RoleName }, { account }) => about(account, 'role', RoleName),
  refusals: ['NoSuchEntity'],
  run: ({ RoleName, PolicyName }, { account }) => ({
    output: { RoleName, ...show(find(account, 'role', RoleName), PolicyName) },
  }),
})

/** iam:DeleteUserPolicy. */
export const deleteUserPolicy = operation('iam:DeleteUserPolicy', {
  asks: ({ UserName }, { account }) => aboutBounded(account, 'user', UserName),
  refusals: ['NoSuchEntity'],
  run: ({ UserName, PolicyName }, call) => erase(call, find(call.account, 'user', UserName), PolicyName),
})

/** iam:DeleteGroupPolicy. */
export const deleteGroupPolicy = operation('iam:DeleteGroupPolicy', {
  asks: ({ GroupName }, { account }) => about(account, 'group', GroupName),
  refusals: ['NoSuchEntity'],
  run: ({ GroupName, PolicyName }, call) => erase(call, find(call.account, 'group', GroupName), PolicyName),
})

/** iam:DeleteRolePolicy. */
export const deleteRolePolicy = operation('iam:DeleteRolePolicy', {
  asks: ({ RoleName }, { account }) => aboutBounded(account, 'role', RoleName),
  refusals: ['NoSuchEntity', 'UnmodifiableEntity'],
  run: ({ RoleName, PolicyName }, call) => erase(call, modifiable(find(call.account, 'role', RoleName)), PolicyName),
})

/** iam:ListUserPolicies. */
export const listUserPolicies = operation('iam:ListUserPolicies', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['NoSuchEntity'],
  run: ({ UserName, ...paging }, call) => list(call, find(call.account, 'user', UserName), paging),
})

/** iam:ListGroupPolicies. */
export const listGroupPolicies = operation('iam:ListGroupPolicies', {
  asks: ({ GroupName }, { account }) => about(account, 'group', GroupName),
  refusals: ['NoSuchEntity'],
  run: ({ GroupName, ...paging }, call) => list(call, find(call.account, 'group', GroupName), paging),
})

/** iam:ListRolePolicies. */
export const listRolePolicies = operation('iam:ListRolePolicies', {
  asks: ({ RoleName }, { account }) => about(account, 'role', RoleName),
  refusals: ['NoSuchEntity'],
  run: ({ RoleName, ...paging }, call) => list(call, find(call.account, 'role', RoleName), paging),
})

function write({ account }: Call, holder: Holder, policy: InlinePolicy) {
  checkDocument(policy.document, 'identity')
  const inline = [...holder.inline.filter(({ name }) => name !== policy.name), policy]
  const limit = INLINE_SIZES[holder.kind]
  if (inline.reduce((sum, { document }) => sum + sizeOf(document), 0) > limit) {
    throw new Refusal(
      'LimitExceeded',
      `Maximum policy size of ${limit} bytes exceeded for ${holder.kind} ${holder.name}`,
    )
  }
  return { output: {}, changes: [put(account.id, holder.kind, nameKey(holder.name), { ...holder, inline })] }
}

function show(holder: Holder, name: string) {
  const { document } = known(holder, name)
  return { PolicyName: name, PolicyDocument: encoded(document) }
}

function erase({ account }: Call, holder: Holder, name: string) {
  known(holder, name)
  const inline = holder.inline.filter((policy) => policy.name !== name)
  return { output: {}, changes: [put(account.id, holder.kind, nameKey(holder.name), { ...holder, inline })] }
}

function known({ inline, kind }: Holder, wanted: string): InlinePolicy {
  const policy = inline.find(({ name }) => name === wanted)
  if (policy === undefined) throw new Refusal('NoSuchEntity', `The ${kind} policy with name ${wanted} cannot be found.`)
  return policy
}

function list(call: Call, { id, inline }: Holder, paging: { readonly Marker?: string; readonly MaxItems?: number }) {
  const names = inline.map(({ name }) => name)
  const { items, end } = iamPage(call, names, { listing: `inline/${id}`, keyOf: (name) => name, ...paging })
  return { output: { PolicyNames: items, ...end } }
}
