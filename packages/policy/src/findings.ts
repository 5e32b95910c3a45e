/** What every bench of a decision said, statement by statement: worked out only when somebody asks. */

import type { Attached } from './layers.ts'
import type { Finding, StatementRef, Miss } from './reason.ts'
import { names, speaks, type Asked, type Rule } from './statement.ts'
import { refTo, type Bench } from './weigh.ts'

export function findingsOf(benches: readonly Bench[], asked: Asked): readonly Finding[] {
  return benches.map((bench) => findingOf(bench, asked))
}

function findingOf(bench: Bench, asked: Asked): Finding {
  const heard = bench.policies.flatMap((policy) => policy.policy.about(asked.action).map((rule) => ({ policy, rule })))
  const spoke = heard.filter(({ rule }) => speaks(rule, asked) !== undefined)
  return {
    layer: bench.as,
    ...(bench.level !== undefined && { level: bench.level }),
    effect: effectOf(
      bench,
      spoke.map(({ rule }) => rule),
    ),
    spoke: spoke.map(({ policy, rule }) => refTo(policy, rule)),
    missed: heard.flatMap(({ policy, rule }) => missedBy(policy, rule, asked)),
  }
}

/** RCPs only deny: AWS's own full-access RCP is on every entity and cannot be taken off. */
function effectOf({ layer }: Bench, spoke: readonly Rule[]): Finding['effect'] {
  if (spoke.some((rule) => rule.effect === 'Deny')) return 'ExplicitDeny'
  return layer === 'rcp' || spoke.length > 0 ? 'Allow' : 'ImplicitDeny'
}

function missedBy(policy: Attached, rule: Rule, asked: Asked): readonly (StatementRef & { readonly miss: Miss })[] {
  const miss = missOf(rule, asked)
  return miss === undefined ? [] : [{ ...refTo(policy, rule), miss }]
}

/** The first element that fails; nothing when none does. */
function missOf(rule: Rule, asked: Asked): Miss | undefined {
  const { context } = asked.request
  if (names(rule, asked) === undefined) return { element: 'Principal' }
  if (!rule.covers(asked.arn, context)) return { element: 'Resource' }
  const failed = rule.conditions.find((condition) => !condition.holds(context))
  if (failed === undefined) return undefined
  const { operator, key, values } = failed.line
  return { element: 'Condition', operator, key, wanted: values, had: context.get(key.toLowerCase()) }
}
