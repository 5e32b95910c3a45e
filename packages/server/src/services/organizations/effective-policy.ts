/** What the management policies from the root down to an account come to. */

import {
  organizationOf,
  pathTo,
  policiesOn,
  type ManagementPolicyType,
  type OrganizationLand,
  type OrganizationPolicy,
} from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { show as showAccount } from './account.ts'
import { delegated, isOverseer, oversee } from './delegation.ts'
import { effective, readManagementPolicy, type Branch, type Json } from './management-policy.ts'
import { about, inUse, MANAGED, noPermission, pageOf, touches } from './shared.ts'

/** organizations:DescribeEffectivePolicy. Of the caller's own account, or of any for who oversees the organisation. */
export const describeEffectivePolicy = operation('organizations:DescribeEffectivePolicy', {
  needs: touches,
  asks: ({ PolicyType, TargetId }, call) =>
    delegated(call, about(call, TargetId ?? call.account.id, { 'organizations:PolicyType': PolicyType })),
  refusals: [...MANAGED, 'EffectivePolicyNotFoundException', 'TargetNotFoundException'],
  run({ PolicyType, TargetId }, call) {
    inUse(call)
    const { organization: land } = call.estate
    const target = TargetId ?? call.account.id
    if (target !== call.account.id && !isOverseer(call)) throw noPermission()
    if (!land.all('member').has(target)) {
      throw new Refusal('TargetNotFoundException', "You specified a target that doesn't exist.")
    }
    const found = effectiveOf(land, target, PolicyType)
    if (found === undefined) throw noEffective()
    return {
      output: {
        EffectivePolicy: {
          PolicyContent: JSON.stringify(found.content),
          LastUpdatedTimestamp: new Date(found.updatedAt),
          TargetId: target,
          PolicyType,
        },
      },
    }
  },
})

/** organizations:ListAccountsWithInvalidEffectivePolicy. What is not valid is not taken, so none becomes so. */
export const listAccountsWithInvalidEffectivePolicy = operation(
  'organizations:ListAccountsWithInvalidEffectivePolicy',
  {
    needs: touches,
    asks: ({ PolicyType }, call) => {
      const asked = { resource: '*', context: { 'organizations:PolicyType': PolicyType } }
      return delegated(call, asked)
    },
    refusals: [...MANAGED, 'EffectivePolicyNotFoundException'],
    run({ PolicyType, ...input }, call) {
      const { enabledPolicyTypes } = oversee(call)
      if (!enabledPolicyTypes.includes(PolicyType)) throw noEffective()
      const none: Parameters<typeof showAccount>[1][] = []
      const listing = `ListAccountsWithInvalidEffectivePolicy/${PolicyType}`
      const { items, end } = pageOf(call, none, { ...input, listing, keyOf: ({ id }) => id })
      return { output: { Accounts: items.map((member) => showAccount(call, member)), PolicyType, ...end } }
    },
  },
)

/** organizations:ListEffectivePolicyValidationErrors. As above. */
export const listEffectivePolicyValidationErrors = operation('organizations:ListEffectivePolicyValidationErrors', {
  needs: touches,
  asks: ({ AccountId, PolicyType }, call) =>
    delegated(call, about(call, AccountId, { 'organizations:PolicyType': PolicyType })),
  refusals: [...MANAGED, 'AccountNotFoundException', 'EffectivePolicyNotFoundException'],
  run({ AccountId, PolicyType, ...input }, call) {
    const organization = oversee(call)
    const { organization: land } = call.estate
    if (!land.all('member').has(AccountId)) {
      throw new Refusal('AccountNotFoundException', "You specified an account that doesn't exist.")
    }
    if (effectiveOf(land, AccountId, PolicyType) === undefined) throw noEffective()
    const none: { readonly id: string }[] = []
    const listing = `ListEffectivePolicyValidationErrors/${AccountId}/${PolicyType}`
    const { end } = pageOf(call, none, { ...input, listing, keyOf: ({ id }) => id })
    const Path = `${[organization.id, ...pathTo(land, AccountId)].join('/')}/`
    const EvaluationTimestamp = new Date(call.now)
    return { output: { AccountId, PolicyType, Path, EvaluationTimestamp, EffectivePolicyValidationErrors: [], ...end } }
  },
})

interface Effective {
  readonly content: Json
  readonly updatedAt: number
}

/** `undefined` where the type is not enabled, or nothing of it reaches the account. */
function effectiveOf(land: OrganizationLand, account: string, type: ManagementPolicyType): Effective | undefined {
  const organization = organizationOf(land)
  if (organization?.enabledPolicyTypes.includes(type) !== true) return undefined
  const levels = pathTo(land, account).map((node) => policiesOn(land, node, type))
  const content = effective(levels.map((level) => level.flatMap((policy) => read(policy, type))))
  if (content === undefined) return undefined
  const times = levels.flat().map(({ updatedAt = organization.createdAt }) => updatedAt)
  return { content, updatedAt: Math.max(organization.createdAt, ...times) }
}

function read({ document }: OrganizationPolicy, type: ManagementPolicyType): readonly Branch[] {
  const policy = readManagementPolicy(document, type)
  return policy === undefined ? [] : [policy]
}

function noEffective(): Refusal {
  return new Refusal(
    'EffectivePolicyNotFoundException',
    'If you ran this action on the management account, this policy type is not enabled. If you ran the action on a member account, the account does not have an effective policy of this type. Contact the administrator of your organization about attaching a policy of this type to the account.',
  )
}
