/** Quotas of an account: increases that were asked for, and tags. */

import type { AccountId, Tag } from './account.ts'

export interface QuotaRequest {
  readonly id: string
  /** The quota's name in the server's table. */
  readonly quota: string
  /** The code that it was asked for by. */
  readonly code: string
  readonly region: string
  readonly desired: number
  readonly requester: { readonly account: AccountId; readonly arn: string }
  readonly createdAt: number
  readonly updatedAt: number
  /** Absent where whoever asked wanted none. */
  readonly caseId?: string
  /** Absent until the operator decides. */
  readonly decision?: 'APPROVED' | 'DENIED'
}

export interface QuotaTags {
  readonly tags: readonly Tag[]
}
