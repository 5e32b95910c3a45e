/**
 * Whose an object is and what its access control list grants, where the bucket's lists have an effect: said by whoever
 * writes the object, kept with it, and given anew beside it.
 */

import { accountOf, type AccountId } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { hasNoAcls, isDefault, privateAcl, type Acl } from './acl.ts'
import { ACL_HEADERS, aclOfHeaders } from './acl-input.ts'
import { refuseAcl, refusePublicAcl } from './acl-refusals.ts'
import { ACLS, isMarker, rowOf, writeOf, type Place, type StoredObject, type Version } from './object.ts'
import { aboutObject, bucketArn, find, headerKeys, type Listed, type OfObject } from './shared.ts'

interface StoredAcl {
  /** Whose it is: what was written since has none of it. */
  readonly of: string
  readonly acl: Acl
}

/** Nothing where lists have no effect. */
export async function readList(call: Call, place: Place, object: StoredObject): Promise<Listed | undefined> {
  if (hasNoAcls(find(call, { Bucket: place.bucket }).bucket)) return undefined
  const row = await call.shelves.shelved(place.owner, ACLS, rowOf(place, object).row)
  const later = row as StoredAcl | undefined // written by `putList` alone
  const owner = object.owner ?? place.owner
  return { owner, acl: later?.of === writeOf(object) ? later.acl : (object.acl ?? privateAcl(owner)) }
}

export function putList(place: Place, object: StoredObject, acl: Acl): Change {
  const row: StoredAcl = { of: writeOf(object), acl }
  return put(place.owner, ACLS, rowOf(place, object).row, row)
}

type Owning = Pick<StoredObject, 'owner' | 'acl'>

/** What a write says of owner and list, before any byte of it is kept. */
export function listOfWrite(call: Call, input: OfObject): Owning {
  const owned = find(call, input)
  const { bucket, owner: bucketOwner } = owned
  const owner = ownerOfWrite(call, bucketOwner, hasNoAcls(bucket) ? 'BucketOwnerEnforced' : bucket.ownership)
  const acl = aclOfHeaders(call, { owner, bucketOwner })
  const own = owner === bucketOwner ? {} : { owner }
  // `private` changes nothing either where lists are off.
  if (acl === undefined || call.headers['x-amz-acl'] === 'private') return own
  if (refuseAcl(call, owned, acl)) return own
  const resource = `${bucketArn(bucket.name)}/${input.Key}`
  refusePublicAcl(call, owned, acl, { action: 's3:PutObject', resource })
  return isDefault(acl, owner) ? own : { ...own, acl }
}

/** The bucket's owner, or the writer's account where writers own what they write. What nobody signed is the bucket owner's. */
function ownerOfWrite({ principal, headers }: Call, bucketOwner: AccountId, ownership: string | undefined): AccountId {
  const writer = accountOf(principal)
  if (writer === undefined || ownership === 'BucketOwnerEnforced') return bucketOwner
  const given = ownership === 'BucketOwnerPreferred' && headers['x-amz-acl'] === 'bucket-owner-full-control'
  return given ? bucketOwner : writer
}

/**
 * Setting a list with a write is asked for as setting one is (API_PutObject, "Permissions"), but for giving the bucket's
 * owner full control, which S3's own examples allow with `s3:PutObject` alone.
 */
export function aboutList(call: Call, input: OfObject): readonly Asking[] {
  const said = ACL_HEADERS.some((name) => call.headers[name] !== undefined)
  if (!said || call.headers['x-amz-acl'] === 'bucket-owner-full-control') return []
  if (hasNoAcls(find(call, input).bucket)) return []
  return [aboutObject(call, input, { action: 's3:PutObjectAcl', context: headerKeys(call.headers, ACL_HEADERS) })]
}

/**
 * A bucket's list that lets somebody write lets them make objects, and not write over what others own (S3 User Guide
 * acl-overview, "ACL permissions"): for that a policy has to let them in.
 */
export function refuseOverwrite(call: Call, input: OfObject, latest: Version | undefined): void {
  const { bucket, owner } = find(call, input)
  if (latest === undefined || isMarker(latest) || bucket.acl === undefined || hasNoAcls(bucket)) return
  const writer = accountOf(call.principal)
  if (writer === owner || writer === (latest.owner ?? owner)) return
  const context = { ...headerKeys(call.headers, ACL_HEADERS), 's3:ObjectCreationOperation': 'true' }
  if (call.may(aboutObject(call, input, { action: 's3:PutObject', context, lists: false }))) return
  throw new Refusal('denied')
}
