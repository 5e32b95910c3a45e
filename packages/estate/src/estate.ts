/** The land a question is asked of: the accounts, the organisation and AWS's own policies. It holds; it never waits. */

import type { AuthorizationReference, Compiled, PolicyKind } from '@sallyport/policy'
import type { Account, AccountId } from './account.ts'
import type { OrganizationLand } from './organization.ts'

export interface AwsPolicyVersion {
  /** `v1`, `v2`, … */
  readonly id: string
  readonly createdAt: number
  readonly document: string
}

/** A policy that AWS keeps: `arn:aws:iam::aws:policy/…`. */
export interface AwsPolicy {
  readonly arn: string
  readonly name: string
  readonly path: string
  readonly id: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly defaultVersion: string
  readonly versions: readonly AwsPolicyVersion[]
  /** No longer attachable; who has it keeps it. */
  readonly deprecated: boolean
}

/** AWS's managed policies, read when asked for. */
export interface Catalogue {
  policy(arn: string): AwsPolicy | undefined
  arns(): readonly string[]
}

/** Text → what the law runs; the same text is compiled once, however many accounts hold it. */
export interface PolicyLibrary {
  policyFor(text: string, kind: PolicyKind): Compiled
}

export interface Estate {
  readonly organization: OrganizationLand
  /** `undefined` where no such account exists, or it was not brought in for this question. */
  account(id: AccountId): Account | undefined
  readonly catalogue: Catalogue
  readonly library: PolicyLibrary
  /** What AWS's own tables say of its services. */
  readonly reference: Pick<AuthorizationReference, 'supportsRcp'>
}
