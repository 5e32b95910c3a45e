/** The object that a copy is of: how it is named, and what the copier may have asked of it. */

import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { preconditionFailed, unmet } from './condition.ts'
import type { StoredObject } from './object.ts'
import { aboutSeen, type Seen } from './reading.ts'
import { invalidArgument, notImplemented, type OfObject } from './shared.ts'

export interface Copying {
  readonly CopySource: string
  readonly ExpectedSourceBucketOwner?: string
  readonly CopySourceIfMatch?: string
  readonly CopySourceIfNoneMatch?: string
  readonly CopySourceIfModifiedSince?: Date
  readonly CopySourceIfUnmodifiedSince?: Date
}

/** `bucket/key`, with or without a slash before it, percent-encoded, and perhaps with `?versionId=`. */
export function sourceOf({ CopySource, ExpectedSourceBucketOwner }: Copying): OfObject {
  if (CopySource.startsWith('arn:')) throw notImplemented('x-amz-copy-source')
  const [path = '', version] = CopySource.split('?versionId=')
  const [, Bucket, Key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded(path)) ?? []
  if (Bucket === undefined || Key === undefined) {
    const message = 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey'
    throw invalidArgument(message, 'x-amz-copy-source', CopySource)
  }
  return {
    Bucket,
    Key,
    ...(version === undefined ? {} : { VersionId: version }),
    ...(ExpectedSourceBucketOwner === undefined ? {} : { ExpectedBucketOwner: ExpectedSourceBucketOwner }),
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Reading the source is asked for, of the source's owner. */
export function aboutSource(call: Call, source: OfObject, seen: Seen): Asking {
  return aboutSeen(call, source, { action: 's3:GetObject', seen })
}

export function copySourceKey({ Bucket, Key }: OfObject): string {
  return `${Bucket}/${Key}`
}

export function refuseUnmetSource(input: Copying, original: StoredObject): void {
  const {
    CopySourceIfMatch: IfMatch,
    CopySourceIfNoneMatch: IfNoneMatch,
    CopySourceIfModifiedSince: IfModifiedSince,
    CopySourceIfUnmodifiedSince: IfUnmodifiedSince,
  } = input
  const condition = unmet(
    {
      ...(IfMatch === undefined ? {} : { IfMatch }),
      ...(IfNoneMatch === undefined ? {} : { IfNoneMatch }),
      ...(IfModifiedSince === undefined ? {} : { IfModifiedSince }),
      ...(IfUnmodifiedSince === undefined ? {} : { IfUnmodifiedSince }),
    },
    original,
  )
  if (condition !== undefined) throw preconditionFailed(`x-amz-copy-source-${condition}`)
}
