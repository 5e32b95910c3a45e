/**
 * The law in one screen. May this request pass, and why?
 * A Deny anywhere refuses. Otherwise every layer that must allow has to allow; which layers must, depends on where the
 * resource lives and on how closely its own policy names the caller. (UG reference_policies_evaluation-logic)
 */

import { findingsOf } from './findings.ts'
import type { Bearing, Layer } from './layers.ts'
import type { Decision, Finding, Reason, ReasonLayer } from './reason.ts'
import type { Caller, Request } from './request.ts'
import { ask, type Asked } from './statement.ts'
import { benchesOf, hasIdentity, weigh, type Bench, type Voice } from './weigh.ts'

export function decide(request: Request, bearing: Bearing): Decision {
  const asked = ask(request, bearing.boundary !== undefined)
  const benches = benchesOf(bearing, request.caller)
  return decision(reasonFor(bearing, asked, benches), asked, benches)
}

function reasonFor(bearing: Bearing, asked: Asked, benches: readonly Bench[]): Reason {
  if (bearing.always === true) return { code: 'AlwaysAllowed' }
  const voices: Voice[] = []
  for (const bench of benches) {
    const voice = weigh(bench, asked)
    if (voice.denies !== undefined) return { code: 'ExplicitDeny', layer: bench.as, statement: voice.denies }
    voices.push(voice)
  }
  return firstGap(voices, bearing, asked.request) ?? { code: 'Allowed', by: grantors(voices) }
}

/** The first layer, in AWS's order of reporting, that had to allow and did not. */
function firstGap(voices: readonly Voice[], bearing: Bearing, request: Request): Reason | undefined {
  const silentLevel = voices.find(({ bench, allows }) => bench.layer === 'scp' && allows === undefined)?.bench
  if (silentLevel !== undefined) return gap('scp', silentLevel.level)
  const grant = voices.find(({ bench }) => bench.layer === 'resource')?.allows
  const layers = required(grant, bearing, request)
  for (const layer of layers) {
    const voice = voices.find(({ bench }) => bench.layer === layer)
    if (voice === undefined ? isMissing(layer, request.caller, layers) : voice.allows === undefined) {
      return gap(layer === 'resource' && bearing.resource?.policy.kind === 'trust' ? 'trust' : layer)
    }
  }
  return undefined
}

/** Which layers must allow, given how the resource's policy names the caller (if it allows it at all). */
function required(
  grant: Voice['allows'],
  { resourceRule }: Bearing,
  { caller, resourceAccount }: Request,
): readonly Layer[] {
  if (!('account' in caller)) return ['resource', 'endpoint']
  if (caller.account !== resourceAccount) return ['resource', 'identity', 'boundary', 'session', 'endpoint']
  const gate: readonly Layer[] = resourceRule === 'gate' ? ['resource'] : []
  // Named itself: nothing on the caller's side limits it. Named by its role or issuing user: boundary and session do.
  if (grant === 'self') return [...gate, 'endpoint']
  if (grant === 'origin') return [...gate, 'boundary', 'session', 'endpoint']
  return [...gate, 'identity', 'boundary', 'session', 'endpoint']
}

/** A layer that does not bear is no limit; except a resource's policy, and the session policy of a federated user. */
function isMissing(layer: Layer, caller: Caller, layers: readonly Layer[]): boolean {
  if (layer === 'resource') return true
  if (layer === 'identity') return !hasIdentity(caller) && caller.type !== 'Root'
  // GetFederationToken without a session policy carries none of the user's permissions, only what names it.
  return layer === 'session' && caller.type === 'FederatedUser' && layers.includes('identity')
}

function gap(layer: ReasonLayer, level?: string): Reason {
  return { code: 'ImplicitDeny', layer, ...(level !== undefined && { level }) }
}

function grantors(voices: readonly Voice[]): readonly ReasonLayer[] {
  const granting = voices.filter(({ bench, allows }) => allows !== undefined && GRANTS.has(bench.layer))
  return granting.map(({ bench }) => bench.as)
}

/** Every other layer only limits. */
const GRANTS: ReadonlySet<Layer> = new Set(['resource', 'identity'])

function decision(reason: Reason, asked: Asked, benches: readonly Bench[]): Decision {
  let findings: readonly Finding[] | undefined
  return {
    effect: reason.code === 'Allowed' || reason.code === 'AlwaysAllowed' ? 'Allow' : 'Deny',
    reason,
    request: asked.request,
    get findings() {
      findings ??= findingsOf(benches, asked)
      return findings
    },
  }
}
