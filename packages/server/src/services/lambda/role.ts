/** A function's execution role: the caller must be allowed to pass it, and it must trust Lambda. */

import { identityNamed, type Role } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { trustsService } from '../../service-role.ts'
import { resourceTags } from '../tags.ts'
import { invalid } from './shared.ts'

export const SERVICE = 'lambda.amazonaws.com'

/** May the caller hand this role to Lambda? Roles of other accounts cannot be handed over at all. */
export function passing(call: Call, role: string, functionArn: string): Asking {
  const account = role.split(':')[4] ?? ''
  if (account !== call.account.id) throw new Refusal('denied', 'Cross-account pass role is not allowed.')
  const tags = roleNamed(call, role)?.tags ?? []
  return {
    action: 'iam:PassRole',
    resource: role,
    account,
    context: {
      'iam:PassedToService': SERVICE,
      'iam:AssociatedResourceArn': functionArn,
      ...resourceTags(tags, 'iam'),
    },
  }
}

/** Asks the law whether the role's trust policy lets Lambda in. A role that is not there is refused in the same words. */
export function refuseUntrusting(call: Call, arn: string, functionArn: string): void {
  const role = roleNamed(call, arn)
  const { id: account } = call.account
  const errand = { service: SERVICE, account, source: functionArn }
  if (role !== undefined && trustsService(call.estate, { ...errand, role }, call.circumstances)) return
  throw invalid('The role defined for the function cannot be assumed by Lambda.')
}

function roleNamed(call: Call, arn: string): Role | undefined {
  const it = identityNamed(call.account, arn)
  return it?.kind === 'role' ? it : undefined
}
