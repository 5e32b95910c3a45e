/** The member accounts: seen, and moved about in the tree. */

import { pathOf, type Member } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { standingOf } from '../../closing.ts'
import { ORGANIZATION } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { delegated, oversee } from './delegation.ts'
import { about, arnOf, inUse, manage, MANAGED, pageOfKind, parentOf, touches } from './shared.ts'
import { noParent } from './unit.ts'

/** organizations:ListAccounts. */
export const listAccounts = operation('organizations:ListAccounts', {
  needs: touches,
  asks: (_input, call) => delegated(call, { resource: '*' }),
  refusals: MANAGED,
  run(input, call) {
    oversee(call)
    const { items, end } = pageOfKind(call, 'member', { ...input, listing: 'ListAccounts' })
    return { output: { Accounts: items.map((member) => show(call, member)), ...end } }
  },
})

/** organizations:ListAccountsForParent. Those directly in a root or OU. */
export const listAccountsForParent = operation('organizations:ListAccountsForParent', {
  needs: touches,
  asks: ({ ParentId }, call) => delegated(call, about(call, ParentId)),
  refusals: [...MANAGED, 'ParentNotFoundException'],
  run({ ParentId, ...input }, call) {
    oversee(call)
    if (parentOf(call.estate.organization, ParentId) === undefined) throw noParent()
    const { items, end } = pageOfKind(call, 'member', {
      ...input,
      listing: `ListAccountsForParent/${ParentId}`,
      listed: ({ parent }) => parent === ParentId,
    })
    return { output: { Accounts: items.map((member) => show(call, member)), ...end } }
  },
})

/** organizations:DescribeAccount. */
export const describeAccount = operation('organizations:DescribeAccount', {
  needs: touches,
  asks: ({ AccountId }, call) => delegated(call, about(call, AccountId)),
  refusals: [...MANAGED, 'AccountNotFoundException'],
  run({ AccountId }, call) {
    oversee(call)
    const member = call.estate.organization.all('member').get(AccountId)
    if (member === undefined) throw noAccount()
    return { output: { Account: show(call, member) } }
  },
})

/** organizations:MoveAccount. Asks of the account, of where it is and of where it goes. */
export const moveAccount = operation('organizations:MoveAccount', {
  needs: touches,
  asks: ({ AccountId, SourceParentId, DestinationParentId }, call) =>
    [AccountId, SourceParentId, DestinationParentId].map((id) => about(call, id)),
  refusals: [
    ...MANAGED,
    'AccountNotFoundException',
    'DestinationParentNotFoundException',
    'DuplicateAccountException',
    'SourceParentNotFoundException',
  ],
  run({ AccountId, SourceParentId, DestinationParentId }, call) {
    manage(call)
    const { organization: land } = call.estate
    const member = land.all('member').get(AccountId)
    if (member === undefined) throw noAccount()
    if (parentOf(land, DestinationParentId) === undefined) {
      throw new Refusal('DestinationParentNotFoundException', "You specified a destination parent that doesn't exist.")
    }
    // An account that is not where the caller believes it is: the pair of account and source is what is not found.
    if (parentOf(land, SourceParentId) === undefined || member.parent !== SourceParentId) {
      throw new Refusal('SourceParentNotFoundException', "You specified a source parent that doesn't exist.")
    }
    if (SourceParentId === DestinationParentId) {
      throw new Refusal('DuplicateAccountException', 'That account is already present in the specified destination.')
    }
    return { output: {}, changes: [put(ORGANIZATION, 'member', AccountId, { ...member, parent: DestinationParentId })] }
  },
})

export function noAccount(): Refusal {
  return new Refusal('AccountNotFoundException', "You specified an account that doesn't exist.")
}

export function show(call: Call, member: Member) {
  const { id, name, email, joinedMethod, joinedAt } = member
  const { organization: land } = call.estate
  return {
    Id: id,
    Arn: arnOf(inUse(call), 'account', id),
    Email: email,
    Name: name,
    ...standingOf(land, member, call.now),
    Paths: [pathOf(land, id)],
    JoinedMethod: joinedMethod,
    JoinedTimestamp: new Date(joinedAt),
  }
}
