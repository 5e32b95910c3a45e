/** What an instance has and how it is set, what of it the law is told, and what is in use by it. */

import type { Instance, Machine } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { resourceTags } from '../tags.ts'
import { derivedId, networkOf, publicAddress } from './network.ts'
import { arnOf, instanceOf, instancesOf, wellFormed } from './shared.ts'
import { stateOf } from './state.ts'

type Place = Pick<Call, 'account' | 'region'>

/** Of an instance that an older release launched, what that release's instances were. */
export function machineOf({ account, region }: Place, instance: Instance): Machine {
  if (instance.machine !== undefined) return instance.machine
  const { id, launchedAt } = instance
  const derive = (prefix: string): string => derivedId(prefix, id)
  const nic = { id: derive('eni'), attachmentId: derive('eni-attach'), mac: macOf(derive('eni')), description: '' }
  const root = { device: '/dev/xvda', size: 8, type: 'gp2', encrypted: false, createdAt: launchedAt, tags: [] }
  return {
    groups: [networkOf(account.id, region).groupId],
    nic: { ...nic, sourceDestCheck: true, public: false, tags: [] },
    volumes: [{ ...root, id: derive('vol') }],
    metadata: { tokens: 'optional', hops: 1, endpoint: 'enabled', ipv6: 'disabled', tags: 'disabled' },
    monitoring: false,
    ebsOptimized: false,
    disableApiTermination: false,
    disableApiStop: false,
    shutdownBehavior: 'stop',
  }
}

/** As AWS's are: locally administered, and the rest of the interface's id. */
export function macOf(nic: string): string {
  return `02:${[...nic.slice(-10).matchAll(/../g)].map(([byte]) => byte).join(':')}`
}

/** The address by which it would be reached from outside; one that stops loses it. */
export function publicIpOf(call: Pick<Call, 'account' | 'region' | 'now'>, instance: Instance): string | undefined {
  const state = stateOf(instance, call.now)
  if (!machineOf(call, instance).nic.public || (state !== 'running' && state !== 'pending')) return undefined
  return publicAddress(instance.id, instance.launchedAt)
}

/** Ids of the security groups that instances are in, terminated ones apart. */
export function groupsInUse(call: Call): ReadonlySet<string> {
  const alive = instancesOf(call).filter((one) => stateOf(one, call.now) !== 'terminated')
  return new Set(alive.flatMap((one) => machineOf(call, one).groups))
}

/** A question about one instance, asked whether it is there or not. */
export function aboutInstance(call: Call, id: string, context: Asking['context'] = {}): Asking {
  const instance = instanceOf(call, wellFormed('InvalidInstanceID.Malformed', 'i', id))
  const own = instance === undefined ? {} : keysOf(call, instance)
  return { resource: arnOf(call, 'instance', id), context: { 'ec2:Region': call.region, ...own, ...context } }
}

export function keysOf(call: Call, instance: Instance): NonNullable<Asking['context']> {
  const { metadata, ebsOptimized, profile } = machineOf(call, instance)
  return {
    'ec2:InstanceID': instance.id,
    'ec2:InstanceType': instance.type,
    'ec2:AvailabilityZone': instance.zone,
    'ec2:EbsOptimized': String(ebsOptimized),
    'ec2:InstanceAutoRecovery': 'default',
    'ec2:InstanceMarketType': 'on-demand',
    'ec2:InstanceMetadataTags': metadata.tags,
    'ec2:InstanceProfile': profile?.arn,
    'ec2:MetadataHttpEndpoint': metadata.endpoint,
    'ec2:MetadataHttpPutResponseHopLimit': String(metadata.hops),
    'ec2:MetadataHttpTokens': metadata.tokens,
    'ec2:RootDeviceType': 'ebs',
    'ec2:Tenancy': 'default',
    ...resourceTags(instance.tags, 'ec2'),
  }
}
