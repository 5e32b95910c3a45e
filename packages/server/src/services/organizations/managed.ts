/** The policies that AWS itself puts into every organisation: everything is allowed until somebody says otherwise. */

import type { GuardrailType, OrganizationLand, OrganizationPolicy } from '@sallyport/estate'
import { attachedTo, organizationOf } from '@sallyport/estate'
import type { Change } from '../../store/store.ts'
import { hang } from './hanging.ts'
import { isGuardrail } from './type.ts'

const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' }

/** Which policy each type attaches to every root, OU and account when it is enabled. ORG orgs_manage_policies_enable-disable. */
const FULL_ACCESS = {
  SERVICE_CONTROL_POLICY: fullAccess('SERVICE_CONTROL_POLICY', 'FullAWSAccess', ALLOW_ALL),
  RESOURCE_CONTROL_POLICY: fullAccess('RESOURCE_CONTROL_POLICY', 'RCPFullAWSAccess', { Principal: '*', ...ALLOW_ALL }),
} as const satisfies Record<GuardrailType, OrganizationPolicy>

/** AWS's full-access policies. */
export const AWS_MANAGED: readonly OrganizationPolicy[] = Object.values(FULL_ACCESS)

export function fullAccessId(type: GuardrailType): string {
  return FULL_ACCESS[type].id
}

/** Every new OU and account has the full-access policy of each enabled type from birth; without it nothing there would be allowed. */
export function attachedAtBirth(land: OrganizationLand, target: string): readonly Change[] {
  const before = attachedTo(land, target)
  const types = organizationOf(land)?.enabledPolicyTypes ?? []
  const missing = types
    .filter(isGuardrail)
    .map(fullAccessId)
    .filter((id) => land.all('orgPolicy').has(id) && !before.includes(id))
  return missing.length === 0 ? [] : [hang(target, [...before, ...missing])]
}

function fullAccess(type: GuardrailType, name: string, statement: object): OrganizationPolicy {
  return {
    id: `p-${name}`,
    type,
    name,
    description: 'Allows access to every operation',
    document: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, undefined, 2),
    awsManaged: true,
    tags: [],
  }
}
