/** One line of a Condition block against a request: the operator's prefix and suffix, absent keys, several values. */

import type { ConditionLine } from '../document.ts'
import type { Context } from '../request.ts'
import { OPERATORS, type Operator, type Test } from './operators.ts'
import { readBool } from './values.ts'

export interface Condition {
  readonly line: ConditionLine
  readonly holds: (context: Context) => boolean
}

export interface OperatorReading {
  readonly operator: Operator
  readonly ifExists: boolean
  readonly set?: 'all' | 'any' | undefined
}

const byName: ReadonlyMap<string, Operator> = new Map(
  Object.entries(OPERATORS).map(([name, operator]) => [name.toLowerCase(), operator]),
)
const ALL = 'forallvalues:'
const SOME = 'foranyvalue:'
const IF_EXISTS = 'ifexists'

/** `ForAnyValue:StringLikeIfExists` taken apart, in any case; nothing when there is no such operator. */
export function readOperator(written: string): OperatorReading | undefined {
  const name = written.toLowerCase()
  const set = setOf(name)
  const rest = set === undefined ? name : name.slice(name.indexOf(':') + 1)
  const ifExists = rest.endsWith(IF_EXISTS)
  const operator = byName.get(ifExists ? rest.slice(0, -IF_EXISTS.length) : rest)
  if (operator === undefined) return undefined
  if (operator.asks === 'presence' && (ifExists || set !== undefined)) return undefined
  return set === undefined ? { operator, ifExists } : { operator, ifExists, set }
}

/** An operator that does not exist never holds; the parser refuses such documents anyway. */
export function conditionOf(line: ConditionLine, variables: boolean): Condition {
  const reading = readOperator(line.operator)
  if (reading === undefined) return { line, holds: () => false }
  const key = line.key.toLowerCase()
  const { operator } = reading
  if (operator.asks === 'presence') return { line, holds: presence(line.values, key) }
  const wanted: Wanted = {
    negated: operator.negated,
    tests: line.values.map((want) => operator.test(want, variables)),
    set: reading.set,
    absent: holdsAbsent(operator.negated, reading),
  }
  return { line, holds: (context) => holdsFor(context.get(key), wanted, context) }
}

interface Wanted {
  readonly negated: boolean
  readonly tests: readonly Test[]
  readonly set: OperatorReading['set']
  /** Whether the line holds where the key is absent. */
  readonly absent: boolean
}

function holdsFor(had: string | readonly string[] | undefined, wanted: Wanted, context: Context): boolean {
  if (had === undefined) return wanted.absent
  if (typeof had === 'string') return holdsOf(had, wanted, context)
  if (had.length === 0) return wanted.absent
  // A key with several values needs a set operator: without one the line does not hold, negated or not.
  if (wanted.set === undefined) return false
  const all = wanted.set === 'all'
  for (const have of had) if (holdsOf(have, wanted, context) !== all) return !all
  return all
}

function holdsOf(have: string, { tests, negated }: Wanted, context: Context): boolean {
  for (const test of tests) if (test(have, context)) return !negated
  return negated
}

function holdsAbsent(negated: boolean, { ifExists, set }: OperatorReading): boolean {
  return ifExists || set === 'all' || (set === undefined && negated)
}

function presence(values: readonly string[], key: string): Condition['holds'] {
  const wanted = values.map(readBool)
  return (context) => {
    const had = context.get(key)
    const absent = had === undefined || (typeof had !== 'string' && had.length === 0)
    return wanted.includes(absent)
  }
}

function setOf(name: string): 'all' | 'any' | undefined {
  if (name.startsWith(ALL)) return 'all'
  return name.startsWith(SOME) ? 'any' : undefined
}
