/**
 * Transfers of responsibility for bills between organisations. A server holds one organisation: nobody else is there to
 * take it on or hand it over, so there are no transfers, and every invitation fails as one to an account that may not.
 */

import { organizationOf } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { accountOf, aboutTarget, targetOfParty } from './invitation.ts'
import { arnOf, constrained, constrainedHandshake, invalid, manage, MANAGED, pageOf, touches } from './shared.ts'
import { withTags } from './tag.ts'

const REFUSALS = [...MANAGED, 'ConstraintViolationException'] as const
const FOUND = [...REFUSALS, 'ResponsibilityTransferNotFoundException'] as const

type Direction = 'INBOUND' | 'OUTBOUND'

/** organizations:InviteOrganizationToTransferResponsibility. */
export const inviteOrganizationToTransferResponsibility = operation(
  'organizations:InviteOrganizationToTransferResponsibility',
  {
    needs: touches,
    asks: ({ Target, Type }, call) => aboutTarget(call, Target, keys(Type, 'INBOUND')),
    refusals: [...REFUSALS, 'HandshakeConstraintViolationException'],
    run({ Target, StartTimestamp, Tags }, call) {
      const organization = manage(call)
      const target = targetOfParty(Target)
      withTags([], Tags)
      refuseStart(StartTimestamp, call.now)
      if (organization.featureSet !== 'ALL') throw constrained('ORGANIZATION_NOT_IN_ALL_FEATURES_MODE')
      const same = accountOf(call, target) === organization.managementAccount
      throw constrainedHandshake(same ? 'SOURCE_AND_TARGET_CANNOT_MATCH' : 'TARGET_ACCOUNT_VALIDATION_FAILURE')
    },
  },
)

/** organizations:DescribeResponsibilityTransfer. */
export const describeResponsibilityTransfer = operation('organizations:DescribeResponsibilityTransfer', {
  needs: touches,
  asks: ({ Id }, call) => aboutTransfer(call, Id),
  refusals: FOUND,
  run: (_input, call) => absent(call),
})

/** organizations:UpdateResponsibilityTransfer. */
export const updateResponsibilityTransfer = operation('organizations:UpdateResponsibilityTransfer', {
  needs: touches,
  asks: ({ Id }, call) => aboutTransfer(call, Id),
  refusals: FOUND,
  run: (_input, call) => absent(call),
})

/** organizations:TerminateResponsibilityTransfer. */
export const terminateResponsibilityTransfer = operation('organizations:TerminateResponsibilityTransfer', {
  needs: touches,
  asks: ({ Id }, call) => aboutTransfer(call, Id),
  refusals: FOUND,
  run: (_input, call) => absent(call),
})

/** organizations:ListInboundResponsibilityTransfers. One that is named must be there. */
export const listInboundResponsibilityTransfers = operation('organizations:ListInboundResponsibilityTransfers', {
  needs: touches,
  asks: ({ Type }) => ({ resource: '*', context: keys(Type, 'INBOUND') }),
  refusals: FOUND,
  run({ Type, Id, ...input }, call) {
    manage(call)
    if (Id !== undefined) throw noTransfer()
    return { output: { ResponsibilityTransfers: none(call, `ListInboundResponsibilityTransfers/${Type}`, input) } }
  },
})

/** organizations:ListOutboundResponsibilityTransfers. */
export const listOutboundResponsibilityTransfers = operation('organizations:ListOutboundResponsibilityTransfers', {
  needs: touches,
  asks: ({ Type }) => ({ resource: '*', context: keys(Type, 'OUTBOUND') }),
  refusals: REFUSALS,
  run({ Type, ...input }, call) {
    manage(call)
    return { output: { ResponsibilityTransfers: none(call, `ListOutboundResponsibilityTransfers/${Type}`, input) } }
  },
})

/** No marker was ever given out. */
function none(call: Call, listing: string, input: { readonly NextToken?: string; readonly MaxResults?: number }) {
  return pageOf<never>(call, [], { ...input, listing, keyOf: (one) => one }).items
}

function absent(call: Call): never {
  manage(call)
  throw noTransfer()
}

function noTransfer(): Refusal {
  return new Refusal(
    'ResponsibilityTransferNotFoundException',
    "You specified a responsibility transfer that doesn't exist.",
  )
}

function keys(type: string, direction: Direction): NonNullable<Asking['context']> {
  return { 'organizations:TransferType': type, 'organizations:TransferDirection': direction }
}

/** One that is not there: nobody knows whose bill it would be, so it is taken for one of ours. */
function aboutTransfer({ estate }: Call, id: string): Asking {
  const organization = organizationOf(estate.organization)
  const context = keys('BILLING', 'INBOUND')
  if (organization === undefined) return { resource: '*', context }
  return { resource: `${arnOf(organization, 'transfer')}/billing/inbound/${id}`, context }
}

/** The first moment of a month that is yet to come. */
function refuseStart(start: Date, now: number): void {
  if (start.getTime() % 86_400_000 !== 0) throw invalid('START_DATE_NOT_BEGINNING_OF_DAY')
  if (start.getUTCDate() !== 1) throw invalid('START_DATE_NOT_BEGINNING_OF_MONTH')
  if (start.getTime() <= now) throw invalid('START_DATE_TOO_EARLY')
}
