/** Instance profiles put on instances that are there, exchanged and taken off. */

import { regionKey, type Instance, type Machine, type ProfileAssociation } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import type { Filterable } from './filter.ts'
import { aboutInstance, machineOf } from './machine.ts'
import { associate, findProfile, passing, profileArnOf } from './profile.ts'
import { arnOf, find, instancesOf, LISTING, select, somewhere, type Kind } from './shared.ts'
import { SETTLING, stateOf } from './state.ts'

const ASSOCIATION: Kind = {
  prefix: 'iip-assoc',
  malformed: 'InvalidAssociationID.NotFound',
  missing: (id) => new Refusal('InvalidAssociationID.NotFound', `An invalid association-id of '${id}' was given`),
}

const REFUSED = [
  'IncorrectInstanceState',
  'InvalidInstanceID.Malformed',
  'InvalidInstanceID.NotFound',
  'InvalidParameterCombination',
  'InvalidParameterValue',
] as const satisfies readonly RefusalCode[]

/** ec2:AssociateIamInstanceProfile. Asks iam:PassRole for the profile's role too. */
export const associateIamInstanceProfile = operation('ec2:AssociateIamInstanceProfile', {
  asks: ({ InstanceId, IamInstanceProfile }, call) => [
    aboutInstance(call, InstanceId, { 'ec2:NewInstanceProfile': profileArnOf(call, IamInstanceProfile) }),
    ...passing(call, IamInstanceProfile, InstanceId),
  ],
  refusals: [...REFUSED, 'IncorrectState'],
  run({ InstanceId, IamInstanceProfile }, call) {
    const instance = one(call, InstanceId)
    const profile = findProfile(call, IamInstanceProfile)
    if (machineOf(call, instance).profile !== undefined) {
      throw new Refusal('IncorrectState', `There is an existing association for instance ${InstanceId}`)
    }
    return putOn(call, instance, associate(call, profile))
  },
})

/** ec2:ReplaceIamInstanceProfileAssociation. The instance has one all the while. */
export const replaceIamInstanceProfileAssociation = operation('ec2:ReplaceIamInstanceProfileAssociation', {
  asks({ AssociationId, IamInstanceProfile }, call) {
    const instance = instanceWith(call, AssociationId)
    const keys = { 'ec2:NewInstanceProfile': profileArnOf(call, IamInstanceProfile) }
    return [aboutAssociated(call, instance, keys), ...passing(call, IamInstanceProfile, instance?.id)]
  },
  refusals: [...REFUSED, 'InvalidAssociationID.NotFound'],
  run({ AssociationId, IamInstanceProfile }, call) {
    const instance = instanceWith(call, AssociationId)
    if (instance === undefined) throw ASSOCIATION.missing(AssociationId)
    return putOn(call, instance, associate(call, findProfile(call, IamInstanceProfile)))
  },
})

/** ec2:DisassociateIamInstanceProfile. */
export const disassociateIamInstanceProfile = operation('ec2:DisassociateIamInstanceProfile', {
  asks: ({ AssociationId }, call) => aboutAssociated(call, instanceWith(call, AssociationId)),
  refusals: ['InvalidAssociationID.NotFound'],
  run({ AssociationId }, call) {
    const instance = instanceWith(call, AssociationId)
    const { profile, ...machine } = instance === undefined ? ({} as Partial<Machine>) : machineOf(call, instance)
    if (instance === undefined || profile === undefined) throw ASSOCIATION.missing(AssociationId)
    const shown = { ...show(call, instance, profile), State: 'disassociating' as const }
    // without the profile it is a machine as it was
    return { output: { IamInstanceProfileAssociation: shown }, changes: [keep(call, instance, machine as Machine)] }
  },
})

/** ec2:DescribeIamInstanceProfileAssociations. */
export const describeIamInstanceProfileAssociations = operation('ec2:DescribeIamInstanceProfileAssociations', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidAssociationID.NotFound'],
  run({ AssociationIds: ids = [], ...input }, call) {
    const all = instancesOf(call).flatMap((instance) => {
      const { profile } = machineOf(call, instance)
      return profile === undefined ? [] : [{ id: profile.id, tags: [], instance, profile }]
    })
    const filters: Filterable<(typeof all)[number]> = {
      'instance-id': ({ instance }) => [instance.id],
      state: ({ profile }) => [stateOfAssociation(call, profile)],
    }
    const listing = 'DescribeIamInstanceProfileAssociations'
    const { items, end } = select(call, all, { ...input, ids, listing, kind: ASSOCIATION, filters })
    const shown = items.map(({ instance, profile }) => show(call, instance, profile))
    return { output: { IamInstanceProfileAssociations: shown, ...end } }
  },
})

function one(call: Call, id: string): Instance {
  const [instance] = find(call, [id])
  if (instance === undefined) throw new Error('`find` refuses what is not there')
  const state = stateOf(instance, call.now)
  if (state === 'terminated' || state === 'shutting-down') {
    throw new Refusal('IncorrectInstanceState', `The instance '${id}' is not in the 'running' or 'stopped' states.`)
  }
  return instance
}

function instanceWith(call: Call, association: string): Instance | undefined {
  return instancesOf(call).find((instance) => machineOf(call, instance).profile?.id === association)
}

function aboutAssociated(call: Call, instance: Instance | undefined, keys: Asking['context'] = {}): Asking {
  if (instance !== undefined) return aboutInstance(call, instance.id, keys)
  return { resource: arnOf(call, 'instance', '*'), context: { 'ec2:Region': call.region, ...keys } }
}

function putOn(call: Call, instance: Instance, profile: ProfileAssociation) {
  return {
    output: { IamInstanceProfileAssociation: show(call, instance, profile) },
    changes: [keep(call, instance, { ...machineOf(call, instance), profile })],
  }
}

function keep({ account }: Call, instance: Instance, machine: Machine): Change {
  return put(account.id, 'instance', regionKey(instance.region, instance.id), { ...instance, machine })
}

function stateOfAssociation({ now }: Call, { since }: ProfileAssociation): 'associating' | 'associated' {
  return now - since < SETTLING ? 'associating' : 'associated'
}

function show(call: Call, { id }: Instance, profile: ProfileAssociation) {
  return {
    AssociationId: profile.id,
    InstanceId: id,
    IamInstanceProfile: { Arn: profile.arn, Id: profile.profileId },
    State: stateOfAssociation(call, profile),
  }
}
