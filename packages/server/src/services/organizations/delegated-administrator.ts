/** Delegated administrators: members that administer a service for the whole organisation. */

import type { Delegation, Member } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { standingOf } from '../../closing.ts'
import { ORGANIZATION } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { show as showAccount } from './account.ts'
import { oversee } from './delegation.ts'
import { about, constrained, manage, MANAGED, pageOf, touches } from './shared.ts'

/** organizations:RegisterDelegatedAdministrator. */
export const registerDelegatedAdministrator = operation('organizations:RegisterDelegatedAdministrator', {
  needs: touches,
  asks: ({ AccountId, ServicePrincipal }, call) => asking(call, AccountId, ServicePrincipal),
  refusals: [
    ...MANAGED,
    'AccountAlreadyRegisteredException',
    'AccountNotFoundException',
    'ConstraintViolationException',
  ],
  run({ AccountId, ServicePrincipal }, call) {
    const organization = manage(call)
    const { organization: land } = call.estate
    const member = land.all('member').get(AccountId)
    if (member === undefined) throw noAccount()
    if (organization.managementAccount === AccountId) {
      throw constrained('CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR')
    }
    if (standingOf(land, member, call.now).Status !== 'ACTIVE') {
      throw constrained('CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR')
    }
    if (!land.all('serviceAccess').has(ServicePrincipal)) throw constrained('SERVICE_ACCESS_NOT_ENABLED')
    const key = keyOf(AccountId, ServicePrincipal)
    if (land.all('delegation').has(key)) {
      throw new Refusal(
        'AccountAlreadyRegisteredException',
        'The provided account is already a delegated administrator for your organization.',
      )
    }
    const delegation: Delegation = { account: AccountId, service: ServicePrincipal, enabledAt: call.now }
    return { output: {}, changes: [put(ORGANIZATION, 'delegation', key, delegation)] }
  },
})

/** organizations:DeregisterDelegatedAdministrator. */
export const deregisterDelegatedAdministrator = operation('organizations:DeregisterDelegatedAdministrator', {
  needs: touches,
  asks: ({ AccountId, ServicePrincipal }, call) => asking(call, AccountId, ServicePrincipal),
  refusals: [...MANAGED, 'AccountNotFoundException', 'AccountNotRegisteredException'],
  run({ AccountId, ServicePrincipal }, call) {
    manage(call)
    const { organization: land } = call.estate
    if (!land.all('member').has(AccountId)) throw noAccount()
    const key = keyOf(AccountId, ServicePrincipal)
    if (!land.all('delegation').has(key)) throw notRegistered()
    return { output: {}, changes: [remove(ORGANIZATION, 'delegation', key)] }
  },
})

/** organizations:ListDelegatedAdministrators. Each account once, since it was first one. */
export const listDelegatedAdministrators = operation('organizations:ListDelegatedAdministrators', {
  needs: touches,
  asks: ({ ServicePrincipal }) => ({ resource: '*', context: { 'organizations:ServicePrincipal': ServicePrincipal } }),
  refusals: MANAGED,
  run({ ServicePrincipal, ...input }, call) {
    oversee(call)
    const { organization: land } = call.estate
    const wanted = [...land.all('delegation').values()].filter(
      ({ service }) => ServicePrincipal === undefined || service === ServicePrincipal,
    )
    const since = Map.groupBy(wanted, ({ account }) => account)
    const members = [...since.keys()].flatMap((id) => land.all('member').get(id) ?? [])
    const listing = `ListDelegatedAdministrators/${ServicePrincipal ?? ''}`
    const { items, end } = pageOf(call, members, { ...input, listing, keyOf: ({ id }) => id })
    return { output: { DelegatedAdministrators: items.map((one) => show(call, one, since.get(one.id) ?? [])), ...end } }
  },
})

/** organizations:ListDelegatedServicesForAccount. */
export const listDelegatedServicesForAccount = operation('organizations:ListDelegatedServicesForAccount', {
  needs: touches,
  asks: ({ AccountId }, call) => about(call, AccountId),
  refusals: [...MANAGED, 'AccountNotFoundException', 'AccountNotRegisteredException'],
  run({ AccountId, ...input }, call) {
    oversee(call)
    const { organization: land } = call.estate
    if (!land.all('member').has(AccountId)) throw noAccount()
    const own = [...land.all('delegation').values()].filter(({ account }) => account === AccountId)
    if (own.length === 0) throw notRegistered()
    const listing = `ListDelegatedServicesForAccount/${AccountId}`
    const { items, end } = pageOf(call, own, { ...input, listing, keyOf: ({ service }) => service })
    const shown = items.map(({ service, enabledAt }) => ({
      ServicePrincipal: service,
      DelegationEnabledDate: new Date(enabledAt),
    }))
    return { output: { DelegatedServices: shown, ...end } }
  },
})

function asking(call: Call, account: string, service: string) {
  return about(call, account, { 'organizations:ServicePrincipal': service })
}

function keyOf(account: string, service: string): string {
  return `${account}/${service}`
}

function show(call: Call, member: Member, delegations: readonly Delegation[]) {
  const { Paths: _, ...account } = showAccount(call, member)
  return { ...account, DelegationEnabledDate: new Date(Math.min(...delegations.map(({ enabledAt }) => enabledAt))) }
}

function noAccount(): Refusal {
  return new Refusal('AccountNotFoundException', "You specified an account that doesn't exist.")
}

function notRegistered(): Refusal {
  return new Refusal(
    'AccountNotRegisteredException',
    'The provided account is not a registered delegated administrator for your organization.',
  )
}
