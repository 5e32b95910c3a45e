/** Buckets that are there: where they lie, how they are listed, and how they go. */

import type { Bucket } from '@sallyport/estate'
import { DIRECTORY } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { byBytes, remove } from '../../store/store.ts'
import { page } from '../paging.ts'
import { leftovers } from './object.ts'
import { canonicalId } from './canonical.ts'
import { aboutBucket, find, invalidArgument, ownersOf, requestKeys } from './shared.ts'

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
  prepare: (input, call) => leftovers(call, find(call, input).owner, input.Bucket, 1),
  run(input, call) {
    const { owner } = find(call, input)
    if (call.prepared.keys.length > 0) {
      throw new Refusal('BucketNotEmpty', 'The bucket you tried to delete is not empty', { BucketName: input.Bucket })
    }
    return {
      output: {},
      changes: [remove(DIRECTORY, 'bucketName', input.Bucket), remove(owner, 'bucket', input.Bucket)],
    }
  },
})

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
