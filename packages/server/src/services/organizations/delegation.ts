/**
 * What members may do in the organisation's name. Delegated administrators of any service may read it; whom the organisation's
 * own resource policy names may do what it allows, if their account allows it too. ORG orgs_delegate_policies.
 */

import { organizationOf, type OrganizationSelf } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { inUse, noPermission } from './shared.ts'

type Caller = Pick<Call, 'estate' | 'account'>

function isManagement({ estate, account }: Caller): boolean {
  return organizationOf(estate.organization)?.managementAccount === account.id
}

/** Of any service that is integrated with Organizations. */
export function isDelegate({
  estate,
  account,
}: Pick<Call, 'estate'> & { readonly account: { readonly id: string } }): boolean {
  return [...estate.organization.all('delegation').values()].some((one) => one.account === account.id)
}

function hasPolicy({ estate }: Caller): boolean {
  return estate.organization.all('resourcePolicy').has('self')
}

/** Who sees the whole organisation. */
export function isOverseer(call: Caller): boolean {
  return isManagement(call) || isDelegate(call) || hasPolicy(call)
}

/** The organisation, for an operation that reads it: the law has been asked as `delegated` says. */
export function oversee(call: Call): OrganizationSelf {
  const organization = inUse(call)
  if (!isOverseer(call)) throw noPermission()
  return organization
}

/**
 * What is asked for a member that the organisation's resource policy may name: both it and the member's own policies must
 * allow. A delegated administrator reads without it.
 */
export function delegated(call: Call, asking: Asking): Asking {
  if (isManagement(call) || !hasPolicy(call)) return asking
  const asked = underPolicy(call, asking)
  return isDelegate(call) && !call.may(asked) ? asking : asked
}

/** The organisation, for an operation that changes what may be delegated. */
export function govern(call: Call, ...askings: readonly Asking[]): OrganizationSelf {
  const organization = inUse(call)
  const named = hasPolicy(call) && askings.every((asking) => call.may(underPolicy(call, asking)))
  if (!isManagement(call) && !named) throw noPermission()
  return organization
}

function underPolicy({ estate }: Caller, asking: Asking): Asking {
  const policy = estate.organization.all('resourcePolicy').get('self')
  const owner = organizationOf(estate.organization)?.managementAccount
  if (policy === undefined || owner === undefined) return asking
  const { document, id } = policy
  return { ...asking, account: owner, resourcePolicy: { document, kind: 'resource', name: id } }
}
