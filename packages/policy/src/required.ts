/** Which layers must allow, and what it means that one is not there. Deciding and explaining ask the same table. */

import type { Bearing, Layer } from './layers.ts'
import type { Caller, Request } from './request.ts'
import { hasIdentity, type Word } from './weigh.ts'

/** The layers that must allow, given how the resource's policy names the caller (if it allows it at all). */
export function required(
  grant: Word | undefined,
  bearing: Bearing,
  { caller, resourceAccount }: Request,
): readonly Layer[] {
  if (!('account' in caller)) return OUTSIDE
  const limits = caller.type === 'Root' ? ROOT : ANYBODY
  if (caller.account !== resourceAccount) return limits.abroad
  const at = bearing.resourceRule === 'gate' ? limits.atGate : limits.atHome
  // Named itself: nothing on the caller's side limits it. Named by its role or issuing user: boundary and session do.
  if (grant === 'self') return at.self
  return grant === 'origin' ? at.origin : at.other
}

const OUTSIDE: readonly Layer[] = ['resource', 'endpoint']

type Named = Readonly<Record<'self' | 'origin' | 'other', readonly Layer[]>>

const ABROAD: readonly Layer[] = ['resource', 'identity', 'boundary', 'session', 'endpoint']
const AT_HOME: Named = {
  self: ['endpoint'],
  origin: ['boundary', 'session', 'endpoint'],
  other: ['identity', 'boundary', 'session', 'endpoint'],
}
/** Role trust policies and KMS keys must allow, whatever the identity says. */
const AT_GATE: Named = {
  self: ['resource', ...AT_HOME.self],
  origin: ['resource', ...AT_HOME.origin],
  other: ['resource', ...AT_HOME.other],
}

const ANYBODY = { abroad: ABROAD, atHome: AT_HOME, atGate: AT_GATE }
/** The policies of AssumeRoot's tasks forbid what a task is not about, and allow nothing (UG id_root-user-privileged-task). */
const ROOT: typeof ANYBODY = { abroad: unlimited(ABROAD), atHome: each(AT_HOME), atGate: each(AT_GATE) }

function each({ self, origin, other }: Named): Named {
  return { self: unlimited(self), origin: unlimited(origin), other: unlimited(other) }
}

function unlimited(layers: readonly Layer[]): readonly Layer[] {
  return layers.filter((layer) => layer !== 'session')
}

/** A layer that does not bear is no limit; except a resource's policy, and the session policy of a federated user. */
export function isMissing(layer: Layer, caller: Caller, layers: readonly Layer[]): boolean {
  if (layer === 'resource') return true
  if (layer === 'identity') return !hasIdentity(caller) && caller.type !== 'Root'
  // GetFederationToken without a session policy carries none of the user's permissions, only what names it.
  return layer === 'session' && caller.type === 'FederatedUser' && layers.includes('identity')
}
