/** Instances, as they are seen. */

import type { Instance } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { exact, filtered, TAG_FILTERS, type Filterable } from './filter.ts'
import { showGroups, subnetOf } from './interface.ts'
import { machineOf, publicIpOf } from './machine.ts'
import { networkIn, privateName, publicName } from './network.ts'
import { zoneId } from './region.ts'
import { find, instancesOf, LISTING, orderOf, pageOf, refuseDry, somewhere, wellFormed } from './shared.ts'
import { showReservation } from './show-instance.ts'
import { showState, stateOf } from './state.ts'
import { architectureOf } from './type.ts'

/** What describing instances may be refused with. */
const DESCRIBING = [...LISTING, 'InvalidInstanceID.Malformed', 'InvalidInstanceID.NotFound'] as const

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

function some(call: Call, ids: readonly string[]): readonly Instance[] {
  if (ids.length === 0) return instancesOf(call)
  for (const id of ids) wellFormed('InvalidInstanceID.Malformed', 'i', id)
  return find(call, ids).toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

function filtersOf(call: Call): Filterable<Instance> {
  const { account, region, now } = call
  const network = networkIn(call)
  const machine = (one: Instance) => machineOf(call, one)
  const groupIds = (one: Instance): readonly string[] => machine(one).groups
  const groupNames = (one: Instance): readonly string[] =>
    showGroups(call, groupIds(one)).map(({ GroupName }) => GroupName)
  const outside = (one: Instance): readonly string[] => [publicIpOf(call, one) ?? []].flat()
  return {
    architecture: ({ type }) => [architectureOf(type)],
    'availability-zone': ({ zone }) => [zone],
    'block-device-mapping.attach-time': (one) => machine(one).volumes.map((it) => new Date(it.createdAt).toISOString()),
    'block-device-mapping.delete-on-termination': exact('true'),
    'block-device-mapping.device-name': (one) => machine(one).volumes.map(({ device }) => device),
    'block-device-mapping.status': exact('attached'),
    'block-device-mapping.volume-id': (one) => machine(one).volumes.map(({ id }) => id),
    'client-token': ({ clientToken = '' }) => [clientToken],
    'dns-name': (one) => outside(one).map((ip) => publicName(ip, region)),
    hypervisor: exact('xen'),
    'iam-instance-profile.arn': (one) => [machine(one).profile?.arn ?? []].flat(),
    'iam-instance-profile.id': (one) => [machine(one).profile?.profileId ?? []].flat(),
    'image-id': ({ imageId }) => [imageId],
    'instance-id': ({ id }) => [id],
    'instance-state-code': (one) => [String(showState(stateOf(one, now)).Code)],
    'instance-state-name': (one) => [stateOf(one, now)],
    'instance-type': ({ type }) => [type],
    'instance.group-id': groupIds,
    'instance.group-name': groupNames,
    'ip-address': outside,
    'key-name': ({ keyName }) => (keyName === undefined ? [] : [keyName]),
    'launch-index': ({ launchIndex }) => [String(launchIndex)],
    'launch-time': ({ launchedAt }) => [new Date(launchedAt).toISOString()],
    'metadata-options.http-endpoint': (one) => [machine(one).metadata.endpoint],
    'metadata-options.http-tokens': (one) => [machine(one).metadata.tokens],
    'metadata-options.instance-metadata-tags': (one) => [machine(one).metadata.tags],
    'monitoring-state': (one) => [machine(one).monitoring ? 'enabled' : 'disabled'],
    'network-interface.group-id': groupIds,
    'network-interface.group-name': groupNames,
    'network-interface.network-interface-id': (one) => [machine(one).nic.id],
    'network-interface.subnet-id': (one) => [subnetOf(call, one)],
    'network-interface.vpc-id': exact(network.vpcId),
    'owner-id': exact(account.id),
    'private-dns-name': ({ privateIp }) => [privateName(privateIp, region)],
    'private-ip-address': ({ privateIp }) => [privateIp],
    'reservation-id': ({ reservationId }) => [reservationId],
    'root-device-name': exact('/dev/xvda'),
    'root-device-type': exact('ebs'),
    'source-dest-check': (one) => [String(machine(one).nic.sourceDestCheck)],
    'subnet-id': (one) => [subnetOf(call, one)],
    tenancy: exact('default'),
    'virtualization-type': exact('hvm'),
    'vpc-id': exact(network.vpcId),
    ...TAG_FILTERS,
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
