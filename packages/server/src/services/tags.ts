/** Tags as condition keys: those that a request brings, and those that the resource has. Every service asks with the same ones. */

import type { Tag } from '@sallyport/estate'

export interface TagInput {
  readonly Key?: string
  readonly Value?: string
}

/** `aws:TagKeys` and `aws:RequestTag/…`; no key at all where no tag is brought. */
export function requestTags(tags: readonly TagInput[] = []): Readonly<Record<string, string | readonly string[]>> {
  if (tags.length === 0) return {}
  return {
    'aws:TagKeys': tags.map(({ Key = '' }) => Key),
    ...Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
  }
}

/** Tags as the services take them that know them by name: a map. */
export type TagMap = Readonly<Record<string, string>>

/** As `requestTags`. */
export function requestTagMap(tags: TagMap): ReturnType<typeof requestTags> {
  return requestTags(Object.entries(tags).map(([Key, Value]) => ({ Key, Value })))
}

export function tagsOfMap(tags: TagMap): readonly Tag[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}

export function mapOfTags(tags: readonly Tag[]): TagMap {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]))
}

/** `aws:ResourceTag/…`, and the same under the names that a service has of its own: `iam`, `ec2`. */
export function resourceTags(tags: readonly Tag[], ...own: readonly string[]): Readonly<Record<string, string>> {
  const services = ['aws', ...own]
  return Object.fromEntries(
    tags.flatMap(({ key, value }) => services.map((service) => [`${service}:ResourceTag/${key}`, value])),
  )
}
