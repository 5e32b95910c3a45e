/** What every store must do: one suite, run for each of them. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AuditRecord } from '../../src/audit/record.ts'
import { byBytes, Conflict, countOf, NEVER, put, remove, versionAfter } from '../../src/store/store.ts'
import type { AuditQuery, Change, Move, Store, Version } from '../../src/store/store.ts'

export interface Place {
  /** Opens the store; again, where it keeps anything, on what was kept. */
  open(): Promise<Store> | Store
  clear(): Promise<void> | void
}

const A = '111111111111'
const B = '222222222222'
const ORDER = ['', 'A', 'a', 'a/', 'a/b', 'aa', 'ä', '\u{FFFD}', '\u{10000}', '\u{1F600}', '\u{10FFFF}'].filter(Boolean)

export interface Told {
  readonly account?: string
  readonly principal?: string
  readonly eventName?: string
  readonly eventTime?: string
}

export function recordOf(
  requestID: string,
  account?: string,
  { principal, eventName, eventTime }: Told = {},
): AuditRecord {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'Unknown', ...(principal === undefined ? {} : { arn: principal }) },
    eventTime: eventTime ?? '2026-01-02T03:04:05Z',
    eventSource: 'sts.amazonaws.com',
    eventName: eventName ?? 'GetCallerIdentity',
    awsRegion: 'us-east-1',
    sourceIPAddress: '127.0.0.1',
    userAgent: 'test',
    requestParameters: null,
    responseElements: null,
    requestID,
    eventID: `event of ${requestID}`,
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    eventCategory: 'Management',
    ...(account === undefined ? {} : { recipientAccountId: account }),
  }
}

/** Moves of partitions from where each is said to be, to versions stamped `stamp`. */
export function moves(from: Readonly<Record<string, Version>>, stamp: string): ReadonlyMap<string, Move> {
  return new Map(Object.entries(from).map(([id, version]) => [id, { from: version, to: versionAfter(version, stamp) }]))
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

export function storeSuite(name: string, place: () => Place): void {
  describe(`the ${name} store`, () => {
    let here: Place
    let store: Store
    beforeEach(async () => {
      here = place()
      store = await here.open()
    })
    afterEach(async () => {
      await store.close()
      await here.clear()
    })

    const commit = (
      from: Readonly<Record<string, Version>>,
      changes: readonly Change[],
      { records = [], stamp = 'x' }: { records?: readonly AuditRecord[]; stamp?: string } = {},
    ) => store.commit({ moves: moves(from, stamp), changes, records })
    const rows = async (id: string) => {
      const { rows: found } = await store.load(id)
      return found.map(({ kind, key, value }) => [kind, key, value]).toSorted()
    }

    describe('partitions', () => {
      test('are empty and of no version before anybody wrote', async () => {
        expect(await store.load(A)).toMatchObject({ version: NEVER, rows: [] })
      })

      test('hold what was put, without what was removed, and count their commits', async () => {
        await commit({ [A]: NEVER }, [
          put(A, 'user', 'x', { n: 1 }),
          put(A, 'user', 'y', { n: 2 }),
          put(A, 'role', 'x', 3),
        ])
        await commit({ [A]: '1-x' }, [
          put(A, 'user', 'x', { n: 4 }),
          remove(A, 'user', 'y'),
          remove(A, 'user', 'never'),
        ])
        expect((await store.load(A)).version).toBe('2-x')
        expect(await rows(A)).toEqual([
          ['role', 'x', 3],
          ['user', 'x', { n: 4 }],
        ])
        expect(await store.load(B)).toMatchObject({ version: NEVER, rows: [] })
      })

      test('keep the order of changes to one key', async () => {
        await commit({ [A]: NEVER }, [
          put(A, 'k', 'x', 1),
          remove(A, 'k', 'x'),
          put(A, 'k', 'x', 2),
          put(A, 'k', 'y', 1),
          remove(A, 'k', 'y'),
        ])
        expect(await rows(A)).toEqual([['k', 'x', 2]])
      })

      test('keep any text and any plain value', async () => {
        const value = { text: 'é \u{1F600} \\ " \n \u2028', list: [1, 1.5, null, true, { deep: [] }], empty: '', '': 0 }
        await commit({ [A]: NEVER }, [put(A, 'kind', 'a "key" \u{1F600}', value)])
        expect(await rows(A)).toEqual([['kind', 'a "key" \u{1F600}', value]])
      })
    })

    describe('a commit that lost its race', () => {
      test('says Conflict, and nothing of it is there', async () => {
        await commit({ [A]: NEVER, [B]: NEVER }, [put(A, 'k', 'x', 1), put(B, 'k', 'x', 1)])
        const lost = commit(
          { [A]: '1-x', [B]: NEVER },
          [put(A, 'k', 'x', 2), put(B, 'k', 'x', 2), put(A, 'object', 'o', 2)],
          { records: [recordOf('lost', A)] },
        )
        await expect(lost).rejects.toThrow(Conflict)
        expect(await store.load(A)).toMatchObject({ version: '1-x', rows: [{ value: 1 }] })
        expect(await store.load(B)).toMatchObject({ version: '1-x', rows: [{ value: 1 }] })
        expect(await store.shelved(A, 'object', 'o')).toBeUndefined()
        expect(await store.audited({ requestId: 'lost', limit: 9 })).toEqual({ records: [] })
      })

      test('is one of two that were sent at once, and the others go through', async () => {
        const ends = await Promise.allSettled([
          commit({ [A]: NEVER }, [put(A, 'k', 'x', 'first')], { records: [recordOf('first', A)], stamp: 'a' }),
          commit({ [A]: NEVER }, [put(A, 'k', 'x', 'second'), put(A, 'k', 'y', 'second')], {
            records: [recordOf('second', A)],
            stamp: 'b',
          }),
          commit({ [B]: NEVER }, [put(B, 'k', 'x', 'other')], { records: [recordOf('other', B)] }),
          commit({ [A]: '1-a' }, [put(A, 'k', 'z', 'third')], { records: [recordOf('third', A)] }),
        ])
        expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
        expect(await rows(A)).toEqual([
          ['k', 'x', 'first'],
          ['k', 'z', 'third'],
        ])
        expect(await rows(B)).toEqual([['k', 'x', 'other']])
        const kept = await store.audited({ limit: 9 })
        expect(kept.records.map(({ requestID }) => requestID).toSorted()).toEqual(['first', 'other', 'third'])
      })

      test('takes those along that were built on it, though the count of commits fits', async () => {
        const ends = await Promise.allSettled([
          commit({ [A]: NEVER }, [put(A, 'k', 'x', 'theirs')], { stamp: 'theirs' }),
          commit({ [A]: NEVER }, [put(A, 'k', 'x', 'ours')], { stamp: 'ours' }),
          commit({ [A]: '1-ours' }, [put(A, 'k', 'y', 'ours')], { stamp: 'ours' }),
        ])
        expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
        expect(await store.load(A)).toMatchObject({ version: '1-theirs', rows: [{ value: 'theirs' }] })
      })

      test('of a hundred that expect the same version, all but one', async () => {
        const all = Array.from({ length: 100 }, (_, at) =>
          commit({ [A]: NEVER }, [put(A, 'k', `x${at}`, at)], { stamp: `${at}` }),
        )
        const ends = await Promise.allSettled(all)
        expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        expect((await store.load(A)).rows).toHaveLength(1)
        expect(countOf((await store.load(A)).version)).toBe(1)
      })
    })

    describe('shelves', () => {
      const fill = (keys: readonly string[]) =>
        commit(
          {},
          keys.toReversed().map((key) => put(A, 'object', key, { key })),
        )
      const keys = async (query: { prefix?: string; after?: string; limit?: number }) => {
        const found = await store.shelf(A, 'object', { limit: 1000, ...query })
        return found.map(({ key }) => key)
      }

      test('do not load with their partition and raise no version', async () => {
        await fill(['a'])
        expect(await store.load(A)).toMatchObject({ version: NEVER, rows: [] })
        expect(await store.shelved(A, 'object', 'a')).toEqual({ key: 'a' })
        expect(await store.shelved(B, 'object', 'a')).toBeUndefined()
      })

      test('are in byte order, characters beyond U+FFFF last', async () => {
        await fill(ORDER)
        expect(await keys({})).toEqual(ORDER)
        expect(ORDER.toSorted(byBytes)).toEqual(ORDER)
      })

      const QUERIES: readonly [string, { prefix?: string; after?: string; limit?: number }, readonly string[]][] = [
        ['a prefix', { prefix: 'a/' }, ['a/', 'a/b']],
        ['a prefix that nothing has', { prefix: 'b' }, []],
        ['a prefix and a limit', { prefix: 'a', limit: 2 }, ['a', 'a/']],
        [
          'after a key that is there',
          { after: 'a/b' },
          ['aa', 'ä', '\u{FFFD}', '\u{10000}', '\u{1F600}', '\u{10FFFF}'],
        ],
        ['after a key that is not there', { after: 'a/a', limit: 1 }, ['a/b']],
        ['after a key before the prefix', { prefix: 'a/', after: 'A' }, ['a/', 'a/b']],
        ['after a key beyond the prefix', { prefix: 'a/', after: 'aa' }, []],
        ['after a key in the prefix', { prefix: 'a/', after: 'a/' }, ['a/b']],
        ['after U+FFFD', { after: '\u{FFFD}', limit: 1 }, ['\u{10000}']],
        ['a prefix beyond U+FFFF', { prefix: '\u{1F600}' }, ['\u{1F600}']],
        ['no limit to speak of', { prefix: 'a', limit: 1_000_000 }, ['a', 'a/', 'a/b', 'aa']],
      ]
      test.each(QUERIES)('are read by %s', async (_what, query, wanted) => {
        await fill(ORDER)
        await commit({ [A]: NEVER }, [put(A, 'other', 'a/c', 1)])
        expect(await keys(query)).toEqual(wanted)
      })

      test('of one kind show nothing of another', async () => {
        await fill(['a', 'b'])
        await commit({}, [put(A, 'version', 'a/1', 1), put(A, 'part', 'b', 2)])
        expect(await keys({ prefix: 'a' })).toEqual(['a'])
        expect(await store.shelf(A, 'version', { limit: 9 })).toEqual([{ kind: 'version', key: 'a/1', value: 1 }])
        await commit({}, [remove(A, 'version', 'b'), put(A, 'object', 'aa', 3)])
        expect(await keys({})).toEqual(['a', 'aa', 'b'])
      })

      test('are replaced and emptied by key', async () => {
        await fill(['a', 'b'])
        await commit({}, [put(A, 'object', 'a', 'new'), remove(A, 'object', 'b'), remove(A, 'object', 'never')])
        expect(await store.shelf(A, 'object', { limit: 9 })).toEqual([{ kind: 'object', key: 'a', value: 'new' }])
      })
    })

    describe('documents', () => {
      test('come back as they were given, however many values hold them and however deep', async () => {
        const text = '{"Version":"2012-10-17",\n "Statement":[]} \u{1F600}'
        const value = {
          inline: [
            { name: 'a', document: text },
            { name: 'b', document: '' },
          ],
          trust: { document: text },
        }
        await commit({ [A]: NEVER, [B]: NEVER }, [put(A, 'role', 'r', value), put(B, 'role', 'r', value)])
        await commit({ [A]: '1-x' }, [remove(A, 'role', 'r')])
        expect(await rows(B)).toEqual([['role', 'r', value]])
      })
    })

    describe('a copy', () => {
      test('has everything that was there when it was taken, and nothing that came later', async () => {
        const value = { trust: { document: 'text' } }
        await commit({ [A]: NEVER }, [put(A, 'role', 'r', value), put(A, 'object', 'b/k', { size: 1 })])
        await store.note(recordOf('one', A))
        await store.note(recordOf('two', B))
        const copy = await store.snapshot()
        await commit({ [A]: '1-x' }, [remove(A, 'role', 'r'), remove(A, 'object', 'b/k')], {
          records: [recordOf('three')],
        })
        expect(await all(copy.rows())).toEqual([put(A, 'role', 'r', value), put(A, 'object', 'b/k', { size: 1 })])
        const records = await all(copy.records())
        expect(records.map(({ requestID }) => requestID)).toEqual(['one', 'two'])
        await copy.close()
      })
    })

    describe('records', () => {
      const found = async (query: Partial<AuditQuery>) =>
        (await store.audited({ limit: 9, ...query })).records.map(({ requestID }) => requestID)

      test('are found newest first, by account, by request, or all', async () => {
        await store.note(recordOf('one', A))
        await store.note(recordOf('two', B))
        await commit({ [A]: NEVER }, [put(A, 'k', 'x', 1)], { records: [recordOf('three', A)] })
        await store.note(recordOf('four'))
        expect(await found({ account: A })).toEqual(['three', 'one'])
        expect(await found({ account: A, limit: 1 })).toEqual(['three'])
        expect(await found({ requestId: 'two' })).toEqual(['two'])
        expect(await found({ requestId: 'two', account: A })).toEqual([])
        expect(await found({ requestId: 'none' })).toEqual([])
        expect((await found({})).toSorted()).toEqual(['four', 'one', 'three', 'two'])
        expect((await found({}))[0]).toBe('four')
        expect(await found({ limit: 0 })).toEqual([])
      })

      test('come back whole', async () => {
        await store.note(recordOf('whole', A))
        expect(await store.audited({ requestId: 'whole', limit: 1 })).toEqual({ records: [recordOf('whole', A)] })
      })

      const ALICE = 'arn:aws:iam::111111111111:user/alice'
      const LOOKED_FOR: readonly [string, Partial<AuditQuery>, readonly string[]][] = [
        ['a principal', { principal: ALICE }, ['e', 'b']],
        ['an event name', { eventName: 'CreateRole' }, ['d', 'b']],
        ['an account and an event name', { account: A, eventName: 'CreateRole' }, ['b']],
        ['a time on', { from: Date.parse('2026-01-02T00:00:02Z') }, ['e', 'd', 'c']],
        ['the time before', { to: Date.parse('2026-01-02T00:00:02Z') }, ['b', 'a']],
        ['a span of time', { from: 1767312001_000, to: 1767312003_000 }, ['c', 'b']],
        ['everything at once', { account: A, principal: ALICE, eventName: 'CreateRole', requestId: 'b' }, ['b']],
        ['something that nobody did', { principal: ALICE, account: B }, []],
      ]
      test.each(LOOKED_FOR)('are found by %s', async (_what, query, wanted) => {
        const at = (second: number): string => `2026-01-02T00:00:0${second}Z`
        for (const [second, [id, account, told]] of [
          ['a', A, {}],
          ['b', A, { principal: ALICE, eventName: 'CreateRole' }],
          ['c', B, {}],
          ['d', B, { eventName: 'CreateRole' }],
          ['e', A, { principal: ALICE }],
        ].entries() as Iterable<[number, [string, string, Told]]>) {
          await store.note(recordOf(id, account, { ...told, eventTime: at(second) }))
        }
        expect(await found(query)).toEqual(wanted)
      })

      test('come in pages that end, none twice and none left out', async () => {
        const ids = Array.from({ length: 25 }, (_, at) => `r${at}`)
        for (const id of ids) await store.note(recordOf(id, A))
        const pages: string[][] = []
        for (let after: string | undefined; ;) {
          const page = await store.audited({ account: A, limit: 10, ...(after === undefined ? {} : { after }) })
          pages.push(page.records.map(({ requestID }) => requestID))
          if (page.next === undefined) break
          after = page.next
        }
        expect(pages.map(({ length }) => length)).toEqual([10, 10, 5])
        expect(pages.flat()).toEqual(ids.toReversed())
      })

      test('keep names that a client made up, whatever is in them', async () => {
        const odd = recordOf('odd', A, { eventName: 'Get\0\u{D800}"\'; DROP TABLE audit' })
        await store.note(odd)
        await store.note(recordOf('next', A))
        expect((await store.audited({ account: A, limit: 9 })).records).toHaveLength(2)
      })
    })
  })
}
