/** A user's own temporary credentials. */

import { sessionOf, type SessionFacts } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { secondFactor } from '../second-factor.ts'
import { credentials, HOUR, lasting } from './credentials.ts'

/** sts:GetSessionToken. A user's permissions as they are, in credentials that expire; no policy is asked (STS API_GetSessionToken). */
export const getSessionToken = operation('sts:GetSessionToken', {
  asks: () => ({ resource: '*', always: true }),
  refusals: ['AccessDenied', 'ValidationError'],
  readOnly: true,
  run({ DurationSeconds = 12 * HOUR, MinimumSessionTokenSize, ...factor }, call) {
    const { principal } = call
    if (principal.type !== 'User' || sessionOf(principal) !== undefined) {
      throw new Refusal('AccessDenied', 'Cannot call GetSessionToken with session credentials')
    }
    const { provedAt, changes } = secondFactor(factor, call)
    const facts: SessionFacts = {
      name: principal.user.name,
      ...lasting(call, DurationSeconds),
      tags: [],
      transitive: [],
      ...(provedAt === undefined ? {} : { mfaAt: provedAt }),
      chained: false,
    }
    const who = { type: 'User', account: principal.account, identity: principal.user.id } as const
    const opened = call.sessions.open(call.random, who, facts, MinimumSessionTokenSize)
    return { output: credentials(opened), changes }
  },
})
