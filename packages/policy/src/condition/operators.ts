/**
 * The condition operators, one row each. `IfExists`, `ForAllValues:` and `ForAnyValue:` are no rows: block.ts applies them
 * to every row alike. A row reads a wanted value once, at compile time, into a test of what a request has.
 */

import { arnPattern, matchArn } from './arns.ts'
import { splitArn } from '../arn.ts'
import { globOf, matchGlob, sameText } from '../pattern.ts'
import type { Context } from '../request.ts'
import { readBool, readBytes, readDate, readNetwork, readNumber, within } from './values.ts'
import { constant, fill, fillText, partsOf } from './variables.ts'

export type Test = (have: string, context: Context) => boolean

export interface ValueOperator {
  readonly asks: 'value'
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
const like = value(likeTest)
const arn = value(arnTest)
const bool = typed(readBool, (have, want) => have === want)
const network = typed(readNetwork, (have, want) => within(want, have))
const bytes = typed(readBytes, (have, want) => have === want)

export const OPERATORS = {
  StringEquals: text,
  StringNotEquals: not(text),
  StringEqualsIgnoreCase: textIgnoringCase,
  StringNotEqualsIgnoreCase: not(textIgnoringCase),
  StringLike: like,
  StringNotLike: not(like),
  NumericEquals: number((have, want) => have === want),
  NumericNotEquals: not(number((have, want) => have === want)),
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

function value(test: ValueOperator['test']): ValueOperator {
  return { asks: 'value', negated: false, test }
}

function not(operator: ValueOperator): ValueOperator {
  return { ...operator, negated: true }
}

function number(holds: (have: number, want: number) => boolean): ValueOperator {
  return typed(readNumber, holds)
}

function date(holds: (have: number, want: number) => boolean): ValueOperator {
  return typed(readDate, holds)
}

function never(): boolean {
  return false
}

/** Variables are for text and ARNs: here they are a value that cannot be read. */
function typed<T>(read: (text: string) => T | undefined, holds: (have: T, want: T) => boolean): ValueOperator {
  return value((written) => {
    const want = read(written)
    if (want === undefined) return never
    return (have) => {
      const had = read(have)
      return had !== undefined && holds(had, want)
    }
  })
}

function stringWhere(holds: (have: string, want: string) => boolean): ValueOperator {
  return value((written, variables) => {
    const parts = partsOf(written, { variables, wildcards: false })
    const fixed = constant(parts)?.join('')
    if (fixed !== undefined) return (have) => holds(have, fixed)
    return (have, context) => {
      const want = fillText(parts, context)
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
  return (have, context) => {
    const pieces = fill(parts, context)
    return pieces !== undefined && matchGlob(globOf(pieces), have)
  }
}

/** All six segments must be written: a shorter pattern matches no ARN. */
function arnTest(written: string, variables: boolean): Test {
  const pattern = arnPattern(partsOf(written, { variables, wildcards: true }))
  if (pattern.short) return never
  return (have, context) => {
    const segments = splitArn(have)
    return segments !== undefined && matchArn(pattern, segments, context)
  }
}
