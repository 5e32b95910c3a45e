/** An object's access control list: read always, written where the bucket's ownership lets lists have an effect. */

import { operation } from '../../operation.ts'
import { privateAcl, showAcl } from './acl.ts'
import { ACL_HEADERS, requestedAcl } from './acl-input.ts'
import { refuseAcl, refusePublicAcl } from './acl-refusals.ts'
import { placeOf } from './object.ts'
import { putList } from './object-list.ts'
import { aboutSeen, lookAt, present } from './reading.ts'
import { bucketArn, find, headerKeys, ownersOf } from './shared.ts'

/** s3:GetObjectAcl. Where lists are off it is the full control of the bucket's owner, whoever wrote the object. */
export const getObjectAcl = operation('s3:GetObjectAcl', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookAt(call, input),
  asks: (input, call) => aboutSeen(call, input, { action: 's3:GetObjectAcl', seen: call.seen }),
  refusals: ['MethodNotAllowed', 'NoSuchBucket', 'NoSuchKey', 'NoSuchVersion'],
  run(input, call) {
    present(call, input, call.seen)
    const { owner } = find(call, input)
    const { listed = { owner, acl: privateAcl(owner) } } = call.seen
    return { output: showAcl(listed.owner, listed.acl) }
  },
})

/** s3:PutObjectAcl. The whole list at once; the object's owner stays who it is. */
export const putObjectAcl = operation('s3:PutObjectAcl', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookAt(call, input),
  asks(input, call) {
    const context = headerKeys(call.headers, ACL_HEADERS)
    return aboutSeen(call, input, { action: 's3:PutObjectAcl', seen: call.seen, context })
  },
  refusals: [
    'AccessControlListNotSupported',
    'InvalidArgument',
    'InvalidRequest',
    'MalformedACLError',
    'MethodNotAllowed',
    'MissingSecurityHeader',
    'NoSuchBucket',
    'NoSuchKey',
    'NoSuchVersion',
    'UnexpectedContent',
    'UnresolvableGrantByEmailAddress',
  ],
  run(input, call) {
    const object = present(call, input, call.seen)
    const owned = find(call, input)
    const owner = call.seen.listed?.owner ?? owned.owner
    const acl = requestedAcl(call, input.AccessControlPolicy, { owner, bucketOwner: owned.owner })
    if (refuseAcl(call, owned, acl)) return { output: {} }
    const resource = `${bucketArn(input.Bucket)}/${input.Key}`
    refusePublicAcl(call, owned, acl, { action: 's3:PutObjectAcl', resource })
    return { output: {}, changes: [putList(placeOf(call, input), object, acl)] }
  },
})
