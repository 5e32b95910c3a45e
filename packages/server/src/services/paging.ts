/**
 * Pages of a listing. A marker is sealed by the server, names the listing it belongs to, and says after which key the
 * next page begins: it survives restarts and changes of the list, and nobody can forge one.
 */

import type { Keyring } from '../keyring.ts'
import { placeOf } from '../store/ordered-keys.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** Where there is more. */
  readonly next?: string
}

export interface PageAsk<T> {
  /** What is listed, so that a marker of one listing is none of another: `iam:ListUsers/`. */
  readonly listing: string
  readonly marker: string | undefined
  readonly size: number
  readonly keyOf: (item: T) => string
}

/** `undefined` where the marker is not one of this listing's. `items` are in the order of `keyOf`. */
export function page<T>(
  keyring: Keyring,
  items: readonly T[],
  { listing, marker, size, keyOf }: PageAsk<T>,
): Page<T> | undefined {
  const after = marker === undefined ? '' : readMarker(keyring, listing, marker)
  if (after === undefined) return undefined
  const rest = marker === undefined ? items : items.filter((item) => keyOf(item) > after)
  const shown = rest.slice(0, size)
  const last = shown.at(-1)
  if (rest.length <= size || last === undefined) return { items: shown }
  return { items: shown, next: writeMarker(keyring, listing, keyOf(last)) }
}

export interface OrderedAsk<T> extends Omit<PageAsk<T>, 'keyOf'> {
  /** What lies under a key; `undefined` where it is not to be listed. */
  readonly at: (key: string) => T | undefined
}

/** The same page of what lies under keys that are in order: it looks at those after the marker, and at no more than fill it. */
export function pageInOrder<T>(
  keyring: Keyring,
  keys: readonly string[],
  { listing, marker, size, at }: OrderedAsk<T>,
): Page<T> | undefined {
  const after = marker === undefined ? '' : readMarker(keyring, listing, marker)
  if (after === undefined) return undefined
  const items: T[] = []
  let last = ''
  for (let place = placeOf(keys, after); place < keys.length; place += 1) {
    const key = keys[place] ?? ''
    if (marker !== undefined && key === after) continue
    const item = at(key)
    if (item === undefined) continue
    if (items.length === size) return { items, next: writeMarker(keyring, listing, last) }
    items.push(item)
    last = key
  }
  return { items }
}

export function writeMarker(keyring: Keyring, listing: string, after: string): string {
  return keyring.sealText('page', JSON.stringify([listing, after]))
}

export function readMarker(keyring: Keyring, listing: string, marker: string): string | undefined {
  const clear = keyring.openText('page', marker)
  if (clear === undefined) return undefined
  const [name, after] = JSON.parse(clear) as [string, string] // sealed by `writeMarker`
  return name === listing ? after : undefined
}
