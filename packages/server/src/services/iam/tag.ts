/** Tags on users, roles and policies. */

import { nameKey, type ManagedPolicy, type Role, type Tag, type User } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { put } from '../../store/store.ts'
import { requestTags } from '../tags.ts'
import { own } from './policy.ts'
import { modifiable } from './role.ts'
import { refuseAgainstStandards } from './standards.ts'
import { about, aboutPolicy, find, iamPage, showTags, withTags, withoutTags } from './shared.ts'

type Tagged = User | Role | ManagedPolicy

/** iam:TagUser. */
export const tagUser = operation('iam:TagUser', {
  asks: ({ UserName, Tags }, { account }) => adding(about(account, 'user', UserName), Tags),
  refusals: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
  run: ({ UserName, Tags }, call) => tag(call, find(call.account, 'user', UserName), (tags) => withTags(tags, Tags)),
})

/** iam:TagRole. */
export const tagRole = operation('iam:TagRole', {
  asks: ({ RoleName, Tags }, { account }) => adding(about(account, 'role', RoleName), Tags),
  refusals: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity', 'UnmodifiableEntity'],
  run: ({ RoleName, Tags }, call) =>
    tag(call, modifiable(find(call.account, 'role', RoleName)), (tags) => withTags(tags, Tags)),
})

/** iam:TagPolicy. */
export const tagPolicy = operation('iam:TagPolicy', {
  asks: ({ PolicyArn, Tags }, call) => adding(aboutPolicy(call, PolicyArn), Tags),
  refusals: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
  run: ({ PolicyArn, Tags }, call) => tag(call, own(call, PolicyArn), (tags) => withTags(tags, Tags)),
})

/** iam:UntagUser. */
export const untagUser = operation('iam:UntagUser', {
  asks: ({ UserName, TagKeys }, { account }) => removing(about(account, 'user', UserName), TagKeys),
  refusals: ['NoSuchEntity'],
  run: ({ UserName, TagKeys }, call) =>
    tag(call, find(call.account, 'user', UserName), (tags) => withoutTags(tags, TagKeys)),
})

/** iam:UntagRole. */
export const untagRole = operation('iam:UntagRole', {
  asks: ({ RoleName, TagKeys }, { account }) => removing(about(account, 'role', RoleName), TagKeys),
  refusals: ['InvalidInput', 'NoSuchEntity', 'UnmodifiableEntity'],
  run: ({ RoleName, TagKeys }, call) =>
    tag(call, modifiable(find(call.account, 'role', RoleName)), (tags) => withoutTags(tags, TagKeys)),
})

/** iam:UntagPolicy. */
export const untagPolicy = operation('iam:UntagPolicy', {
  asks: ({ PolicyArn, TagKeys }, call) => removing(aboutPolicy(call, PolicyArn), TagKeys),
  refusals: ['NoSuchEntity'],
  run: ({ PolicyArn, TagKeys }, call) => tag(call, own(call, PolicyArn), (tags) => withoutTags(tags, TagKeys)),
})

/** iam:ListUserTags. */
export const listUserTags = operation('iam:ListUserTags', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['NoSuchEntity'],
  run: ({ UserName, ...paging }, call) => list(call, find(call.account, 'user', UserName), paging),
})

/** iam:ListRoleTags. */
export const listRoleTags = operation('iam:ListRoleTags', {
  asks: ({ RoleName }, { account }) => about(account, 'role', RoleName),
  refusals: ['NoSuchEntity'],
  run: ({ RoleName, ...paging }, call) => list(call, find(call.account, 'role', RoleName), paging),
})

/** iam:ListPolicyTags. */
export const listPolicyTags = operation('iam:ListPolicyTags', {
  asks: ({ PolicyArn }, call) => aboutPolicy(call, PolicyArn),
  refusals: ['NoSuchEntity'],
  run: ({ PolicyArn, ...paging }, call) => list(call, own(call, PolicyArn), paging),
})

type About = { readonly resource: string; readonly context: Readonly<Record<string, string>> }

function adding<A extends About>(ask: A, tags: Parameters<typeof requestTags>[0]) {
  return { ...ask, context: { ...ask.context, ...requestTags(tags) } }
}

function removing<A extends About>(ask: A, keys: readonly string[]) {
  return { ...ask, context: { ...ask.context, 'aws:TagKeys': keys } }
}

function tag(call: Call, it: Tagged, change: (tags: readonly Tag[]) => readonly Tag[]) {
  const { account } = call
  if (it.kind === 'role') refuseAgainstStandards(call, it, { ...it, tags: change(it.tags) })
  return { output: {}, changes: [put(account.id, it.kind, nameKey(it.name), { ...it, tags: change(it.tags) })] }
}

function list(call: Call, { id, tags }: Tagged, paging: { readonly Marker?: string; readonly MaxItems?: number }) {
  const { items, end } = iamPage(call, tags, { listing: `tags/${id}`, keyOf: ({ key }) => key, ...paging })
  return { output: { Tags: showTags(items), ...end } }
}
