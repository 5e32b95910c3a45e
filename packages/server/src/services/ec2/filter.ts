/** EC2's filters: names with values, where `*` and `?` stand for anything. Values are alternatives, filters add up. */

import { Refusal } from '../../refusal.ts'

export interface Filter {
  readonly Name?: string
  readonly Values?: readonly string[]
}

/** What each filter reads off a thing. */
export type Filterable<T> = Readonly<Record<string, (it: T) => readonly string[]>>

const VALUES_AT_MOST = 200
const TAG = 'tag:'

interface Tagged {
  readonly tags: readonly { readonly key: string; readonly value: string }[]
}

/** The filters that everything with tags has. */
export const TAG_FILTERS: Filterable<Tagged> = {
  'tag-key': ({ tags }) => tags.map(({ key }) => key),
  'tag-value': ({ tags }) => tags.map(({ value }) => value),
}

export function filtered<T>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  table: Filterable<T>,
): readonly T[] {
  const tests = (filters ?? []).map((filter) => testOf(filter, table))
  return items.filter((item) => tests.every((test) => test(item)))
}

/** A filter on what is the same for all. */
export function exact(...values: readonly string[]): () => readonly string[] {
  return () => values
}

function testOf<T>({ Name = '', Values = [] }: Filter, table: Filterable<T>): (item: T) => boolean {
  const read = Object.hasOwn(table, Name) ? table[Name] : tagReader<T>(Name, table)
  if (read === undefined) throw new Refusal('InvalidParameterValue', `The filter '${Name}' is invalid`)
  if (Values.length > VALUES_AT_MOST) {
    throw new Refusal(
      'FilterLimitExceeded',
      `The maximum number of filter values specified on a single call is ${VALUES_AT_MOST}`,
    )
  }
  const wanted = Values.map(pattern)
  return (item) => read(item).some((value) => wanted.some((matches) => matches(value)))
}

/** `tag:KEY`, for whatever has tags at all. */
function tagReader<T>(name: string, table: Filterable<T>): ((item: T) => readonly string[]) | undefined {
  if (!name.startsWith(TAG) || table['tag-key'] === undefined) return undefined
  const wanted = name.slice(TAG.length)
  // INVARIANT: a table with `tag-key` is of things that have tags.
  return (item) => (item as Tagged).tags.filter(({ key }) => key === wanted).map(({ value }) => value)
}

/** A value with wildcards; a backslash takes their meaning away. Matching is linear: no expression is built. */
function pattern(text: string): (value: string) => boolean {
  const parts = [...text.matchAll(/\\([\s\S])|([\s\S])/g)].map(([, escaped, plain]) => ({
    wild: escaped === undefined && (plain === '*' || plain === '?') ? plain : undefined,
    character: escaped ?? plain ?? '',
  }))
  return (value) => {
    let at = 0
    let part = 0
    let star = -1
    let back = 0
    while (at < value.length) {
      const here = parts[part]
      if (here?.wild === '*') {
        star = part
        back = at
        part += 1
      } else if (here !== undefined && (here.wild === '?' || here.character === value[at])) {
        at += 1
        part += 1
      } else if (star >= 0) {
        back += 1
        at = back
        part = star + 1
      } else {
        return false
      }
    }
    return parts.slice(part).every(({ wild }) => wild === '*')
  }
}
