/** The tags of an object: read from a header or a document, held to S3's bounds, kept beside the version that they are of. */

import type { Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { rowOf, TAGS, writeOf, type Place, type StoredObject } from './object.ts'
import { invalidArgument } from './shared.ts'

const TAGS_AT_MOST = 10
const KEY_LENGTH = 128
const VALUE_LENGTH = 256
/** Letters, digits and spaces of any script, and some marks. S3 User Guide object-tagging. */
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

interface StoredTags {
  /** Whose they are: what was written since has none of them. */
  readonly of: string
  readonly tags: readonly Tag[]
}

/** Those that were given last, or those that the object was written with. */
export async function readTags(call: Call, place: Place, object: StoredObject): Promise<readonly Tag[]> {
  const row = await call.shelves.shelved(place.owner, TAGS, rowOf(place, object).row)
  const later = row as StoredTags | undefined // written by `putTags` alone
  return later?.of === writeOf(object) ? later.tags : (object.tags ?? [])
}

export function putTags(place: Place, object: StoredObject, tags: readonly Tag[]): Change {
  const row: StoredTags = { of: writeOf(object), tags }
  return put(place.owner, TAGS, rowOf(place, object).row, row)
}

interface Given {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** Tags of a document. */
export function tagsOf(given: readonly Given[]): readonly Tag[] {
  const tags = given.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  refuseTags(tags)
  if (!distinct(tags)) throw invalidTag('Cannot provide multiple Tags with the same key')
  return tags
}

/** `x-amz-tagging`: a form's text. */
export function tagsOfHeader(text: string | undefined): readonly Tag[] {
  if (text === undefined || text === '') return []
  const tags = text.split('&').map((pair) => {
    const [key = '', ...value] = pair.split('=')
    return { key: decoded(key, text), value: decoded(value.join('='), text) }
  })
  if (!distinct(tags) || tags.some(({ key }) => key === '')) throw badHeader(text)
  refuseTags(tags)
  return tags
}

function decoded(part: string, whole: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    throw badHeader(whole)
  }
}

function badHeader(text: string): Refusal {
  const message =
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."
  return invalidArgument(message, 'x-amz-tagging', text)
}

function distinct(tags: readonly Tag[]): boolean {
  return new Set(tags.map(({ key }) => key)).size === tags.length
}

function refuseTags(tags: readonly Tag[]): void {
  if (tags.length > TAGS_AT_MOST) throw new Refusal('BadRequest', 'Object tags cannot be greater than 10')
  for (const { key, value } of tags) {
    if (key === '' || key.length > KEY_LENGTH || !CHARACTERS.test(key)) {
      throw invalidTag('The TagKey you have provided is invalid', { TagKey: key })
    }
    if (value.length > VALUE_LENGTH || !CHARACTERS.test(value)) {
      throw invalidTag('The TagValue you have provided is invalid', { TagKey: key, TagValue: value })
    }
    if (/^aws:/i.test(key)) throw invalidTag('System tags cannot be added/updated by requester', { TagKey: key })
  }
}

function invalidTag(message: string, detail: Readonly<Record<string, string>> = {}): Refusal {
  return new Refusal('InvalidTag', message, detail)
}

/** The condition keys that a request's tags are. */
export function requestedTags(tags: readonly Tag[]): Readonly<Record<string, string | readonly string[]>> {
  if (tags.length === 0) return {}
  return {
    's3:RequestObjectTagKeys': tags.map(({ key }) => key),
    ...Object.fromEntries(tags.map(({ key, value }) => [`s3:RequestObjectTag/${key}`, value])),
  }
}
