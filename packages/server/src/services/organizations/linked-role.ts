/** The role of Organizations' own in the accounts of an organisation with all features: who has it, and who may make it. */

import { nameKey, type AccountId } from '@sallyport/estate'
import { ORGANIZATIONS_ROLE, organizationsRole } from '../../birth.ts'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import type { Change } from '../../store/store.ts'

/** In every one of these accounts that has it not yet. They must have been brought in. */
export function linkedRoles({ estate, random, now }: Call, accounts: Iterable<AccountId>): readonly Change[] {
  return [...accounts].flatMap((id) => {
    const account = estate.account(id)
    if (account === undefined || account.all('role').has(nameKey(ORGANIZATIONS_ROLE))) return []
    return [organizationsRole(random, { id, at: now })]
  })
}

/** In the caller's account, in whose name it is made: the caller must be allowed to. */
export function ownLinkedRole(call: Call): readonly Change[] {
  const { id } = call.account
  const changes = linkedRoles(call, [id])
  const path = '/aws-service-role/organizations.amazonaws.com/'
  const asking = {
    action: 'iam:CreateServiceLinkedRole',
    resource: `arn:aws:iam::${id}:role${path}${ORGANIZATIONS_ROLE}`,
    context: { 'iam:AWSServiceName': 'organizations.amazonaws.com' },
  }
  if (changes.length === 0 || call.may(asking)) return changes
  throw new Refusal(
    'AccessDeniedForDependencyException',
    'The operation requires the iam:CreateServiceLinkedRole permission for organizations.amazonaws.com.',
    { Reason: 'ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE' },
  )
}
