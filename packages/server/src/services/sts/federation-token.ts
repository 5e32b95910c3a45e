/** Credentials that a user hands to somebody else: less than their own, under another name. */

import { federatedArn, sessionOf, type SessionFacts } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { requestTags, resourceTags } from '../tags.ts'
import { credentials, HOUR, lasting } from './credentials.ts'
import { packed, packedSize, sessionPolicies, sessionTags } from './session-input.ts'

/** sts:GetFederationToken. What both the user's policies and the session's allow; without a session policy, nothing. */
export const getFederationToken = operation('sts:GetFederationToken', {
  asks({ Name, Tags = [] }, { account, principal }) {
    const own = principal.type === 'User' ? resourceTags(principal.user.tags, 'iam') : {}
    const asked = { resource: federatedArn(account.id, Name), context: { ...requestTags(Tags), ...own } }
    return Tags.length === 0 ? asked : [asked, { ...asked, action: 'sts:TagSession' }]
  },
  refusals: ['AccessDenied', 'MalformedPolicyDocument', 'PackedPolicyTooLarge', 'ValidationError'],
  readOnly: true,
  run(input, call) {
    const { principal, estate, account, sessions, random } = call
    if (principal.type !== 'User' || sessionOf(principal) !== undefined) {
      throw new Refusal('AccessDenied', 'Cannot call GetFederationToken with session credentials')
    }
    const facts: SessionFacts = packed({
      name: input.Name,
      ...lasting(call, input.DurationSeconds ?? 12 * HOUR),
      ...sessionPolicies(input, estate, account),
      ...sessionTags(input),
      chained: false,
    })
    const who = { type: 'FederatedUser', account: account.id, identity: principal.user.id } as const
    const opened = sessions.open(random, who, facts, input.MinimumSessionTokenSize)
    return {
      output: {
        ...credentials(opened),
        FederatedUser: { FederatedUserId: `${account.id}:${input.Name}`, Arn: federatedArn(account.id, input.Name) },
        PackedPolicySize: packedSize(facts),
      },
    }
  },
})
