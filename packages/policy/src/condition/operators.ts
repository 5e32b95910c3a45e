/**
 * The condition operators, one row each. `IfExists`, `ForAllValues:` and `ForAnyValue:` are no rows: block.ts applies them
 * to every row alike. A row reads a wanted value once, at compile time, into a test of what a request has.
 */

import { arnPattern, matchArn } from './arns.ts'
import { globOf, matchGlob, sameText } from '../pattern.ts'
import type { Context } from '../request.ts'
import type { KeyType } from './keys.ts'
import { readBool, readBytes, readDate, readNetwork, readNumber, within } from './values.ts'
import { constant, partsOf, template } from './variables.ts'

export type Test = (have: string, context: Context) => boolean

/** What an operator reads values as. */
export type ValueType = KeyType | 'Binary'

export interface ValueOperator {
  readonly asks: 'value'
  readonly takes: ValueType
  /** Holds when none of the wanted values matches, also when the key is absent. */
  readonly negated: boolean
  readonly test: (want: string, variables: boolean) => Test
}

/** `Null`: is the key there at all? */
export interface PresenceOperator {
  readonly asks: 'presence'
}

export type Operator = ValueOperator | PresenceOperator

const text = stringWhere((have, want) => have === want)
const textIgnoringCase = stringWhere(sameText)
const like = value('String', likeTest)
const sameNumber = number((have, want) => order(have, want) === 0)
const arn = value('Arn', arnTest)
const bool = typed('Bool', readBool, (have, want) => have === want)
const network = typed('IpAddress', readNetwork, (have, want) => within(want, have))
const bytes = typed('Binary', readBytes, (have, want) => have === want)

export const OPERATORS = {
  StringEquals: text,
  StringNotEquals: not(text),
  StringEqualsIgnoreCase: textIgnoringCase,
  StringNotEqualsIgnoreCase: not(textIgnoringCase),
  StringLike: like,
  StringNotLike: not(like),
  NumericEquals: sameNumber,
  NumericNotEquals: not(sameNumber),
  NumericLessThan: number((have, want) => have < want),
  NumericLessThanEquals: number((have, want) => have <= want),
  NumericGreaterThan: number((have, want) => have > want),
  NumericGreaterThanEquals: number((have, want) => have >= want),
  DateEquals: date((have, want) => have === want),
  DateNotEquals: not(date((have, want) => have === want)),
  DateLessThan: date((have, want) => have < want),
  DateLessThanEquals: date((have, want) => have <= want),
  DateGreaterThan: date((have, want) => have > want),
  DateGreaterThanEquals: date((have, want) => have >= want),
  Bool: bool,
  BinaryEquals: bytes,
  IpAddress: network,
  NotIpAddress: not(network),
  ArnEquals: arn,
  ArnNotEquals: not(arn),
  ArnLike: arn,
  ArnNotLike: not(arn),
  Null: { asks: 'presence' },
} as const satisfies Record<string, Operator>

export type OperatorName = keyof typeof OPERATORS

function value(takes: ValueType, test: ValueOperator['test']): ValueOperator {
  return { asks: 'value', takes, negated: false, test }
}

function not(operator: ValueOperator): ValueOperator {
  return { ...operator, negated: true }
}

function number(holds: (have: number | bigint, want: number | bigint) => boolean): ValueOperator {
  return typed('Numeric', readNumber, holds)
}

function date(holds: (have: number, want: number) => boolean): ValueOperator {
  return typed('Date', readDate, holds)
}

/** Long whole numbers are read as bigints, and a bigint is never identical to a number. */
function order(one: number | bigint, other: number | bigint): -1 | 0 | 1 {
  if (one < other) return -1
  return one > other ? 1 : 0
}

function never(): boolean {
  return false
}

/** Variables are for text and ARNs: here they are a value that cannot be read. */
function typed<T>(
  takes: ValueType,
  read: (text: string) => T | undefined,
  holds: (have: T, want: T) => boolean,
): ValueOperator {
  return value(takes, (written) => {
    const want = read(written)
    if (want === undefined) return never
    return (have) => {
      const had = read(have)
      return had !== undefined && holds(had, want)
    }
  })
}

function stringWhere(holds: (have: string, want: string) => boolean): ValueOperator {
  return value('String', (written, variables) => {
    const parts = partsOf(written, { variables, wildcards: false })
    const fixed = constant(parts)?.join('')
    if (fixed !== undefined) return (have) => holds(have, fixed)
    const filled = template(parts, (pieces) => pieces.join(''))
    return (have, context) => {
      const want = filled(context)
      return want !== undefined && holds(have, want)
    }
  })
}

function likeTest(written: string, variables: boolean): Test {
  const parts = partsOf(written, { variables, wildcards: true })
  const fixed = constant(parts)
  if (fixed !== undefined) {
    const glob = globOf(fixed)
    return (have) => matchGlob(glob, have)
  }
  const filled = template(parts, globOf)
  return (have, context) => {
    const glob = filled(context)
    return glob !== undefined && matchGlob(glob, have)
  }
}

/** All six segments must be written: a shorter pattern matches no ARN. */
function arnTest(written: string, variables: boolean): Test {
  const pattern = arnPattern(partsOf(written, { variables, wildcards: true }))
  if (pattern.short) return never
  return (have, context) => matchArn(pattern, have, context)
}
