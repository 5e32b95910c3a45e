/** How the default VPC reaches the world: its main route table, its internet gateway, its network ACL. */

import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { exact, type Filterable } from './filter.ts'
import { networkIn, networkTags, VPC_RANGE } from './network.ts'
import { LISTING, select, showTags, somewhere, type Kind, type Thing } from './shared.ts'

const ANYWHERE = '0.0.0.0/0'

export const ROUTE_TABLE: Kind = {
  prefix: 'rtb',
  malformed: 'InvalidRouteTableId.Malformed',
  missing: (id) => new Refusal('InvalidRouteTableID.NotFound', `The routeTable ID '${id}' does not exist`),
}

export const GATEWAY: Kind = {
  prefix: 'igw',
  malformed: 'InvalidInternetGatewayId.Malformed',
  missing: (id) => new Refusal('InvalidInternetGatewayID.NotFound', `The internetGateway ID '${id}' does not exist`),
}

export const NETWORK_ACL: Kind = {
  prefix: 'acl',
  malformed: 'InvalidNetworkAclId.Malformed',
  missing: (id) => new Refusal('InvalidNetworkAclID.NotFound', `The networkAcl ID '${id}' does not exist`),
}

export function routeTablesOf(call: Call): readonly Thing[] {
  const { routeTableId: id } = networkIn(call)
  return [{ id, tags: networkTags(call, id) }]
}

export function gatewaysOf(call: Call): readonly Thing[] {
  const { gatewayId: id } = networkIn(call)
  return [{ id, tags: networkTags(call, id) }]
}

export function networkAclsOf(call: Call): readonly Thing[] {
  const { aclId: id } = networkIn(call)
  return [{ id, tags: networkTags(call, id) }]
}

/** ec2:DescribeRouteTables. */
export const describeRouteTables = operation('ec2:DescribeRouteTables', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidRouteTableId.Malformed', 'InvalidRouteTableID.NotFound'],
  run({ RouteTableIds: ids = [], ...input }, call) {
    const selection = { ...input, ids, listing: 'DescribeRouteTables', kind: ROUTE_TABLE, filters: tableFilters(call) }
    const { items, end } = select(call, routeTablesOf(call), selection)
    return { output: { RouteTables: items.map((table) => showTable(call, table)), ...end } }
  },
})

/** ec2:DescribeInternetGateways. */
export const describeInternetGateways = operation('ec2:DescribeInternetGateways', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidInternetGatewayId.Malformed', 'InvalidInternetGatewayID.NotFound'],
  run({ InternetGatewayIds: ids = [], ...input }, call) {
    const { vpcId } = networkIn(call)
    const filters: Filterable<Thing> = {
      'attachment.state': exact('available'),
      'attachment.vpc-id': exact(vpcId),
      'internet-gateway-id': ({ id }) => [id],
      'owner-id': exact(call.account.id),
    }
    const selection = { ...input, ids, listing: 'DescribeInternetGateways', kind: GATEWAY, filters }
    const { items, end } = select(call, gatewaysOf(call), selection)
    const shown = items.map(({ id, tags }) => ({
      InternetGatewayId: id,
      OwnerId: call.account.id,
      // AWS says `available` here, which is no value of the model's own list
      Attachments: [{ VpcId: vpcId, State: 'available' as 'attached' }],
      Tags: showTags(tags),
    }))
    return { output: { InternetGateways: shown, ...end } }
  },
})

/** ec2:DescribeNetworkAcls. */
export const describeNetworkAcls = operation('ec2:DescribeNetworkAcls', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidNetworkAclId.Malformed', 'InvalidNetworkAclID.NotFound'],
  run({ NetworkAclIds: ids = [], ...input }, call) {
    const selection = { ...input, ids, listing: 'DescribeNetworkAcls', kind: NETWORK_ACL, filters: aclFilters(call) }
    const { items, end } = select(call, networkAclsOf(call), selection)
    return { output: { NetworkAcls: items.map((acl) => showAcl(call, acl)), ...end } }
  },
})

function tableFilters(call: Call): Filterable<Thing> {
  const { gatewayId, vpcId } = networkIn(call)
  return {
    'association.gateway-id': exact(),
    'association.main': exact('true'),
    'association.route-table-association-id': ({ id }) => [mainAssociation(id)],
    'association.route-table-id': ({ id }) => [id],
    'association.subnet-id': exact(),
    'owner-id': exact(call.account.id),
    'route-table-id': ({ id }) => [id],
    'route.destination-cidr-block': exact(VPC_RANGE, ANYWHERE),
    'route.destination-ipv6-cidr-block': exact(),
    'route.destination-prefix-list-id': exact(),
    'route.egress-only-internet-gateway-id': exact(),
    'route.gateway-id': exact('local', gatewayId),
    'route.instance-id': exact(),
    'route.nat-gateway-id': exact(),
    'route.origin': exact('CreateRouteTable', 'CreateRoute'),
    'route.state': exact('active'),
    'route.transit-gateway-id': exact(),
    'route.vpc-peering-connection-id': exact(),
    'vpc-id': exact(vpcId),
  }
}

function mainAssociation(table: string): string {
  return table.replace('rtb-', 'rtbassoc-')
}

function showTable(call: Call, { id, tags }: Thing) {
  const { gatewayId, vpcId } = networkIn(call)
  return {
    RouteTableId: id,
    VpcId: vpcId,
    OwnerId: call.account.id,
    Associations: [
      {
        Main: true,
        RouteTableAssociationId: mainAssociation(id),
        RouteTableId: id,
        AssociationState: { State: 'associated' as const },
      },
    ],
    PropagatingVgws: [],
    Routes: [
      {
        DestinationCidrBlock: VPC_RANGE,
        GatewayId: 'local',
        Origin: 'CreateRouteTable' as const,
        State: 'active' as const,
      },
      {
        DestinationCidrBlock: ANYWHERE,
        GatewayId: gatewayId,
        Origin: 'CreateRoute' as const,
        State: 'active' as const,
      },
    ],
    Tags: showTags(tags),
  }
}

/** What every network ACL ends with. */
const LAST_RULE = 32_767

function aclFilters(call: Call): Filterable<Thing> {
  const { subnets, vpcId } = networkIn(call)
  return {
    'association.association-id': exact(...subnets.map(({ aclAssociation }) => aclAssociation)),
    'association.network-acl-id': ({ id }) => [id],
    'association.subnet-id': exact(...subnets.map(({ id }) => id)),
    default: exact('true'),
    'entry.cidr': exact(ANYWHERE),
    'entry.egress': exact('true', 'false'),
    'entry.protocol': exact('-1'),
    'entry.rule-action': exact('allow', 'deny'),
    'entry.rule-number': exact('100', String(LAST_RULE)),
    'network-acl-id': ({ id }) => [id],
    'owner-id': exact(call.account.id),
    'vpc-id': exact(vpcId),
  }
}

function showAcl(call: Call, { id, tags }: Thing) {
  const { subnets, vpcId } = networkIn(call)
  return {
    NetworkAclId: id,
    VpcId: vpcId,
    OwnerId: call.account.id,
    IsDefault: true,
    Associations: subnets.map((subnet) => ({
      NetworkAclAssociationId: subnet.aclAssociation,
      NetworkAclId: id,
      SubnetId: subnet.id,
    })),
    Entries: [true, false].flatMap((out) => [entry(out, 100, 'allow'), entry(out, LAST_RULE, 'deny')]),
    Tags: showTags(tags),
  }
}

function entry(Egress: boolean, RuleNumber: number, RuleAction: 'allow' | 'deny') {
  return { CidrBlock: ANYWHERE, Egress, Protocol: '-1', RuleAction, RuleNumber }
}
