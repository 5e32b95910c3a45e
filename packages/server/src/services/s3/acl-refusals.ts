/** Where S3 takes no access control list: lists are off, or a public one is blocked. */

import { effectiveBlock, SELF } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import { hasNoAcls, isPrivate, isPublicGrant, type Acl } from './acl.ts'
import { prevented, type Owned } from './shared.ts'

/**
 * Where lists are off S3 takes the owner's full control, said as a document or as `bucket-owner-full-control`, and refuses
 * every other, `private` among them (S3 User Guide object-ownership-error-responses). True where there is nothing to keep.
 */
export function refuseAcl({ headers }: Pick<Call, 'headers'>, { bucket, owner }: Owned, acl: Acl): boolean {
  if (!hasNoAcls(bucket)) return false
  const { 'x-amz-acl': canned = 'bucket-owner-full-control' } = headers
  if (canned === 'bucket-owner-full-control' && isPrivate(acl, owner)) return true
  throw new Refusal('AccessControlListNotSupported', 'The bucket does not allow ACLs')
}

export function refusePublicAcl(
  call: Call,
  { bucket, owner }: Owned,
  acl: Acl,
  asked: { readonly action: string; readonly resource: string },
): void {
  if (!acl.some(isPublicGrant)) return
  const self = call.estate.account(owner)?.all('self').get(SELF)
  if (effectiveBlock(bucket, self).blockPublicAcls) throw prevented(call, asked, 'BlockPublicAcls')
}
