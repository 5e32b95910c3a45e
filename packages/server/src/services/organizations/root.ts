/** The root of the tree, and the policy types that are enabled in it. */

import {
  organizationOf,
  type OrganizationLand,
  type OrganizationPolicyType,
  type OrganizationSelf,
} from '@sallyport/estate'
import { ORGANIZATION } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { fullAccessId } from './managed.ts'
import { about, arnOf, manage, MANAGED, pageOf, touches } from './shared.ts'
import { availableType } from './type.ts'

/** organizations:ListRoots. There is one. */
export const listRoots = operation('organizations:ListRoots', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: MANAGED,
  run(input, call) {
    const organization = manage(call)
    const { items, end } = pageOf(call, [show(organization)], { ...input, listing: 'ListRoots', keyOf: ({ Id }) => Id })
    return { output: { Roots: items, ...end } }
  },
})

/** organizations:EnablePolicyType. From now on the type's full-access policy hangs on every root, OU and account. */
export const enablePolicyType = operation('organizations:EnablePolicyType', {
  needs: touches,
  asks: ({ RootId, PolicyType }, call) => about(call, RootId, { 'organizations:PolicyType': PolicyType }),
  refusals: [
    ...MANAGED,
    'PolicyTypeAlreadyEnabledException',
    'PolicyTypeNotAvailableForOrganizationException',
    'RootNotFoundException',
  ],
  run({ RootId, PolicyType }, call) {
    const organization = rootOf(manage(call), RootId)
    const type = availableType(PolicyType, organization)
    if (organization.enabledPolicyTypes.includes(type)) {
      throw new Refusal('PolicyTypeAlreadyEnabledException', 'The specified policy type is already enabled.')
    }
    const after = { ...organization, enabledPolicyTypes: [...organization.enabledPolicyTypes, type] }
    return { output: { Root: show(after) }, changes: [keep(after), attachEverywhere(call.estate.organization, type)] }
  },
})

/** organizations:DisablePolicyType. All attachments of the type end; enabling it again brings only full access back. */
export const disablePolicyType = operation('organizations:DisablePolicyType', {
  needs: touches,
  asks: ({ RootId, PolicyType }, call) => about(call, RootId, { 'organizations:PolicyType': PolicyType }),
  refusals: [...MANAGED, 'PolicyTypeNotEnabledException', 'RootNotFoundException'],
  run({ RootId, PolicyType }, call) {
    const organization = rootOf(manage(call), RootId)
    const type = organization.enabledPolicyTypes.find((one) => one === PolicyType)
    if (type === undefined) throw notEnabled()
    const after = { ...organization, enabledPolicyTypes: organization.enabledPolicyTypes.filter((one) => one !== type) }
    const attached = [...call.estate.organization.all('orgPolicy').values()].filter(
      (policy) => policy.type === type && policy.targets.length > 0,
    )
    const detached = attached.map((policy) => put(ORGANIZATION, 'orgPolicy', policy.id, { ...policy, targets: [] }))
    return { output: { Root: show(after) }, changes: [keep(after), ...detached] }
  },
})

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

function attachEverywhere(land: OrganizationLand, type: OrganizationPolicyType): Change {
  const policy = land.all('orgPolicy').get(fullAccessId(type))
  const root = organizationOf(land)?.rootId ?? ''
  return put(ORGANIZATION, 'orgPolicy', fullAccessId(type), {
    ...policy,
    targets: [root, ...land.all('unit').keys(), ...land.all('member').keys()],
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
