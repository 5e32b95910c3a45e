/** Access control lists: what they may grant and to whom, what is public in them, and how they are shown. */

import type { AccountId, AclGrant, Bucket } from '@sallyport/estate'
import { canonicalId } from './canonical.ts'

export const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers'
export const AUTHENTICATED_USERS = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers'
export const LOG_DELIVERY = 'http://acs.amazonaws.com/groups/s3/LogDelivery'
export const GROUPS: readonly string[] = [ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY]

export const PERMISSIONS = ['FULL_CONTROL', 'READ', 'READ_ACP', 'WRITE', 'WRITE_ACP'] as const
export type Permission = (typeof PERMISSIONS)[number]

export type Acl = readonly AclGrant[]

/** Where lists have no effect, and none can be set: on a new bucket. */
export function hasNoAcls({ ownership = 'BucketOwnerEnforced' }: Pick<Bucket, 'ownership'>): boolean {
  return ownership === 'BucketOwnerEnforced'
}

/** The list of whatever nobody has put one on. */
export function privateAcl(owner: AccountId): Acl {
  return [{ grantee: { account: owner }, permission: 'FULL_CONTROL' }]
}

/** Nothing but the owner's full control: what needs no keeping. */
export function isDefault(acl: Acl, owner: AccountId): boolean {
  return acl.length === 1 && acl[0]?.permission === 'FULL_CONTROL' && isPrivate(acl, owner)
}

/** Nothing to anybody but the owner. */
export function isPrivate(acl: Acl, owner: AccountId): boolean {
  return acl.every(({ grantee }) => 'account' in grantee && grantee.account === owner)
}

/** The list that holds, which is the private one where lists have no effect. */
export function aclInForce(bucket: Bucket, owner: AccountId): Acl {
  return hasNoAcls(bucket) ? privateAcl(owner) : (bucket.acl ?? privateAcl(owner))
}

/** S3 User Guide access-control-block-public-access: a list is public that grants anything to everybody, signed or not. */
export function isPublicGrant({ grantee }: AclGrant): boolean {
  return 'group' in grantee && (grantee.group === ALL_USERS || grantee.group === AUTHENTICATED_USERS)
}

export function showAcl(owner: AccountId, acl: Acl) {
  return {
    Owner: { ID: canonicalId(owner) },
    Grants: acl.map(({ grantee, permission }) => ({
      Grantee:
        'account' in grantee
          ? { Type: 'CanonicalUser' as const, ID: canonicalId(grantee.account) }
          : { Type: 'Group' as const, URI: grantee.group },
      Permission: permission,
    })),
  }
}
