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
  if (caller.account !== resourceAccount) return ABROAD
  const at = bearing.resourceRule === 'gate' ? AT_GATE : AT_HOME
  // Named itself: nothing on the caller's side limits it. Named by its role or issuing user: boundary and session do.
  if (grant === 'self') return at.self
  return grant === 'origin' ? at.origin : at.other
}

const OUTSIDE: readonly Layer[] = ['resource', 'endpoint']
const ABROAD: readonly Layer[] = ['resource', 'identity', 'boundary', 'session', 'endpoint']
const AT_HOME: Readonly<Record<'self' | 'origin' | 'other', readonly Layer[]>> = {
  self: ['endpoint'],
  origin: ['boundary', 'session', 'endpoint'],
  other: ['identity', 'boundary', 'session', 'endpoint'],
}
/** Role trust policies and KMS keys must allow, whatever the identity says. */
const AT_GATE: typeof AT_HOME = {
  self: ['resource', ...AT_HOME.self],
  origin: ['resource', ...AT_HOME.origin],
  other: ['resource', ...AT_HOME.other],
}

/** A layer that does not bear is no limit; except a resource's policy, and the session policy of a federated user. */
export function isMissing(layer: Layer, caller: Caller, layers: readonly Layer[]): boolean {
  if (layer === 'resource') return true
  if (layer === 'identity') return !hasIdentity(caller) && caller.type !== 'Root'
  // GetFederationToken without a session policy carries none of the user's permissions, only what names it.
  return layer === 'session' && caller.type === 'FederatedUser' && layers.includes('identity')
}
