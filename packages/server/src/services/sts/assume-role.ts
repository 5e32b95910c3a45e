/** Crossing from one account into another: both doors must open. */

import { sessionOf, type Role, type SessionFacts } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { secondFactor } from '../second-factor.ts'
import { assumedRole, credentials, lasting, refuseRoot } from './credentials.ts'
import { door, duration, roleAt, roleIn } from './role.ts'
import { inherited, packed, packedSize, sessionPolicies, sessionTags } from './session-input.ts'

type Asked = Input<'sts:AssumeRole'>

/** sts:AssumeRole. Exchanges a caller whom the role trusts for short-lived credentials of that role. */
export const assumeRole = operation('sts:AssumeRole', {
  needs: ({ RoleArn }) => [roleAt(RoleArn).account],
  asks(input, call) {
    refuseRoot(call)
    if ((input.ProvidedContexts ?? []).length > 0)
      throw new Refusal('notBuilt', 'sallyport has not built ProvidedContexts')
    const doors: readonly [string, boolean][] = [
      ['sts:AssumeRole', true],
      ['sts:TagSession', (input.Tags ?? []).length > 0 || inherited(call).length > 0],
      ['sts:SetSourceIdentity', input.SourceIdentity !== undefined],
    ]
    const context = { 'sts:ExternalId': input.ExternalId, ...secondFactor(input, call).context }
    return doors.filter(([, asked]) => asked).map(([action]) => door(action, input, call.estate, context))
  },
  refusals: ['MalformedPolicyDocument', 'PackedPolicyTooLarge', 'ValidationError'],
  readOnly: true,
  run(input, call) {
    const { account, role } = roleIn(call.estate, input.RoleArn)
    const facts = session(input, role, call)
    const who = { type: 'AssumedRole', account, identity: role.id } as const
    const opened = call.sessions.open(call.random, who, facts, input.MinimumSessionTokenSize)
    return {
      output: {
        ...credentials(opened),
        AssumedRoleUser: assumedRole(account, role, facts.name),
        PackedPolicySize: packedSize(facts),
        SourceIdentity: facts.sourceIdentity,
      },
      changes: secondFactor(input, call).changes,
    }
  },
})

function session(input: Asked, role: Role, call: Call): SessionFacts {
  const { principal, estate } = call
  const chaining = sessionOf(principal) !== undefined && principal.type !== 'User'
  const seconds = duration(input.DurationSeconds, role, chaining)
  const sourceIdentity = sourceOf(input, call)
  return packed({
    name: input.RoleSessionName,
    ...lasting(call, seconds),
    ...sessionPolicies(input, estate, estate.account(roleAt(input.RoleArn).account)),
    ...sessionTags(input, inherited(call)),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    chained: principal.type === 'AssumedRole',
  })
}

/** Once set it stays, however many roles follow (UG id_credentials_temp_control-access_monitor). */
function sourceOf({ SourceIdentity }: Asked, { principal }: Call): string | undefined {
  const before = sessionOf(principal)?.sourceIdentity
  if (before === undefined) return SourceIdentity
  if (SourceIdentity === undefined || SourceIdentity === before) return before
  throw new Refusal('AccessDenied', 'A source identity that was set cannot be changed by role chaining')
}
