/** Managed policies on users, groups and roles. */

import { managedText, nameKey, type Group, type Role, type User } from '@sallyport/estate'
import { parseArn } from '@sallyport/policy'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import type { QuotaName } from '../../quotas.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { withdrawnNote } from './deprecated.ts'
import { modifiable } from './role.ts'
import { about, aboutBounded, find, iamPage, refuseBeyond } from './shared.ts'

type Holder = User | Group | Role

const QUOTAS = {
  user: 'iam:PoliciesPerUser',
  group: 'iam:PoliciesPerGroup',
  role: 'iam:PoliciesPerRole',
} as const satisfies Record<Holder['kind'], QuotaName>

/** iam:AttachUserPolicy. */
export const attachUserPolicy = operation('iam:AttachUserPolicy', {
  asks: ({ UserName, PolicyArn }, { account }) => naming(aboutBounded(account, 'user', UserName), PolicyArn),
  refusals: ['LimitExceeded', 'NoSuchEntity'],
  run: ({ UserName, PolicyArn }, call) => attach(call, find(call.account, 'user', UserName), PolicyArn),
})

/** iam:AttachGroupPolicy. */
export const attachGroupPolicy = operation('iam:AttachGroupPolicy', {
  asks: ({ GroupName, PolicyArn }, { account }) => naming(about(account, 'group', GroupName), PolicyArn),
  refusals: ['LimitExceeded', 'NoSuchEntity'],
  run: ({ GroupName, PolicyArn }, call) => attach(call, find(call.account, 'group', GroupName), PolicyArn),
})

/** iam:AttachRolePolicy. */
export const attachRolePolicy = operation('iam:AttachRolePolicy', {
  asks: ({ RoleName, PolicyArn }, { account }) => naming(aboutBounded(account, 'role', RoleName), PolicyArn),
  refusals: ['LimitExceeded', 'NoSuchEntity', 'UnmodifiableEntity'],
  run: ({ RoleName, PolicyArn }, call) => attach(call, modifiable(find(call.account, 'role', RoleName)), PolicyArn),
})

/** iam:DetachUserPolicy. */
export const detachUserPolicy = operation('iam:DetachUserPolicy', {
  asks: ({ UserName, PolicyArn }, { account }) => naming(aboutBounded(account, 'user', UserName), PolicyArn),
  refusals: ['NoSuchEntity'],
  run: ({ UserName, PolicyArn }, call) => detach(call, find(call.account, 'user', UserName), PolicyArn),
})

/** iam:DetachGroupPolicy. */
export const detachGroupPolicy = operation('iam:DetachGroupPolicy', {
  asks: ({ GroupName, PolicyArn }, { account }) => naming(about(account, 'group', GroupName), PolicyArn),
  refusals: ['NoSuchEntity'],
  run: ({ GroupName, PolicyArn }, call) => detach(call, find(call.account, 'group', GroupName), PolicyArn),
})

/** iam:DetachRolePolicy. */
export const detachRolePolicy = operation('iam:DetachRolePolicy', {
  asks: ({ RoleName, PolicyArn }, { account }) => naming(aboutBounded(account, 'role', RoleName), PolicyArn),
  refusals: ['NoSuchEntity', 'UnmodifiableEntity'],
  run: ({ RoleName, PolicyArn }, call) => detach(call, modifiable(find(call.account, 'role', RoleName)), PolicyArn),
})

/** iam:ListAttachedUserPolicies. */
export const listAttachedUserPolicies = operation('iam:ListAttachedUserPolicies', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['NoSuchEntity'],
  run: ({ UserName, ...paging }, call) => list(call, find(call.account, 'user', UserName), paging),
})

/** iam:ListAttachedGroupPolicies. */
export const listAttachedGroupPolicies = operation('iam:ListAttachedGroupPolicies', {
  asks: ({ GroupName }, { account }) => about(account, 'group', GroupName),
  refusals: ['NoSuchEntity'],
  run: ({ GroupName, ...paging }, call) => list(call, find(call.account, 'group', GroupName), paging),
})

/** iam:ListAttachedRolePolicies. */
export const listAttachedRolePolicies = operation('iam:ListAttachedRolePolicies', {
  asks: ({ RoleName }, { account }) => about(account, 'role', RoleName),
  refusals: ['NoSuchEntity'],
  run: ({ RoleName, ...paging }, call) => list(call, find(call.account, 'role', RoleName), paging),
})

function naming(ask: ReturnType<typeof about | typeof aboutBounded>, arn: string) {
  return { ...ask, context: { ...ask.context, 'iam:PolicyARN': arn } }
}

/** Attaching again changes nothing. A policy that AWS has withdrawn stays where it is, and goes nowhere new. */
function attach(call: Call, holder: Holder, arn: string) {
  const { account, estate } = call
  checkArn(arn)
  if (holder.attached.includes(arn)) return { output: {} }
  const withdrawn = estate.catalogue.policy(arn)?.deprecated === true
  if (withdrawn || managedText(estate, account, arn) === undefined) {
    throw new Refusal(
      'NoSuchEntity',
      `Policy ${arn} does not exist or is not attachable.${withdrawn ? withdrawnNote(estate, arn) : ''}`,
    )
  }
  refuseBeyond(call, QUOTAS[holder.kind], holder.attached.length)
  return change(account.id, holder, [...holder.attached, arn])
}

function detach({ account }: Call, holder: Holder, arn: string) {
  checkArn(arn)
  if (!holder.attached.includes(arn)) throw new Refusal('NoSuchEntity', `Policy ${arn} was not found.`)
  return change(
    account.id,
    holder,
    holder.attached.filter((one) => one !== arn),
  )
}

/** AWS's words, with both blanks, as recorded against it. */
function checkArn(arn: string): void {
  if (parseArn(arn) === undefined) throw new Refusal('ValidationError', 'Invalid ARN:  Could not be parsed!')
}

function change(account: string, holder: Holder, attached: readonly string[]) {
  return { output: {}, changes: [put(account, holder.kind, nameKey(holder.name), { ...holder, attached })] }
}

interface Paging {
  readonly PathPrefix?: string
  readonly Marker?: string
  readonly MaxItems?: number
}

function list(call: Call, { id, attached }: Holder, { PathPrefix = '/', ...paging }: Paging) {
  const arns = attached.filter((arn) => arn.slice(arn.indexOf(':policy/') + 7).startsWith(PathPrefix))
  const { items, end } = iamPage(call, arns, { listing: `attached/${id}${PathPrefix}`, keyOf: (arn) => arn, ...paging })
  return { output: { AttachedPolicies: items.map(showAttached), ...end } }
}

export function showAttached(arn: string) {
  return { PolicyName: arn.slice(arn.lastIndexOf('/') + 1), PolicyArn: arn }
}
