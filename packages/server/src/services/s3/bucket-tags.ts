/** A bucket's tags. They bear on the law once the bucket is set to be controlled by them (`abac`), and not before. */

import type { Bucket, Tag } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { isControlledByTags } from './bucket-tag-keys.ts'
import { malformedXml, setting } from './setting.ts'
import { aboutBucket, find, ownersOf } from './shared.ts'

const TAGS_AT_MOST = 50
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

interface GivenTag {
  readonly Key?: string
  readonly Value?: string
}

/** s3:GetBucketTagging. */
export const getBucketTagging = operation('s3:GetBucketTagging', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input),
  refusals: ['NoSuchBucket', 'NoSuchTagSet'],
  run(input, call) {
    const { name, tags } = find(call, input).bucket
    if (tags.length === 0) throw new Refusal('NoSuchTagSet', 'The TagSet does not exist', { BucketName: name })
    return { output: { TagSet: tags.map(({ key, value }) => ({ Key: key, Value: value })) } }
  },
})

/** s3:PutBucketTagging. The whole set at once: what is not in it is gone. */
export const putBucketTagging = operation('s3:PutBucketTagging', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input),
  refusals: ['BadRequest', 'InvalidTag', 'MalformedXML', 'NoSuchBucket'],
  run(input, call) {
    const { bucket, owner } = find(call, input)
    refuseControlled(bucket)
    const tags = tagsOf(input.Tagging.TagSet)
    return { output: {}, changes: [put(owner, 'bucket', bucket.name, { ...bucket, tags })] }
  },
})

/** s3:DeleteBucketTagging. The permission is PutBucketTagging's. */
export const deleteBucketTagging = operation('s3:DeleteBucketTagging', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input, { action: 's3:PutBucketTagging' }),
  refusals: ['NoSuchBucket'],
  run(input, call) {
    const { bucket, owner } = find(call, input)
    refuseControlled(bucket)
    return { output: {}, changes: [put(owner, 'bucket', bucket.name, { ...bucket, tags: [] })] }
  },
})

type Status = 'Enabled' | 'Disabled'

/** Whether the bucket's tags are condition keys. On, only TagResource and UntagResource change them (S3 User Guide buckets-tagging-enable-abac). */
export const abac = setting({
  sub: 'abac',
  get: 's3:GetBucketAbac',
  put: 's3:PutBucketAbac',
  reads: 's3:GetBucketAbac',
  writes: 's3:PutBucketAbac',
  refusals: ['MalformedXML'],
  fresh: { AbacStatus: { Status: 'Disabled' } },
  given({ AbacStatus: { Status } }) {
    if (Status !== 'Enabled' && Status !== 'Disabled') throw malformedXml()
    return Status
  },
  show: (kept: Status) => ({ AbacStatus: { Status: kept } }),
})

function refuseControlled(bucket: Bucket): void {
  if (!isControlledByTags(bucket)) return
  throw new Refusal('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    BucketName: bucket.name,
  })
}

/** The tags of a set, each of them one that S3 takes. It looks at them one by one, and counts them last. */
export function tagsOf(given: readonly GivenTag[] = []): readonly Tag[] {
  const tags = new Map<string, Tag>()
  for (const one of given) {
    const tag = tagOf(one)
    if (tags.has(tag.key)) throw invalidTag('Cannot provide multiple Tags with the same key', tag.key)
    tags.set(tag.key, tag)
  }
  if (tags.size > TAGS_AT_MOST) {
    throw new Refusal('BadRequest', `Bucket tag count cannot be greater than ${TAGS_AT_MOST}`)
  }
  return [...tags.values()]
}

function tagOf({ Key: key, Value: value }: GivenTag): Tag {
  if (key === undefined || value === undefined) throw malformedXml()
  if (key === '' || key.length > 128 || !TEXT.test(key))
    throw invalidTag('The TagKey you have provided is invalid', key)
  if (value.length > 256 || !TEXT.test(value)) throw invalidTag('The TagValue you have provided is invalid', key)
  if (key.toLowerCase().startsWith('aws:')) {
    throw invalidTag('System tags cannot be added/updated by requester', key)
  }
  return { key, value }
}

function invalidTag(message: string, key?: string): Refusal {
  return new Refusal('InvalidTag', message, key === undefined ? {} : { TagKey: key })
}
