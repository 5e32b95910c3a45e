/** A user's own temporary credentials. */

import { sessionOf, type SessionFacts } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { credentials, HOUR, lasting } from './credentials.ts'

/** sts:GetSessionToken. A user's permissions as they are, in credentials that expire; no policy is asked (STS API_GetSessionToken). */
export const getSessionToken = operation('sts:GetSessionToken', {
  asks: () => ({ resource: '*', always: true }),
  refusals: ['AccessDenied', 'ValidationError'],
  readOnly: true,
  run({ DurationSeconds = 12 * HOUR, SerialNumber, TokenCode, MinimumSessionTokenSize }, call) {
    const { principal } = call
    if (principal.type !== 'User' || sessionOf(principal) !== undefined) {
      throw new Refusal('AccessDenied', 'Cannot call GetSessionToken with session credentials')
    }
    if (SerialNumber !== undefined || TokenCode !== undefined) {
      // No MFA device can be registered here yet, so none validates.
      throw new Refusal('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code. ')
    }
    const facts: SessionFacts = {
      name: principal.user.name,
      ...lasting(call, DurationSeconds),
      tags: [],
      transitive: [],
      chained: false,
    }
    const who = { type: 'User', account: principal.account, identity: principal.user.id } as const
    return { output: credentials(call.sessions.open(call.random, who, facts, MinimumSessionTokenSize)) }
  },
})
