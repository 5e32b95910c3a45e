/** Subnets: the default one of each zone. */

import type { Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { resourceTags } from '../tags.ts'
import { exact, type Filterable } from './filter.ts'
import { ADDRESSES, holds, networkIn, networkTags, rangeOf, type Subnet } from './network.ts'
import { arnOf, instancesOf, LISTING, select, showTags, somewhere, type Kind } from './shared.ts'

interface TaggedSubnet extends Subnet {
  readonly tags: readonly Tag[]
}

export const SUBNET: Kind = {
  prefix: 'subnet',
  malformed: 'InvalidSubnetID.Malformed',
  missing: (id) => new Refusal('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`),
}

export function subnetsOf(call: Call): readonly TaggedSubnet[] {
  return networkIn(call).subnets.map((subnet) => ({ ...subnet, tags: networkTags(call, subnet.id) }))
}

export function subnetKeys(call: Call, { id, zone }: Subnet, tags = networkTags(call, id)) {
  return {
    'ec2:Region': call.region,
    'ec2:AvailabilityZone': zone.name,
    'ec2:AvailabilityZoneId': zone.id,
    'ec2:SubnetID': id,
    'ec2:Vpc': arnOf(call, 'vpc', networkIn(call).vpcId),
    ...resourceTags(tags, 'ec2'),
  }
}

/** ec2:DescribeSubnets. */
export const describeSubnets = operation('ec2:DescribeSubnets', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidSubnetID.Malformed', 'InvalidSubnetID.NotFound'],
  run({ SubnetIds: ids = [], ...input }, call) {
    const free = freeCounts(call)
    const selection = { ...input, ids, listing: 'DescribeSubnets', kind: SUBNET, filters: filtersOf(call, free) }
    const { items, end } = select(call, subnetsOf(call), selection)
    return { output: { Subnets: items.map((subnet) => show(call, subnet, free(subnet))), ...end } }
  },
})

type Free = (subnet: Subnet) => number

function freeCounts(call: Call): Free {
  const taken = instancesOf(call).filter(({ transition }) => transition.to !== 'terminated')
  return (subnet) => ADDRESSES - taken.filter(({ privateIp }) => holds(subnet, privateIp)).length
}

const zone = ({ zone: { name } }: Subnet): readonly string[] => [name]
const zoneId = ({ zone: { id } }: Subnet): readonly string[] => [id]
const range = (subnet: Subnet): readonly string[] => [rangeOf(subnet)]

function filtersOf(call: Call, free: Free): Filterable<TaggedSubnet> {
  const { vpcId } = networkIn(call)
  return {
    availabilityZone: zone,
    'availability-zone': zone,
    availabilityZoneId: zoneId,
    'availability-zone-id': zoneId,
    'available-ip-address-count': (subnet) => [String(free(subnet))],
    cidr: range,
    cidrBlock: range,
    'cidr-block': range,
    'default-for-az': exact('true'),
    defaultForAz: exact('true'),
    'ipv6-native': exact('false'),
    'map-public-ip-on-launch': exact('true'),
    'owner-id': exact(call.account.id),
    state: exact('available'),
    'subnet-arn': ({ id }) => [arnOf(call, 'subnet', id)],
    'subnet-id': ({ id }) => [id],
    'vpc-id': exact(vpcId),
  }
}

function show(call: Call, subnet: TaggedSubnet, free: number) {
  const { id, zone, tags } = subnet
  return {
    SubnetId: id,
    SubnetArn: arnOf(call, 'subnet', id),
    VpcId: networkIn(call).vpcId,
    OwnerId: call.account.id,
    AvailabilityZone: zone.name,
    AvailabilityZoneId: zone.id,
    AvailableIpAddressCount: free,
    CidrBlock: rangeOf(subnet),
    Ipv6CidrBlockAssociationSet: [],
    AssignIpv6AddressOnCreation: false,
    DefaultForAz: true,
    EnableDns64: false,
    Ipv6Native: false,
    MapPublicIpOnLaunch: true,
    MapCustomerOwnedIpOnLaunch: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: 'ip-name' as const,
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' as const },
    State: 'available' as const,
    Tags: showTags(tags),
  }
}
