/** Bucket policies: the bucket's own side of every request for it. */

import {
  accountsBound,
  accountsNamed,
  bindPrincipals,
  effectiveBlock,
  isPublic,
  SELF,
  showPrincipals,
  type Bucket,
} from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { bucketHanger, checkPolicy, malformed } from './policy-check.ts'
import { withoutCanonicalIds } from './canonical.ts'
import { aboutBucket, bucketArn, find, ownersOf, prevented, type OfBucket } from './shared.ts'

/** s3:PutBucketPolicy. Takes a policy whose every line makes sense for this bucket, unless it is public and that is blocked. */
export const putBucketPolicy = operation('s3:PutBucketPolicy', {
  needs: ({ Bucket, Policy }, { directory }) => [...ownersOf(directory, Bucket), ...accountsNamed(Policy)],
  asks: (input, call) => asks(input, call),
  refusals: ['MalformedPolicy', 'MethodNotAllowed', 'NoSuchBucket'],
  run(input, call) {
    const { bucket, owner } = find(call, input)
    refuseStrangers(call, owner)
    const text = withoutCanonicalIds(call.directory, input.Policy)
    checkPolicy(text, bucketHanger(bucketArn(bucket.name)), call.reference)
    const bound = bindPrincipals(call.estate, (id) => call.directory.all('account').has(id), text)
    if (!bound.ok) throw malformed('Invalid principal in policy')
    const self = call.estate.account(owner)?.all('self').get(SELF)
    if (effectiveBlock(bucket, self).blockPublicPolicy && isPublic(text)) {
      throw prevented(call, { action: 's3:PutBucketPolicy', resource: bucketArn(bucket.name) }, 'BlockPublicPolicy')
    }
    const { document, principals } = bound
    const policy = principals === undefined ? { document } : { document, principals }
    return { output: {}, changes: [put(owner, 'bucket', bucket.name, { ...bucket, policy })] }
  },
})

/** s3:GetBucketPolicy. Shows the users and roles that it names by their ARNs, as long as they are there. */
export const getBucketPolicy = operation('s3:GetBucketPolicy', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => call.bring(accountsBound(find(call, input).bucket.policy ?? { document: '' })),
  asks: (input, call) => asks(input, call),
  refusals: ['MethodNotAllowed', 'NoSuchBucket', 'NoSuchBucketPolicy'],
  run(input, call) {
    const { bucket, owner } = find(call, input)
    refuseStrangers(call, owner)
    return { output: { Policy: showPrincipals(call.estate, policyOf(bucket)) } }
  },
})

/** s3:DeleteBucketPolicy. What is not there is deleted already. */
export const deleteBucketPolicy = operation('s3:DeleteBucketPolicy', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => asks(input, call),
  refusals: ['MethodNotAllowed', 'NoSuchBucket'],
  run(input, call) {
    const { bucket, owner } = find(call, input)
    refuseStrangers(call, owner)
    const { policy, ...rest } = bucket
    return { output: {}, changes: policy === undefined ? [] : [put(owner, 'bucket', bucket.name, rest)] }
  },
})

/** s3:GetBucketPolicyStatus. Whether the policy is public, as the public access block sees it. */
export const getBucketPolicyStatus = operation('s3:GetBucketPolicyStatus', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input),
  refusals: ['NoSuchBucket', 'NoSuchBucketPolicy'],
  run(input, call) {
    const { bucket } = find(call, input)
    return { output: { PolicyStatus: { IsPublic: isPublic(policyOf(bucket).document) } } }
  },
})

/** The owner's root user may always see and change the policy, whatever it says: nobody locks a bucket for good (API_PutBucketPolicy). */
function asks(input: OfBucket, call: Call): Asking {
  const asking = aboutBucket(call, input)
  const { principal } = call
  if (principal.type !== 'Root' || principal.account !== asking.account) return asking
  const { resourcePolicy: _, ...rest } = asking
  return rest
}

/** Whoever is of another account may not, even where the law allows it (API_PutBucketPolicy). */
function refuseStrangers({ account }: Call, owner: string): void {
  if (account.id !== owner) {
    throw new Refusal('MethodNotAllowed', 'The specified method is not allowed against this resource.')
  }
}

function policyOf({ name, policy }: Bucket): NonNullable<Bucket['policy']> {
  if (policy !== undefined) return policy
  throw new Refusal('NoSuchBucketPolicy', 'The bucket policy does not exist', { BucketName: name })
}
