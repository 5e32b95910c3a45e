/** From an organisation that shares its bill to one that governs its accounts. */

import type { OrganizationSelf } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { keep, newHandshake, openOf, show } from './handshake.ts'
import { constrainedHandshake, manage, MANAGED, touches } from './shared.ts'

/**
 * organizations:EnableAllFeatures. Every account that was invited is asked to approve; those that were created are not.
 * When all have, the management account accepts the organisation's own handshake, and it is so (API_EnableAllFeatures).
 */
export const enableAllFeatures = operation('organizations:EnableAllFeatures', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: [...MANAGED, 'ConstraintViolationException', 'HandshakeConstraintViolationException'],
  run(_input, call) {
    const organization = manage(call)
    if (organization.featureSet === 'ALL') throw constrainedHandshake('ORGANIZATION_ALREADY_HAS_ALL_FEATURES')
    if (openOf(call.estate.organization, 'ENABLE_ALL_FEATURES', call.now).length > 0) {
      throw constrainedHandshake('ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION')
    }
    const request = newHandshake(call, 'ENABLE_ALL_FEATURES')
    const approvals = invited(call, organization).map((id) =>
      newHandshake(call, 'APPROVE_ALL_FEATURES', { target: { type: 'ACCOUNT', id }, parent: request.id }),
    )
    return {
      // at the next look it may be open already
      output: { Handshake: { ...show(call, request), State: 'REQUESTED' as const } },
      changes: [request, ...approvals].map(keep),
    }
  },
})

function invited({ estate: { organization: land } }: Call, { managementAccount }: OrganizationSelf): readonly string[] {
  return [...land.all('member').values()]
    .filter(({ id, joinedMethod }) => joinedMethod === 'INVITED' && id !== managementAccount)
    .filter(({ id }) => !land.all('closure').has(id))
    .map(({ id }) => id)
}
