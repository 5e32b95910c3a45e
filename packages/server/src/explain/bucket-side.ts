/** A bucket or what lies in it, as a question about it is asked when a call asks: with its policy, its lists and its tags. */

import type { AccountId, Bucket } from '@sallyport/estate'
import type { Asking } from '../operation.ts'
import { bucketTagKeys } from '../services/s3/bucket-tag-keys.ts'
import { existingTags, lookAt, type Seen } from '../services/s3/reading.ts'
import { sideOf } from '../services/s3/side.ts'
import type { World } from '../world.ts'

interface Questioned {
  readonly owner: AccountId
  readonly bucket: Bucket
  readonly action: string
  readonly resource: string
}

export async function aboutBucketAt(world: World, { owner, bucket, action, resource }: Questioned): Promise<Asking> {
  const key = resource.slice(`arn:aws:s3:::${bucket.name}/`.length)
  const seen = await seenAt(world, bucket, key)
  // Writing and deleting are about the bucket, whoever owns what is there.
  const listed = /^s3:(?:PutObject$|Delete)/i.test(action) ? undefined : seen.listed
  const { account, document } = sideOf({ estate: world }, { bucket, owner }, listed)
  return {
    resource,
    account,
    ...(document === undefined ? {} : { resourcePolicy: { document, kind: 'resource', name: bucket.name } }),
    context: { 's3:ResourceAccount': owner, ...bucketTagKeys(bucket), ...existingTags(seen) },
  }
}

/** What is known of the object; a pattern names none. */
async function seenAt(world: World, { name }: Bucket, key: string): Promise<Seen> {
  if (key === '' || /[*?]/.test(key)) return { version: undefined, tags: [] }
  const { directory, store: shelves } = world
  return lookAt({ directory, estate: world, shelves }, { Bucket: name, Key: key })
}
