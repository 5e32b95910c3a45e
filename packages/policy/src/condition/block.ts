/** One line of a Condition block against a request: the operator's prefix and suffix, absent keys, several values. */

import type { ConditionLine } from '../document.ts'
import type { Context } from '../request.ts'
import { OPERATORS, type Operator, type Test, type ValueOperator } from './operators.ts'
import { readBool } from './values.ts'

export interface Condition {
  readonly line: ConditionLine
  readonly holds: (context: Context) => boolean
}

export interface OperatorReading {
  readonly operator: Operator
  readonly ifExists: boolean
  readonly set?: 'all' | 'any'
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
  const tests = line.values.map((want) => operator.test(want, variables))
  return { line, holds: (context) => holdsFor(context.get(key), { operator, tests, reading }, context) }
}

interface Wanted {
  readonly operator: ValueOperator
  readonly tests: readonly Test[]
  readonly reading: OperatorReading
}

function holdsFor(had: string | readonly string[] | undefined, wanted: Wanted, context: Context): boolean {
  const { operator, tests, reading } = wanted
  if (had === undefined || (had.length === 0 && typeof had !== 'string')) return holdsAbsent(wanted)
  const holds = (have: string): boolean => operator.negated !== tests.some((test) => test(have, context))
  const values = typeof had === 'string' ? [had] : had
  if (reading.set === 'all') return values.every(holds)
  if (reading.set === 'any') return values.some(holds)
  // A key with several values needs a set operator: without one the line does not hold, negated or not.
  return typeof had === 'string' && holds(had)
}

function holdsAbsent({ operator, reading }: Wanted): boolean {
  if (reading.ifExists || reading.set === 'all') return true
  return reading.set === undefined && operator.negated
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
