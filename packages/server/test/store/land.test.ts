/** The state in memory, over a store that tests steer. */

import { describe, expect, test } from 'vitest'
import { DIRECTORY } from '../../src/directory.ts'
import { Land } from '../../src/store/land.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { Conflict, NEVER, put, remove, StoreTrouble, versionAfter } from '../../src/store/store.ts'
import type { Follower, LoadedPartition, PartitionId, Store, Version } from '../../src/store/store.ts'

const A = '111111111111'
const B = '222222222222'

interface Steered {
  readonly store: Store
  readonly land: Land
  /** What was asked of the store, in order. */
  readonly loads: [PartitionId, Version | undefined][]
  /** Milliseconds of the land's own time. */
  now: number
  /** The next commits fail with these. */
  readonly failures: Error[]
  /** Holds every load back until it resolves. */
  held: Promise<unknown> | undefined
  follower: Follower | undefined
  /** Another node's write. */
  elsewhere(id: PartitionId, key: string, value: unknown): Promise<Version>
}

function steered(cache = Infinity, bytes = 0): Steered {
  const under = memoryStore()
  let others = 0
  const it: Steered = {
    loads: [],
    now: 0,
    failures: [],
    held: undefined,
    follower: undefined,
    store: {
      ...under,
      async load(id, since): Promise<LoadedPartition> {
        it.loads.push([id, since])
        const loaded = await under.load(id)
        await it.held
        return { ...loaded, bytes }
      },
      async commit(commit) {
        const failure = it.failures.shift()
        if (failure !== undefined) throw failure
        await under.commit(commit)
      },
      async follow(follower) {
        it.follower = follower
      },
      current: async (id) => (await under.load(id)).version,
    },
    get land() {
      return land
    },
    async elsewhere(id, key, value) {
      others += 1
      const { version: from } = await under.load(id)
      const to = versionAfter(from, `other${others}`)
      await under.commit({ moves: new Map([[id, { from, to }]]), changes: [put(id, 'k', key, value)], records: [] })
      return to
    },
  }
  const land = new Land(it.store, { cache, node: 'ours', now: () => it.now })
  return it
}

const seen = ({ land }: Steered, id: PartitionId) => Object.fromEntries(land.view(id)?.all('k') ?? [])

describe('a partition', () => {
  test('is read once, and then costs no turn of the event loop', async () => {
    const it = steered()
    await it.land.load([A, B])
    expect(it.land.load([A, B])).toBeUndefined()
    expect(it.loads).toEqual([
      [A, undefined],
      [B, undefined],
    ])
  })

  test('shows a commit at once, and keeps its keys in order', async () => {
    const it = steered()
    await it.land.load([A])
    expect(it.land.view(A)?.inOrder('k')).toEqual([])
    const written = it.land.commit([put(A, 'k', 'b', 1), put(A, 'k', 'a', 2), put(A, 'k', 'c', 3)], [])
    expect(seen(it, A)).toEqual({ a: 2, b: 1, c: 3 })
    expect(it.land.view(A)?.inOrder('k')).toEqual(['a', 'b', 'c'])
    await written
    await it.land.commit([remove(A, 'k', 'b'), put(A, 'k', 'a', 4)], [])
    expect(it.land.view(A)?.inOrder('k')).toEqual(['a', 'c'])
  })

  test('that another node wrote is read again, and what changed alone is asked for', async () => {
    const it = steered()
    await it.land.follow()
    await it.land.load([A])
    await it.land.commit([put(A, 'k', 'ours', 1)], [])
    const ours = it.follower?.held().get(A)
    it.follower?.moved(A, await it.elsewhere(A, 'theirs', 2))
    await it.land.load([A])
    expect(seen(it, A)).toEqual({ ours: 1, theirs: 2 })
    expect(it.loads.at(-1)).toEqual([A, ours])
  })

  test('takes no commit while it is behind', async () => {
    const it = steered()
    await it.land.follow()
    await it.land.load([A])
    it.follower?.moved(A, await it.elsewhere(A, 'theirs', 2))
    await expect(it.land.commit([put(A, 'k', 'ours', 1)], [])).rejects.toThrow(Conflict)
    expect(seen(it, A)).toEqual({})
    await it.land.load([A])
    await it.land.commit([put(A, 'k', 'ours', 1)], [])
    expect(seen(it, A)).toEqual({ ours: 1, theirs: 2 })
  })

  test('is not behind for news of its own commits, those on their way included, or for old news', async () => {
    const it = steered()
    await it.land.follow()
    await it.land.load([A])
    const before = it.follower?.held().get(A) ?? NEVER
    const written = it.land.commit([put(A, 'k', 'x', 1)], [])
    it.follower?.moved(A, '1-ours1')
    await written
    it.follower?.moved(A, '1-ours1')
    it.follower?.moved(A, before)
    expect(it.land.load([A])).toBeUndefined()
  })

  test('that moved again while it was read is read once more', async () => {
    const it = steered()
    await it.land.follow()
    await it.land.load([A])
    it.follower?.moved(A, await it.elsewhere(A, 'one', 1))
    let release = (): void => {}
    it.held = new Promise<void>((resolve) => (release = resolve))
    const reading = it.land.load([A])
    await new Promise((resolve) => setImmediate(resolve))
    it.follower?.moved(A, await it.elsewhere(A, 'two', 2))
    it.held = undefined
    release()
    await reading
    expect(seen(it, A)).toEqual({ one: 1, two: 2 })
  })

  test('that the store lost is read whole', async () => {
    const it = steered()
    await it.land.follow()
    await it.land.load([A])
    await it.land.commit([put(A, 'k', 'x', 1)], [])
    it.follower?.lost(A)
    await it.land.load([A])
    expect(it.loads.at(-1)).toEqual([A, undefined])
  })
})

describe('a commit that fails', () => {
  test('takes those along that were built on it, and nothing of them is left', async () => {
    const it = steered()
    await it.land.load([A])
    await it.land.commit([put(A, 'k', 'kept', 1)], [])
    it.failures.push(new StoreTrouble('full'))
    const ends = Promise.allSettled([
      it.land.commit([put(A, 'k', 'first', 1)], []),
      it.land.commit([put(A, 'k', 'second', 1)], []),
    ])
    expect(seen(it, A)).toEqual({ kept: 1, first: 1, second: 1 })
    expect(await it.land.settled([A])).toBe(false)
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await it.land.load([A])
    expect(seen(it, A)).toEqual({ kept: 1 })
    expect(it.loads.at(-1)).toEqual([A, undefined])
    await it.land.commit([put(A, 'k', 'third', 1)], [])
    expect(seen(it, A)).toEqual({ kept: 1, third: 1 })
  })

  test('before one that is still on its way hides nothing that the other writes', async () => {
    const it = steered()
    await it.land.load([A, B])
    const commit = it.store.commit.bind(it.store)
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    it.store.commit = async (asked) => {
      if (asked.changes.some(({ partition }) => partition === B)) throw new Conflict(B)
      await held
      await commit(asked)
    }
    const first = it.land.commit([put(A, 'k', 'first', 1)], [])
    await expect(it.land.commit([put(A, 'k', 'second', 1), put(B, 'k', 'x', 1)], [])).rejects.toThrow(Conflict)
    const reading = it.land.load([A])
    await new Promise((resolve) => setImmediate(resolve))
    release()
    await Promise.all([first, reading])
    expect(seen(it, A)).toEqual({ first: 1 })
  })

  test('of an account that was to be born leaves none behind', async () => {
    const it = steered()
    await it.land.load([DIRECTORY])
    it.failures.push(new StoreTrouble('full'))
    const birth = [put(DIRECTORY, 'account', A, { id: A }), put(A, 'k', 'self', 1)]
    await expect(it.land.commit(birth, [])).rejects.toThrow('full')
    await it.land.load([DIRECTORY])
    await it.land.commit(birth, [])
    expect(seen(it, A)).toEqual({ self: 1 })
  })

  test('in a partition that nobody loaded is a bug', async () => {
    const it = steered()
    await expect(it.land.commit([put(A, 'k', 'x', 1)], [])).rejects.toThrow('was not loaded')
  })
})

describe('memory', () => {
  const ids = Array.from({ length: 10 }, (_, at) => String(100_000_000_000 + at))

  test('is bounded: those longest unused leave, and come back when they are wanted', async () => {
    const it = steered(500, 100)
    for (const id of ids) {
      it.now += 10_000
      await it.land.load([id])
    }
    expect(it.land.size.bytes).toBeLessThanOrEqual(500)
    expect(it.land.view(ids[0] ?? '')).toBeUndefined()
    expect(it.land.view(ids[9] ?? '')).toBeDefined()
    expect(it.land.size.evictions).toBeGreaterThan(4)
    await it.land.load([ids[0] ?? ''])
    expect(it.land.view(ids[0] ?? '')).toBeDefined()
  })

  test('keeps what was used a moment ago, what is being written, and what every call stands on', async () => {
    const it = steered(500, 100)
    await it.land.load([DIRECTORY, ...ids])
    expect(it.land.size.partitions).toBe(11)
    it.now += 10_000
    let release = (): void => {}
    const [first = '', second = ''] = ids
    const commit = it.store.commit.bind(it.store)
    it.store.commit = async (asked) => {
      await new Promise<void>((resolve) => (release = resolve))
      return commit(asked)
    }
    const written = it.land.commit([put(first, 'k', 'x', 1)], [])
    await it.land.load([second])
    await it.land.load([B])
    expect([DIRECTORY, first, second, B].map((id) => it.land.view(id) !== undefined)).toEqual([true, true, true, true])
    expect(it.land.size.partitions).toBeLessThan(6)
    release()
    await written
  })
})
