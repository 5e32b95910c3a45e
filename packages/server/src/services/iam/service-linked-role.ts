/** Service-linked roles: made and unmade by whoever may, changed by their service alone. */

import { identityArn, isServiceLinked, nameKey, type Account, type Role } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { uniqueId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { LINKED_SERVICES, type LinkedService } from './linked-services.ts'
import { briefRole } from './role.ts'
import { find, refuseBeyond } from './shared.ts'

/** iam:CreateServiceLinkedRole. Its name, path, trust and policy are the service's to say. */
export const createServiceLinkedRole = operation('iam:CreateServiceLinkedRole', {
  asks({ AWSServiceName, CustomSuffix }, { account }) {
    const name = nameOf(LINKED_SERVICES[AWSServiceName], CustomSuffix) ?? '*'
    return {
      resource: `arn:aws:iam::${account.id}:role${pathOf(AWSServiceName)}${name}`,
      context: { 'iam:AWSServiceName': AWSServiceName },
    }
  },
  refusals: ['InvalidInput', 'LimitExceeded'],
  run({ AWSServiceName, CustomSuffix, Description }, call) {
    const { account, now, random, estate } = call
    const service = LINKED_SERVICES[AWSServiceName]
    const name = nameOf(service, CustomSuffix)
    if (service === undefined || name === undefined) throw unknown(AWSServiceName)
    if (CustomSuffix !== undefined && service.suffix !== true) {
      throw new Refusal('InvalidInput', `Custom suffix is not allowed for ${AWSServiceName}`)
    }
    if (account.all('role').has(nameKey(name))) {
      throw new Refusal(
        'InvalidInput',
        `Service role name ${name} has been taken in this account, please try a different suffix.`,
      )
    }
    refuseBeyond(call, 'iam:RolesPerAccount', account.all('role').size)
    const role: Role = {
      kind: 'role',
      name,
      path: pathOf(AWSServiceName),
      id: uniqueId(random, 'role'),
      createdAt: now,
      ...(Description === undefined ? {} : { description: Description }),
      maxSession: 3600,
      trust: { document: trustOf(AWSServiceName) },
      inline: [],
      attached: [`arn:aws:iam::aws:policy/aws-service-role/${service.policy}`],
      tags: [],
    }
    return {
      output: { Role: briefRole(estate, account.id, role) },
      changes: [put(account.id, 'role', nameKey(name), role)],
    }
  },
})

/** iam:DeleteServiceLinkedRole. The service is asked whether it needs the role; nothing here does, so it goes at once. */
export const deleteServiceLinkedRole = operation('iam:DeleteServiceLinkedRole', {
  asks: ({ RoleName }, { account }) => about(account, RoleName),
  refusals: ['InvalidInput', 'NoSuchEntity'],
  run({ RoleName }, { account, random, now }) {
    const role = find(account, 'role', RoleName)
    if (!isServiceLinked(role)) {
      throw new Refusal('InvalidInput', `Role ${role.name} is not a service linked role.`)
    }
    const id = `task${role.path}${role.name}/${uuid(random)}`
    const changes = [
      remove(account.id, 'role', nameKey(role.name)),
      put(account.id, 'roleDeletion', id, { id, role: role.name, at: now }),
    ]
    return { output: { DeletionTaskId: id }, changes }
  },
})

/** iam:GetServiceLinkedRoleDeletionStatus. */
export const getServiceLinkedRoleDeletionStatus = operation('iam:GetServiceLinkedRoleDeletionStatus', {
  asks: ({ DeletionTaskId }, { account }) => about(account, /([^/]+)\/[^/]+$/.exec(DeletionTaskId)?.[1] ?? '*'),
  refusals: ['InvalidInput', 'NoSuchEntity'],
  run({ DeletionTaskId }, { account }) {
    if (account.all('roleDeletion').has(DeletionTaskId)) return { output: { Status: 'SUCCEEDED' as const } }
    throw new Refusal('NoSuchEntity', `Deletion task with id ${DeletionTaskId} cannot be found.`)
  },
})

function about(account: Account, name: string) {
  const role = account.all('role').get(nameKey(name))
  const service = role === undefined ? undefined : /^\/aws-service-role\/([^/]+)\//.exec(role.path)?.[1]
  return {
    resource:
      role === undefined ? `arn:aws:iam::${account.id}:role/aws-service-role/${name}` : identityArn(account.id, role),
    context: { 'iam:AWSServiceName': service },
  }
}

function pathOf(service: string): string {
  return `/aws-service-role/${service}/`
}

function nameOf(service: LinkedService | undefined, suffix: Call['region'] | undefined): string | undefined {
  if (service === undefined) return undefined
  return suffix === undefined ? service.role : `${service.role}_${suffix}`
}

function trustOf(Service: string): string {
  const statement = { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

/** `[I]`: what AWS says of a service that has no such role is not recorded. */
function unknown(service: string): Refusal {
  return new Refusal('InvalidInput', `Service linked role cannot be created for service ${service}`)
}
