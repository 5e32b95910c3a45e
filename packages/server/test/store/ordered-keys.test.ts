import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryStore, type Store } from '../../src/index.ts'
import { OrderedKeys, placeOf } from '../../src/store/ordered-keys.ts'
import { Conflict, put, remove, type Change } from '../../src/store/store.ts'
import { PRODUCTION, startServer } from '../harness.ts'

const key = fc.oneof(fc.constantFrom('', 'a', 'aa', 'b', '\u{FFFD}', '\u{10000}', '1', '10', '2'), fc.string())

function sorted(keys: Iterable<string>): readonly string[] {
  return [...keys].toSorted((a, b) => (a < b ? -1 : 1))
}

describe('ordered keys', () => {
  test('are those that came and did not go, in the order of `<`', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), key))
    fc.assert(
      fc.property(fc.uniqueArray(key), steps, (first, moves) => {
        const ordered = new OrderedKeys(first)
        const wanted = new Set(first)
        for (const [comes, one] of moves) {
          if (!comes) ordered.remove(one)
          else if (!wanted.has(one)) ordered.add(one)
          wanted[comes ? 'add' : 'delete'](one)
          expect(ordered.keys).toEqual(sorted(wanted))
        }
      }),
    )
  })

  test('before the place of a key are those that are less', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key), key, (all, one) => {
        const keys = sorted(all)
        expect(keys.slice(0, placeOf(keys, one))).toEqual(keys.filter((other) => other < one))
      }),
    )
  })
})

describe('a partition', () => {
  const roles = (...changes: readonly (readonly [string, unknown])[]): readonly Change[] =>
    changes.map(([name, value]) => put(PRODUCTION, 'role', name, value))

  test('has its keys in order as commits go by', async () => {
    const { world, close } = await startServer()
    await world.bring([PRODUCTION])
    const account = world.account(PRODUCTION)
    const born = ['awsservicerolefororganizations', 'organizationaccountaccessrole']
    expect([account?.inOrder('role'), account?.inOrder('group')]).toEqual([born, []])
    await world.land.commit([...roles(['b', {}], ['z', {}]), put(PRODUCTION, 'group', 'g', {})], [])
    await world.land.commit([remove(PRODUCTION, 'role', 'b'), ...roles(['a', {}], ['z', { again: true }])], [])
    await world.land.commit([remove(PRODUCTION, 'role', 'never')], [])
    expect([account?.inOrder('role'), account?.inOrder('group')]).toEqual([['a', ...born, 'z'], ['g']])
    await close()
  })

  test('has the keys of the store again after a commit failed', async () => {
    let fails = false
    const kept = memoryStore()
    const commit: Store['commit'] = (one) => (fails ? Promise.reject(new Conflict(PRODUCTION)) : kept.commit(one))
    const { world, close } = await startServer({ store: Object.assign(Object.create(kept) as Store, { commit }) }) // the same store but for one method
    await world.bring([PRODUCTION])
    const before = [...(world.account(PRODUCTION)?.inOrder('role') ?? [])]
    fails = true
    const failed = world.land.commit(roles(['a', {}]), [])
    expect(world.account(PRODUCTION)?.inOrder('role')).toEqual(['a', ...before])
    await expect(failed).rejects.toThrow(Conflict)
    await world.land.settled([PRODUCTION])
    await world.bring([PRODUCTION])
    expect(world.account(PRODUCTION)?.inOrder('role')).toEqual(before)
    await close()
  })
})
