/**
 * What is odd about a document that parses: actions and condition keys that there are not, operators that do not fit the
 * key. AWS saves such a policy, and it does not do what its author means. Needs AWS's tables; the parser does not.
 */

import { readOperator } from './condition/block.ts'
import { globalKey, type ConditionKey, type KeyType } from './condition/keys.ts'
import type { ValueType } from './condition/operators.ts'
import type { ConditionLine, Document, Statement } from './document.ts'
import { globMatches } from './pattern.ts'
import type { AuthorizationReference } from './reference.ts'

export type LintCode =
  | 'UnknownService'
  | 'UnknownAction'
  | 'UnknownOperator'
  | 'UnknownConditionKey'
  /** The operator reads values as another type than the key's. */
  | 'OperatorMismatch'
  /** The key has several values: without `ForAllValues:` or `ForAnyValue:` the line never holds. */
  | 'SetOperatorMissing'
  /** The key has one value. */
  | 'SetOperatorNeedless'

export interface LintFinding {
  readonly code: LintCode
  /** `Statement[2].Condition.StringLike.aws:SourceArn`. */
  readonly path: string
  /** What was found, and what would help. */
  readonly message: string
}

export function lint(document: Document, reference: AuthorizationReference): readonly LintFinding[] {
  return document.statements.flatMap((statement, i) => [
    ...actionFindings(statement, `Statement[${i}]`, reference),
    ...statement.conditions.flatMap((line) =>
      lineFindings(line, `Statement[${i}].Condition.${line.operator}.${line.key}`, reference),
    ),
  ])
}

function actionFindings(statement: Statement, at: string, reference: AuthorizationReference): readonly LintFinding[] {
  const path = `${at}.${statement.actions === undefined ? 'NotAction' : 'Action'}`
  return (statement.actions ?? statement.notActions ?? []).flatMap((action): readonly LintFinding[] => {
    const colon = action.indexOf(':')
    const service = action.slice(0, colon).toLowerCase()
    if (colon === -1 || isPattern(service)) return []
    const names = reference.actionsOf(service)
    if (names === undefined) return [{ code: 'UnknownService', path, message: `there is no service \`${service}\`` }]
    const pattern = action.slice(colon + 1).toLowerCase()
    if (names.some((name) => globMatches(pattern, name.toLowerCase()))) return []
    return [{ code: 'UnknownAction', path, message: `\`${action}\` matches no action of \`${service}\`` }]
  })
}

function lineFindings(line: ConditionLine, path: string, reference: AuthorizationReference): readonly LintFinding[] {
  const reading = readOperator(line.operator)
  if (reading === undefined) {
    return [{ code: 'UnknownOperator', path, message: `there is no operator \`${line.operator}\`` }]
  }
  const key = globalKey(line.key) ?? reference.conditionKey(line.key)
  if (key === undefined) return isProviders(line.key) ? [] : [unknownKey(line.key, path)]
  if (reading.operator.asks === 'presence') return []
  return [...typeFindings(reading.operator.takes, key, path), ...setFindings(reading.set, key, path)]
}

function unknownKey(key: string, path: string): LintFinding {
  return { code: 'UnknownConditionKey', path, message: `there is no condition key \`${key}\`` }
}

function typeFindings(takes: ValueType, { name, type }: ConditionKey, path: string): readonly LintFinding[] {
  if (FITS[type].includes(takes) || (takes === 'Numeric' && name === 'aws:EpochTime')) return []
  const message = `\`${name}\` is of type ${type}: the operator reads ${takes} and does not fit it`
  return [{ code: 'OperatorMismatch', path, message }]
}

function setFindings(set: 'all' | 'any' | undefined, key: ConditionKey, path: string): readonly LintFinding[] {
  if (key.multivalued === true && set === undefined) {
    const message = `\`${key.name}\` has several values: put \`ForAnyValue:\` or \`ForAllValues:\` before the operator`
    return [{ code: 'SetOperatorMissing', path, message }]
  }
  if (key.multivalued === true || set === undefined) return []
  return [{ code: 'SetOperatorNeedless', path, message: `\`${key.name}\` has one value: leave out the set operator` }]
}

/** Which operators read a key of a type as what it is. Text fits ARNs, and the tables list some ARNs as text. */
const FITS: Readonly<Record<KeyType, readonly ValueType[]>> = {
  String: ['String', 'Arn', 'Binary'],
  Arn: ['Arn', 'String'],
  Bool: ['Bool'],
  Date: ['Date'],
  Numeric: ['Numeric'],
  IpAddress: ['IpAddress'],
}

/** Keys of an identity provider are its own affair: `idp.example.com:aud`. */
function isProviders(key: string): boolean {
  return key.slice(0, key.indexOf(':')).includes('.')
}

function isPattern(text: string): boolean {
  return text.includes('*') || text.includes('?')
}
