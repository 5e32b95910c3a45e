import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Keyring } from '../src/keyring.ts'
import { systemRandom } from '../src/random.ts'
import { page, pageInOrder, type Page } from '../src/services/paging.ts'

const keyring = new Keyring(Buffer.alloc(32, 1), systemRandom())
const LISTING = 'test:List'

interface Item {
  readonly key: string
  readonly listed: boolean
}

type Pager = (items: readonly Item[], marker: string | undefined, size: number) => Page<Item> | undefined

const bySorting: Pager = (items, marker, size) => {
  const shown = items.filter(({ listed }) => listed).toSorted((a, b) => (a.key < b.key ? -1 : 1))
  return page(keyring, shown, { listing: LISTING, marker, size, keyOf: ({ key }) => key })
}

const byKeys: Pager = (items, marker, size) => {
  const all = new Map(items.map((item) => [item.key, item]))
  const at = (key: string): Item | undefined => (all.get(key)?.listed === true ? all.get(key) : undefined)
  return pageInOrder(keyring, [...all.keys()].toSorted(), { listing: LISTING, marker, size, at })
}

/** All pages; between two of them the items become what `after` makes of them. */
function walk(pager: Pager, items: readonly Item[], size: number, gone: ReadonlySet<string>): readonly string[][] {
  const pages: string[][] = []
  let marker: string | undefined
  do {
    const there = pages.length === 0 ? items : items.filter(({ key }) => !gone.has(key))
    const found = pager(there, marker, size)
    pages.push((found?.items ?? []).map(({ key }) => key))
    marker = found?.next
  } while (marker !== undefined)
  return pages
}

describe('pages by keys that are in order', () => {
  const item = fc.record({ key: fc.string({ minLength: 1, maxLength: 3 }), listed: fc.boolean() })
  const items = fc.uniqueArray(item, { selector: ({ key }) => key, maxLength: 40 })

  test('are the pages of the same items sorted, whatever goes away between two of them', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 7 }), fc.array(fc.nat(39)), (all, size, places) => {
        const gone = new Set(places.map((place) => all[place]?.key ?? ''))
        expect(walk(byKeys, all, size, gone)).toEqual(walk(bySorting, all, size, gone))
      }),
    )
  })

  test('take the markers that sorting gave out, and give out markers that sorting takes', () => {
    const all = ['d', 'a', 'c', 'b'].map((key) => ({ key, listed: true }))
    expect(byKeys(all, bySorting(all, undefined, 2)?.next, 2)?.items.map(({ key }) => key)).toEqual(['c', 'd'])
    expect(bySorting(all, byKeys(all, undefined, 2)?.next, 2)?.items.map(({ key }) => key)).toEqual(['c', 'd'])
  })

  test('are none for a marker of another listing, or one that nobody gave out', () => {
    const all = ['a', 'b'].map((key) => ({ key, listed: true }))
    const other = page(keyring, all, { listing: 'test:Other', marker: undefined, size: 1, keyOf: ({ key }) => key })
    expect(byKeys(all, other?.next, 1)).toBeUndefined()
    expect(byKeys(all, 'forged', 1)).toBeUndefined()
  })

  test('look at nothing before the marker and at little behind the page', () => {
    const keys = Array.from({ length: 10_000 }, (_, at) => String(at).padStart(5, '0'))
    const seen: string[] = []
    const ask = (marker: string | undefined) =>
      pageInOrder(keyring, keys, { listing: LISTING, marker, size: 20, at: (key) => (seen.push(key), key) })
    const first = ask(undefined)
    ask(first?.next)
    expect(seen).toEqual([...keys.slice(0, 21), ...keys.slice(20, 41)])
  })
})
