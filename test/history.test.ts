/** The checker of histories: whoever cannot be caught by it would pass, so each kind of wrong is caught here. */

import { describe, expect, test } from 'vitest'
import { Dice } from '../tools/duel/dice.ts'
import { disorder, NO, precedes, type Event } from '../tools/torture/history.ts'

/** One register that may be there: its value, or `undefined`. */
type State = string | undefined
type Register = Event<State>

const RULES = { start: undefined, bound: 100, shown: (state: State) => state ?? '-' }

interface Told {
  readonly node: string
  readonly begun: number
  readonly ended: number
}

const at = (node: string, begun: number, ended: number): Told => ({ node, begun, ended })

function create(value: string, told: Told): Register {
  return { ...told, what: `create ${value}`, isRead: false, step: (state) => (state === undefined ? value : NO) }
}

function update(value: string, told: Told): Register {
  return { ...told, what: `update ${value}`, isRead: false, step: (state) => (state === undefined ? NO : value) }
}

function remove(told: Told): Register {
  return { ...told, what: 'remove', isRead: false, step: (state) => (state === undefined ? NO : undefined) }
}

function read(value: State, told: Told): Register {
  return { ...told, what: `read ${value ?? '-'}`, isRead: true, step: (state) => (state === value ? state : NO) }
}

const MADE = create('a', at('A', 0, 10))

const GOOD: readonly [string, readonly Register[]][] = [
  ['nothing', []],
  ['one after the other', [MADE, read('a', at('A', 20, 30)), update('b', at('A', 40, 50)), read('b', at('A', 60, 70))]],
  ['a write that is read before it is answered', [create('a', at('A', 0, 100)), read('a', at('A', 20, 30))]],
  [
    'a write that is not yet read while it is under way',
    [create('a', at('A', 0, 100)), read(undefined, at('A', 20, 30))],
  ],
  [
    'two writes at once, in the order that the reads want',
    [MADE, update('b', at('A', 20, 60)), update('c', at('A', 20, 60)), read('b', at('A', 70, 80))],
  ],
  ['another node that is late, within the bound', [MADE, read(undefined, at('B', 60, 70))]],
  [
    'an update without an answer that happened',
    [MADE, update('b', at('A', 20, Infinity)), read('b', at('A', 500, 510))],
  ],
  [
    'an update without an answer that did not',
    [MADE, update('b', at('A', 20, Infinity)), read('a', at('A', 500, 510))],
  ],
  [
    'an update without an answer that happens late',
    [MADE, update('b', at('A', 20, Infinity)), read('a', at('A', 500, 510)), read('b', at('A', 600, 610))],
  ],
  [
    'two creations with a removal between them',
    [MADE, remove(at('B', 20, 30)), create('b', at('C', 40, 50)), read('b', at('C', 60, 70))],
  ],
  [
    'two nodes that see the same writes at different times',
    [
      MADE,
      update('b', at('A', 200, 210)),
      read('b', at('A', 220, 230)),
      read('a', at('B', 250, 260)),
      read('b', at('B', 320, 330)),
    ],
  ],
]

const BAD: readonly [string, readonly Register[]][] = [
  ['an update that is lost', [MADE, update('b', at('A', 20, 30)), read('a', at('A', 40, 50))]],
  [
    'an update that is lost at once, and found later',
    [MADE, read(undefined, at('A', 20, 30)), read('a', at('A', 40, 50))],
  ],
  ['an update that another node never hears of', [MADE, update('b', at('A', 200, 210)), read('a', at('B', 320, 330))]],
  ['two creations of one name', [MADE, create('b', at('B', 20, 30))]],
  ['two creations of one name at once', [create('a', at('A', 0, 100)), create('b', at('B', 0, 100))]],
  ['two removals of one thing', [MADE, remove(at('A', 20, 60)), remove(at('B', 20, 60))]],
  ['an update of what was removed', [MADE, remove(at('A', 20, 30)), update('b', at('B', 40, 50))]],
  [
    'what was removed is back',
    [MADE, remove(at('A', 20, 30)), read(undefined, at('A', 40, 50)), read('a', at('A', 60, 70))],
  ],
  ['a value that nobody wrote', [MADE, read('b', at('A', 20, 30))]],
  ['a value from the future', [MADE, read('b', at('A', 20, 30)), update('b', at('A', 40, 50))]],
  [
    'a node that takes back what it has shown',
    [MADE, update('b', at('A', 200, 210)), read('b', at('B', 220, 230)), read('a', at('B', 240, 250))],
  ],
  [
    'a node that does not see what it wrote itself, though others may not yet',
    [MADE, update('b', at('B', 200, 210)), read('a', at('B', 220, 230))],
  ],
  [
    'two reads that want two orders',
    [
      MADE,
      update('b', at('A', 20, 60)),
      update('c', at('A', 20, 60)),
      read('b', at('A', 70, 80)),
      read('c', at('A', 90, 95)),
      read('b', at('A', 97, 99)),
    ],
  ],
  [
    'an update without an answer that happened twice',
    [
      MADE,
      update('b', at('A', 20, Infinity)),
      read('b', at('A', 30, 40)),
      update('c', at('A', 50, 60)),
      read('b', at('A', 70, 80)),
    ],
  ],
]

test.each(GOOD)('%s has an order', (_what, events) => {
  expect(disorder(events, RULES)).toBeUndefined()
})

test.each(BAD)('%s has none', (_what, events) => {
  expect(disorder(events, RULES)).toMatch(/and then none goes on/)
})

describe('on small histories at random', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

  test(`it says what trying every order says (SEED=${seed})`, () => {
    const verdicts = { good: 0, bad: 0 }
    for (let turn = 0; turn < 3000; turn += 1) {
      const events = someEvents(new Dice(seed, turn))
      const isGood = disorder(events, RULES) === undefined
      expect({ turn, isGood }).toEqual({ turn, isGood: isGoodByForce(events) })
      verdicts[isGood ? 'good' : 'bad'] += 1
    }
    expect(verdicts.good).toBeGreaterThan(300)
    expect(verdicts.bad).toBeGreaterThan(300)
  })

  function someEvents(dice: Dice): readonly Register[] {
    const values = ['a', 'b']
    return dice.many(2, 6, () => {
      const begun = dice.below(300)
      const told = at(dice.one(['A', 'B']), begun, dice.chance(0.1) ? Infinity : begun + 1 + dice.below(150))
      const kind = dice.below(5)
      if (kind === 0) return create(dice.one(values), told)
      if (kind === 1) return update(dice.one(values), told)
      if (kind === 2) return remove(told)
      // a read without an answer says nothing
      return read(dice.chance(0.3) ? undefined : dice.one(values), { ...told, ended: Math.min(told.ended, begun + 50) })
    })
  }

  /** Every order of every choice of what may have happened, node by node. */
  function isGoodByForce(events: readonly Register[]): boolean {
    const nodes = new Set(events.filter(({ isRead }) => isRead).map(({ node }) => node))
    return [...(nodes.size === 0 ? ['none'] : nodes)].every((reader) =>
      canFinish(
        events.filter(({ isRead, node }) => !isRead || node === reader),
        undefined,
      ),
    )
  }

  function canFinish(left: readonly Register[], state: State): boolean {
    if (left.every(({ ended }) => ended === Infinity)) return true
    return left.some((event) => {
      const others = left.filter((other) => other !== event)
      if (others.some((other) => precedes(other, event, RULES.bound))) return false
      const next = event.step(state)
      return next !== NO && canFinish(others, next)
    })
  }
})

test('a long history of many callers at once is judged in a moment', () => {
  const dice = new Dice(1, 1)
  let state: State
  const events = Array.from({ length: 600 }, (_, turn): Register => {
    // each takes effect at its turn, and may have been under way for twelve turns around it
    const told = at(dice.one(['A', 'B', 'C']), turn * 10 - dice.below(60), turn * 10 + dice.below(60))
    if (dice.chance(0.5)) return read(state, told)
    const value = `v${turn}`
    const made = state === undefined ? create(value, told) : dice.chance(0.2) ? remove(told) : update(value, told)
    state = made.what === 'remove' ? undefined : value
    return made
  })
  expect(disorder(events, { ...RULES, bound: 0 })).toBeUndefined()
  expect(disorder(events, { ...RULES, bound: 2000 })).toBeUndefined()
})
