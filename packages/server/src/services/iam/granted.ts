/**
 * Which services policies let somebody into, as IAM's reports ask: one action is enough, whatever resources and conditions
 * it is bound to. A Deny counts where it is bound to none.
 */

import type { Compiled } from '@sallyport/policy'
import type { Reference } from '../../authorization-reference.ts'

type Policies = readonly Pick<Compiled, 'about' | 'document'>[]

/** Every layer must grant the same action. */
export function servicesGranted(reference: Reference, layers: readonly Policies[]): readonly string[] {
  return candidates(reference, layers).filter(
    (service) => actionsGranted(reference, layers, service).next().done !== true,
  )
}

/** The actions of a service, as the reference spells them: `GetObject`. */
export function* actionsGranted(
  reference: Reference,
  layers: readonly Policies[],
  service: string,
): Generator<string, undefined> {
  for (const name of reference.actionsOf(service) ?? []) {
    if (layers.every((layer) => grants(layer, `${service}:${name}`))) yield name
  }
  return undefined
}

function grants(policies: Policies, action: string): boolean {
  const rules = policies.flatMap(({ about }) => about(action))
  return rules.some(({ effect }) => effect === 'Allow') && !rules.some(forbids)
}

type Rule = ReturnType<Compiled['about']>[number]

function forbids({ effect, statement: { resources, conditions } }: Rule): boolean {
  return effect === 'Deny' && conditions.length === 0 && resources?.includes('*') === true
}

/** Most policies name the services that they are about, and no other need be looked at. */
function candidates(reference: Reference, layers: readonly Policies[]): readonly string[] {
  const named = layers.map((layer) => layer.flatMap(({ document }) => document.statements).map(servicesNamed))
  const least = named.find((layer) => layer.every((services) => services !== undefined))
  if (least === undefined) return reference.services()
  const services = new Set(least.flatMap((one) => one ?? []))
  return [...services].filter((service) => reference.title(service) !== undefined).toSorted()
}

/** `undefined` where it may be any. */
function servicesNamed({ effect, actions }: Compiled['document']['statements'][number]): readonly string[] | undefined {
  if (effect === 'Deny') return []
  const prefixes = actions?.map((action) => action.slice(0, Math.max(action.indexOf(':'), 0)).toLowerCase())
  return prefixes?.every((prefix) => /^[\w-]+$/.test(prefix)) === true ? prefixes : undefined
}
