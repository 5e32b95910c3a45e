/**
 * The law in one screen. May this request pass, and why?
 * A Deny anywhere refuses. Otherwise every layer that must allow has to allow; which layers must, depends on where the
 * resource lives and on how closely its own policy names the caller. (UG reference_policies_evaluation-logic)
 */

import { Judgement } from './judgement.ts'
import type { Bearing, Layer } from './layers.ts'
import type { Decision, Reason, ReasonLayer } from './reason.ts'
import type { Request } from './request.ts'
import { isMissing, required } from './required.ts'
import { benchesOf, resourceLayer, weigh, type Bench, type Word } from './weigh.ts'

export function decide(request: Request, bearing: Bearing): Decision {
  return new Judgement(request, bearing, reasonFor(request, bearing))
}

function reasonFor(request: Request, bearing: Bearing): Reason {
  if (bearing.always === true) return { code: 'AlwaysAllowed' }
  const asked = { request, bounded: bearing.boundary !== undefined }
  const said: Said = { ...NOTHING_SAID }
  let silentLevel: Bench | undefined
  for (const bench of benchesOf(bearing, request.caller)) {
    const voice = weigh(bench, asked)
    if (typeof voice === 'object') return { code: 'ExplicitDeny', layer: bench.as, statement: voice.denies }
    if (bench.layer === 'scp' && voice === 'silent') silentLevel ??= bench
    said[bench.layer] = voice
  }
  if (silentLevel !== undefined) return gap('scp', silentLevel.level)
  return firstGap(said, bearing, request) ?? { code: 'Allowed', by: grantors(said, bearing) }
}

/** The first layer, in AWS's order of reporting, that had to allow and did not. */
function firstGap(said: Said, bearing: Bearing, request: Request): Reason | undefined {
  const layers = required(said.resource, bearing, request)
  for (const layer of layers) {
    const word = said[layer]
    if (word === undefined ? isMissing(layer, request.caller, layers) : word === 'silent') {
      return gap(layer === 'resource' ? resourceLayer(bearing) : layer)
    }
  }
  return undefined
}

/** Every layer but these two only limits. */
function grantors(said: Said, bearing: Bearing): readonly ReasonLayer[] {
  const by: ReasonLayer[] = []
  if (said.resource !== undefined && said.resource !== 'silent') by.push(resourceLayer(bearing))
  if (said.identity !== undefined && said.identity !== 'silent') by.push('identity')
  return by
}

function gap(layer: ReasonLayer, level?: string): Reason {
  return level === undefined ? { code: 'ImplicitDeny', layer } : { code: 'ImplicitDeny', layer, level }
}

/** What each layer said of the request; nothing where it does not bear. */
type Said = Record<Layer, Word | undefined>
const NOTHING_SAID: Readonly<Said> = {
  rcp: undefined,
  scp: undefined,
  resource: undefined,
  identity: undefined,
  boundary: undefined,
  session: undefined,
  endpoint: undefined,
}
