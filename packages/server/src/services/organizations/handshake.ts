/** Handshakes: what they are at this moment, who sees them, and how they are shown. Answering them is `answer.ts`'s. */

import { organizationOf, type Handshake, type HandshakeAction, type OrganizationLand } from '@sallyport/estate'
import { ownerOf } from '../../account-owner.ts'
import type { Call } from '../../call.ts'
import { ORGANIZATION } from '../../directory.ts'
import { handshakeId } from '../../ids.ts'
import { operation, type Asking, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { arnOf, invalid, manage, MANAGED, pageOfKind, touches } from './shared.ts'

const DAY = 86_400_000
/** How long each may be answered. ORG orgs_reference_limits, "Expiration times for handshakes". */
const DAYS = { INVITE: 15, ENABLE_ALL_FEATURES: 90, APPROVE_ALL_FEATURES: 90 } as const satisfies Record<
  HandshakeAction,
  number
>
/** How long each is shown once it is over. */
const SHOWN = 30 * DAY

/** organizations:DescribeHandshake. To the organisation that sent it, and to whom it was sent. */
export const describeHandshake = operation('organizations:DescribeHandshake', {
  needs: touches,
  asks: ({ HandshakeId }, call) => aboutHandshake(call, HandshakeId),
  refusals: ['AccessDeniedException', 'HandshakeNotFoundException', 'InvalidInputException'],
  run: ({ HandshakeId }, call) => ({ output: { Handshake: show(call, find(call, HandshakeId)) } }),
})

/** organizations:ListHandshakesForAccount. Those that the caller's account was sent. */
export const listHandshakesForAccount = operation('organizations:ListHandshakesForAccount', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: ['AccessDeniedException', 'InvalidInputException'],
  run: (input, call) => list(call, `ListHandshakesForAccount/${call.account.id}`, input, (one) => isFor(call, one)),
})

/** organizations:ListHandshakesForOrganization. Those that the organisation sent. */
export const listHandshakesForOrganization = operation('organizations:ListHandshakesForOrganization', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: MANAGED,
  run(input, call) {
    manage(call)
    return list(call, 'ListHandshakesForOrganization', input, () => true)
  },
})

/** A new one, open until its days are over. */
export function newHandshake({ random, now }: Call, action: HandshakeAction, more: Partial<Handshake> = {}): Handshake {
  const expiresAt = now + DAYS[action] * DAY
  return { id: handshakeId(random), action, state: 'OPEN', requestedAt: now, expiresAt, tags: [], ...more }
}

export function keep(handshake: Handshake): Change {
  return put(ORGANIZATION, 'handshake', handshake.id, handshake)
}

export function ended(handshake: Handshake, state: Exclude<Handshake['state'], 'OPEN'>, now: number): Handshake {
  return { ...handshake, state, endedAt: now }
}

export function isOpen({ state, expiresAt }: Handshake, now: number): boolean {
  return state === 'OPEN' && now < expiresAt
}

/** Those of an action that can still be answered. */
export function openOf(land: OrganizationLand, action: HandshakeAction, now: number): readonly Handshake[] {
  return [...land.all('handshake').values()].filter((one) => one.action === action && isOpen(one, now))
}

/** One that all features wait for is only requested while an invited account has not approved it. */
export function stateOf(
  land: OrganizationLand,
  handshake: Handshake,
  now: number,
): Handshake['state'] | 'REQUESTED' | 'EXPIRED' {
  const { action, state, expiresAt } = handshake
  if (state !== 'OPEN') return state
  if (now >= expiresAt) return 'EXPIRED'
  return action === 'ENABLE_ALL_FEATURES' && isAwaited(land, handshake) ? 'REQUESTED' : 'OPEN'
}

/** Whether an account that was invited, and is there still, has not approved. */
function isAwaited(land: OrganizationLand, { id }: Handshake): boolean {
  const approvals = [...land.all('handshake').values()].filter(({ parent }) => parent === id)
  const missing = approvals.filter(({ state }) => state !== 'ACCEPTED')
  return missing.some(({ target }) => {
    const account = target?.id ?? ''
    return land.all('member').has(account) && !land.all('closure').has(account)
  })
}

/** One that is there to be seen, by the caller; nobody learns that there is another. */
export function find(call: Call, id: string): Handshake {
  const handshake = call.estate.organization.all('handshake').get(id)
  const seen = handshake !== undefined && isShown(handshake, call.now) && (isOurs(call) || isFor(call, handshake))
  if (!seen) throw new Refusal('HandshakeNotFoundException', "You specified a handshake that doesn't exist.")
  return handshake
}

/** Whether the caller's account is the one that sends the organisation's handshakes. */
export function isOurs({ estate, account }: Call): boolean {
  return organizationOf(estate.organization)?.managementAccount === account.id
}

/** Whether the caller's account is the one that was asked. */
export function isFor(call: Call, { target }: Handshake): boolean {
  if (target === undefined) return false
  const { id } = call.account
  return target.type === 'ACCOUNT'
    ? target.id === id
    : target.id.toLowerCase() === ownerOf(call, id).email.toLowerCase()
}

/** What a call on a handshake asks the law about, whether there is one or not. */
export function aboutHandshake({ estate }: Call, id: string): Asking {
  const organization = organizationOf(estate.organization)
  if (organization === undefined) return { resource: '*' }
  return {
    resource: arnOfHandshake(organization, estate.organization.all('handshake').get(id)?.action ?? 'INVITE', id),
  }
}

function arnOfHandshake(organization: Parameters<typeof arnOf>[0], action: HandshakeAction, id: string): string {
  return `${arnOf(organization, 'handshake')}/${action.toLowerCase()}/${id}`
}

/** AWS keeps those that are over for thirty days. */
function isShown({ expiresAt, endedAt = expiresAt }: Handshake, now: number): boolean {
  return now < endedAt + SHOWN
}

function list(
  call: Call,
  listing: string,
  { Filter = {}, ...input }: Input<'organizations:ListHandshakesForAccount'>,
  listed: (handshake: Handshake) => boolean,
) {
  const { ActionType, ParentHandshakeId } = Filter
  if (ActionType !== undefined && ParentHandshakeId !== undefined) throw invalid('MAX_LIMIT_EXCEEDED_FILTER')
  const { items, end } = pageOfKind(call, 'handshake', {
    ...input,
    listing: `${listing}/${ActionType ?? ''}/${ParentHandshakeId ?? ''}`,
    listed: (one) =>
      isShown(one, call.now) &&
      (ActionType === undefined || one.action === ActionType) &&
      (ParentHandshakeId === undefined || one.parent === ParentHandshakeId) &&
      listed(one),
  })
  return { output: { Handshakes: items.map((one) => show(call, one)), ...end } }
}

export function show(call: Call, handshake: Handshake) {
  const { organization: land } = call.estate
  const organization = organizationOf(land)
  if (organization === undefined) throw new Error('a handshake without its organisation')
  const { id, action, target, requestedAt, expiresAt, notes, parent } = handshake
  const resources = [
    { Type: 'ORGANIZATION' as const, Value: organization.id, Resources: action === 'INVITE' ? host(call) : undefined },
    ...(target === undefined ? [] : [{ Type: target.type, Value: target.id }]),
    ...(parent === undefined ? [] : [{ Type: 'PARENT_HANDSHAKE' as const, Value: parent }]),
    ...(notes === undefined ? [] : [{ Type: 'NOTES' as const, Value: notes }]),
  ]
  return {
    Id: id,
    Arn: arnOfHandshake(organization, action, id),
    Parties: [
      { Id: organization.id, Type: 'ORGANIZATION' as const },
      ...(target === undefined ? [] : [{ Id: target.id, Type: target.type }]),
    ],
    State: stateOf(land, handshake, call.now),
    RequestedTimestamp: new Date(requestedAt),
    ExpirationTimestamp: new Date(expiresAt),
    Action: action,
    Resources: resources,
  }
}

/** Who invites, so that the invited know. */
function host(call: Call) {
  const organization = organizationOf(call.estate.organization)
  const { name, email } = ownerOf(call, organization?.managementAccount ?? '')
  return [
    { Type: 'MASTER_EMAIL' as const, Value: email },
    { Type: 'MASTER_NAME' as const, Value: name },
    { Type: 'ORGANIZATION_FEATURE_SET' as const, Value: organization?.featureSet },
  ]
}
