/** What each layer says about a request, before anything is decided: denied by which statement, allowed how closely. */

import { LAYERS, type Attached, type Bearing, type Layer, type Level } from './layers.ts'
import type { Naming } from './match/principal.ts'
import type { ReasonLayer, StatementRef } from './reason.ts'
import type { Caller } from './request.ts'
import { speaks, type Asked, type Rule } from './statement.ts'

/** One group of policies that speaks with one voice: a layer, or one level of an organisation. */
export interface Bench {
  readonly layer: Layer
  readonly as: ReasonLayer
  readonly level?: string
  readonly policies: readonly Attached[]
}

export interface Voice {
  readonly bench: Bench
  readonly denies?: StatementRef
  /** The closest that an Allow names the caller. */
  readonly allows?: Naming
}

/** The benches that bear on a request, in the order in which AWS reports them. */
export function benchesOf(bearing: Bearing, caller: Caller): readonly Bench[] {
  return LAYERS.flatMap((layer) => BENCHES[layer](bearing, caller))
}

export function weigh(bench: Bench, asked: Asked): Voice {
  let allows: Naming | undefined
  for (const policy of bench.policies) {
    for (const rule of policy.policy.about(asked.action)) {
      // An Allow that names the caller itself cannot be bettered; only a Deny still matters.
      if (rule.effect === 'Allow' && allows === 'self') continue
      const named = speaks(rule, asked)
      if (named === undefined) continue
      if (rule.effect === 'Deny') return { bench, denies: refTo(policy, rule) }
      allows = closer(allows, named)
    }
  }
  return allows === undefined ? { bench } : { bench, allows }
}

export function refTo(policy: Attached, { index, statement }: Rule): StatementRef {
  return { policy, index, ...(statement.sid !== undefined && { sid: statement.sid }) }
}

const BENCHES: Readonly<Record<Layer, (bearing: Bearing, caller: Caller) => readonly Bench[]>> = {
  rcp: ({ rcp }, caller) => (isServiceLinked(caller) ? [] : levels('rcp', rcp)),
  // An organisation without a single level allows nothing; without an organisation there is nothing to allow.
  scp: ({ scp }, caller) =>
    scp === undefined || !isMember(caller) ? [] : scp.length === 0 ? single('scp', []) : levels('scp', scp),
  resource: ({ resource }) => (resource === undefined ? [] : [resourceBench(resource)]),
  identity: ({ identity }, caller) =>
    hasIdentity(caller) ? [{ layer: 'identity', as: 'identity', policies: identity }] : [],
  boundary: ({ boundary }) => single('boundary', boundary),
  session: ({ session }) => single('session', session),
  endpoint: ({ endpoint }) => single('endpoint', endpoint),
}

/** Callers with policies of their own. The root user has none and needs none. */
export function hasIdentity(caller: Caller): boolean {
  return caller.type === 'User' || caller.type === 'AssumedRole' || caller.type === 'FederatedUser'
}

function levels(layer: 'rcp' | 'scp', given: readonly Level[] = []): readonly Bench[] {
  return given.map(({ target, policies }) => ({ layer, as: layer, level: target, policies }))
}

function single(layer: Layer & ReasonLayer, policies: readonly Attached[] | undefined): readonly Bench[] {
  return policies === undefined ? [] : [{ layer, as: layer, policies }]
}

function resourceBench(resource: Attached): Bench {
  return { layer: 'resource', as: resource.policy.kind === 'trust' ? 'trust' : 'resource', policies: [resource] }
}

function isServiceLinked(caller: Caller): boolean {
  return caller.type === 'AssumedRole' && caller.serviceLinked === true
}

/** Service control policies bind an organisation's own principals, service-linked roles excepted. */
function isMember(caller: Caller): boolean {
  return (hasIdentity(caller) || caller.type === 'Root') && !isServiceLinked(caller)
}

const CLOSENESS: Readonly<Record<Naming, number>> = { self: 2, origin: 1, account: 0 }

function closer(one: Naming | undefined, other: Naming): Naming {
  return one !== undefined && CLOSENESS[one] >= CLOSENESS[other] ? one : other
}
