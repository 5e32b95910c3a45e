/** A bucket's tags as condition keys, once the bucket is set to be controlled by them. S3 User Guide buckets-tagging-enable-abac. */

import type { Bucket } from '@sallyport/estate'
import { resourceTags } from '../tags.ts'

export function isControlledByTags({ settings }: Bucket): boolean {
  return settings?.['abac'] === 'Enabled'
}

/** The condition keys that a bucket's tags are: `aws:ResourceTag/…`, and S3's own name for them. */
export function bucketTagKeys(bucket: Bucket): Readonly<Record<string, string>> {
  if (!isControlledByTags(bucket)) return {}
  const own = bucket.tags.map(({ key, value }) => [`s3:BucketTag/${key}`, value])
  return { ...resourceTags(bucket.tags), ...Object.fromEntries(own) }
}
