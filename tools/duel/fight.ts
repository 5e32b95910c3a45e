/** One case put to both: the engine, and the reference that shares no code with it. */

import { decide, Library, readCase, type Decision, type PolicyCase } from '../../packages/policy/src/index.ts'
import { evaluate, type Verdict } from '../../packages/policy/test/reference/evaluate.ts'
import { Dice } from './dice.ts'
import { shrunk } from './shrink.ts'
import { askedAgain, worldOf, type Whole } from './worlds.ts'

export interface Outcome {
  readonly engine: string
  readonly reference: string
}

/** How often each outcome came: `ImplicitDeny scp`. */
export type Mix = Map<string, number>

export function fight(world: Whole): Outcome {
  const asked: PolicyCase = { id: '', description: '', expected: 'Allowed', ...world }
  return { engine: attempt(() => engineSays(asked)), reference: spelled(evaluate(asked)) }
}

/** Each world is asked so many times in a row. */
const TIMES = 4

/** The world of one turn, which a seed and the turn's number make again. */
export function caseOf(seed: number, turn: number): Whole {
  const time = turn % TIMES
  const world = worldOf(new Dice(seed, turn - time))
  return time === 0 ? world : askedAgain(world, new Dice(seed, turn))
}

/** A run over the turns from `from` to below `to`; stops at the first difference and gives its turn. */
export function run(
  seed: number,
  { from, to }: { readonly from: number; readonly to: number },
  mix: Mix,
): number | undefined {
  for (let turn = from; turn < to; turn++) {
    const { engine, reference } = fight(caseOf(seed, turn))
    if (engine !== reference) return turn
    mix.set(engine, (mix.get(engine) ?? 0) + 1)
  }
  return undefined
}

/** The difference of a turn made small, in the form of cases/decisions; `expected` is what the reference says. */
export function foundAt(seed: number, turn: number): PolicyCase {
  const world = caseOf(seed, turn)
  const threw = fight(world).engine.startsWith(THREW)
  const small = shrunk(world, (smaller) => {
    const { engine, reference } = fight(smaller)
    return engine !== reference && engine.startsWith(THREW) === threw
  })
  const { engine, reference } = fight(small)
  const [verdict = ''] = reference.split(' ')
  const found = { id: `duel-${seed}-${turn}`, description: `engine: ${engine}; reference: ${reference}` }
  // The reference's verdicts are those of the cases.
  return { ...found, ...small, expected: verdict as PolicyCase['expected'] }
}

/** Hardly a policy comes twice. */
const library = new Library(100)

function engineSays(asked: PolicyCase): string {
  const { request, bearing } = readCase(asked, library)
  return said(decide(request, bearing))
}

function said({ reason }: Decision): string {
  if (reason.code === 'Allowed' || reason.code === 'AlwaysAllowed') return 'Allowed'
  const level = reason.code === 'ImplicitDeny' ? reason.level : undefined
  return spelled({ verdict: reason.code, layer: reason.layer, ...(level !== undefined && { level }) })
}

/** An explicit deny is not told by its level: the engine names the statement instead. */
function spelled({ verdict, layer, level }: Verdict): string {
  const place = verdict === 'ImplicitDeny' && level !== undefined ? ` at ${level}` : ''
  return layer === undefined ? verdict : `${verdict} ${layer}${place}`
}

function attempt(say: () => string): string {
  try {
    return say()
  } catch (error) {
    return THREW + String(error)
  }
}

const THREW = 'threw '
