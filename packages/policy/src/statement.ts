/** Does one statement speak to this request? Its Action has matched already (match/action.ts); here the rest. */

import { conditionOf, type Condition } from './condition/block.ts'
import type { Effect, PolicyKind, Statement, Version } from './document.ts'
import { naming, principalSet, spares, type Naming, type PrincipalSet } from './match/principal.ts'
import { resourceTest, type ResourceTest } from './match/resource.ts'
import type { Request } from './request.ts'

/** A statement ready to run. */
export interface Rule {
  readonly index: number
  readonly effect: Effect
  readonly statement: Statement
  readonly principal: PrincipalSet | undefined
  readonly notPrincipal: PrincipalSet | undefined
  readonly covers: ResourceTest
  readonly conditions: readonly Condition[]
}

/** What is asked of a statement. */
export interface Asked {
  readonly request: Request
  /** The caller has a permissions boundary. */
  readonly bounded: boolean
}

export function ruleOf(statement: Statement, index: number, kind: PolicyKind, version: Version): Rule {
  const variables = version === '2012-10-17'
  return {
    index,
    effect: statement.effect,
    statement,
    principal: principalOf(statement, kind),
    notPrincipal: statement.notPrincipal && principalSet(statement.notPrincipal),
    covers: resourceTest(statement, kind, variables),
    conditions: statement.conditions.map((line) => conditionOf(line, variables)),
  }
}

/** A policy on a resource must say to whom. The parser sees to that; where it was not asked, the doubt refuses. */
function principalOf({ principal, notPrincipal, effect }: Statement, kind: PolicyKind): PrincipalSet | undefined {
  if (principal !== undefined) return principalSet(principal)
  if (notPrincipal !== undefined || OWNED.has(kind)) return undefined
  return principalSet({ everyone: effect === 'Deny', by: {} })
}

/** Kinds of policy that are about whoever has them. */
const OWNED: ReadonlySet<PolicyKind> = new Set(['identity', 'boundary', 'session', 'scp'])

/** How the statement names the caller if it speaks; nothing if it does not. Identity policies name their owner: `self`. */
export function speaks(rule: Rule, asked: Asked): Naming | undefined {
  const named = names(rule, asked)
  const { resource, context } = asked.request
  if (named === undefined || !rule.covers(resource, context)) return undefined
  for (const condition of rule.conditions) if (!condition.holds(context)) return undefined
  return named
}

/** How the statement's principal names the caller, whatever else it asks. */
export function names({ effect, principal, notPrincipal }: Rule, { request, bounded }: Asked): Naming | undefined {
  if (principal !== undefined) return naming(principal, request.caller)
  if (notPrincipal === undefined) return 'self'
  if (effect === 'Allow') return undefined
  // A NotPrincipal hits whoever has a boundary, listed or not (UG access_policies_boundaries).
  return !bounded && spares(notPrincipal, request.caller) ? undefined : 'self'
}
