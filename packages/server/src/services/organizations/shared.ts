/** What Organizations' nouns share: who may call, what there is by its id, ARNs, pages. */

import {
  organizationOf,
  organizationPolicyArn,
  type Member,
  type OrganizationKind,
  type OrganizationKinds,
  type OrganizationLand,
  type OrganizationPolicy,
  type OrganizationSelf,
  type OrgResourcePolicy,
  type Tag,
  type Unit,
} from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { DIRECTORY, ORGANIZATION } from '../../directory.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { page, pageInOrder, type Page } from '../paging.ts'
import { resourceTags } from '../tags.ts'

/** What every operation of the management account may refuse with. */
export const MANAGED = ['AccessDeniedException', 'AWSOrganizationsNotInUseException', 'InvalidInputException'] as const

/** What an operation here touches: a lost race reads it anew. */
export const touches = () => [ORGANIZATION, DIRECTORY]

/** The caller's organisation. */
export function inUse({ estate, account }: Call): OrganizationSelf {
  const organization = organizationOf(estate.organization)
  if (organization === undefined || !estate.organization.all('member').has(account.id)) {
    throw new Refusal('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.')
  }
  return organization
}

/** The organisation, for an operation that the management account alone may call. */
export function manage(call: Call): OrganizationSelf {
  const organization = inUse(call)
  if (organization.managementAccount !== call.account.id) throw noPermission()
  return organization
}

export function noPermission(): Refusal {
  return new Refusal('AccessDeniedException', "You don't have permissions to access this resource.")
}

/** Whatever has tags and an ARN: found by the form of its id. */
export type Thing =
  | {
      readonly noun: 'root'
      readonly it: { readonly id: string; readonly name: 'Root'; readonly tags: readonly Tag[] }
    }
  | { readonly noun: 'ou'; readonly it: Unit }
  | { readonly noun: 'account'; readonly it: Member }
  | { readonly noun: 'policy'; readonly it: OrganizationPolicy }
  | { readonly noun: 'resourcepolicy'; readonly it: OrgResourcePolicy & { readonly name: '' } }

export function thing(land: OrganizationLand, id: string): Thing | undefined {
  const noun = nounOf(id)
  switch (noun) {
    case 'root': {
      const organization = organizationOf(land)
      if (organization?.rootId !== id) return undefined
      return { noun, it: { id, name: 'Root', tags: organization.rootTags } }
    }
    case 'ou':
      return found(noun, land.all('unit').get(id))
    case 'account':
      return found(noun, land.all('member').get(id))
    case 'policy':
      return found(noun, land.all('orgPolicy').get(id))
    case 'resourcepolicy': {
      const policy = land.all('resourcePolicy').get('self')
      return policy?.id === id ? { noun, it: { ...policy, name: '' } } : undefined
    }
  }
}

/** A root or OU: what may hold accounts and OUs. */
export function parentOf(land: OrganizationLand, id: string): Extract<Thing, { noun: 'root' | 'ou' }> | undefined {
  const it = thing(land, id)
  return it?.noun === 'root' || it?.noun === 'ou' ? it : undefined
}

/** A root, OU or account: what policies may hang on. */
export function targetOf(
  land: OrganizationLand,
  id: string,
): Exclude<Thing, { noun: 'policy' | 'resourcepolicy' }> | undefined {
  const it = thing(land, id)
  return it?.noun === 'policy' || it?.noun === 'resourcepolicy' ? undefined : it
}

type House = Pick<OrganizationSelf, 'id' | 'managementAccount'>

export function arnOf(
  organization: House,
  noun: 'organization' | 'handshake' | 'transfer' | Thing['noun'],
  id?: string,
): string {
  const arn = `arn:aws:organizations::${organization.managementAccount}:${noun}/${organization.id}`
  return id === undefined ? arn : `${arn}/${id}`
}

/** What a call on an id asks the law about, whether there is such a thing or not. */
export function about({ estate }: Call, id: string, context: Asking['context'] = {}): Asking {
  const organization = organizationOf(estate.organization)
  if (organization === undefined) return { resource: '*', context }
  const it = thing(estate.organization, id)
  const tags = resourceTags(it?.it.tags ?? [])
  if (it?.noun === 'policy') {
    return {
      resource: organizationPolicyArn(organization, it.it),
      context: { ...tags, 'organizations:PolicyType': it.it.type, ...context },
    }
  }
  const noun = nounOf(id)
  const resource = noun === 'policy' ? policyArnOf(organization, id) : arnOf(organization, noun, id)
  return { resource, context: { ...tags, ...context } }
}

/** The ARN of a policy that is not there: of a type nobody knows. */
function policyArnOf(organization: House, id: string): string {
  return organizationPolicyArn(organization, { id, type: 'SERVICE_CONTROL_POLICY', awsManaged: false })
}

interface Listing {
  readonly listing: string
  readonly NextToken?: string
  readonly MaxResults?: number
}

/** Organizations never shows more than this on a page, nor fewer unless asked. */
const PAGE = 20

/** A page of a few items. What may be ten thousand is a kind, and `pageOfKind` pages it. */
export function pageOf<T>(
  call: Call,
  items: Iterable<T>,
  { listing, keyOf, NextToken, MaxResults = PAGE }: Listing & { readonly keyOf: (item: T) => string },
) {
  const sorted = [...items].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const found = page(call.keyring, sorted, {
    listing: `organizations:${listing}`,
    marker: NextToken,
    size: MaxResults,
    keyOf,
  })
  return ended(found)
}

/** A page of the rows of a kind that are `listed`, in the order of their keys. */
export function pageOfKind<K extends OrganizationKind>(
  { estate, keyring }: Call,
  kind: K,
  {
    listing,
    listed = () => true,
    NextToken,
    MaxResults = PAGE,
  }: Listing & { readonly listed?: (row: OrganizationKinds[K]) => boolean },
) {
  const rows = estate.organization.all(kind)
  const found = pageInOrder(keyring, estate.organization.inOrder(kind), {
    listing: `organizations:${listing}`,
    marker: NextToken,
    size: MaxResults,
    at(key) {
      const row = rows.get(key)
      return row !== undefined && listed(row) ? row : undefined
    },
  })
  return ended(found)
}

function ended<T>(found: Page<T> | undefined) {
  if (found === undefined) throw invalid('INVALID_PAGINATION_TOKEN')
  return { items: found.items, end: { NextToken: found.next } }
}

const INVALID = {
  DUPLICATE_TAG_KEY: 'Tag keys must be unique among the tags attached to the same entity.',
  IMMUTABLE_POLICY: "You specified a policy that is managed by AWS and can't be modified.",
  INVALID_EMAIL_ADDRESS_TARGET: 'You specified an invalid email address for the invited account owner.',
  INVALID_PAGINATION_TOKEN: 'You specified an invalid value.',
  INVALID_PARTY_TYPE_TARGET: 'You specified the wrong type of entity (account, organization, or email) as a party.',
  INVALID_PATTERN: 'You provided a value that does not match the required pattern.',
  INVALID_PATTERN_TARGET_ID: "You specified a policy target ID that doesn't match the required pattern.",
  INVALID_PRINCIPAL: 'You specified an invalid principal element in the policy.',
  INVALID_RESOURCE_POLICY_JSON:
    'You specified a resource policy that is not valid JSON or that names actions of other services.',
  INVALID_ROLE_NAME:
    "You provided a role name that isn't valid. A role name can't begin with the reserved prefix AWSServiceRoleFor.",
  INVALID_SYSTEM_TAGS_PARAMETER: "You can't add, edit, or delete system tag keys because they're reserved for AWS use.",
  MAX_LIMIT_EXCEEDED_FILTER: 'You can specify only one filter parameter for the operation.',
  START_DATE_NOT_BEGINNING_OF_DAY:
    'You provided an invalid start date. The start date must be the beginning of the day (00:00:00.000).',
  START_DATE_NOT_BEGINNING_OF_MONTH:
    'You provided an invalid start date. The start date must be the first day of the month.',
  START_DATE_TOO_EARLY: 'You provided an invalid start date. The start date is too early.',
  TARGET_NOT_SUPPORTED: "You can't perform the specified operation on that target entity.",
  UNRECOGNIZED_SERVICE_PRINCIPAL: 'You specified a service principal that AWS Organizations does not recognize.',
} as const

export function invalid(reason: keyof typeof INVALID): Refusal {
  return new Refusal('InvalidInputException', INVALID[reason], { Reason: reason })
}

const CONSTRAINTS = {
  CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG:
    'You cannot remove an account that is a delegated administrator for your organization.',
  SERVICE_ACCESS_NOT_ENABLED:
    'You must enable service access for the service before you register a delegated administrator.',
  DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE:
    'You must deregister the delegated administrators of the service before you disable its access.',
  CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR:
    'You cannot register a suspended account as a delegated administrator for your organization.',
  CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR:
    'You cannot register master account/yourself as delegated administrator for your organization.',
  ACCOUNT_CANNOT_LEAVE_ORGANIZATION: 'The account is closed. It stays in the organization until it is gone for good.',
  ACCOUNT_NUMBER_LIMIT_EXCEEDED: 'You have exceeded the allowed number of AWS accounts.',
  CANNOT_CLOSE_MANAGEMENT_ACCOUNT: 'You attempted to close the management account.',
  CLOSE_ACCOUNT_QUOTA_EXCEEDED: 'You have exceeded close account quota for the past 30 days.',
  CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED: 'You attempted to exceed the number of accounts that you can close at a time.',
  MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED:
    'To complete this operation, the management account must have an associated account in the AWS GovCloud (US-West) Region.',
  MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED:
    'You have attached the maximum number of policies to the specified target.',
  MAX_TAG_LIMIT_EXCEEDED: 'You have exceeded the number of tags allowed on this resource.',
  MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED:
    'You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.',
  ORGANIZATION_NOT_IN_ALL_FEATURES_MODE:
    'You attempted to perform an operation that requires the organization to be configured to support all features.',
  OU_DEPTH_LIMIT_EXCEEDED: 'You attempted to create an OU tree that is too many levels deep.',
  OU_NUMBER_LIMIT_EXCEEDED: 'You attempted to exceed the number of OUs that you can have in an organization.',
  POLICY_CONTENT_LIMIT_EXCEEDED: 'You have exceeded the maximum policy size.',
  POLICY_NUMBER_LIMIT_EXCEEDED: 'You attempted to exceed the number of policies that you can have in an organization.',
  WAIT_PERIOD_ACTIVE: 'This operation requires a wait period.  Try again later.',
} as const

export function constrained(reason: keyof typeof CONSTRAINTS): Refusal {
  return new Refusal('ConstraintViolationException', CONSTRAINTS[reason], { Reason: reason })
}

const HANDSHAKE_CONSTRAINTS = {
  ACCOUNT_NUMBER_LIMIT_EXCEEDED: CONSTRAINTS.ACCOUNT_NUMBER_LIMIT_EXCEEDED,
  ALREADY_IN_AN_ORGANIZATION: 'The AWS account is already a member of an organization.',
  HANDSHAKE_RATE_LIMIT_EXCEEDED: 'You attempted to exceed the number of handshakes that you can send in one day.',
  INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES:
    "You can't issue new invitations to join an organization while it's in the process of enabling all features.",
  ORGANIZATION_ALREADY_HAS_ALL_FEATURES:
    'The handshake request is invalid because the organization has already enabled all features.',
  ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION:
    'The handshake request is invalid because the organization has already started the process to enable all features.',
  SOURCE_AND_TARGET_CANNOT_MATCH:
    "An account can't accept a transfer invitation if it is both the sender and recipient of the invitation.",
  TARGET_ACCOUNT_VALIDATION_FAILURE: 'Billing transfer is not available for your account.',
} as const

export function constrainedHandshake(reason: keyof typeof HANDSHAKE_CONSTRAINTS): Refusal {
  return new Refusal('HandshakeConstraintViolationException', HANDSHAKE_CONSTRAINTS[reason], { Reason: reason })
}

function nounOf(id: string): Thing['noun'] {
  if (id.startsWith('r-')) return 'root'
  if (id.startsWith('ou-')) return 'ou'
  if (id.startsWith('rp-')) return 'resourcepolicy'
  return id.startsWith('p-') ? 'policy' : 'account'
}

function found<N extends Thing['noun'], T>(noun: N, it: T | undefined): { noun: N; it: T } | undefined {
  return it === undefined ? undefined : { noun, it }
}
