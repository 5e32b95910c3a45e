/** Long-term access keys. The secret is told once and then only kept sealed. */

import type { AccessKey } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { accessKeyId, secretAccessKey } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import type { UsageRow } from '../../usage.ts'
import { about, find, iamPage, refuseBeyond } from './shared.ts'
import { aboutUser, isOwnRoot, ownName } from './user.ts'

/** The root user has no keys here: nobody can give it any. */
const ROOT = { id: 'root', name: 'root' }

/** iam:CreateAccessKey. */
export const createAccessKey = operation('iam:CreateAccessKey', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['LimitExceeded', 'NoSuchEntity'],
  run({ UserName }, call) {
    const { account, random, now, keyring } = call
    const user = find(account, 'user', UserName ?? ownName(call))
    refuseBeyond(call, 'iam:AccessKeysPerUser', keysOf(call, user.id).length)
    const secret = secretAccessKey(random)
    const key: AccessKey = {
      id: accessKeyId(random, 'AKIA', account.id),
      userId: user.id,
      status: 'Active',
      createdAt: now,
      sealedSecret: keyring.sealText('secret', secret),
    }
    return {
      output: { AccessKey: { ...show(user.name, key), SecretAccessKey: secret } },
      changes: [put(account.id, 'accessKey', key.id, key)],
    }
  },
})

/** iam:ListAccessKeys. */
export const listAccessKeys = operation('iam:ListAccessKeys', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, ...paging }, call) {
    const user = isOwnRoot(call, UserName) ? ROOT : find(call.account, 'user', UserName ?? ownName(call))
    const { items, end } = iamPage(call, keysOf(call, user.id), {
      listing: `ListAccessKeys/${user.id}`,
      keyOf: ({ id }) => id,
      ...paging,
    })
    return { output: { AccessKeyMetadata: items.map((key) => show(user.name, key)), ...end } }
  },
})

/** iam:UpdateAccessKey. An inactive key is refused from the next call on. */
export const updateAccessKey = operation('iam:UpdateAccessKey', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['InvalidInput', 'NoSuchEntity'],
  run({ UserName, AccessKeyId, Status }, call) {
    const key = keyOf(call, UserName, AccessKeyId)
    if (Status === 'Expired')
      throw new Refusal('InvalidInput', 'The status of an access key can be set to Active or Inactive only.')
    return { output: {}, changes: [put(call.account.id, 'accessKey', key.id, { ...key, status: Status })] }
  },
})

/** iam:DeleteAccessKey. */
export const deleteAccessKey = operation('iam:DeleteAccessKey', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, AccessKeyId }, call) {
    const key = keyOf(call, UserName, AccessKeyId)
    const foreign = call.directory.all('foreignKey').has(key.id) ? [remove('directory', 'foreignKey', key.id)] : []
    return { output: {}, changes: [remove(call.account.id, 'accessKey', key.id), ...foreign] }
  },
})

/** iam:GetAccessKeyLastUsed. */
export const getAccessKeyLastUsed = operation<'iam:GetAccessKeyLastUsed', undefined, UsageRow>(
  'iam:GetAccessKeyLastUsed',
  {
    look: ({ AccessKeyId }, { account, usage }) =>
      usage.of(account.id, account.all('accessKey').get(AccessKeyId)?.userId ?? ''),
    asks({ AccessKeyId }, { account }) {
      const owner = account.byId('user', account.all('accessKey').get(AccessKeyId)?.userId ?? '')
      return owner === undefined ? { resource: '*' } : about(account, 'user', owner.name)
    },
    refusals: ['AccessDenied'],
    run({ AccessKeyId }, { account, seen }) {
      const key = account.all('accessKey').get(AccessKeyId)
      const user = key === undefined ? undefined : account.byId('user', key.userId)
      if (key === undefined || user === undefined) {
        throw new Refusal('NoSuchEntity', `The Access Key with id ${AccessKeyId} cannot be found.`)
      }
      const lastUsed = seen.keys[AccessKeyId]
      const used = {
        LastUsedDate: lastUsed === undefined ? undefined : new Date(lastUsed.at),
        ServiceName: lastUsed?.service ?? 'N/A',
        Region: lastUsed?.region ?? 'N/A',
      }
      return { output: { UserName: user.name, AccessKeyLastUsed: used } }
    },
  },
)

function keysOf({ account }: Call, userId: string): readonly AccessKey[] {
  return [...account.all('accessKey').values()].filter((key) => key.userId === userId)
}

/** A user's key; without a name, the caller's own. */
function keyOf(call: Call, name: string | undefined, id: string): AccessKey {
  const user = isOwnRoot(call, name) ? ROOT : find(call.account, 'user', name ?? ownName(call))
  const key = call.account.all('accessKey').get(id)
  if (key === undefined || key.userId !== user.id)
    throw new Refusal('NoSuchEntity', `The Access Key with id ${id} cannot be found.`)
  return key
}

function show(user: string, { id, status, createdAt }: AccessKey) {
  return { UserName: user, AccessKeyId: id, Status: status, CreateDate: new Date(createdAt) }
}
