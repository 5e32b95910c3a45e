/** Permissions boundaries of users and roles. */

import { managedText, nameKey, type Role, type User } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { about, aboutBounded, find } from './shared.ts'

/** A boundary as a user or role keeps it: a managed policy that is there. */
export function checkBoundary({ estate, account }: Call, arn: string | undefined): { readonly boundary?: string } {
  if (arn === undefined) return {}
  if (managedText(estate, account, arn) === undefined) {
    throw new Refusal('NoSuchEntity', `Scope ARN: ${arn} does not exist or is not attachable.`)
  }
  return { boundary: arn }
}

export function showBoundary({ boundary }: User | Role) {
  if (boundary === undefined) return {}
  // AWS answers `Policy`, whatever the model's enum says: github.com/awsdocs/iam-user-guide/issues/82
  const type = 'Policy' as 'PermissionsBoundaryPolicy'
  return { PermissionsBoundary: { PermissionsBoundaryType: type, PermissionsBoundaryArn: boundary } }
}

/** iam:PutUserPermissionsBoundary. */
export const putUserPermissionsBoundary = operation('iam:PutUserPermissionsBoundary', {
  asks: ({ UserName, PermissionsBoundary }, { account }) =>
    within(about(account, 'user', UserName), PermissionsBoundary),
  refusals: ['NoSuchEntity'],
  run: ({ UserName, PermissionsBoundary }, call) =>
    set(call, find(call.account, 'user', UserName), PermissionsBoundary),
})

/** iam:PutRolePermissionsBoundary. */
export const putRolePermissionsBoundary = operation('iam:PutRolePermissionsBoundary', {
  asks: ({ RoleName, PermissionsBoundary }, { account }) =>
    within(about(account, 'role', RoleName), PermissionsBoundary),
  refusals: ['NoSuchEntity'],
  run: ({ RoleName, PermissionsBoundary }, call) =>
    set(call, find(call.account, 'role', RoleName), PermissionsBoundary),
})

/** iam:DeleteUserPermissionsBoundary. */
export const deleteUserPermissionsBoundary = operation('iam:DeleteUserPermissionsBoundary', {
  asks: ({ UserName }, { account }) => aboutBounded(account, 'user', UserName),
  refusals: ['NoSuchEntity'],
  run: ({ UserName }, call) => clear(call, find(call.account, 'user', UserName)),
})

/** iam:DeleteRolePermissionsBoundary. */
export const deleteRolePermissionsBoundary = operation('iam:DeleteRolePermissionsBoundary', {
  asks: ({ RoleName }, { account }) => aboutBounded(account, 'role', RoleName),
  refusals: ['NoSuchEntity'],
  run: ({ RoleName }, call) => clear(call, find(call.account, 'role', RoleName)),
})

function within(ask: ReturnType<typeof about>, boundary: string) {
  return { ...ask, context: { ...ask.context, 'iam:PermissionsBoundary': boundary } }
}

function set(call: Call, holder: User | Role, arn: string) {
  return {
    output: {},
    changes: [put(call.account.id, holder.kind, nameKey(holder.name), { ...holder, ...checkBoundary(call, arn) })],
  }
}

function clear({ account }: Call, holder: User | Role) {
  const { boundary, ...rest } = holder
  if (boundary === undefined) {
    throw new Refusal(
      'NoSuchEntity',
      `${holder.kind === 'user' ? 'User' : 'Role'} ${holder.name} does not have a permissions boundary.`,
    )
  }
  return { output: {}, changes: [put(account.id, holder.kind, nameKey(holder.name), rest)] }
}
