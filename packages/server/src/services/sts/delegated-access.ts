/** Credentials for an accepted delegation request: see IAM's. No request is accepted here, so no token to trade in was ever sent. */

import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'

/** sts:GetDelegatedAccessToken. */
export const getDelegatedAccessToken = operation('sts:GetDelegatedAccessToken', {
  asks: () => ({ resource: '*' }),
  refusals: ['ExpiredTradeInTokenException'],
  run() {
    throw new Refusal(
      'ExpiredTradeInTokenException',
      'The trade-in token provided in the request has expired or is not valid.',
    )
  },
})
