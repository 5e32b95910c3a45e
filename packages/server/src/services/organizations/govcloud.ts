/** Accounts in AWS GovCloud (US). */

import { operation } from '../../operation.ts'
import { requestTags } from '../tags.ts'
import { refuseNewAccount } from './creation.ts'
import { constrained, manage, MANAGED, touches } from './shared.ts'

/** organizations:CreateGovCloudAccount. There is no GovCloud here, so no management account has one of its accounts. */
export const createGovCloudAccount = operation('organizations:CreateGovCloudAccount', {
  needs: touches,
  asks: ({ Tags }) => ({ resource: '*', context: requestTags(Tags) }),
  refusals: [...MANAGED, 'ConstraintViolationException'],
  run(input, call) {
    manage(call)
    refuseNewAccount(input)
    throw constrained('MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED')
  },
})
