/** What becomes of an increase that was asked for: waiting, then granted or not. Granted, it holds from the next call on. */

import type { Account, QuotaRequest } from '@sallyport/estate'
import { DIRECTORY } from '../../directory.ts'
import { isQuotaName, quotaKey, QUOTAS, type Quota } from '../../quotas.ts'
import { put, remove, type Change } from '../../store/store.ts'

type Status = 'PENDING' | 'CASE_OPENED' | 'APPROVED' | 'DENIED'

/** After so long AWS hands over what its automation did not decide: a case is opened. */
const CASE_AFTER = 60_000

export function statusOf({ decision, createdAt, caseId }: QuotaRequest, now: number): Status {
  if (decision !== undefined) return decision
  return caseId !== undefined && now - createdAt >= CASE_AFTER ? 'CASE_OPENED' : 'PENDING'
}

/** AWS's highest; an increase beyond it is not granted. */
export function mostOf({ quota }: Pick<QuotaRequest, 'quota'>): number {
  const { most = 0, value }: Quota = isQuotaName(quota) ? QUOTAS[quota] : { value: 0 }
  return Math.max(most, value)
}

/** The request as it waits for the operator. */
export function opened(request: QuotaRequest): readonly Change[] {
  const { account } = request.requester
  return [
    put(account, 'quotaRequest', request.id, request),
    put(DIRECTORY, 'openQuotaRequest', request.id, { account }),
  ]
}

/** The request with its end. A quota that is higher by now stays so. */
export function decided(
  account: Pick<Account, 'id' | 'all'>,
  request: QuotaRequest,
  { decision, now }: { readonly decision: 'APPROVED' | 'DENIED'; readonly now: number },
): readonly Change[] {
  const { id, quota, region, desired } = request
  const changes = [
    put(account.id, 'quotaRequest', id, { ...request, decision, updatedAt: now }),
    remove(DIRECTORY, 'openQuotaRequest', id),
  ]
  if (decision === 'DENIED' || !isQuotaName(quota)) return changes
  const key = quotaKey(quota, region)
  const value = Math.max(desired, account.all('quota').get(key)?.value ?? 0)
  return [...changes, put(account.id, 'quota', key, { value })]
}
