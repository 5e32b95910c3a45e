import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Turns } from '../src/turns.ts'

test('of calls at one thing each waits until the one before it is over', async () => {
  const turns = new Turns()
  const said: string[] = []
  const [one, two, other] = [turns.begin(), turns.begin(), turns.begin()]
  await one.take(['a'])
  const second = two.take(['a']).then(() => said.push('two'))
  await other.take(['b']).then(() => said.push('other'))
  expect(said).toEqual(['other'])
  one.leave()
  await second
  expect(said).toEqual(['other', 'two'])
})

test('calls at many things all come to their end, and never two are at one thing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }), { maxLength: 12 }),
      async (calls) => {
        const turns = new Turns()
        const there = new Set<string>()
        const ends = calls.map(async (names) => {
          const own = turns.begin()
          await own.take(names)
          const things = new Set(names)
          for (const name of things) expect(there.has(name)).toBe(false)
          for (const name of things) there.add(name)
          await new Promise((resolve) => setImmediate(resolve))
          for (const name of things) there.delete(name)
          own.leave()
        })
        await Promise.all(ends)
        expect(there.size).toBe(0)
      },
    ),
  )
})

test('a call that leaves twice, or took nothing, keeps nobody', async () => {
  const turns = new Turns()
  const one = turns.begin()
  one.leave()
  await one.take(['a', 'a'])
  one.leave()
  one.leave()
  await turns.begin().take(['a'])
})
