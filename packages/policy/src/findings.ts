/**
 * What every bench of a decision said, statement by statement, and which of them stand in the way: all of them, in both
 * accounts, not the first alone. Worked out only when somebody asks.
 */

import { LAYERS, type Attached, type Bearing, type Layer } from './layers.ts'
import type { Finding, Miss, ReasonLayer } from './reason.ts'
import type { Request } from './request.ts'
import { isMissing, required } from './required.ts'
import { names, speaks, type Asked, type Rule } from './statement.ts'
import { benchesOf, refTo, resourceLayer, weigh, type Bench, type Word } from './weigh.ts'

export function findingsOf(request: Request, bearing: Bearing): readonly Finding[] {
  const asked: Asked = { request, bounded: bearing.boundary !== undefined }
  const benches = benchesOf(bearing, request.caller)
  const needed = required(grantOf(benches, asked), bearing, request)
  const here = new Set(benches.map(({ layer }) => layer))
  const absent = needed.filter((layer) => !here.has(layer) && isMissing(layer, request.caller, needed))
  const all = [
    ...benches.map((bench) => ({ layer: bench.layer, finding: findingOf(bench, asked, needed) })),
    ...absent.map((layer) => ({ layer, finding: absenceOf(layer, bearing, request) })),
  ]
  const inOrder = all.toSorted((one, other) => LAYERS.indexOf(one.layer) - LAYERS.indexOf(other.layer))
  return inOrder.map(({ finding }) => (bearing.always === true ? { ...finding, blocks: false } : finding))
}

/** How closely the resource's policy names the caller where it allows, whatever it denies besides. */
function grantOf(benches: readonly Bench[], asked: Asked): Word | undefined {
  const bench = benches.find(({ layer }) => layer === 'resource')
  if (bench === undefined) return undefined
  const allowing = bench.policies.map(({ policy, ...names }) => ({ ...names, policy: allowsOf(policy) }))
  const voice = weigh({ ...bench, policies: allowing }, asked)
  return typeof voice === 'object' ? 'silent' : voice
}

function allowsOf(policy: Attached['policy']): Attached['policy'] {
  return { ...policy, about: (action) => policy.about(action).filter(({ effect }) => effect === 'Allow') }
}

function findingOf(bench: Bench, asked: Asked, needed: readonly Layer[]): Finding {
  const { action } = asked.request
  const heard = bench.policies.flatMap((policy) => policy.policy.about(action).map((rule) => ({ policy, rule })))
  const spoke = heard.filter(({ rule }) => speaks(rule, asked) !== undefined)
  const effect = effectOf(
    bench,
    spoke.map(({ rule }) => rule),
  )
  // Every level of SCPs must allow; every other layer only where the table says so.
  const needs = bench.layer === 'scp' || needed.includes(bench.layer)
  return {
    layer: bench.as,
    ...(bench.level !== undefined && { level: bench.level }),
    ...ownerOf(bench.layer, asked.request),
    effect,
    blocks: effect === 'ExplicitDeny' || (effect === 'ImplicitDeny' && needs),
    policies: bench.policies.length,
    spoke: spoke.map(({ policy, rule }) => refTo(policy, rule)),
    missed: heard.flatMap(({ policy, rule }) => {
      const misses = missesOf(rule, asked)
      return misses.length === 0 ? [] : [{ ...refTo(policy, rule), misses }]
    }),
  }
}

/** A layer that must allow and has no policy at all. */
function absenceOf(layer: Layer, bearing: Bearing, request: Request): Finding {
  const as: ReasonLayer = layer === 'resource' ? resourceLayer(bearing) : layer
  const nothing = { policies: 0, spoke: [], missed: [] }
  return { layer: as, ...ownerOf(layer, request), effect: 'ImplicitDeny', blocks: true, ...nothing }
}

/** An endpoint's policy belongs to whoever has the network: neither side can tell. */
function ownerOf(layer: Layer, { caller, resourceAccount }: Request): Pick<Finding, 'account'> {
  if (layer === 'resource' || layer === 'rcp') return { account: resourceAccount }
  return layer === 'endpoint' || !('account' in caller) ? {} : { account: caller.account }
}

/** RCPs only deny: AWS's own full-access RCP is on every entity and cannot be taken off. */
function effectOf({ layer }: Bench, spoke: readonly Rule[]): Finding['effect'] {
  if (spoke.some((rule) => rule.effect === 'Deny')) return 'ExplicitDeny'
  return layer === 'rcp' || spoke.length > 0 ? 'Allow' : 'ImplicitDeny'
}

/** Every element that fails; none where the statement speaks. */
function missesOf(rule: Rule, asked: Asked): readonly Miss[] {
  const { resource, context } = asked.request
  const { principal, notPrincipal, resources, notResources } = rule.statement
  const misses: Miss[] = []
  if (names(rule, asked) === undefined) {
    const { everyone = false, by = {} } = principal ?? notPrincipal ?? {}
    const wanted = [...(everyone ? ['*'] : []), ...Object.values(by).flat()]
    misses.push({ element: 'Principal', wanted, ...(principal === undefined && { not: true as const }) })
  }
  if (!rule.covers(resource, context)) {
    const wanted = resources ?? notResources ?? []
    misses.push({ element: 'Resource', wanted, ...(resources === undefined && { not: true as const }) })
  }
  for (const { line, holds } of rule.conditions) {
    if (holds(context)) continue
    const { operator, key, values } = line
    misses.push({ element: 'Condition', operator, key, wanted: values, had: context.get(key.toLowerCase()) })
  }
  return misses
}
