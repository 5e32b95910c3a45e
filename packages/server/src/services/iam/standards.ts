/** The organisation's own standards for roles, where they are enforced: opt-in, and no rule of AWS's. */

import { standardsOf, violations, type Role } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'

/**
 * Refuses what a call would make a role lack; what it lacked before is not the call's doing. `InvalidInput` is what every
 * client of IAM knows as "this value will not do, and trying again will not help"; `AccessDenied` would send its reader
 * to look for a policy.
 */
export function refuseAgainstStandards(
  { estate, account }: Pick<Call, 'estate' | 'account'>,
  before: Role | undefined,
  after: Role,
): void {
  const standards = standardsOf(estate.organization, account.id).filter(({ roles }) => roles.enforce === true)
  if (standards.length === 0) return
  const had = new Set(
    before === undefined ? [] : violations(standards, before).map(({ node, lacks }) => `${node} ${lacks}`),
  )
  const missed = violations(standards, after).filter(({ node, lacks }) => !had.has(`${node} ${lacks}`))
  if (missed.length === 0) return
  const says = [...new Set(missed.map((one) => one.says))].join('; ')
  const nodes = [...new Set(missed.map(({ node }) => node))].join(', ')
  throw new Refusal('InvalidInput', `Role ${after.name} does not meet the standards of ${nodes}: ${says}`)
}
