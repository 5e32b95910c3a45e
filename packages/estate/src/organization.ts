/** The organisation as plain data: its accounts, its tree, its policies. One organisation is one partition. */

import type { Standard } from './standards.ts'
import type { AccountId, Tag } from './account.ts'
import type { BoundPolicy } from './bind.ts'
import type { Closure, EmailUpdate, Handshake, ServiceAccess } from './membership.ts'

export type FeatureSet = 'ALL' | 'CONSOLIDATED_BILLING'
/** What allows and forbids: the law reads it. */
export type GuardrailType = 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY'
/** What is set for accounts and inherited by them. */
export type ManagementPolicyType =
  | 'AISERVICES_OPT_OUT_POLICY'
  | 'BACKUP_POLICY'
  | 'BEDROCK_POLICY'
  | 'CHATBOT_POLICY'
  | 'DECLARATIVE_POLICY_EC2'
  | 'GUARDDUTY_POLICY'
  | 'INSPECTOR_POLICY'
  | 'NETWORK_SECURITY_DIRECTOR_POLICY'
  | 'S3_POLICY'
  | 'SECURITYHUB_CSPM_POLICY'
  | 'SECURITYHUB_POLICY'
  | 'TAG_POLICY'
  | 'UPGRADE_ROLLOUT_POLICY'
export type OrganizationPolicyType = GuardrailType | ManagementPolicyType

export type RootFeature = 'RootCredentialsManagement' | 'RootSessions'

export interface OrganizationSelf {
  /** `o-` and ten characters. */
  readonly id: string
  /** `r-` and four characters. */
  readonly rootId: string
  readonly managementAccount: AccountId
  readonly managementEmail: string
  readonly featureSet: FeatureSet
  readonly createdAt: number
  readonly enabledPolicyTypes: readonly OrganizationPolicyType[]
  readonly rootTags: readonly Tag[]
  /** What of its members' root users is managed from the management account. */
  readonly rootFeatures?: readonly RootFeature[]
}

export interface Member {
  readonly id: AccountId
  readonly name: string
  readonly email: string
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE'
  readonly joinedMethod: 'INVITED' | 'CREATED'
  readonly joinedAt: number
  /** The root's id or an OU's. */
  readonly parent: string
  readonly tags: readonly Tag[]
}

export interface Unit {
  /** `ou-<root's characters>-` and eight characters. */
  readonly id: string
  readonly name: string
  readonly parent: string
  readonly tags: readonly Tag[]
}

export interface OrganizationPolicy {
  /** `p-` and eight characters, or `p-FullAWSAccess`. */
  readonly id: string
  readonly type: OrganizationPolicyType
  readonly name: string
  readonly description: string
  readonly document: string
  readonly awsManaged: boolean
  readonly tags: readonly Tag[]
  /** Of its text; older rows do not say. */
  readonly updatedAt?: number
}

/** What hangs on one root, OU or account; where nothing does, there is no row. Its key is the target's id. */
export interface Attachment {
  readonly target: string
  /** Ids of policies of all types, in the order of their attachment. */
  readonly policies: readonly string[]
}

/** How a CreateAccount call went. */
export interface AccountCreation {
  /** `car-` and 32 characters. */
  readonly id: string
  /** Where it succeeded. */
  readonly accountId?: AccountId
  readonly accountName: string
  readonly requestedAt: number
  readonly completedAt: number
  readonly failure?: 'EMAIL_ALREADY_EXISTS'
}

/** A member that administers a service for the organisation. */
export interface Delegation {
  readonly account: AccountId
  readonly service: string
  readonly enabledAt: number
}

/** What the organisation lets members do in its name; its principals are bound as in any resource's policy. */
export interface OrgResourcePolicy extends BoundPolicy {
  /** `rp-` and eight characters. */
  readonly id: string
  /** As it was written. */
  readonly content: string
  readonly tags: readonly Tag[]
}

export interface OrganizationKinds {
  /** Under account and service, with a slash between them. */
  readonly delegation: Delegation
  readonly resourcePolicy: OrgResourcePolicy
  readonly organization: OrganizationSelf
  readonly member: Member
  readonly unit: Unit
  readonly orgPolicy: OrganizationPolicy
  readonly attachment: Attachment
  /** Under the node's id. */
  readonly standard: Standard
  readonly creation: AccountCreation
  readonly handshake: Handshake
  readonly closure: Closure
  readonly serviceAccess: ServiceAccess
  readonly emailUpdate: EmailUpdate
}

export type OrganizationKind = keyof OrganizationKinds

/** The organisation's partition, read only. */
export interface OrganizationLand {
  all<K extends OrganizationKind>(kind: K): ReadonlyMap<string, OrganizationKinds[K]>
  /** The keys of `all(kind)` in ascending order of `<`. They change with the land: take them anew for each question. */
  inOrder(kind: OrganizationKind): readonly string[]
}

/** The organisation itself, or `undefined` before anybody created one. */
export function organizationOf(land: OrganizationLand): OrganizationSelf | undefined {
  return land.all('organization').get('self')
}

/**
 * The nodes from the root down to an account, the account included: where SCPs and RCPs hang.
 * Empty where the account is not a member.
 */
export function pathTo(land: OrganizationLand, account: AccountId): readonly string[] {
  const member = land.all('member').get(account)
  if (member === undefined) return []
  const nodes = [account]
  for (let node: string | undefined = member.parent; node !== undefined; node = land.all('unit').get(node)?.parent) {
    nodes.unshift(node)
  }
  return nodes
}

/** Whether an account administers a service for the organisation: the management account does, and whom it delegated that to. */
export function administers(land: OrganizationLand, account: AccountId, service: string): boolean {
  return organizationOf(land)?.managementAccount === account || land.all('delegation').has(`${account}/${service}`)
}

/** The ids of all policies that hang on a root, OU or account itself, in the order of their attachment. */
export function attachedTo(land: OrganizationLand, target: string): readonly string[] {
  return land.all('attachment').get(target)?.policies ?? []
}

/** Those of one type. */
export function policiesOn(
  land: OrganizationLand,
  target: string,
  type: OrganizationPolicyType,
): readonly OrganizationPolicy[] {
  const policies = land.all('orgPolicy')
  return attachedTo(land, target).flatMap((id) => {
    const policy = policies.get(id)
    return policy?.type === type ? policy : []
  })
}

/** A root, OU or account with all above it: `o-…/r-…/ou-…/`. */
export function pathOf(land: OrganizationLand, node: string): string {
  const parent = land.all('unit').get(node)?.parent ?? land.all('member').get(node)?.parent
  return `${parent === undefined ? `${organizationOf(land)?.id ?? ''}/` : pathOf(land, parent)}${node}/`
}

/** An account's place in the form of `aws:PrincipalOrgPaths`: `o-…/r-…/ou-…/`. */
export function orgPath(land: OrganizationLand, account: AccountId): string | undefined {
  const organization = organizationOf(land)
  const nodes = pathTo(land, account)
  if (organization === undefined || nodes.length === 0) return undefined
  return `${[organization.id, ...nodes.slice(0, -1)].join('/')}/`
}
