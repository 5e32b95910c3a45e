/** What a bucket refuses to the public: blocked on a new one, until somebody says otherwise. */

import { ownBlock, type PublicAccessBlock } from '@sallyport/estate'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { aboutBucket, find, ownersOf } from './shared.ts'

/** s3:GetPublicAccessBlock. The bucket's own, without its account's. */
export const getPublicAccessBlock = operation('s3:GetPublicAccessBlock', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input, { action: 's3:GetBucketPublicAccessBlock' }),
  refusals: ['NoSuchBucket', 'NoSuchPublicAccessBlockConfiguration'],
  run(input, call) {
    const { bucket } = find(call, input)
    return { output: { PublicAccessBlockConfiguration: showBlock(ownBlock(bucket), { BucketName: bucket.name }) } }
  },
})

/** s3:PutPublicAccessBlock. What is not said is off. */
export const putPublicAccessBlock = operation('s3:PutPublicAccessBlock', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input, { action: 's3:PutBucketPublicAccessBlock' }),
  refusals: ['NoSuchBucket'],
  run(input, call) {
    const { bucket, owner } = find(call, input)
    const publicAccessBlock = readBlock(input.PublicAccessBlockConfiguration)
    return { output: {}, changes: [put(owner, 'bucket', bucket.name, { ...bucket, publicAccessBlock })] }
  },
})

/** s3:DeletePublicAccessBlock. Nothing is blocked any more, but for what the account blocks. */
export const deletePublicAccessBlock = operation('s3:DeletePublicAccessBlock', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input, { action: 's3:PutBucketPublicAccessBlock' }),
  refusals: ['NoSuchBucket'],
  run(input, call) {
    const { bucket, owner } = find(call, input)
    return { output: {}, changes: [put(owner, 'bucket', bucket.name, { ...bucket, publicAccessBlock: 'removed' })] }
  },
})

type Configuration = Input<'s3:PutPublicAccessBlock'>['PublicAccessBlockConfiguration']

export function readBlock({
  BlockPublicAcls = false,
  IgnorePublicAcls = false,
  BlockPublicPolicy = false,
  RestrictPublicBuckets = false,
}: Configuration): PublicAccessBlock {
  return {
    blockPublicAcls: BlockPublicAcls,
    ignorePublicAcls: IgnorePublicAcls,
    blockPublicPolicy: BlockPublicPolicy,
    restrictPublicBuckets: RestrictPublicBuckets,
  }
}

export function showBlock(block: PublicAccessBlock | undefined, named: Readonly<Record<string, string>> = {}) {
  if (block === undefined) {
    const text = 'The public access block configuration was not found'
    throw new Refusal('NoSuchPublicAccessBlockConfiguration', text, named)
  }
  return {
    BlockPublicAcls: block.blockPublicAcls,
    IgnorePublicAcls: block.ignorePublicAcls,
    BlockPublicPolicy: block.blockPublicPolicy,
    RestrictPublicBuckets: block.restrictPublicBuckets,
  }
}
