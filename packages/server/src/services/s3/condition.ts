/** Preconditions on what is stored: RFC 9110's, as S3 applies them to reads and writes. */

import { Refusal } from '../../refusal.ts'
import { notImplemented } from './shared.ts'
import { isMarker, type StoredObject, type Version } from './object.ts'

export interface ReadConditions {
  readonly IfMatch?: string
  readonly IfNoneMatch?: string
  readonly IfModifiedSince?: Date
  readonly IfUnmodifiedSince?: Date
}

type Condition = 'If-Match' | 'If-None-Match' | 'If-Modified-Since' | 'If-Unmodified-Since'

/** The first condition that does not hold. An entity tag outranks its date: `If-Match` that holds silences `If-Unmodified-Since`. */
export function unmet(given: ReadConditions, object: StoredObject): Condition | undefined {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = given
  if (IfMatch !== undefined) {
    if (!matches(IfMatch, object)) return 'If-Match'
  } else if (IfUnmodifiedSince !== undefined && object.modifiedAt > IfUnmodifiedSince.getTime())
    return 'If-Unmodified-Since'
  if (IfNoneMatch !== undefined) return matches(IfNoneMatch, object) ? 'If-None-Match' : undefined
  const modified = IfModifiedSince === undefined || object.modifiedAt > IfModifiedSince.getTime()
  return modified ? undefined : 'If-Modified-Since'
}

/** A read whose conditions do not hold: 304 where the reader has the object already, 412 otherwise. */
export function refuseUnmetRead(given: ReadConditions, object: StoredObject): void {
  const condition = unmet(given, object)
  if (condition === undefined) return
  if (condition === 'If-None-Match' || condition === 'If-Modified-Since') {
    const known = { etag: `"${object.etag}"`, 'last-modified': new Date(object.modifiedAt).toUTCString() }
    throw new Refusal('NotModified', 'Not Modified', {}, known)
  }
  throw preconditionFailed(condition)
}

export interface WriteConditions {
  readonly Key: string
  readonly IfMatch?: string
  readonly IfNoneMatch?: string
}

/** A write only onto nothing (`If-None-Match: *`), or only onto what the writer has seen (`If-Match`). */
export function refuseUnmetWrite({ Key, IfMatch, IfNoneMatch }: WriteConditions, latest: Version | undefined): void {
  const before = latest === undefined || isMarker(latest) ? undefined : latest
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') throw notImplemented('If-None-Match')
  if (IfNoneMatch !== undefined && before !== undefined) throw preconditionFailed('If-None-Match')
  if (IfMatch === undefined) return
  if (before === undefined) throw new Refusal('NoSuchKey', 'The specified key does not exist.', { Key })
  if (!matches(IfMatch, before)) throw preconditionFailed('If-Match')
}

export function preconditionFailed(condition: string): Refusal {
  return new Refusal('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  })
}

/** Whether a list of entity tags names the object's; quotes may be missing, and `*` is any. */
export function matches(tags: string, { etag }: Pick<StoredObject, 'etag'>): boolean {
  return tags.split(',').some((tag) => {
    const bare = tag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1')
    return bare === '*' || bare === etag
  })
}
