/** Which condition keys policies speak of: what a simulation of them wants to be told. */

import type { Document } from '@sallyport/policy'
import { operation } from '../../operation.ts'
import { aboutEntity, entityAt, given, sourcesOf, type Source } from './simulate-source.ts'

/** iam:GetContextKeysForCustomPolicy. */
export const getContextKeysForCustomPolicy = operation('iam:GetContextKeysForCustomPolicy', {
  asks: () => ({ resource: '*' }),
  refusals: ['InvalidInput'],
  run: ({ PolicyInputList }) => ({
    output: { ContextKeyNames: [...contextKeys(given(PolicyInputList, 'PolicyInputList', 'identity'))] },
  }),
})

/** iam:GetContextKeysForPrincipalPolicy. A user's groups count too. */
export const getContextKeysForPrincipalPolicy = operation('iam:GetContextKeysForPrincipalPolicy', {
  asks: ({ PolicySourceArn }, call) => aboutEntity(call, PolicySourceArn),
  refusals: ['InvalidInput', 'NoSuchEntity', 'PolicyEvaluation'],
  run({ PolicySourceArn, PolicyInputList = [] }, call) {
    const own = sourcesOf(call, entityAt(call, PolicySourceArn))
    const sources = [...own, ...given(PolicyInputList, 'PolicyInputList', 'identity')]
    return { output: { ContextKeyNames: [...contextKeys(sources)] } }
  },
})

/** Each key once, in the spelling in which it comes first. */
export function contextKeys(sources: readonly Pick<Source, 'attached'>[]): readonly string[] {
  const names = sources.flatMap(({ attached }) => keysOf(attached.policy.document))
  const first = new Map(names.toReversed().map((name) => [name.toLowerCase(), name]))
  const spelt = new Set(first.values())
  return [...new Set(names)].filter((name) => spelt.has(name))
}

/** Of variables and conditions alike; variables are plain text before 2012-10-17. */
function keysOf({ statements, version }: Document): readonly string[] {
  return statements.flatMap(({ resources = [], notResources = [], conditions }) => [
    ...(version === '2012-10-17' ? [...resources, ...notResources].flatMap(variablesIn) : []),
    ...conditions.flatMap(({ key, values }) => [key, ...(version === '2012-10-17' ? values.flatMap(variablesIn) : [])]),
  ])
}

/** `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`; not the literals `${*}`, `${?}` and `${$}`. */
function variablesIn(text: string): readonly string[] {
  return [...text.matchAll(/\$\{([^},]+)[^}]*\}/g)].flatMap(([, name = '']) =>
    name.includes(':') ? [name.trim()] : [],
  )
}
