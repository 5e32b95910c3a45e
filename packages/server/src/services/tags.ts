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

/** `aws:ResourceTag/…`, and the same under the names that a service has of its own: `iam`, `ec2`. */
export function resourceTags(tags: readonly Tag[], ...own: readonly string[]): Readonly<Record<string, string>> {
  const services = ['aws', ...own]
  return Object.fromEntries(
    tags.flatMap(({ key, value }) => services.map((service) => [`${service}:ResourceTag/${key}`, value])),
  )
}
