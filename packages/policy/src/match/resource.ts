/** Does a statement's Resource or NotResource cover what the request is about? */

import { partsOf } from '../condition/variables.ts'
import type { PolicyKind, Statement } from '../document.ts'
import type { Context } from '../request.ts'
import { arnPattern, matchArn } from '../condition/arns.ts'

/** `resource` is an ARN, or `*`. */
export type ResourceTest = (resource: string, context: Context) => boolean

export function resourceTest(statement: Statement, kind: PolicyKind, variables: boolean): ResourceTest {
  if (statement.resources !== undefined) return anyOf(statement.resources, kind, variables)
  if (statement.notResources !== undefined) {
    const listed = anyOf(statement.notResources, kind, variables)
    return (resource, context) => !listed(resource, context)
  }
  // A trust policy is about its own role and says no more; anywhere else a statement without resources is about nothing.
  return () => kind === 'trust'
}

function anyOf(patterns: readonly string[], kind: PolicyKind, variables: boolean): ResourceTest {
  const tests = patterns.map((pattern) => one(pattern, kind, variables))
  const [only] = tests
  if (tests.length === 1 && only !== undefined) return only
  return (resource, context) => {
    for (const test of tests) if (test(resource, context)) return true
    return false
  }
}

/** An action without a resource of its own (`*`) is covered by `*` alone, never by an ARN. */
function one(written: string, kind: PolicyKind, variables: boolean): ResourceTest {
  if (/^\*+$/.test(written)) return () => true
  const pattern = arnPattern(partsOf(written, { variables, wildcards: true }))
  if (pattern.variableEarly || (pattern.short && !SHORT_COUNTS[kind](written))) return () => false
  return (resource, context) => matchArn(pattern, resource, context)
}

// [I] Whether a pattern of fewer than six segments, `arn:aws:sqs`, stands for all that begins so. Seen in one source only.
const always = (): boolean => true
const withStar = (pattern: string): boolean => pattern.includes('*')
const endingInStar = (pattern: string): boolean => pattern.endsWith('*')
const SHORT_COUNTS: Readonly<Record<PolicyKind, (pattern: string) => boolean>> = {
  identity: always,
  boundary: always,
  session: always,
  resource: withStar,
  endpoint: withStar,
  trust: withStar,
  scp: endingInStar,
  rcp: () => false,
}
