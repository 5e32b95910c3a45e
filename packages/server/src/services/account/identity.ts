/** What an account is called, and since when it is there. */

import { ownerOf, renamed } from '../../account-owner.ts'
import type { Call } from '../../call.ts'
import { standingOf } from '../../closing.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { about, reach, REFUSALS, touches } from './shared.ts'

/** account:GetAccountInformation. */
export const getAccountInformation = operation('account:GetAccountInformation', {
  needs: touches,
  asks: (input, call) => about(input, call),
  refusals: REFUSALS,
  run(input, call) {
    const id = reach(input, call, 'GetAccountInformation')
    const { createdAt = call.now } = call.directory.all('account').get(id) ?? {}
    return {
      output: {
        AccountId: id,
        AccountName: ownerOf(call, id).name,
        AccountCreatedDate: new Date(createdAt),
        AccountState: stateOf(call, id),
      },
    }
  },
})

/** account:PutAccountName. */
export const putAccountName = operation('account:PutAccountName', {
  needs: touches,
  asks: (input, call) => about(input, call),
  refusals: REFUSALS,
  run(input, call) {
    const id = reach(input, call, 'PutAccountName')
    return { output: {}, changes: renamed(call, id, { name: input.AccountName }) }
  },
})

/** account:GetGovCloudAccountInformation. No account here is linked to one in AWS GovCloud (US). */
export const getGovCloudAccountInformation = operation('account:GetGovCloudAccountInformation', {
  needs: ({ StandardAccountId }) => touches(named(StandardAccountId)),
  asks: ({ StandardAccountId }, call) => about(named(StandardAccountId), call),
  refusals: [...REFUSALS, 'ResourceNotFoundException'],
  run({ StandardAccountId }, call) {
    reach(named(StandardAccountId), call, 'GetGovCloudAccountInformation')
    throw new Refusal('ResourceNotFoundException', 'The account has no linked AWS GovCloud (US) account.')
  },
})

function named(id: string | undefined) {
  return id === undefined ? {} : { AccountId: id }
}

function stateOf({ estate, now }: Call, id: string): 'ACTIVE' | 'SUSPENDED' | 'CLOSED' {
  const member = estate.organization.all('member').get(id)
  if (member === undefined) return 'ACTIVE'
  const { State } = standingOf(estate.organization, member, now)
  return State === 'PENDING_CLOSURE' ? 'CLOSED' : State
}
