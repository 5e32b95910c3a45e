/** Tags as EC2 takes them: checked, added, taken away. */

import type { Tag } from '@sallyport/estate'
import { Refusal } from '../../refusal.ts'
import type { TagInput } from '../tags.ts'

const LIMITS = { key: 127, value: 256, tags: 50 } as const

/** The tags that a call brings, or the refusal of the first that EC2 would not take. */
export function readTags(given: readonly TagInput[]): readonly Tag[] {
  const tags = given.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  for (const { key, value } of tags) {
    if (key === '') throw invalid('Tag key cannot be empty')
    if (/^aws:/i.test(key)) throw invalid(`Tag keys starting with 'aws:' are reserved for internal use`)
    if (key.length > LIMITS.key) throw invalid(`Tag key exceeds the maximum length of ${LIMITS.key} characters`)
    if (value.length > LIMITS.value) throw invalid(`Tag value exceeds the maximum length of ${LIMITS.value} characters`)
  }
  const twice = tags.find(({ key }, at) => tags.findIndex((tag) => tag.key === key) !== at)
  if (twice !== undefined) throw invalid(`Duplicate tag key '${twice.key}' specified.`)
  return tags
}

export function withTags(before: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const keys = new Set(added.map(({ key }) => key))
  const all = [...before.filter(({ key }) => !keys.has(key)), ...added]
  if (all.length > LIMITS.tags) {
    throw new Refusal('TagLimitExceeded', `The maximum number of Tags for a resource has been reached.`)
  }
  return all
}

/** A tag goes by its key, or, where a value is given, by both; without any, all go. */
export function withoutTags(before: readonly Tag[], gone: readonly TagInput[] | undefined): readonly Tag[] {
  if (gone === undefined || gone.length === 0) return []
  return before.filter(
    ({ key, value }) => !gone.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value)),
  )
}

function invalid(text: string): Refusal {
  return new Refusal('InvalidParameterValue', text)
}

interface Specification {
  readonly ResourceType?: string
  readonly Tags?: readonly TagInput[]
}

/** The tags that a call gives to what it creates of a type. */
export function tagsFor(specifications: readonly Specification[] = [], type: string): readonly TagInput[] {
  return specifications.filter(({ ResourceType }) => ResourceType === type).flatMap(({ Tags = [] }) => Tags)
}

/** A call may tag what it makes, and nothing else. */
export function refuseOtherTypes(specifications: readonly Specification[] = [], types: readonly string[]): void {
  const other = specifications.find(({ ResourceType = '' }) => !types.includes(ResourceType))
  if (other === undefined) return
  throw invalid(`'${other.ResourceType}' is not a valid taggable resource type for this operation.`)
}
