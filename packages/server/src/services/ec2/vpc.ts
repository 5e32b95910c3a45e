/** VPCs: the default one of the region, what it says of itself, and its DHCP options. */

import type { Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { resourceTags } from '../tags.ts'
import { exact, type Filterable } from './filter.ts'
import { networkIn, networkTags, VPC_RANGE } from './network.ts'
import { arnOf, LISTING, refuseDry, select, showTags, somewhere, wellFormed, type Kind, type Thing } from './shared.ts'

interface Vpc extends Thing {
  readonly dhcpId: string
}

export const VPC: Kind = {
  prefix: 'vpc',
  malformed: 'InvalidVpcID.Malformed',
  missing: (id) => new Refusal('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`),
}

export const DHCP: Kind = {
  prefix: 'dopt',
  malformed: 'InvalidDhcpOptionsId.Malformed',
  missing: (id) => new Refusal('InvalidDhcpOptionID.NotFound', `The dhcpOption ID '${id}' does not exist`),
}

export function vpcsOf(call: Call): readonly Vpc[] {
  const { vpcId, dhcpId } = networkIn(call)
  return [{ id: vpcId, dhcpId, tags: networkTags(call, vpcId) }]
}

export function dhcpOptionsOf(call: Call): readonly Thing[] {
  const { dhcpId } = networkIn(call)
  return [{ id: dhcpId, tags: networkTags(call, dhcpId) }]
}

export function vpcKeys({ region }: Call, { id, tags }: { readonly id: string; readonly tags: readonly Tag[] }) {
  return { 'ec2:Region': region, 'ec2:VpcID': id, 'ec2:Tenancy': 'default', ...resourceTags(tags, 'ec2') }
}

/** A question about a VPC, asked whether it is there or not. */
export function aboutVpc(call: Call, id: string, context: Asking['context'] = {}): Asking {
  wellFormed(VPC.malformed, VPC.prefix, id)
  const known = vpcsOf(call).find((vpc) => vpc.id === id)
  const own = known === undefined ? { 'ec2:Region': call.region, 'ec2:VpcID': id } : vpcKeys(call, known)
  return { resource: arnOf(call, 'vpc', id), context: { ...own, ...context } }
}

/** ec2:DescribeVpcs. */
export const describeVpcs = operation('ec2:DescribeVpcs', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidVpcID.Malformed', 'InvalidVpcID.NotFound'],
  run({ VpcIds: ids = [], ...input }, call) {
    const selection = { ...input, ids, listing: 'DescribeVpcs', kind: VPC, filters: filtersOf(call) }
    const { items, end } = select(call, vpcsOf(call), selection)
    return { output: { Vpcs: items.map((vpc) => show(call, vpc)), ...end } }
  },
})

/** ec2:DescribeVpcAttribute. One a call. */
export const describeVpcAttribute = operation('ec2:DescribeVpcAttribute', {
  asks: ({ VpcId, Attribute }, call) => aboutVpc(call, VpcId, { 'ec2:Attribute': Attribute }),
  refusals: ['DryRunOperation', 'InvalidVpcID.Malformed', 'InvalidVpcID.NotFound'],
  run({ VpcId, Attribute, DryRun }, call) {
    if (!vpcsOf(call).some(({ id }) => id === VpcId)) throw VPC.missing(VpcId)
    refuseDry(DryRun)
    return { output: { VpcId, ...ATTRIBUTES[Attribute] } }
  },
})

/** As AWS sets a default VPC. */
const ATTRIBUTES = {
  enableDnsSupport: { EnableDnsSupport: { Value: true } },
  enableDnsHostnames: { EnableDnsHostnames: { Value: true } },
  enableNetworkAddressUsageMetrics: { EnableNetworkAddressUsageMetrics: { Value: false } },
} as const

/** ec2:DescribeDhcpOptions. */
export const describeDhcpOptions = operation('ec2:DescribeDhcpOptions', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidDhcpOptionsId.Malformed', 'InvalidDhcpOptionID.NotFound'],
  run({ DhcpOptionsIds: ids = [], ...input }, call) {
    const selection = { ...input, ids, listing: 'DescribeDhcpOptions', kind: DHCP, filters: dhcpFilters(call) }
    const { items, end } = select(call, dhcpOptionsOf(call), selection)
    return { output: { DhcpOptions: items.map((options) => showDhcp(call, options)), ...end } }
  },
})

function filtersOf({ account }: Call): Filterable<Vpc> {
  return {
    cidr: exact(VPC_RANGE),
    'cidr-block-association.cidr-block': exact(VPC_RANGE),
    'cidr-block-association.state': exact('associated'),
    'dhcp-options-id': ({ dhcpId }) => [dhcpId],
    'is-default': exact('true'),
    isDefault: exact('true'),
    'owner-id': exact(account.id),
    state: exact('available'),
    'vpc-id': ({ id }) => [id],
  }
}

function show({ account }: Call, { id, dhcpId, tags }: Vpc) {
  const association = id.replace('vpc-', 'vpc-cidr-assoc-')
  return {
    VpcId: id,
    OwnerId: account.id,
    CidrBlock: VPC_RANGE,
    CidrBlockAssociationSet: [
      { AssociationId: association, CidrBlock: VPC_RANGE, CidrBlockState: { State: 'associated' as const } },
    ],
    Ipv6CidrBlockAssociationSet: [],
    DhcpOptionsId: dhcpId,
    InstanceTenancy: 'default' as const,
    IsDefault: true,
    State: 'available' as const,
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' as const },
    Tags: showTags(tags),
  }
}

function domainOf(region: string): string {
  return region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`
}

function dhcpFilters({ account, region }: Call): Filterable<Thing> {
  return {
    'dhcp-options-id': ({ id }) => [id],
    key: exact('domain-name', 'domain-name-servers'),
    'owner-id': exact(account.id),
    value: exact(domainOf(region), 'AmazonProvidedDNS'),
  }
}

function showDhcp({ account, region }: Call, { id, tags }: Thing) {
  return {
    DhcpOptionsId: id,
    OwnerId: account.id,
    DhcpConfigurations: [setting('domain-name', domainOf(region)), setting('domain-name-servers', 'AmazonProvidedDNS')],
    Tags: showTags(tags),
  }
}

function setting(Key: string, Value: string) {
  return { Key, Values: [{ Value }] }
}
