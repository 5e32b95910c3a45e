/** Attributes of network interfaces: read one a call, changed one a call. */

import { regionKey, type Machine } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { aboutGroup } from './group.ts'
import { INTERFACE, interfaceKeys, interfacesOf, showGroups } from './interface.ts'
import { groupsFor } from './launch-machine.ts'
import { machineOf } from './machine.ts'
import { arnOf, refuseDry, somewhere, wellFormed } from './shared.ts'

const MISSING = [
  'DryRunOperation',
  'InvalidNetworkInterfaceID.NotFound',
  'InvalidNetworkInterfaceId.Malformed',
  'InvalidParameterCombination',
] as const satisfies readonly RefusalCode[]

/** ec2:DescribeNetworkInterfaceAttribute. Unlike an instance's, an interface is no resource of the question. */
export const describeNetworkInterfaceAttribute = operation('ec2:DescribeNetworkInterfaceAttribute', {
  asks: (_input, call) => somewhere(call),
  refusals: MISSING,
  run({ NetworkInterfaceId, Attribute, DryRun }, call) {
    const { machine } = found(call, NetworkInterfaceId)
    refuseDry(DryRun)
    return { output: { NetworkInterfaceId, ...shown(call, machine, Attribute) } }
  },
})

function shown(call: Call, { nic, groups }: Machine, attribute: string | undefined) {
  if (attribute === 'description') return { Description: { Value: nic.description } }
  if (attribute === 'groupSet') return { Groups: showGroups(call, groups) }
  if (attribute === 'sourceDestCheck') return { SourceDestCheck: { Value: nic.sourceDestCheck } }
  if (attribute === undefined) throw new Refusal('InvalidParameterCombination', 'No attributes specified.')
  throw new Refusal('notBuilt', `sallyport has not built the attribute ${attribute} of a network interface`)
}

/** ec2:ModifyNetworkInterfaceAttribute. */
export const modifyNetworkInterfaceAttribute = operation('ec2:ModifyNetworkInterfaceAttribute', {
  asks(input, call) {
    const { NetworkInterfaceId, Groups = [] } = input
    const [name] = Object.keys(input).filter((member) => member !== 'NetworkInterfaceId' && member !== 'DryRun')
    const groups = Groups.map((GroupId): Asking => aboutGroup(call, { GroupId }))
    return [aboutInterface(call, NetworkInterfaceId, { 'ec2:Attribute': name }), ...groups]
  },
  refusals: [
    ...MISSING,
    'InvalidGroup.NotFound',
    'InvalidGroupId.Malformed',
    'SecurityGroupsPerInterfaceLimitExceeded',
  ],
  run({ NetworkInterfaceId, DryRun, ...attributes }, call) {
    const { instance, machine } = found(call, NetworkInterfaceId)
    const { Description, Groups, SourceDestCheck, ...others } = attributes
    const count = Object.keys(attributes).length
    if (count === 0) throw new Refusal('InvalidParameterCombination', 'No attributes specified.')
    if (count > 1) throw new Refusal('InvalidParameterCombination', 'Fields for multiple attribute types specified')
    const [other] = Object.keys(others)
    if (other !== undefined) throw new Refusal('notBuilt', `sallyport has not built ${other} of a network interface`)
    const changed = {
      ...machine,
      ...(Groups === undefined ? {} : { groups: groupsFor(call, Groups) }),
      nic: {
        ...machine.nic,
        ...(Description?.Value === undefined ? {} : { description: Description.Value }),
        ...(SourceDestCheck?.Value === undefined ? {} : { sourceDestCheck: SourceDestCheck.Value }),
      },
    }
    refuseDry(DryRun)
    const key = regionKey(instance.region, instance.id)
    return { output: {}, changes: [put(call.account.id, 'instance', key, { ...instance, machine: changed })] }
  },
})

function aboutInterface(call: Call, id: string, context: Asking['context']): Asking {
  wellFormed(INTERFACE.malformed, INTERFACE.prefix, id)
  const card = interfacesOf(call).find((one) => one.id === id)
  const own = card === undefined ? { 'ec2:Region': call.region } : interfaceKeys(call, card)
  return { resource: arnOf(call, 'network-interface', id), context: { ...own, ...context } }
}

function found(call: Call, id: string) {
  wellFormed(INTERFACE.malformed, INTERFACE.prefix, id)
  const card = interfacesOf(call).find((one) => one.id === id)
  if (card === undefined) throw INTERFACE.missing(id)
  return { instance: card.instance, machine: machineOf(call, card.instance) }
}
