/** Service-specific credentials: a name and password, or a key, that one service takes in the place of a signature. */

import type { Account, ServiceCredential } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { secretAccessKey, uniqueId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { draw } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { about, iamPage, refuseBeyond } from './shared.ts'
import { nameOfOwner, ownerOf, recordOf, recordsOf, withoutRecord, withStatus } from './user-record.ts'
import { aboutUser } from './user.ts'

/** What each service takes. UG id_credentials_service-specific-creds. */
const FORMS = {
  'codecommit.amazonaws.com': 'password',
  'cassandra.amazonaws.com': 'password',
  'bedrock.amazonaws.com': 'key',
  'logs.amazonaws.com': 'key',
} as const

type ServiceName = keyof typeof FORMS

const DAY = 86_400_000

/** iam:CreateServiceSpecificCredential. The password is told once, and not kept: none of these services is here to ask for it. */
export const createServiceSpecificCredential = operation('iam:CreateServiceSpecificCredential', {
  asks: ({ UserName, ServiceName, CredentialAgeDays }, { account }) =>
    asking(account, UserName, { ServiceName, CredentialAgeDays }),
  refusals: ['LimitExceeded', 'NoSuchEntity'],
  run({ UserName, ServiceName, CredentialAgeDays }, call) {
    const { account, now, random } = call
    const owner = ownerOf(call, UserName)
    const service = supported(ServiceName)
    const own = recordsOf(account, 'serviceCredential', owner).filter((one) => one.service === service)
    refuseBeyond(call, 'iam:ServiceSpecificCredentialsPerUser', own.length)
    const form = FORMS[service]
    const made: ServiceCredential = {
      id: uniqueId(random, 'serviceCredential'),
      userId: owner.id,
      status: 'Active',
      createdAt: now,
      service,
      name: nameFor(form, owner.name, { account: account.id, random, nth: own.length }),
      ...(CredentialAgeDays === undefined ? {} : { expiresAt: now + CredentialAgeDays * DAY }),
    }
    return {
      output: { ServiceSpecificCredential: { ...brief(owner.name, made), ...secretOf(made, call) } },
      changes: [put(account.id, 'serviceCredential', made.id, made)],
    }
  },
})

/** iam:ListServiceSpecificCredentials. Of one user, or of all. */
export const listServiceSpecificCredentials = operation('iam:ListServiceSpecificCredentials', {
  asks: ({ UserName, AllUsers = false }, call) => (AllUsers ? { resource: '*' } : aboutUser(call, UserName)),
  refusals: ['NoSuchEntity'],
  run({ UserName, ServiceName, AllUsers = false, ...paging }, call) {
    const { account } = call
    if (ServiceName !== undefined) supported(ServiceName)
    const all = AllUsers
      ? [...account.all('serviceCredential').values()]
      : recordsOf(account, 'serviceCredential', ownerOf(call, UserName))
    const wanted = all.filter(({ service }) => ServiceName === undefined || service === ServiceName)
    const listing = `serviceCredential/${AllUsers ? '' : (UserName ?? 'own')}/${ServiceName ?? ''}`
    const { items, end } = iamPage(call, wanted, { listing, keyOf: ({ id }) => id, ...paging })
    const shown = items.map((one) => brief(nameOfOwner(account, one.userId), one))
    // AWS pages the listing of all users alone
    return { output: { ServiceSpecificCredentials: shown, ...(end.IsTruncated || AllUsers ? end : {}) } }
  },
})

/** iam:UpdateServiceSpecificCredential. */
export const updateServiceSpecificCredential = operation('iam:UpdateServiceSpecificCredential', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['InvalidInput', 'NoSuchEntity'],
  run({ UserName, ServiceSpecificCredentialId, Status }, call) {
    const credential = find(call, UserName, ServiceSpecificCredentialId)
    return { output: {}, changes: [withStatus(call.account, 'serviceCredential', credential, Status)] }
  },
})

/** iam:ResetServiceSpecificCredential. The old password is no good from now on. */
export const resetServiceSpecificCredential = operation('iam:ResetServiceSpecificCredential', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, ServiceSpecificCredentialId }, call) {
    const credential = find(call, UserName, ServiceSpecificCredentialId)
    const shown = brief(nameOfOwner(call.account, credential.userId), credential)
    return { output: { ServiceSpecificCredential: { ...shown, ...secretOf(credential, call) } } }
  },
})

/** iam:DeleteServiceSpecificCredential. */
export const deleteServiceSpecificCredential = operation('iam:DeleteServiceSpecificCredential', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, ServiceSpecificCredentialId }, call) {
    const credential = find(call, UserName, ServiceSpecificCredentialId)
    return { output: {}, changes: [withoutRecord(call.account, 'serviceCredential', credential)] }
  },
})

function asking(
  account: Account,
  user: string,
  { ServiceName, CredentialAgeDays }: { ServiceName: string; CredentialAgeDays: number | undefined },
) {
  const asked = about(account, 'user', user)
  const context = {
    'iam:ServiceSpecificCredentialServiceName': ServiceName,
    'iam:ServiceSpecificCredentialAgeDays': CredentialAgeDays === undefined ? undefined : String(CredentialAgeDays),
  }
  return { ...asked, context: { ...asked.context, ...context } }
}

/** Recorded. */
function supported(service: string): ServiceName {
  if (isSupported(service)) return service
  throw new Refusal('NoSuchEntity', `No such service ${service} is supported for Service Specific Credentials`)
}

function isSupported(service: string): service is ServiceName {
  return Object.hasOwn(FORMS, service)
}

function find(call: Call, user: string | undefined, id: string): ServiceCredential {
  const missing = `No such credential ${id} exists`
  return recordOf(call.account, 'serviceCredential', { owner: ownerOf(call, user), id, missing })
}

interface Naming extends Pick<Call, 'random'> {
  readonly account: string
  /** How many the user has for the service already. */
  readonly nth: number
}

/** `alice-at-111122223333`, and `alice+1-at-…` for the second; `BedrockAPIKey-….` for keys. */
function nameFor(form: 'password' | 'key', user: string, { account, random, nth }: Naming): string {
  if (form === 'key') return `BedrockAPIKey-${draw(random, 4, 'abcdefghijklmnopqrstuvwxyz0123456789')}-at-${account}`
  return `${user}${nth === 0 ? '' : `+${nth}`}-at-${account}`
}

function secretOf({ service }: ServiceCredential, { random }: Call) {
  const secret = `${secretAccessKey(random)}=`
  return isSupported(service) && FORMS[service] === 'key'
    ? { ServiceCredentialSecret: `ABSK${secret}` }
    : { ServicePassword: secret }
}

function brief(user: string, { id, status, createdAt, service, name, expiresAt }: ServiceCredential) {
  const named =
    isSupported(service) && FORMS[service] === 'key' ? { ServiceCredentialAlias: name } : { ServiceUserName: name }
  return {
    UserName: user,
    Status: status,
    CreateDate: new Date(createdAt),
    ExpirationDate: expiresAt === undefined ? undefined : new Date(expiresAt),
    ServiceSpecificCredentialId: id,
    ServiceName: service,
    ...named,
  }
}
