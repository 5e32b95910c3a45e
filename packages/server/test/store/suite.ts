/** What every store must do: one suite, run for each of them. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AuditRecord } from '../../src/audit/record.ts'
import { byBytes, Conflict, put, remove, type Change, type Store } from '../../src/store/store.ts'

export interface Place {
  /** Opens the store; again, where it keeps anything, on what was kept. */
  open(): Promise<Store> | Store
  clear(): void
}

const A = '111111111111'
const B = '222222222222'
const ORDER = ['', 'A', 'a', 'a/', 'a/b', 'aa', 'ä', '\u{FFFD}', '\u{10000}', '\u{1F600}', '\u{10FFFF}'].filter(Boolean)

export function recordOf(requestID: string, account?: string): AuditRecord {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'Unknown' },
    eventTime: '2026-01-02T03:04:05Z',
    eventSource: 'sts.amazonaws.com',
    eventName: 'GetCallerIdentity',
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
      here.clear()
    })

    const commit = (
      expects: Readonly<Record<string, number>>,
      changes: readonly Change[],
      records: readonly AuditRecord[] = [],
    ) => store.commit({ expects: new Map(Object.entries(expects)), changes, records })
    const rows = async (id: string) => {
      const { rows: found } = await store.load(id)
      return found.map(({ kind, key, value }) => [kind, key, value]).toSorted()
    }

    describe('partitions', () => {
      test('are empty and of version 0 before anybody wrote', async () => {
        expect(await store.load(A)).toEqual({ version: 0, rows: [] })
      })

      test('hold what was put, without what was removed, and count their commits', async () => {
        await commit({ [A]: 0 }, [put(A, 'user', 'x', { n: 1 }), put(A, 'user', 'y', { n: 2 }), put(A, 'role', 'x', 3)])
        await commit({ [A]: 1 }, [put(A, 'user', 'x', { n: 4 }), remove(A, 'user', 'y'), remove(A, 'user', 'never')])
        expect((await store.load(A)).version).toBe(2)
        expect(await rows(A)).toEqual([
          ['role', 'x', 3],
          ['user', 'x', { n: 4 }],
        ])
        expect(await store.load(B)).toEqual({ version: 0, rows: [] })
      })

      test('keep the order of changes to one key', async () => {
        await commit({ [A]: 0 }, [
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
        await commit({ [A]: 0 }, [put(A, 'kind', 'a "key" \u{1F600}', value)])
        expect(await rows(A)).toEqual([['kind', 'a "key" \u{1F600}', value]])
      })
    })

    describe('a commit that lost its race', () => {
      test('says Conflict, and nothing of it is there', async () => {
        await commit({ [A]: 0, [B]: 0 }, [put(A, 'k', 'x', 1), put(B, 'k', 'x', 1)])
        const lost = commit(
          { [A]: 1, [B]: 0 },
          [put(A, 'k', 'x', 2), put(B, 'k', 'x', 2), put(A, 'object', 'o', 2)],
          [recordOf('lost', A)],
        )
        await expect(lost).rejects.toThrow(Conflict)
        expect(await store.load(A)).toMatchObject({ version: 1, rows: [{ value: 1 }] })
        expect(await store.load(B)).toMatchObject({ version: 1, rows: [{ value: 1 }] })
        expect(await store.shelved(A, 'object', 'o')).toBeUndefined()
        expect(await store.audited({ requestId: 'lost', limit: 9 })).toEqual([])
      })

      test('is one of two that were sent at once, and the others go through', async () => {
        const ends = await Promise.allSettled([
          commit({ [A]: 0 }, [put(A, 'k', 'x', 'first')], [recordOf('first', A)]),
          commit({ [A]: 0 }, [put(A, 'k', 'x', 'second'), put(A, 'k', 'y', 'second')], [recordOf('second', A)]),
          commit({ [B]: 0 }, [put(B, 'k', 'x', 'other')], [recordOf('other', B)]),
          commit({ [A]: 1 }, [put(A, 'k', 'z', 'third')], [recordOf('third', A)]),
        ])
        expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
        expect(await rows(A)).toEqual([
          ['k', 'x', 'first'],
          ['k', 'z', 'third'],
        ])
        expect(await rows(B)).toEqual([['k', 'x', 'other']])
        const kept = await store.audited({ limit: 9 })
        expect(kept.map(({ requestID }) => requestID).toSorted()).toEqual(['first', 'other', 'third'])
      })

      test('of a hundred that expect the same version, all but one', async () => {
        const all = Array.from({ length: 100 }, (_, at) => commit({ [A]: 0 }, [put(A, 'k', `x${at}`, at)]))
        const ends = await Promise.allSettled(all)
        expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        expect((await store.load(A)).rows).toHaveLength(1)
        expect((await store.load(A)).version).toBe(1)
      })
    })

    describe('shelves', () => {
      const fill = (keys: readonly string[], kind = 'object') =>
        commit(
          {},
          keys.toReversed().map((key) => put(A, kind, key, { key })),
        )
      const keys = async (query: { prefix?: string; after?: string; limit?: number }) => {
        const found = await store.shelf(A, 'object', { limit: 1000, ...query })
        return found.map(({ key }) => key)
      }

      test('do not load with their partition and raise no version', async () => {
        await fill(['a'])
        expect(await store.load(A)).toEqual({ version: 0, rows: [] })
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
        await fill(['a/c'], 'other')
        expect(await keys(query)).toEqual(wanted)
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
        await commit({ [A]: 0, [B]: 0 }, [put(A, 'role', 'r', value), put(B, 'role', 'r', value)])
        await commit({ [A]: 1 }, [remove(A, 'role', 'r')])
        expect(await rows(B)).toEqual([['role', 'r', value]])
      })
    })

    describe('records', () => {
      test('are found newest first, by account, by request, or all', async () => {
        store.note(recordOf('one', A))
        store.note(recordOf('two', B))
        await commit({ [A]: 0 }, [put(A, 'k', 'x', 1)], [recordOf('three', A)])
        store.note(recordOf('four'))
        const found = async (query: { account?: string; requestId?: string; limit?: number }) =>
          (await store.audited({ limit: 9, ...query })).map(({ requestID }) => requestID)
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
        store.note(recordOf('whole', A))
        expect(await store.audited({ requestId: 'whole', limit: 1 })).toEqual([recordOf('whole', A)])
      })
    })
  })
}
