/** IAM users. */

import { identityArn, nameKey, rootArn, SELF, type User } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { uniqueId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { requestTags } from '../tags.ts'
import { checkBoundary, showBoundary } from './boundary.ts'
import { devicesOf } from './mfa-shared.ts'
import { about, find, identityPage, inIamsForm, refuseBeyond, refuseWhile, showTags, withTags } from './shared.ts'

/** iam:CreateUser. */
export const createUser = operation('iam:CreateUser', {
  asks: ({ UserName, Path = '/', PermissionsBoundary, Tags }, { account }) => ({
    resource: `arn:aws:iam::${account.id}:user${Path}${UserName}`,
    context: { 'iam:PermissionsBoundary': PermissionsBoundary, ...requestTags(Tags) },
  }),
  refusals: ['EntityAlreadyExists', 'InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
  run({ UserName, Path = '/', PermissionsBoundary, Tags }, call) {
    const { account, now, random } = call
    if (account.all('user').has(nameKey(UserName))) {
      throw new Refusal('EntityAlreadyExists', `User with name ${UserName} already exists.`)
    }
    refuseBeyond(call, 'iam:UsersPerAccount', account.all('user').size)
    const user: User = {
      kind: 'user',
      name: UserName,
      path: Path,
      id: uniqueId(random, 'user'),
      createdAt: now,
      inline: [],
      attached: [],
      groups: [],
      ...checkBoundary(call, PermissionsBoundary),
      tags: withTags([], Tags),
    }
    return { output: { User: showUser(account.id, user) }, changes: [put(account.id, 'user', nameKey(UserName), user)] }
  },
})

/** iam:GetUser. Without a name, the user who asks. */
export const getUser = operation('iam:GetUser', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName }, call) {
    if (isOwnRoot(call, UserName)) return { output: { User: showRoot(call) } }
    return { output: { User: showUser(call.account.id, find(call.account, 'user', UserName ?? ownName(call))) } }
  },
})

/** iam:ListUsers. */
export const listUsers = operation('iam:ListUsers', {
  asks: (_input, { account }) => ({ resource: `arn:aws:iam::${account.id}:user/` }),
  refusals: [],
  run({ PathPrefix = '/', ...paging }, call) {
    const listed = ({ path }: User): boolean => path.startsWith(PathPrefix)
    const found = identityPage(call, 'user', { listing: `ListUsers${PathPrefix}`, listed, ...paging })
    const { items, end } = inIamsForm(found)
    return { output: { Users: items.map((user) => briefUser(call.account.id, user)), ...end } }
  },
})

/** iam:UpdateUser. A new name or path changes the ARN and not the unique id: policies that name the user go on to do so. */
export const updateUser = operation('iam:UpdateUser', {
  asks: ({ UserName, NewUserName, NewPath }, { account }) => {
    const from = about(account, 'user', UserName)
    const path = NewPath ?? account.all('user').get(nameKey(UserName))?.path ?? '/'
    return [from, { resource: `arn:aws:iam::${account.id}:user${path}${NewUserName ?? UserName}` }]
  },
  refusals: ['EntityAlreadyExists', 'NoSuchEntity'],
  run({ UserName, NewUserName = UserName, NewPath }, { account }) {
    const user = find(account, 'user', UserName)
    if (nameKey(NewUserName) !== nameKey(UserName) && account.all('user').has(nameKey(NewUserName))) {
      throw new Refusal('EntityAlreadyExists', `User with name ${NewUserName} already exists.`)
    }
    const renamed: User = { ...user, name: NewUserName, path: NewPath ?? user.path }
    const changes = [
      remove(account.id, 'user', nameKey(UserName)),
      put(account.id, 'user', nameKey(NewUserName), renamed),
    ]
    return { output: {}, changes }
  },
})

/** iam:DeleteUser. Refuses as long as anything hangs on the user. */
export const deleteUser = operation('iam:DeleteUser', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['DeleteConflict', 'NoSuchEntity'],
  run({ UserName }, { account }) {
    const user = find(account, 'user', UserName)
    const owns = (kind: 'accessKey' | 'signingCertificate' | 'sshPublicKey' | 'serviceCredential'): boolean =>
      [...account.all(kind).values()].some(({ userId }) => userId === user.id)
    refuseWhile([
      [account.all('loginProfile').has(user.id), 'must delete login profile first'],
      [user.groups.length > 0, 'must remove users from group first'],
      [user.attached.length > 0, 'must detach all policies first'],
      [user.inline.length > 0, 'must delete policies first'],
      [owns('accessKey'), 'must delete access keys first'],
      [owns('signingCertificate'), 'must delete signing certificates first'],
      [devicesOf(account, user).length > 0, 'must delete MFA device first'],
      [owns('sshPublicKey') || owns('serviceCredential'), 'must remove referenced objects first'],
    ])
    return { output: {}, changes: [remove(account.id, 'user', nameKey(UserName))] }
  },
})

type Caller = Pick<Call, 'account' | 'principal'>

/** Whether it is the root user who speaks of itself: it has no name. */
export function isOwnRoot({ principal }: Pick<Call, 'principal'>, name: string | undefined): boolean {
  return name === undefined && principal.type === 'Root'
}

/** `asks` of an operation on a user who may leave out their own name. */
export function aboutUser(call: Caller, name: string | undefined) {
  if (isOwnRoot(call, name)) return { resource: rootArn(call.account.id), context: {} }
  return about(call.account, 'user', name ?? ownName(call))
}

/** Whom such an operation is about: a user, or the root user, who is known by the account's id. */
export function personOf(call: Caller, name: string | undefined): Pick<User, 'id' | 'name'> {
  if (isOwnRoot(call, name)) return { id: call.account.id, name: 'root' }
  return find(call.account, 'user', name ?? ownName(call))
}

/** The name of the user who calls, where an operation may leave the name out. */
export function ownName({ principal }: Pick<Call, 'principal'>): string {
  if (principal.type === 'User') return principal.user.name
  throw new Refusal('ValidationError', 'Must specify userName when calling with non-User credentials')
}

/** What AWS shows of it: a user without a name. */
function showRoot({ account }: Caller) {
  const createdAt = account.all('self').get(SELF)?.createdAt
  return {
    UserId: account.id,
    Arn: rootArn(account.id),
    CreateDate: createdAt === undefined ? undefined : new Date(createdAt),
  }
}

export function briefUser(account: string, user: User) {
  const { name, path, id, createdAt, passwordLastUsed } = user
  return {
    Path: path,
    UserName: name,
    UserId: id,
    Arn: identityArn(account, user),
    CreateDate: new Date(createdAt),
    PasswordLastUsed: passwordLastUsed === undefined ? undefined : new Date(passwordLastUsed),
  }
}

export function showUser(account: string, user: User) {
  const tags = user.tags.length === 0 ? {} : { Tags: showTags(user.tags) }
  return { ...briefUser(account, user), ...showBoundary(user), ...tags }
}
