/** The policies that AWS itself puts into every organisation: everything is allowed until somebody says otherwise. */

import type { OrganizationLand, OrganizationPolicy, OrganizationPolicyType } from '@sallyport/estate'
import { organizationOf } from '@sallyport/estate'
import { ORGANIZATION } from '../../directory.ts'
import { put, type Change } from '../../store/store.ts'

const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' }

/** Which policy each type attaches to every root, OU and account when it is enabled. ORG orgs_manage_policies_enable-disable. */
const FULL_ACCESS = {
  SERVICE_CONTROL_POLICY: fullAccess('SERVICE_CONTROL_POLICY', 'FullAWSAccess', ALLOW_ALL),
  RESOURCE_CONTROL_POLICY: fullAccess('RESOURCE_CONTROL_POLICY', 'RCPFullAWSAccess', { Principal: '*', ...ALLOW_ALL }),
} as const satisfies Record<OrganizationPolicyType, OrganizationPolicy>

/** AWS's full-access policies, attached to nothing yet. */
export const AWS_MANAGED: readonly OrganizationPolicy[] = Object.values(FULL_ACCESS)

export function fullAccessId(type: OrganizationPolicyType): string {
  return FULL_ACCESS[type].id
}

/** Every new OU and account has the full-access policy of each enabled type from birth; without it nothing there would be allowed. */
export function attachedAtBirth(land: OrganizationLand, target: string): readonly Change[] {
  const types = organizationOf(land)?.enabledPolicyTypes ?? []
  return types.flatMap((type) => {
    const policy = land.all('orgPolicy').get(fullAccessId(type))
    if (policy === undefined || policy.targets.includes(target)) return []
    return [put(ORGANIZATION, 'orgPolicy', policy.id, { ...policy, targets: [...policy.targets, target] })]
  })
}

/** Attachments end with what they were on. */
export function detachedAtDeath(land: OrganizationLand, target: string): readonly Change[] {
  return [...land.all('orgPolicy').values()]
    .filter(({ targets }) => targets.includes(target))
    .map((policy) =>
      put(ORGANIZATION, 'orgPolicy', policy.id, { ...policy, targets: policy.targets.filter((one) => one !== target) }),
    )
}

function fullAccess(type: OrganizationPolicyType, name: string, statement: object): OrganizationPolicy {
  return {
    id: `p-${name}`,
    type,
    name,
    description: 'Allows access to every operation',
    document: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, undefined, 2),
    awsManaged: true,
    targets: [],
    tags: [],
  }
}
