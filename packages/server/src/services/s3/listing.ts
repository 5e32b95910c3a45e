/** Pages of a bucket's keys, where keys that share what stands before a delimiter count as one. */

import type { Call } from '../../call.ts'
import { isMarker, keepsVersions, type StoredObject } from './object.ts'
import { ShelfWalk, type Found, type From } from './shelf-walk.ts'

export interface Walk {
  readonly owner: string
  readonly bucket: string
  readonly prefix: string
  readonly delimiter: string
  readonly limit: number
}

export type Entry = { readonly key: string; readonly object: StoredObject } | { readonly prefix: string }

export type VersionEntry = Found | { readonly prefix: string }

export interface Walked<E> {
  readonly entries: readonly E[]
  /** The last entry, where more come after it. */
  readonly last?: E
}

/** The objects that are read where no version is named, after a key or a common prefix. */
export async function walk(call: Call, asked: Walk, after: string | undefined): Promise<Walked<Entry>> {
  if (asked.limit === 0) return { entries: [] }
  const shelf = await ShelfWalk.begin(call, groundOf(call, asked), fromOf(asked, after))
  const entries: Entry[] = []
  for (let found = await shelf.next(); found !== undefined; found = await shelf.next()) {
    const { key, version } = found
    shelf.skipKey(key)
    if (isMarker(version)) continue
    if (entries.length === asked.limit) return cut(entries)
    const common = groupOf(key, asked)
    if (common !== undefined) shelf.skipGroup(common)
    entries.push(common === undefined ? { key, object: version } : { prefix: common })
  }
  return { entries }
}

/** All versions, after a key, a common prefix, or one of a key's versions. */
export async function walkVersions(call: Call, asked: Walk, from: From): Promise<Walked<VersionEntry>> {
  if (asked.limit === 0) return { entries: [] }
  const start = from.version === undefined ? fromOf(asked, from.key) : from
  const shelf = await ShelfWalk.begin(call, groundOf(call, asked), start)
  const entries: VersionEntry[] = []
  for (let found = await shelf.next(); found !== undefined; found = await shelf.next()) {
    if (entries.length === asked.limit) return cut(entries)
    const common = groupOf(found.key, asked)
    if (common !== undefined) shelf.skipGroup(common)
    entries.push(common === undefined ? found : { prefix: common })
  }
  return { entries }
}

function cut<E>(entries: readonly E[]): Walked<E> {
  const last = entries.at(-1)
  return last === undefined ? { entries } : { entries, last }
}

function groundOf(call: Call, { owner, bucket, prefix }: Walk) {
  return { owner, bucket, prefix, versioned: keepsVersions(call, { bucket }) }
}

function fromOf(asked: Walk, after: string | undefined): From {
  if (after === undefined) return {}
  return groupOf(after, asked) === after ? { group: after } : { key: after }
}

/** The key up to the first delimiter behind the prefix, that included. */
export function groupOf(key: string, { prefix, delimiter }: Pick<Walk, 'prefix' | 'delimiter'>): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

export function nameOf(entry: { readonly key: string } | { readonly prefix: string }): string {
  return 'key' in entry ? entry.key : entry.prefix
}
