/**
 * Delegation requests: products of AWS's partners ask an account for temporary access, in terms that they registered with AWS.
 * No product and no template of terms is registered here, so no request can be made, and none is found.
 * UG access_policies-temporary-delegation.
 */

import type { Account } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { iamPage } from './shared.ts'

/** iam:CreateDelegationRequest. */
export const createDelegationRequest = operation('iam:CreateDelegationRequest', {
  asks: ({ Permissions, SessionDuration, NotificationChannel, OwnerAccountId }, { account }) => ({
    resource: `arn:aws:iam::${OwnerAccountId ?? account.id}:delegation-request/*`,
    context: {
      'iam:TemplateArn': Permissions.PolicyTemplateArn,
      'iam:DelegationDuration': String(SessionDuration),
      'iam:NotificationChannel': NotificationChannel,
    },
  }),
  refusals: ['InvalidInput'],
  run({ Permissions: { PolicyTemplateArn: template = '' } }) {
    throw new Refusal(
      'InvalidInput',
      `The policy template ${template} does not exist or is not registered for the caller.`,
    )
  },
})

/** iam:ListDelegationRequests. */
export const listDelegationRequests = operation('iam:ListDelegationRequests', {
  asks: ({ OwnerId }) => ({ resource: '*', context: { 'iam:DelegationRequestOwner': OwnerId } }),
  refusals: ['ValidationError'],
  run({ OwnerId = '', ...paging }, call) {
    const none: readonly { readonly id: string }[] = []
    const { end } = iamPage(call, none, {
      listing: `ListDelegationRequests/${OwnerId}`,
      keyOf: ({ id }) => id,
      ...paging,
    })
    return { output: { DelegationRequests: [], isTruncated: end.IsTruncated } }
  },
})

/** iam:GetDelegationRequest. */
export const getDelegationRequest = operation('iam:GetDelegationRequest', {
  asks: ({ DelegationRequestId: id }, { account }) => about(account, id),
  refusals: ['NoSuchEntity'],
  run: ({ DelegationRequestId: id }) => refuse(id),
})

/** iam:AssociateDelegationRequest. */
export const associateDelegationRequest = operation('iam:AssociateDelegationRequest', {
  asks: ({ DelegationRequestId: id }, { account }) => about(account, id),
  refusals: ['NoSuchEntity'],
  run: ({ DelegationRequestId: id }) => refuse(id),
})

/** iam:UpdateDelegationRequest. */
export const updateDelegationRequest = operation('iam:UpdateDelegationRequest', {
  asks: ({ DelegationRequestId: id }, { account }) => about(account, id),
  refusals: ['NoSuchEntity'],
  run: ({ DelegationRequestId: id }) => refuse(id),
})

/** iam:AcceptDelegationRequest. */
export const acceptDelegationRequest = operation('iam:AcceptDelegationRequest', {
  asks: ({ DelegationRequestId: id }, { account }) => about(account, id),
  refusals: ['NoSuchEntity'],
  run: ({ DelegationRequestId: id }) => refuse(id),
})

/** iam:RejectDelegationRequest. */
export const rejectDelegationRequest = operation('iam:RejectDelegationRequest', {
  asks: ({ DelegationRequestId: id }, { account }) => about(account, id),
  refusals: ['NoSuchEntity'],
  run: ({ DelegationRequestId: id }) => refuse(id),
})

/** iam:SendDelegationToken. */
export const sendDelegationToken = operation('iam:SendDelegationToken', {
  asks: ({ DelegationRequestId: id }, { account }) => about(account, id),
  refusals: ['NoSuchEntity'],
  run: ({ DelegationRequestId: id }) => refuse(id),
})

/** iam:GetHumanReadableSummary. Of a delegation request, in words. */
export const getHumanReadableSummary = operation('iam:GetHumanReadableSummary', {
  asks: ({ EntityArn }) => ({ resource: EntityArn }),
  refusals: ['InvalidInput', 'NoSuchEntity'],
  run({ EntityArn }) {
    const [, id] = /^arn:aws:iam::\d{12}:delegation-request\/([\w-]+)$/.exec(EntityArn) ?? []
    if (id === undefined) throw new Refusal('InvalidInput', `Invalid entity ARN: ${EntityArn}`)
    return refuse(id)
  },
})

function about({ id }: Account, request: string) {
  return { resource: `arn:aws:iam::${id}:delegation-request/${request}` }
}

function refuse(id: string): never {
  throw new Refusal('NoSuchEntity', `Delegation request ${id} cannot be found.`)
}
