/** The types of policies: those that the law reads, and those that set something. */

import type { GuardrailType, OrganizationPolicyType, OrganizationSelf } from '@sallyport/estate'
import { parse, type PolicyKind } from '@sallyport/policy'
import { Refusal } from '../../refusal.ts'
import { readManagementPolicy } from './management-policy.ts'

/** In which of the law's languages each guardrail is written. */
const KINDS = {
  SERVICE_CONTROL_POLICY: 'scp',
  RESOURCE_CONTROL_POLICY: 'rcp',
} as const satisfies Record<GuardrailType, PolicyKind>

export function isGuardrail(type: OrganizationPolicyType): type is GuardrailType {
  return Object.hasOwn(KINDS, type)
}

/** Whether the text is a policy of its type. */
export function isContent(text: string, type: OrganizationPolicyType): boolean {
  return isGuardrail(type) ? parse(text, KINDS[type]).ok : readManagementPolicy(text, type) !== undefined
}

/** A type that this organisation may use: one that only shares its bill has none. */
export function availableType(type: OrganizationPolicyType, { featureSet }: OrganizationSelf): OrganizationPolicyType {
  if (featureSet === 'ALL') return type
  throw new Refusal(
    'PolicyTypeNotAvailableForOrganizationException',
    "You can't use the specified policy type with the feature set currently enabled for this organization.",
  )
}
