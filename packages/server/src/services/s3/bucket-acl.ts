/** A bucket's access control list: read always, written where the bucket's ownership lets lists have an effect. */

import { operation } from '../../operation.ts'
import { put } from '../../store/store.ts'
import { aclInForce, isDefault, showAcl } from './acl.ts'
import { ACL_HEADERS, requestedAcl } from './acl-input.ts'
import { refuseAcl, refusePublicAcl } from './acl-refusals.ts'
import { aboutBucket, bucketArn, find, headerKeys, ownersOf } from './shared.ts'

/** s3:GetBucketAcl. Where lists are off it is the owner's full control, whatever was there before. */
export const getBucketAcl = operation('s3:GetBucketAcl', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input),
  refusals: ['NoSuchBucket'],
  run(input, call) {
    const { bucket, owner } = find(call, input)
    return { output: showAcl(owner, aclInForce(bucket, owner)) }
  },
})

/** s3:PutBucketAcl. The whole list at once; a document names the owner, who cannot be changed. */
export const putBucketAcl = operation('s3:PutBucketAcl', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input, { context: headerKeys(call.headers, ACL_HEADERS) }),
  refusals: [
    'AccessControlListNotSupported',
    'InvalidArgument',
    'InvalidRequest',
    'MalformedACLError',
    'MissingSecurityHeader',
    'NoSuchBucket',
    'UnexpectedContent',
    'UnresolvableGrantByEmailAddress',
  ],
  run(input, call) {
    const owned = find(call, input)
    const { bucket, owner } = owned
    const acl = requestedAcl(call, input.AccessControlPolicy, { owner, bucketOwner: owner })
    if (refuseAcl(call, owned, acl)) return { output: {} }
    refusePublicAcl(call, owned, acl, { action: 's3:PutBucketAcl', resource: bucketArn(bucket.name) })
    const { acl: _, ...rest } = bucket
    const row = isDefault(acl, owner) ? rest : { ...rest, acl }
    return { output: {}, changes: [put(owner, 'bucket', bucket.name, row)] }
  },
})
