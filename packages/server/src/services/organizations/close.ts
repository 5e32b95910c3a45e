/** Closing a member account. */

import type { Call } from '../../call.ts'
import { isPending } from '../../closing.ts'
import { DIRECTORY, ORGANIZATION } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { noAccount } from './account.ts'
import { about, constrained, manage, MANAGED, touches } from './shared.ts'

const DAY = 86_400_000
/** API_CloseAccount: in any 30 days, the higher of 250 and 20 % of the members, up to 1,000. */
const WINDOW = 30 * DAY
const CLOSURES = { least: 250, share: 0.2, most: 1000 } as const
/** Closures under way at a time (ORG orgs_reference_limits). */
const AT_A_TIME = 3

/** organizations:CloseAccount. The account is shut when this has answered, though AWS calls it pending for some minutes. */
export const closeAccount = operation('organizations:CloseAccount', {
  needs: touches,
  asks: ({ AccountId }, call) => about(call, AccountId),
  refusals: [...MANAGED, 'AccountAlreadyClosedException', 'AccountNotFoundException', 'ConstraintViolationException'],
  run({ AccountId }, call) {
    const organization = manage(call)
    const { estate, directory, now } = call
    const member = estate.organization.all('member').get(AccountId)
    const row = directory.all('account').get(AccountId)
    if (member === undefined || row === undefined) throw noAccount()
    if (organization.managementAccount === AccountId) throw constrained('CANNOT_CLOSE_MANAGEMENT_ACCOUNT')
    if (organization.featureSet !== 'ALL') throw constrained('ORGANIZATION_NOT_IN_ALL_FEATURES_MODE')
    if (estate.organization.all('closure').has(AccountId)) {
      throw new Refusal('AccountAlreadyClosedException', 'The provided account is already closed.')
    }
    refuseTooMany(call)
    return {
      output: {},
      changes: [
        put(ORGANIZATION, 'closure', AccountId, { account: AccountId, at: now }),
        put(ORGANIZATION, 'member', AccountId, { ...member, status: 'SUSPENDED' }),
        put(DIRECTORY, 'account', AccountId, { ...row, closedAt: now }),
      ],
    }
  },
})

function refuseTooMany({ estate: { organization: land }, now }: Call): void {
  const closures = [...land.all('closure').values()]
  if (closures.filter((one) => isPending(one, now)).length >= AT_A_TIME) {
    throw constrained('CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED')
  }
  // the management account is none of the members
  const share = Math.floor((land.all('member').size - 1) * CLOSURES.share)
  const most = Math.min(CLOSURES.most, Math.max(CLOSURES.least, share))
  if (closures.filter(({ at }) => now < at + WINDOW).length >= most) throw constrained('CLOSE_ACCOUNT_QUOTA_EXCEEDED')
}
