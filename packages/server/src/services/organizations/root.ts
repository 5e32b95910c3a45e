/** The root of the tree, and the policy types that are enabled in it. */

import {
  attachedTo,
  type OrganizationLand,
  type OrganizationPolicyType,
  type OrganizationSelf,
} from '@sallyport/estate'
import { ORGANIZATION } from '../../directory.ts'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { delegated, govern, oversee } from './delegation.ts'
import { hang } from './hanging.ts'
import { fullAccessId } from './managed.ts'
import { about, arnOf, MANAGED, pageOf, touches } from './shared.ts'
import { availableType, isGuardrail } from './type.ts'

/** organizations:ListRoots. There is one. */
export const listRoots = operation('organizations:ListRoots', {
  needs: touches,
  asks: (_input, call) => delegated(call, { resource: '*' }),
  refusals: MANAGED,
  run(input, call) {
    const organization = oversee(call)
    const { items, end } = pageOf(call, [show(organization)], { ...input, listing: 'ListRoots', keyOf: ({ Id }) => Id })
    return { output: { Roots: items, ...end } }
  },
})

/** organizations:EnablePolicyType. From now on the type's full-access policy hangs on every root, OU and account. */
export const enablePolicyType = operation('organizations:EnablePolicyType', {
  needs: touches,
  asks: (input, call) => delegated(call, asking(input, call)),
  refusals: [
    ...MANAGED,
    'PolicyTypeAlreadyEnabledException',
    'PolicyTypeNotAvailableForOrganizationException',
    'RootNotFoundException',
  ],
  run(input, call) {
    const { RootId, PolicyType } = input
    const organization = rootOf(govern(call, asking(input, call)), RootId)
    const type = availableType(PolicyType, organization)
    if (organization.enabledPolicyTypes.includes(type)) {
      throw new Refusal('PolicyTypeAlreadyEnabledException', 'The specified policy type is already enabled.')
    }
    const after = { ...organization, enabledPolicyTypes: [...organization.enabledPolicyTypes, type] }
    const { organization: land } = call.estate
    return { output: { Root: show(after) }, changes: [keep(after), ...attachEverywhere(land, after.rootId, type)] }
  },
})

/** organizations:DisablePolicyType. All attachments of the type end; enabling it again brings only full access back. */
export const disablePolicyType = operation('organizations:DisablePolicyType', {
  needs: touches,
  asks: (input, call) => delegated(call, asking(input, call)),
  refusals: [...MANAGED, 'PolicyTypeNotEnabledException', 'RootNotFoundException'],
  run(input, call) {
    const { RootId, PolicyType } = input
    const organization = rootOf(govern(call, asking(input, call)), RootId)
    const type = organization.enabledPolicyTypes.find((one) => one === PolicyType)
    if (type === undefined) throw notEnabled()
    const after = { ...organization, enabledPolicyTypes: organization.enabledPolicyTypes.filter((one) => one !== type) }
    return {
      output: { Root: show(after) },
      changes: [keep(after), ...detachEverywhere(call.estate.organization, type)],
    }
  },
})

function asking({ RootId, PolicyType }: { readonly RootId: string; readonly PolicyType: string }, call: Call): Asking {
  return about(call, RootId, { 'organizations:PolicyType': PolicyType })
}

export function notEnabled(): Refusal {
  return new Refusal('PolicyTypeNotEnabledException', 'This operation can be performed only for enabled policy types.')
}

function rootOf(organization: OrganizationSelf, id: string): OrganizationSelf {
  if (organization.rootId === id) return organization
  throw new Refusal('RootNotFoundException', "You specified a root that doesn't exist.")
}

function keep(organization: OrganizationSelf): Change {
  return put(ORGANIZATION, 'organization', 'self', organization)
}

/** Management policies have none that hangs everywhere. */
function attachEverywhere(land: OrganizationLand, root: string, type: OrganizationPolicyType): readonly Change[] {
  if (!isGuardrail(type)) return []
  const targets = [root, ...land.all('unit').keys(), ...land.all('member').keys()]
  return targets.map((target) => hang(target, [...attachedTo(land, target), fullAccessId(type)]))
}

function detachEverywhere(land: OrganizationLand, type: OrganizationPolicyType): readonly Change[] {
  const policies = land.all('orgPolicy')
  return [...land.all('attachment').values()].flatMap(({ target, policies: before }) => {
    const left = before.filter((id) => policies.get(id)?.type !== type)
    return left.length === before.length ? [] : [hang(target, left)]
  })
}

function show(organization: OrganizationSelf) {
  const { rootId, enabledPolicyTypes } = organization
  return {
    Id: rootId,
    Arn: arnOf(organization, 'root', rootId),
    Name: 'Root',
    PolicyTypes: enabledPolicyTypes.map((type) => ({ Type: type, Status: 'ENABLED' as const })),
  }
}
