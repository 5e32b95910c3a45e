/** Buckets whose readers pay: whoever is of another account says that they know it, and nobody is anonymous. */

import { accountOf, type AccountId, type Bucket } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'

/** S3 User Guide ObjectsinRequesterPaysBuckets. */
export function refuseFreeRider({ principal, headers }: Call, { settings }: Bucket, owner: AccountId): void {
  if (settings?.['requestPayment'] !== 'Requester') return
  const account = accountOf(principal)
  const knows = headers['x-amz-request-payer']?.toLowerCase() === 'requester'
  if (account === owner || (account !== undefined && knows)) return
  throw new Refusal('denied')
}
