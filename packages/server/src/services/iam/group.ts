/** IAM groups and who is in them. A user's row says its groups; a group's row does not list its users. */

import { identityArn, nameKey, type Group, type User } from '@sallyport/estate'
import { uniqueId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { about, find, iamPage, identityPage, inIamsForm, refuseBeyond, refuseWhile } from './shared.ts'
import { showUser } from './user.ts'

/** iam:CreateGroup. */
export const createGroup = operation('iam:CreateGroup', {
  asks: ({ GroupName, Path = '/' }, { account }) => ({
    resource: `arn:aws:iam::${account.id}:group${Path}${GroupName}`,
  }),
  refusals: ['EntityAlreadyExists', 'LimitExceeded'],
  run({ GroupName, Path = '/' }, call) {
    const { account, now, random } = call
    if (account.all('group').has(nameKey(GroupName))) {
      throw new Refusal('EntityAlreadyExists', `Group with name ${GroupName} already exists.`)
    }
    refuseBeyond(call, 'iam:GroupsPerAccount', account.all('group').size)
    const id = uniqueId(random, 'group')
    const group: Group = { kind: 'group', name: GroupName, path: Path, id, createdAt: now, inline: [], attached: [] }
    return {
      output: { Group: showGroup(account.id, group) },
      changes: [put(account.id, 'group', nameKey(GroupName), group)],
    }
  },
})

/** iam:GetGroup. The group and a page of its users. */
export const getGroup = operation('iam:GetGroup', {
  asks: ({ GroupName }, { account }) => about(account, 'group', GroupName),
  refusals: ['NoSuchEntity'],
  run({ GroupName, ...paging }, call) {
    const group = find(call.account, 'group', GroupName)
    const listed = ({ groups }: User): boolean => groups.includes(nameKey(GroupName))
    const found = identityPage(call, 'user', { listing: `GetGroup/${group.id}`, listed, ...paging })
    const { items, end } = inIamsForm(found)
    return {
      output: {
        Group: showGroup(call.account.id, group),
        Users: items.map((user) => showUser(call.account.id, user)),
        ...end,
      },
    }
  },
})

/** iam:ListGroups. */
export const listGroups = operation('iam:ListGroups', {
  asks: (_input, { account }) => ({ resource: `arn:aws:iam::${account.id}:group/` }),
  refusals: [],
  run({ PathPrefix = '/', ...paging }, call) {
    const listed = ({ path }: Group): boolean => path.startsWith(PathPrefix)
    const found = identityPage(call, 'group', { listing: `ListGroups${PathPrefix}`, listed, ...paging })
    const { items, end } = inIamsForm(found)
    return { output: { Groups: items.map((group) => showGroup(call.account.id, group)), ...end } }
  },
})

/** iam:ListGroupsForUser. */
export const listGroupsForUser = operation('iam:ListGroupsForUser', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, ...paging }, call) {
    const user = find(call.account, 'user', UserName)
    const groups = user.groups.flatMap((key) => call.account.all('group').get(key) ?? [])
    const { items, end } = iamPage(call, groups, {
      listing: `ListGroupsForUser/${user.id}`,
      keyOf: ({ name }) => nameKey(name),
      ...paging,
    })
    return { output: { Groups: items.map((group) => showGroup(call.account.id, group)), ...end } }
  },
})

/** iam:AddUserToGroup. Adding a member again changes nothing. */
export const addUserToGroup = operation('iam:AddUserToGroup', {
  asks: ({ GroupName }, { account }) => about(account, 'group', GroupName),
  refusals: ['LimitExceeded', 'NoSuchEntity'],
  run({ GroupName, UserName }, call) {
    const { account } = call
    find(account, 'group', GroupName)
    const user = find(account, 'user', UserName)
    if (user.groups.includes(nameKey(GroupName))) return { output: {} }
    refuseBeyond(call, 'iam:GroupsPerUser', user.groups.length)
    const joined = { ...user, groups: [...user.groups, nameKey(GroupName)] }
    return { output: {}, changes: [put(account.id, 'user', nameKey(UserName), joined)] }
  },
})

/** iam:RemoveUserFromGroup. */
export const removeUserFromGroup = operation('iam:RemoveUserFromGroup', {
  asks: ({ GroupName }, { account }) => about(account, 'group', GroupName),
  refusals: ['NoSuchEntity'],
  run({ GroupName, UserName }, { account }) {
    find(account, 'group', GroupName)
    const user = find(account, 'user', UserName)
    if (!user.groups.includes(nameKey(GroupName))) {
      throw new Refusal('NoSuchEntity', `User ${UserName} is not in the group ${GroupName}.`)
    }
    const left = { ...user, groups: user.groups.filter((key) => key !== nameKey(GroupName)) }
    return { output: {}, changes: [put(account.id, 'user', nameKey(UserName), left)] }
  },
})

/** iam:UpdateGroup. Members follow a new name. */
export const updateGroup = operation('iam:UpdateGroup', {
  asks: ({ GroupName, NewGroupName, NewPath }, { account }) => {
    const path = NewPath ?? account.all('group').get(nameKey(GroupName))?.path ?? '/'
    return [
      about(account, 'group', GroupName),
      { resource: `arn:aws:iam::${account.id}:group${path}${NewGroupName ?? GroupName}` },
    ]
  },
  refusals: ['EntityAlreadyExists', 'NoSuchEntity'],
  run({ GroupName, NewGroupName = GroupName, NewPath }, { account }) {
    const group = find(account, 'group', GroupName)
    const [before, after] = [nameKey(GroupName), nameKey(NewGroupName)]
    if (before !== after && account.all('group').has(after)) {
      throw new Refusal('EntityAlreadyExists', `Group with name ${NewGroupName} already exists.`)
    }
    const renamed: Group = { ...group, name: NewGroupName, path: NewPath ?? group.path }
    const moved = members(account.all('user').values(), GroupName).map((user) =>
      put(account.id, 'user', nameKey(user.name), {
        ...user,
        groups: user.groups.map((key) => (key === before ? after : key)),
      }),
    )
    return {
      output: {},
      changes: [remove(account.id, 'group', before), put(account.id, 'group', after, renamed), ...moved],
    }
  },
})

/** iam:DeleteGroup. */
export const deleteGroup = operation('iam:DeleteGroup', {
  asks: ({ GroupName }, { account }) => about(account, 'group', GroupName),
  refusals: ['DeleteConflict', 'NoSuchEntity'],
  run({ GroupName }, { account }) {
    const group = find(account, 'group', GroupName)
    refuseWhile([
      [members(account.all('user').values(), GroupName).length > 0, 'must remove users from group first'],
      [group.attached.length > 0, 'must detach all policies first'],
      [group.inline.length > 0, 'must delete policies first'],
    ])
    return { output: {}, changes: [remove(account.id, 'group', nameKey(GroupName))] }
  },
})

function members(users: Iterable<User>, group: string): readonly User[] {
  return [...users].filter(({ groups }) => groups.includes(nameKey(group)))
}

function showGroup(account: string, group: Group) {
  const { name, path, id, createdAt } = group
  return { Path: path, GroupName: name, GroupId: id, Arn: identityArn(account, group), CreateDate: new Date(createdAt) }
}
