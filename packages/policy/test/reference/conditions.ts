/**
 * The Condition block: operators AND, keys AND, values OR. (UG reference_policies_elements_condition_operators,
 * reference_policies_condition-logic-multiple-context-keys-or-values)
 */

import { arnMatches, literal, matches, substitute, wild, type Reading } from './matching.ts'
import type { Json } from './world.ts'
import { bool, bytes, compare, date, decimal, inRange, range, type Decimal } from './values.ts'

/** Does the value of the request match one value of the policy? */
type Matching = (wanted: string, had: string, reading: Reading) => boolean

const equal: Matching = (wanted, had, reading) => {
  const letters = substitute(wanted, reading, literal)
  return letters !== 'unresolved' && matches(letters, had)
}
const equalIgnoringCase: Matching = (wanted, had, reading) => {
  const letters = substitute(wanted, reading, literal)
  if (letters === 'unresolved') return false
  const text = letters.map((letter) => (typeof letter === 'object' ? letter.is : '')).join('')
  return text.toLowerCase() === had.toLowerCase()
}
const like: Matching = (wanted, had, reading) => {
  const letters = substitute(wanted, reading, wild)
  return letters !== 'unresolved' && matches(letters, had)
}
const arnLike: Matching = (wanted, had, reading) => arnMatches(wanted, had, reading, false)

const MATCHING: Readonly<Record<string, Matching>> = {
  stringequals: equal,
  stringequalsignorecase: equalIgnoringCase,
  stringlike: like,
  arnequals: arnLike,
  arnlike: arnLike,
  bool: read(bool, (had, wanted) => had === wanted),
  binaryequals: read(bytes, (had, wanted) => had === wanted),
  ipaddress: read(range, inRange),
  ...ordered('numeric', decimal),
  ...ordered('date', date),
}

/** Each negated operator with the one that it negates. BinaryNotEquals does not exist. */
const NEGATED: Readonly<Record<string, string>> = {
  stringnotequals: 'stringequals',
  stringnotequalsignorecase: 'stringequalsignorecase',
  stringnotlike: 'stringlike',
  arnnotequals: 'arnequals',
  arnnotlike: 'arnlike',
  notipaddress: 'ipaddress',
  numericnotequals: 'numericequals',
  datenotequals: 'dateequals',
}

function read<T>(reader: (text: string) => T | undefined, holds: (had: T, wanted: T) => boolean): Matching {
  return (wanted, had) => {
    const [one, other] = [reader(had), reader(wanted)]
    return one !== undefined && other !== undefined && holds(one, other)
  }
}

function ordered(family: string, reader: (text: string) => Decimal | undefined): Record<string, Matching> {
  return {
    [`${family}equals`]: read(reader, (had, wanted) => compare(had, wanted) === 0),
    [`${family}lessthan`]: read(reader, (had, wanted) => compare(had, wanted) < 0),
    [`${family}lessthanequals`]: read(reader, (had, wanted) => compare(had, wanted) <= 0),
    [`${family}greaterthan`]: read(reader, (had, wanted) => compare(had, wanted) > 0),
    [`${family}greaterthanequals`]: read(reader, (had, wanted) => compare(had, wanted) >= 0),
  }
}

interface Operator {
  readonly every: boolean
  readonly some: boolean
  readonly ifExists: boolean
  readonly negated: boolean
  readonly matching: Matching | 'null'
}

export function operator(written: string): Operator | undefined {
  const [, set = '', name = '', ifExists = ''] =
    /^(forallvalues:|foranyvalue:)?(.*?)(ifexists)?$/.exec(written.toLowerCase()) ?? []
  if (name === 'null') {
    if (set + ifExists !== '') return undefined
    return { every: false, some: false, ifExists: false, negated: false, matching: 'null' }
  }
  const base = NEGATED[name]
  const matching = MATCHING[base ?? name]
  if (matching === undefined) return undefined
  const flags = { every: set === 'forallvalues:', some: set === 'foranyvalue:', ifExists: ifExists !== '' }
  return { ...flags, negated: base !== undefined, matching }
}

export function conditionsHold(block: Json, reading: Reading): boolean {
  return Object.entries(block).every(([written, keys]) =>
    Object.entries(keys as Json).every(([key, wanted]) => lineHolds(operator(written), key, list(wanted), reading)),
  )
}

function lineHolds(how: Operator | undefined, key: string, wanted: readonly string[], reading: Reading): boolean {
  if (how === undefined) return false
  const given = reading.values.get(key.toLowerCase())
  const had = given === undefined ? [] : typeof given === 'string' ? [given] : given
  const { matching } = how
  if (matching === 'null') return wanted.some((text) => bool(text) === (had.length === 0))
  if (had.length === 0) return how.ifExists || how.every || (how.negated && !how.some)
  const one = (value: string): boolean => {
    const found = wanted.some((text) => matching(text, value, reading))
    return how.negated ? !found : found
  }
  if (how.every) return had.every(one)
  if (how.some) return had.some(one)
  // [I] fact 74: a key with several values needs a set operator.
  return typeof given === 'string' && one(given)
}

/** One value or a list of them, as texts. */
export function list(given: unknown): readonly string[] {
  return (Array.isArray(given) ? given : [given]).map(String)
}
