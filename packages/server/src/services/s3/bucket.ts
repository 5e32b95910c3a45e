/** Buckets that are there: where they lie, how they are listed, and how they go. */

import type { Bucket } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { DIRECTORY } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { byBytes, remove } from '../../store/store.ts'
import { page } from '../paging.ts'
import { canonicalId } from './canonical.ts'
import { leftovers, occupied, uploadsGone } from './emptying.ts'
import { aboutBucket, find, invalidArgument, ownersOf, requestKeys, type OfBucket } from './shared.ts'

const PAGE_AT_MOST = 10_000
/** s3:HeadBucket. Says that the bucket is there and may be listed, and in which region it lies. */
export const headBucket = operation('s3:HeadBucket', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input, { action: 's3:ListBucket' }),
  refusals: ['NoSuchBucket'],
  run: (input, call) => ({ output: { BucketRegion: find(call, input).bucket.region, AccessPointAlias: false } }),
})

/** s3:GetBucketLocation. Answers nothing for us-east-1. */
export const getBucketLocation = operation('s3:GetBucketLocation', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input),
  refusals: ['NoSuchBucket'],
  run(input, call) {
    const { region } = find(call, input).bucket
    // The SDK types the element as its list of known regions; `regionFor` took the region from that list.
    return { output: region === 'us-east-1' ? {} : { LocationConstraint: region as 'eu-west-1' } }
  },
})

/** s3:DeleteBucket. Only an empty bucket goes; its name is free at once. */
export const deleteBucket = operation('s3:DeleteBucket', {
  needs: ({ Bucket }, { directory }) => [DIRECTORY, ...ownersOf(directory, Bucket)],
  asks: (input, call) => aboutBucket(call, input),
  refusals: ['BucketNotEmpty', 'NoSuchBucket'],
  async prepare(input, call) {
    const named = { owner: find(call, input).owner, bucket: input.Bucket }
    if (!(await occupied(call, named))) return leftovers(call, named)
    throw new Refusal('BucketNotEmpty', notEmpty(call, input), { BucketName: input.Bucket })
  },
  run(input, call) {
    const { owner } = find(call, input)
    const uploads = call.estate.account(owner)?.all('upload') ?? new Map()
    return {
      output: {},
      changes: [
        remove(DIRECTORY, 'bucketName', input.Bucket),
        remove(owner, 'bucket', input.Bucket),
        ...uploadsGone(uploads, { owner, bucket: input.Bucket }),
        ...call.prepared.changes,
      ],
      afterwards: call.prepared.afterwards,
    }
  },
})

/** S3 says so where what is left may be out of sight. */
function notEmpty(call: Call, input: OfBucket): string {
  const words = 'The bucket you tried to delete is not empty'
  const hidden = find(call, input).bucket.versioning !== undefined
  return hidden ? `${words}. You must delete all versions in the bucket.` : words
}

/** s3:ListBuckets. The caller's account's own, in order of their names. */
export const listBuckets = operation('s3:ListBuckets', {
  asks: (_input, call) => ({
    action: 's3:ListAllMyBuckets',
    resource: '*',
    context: requestKeys(call, call.account.id),
  }),
  refusals: ['InvalidArgument'],
  run({ MaxBuckets = PAGE_AT_MOST, ContinuationToken, Prefix, BucketRegion }, call) {
    const { id, all } = call.account
    if (MaxBuckets < 1 || MaxBuckets > PAGE_AT_MOST) {
      throw invalidArgument(
        'Argument max-buckets must be an integer between 1 and 10000',
        'max-buckets',
        String(MaxBuckets),
      )
    }
    const fits = ({ name, region }: Bucket): boolean =>
      name.startsWith(Prefix ?? '') && (BucketRegion ?? region) === region
    const buckets = [...all('bucket').values()].filter(fits).toSorted((a, b) => byBytes(a.name, b.name))
    const listing = `s3:ListBuckets/${id}`
    const found = page(call.keyring, buckets, {
      listing,
      marker: ContinuationToken,
      size: MaxBuckets,
      keyOf: ({ name }) => name,
    })
    if (found === undefined) {
      throw invalidArgument(
        'The continuation token provided is incorrect',
        'continuation-token',
        ContinuationToken ?? '',
      )
    }
    return {
      output: {
        Buckets: found.items.map(({ name, region, createdAt }) => ({
          Name: name,
          CreationDate: new Date(createdAt),
          BucketRegion: region,
        })),
        Owner: { ID: canonicalId(id) },
        ContinuationToken: found.next,
        Prefix,
      },
    }
  },
})
