/** What an account has from birth: its own row, and, as a member, the role by which the management account enters it. */

import type { AccountSelf, Role } from '@sallyport/estate'
import { nameKey, rootArn, SELF } from '@sallyport/estate'
import { DIRECTORY, type Owner } from './directory.ts'
import { uniqueId } from './ids.ts'
import type { Random } from './random.ts'
import { put, type Change } from './store/store.ts'

export const ADMINISTRATOR_ACCESS = 'arn:aws:iam::aws:policy/AdministratorAccess'
/** CreateAccount's `RoleName` where it is not given. */
export const ENTRY_ROLE = 'OrganizationAccountAccessRole'

interface Birth {
  readonly id: string
  readonly at: number
}

/** `owner` where it is to be in no organisation. */
export function birth({ id, at, owner }: Birth & { readonly owner?: Owner }): readonly Change[] {
  const self: AccountSelf = { id, createdAt: at }
  const row = { id, createdAt: at, ...(owner === undefined ? {} : { owner }) }
  return [put(DIRECTORY, 'account', id, row), put(id, 'self', SELF, self)]
}

/** The role that CreateAccount leaves in a new member: administrator, trusting the management account. */
export function entryRole(random: Random, member: Birth, management: string, name = ENTRY_ROLE): Change {
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: rootArn(management) }, Action: 'sts:AssumeRole' }],
  }
  const role: Role = {
    kind: 'role',
    name,
    path: '/',
    id: uniqueId(random, 'role'),
    createdAt: member.at,
    maxSession: 3600,
    trust: { document: JSON.stringify(trust) },
    inline: [],
    attached: [ADMINISTRATOR_ACCESS],
    tags: [],
  }
  return put(member.id, 'role', nameKey(name), role)
}

const ORGANIZATIONS = 'organizations.amazonaws.com'
export const ORGANIZATIONS_ROLE = 'AWSServiceRoleForOrganizations'

/** The role of Organizations' own that every account of an organisation with all features has (ORG orgs_integrate_services). */
export function organizationsRole(random: Random, { id, at }: Birth): Change {
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: ORGANIZATIONS }, Action: 'sts:AssumeRole' }],
  }
  const role: Role = {
    kind: 'role',
    name: ORGANIZATIONS_ROLE,
    path: `/aws-service-role/${ORGANIZATIONS}/`,
    id: uniqueId(random, 'role'),
    createdAt: at,
    description:
      'Service-linked role used by AWS Organizations to enable integration of other AWS services with Organizations.',
    maxSession: 3600,
    trust: { document: JSON.stringify(trust) },
    inline: [],
    attached: ['arn:aws:iam::aws:policy/aws-service-role/AWSOrganizationsServiceTrustPolicy'],
    tags: [],
  }
  return put(id, 'role', nameKey(ORGANIZATIONS_ROLE), role)
}
