/** Trusted access: which of AWS's services may act in the whole organisation. */

import type { ServiceAccess } from '@sallyport/estate'
import { ORGANIZATION } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { put, remove } from '../../store/store.ts'
import { isDelegate } from './delegation.ts'
import { constrained, inUse, invalid, manage, MANAGED, noPermission, pageOfKind, touches } from './shared.ts'
import { TRUSTED_SERVICES } from './trusted-services.ts'

/** organizations:EnableAWSServiceAccess. Again changes nothing. */
export const enableAWSServiceAccess = operation('organizations:EnableAWSServiceAccess', {
  needs: touches,
  asks: ({ ServicePrincipal }) => ({ resource: '*', context: { 'organizations:ServicePrincipal': ServicePrincipal } }),
  refusals: MANAGED,
  run({ ServicePrincipal: principal }, call) {
    const { featureSet } = manage(call)
    if (featureSet !== 'ALL') throw noPermission()
    refuseUnknown(principal)
    if (call.estate.organization.all('serviceAccess').has(principal)) return { output: {} }
    const access: ServiceAccess = { service: principal, enabledAt: call.now }
    return { output: {}, changes: [put(ORGANIZATION, 'serviceAccess', principal, access)] }
  },
})

/** organizations:DisableAWSServiceAccess. Not while an account administers the service. */
export const disableAWSServiceAccess = operation('organizations:DisableAWSServiceAccess', {
  needs: touches,
  asks: ({ ServicePrincipal }) => ({ resource: '*', context: { 'organizations:ServicePrincipal': ServicePrincipal } }),
  refusals: [...MANAGED, 'ConstraintViolationException'],
  run({ ServicePrincipal: principal }, call) {
    manage(call)
    refuseUnknown(principal)
    const { organization: land } = call.estate
    if ([...land.all('delegation').values()].some(({ service }) => service === principal)) {
      throw constrained('DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE')
    }
    if (!land.all('serviceAccess').has(principal)) return { output: {} }
    return { output: {}, changes: [remove(ORGANIZATION, 'serviceAccess', principal)] }
  },
})

/** organizations:ListAWSServiceAccessForOrganization. */
export const listAWSServiceAccessForOrganization = operation('organizations:ListAWSServiceAccessForOrganization', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: MANAGED,
  run(input, call) {
    const organization = inUse(call)
    if (organization.managementAccount !== call.account.id && !isDelegate(call)) throw noPermission()
    const listing = 'ListAWSServiceAccessForOrganization'
    const { items, end } = pageOfKind(call, 'serviceAccess', { ...input, listing })
    const shown = items.map(({ service, enabledAt }) => ({
      ServicePrincipal: service,
      DateEnabled: new Date(enabledAt),
    }))
    return { output: { EnabledServicePrincipals: shown, ...end } }
  },
})

function refuseUnknown(principal: string): void {
  if (!TRUSTED_SERVICES.has(principal)) throw invalid('UNRECOGNIZED_SERVICE_PRINCIPAL')
}
