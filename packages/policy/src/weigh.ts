/** What each layer says about a request, before anything is decided: denied by which statement, allowed how closely. */

import type { Attached, Bearing, Layer } from './layers.ts'
import type { Naming } from './match/principal.ts'
import type { ReasonLayer, StatementRef } from './reason.ts'
import type { Caller } from './request.ts'
import { speaks, type Asked, type Rule } from './statement.ts'

/** One group of policies that speaks with one voice: a layer, or one level of an organisation. */
export interface Bench {
  readonly layer: Layer
  readonly as: ReasonLayer
  readonly level: string | undefined
  readonly policies: readonly Attached[]
}

/** What a bench says short of a Deny: how closely an Allow names the caller, at its closest. */
export type Word = Naming | 'silent'
export type Voice = { readonly denies: StatementRef } | Word

/** The benches that bear on a request, in the order of `LAYERS`, which is the one in which AWS reports them. */
export function benchesOf(bearing: Bearing, caller: Caller): readonly Bench[] {
  const { rcp, scp, resource, identity, boundary, session, endpoint } = bearing
  const benches: Bench[] = []
  if (rcp !== undefined && !isServiceLinked(caller)) {
    for (const { target, policies } of rcp) benches.push(benchOf('rcp', policies, target))
  }
  if (scp !== undefined && isMember(caller)) {
    for (const { target, policies } of scp) benches.push(benchOf('scp', policies, target))
    // An organisation without a single level allows nothing; without an organisation there is nothing to allow.
    if (scp.length === 0) benches.push(benchOf('scp', []))
  }
  if (resource !== undefined) {
    benches.push({ layer: 'resource', as: resourceLayer(bearing), level: undefined, policies: [resource] })
  }
  if (hasIdentity(caller)) benches.push(benchOf('identity', identity))
  if (boundary !== undefined) benches.push(benchOf('boundary', boundary))
  if (session !== undefined) benches.push(benchOf('session', session))
  if (endpoint !== undefined) benches.push(benchOf('endpoint', endpoint))
  return benches
}

export function weigh({ policies }: Bench, asked: Asked): Voice {
  let word: Word = 'silent'
  for (const policy of policies) {
    for (const rule of policy.policy.about(asked.request.action)) {
      // An Allow that names the caller itself cannot be bettered; only a Deny still matters.
      if (word === 'self' && rule.effect === 'Allow') continue
      const named = speaks(rule, asked)
      if (named === undefined) continue
      if (rule.effect === 'Deny') return { denies: refTo(policy, rule) }
      if (CLOSENESS[named] > CLOSENESS[word]) word = named
    }
  }
  return word
}

const CLOSENESS: Readonly<Record<Word, number>> = { self: 3, origin: 2, account: 1, silent: 0 }

export function refTo(policy: Attached, { index, statement }: Rule): StatementRef {
  return { policy, index, ...(statement.sid !== undefined && { sid: statement.sid }) }
}

/** Callers with policies of their own. The root user has none and needs none. */
export function hasIdentity(caller: Caller): boolean {
  return caller.type === 'User' || caller.type === 'AssumedRole' || caller.type === 'FederatedUser'
}

function benchOf(layer: Layer, policies: readonly Attached[], level?: string): Bench {
  return { layer, as: layer, level, policies }
}

/** A trust policy is a resource's policy that has a name of its own. */
export function resourceLayer({ resource }: Bearing): ReasonLayer {
  return resource?.policy.kind === 'trust' ? 'trust' : 'resource'
}

function isServiceLinked(caller: Caller): boolean {
  return caller.type === 'AssumedRole' && caller.serviceLinked === true
}

/** Service control policies bind an organisation's own principals, service-linked roles excepted. */
function isMember(caller: Caller): boolean {
  return (hasIdentity(caller) || caller.type === 'Root') && !isServiceLinked(caller)
}
