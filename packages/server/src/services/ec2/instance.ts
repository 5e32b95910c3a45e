/** Instances, as they are seen. */

import type { Instance } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { exact, filtered, TAG_FILTERS, type Filterable } from './filter.ts'
import { networkOf, privateName, type Network } from './network.ts'
import { zonesOf } from './region.ts'
import { find, instancesOf, orderOf, pageOf, refuseDry, showTags, somewhere, wellFormed } from './shared.ts'
import { showReasons, showState, stateOf } from './state.ts'
import { architectureOf } from './type.ts'

/** What describing instances may be refused with. */
const DESCRIBING = [
  'DryRunOperation',
  'FilterLimitExceeded',
  'InvalidInstanceID.Malformed',
  'InvalidInstanceID.NotFound',
  'InvalidNextToken',
  'InvalidParameterCombination',
  'InvalidParameterValue',
] as const

/** ec2:DescribeInstances. By reservation, oldest first; terminated ones for an hour. */
export const describeInstances = operation('ec2:DescribeInstances', {
  asks: (_input, call) => somewhere(call),
  refusals: DESCRIBING,
  run({ InstanceIds = [], Filters, DryRun, ...input }, call) {
    refusePagedIds(InstanceIds, input)
    const named = some(call, InstanceIds)
    refuseDry(DryRun)
    const found = filtered(named, Filters, filtersOf(call))
    const { items, end } = pageOf(call, found, { ...input, listing: 'DescribeInstances', keyOf: orderOf })
    const reservations = Map.groupBy(items, ({ reservationId }) => reservationId)
    return {
      output: { Reservations: [...reservations.values()].map((instances) => showReservation(call, instances)), ...end },
    }
  },
})

/** How long after its start an instance's checks are still under way, in milliseconds. */
const CHECKING = 60_000

/** ec2:DescribeInstanceStatus. Of those that run, unless all are asked for. */
export const describeInstanceStatus = operation('ec2:DescribeInstanceStatus', {
  asks: (_input, call) => somewhere(call),
  refusals: DESCRIBING,
  run({ InstanceIds = [], IncludeAllInstances = false, Filters, DryRun, ...input }, call) {
    refusePagedIds(InstanceIds, input)
    const named = some(call, InstanceIds)
    refuseDry(DryRun)
    const seen = named.filter((one) => IncludeAllInstances || stateOf(one, call.now) === 'running')
    const found = filtered(seen, Filters, statusFilters(call))
    const { items, end } = pageOf(call, found, { ...input, listing: 'DescribeInstanceStatus', keyOf: orderOf })
    return { output: { InstanceStatuses: items.map((one) => showStatus(call, one)), ...end } }
  },
})

/** Whoever names instances gets them all at once. */
function refusePagedIds(ids: readonly string[], { MaxResults }: { readonly MaxResults?: number }): void {
  if (ids.length === 0 || MaxResults === undefined) return
  throw new Refusal(
    'InvalidParameterCombination',
    'The parameter instancesSet cannot be used with the parameter maxResults',
  )
}

export function showReservation(call: Call, instances: readonly Instance[]) {
  const network = networkOf(call.account.id, call.region)
  return {
    ReservationId: instances[0]?.reservationId,
    OwnerId: call.account.id,
    Groups: [],
    Instances: instances.map((instance) => showInstance(call, instance, network)),
  }
}

function some(call: Call, ids: readonly string[]): readonly Instance[] {
  if (ids.length === 0) return instancesOf(call)
  for (const id of ids) wellFormed('InvalidInstanceID.Malformed', 'i', id)
  return find(call, ids).toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

function filtersOf({ account, region, now }: Call): Filterable<Instance> {
  const network = networkOf(account.id, region)
  return {
    ...TAG_FILTERS,
    architecture: ({ type }) => [architectureOf(type)],
    'availability-zone': ({ zone }) => [zone],
    'client-token': ({ clientToken = '' }) => [clientToken],
    hypervisor: exact('xen'),
    'image-id': ({ imageId }) => [imageId],
    'instance-id': ({ id }) => [id],
    'instance-state-code': (one) => [String(showState(stateOf(one, now)).Code)],
    'instance-state-name': (one) => [stateOf(one, now)],
    'instance-type': ({ type }) => [type],
    'instance.group-id': exact(network.groupId),
    'instance.group-name': exact('default'),
    'key-name': ({ keyName }) => (keyName === undefined ? [] : [keyName]),
    'launch-index': ({ launchIndex }) => [String(launchIndex)],
    'launch-time': ({ launchedAt }) => [new Date(launchedAt).toISOString()],
    'owner-id': exact(account.id),
    'private-dns-name': ({ privateIp }) => [privateName(privateIp, region)],
    'private-ip-address': ({ privateIp }) => [privateIp],
    'reservation-id': ({ reservationId }) => [reservationId],
    'root-device-name': exact('/dev/xvda'),
    'root-device-type': exact('ebs'),
    'subnet-id': ({ zone }) => [subnetIn(network, zone) ?? ''],
    tenancy: exact('default'),
    'virtualization-type': exact('hvm'),
    'vpc-id': exact(network.vpcId),
  }
}

function statusFilters(call: Call): Filterable<Instance> {
  const status = (instance: Instance): readonly string[] => [statusOf(call, instance)]
  const all = filtersOf(call)
  const kept = ['availability-zone', 'instance-state-code', 'instance-state-name'] as const
  return {
    ...Object.fromEntries(kept.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]]))),
    'instance-status.status': status,
    'system-status.status': status,
  }
}

function statusOf({ now }: Call, instance: Instance): 'initializing' | 'ok' | 'not-applicable' {
  if (stateOf(instance, now) !== 'running') return 'not-applicable'
  return now - instance.transition.since < CHECKING ? 'initializing' : 'ok'
}

function showStatus(call: Call, instance: Instance) {
  const { id, zone } = instance
  const status = statusOf(call, instance)
  const reached = status === 'ok' ? ('passed' as const) : ('initializing' as const)
  const details = status === 'not-applicable' ? [] : [{ Name: 'reachability' as const, Status: reached }]
  return {
    InstanceId: id,
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneId(call.region, zone),
    InstanceState: showState(stateOf(instance, call.now)),
    InstanceStatus: { Status: status, Details: details },
    SystemStatus: { Status: status, Details: details },
    Events: [],
  }
}

function showInstance({ region, now }: Call, instance: Instance, network: Network) {
  const state = stateOf(instance, now)
  const { id, imageId, type, keyName, launchIndex, launchedAt, zone, clientToken, tags } = instance
  const architecture = architectureOf(type)
  return {
    InstanceId: id,
    ImageId: imageId,
    InstanceType: type as 't3.micro', // checked at launch against the model's own list
    State: showState(state),
    ...showReasons(instance, now),
    KeyName: keyName,
    AmiLaunchIndex: launchIndex,
    LaunchTime: new Date(launchedAt),
    Placement: {
      AvailabilityZone: zone,
      AvailabilityZoneId: zoneId(region, zone),
      GroupName: '',
      Tenancy: 'default' as const,
    },
    Monitoring: { State: 'disabled' as const },
    Architecture: architecture,
    ClientToken: clientToken ?? '',
    EnaSupport: true,
    Hypervisor: 'xen' as const,
    VirtualizationType: 'hvm' as const,
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs' as const,
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    BootMode: architecture === 'arm64' ? ('uefi' as const) : undefined,
    ProductCodes: [],
    Tags: showTags(tags),
    ...(state === 'terminated' ? offline() : online(network, region, instance)),
  }
}

function online(network: Network, region: string, { zone, privateIp }: Instance) {
  return {
    VpcId: network.vpcId,
    SubnetId: subnetIn(network, zone),
    PrivateIpAddress: privateIp,
    PrivateDnsName: privateName(privateIp, region),
    PublicDnsName: '',
    SecurityGroups: [{ GroupId: network.groupId, GroupName: 'default' }],
    SourceDestCheck: true,
  }
}

/** What is terminated has left the network. */
function offline() {
  return { PrivateDnsName: '', PublicDnsName: '', SecurityGroups: [] }
}

function subnetIn({ subnets }: Network, zone: string): string | undefined {
  return subnets.find((subnet) => subnet.zone.name === zone)?.id
}

function zoneId(region: string, zone: string): string | undefined {
  return zonesOf(region).find(({ name }) => name === zone)?.id
}
