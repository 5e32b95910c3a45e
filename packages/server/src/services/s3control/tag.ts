/**
 * Tags of buckets, one by one: the only way to change them once they are condition keys, and one that knows which are put
 * on and which are taken off. S3 User Guide buckets-tagging-enable-abac.
 */

import type { Bucket } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { tagsOf } from '../s3/bucket-tags.ts'
import { aboutBucket, find, ownersOf } from '../s3/shared.ts'
import { requestTags } from '../tags.ts'
import { ownAccount, type OfAccount } from './shared.ts'

interface OfResource extends OfAccount {
  readonly ResourceArn: string
}

/** s3control:TagResource. A tag whose key is there takes its place. */
export const tagResource = operation('s3control:TagResource', {
  needs: (input, { directory }) => ownersOf(directory, nameIn(input)),
  asks: (input, call) => asks(input, call, 's3:TagResource', requestTags(input.Tags)),
  refusals: ['BadRequest', 'InvalidRequest', 'InvalidTag', 'NoSuchBucket'],
  run(input, call) {
    const { bucket, owner } = bucketOf(input, call)
    const keys = new Set(input.Tags.map(({ Key }) => Key))
    const kept = bucket.tags.filter(({ key }) => !keys.has(key)).map(({ key, value }) => ({ Key: key, Value: value }))
    const tags = tagsOf([...kept, ...input.Tags])
    return { output: {}, changes: [put(owner, 'bucket', bucket.name, { ...bucket, tags } satisfies Bucket)] }
  },
})

/** s3control:UntagResource. Keys that are not there do no harm. */
export const untagResource = operation('s3control:UntagResource', {
  needs: (input, { directory }) => ownersOf(directory, nameIn(input)),
  asks: (input, call) => asks(input, call, 's3:UntagResource', { 'aws:TagKeys': input.TagKeys }),
  refusals: ['InvalidRequest', 'NoSuchBucket'],
  run(input, call) {
    const { bucket, owner } = bucketOf(input, call)
    const gone = new Set<string>(input.TagKeys)
    const tags = bucket.tags.filter(({ key }) => !gone.has(key))
    return { output: {}, changes: [put(owner, 'bucket', bucket.name, { ...bucket, tags } satisfies Bucket)] }
  },
})

/** s3control:ListTagsForResource. */
export const listTagsForResource = operation('s3control:ListTagsForResource', {
  needs: (input, { directory }) => ownersOf(directory, nameIn(input)),
  asks: (input, call) => asks(input, call, 's3:ListTagsForResource', {}),
  refusals: ['InvalidRequest', 'NoSuchBucket'],
  run(input, call) {
    const { tags } = bucketOf(input, call).bucket
    return { output: { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) } }
  },
})

function asks(input: OfResource, call: Call, action: string, context: Asking['context']): Asking {
  ownAccount(input, call)
  return aboutBucket(call, { Bucket: nameIn(input) }, { action, context })
}

function bucketOf(input: OfResource, call: Call) {
  return find(call, { Bucket: nameIn(input) })
}

/** Buckets alone have tags here. */
function nameIn({ ResourceArn: arn }: OfResource): string {
  const [, bucket] = /^arn:aws[a-z-]*:s3:::([^/:]+)$/.exec(arn) ?? []
  if (bucket !== undefined) return bucket
  if (/^arn:aws[a-z-]*:s3:[a-z0-9-]+:\d{12}:/.test(arn)) {
    throw new Refusal('notBuilt', 'sallyport has built tags of buckets, and of nothing else in S3 Control')
  }
  throw new Refusal('InvalidRequest', 'The specified ARN is not valid', { ResourceArn: arn })
}
