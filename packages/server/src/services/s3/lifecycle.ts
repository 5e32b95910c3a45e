/** A bucket's lifecycle rules: kept and told again. Nothing expires by them and nothing moves to another storage class. */

import type { Call } from '../../call.ts'
import type { Input } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { checkRules, type Rule } from './lifecycle-rules.ts'
import { malformedXml, setting } from './setting.ts'

const MINIMUM_SIZES = ['all_storage_classes_128K', 'varies_by_storage_class'] as const
type MinimumSize = (typeof MINIMUM_SIZES)[number]

interface Kept {
  /** As plain data: dates are texts. */
  readonly rules: readonly unknown[]
  readonly size: MinimumSize
}

export const lifecycle = setting({
  sub: 'lifecycle',
  get: 's3:GetBucketLifecycleConfiguration',
  put: 's3:PutBucketLifecycleConfiguration',
  remove: 's3:DeleteBucketLifecycle',
  reads: 's3:GetLifecycleConfiguration',
  writes: 's3:PutLifecycleConfiguration',
  refusals: ['InvalidArgument', 'InvalidRequest', 'MalformedXML'],
  fresh: { code: 'NoSuchLifecycleConfiguration', message: 'The lifecycle configuration does not exist' },
  given(input: Input<'s3:PutBucketLifecycleConfiguration'>, _owned, call): Kept {
    const { LifecycleConfiguration, TransitionDefaultMinimumObjectSize: given = MINIMUM_SIZES[0] } = input
    const size = MINIMUM_SIZES.find((one) => one === given)
    if (LifecycleConfiguration === undefined || size === undefined) throw malformedXml()
    const { Rules = [] } = LifecycleConfiguration
    checkRules(Rules)
    return { rules: Rules.map((rule) => asText(named(rule, call))), size }
  },
  show: ({ rules, size }: Kept) => ({
    Rules: rules.map(asRule),
    TransitionDefaultMinimumObjectSize: size,
  }),
  answer: (kept) => ({ TransitionDefaultMinimumObjectSize: kept?.size }),
})

/** S3 names the rules that came without a name. */
function named(rule: Rule, { random }: Call): Rule {
  return rule.ID === undefined || rule.ID === '' ? { ...rule, ID: uuid(random) } : rule
}

function asText(rule: Rule): unknown {
  return JSON.parse(JSON.stringify(rule))
}

/** The inverse of `asText`: the members called `Date` are dates again. */
function asRule(kept: unknown): Rule {
  return JSON.parse(JSON.stringify(kept), revive) as Rule // it was one before `asText`
}

function revive(name: string, value: unknown): unknown {
  return name === 'Date' ? new Date(String(value)) : value
}
