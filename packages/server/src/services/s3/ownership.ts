/** Who owns what is written to a bucket, which decides whether access control lists have an effect. */

import type { Bucket, ObjectOwnership } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { isPrivate } from './acl.ts'
import { malformedXml } from './setting.ts'
import { aboutBucket, find, ownersOf, type Owned } from './shared.ts'

const OWNERSHIPS = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const

/** s3:GetBucketOwnershipControls. */
export const getBucketOwnershipControls = operation('s3:GetBucketOwnershipControls', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input),
  refusals: ['NoSuchBucket', 'OwnershipControlsNotFoundError'],
  run(input, call) {
    const { name, ownership = 'BucketOwnerEnforced' } = find(call, input).bucket
    if (ownership === 'removed') {
      const text = 'The bucket ownership controls were not found'
      throw new Refusal('OwnershipControlsNotFoundError', text, { BucketName: name })
    }
    return { output: { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } } }
  },
})

/** s3:PutBucketOwnershipControls. Lists are turned off only once the bucket's own grants nothing to others. */
export const putBucketOwnershipControls = operation('s3:PutBucketOwnershipControls', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input),
  refusals: ['InvalidBucketAclWithObjectOwnership', 'MalformedXML', 'NoSuchBucket'],
  run(input, call) {
    const owned = find(call, input)
    const { Rules = [] } = input.OwnershipControls
    const [rule] = Rules
    if (rule === undefined || Rules.length > 1) throw malformedXml()
    return { output: {}, changes: [own(owned, ownershipOf(rule.ObjectOwnership))] }
  },
})

/** s3:DeleteBucketOwnershipControls. Then writers own what they write. The permission is PutBucketOwnershipControls'. */
export const deleteBucketOwnershipControls = operation('s3:DeleteBucketOwnershipControls', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input, { action: 's3:PutBucketOwnershipControls' }),
  refusals: ['NoSuchBucket'],
  run: (input, call) => ({ output: {}, changes: [own(find(call, input), 'removed')] }),
})

function own({ bucket, owner }: Owned, ownership: NonNullable<Bucket['ownership']>) {
  if (ownership === 'BucketOwnerEnforced' && !isPrivate(bucket.acl ?? [], owner)) throw aclsLeft()
  return put(owner, 'bucket', bucket.name, { ...bucket, ownership })
}

export function ownershipOf(given: string | undefined): ObjectOwnership {
  const known = OWNERSHIPS.find((one) => one === given)
  if (known === undefined) throw malformedXml()
  return known
}

export function aclsLeft(): Refusal {
  const text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
  return new Refusal('InvalidBucketAclWithObjectOwnership', text)
}
