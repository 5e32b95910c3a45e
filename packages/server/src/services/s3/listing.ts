/** Walking a bucket's keys in byte order, where keys that share what stands before a delimiter count as one. */

import type { Call } from '../../call.ts'
import { OBJECT, type StoredObject } from './object.ts'

export interface Walk {
  readonly owner: string
  readonly bucket: string
  readonly prefix: string
  readonly delimiter: string
  /** What the page before ended with: a key or a common prefix. */
  readonly after: string | undefined
  readonly limit: number
}

export type Entry = { readonly key: string; readonly object: StoredObject } | { readonly prefix: string }

export interface Walked {
  readonly entries: readonly Entry[]
  /** The last entry's name, where more come after it. */
  readonly next?: string
}

const BATCH = 1000
/** Behind every key that begins with what stands before it: the last character there is. */
const END = '\u{10FFFF}'

export async function walk(call: Call, asked: Walk): Promise<Walked> {
  const { owner, bucket, prefix, after, limit } = asked
  if (limit === 0) return { entries: [] }
  const entries: Entry[] = []
  let group = after !== undefined && groupOf(after, asked) === after ? after : undefined
  let from = group === undefined ? after : group + END
  for (;;) {
    const query = {
      prefix: `${bucket}/${prefix}`,
      ...(from === undefined ? {} : { after: `${bucket}/${from}` }),
      limit: BATCH,
    }
    const rows = await call.shelves.shelf(owner, OBJECT, query)
    for (const { key: place, value } of rows) {
      const key = place.slice(bucket.length + 1)
      const common = groupOf(key, asked)
      from = common === undefined ? key : common + END
      if (common !== undefined && common === group) continue
      if (entries.length === limit) return { entries, ...lastOf(entries) }
      group = common
      entries.push(common === undefined ? { key, object: value as StoredObject } : { prefix: common }) // written by `putRow` alone
    }
    if (rows.length < BATCH) return { entries }
  }
}

/** The key up to the first delimiter behind the prefix, that included. */
function groupOf(key: string, { prefix, delimiter }: Walk): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

function lastOf(entries: readonly Entry[]): { readonly next?: string } {
  const last = entries.at(-1)
  return last === undefined ? {} : { next: nameOf(last) }
}

export function nameOf(entry: Entry): string {
  return 'key' in entry ? entry.key : entry.prefix
}
