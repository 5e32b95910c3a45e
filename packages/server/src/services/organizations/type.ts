/** The types of policies that are built: those that the law knows. */

import type { OrganizationPolicyType, OrganizationSelf } from '@sallyport/estate'
import type { PolicyKind } from '@sallyport/policy'
import { Refusal } from '../../refusal.ts'

/** In which of the law's languages each type is written. */
export const KINDS = {
  SERVICE_CONTROL_POLICY: 'scp',
  RESOURCE_CONTROL_POLICY: 'rcp',
} as const satisfies Record<OrganizationPolicyType, PolicyKind>

export function builtType(type: string): OrganizationPolicyType {
  if (isBuilt(type)) return type
  throw new Refusal('notBuilt', `sallyport has not built policies of type ${type}`)
}

/** A type that this organisation may use: one that only shares its bill has none. */
export function availableType(type: string, { featureSet }: OrganizationSelf): OrganizationPolicyType {
  const built = builtType(type)
  if (featureSet === 'ALL') return built
  throw new Refusal(
    'PolicyTypeNotAvailableForOrganizationException',
    "You can't use the specified policy type with the feature set currently enabled for this organization.",
  )
}

function isBuilt(type: string): type is OrganizationPolicyType {
  return Object.hasOwn(KINDS, type)
}
