/** The end of a membership: an account is removed, or leaves, and stands alone from then on. */

import type { Member } from '@sallyport/estate'
import { ownerRow } from '../../account-owner.ts'
import type { Call } from '../../call.ts'
import { ORGANIZATION } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { remove, type Change } from '../../store/store.ts'
import { noAccount } from './account.ts'
import { isDelegate } from './delegation.ts'
import { ended, isOpen, keep } from './handshake.ts'
import { hang } from './hanging.ts'
import { about, constrained, inUse, manage, MANAGED, touches } from './shared.ts'

const DAY = 86_400_000

const REFUSALS = [
  ...MANAGED,
  'AccountNotFoundException',
  'ConstraintViolationException',
  'MasterCannotLeaveOrganizationException',
] as const

/** organizations:RemoveAccountFromOrganization. */
export const removeAccountFromOrganization = operation('organizations:RemoveAccountFromOrganization', {
  needs: touches,
  asks: ({ AccountId }, call) => about(call, AccountId),
  refusals: REFUSALS,
  run({ AccountId }, call) {
    manage(call)
    const member = call.estate.organization.all('member').get(AccountId)
    if (member === undefined) throw noAccount()
    return { output: {}, changes: departed(call, member) }
  },
})

/** organizations:LeaveOrganization. Called by the account that leaves; an SCP may keep it. */
export const leaveOrganization = operation('organizations:LeaveOrganization', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: REFUSALS,
  run(_input, call) {
    inUse(call)
    const member = call.estate.organization.all('member').get(call.account.id)
    if (member === undefined) throw noAccount()
    return { output: {}, changes: departed(call, member) }
  },
})

/** Nothing of the organisation's bears on it any more. What is in it stays, the management account's way in too (ORG orgs_manage_accounts_remove). */
function departed(call: Call, member: Member): readonly Change[] {
  refuseToLetGo(call, member)
  const { estate, directory, now } = call
  const asked = [...estate.organization.all('handshake').values()].filter(
    (one) => one.action === 'APPROVE_ALL_FEATURES' && one.target?.id === member.id && isOpen(one, now),
  )
  return [
    remove(ORGANIZATION, 'member', member.id),
    hang(member.id, []),
    ...ownerRow(directory, member),
    ...asked.map((one) => keep(ended(one, 'CANCELED', now))),
  ]
}

function refuseToLetGo(call: Call, { id, joinedMethod, joinedAt }: Member): void {
  if (inUse(call).managementAccount === id) {
    throw new Refusal(
      'MasterCannotLeaveOrganizationException',
      "You can't remove a management account from an organization.",
    )
  }
  if (call.estate.organization.all('closure').has(id)) throw constrained('ACCOUNT_CANNOT_LEAVE_ORGANIZATION')
  if (isDelegate({ estate: call.estate, account: { id } }))
    throw constrained('CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG')
  // an account that was invited may go at any time
  const wait = call.quota('organizations:WaitPeriodDays') * DAY
  if (joinedMethod === 'CREATED' && call.now < joinedAt + wait) throw constrained('WAIT_PERIOD_ACTIVE')
}
