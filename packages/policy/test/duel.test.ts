/**
 * The engine against the reference on random worlds. DUEL_SEED repeats a run, DUEL_CASES makes it longer or shorter;
 * `npm run duel` is for the long ones.
 */

import { expect, test } from 'vitest'
import { foundAt, run, type Mix } from '../../../tools/duel/fight.ts'

const CASES = Number(process.env['DUEL_CASES'] ?? 100_000)
const SEED = Number(process.env['DUEL_SEED'] ?? Date.now() % 1_000_000_007)
/** Mutants die the same without. */
const SMALL = process.env['DUEL_SHRINK'] !== 'no'

const OUTCOMES = [
  'Allowed',
  'ExplicitDeny rcp',
  'ExplicitDeny scp',
  'ExplicitDeny resource',
  'ExplicitDeny trust',
  'ExplicitDeny identity',
  'ExplicitDeny boundary',
  'ExplicitDeny session',
  'ExplicitDeny endpoint',
  'ImplicitDeny scp at r-root',
  'ImplicitDeny scp at ou-1',
  'ImplicitDeny scp at 111111111111',
  'ImplicitDeny resource',
  'ImplicitDeny trust',
  'ImplicitDeny identity',
  'ImplicitDeny boundary',
  'ImplicitDeny session',
  'ImplicitDeny endpoint',
]

test(`engine and reference agree on ${CASES} worlds (DUEL_SEED=${SEED})`, { timeout: 120_000 }, () => {
  const mix: Mix = new Map()
  const turn = run(SEED, { from: 0, to: CASES }, mix)
  if (turn !== undefined)
    expect.fail(`turn ${turn} of DUEL_SEED=${SEED}: ${SMALL ? JSON.stringify(foundAt(SEED, turn)) : ''}`)
  expect([...mix.keys()].toSorted()).toEqual(OUTCOMES.toSorted())
  // Worlds that all end alike would prove nothing.
  for (const [outcome, times] of mix) expect(times, outcome).toBeGreaterThan(CASES / 2_000)
})
