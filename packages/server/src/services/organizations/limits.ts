/** AWS's default quotas of an organisation. ORG orgs_reference_limits. */

import type { OrganizationPolicyType } from '@sallyport/estate'

export const LIMITS = {
  units: 2000,
  /** Levels of OUs under the root. */
  depth: 5,
  tags: 50,
} as const

interface PolicyLimits {
  /** Characters of a document, white space included. */
  readonly content: number
  readonly policies: number
  /** Policies of the type on one root, OU or account. */
  readonly attached: number
}

/** Those of SCPs as raised on 2026-05-15. */
export const POLICY_LIMITS: Readonly<Record<OrganizationPolicyType, PolicyLimits>> = {
  SERVICE_CONTROL_POLICY: { content: 10_240, policies: 10_000, attached: 10 },
  RESOURCE_CONTROL_POLICY: { content: 5_120, policies: 1_000, attached: 5 },
  AISERVICES_OPT_OUT_POLICY: { content: 2_500, policies: 1_000, attached: 5 },
  BACKUP_POLICY: { content: 10_000, policies: 1_000, attached: 10 },
  BEDROCK_POLICY: { content: 10_000, policies: 1_000, attached: 5 },
  CHATBOT_POLICY: { content: 10_000, policies: 1_000, attached: 5 },
  DECLARATIVE_POLICY_EC2: { content: 10_000, policies: 1_000, attached: 10 },
  GUARDDUTY_POLICY: { content: 10_000, policies: 1_000, attached: 10 },
  INSPECTOR_POLICY: { content: 10_000, policies: 1_000, attached: 10 },
  NETWORK_SECURITY_DIRECTOR_POLICY: { content: 10_000, policies: 1_000, attached: 10 },
  S3_POLICY: { content: 10_000, policies: 1_000, attached: 10 },
  SECURITYHUB_CSPM_POLICY: { content: 10_000, policies: 1_000, attached: 10 },
  SECURITYHUB_POLICY: { content: 10_000, policies: 1_000, attached: 10 },
  TAG_POLICY: { content: 10_000, policies: 1_000, attached: 10 },
  UPGRADE_ROLLOUT_POLICY: { content: 10_000, policies: 1_000, attached: 10 },
}
