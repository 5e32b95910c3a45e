/** Network interfaces: the one that each instance has. */

import type { Instance, Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { resourceTags } from '../tags.ts'
import { exact, type Filterable } from './filter.ts'
import { groupsOf } from './group.ts'
import { machineOf, publicIpOf } from './machine.ts'
import { networkIn, privateName, publicName } from './network.ts'
import { arnOf, instancesOf, LISTING, select, showTags, somewhere, type Kind } from './shared.ts'
import { stateOf } from './state.ts'

export const INTERFACE: Kind = {
  prefix: 'eni',
  malformed: 'InvalidNetworkInterfaceId.Malformed',
  missing: (id) => new Refusal('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`),
}

interface Card {
  readonly id: string
  readonly tags: readonly Tag[]
  readonly instance: Instance
}

export function interfacesOf(call: Call): readonly Card[] {
  const alive = instancesOf(call).filter((one) => stateOf(one, call.now) !== 'terminated')
  return alive.map((instance) => {
    const { id, tags } = machineOf(call, instance).nic
    return { id, tags, instance }
  })
}

export function interfaceKeys(call: Call, { id, tags, instance }: Card) {
  return {
    'ec2:Region': call.region,
    'ec2:AvailabilityZone': instance.zone,
    'ec2:NetworkInterfaceID': id,
    'ec2:Subnet': arnOf(call, 'subnet', subnetOf(call, instance)),
    'ec2:Vpc': arnOf(call, 'vpc', networkIn(call).vpcId),
    ...resourceTags(tags, 'ec2'),
  }
}

export function subnetOf(call: Pick<Call, 'account' | 'region'>, { zone }: Instance): string {
  return networkIn(call).subnets.find((subnet) => subnet.zone.name === zone)?.id ?? ''
}

/** ec2:DescribeNetworkInterfaces. */
export const describeNetworkInterfaces = operation('ec2:DescribeNetworkInterfaces', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidNetworkInterfaceID.NotFound', 'InvalidNetworkInterfaceId.Malformed'],
  run({ NetworkInterfaceIds: ids = [], ...input }, call) {
    const filters = filtersOf(call)
    const selection = { ...input, ids, listing: 'DescribeNetworkInterfaces', kind: INTERFACE, filters }
    const { items, end } = select(call, interfacesOf(call), selection)
    return { output: { NetworkInterfaces: items.map((card) => show(call, card)), ...end } }
  },
})

function filtersOf(call: Call): Filterable<Card> {
  const nic = ({ instance }: Card) => machineOf(call, instance).nic
  const address = ({ instance }: Card): readonly string[] => [instance.privateIp]
  const outside = ({ instance }: Card): readonly string[] => [publicIpOf(call, instance) ?? []].flat()
  return {
    'addresses.private-ip-address': address,
    'addresses.primary': exact('true'),
    'association.public-ip': outside,
    'attachment.attachment-id': (card) => [nic(card).attachmentId],
    'attachment.delete-on-termination': exact('true'),
    'attachment.device-index': exact('0'),
    'attachment.instance-id': ({ instance }) => [instance.id],
    'attachment.instance-owner-id': exact(call.account.id),
    'attachment.status': exact('attached'),
    'availability-zone': ({ instance }) => [instance.zone],
    description: (card) => [nic(card).description],
    'group-id': ({ instance }) => machineOf(call, instance).groups,
    'group-name': ({ instance }) =>
      showGroups(call, machineOf(call, instance).groups).map(({ GroupName }) => GroupName),
    'interface-type': exact('interface'),
    'mac-address': (card) => [nic(card).mac],
    'network-interface-id': ({ id }) => [id],
    'owner-id': exact(call.account.id),
    'private-dns-name': ({ instance }) => [privateName(instance.privateIp, call.region)],
    'private-ip-address': address,
    'requester-managed': exact('false'),
    'source-dest-check': (card) => [String(nic(card).sourceDestCheck)],
    status: exact('in-use'),
    'subnet-id': ({ instance }) => [subnetOf(call, instance)],
    'vpc-id': exact(networkIn(call).vpcId),
  }
}

/** Groups by id with their names. */
export function showGroups(call: Pick<Call, 'account' | 'region'>, ids: readonly string[]) {
  const all = groupsOf(call)
  return ids.map((id) => ({ GroupId: id, GroupName: all.find((group) => group.id === id)?.name ?? '' }))
}

/** The public address, where there is one. */
export function association(call: Call, instance: Instance) {
  const ip = publicIpOf(call, instance)
  return ip === undefined
    ? undefined
    : { IpOwnerId: 'amazon', PublicIp: ip, PublicDnsName: publicName(ip, call.region) }
}

function show(call: Call, { id, tags, instance }: Card) {
  const { nic, groups } = machineOf(call, instance)
  const { region, account } = call
  const outside = association(call, instance)
  const name = privateName(instance.privateIp, region)
  const address = { Primary: true, PrivateIpAddress: instance.privateIp, PrivateDnsName: name, Association: outside }
  return {
    NetworkInterfaceId: id,
    OwnerId: account.id,
    VpcId: networkIn(call).vpcId,
    SubnetId: subnetOf(call, instance),
    AvailabilityZone: instance.zone,
    Description: nic.description,
    InterfaceType: 'interface' as const,
    MacAddress: nic.mac,
    PrivateIpAddress: instance.privateIp,
    PrivateDnsName: name,
    PrivateIpAddresses: [address],
    Ipv6Addresses: [],
    RequesterManaged: false,
    SourceDestCheck: nic.sourceDestCheck,
    Status: 'in-use' as const,
    Groups: showGroups(call, groups),
    Association: outside,
    Attachment: {
      AttachmentId: nic.attachmentId,
      AttachTime: new Date(instance.launchedAt),
      DeleteOnTermination: true,
      DeviceIndex: 0,
      NetworkCardIndex: 0,
      InstanceId: instance.id,
      InstanceOwnerId: account.id,
      Status: 'attached' as const,
    },
    TagSet: showTags(tags),
  }
}
