/** SSH public keys of users, for CodeCommit. */

import type { SshPublicKey } from '@sallyport/estate'
import { uniqueId } from '../../ids.ts'
import { readSshKey } from '../../openssh.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { about, refuseBeyond } from './shared.ts'
import { ownerOf, recordOf, recordPage, recordsOf, withoutRecord, withStatus } from './user-record.ts'
import { aboutUser } from './user.ts'

/** iam:UploadSSHPublicKey. */
export const uploadSSHPublicKey = operation('iam:UploadSSHPublicKey', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['DuplicateSSHPublicKey', 'InvalidPublicKey', 'LimitExceeded', 'NoSuchEntity'],
  run({ UserName, SSHPublicKeyBody }, call) {
    const { account, now, random } = call
    const owner = ownerOf(call, UserName)
    const key = readSshKey(SSHPublicKeyBody)
    if (key === undefined) throw new Refusal('InvalidPublicKey', 'The public key is malformed or otherwise invalid.')
    const own = recordsOf(account, 'sshPublicKey', owner)
    if (own.some(({ fingerprint }) => fingerprint === key.fingerprint)) {
      throw new Refusal(
        'DuplicateSSHPublicKey',
        'The SSH public key is already associated with the specified IAM user.',
      )
    }
    refuseBeyond(call, 'iam:SSHPublicKeysPerUser', own.length)
    const id = uniqueId(random, 'sshPublicKey')
    const { line, fingerprint } = key
    const record: SshPublicKey = { id, userId: owner.id, status: 'Active', createdAt: now, body: line, fingerprint }
    return {
      output: { SSHPublicKey: show(owner.name, record, SSHPublicKeyBody.trim()) },
      changes: [put(account.id, 'sshPublicKey', id, record)],
    }
  },
})

/** iam:GetSSHPublicKey. */
export const getSSHPublicKey = operation('iam:GetSSHPublicKey', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, SSHPublicKeyId: id, Encoding }, call) {
    const owner = ownerOf(call, UserName)
    const key = recordOf(call.account, 'sshPublicKey', { owner, ...named(id) })
    const body = Encoding === 'PEM' ? readSshKey(key.body)?.pem : key.body
    return { output: { SSHPublicKey: show(owner.name, key, body ?? '') } }
  },
})

/** iam:ListSSHPublicKeys. */
export const listSSHPublicKeys = operation('iam:ListSSHPublicKeys', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, ...paging }, call) {
    const owner = ownerOf(call, UserName)
    const { items, end } = recordPage(call, 'sshPublicKey', { owner, ...paging })
    return { output: { SSHPublicKeys: items.map((one) => brief(owner.name, one)), ...end } }
  },
})

/** iam:UpdateSSHPublicKey. */
export const updateSSHPublicKey = operation('iam:UpdateSSHPublicKey', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['InvalidInput', 'NoSuchEntity'],
  run({ UserName, SSHPublicKeyId: id, Status }, call) {
    const { account } = call
    const key = recordOf(account, 'sshPublicKey', { owner: ownerOf(call, UserName), ...named(id) })
    return { output: {}, changes: [withStatus(account, 'sshPublicKey', key, Status)] }
  },
})

/** iam:DeleteSSHPublicKey. */
export const deleteSSHPublicKey = operation('iam:DeleteSSHPublicKey', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, SSHPublicKeyId: id }, call) {
    const { account } = call
    const key = recordOf(account, 'sshPublicKey', { owner: ownerOf(call, UserName), ...named(id) })
    return { output: {}, changes: [withoutRecord(account, 'sshPublicKey', key)] }
  },
})

function named(id: string) {
  return { id, missing: `The Public Key with id ${id} cannot be found.` }
}

function brief(user: string, { id, status, createdAt }: SshPublicKey) {
  return { UserName: user, SSHPublicKeyId: id, Status: status, UploadDate: new Date(createdAt) }
}

function show(user: string, key: SshPublicKey, body: string) {
  return { ...brief(user, key), Fingerprint: key.fingerprint, SSHPublicKeyBody: body }
}
