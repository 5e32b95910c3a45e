/** Answers to handshakes: whoever was asked accepts or declines, whoever asked cancels. */

import { organizationOf, type Handshake, type Member, type OrganizationSelf } from '@sallyport/estate'
import { ownerOf } from '../../account-owner.ts'
import type { Call } from '../../call.ts'
import { DIRECTORY, ORGANIZATION } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { aboutHandshake, ended, find, isFor, isOpen, isOurs, keep, show, stateOf } from './handshake.ts'
import { linkedRoles, ownLinkedRole } from './linked-role.ts'
import { attachedAtBirth } from './managed.ts'
import { constrainedHandshake, noPermission, touches } from './shared.ts'

const ANSWERED = [
  'AccessDeniedException',
  'HandshakeAlreadyInStateException',
  'HandshakeNotFoundException',
  'InvalidHandshakeTransitionException',
  'InvalidInputException',
] as const

/** organizations:AcceptHandshake. What was proposed is so from now on. */
export const acceptHandshake = operation('organizations:AcceptHandshake', {
  needs: touches,
  asks: ({ HandshakeId }, call) => aboutHandshake(call, HandshakeId),
  refusals: [...ANSWERED, 'AccessDeniedForDependencyException', 'HandshakeConstraintViolationException'],
  async look({ HandshakeId }, { estate, bring }) {
    // every account is given a role then
    const all = estate.organization.all('handshake').get(HandshakeId)?.action === 'ENABLE_ALL_FEATURES'
    if (all) await bring([...estate.organization.all('member').keys()])
    return undefined
  },
  run({ HandshakeId }, call) {
    const handshake = find(call, HandshakeId)
    const asked = handshake.action === 'ENABLE_ALL_FEATURES' ? isOurs(call) : isFor(call, handshake)
    if (!asked) throw noPermission()
    refuseUnlessOpen(call, handshake, 'ACCEPTED')
    const accepted = ended(handshake, 'ACCEPTED', call.now)
    return { output: { Handshake: show(call, accepted) }, changes: [keep(accepted), ...consequences(call, handshake)] }
  },
})

/** organizations:DeclineHandshake. */
export const declineHandshake = operation('organizations:DeclineHandshake', {
  needs: touches,
  asks: ({ HandshakeId }, call) => aboutHandshake(call, HandshakeId),
  refusals: ANSWERED,
  run({ HandshakeId }, call) {
    const handshake = find(call, HandshakeId)
    if (!isFor(call, handshake)) throw noPermission()
    refuseUnlessOpen(call, handshake, 'DECLINED')
    const declined = ended(handshake, 'DECLINED', call.now)
    return { output: { Handshake: show(call, declined) }, changes: [keep(declined)] }
  },
})

/** organizations:CancelHandshake. With a request for all features go those that its members were sent. */
export const cancelHandshake = operation('organizations:CancelHandshake', {
  needs: touches,
  asks: ({ HandshakeId }, call) => aboutHandshake(call, HandshakeId),
  refusals: ANSWERED,
  run({ HandshakeId }, call) {
    const handshake = find(call, HandshakeId)
    if (!isOurs(call)) throw noPermission()
    refuseUnlessOpen(call, handshake, 'CANCELED')
    const { now, estate } = call
    const children = [...estate.organization.all('handshake').values()].filter(
      (one) => one.parent === handshake.id && isOpen(one, now),
    )
    const canceled = ended(handshake, 'CANCELED', now)
    return {
      output: { Handshake: show(call, canceled) },
      changes: [canceled, ...children.map((one) => ended(one, 'CANCELED', now))].map(keep),
    }
  },
})

/** What was requested of the organisation cannot be accepted before its members have approved, and can be cancelled. */
function refuseUnlessOpen({ estate, now }: Call, handshake: Handshake, wanted: string): void {
  const state = stateOf(estate.organization, handshake, now)
  if (state === wanted) {
    throw new Refusal(
      'HandshakeAlreadyInStateException',
      `The specified handshake is already in the requested state: ${wanted}.`,
    )
  }
  if (state === 'OPEN' || (state === 'REQUESTED' && wanted === 'CANCELED')) return
  throw new Refusal(
    'InvalidHandshakeTransitionException',
    `You can't perform the operation on the handshake in its current state: ${state}.`,
  )
}

function consequences(call: Call, handshake: Handshake): readonly Change[] {
  const organization = organizationOf(call.estate.organization)
  if (organization === undefined) throw new Error('a handshake without its organisation')
  switch (handshake.action) {
    case 'INVITE':
      return joined(call, handshake, organization)
    case 'ENABLE_ALL_FEATURES':
      return [
        put(ORGANIZATION, 'organization', 'self', { ...organization, featureSet: 'ALL' }),
        ...linkedRoles(call, call.estate.organization.all('member').keys()),
      ]
    case 'APPROVE_ALL_FEATURES':
      return []
  }
}

/** The caller's account as a member, under the root, where the guardrails of the root bear on it at once. */
function joined(call: Call, { tags }: Handshake, { rootId, featureSet }: OrganizationSelf): readonly Change[] {
  const { estate, directory, account, now } = call
  const { organization: land } = estate
  if (land.all('member').has(account.id)) throw constrainedHandshake('ALREADY_IN_AN_ORGANIZATION')
  const row = directory.all('account').get(account.id)
  if (row === undefined) throw new Error('the caller is of no account')
  const { owner: _, ...alone } = row
  const { name, email } = ownerOf(call, account.id)
  const member: Member = {
    id: account.id,
    name,
    email,
    status: 'ACTIVE',
    joinedMethod: 'INVITED',
    joinedAt: now,
    parent: rootId,
    tags,
  }
  return [
    put(ORGANIZATION, 'member', account.id, member),
    put(DIRECTORY, 'account', account.id, alone),
    ...attachedAtBirth(land, account.id),
    ...(featureSet === 'ALL' ? ownLinkedRole(call) : []),
  ]
}
