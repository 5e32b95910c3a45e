/**
 * What RunInstances asks of the law: the action on every resource it touches, each with its own keys, and CreateTags
 * where it tags. EC2 User Guide, "Example policies … RunInstances"; the keys are the Service Authorization Reference's.
 */

import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { requestTags } from '../tags.ts'
import { aboutGroup } from './group.ts'
import { imageOf } from './image.ts'
import { aboutKey } from './key-pair.ts'
import {
  DEFAULT_TYPE,
  nicOf,
  refuseUnbuilt,
  subnetAsked,
  volumesAsked,
  type Launching,
  type VolumePlan,
} from './launch-plan.ts'
import { networkIn, type Network, type Subnet } from './network.ts'
import { passing, profileArnOf } from './profile.ts'
import { arnOf, wellFormed } from './shared.ts'
import { subnetKeys } from './subnet.ts'
import { refuseOtherTypes, tagsFor } from './tagging.ts'

type Keys = NonNullable<Asking['context']>

/** What a launch creates and may tag. */
const TAGGABLE = ['instance', 'volume', 'network-interface'] as const
type Taggable = (typeof TAGGABLE)[number]

export function questions(input: Launching, call: Call): readonly Asking[] {
  refuseUnbuilt(input)
  if (input.ImageId === undefined)
    throw new Refusal('MissingParameter', 'The request must contain the parameter ImageId')
  wellFormed('InvalidAMIID.Malformed', 'ami', input.ImageId)
  refuseOtherTypes(input.TagSpecifications, TAGGABLE)
  const { ImageId, KeyName, IamInstanceProfile: profile = {} } = input
  const network = networkIn(call)
  const subnet = subnetAsked(input, network)
  return [
    aboutNew(input, call, { type: 'instance', keys: instanceKeys(input, call, subnet) }),
    aboutImage(ImageId, call),
    { resource: arnOf(call, 'subnet', subnet.id), context: subnetKeys(call, subnet) },
    aboutNew(input, call, { type: 'network-interface', keys: interfaceKeys(input, call, { network, subnet }) }),
    ...groupsAsked(input, call, network),
    ...volumesAsked(input, imageOf(call.region, ImageId)).map((volume) =>
      aboutNew(input, call, { type: 'volume', keys: volumeKeys(volume, call, subnet) }),
    ),
    ...(KeyName === undefined || KeyName === '' ? [] : [aboutKey(call, KeyName)]),
    ...passing(call, profile),
    ...TAGGABLE.filter((type) => tagsFor(input.TagSpecifications, type).length > 0).map((type) =>
      aboutTags(input, call, type),
    ),
  ]
}

interface Made {
  readonly type: Taggable
  readonly keys: Keys
}

function aboutNew({ TagSpecifications }: Launching, call: Call, { type, keys }: Made): Asking {
  const context = { 'ec2:Region': call.region, ...keys, ...requestTags(tagsFor(TagSpecifications, type)) }
  return { resource: arnOf(call, type, '*'), context }
}

function aboutTags(input: Launching, call: Call, type: Taggable): Asking {
  const keys = { 'ec2:CreateAction': 'RunInstances' }
  return { ...aboutNew(input, call, { type, keys }), action: 'ec2:CreateTags' }
}

function aboutImage(id: string, { region }: Call): Asking {
  const known = imageOf(region, id) !== undefined
  const own = known
    ? { 'ec2:Owner': 'amazon', 'ec2:Public': 'true', 'ec2:ImageType': 'machine', 'ec2:RootDeviceType': 'ebs' }
    : {}
  return {
    resource: `arn:aws:ec2:${region}::image/${id}`,
    context: { 'ec2:Region': region, 'ec2:ImageID': id, ...own },
  }
}

function instanceKeys(input: Launching, call: Call, { zone }: Subnet): Keys {
  const { InstanceType, EbsOptimized = false, MetadataOptions = {}, IamInstanceProfile = {} } = input
  const { HttpTokens, HttpEndpoint, HttpPutResponseHopLimit: hops, InstanceMetadataTags } = MetadataOptions
  const hasProfile = IamInstanceProfile.Arn !== undefined || IamInstanceProfile.Name !== undefined
  return {
    'ec2:AvailabilityZone': zone.name,
    'ec2:AvailabilityZoneId': zone.id,
    'ec2:EbsOptimized': String(EbsOptimized),
    'ec2:InstanceMarketType': 'on-demand',
    'ec2:InstanceMetadataTags': InstanceMetadataTags,
    'ec2:InstanceProfile': hasProfile ? profileArnOf(call, IamInstanceProfile) : undefined,
    'ec2:InstanceType': InstanceType ?? DEFAULT_TYPE,
    'ec2:MetadataHttpEndpoint': HttpEndpoint,
    'ec2:MetadataHttpPutResponseHopLimit': hops === undefined ? undefined : String(hops),
    'ec2:MetadataHttpTokens': HttpTokens,
    'ec2:RootDeviceType': 'ebs',
    'ec2:Tenancy': 'default',
  }
}

interface Where {
  readonly network: Network
  readonly subnet: Subnet
}

function interfaceKeys(input: Launching, call: Call, { network, subnet }: Where): Keys {
  const { public: outside } = nicOf(input)
  return {
    'ec2:AssociatePublicIpAddress': outside === undefined ? undefined : String(outside),
    'ec2:AvailabilityZone': subnet.zone.name,
    'ec2:Subnet': arnOf(call, 'subnet', subnet.id),
    'ec2:Vpc': arnOf(call, 'vpc', network.vpcId),
  }
}

function volumeKeys(volume: VolumePlan, { region }: Call, { zone }: Subnet): Keys {
  const { size, type, encrypted, snapshot, iops, throughput } = volume
  return {
    'ec2:AvailabilityZone': zone.name,
    'ec2:AvailabilityZoneId': zone.id,
    'ec2:Encrypted': String(encrypted),
    'ec2:ParentSnapshot': snapshot === undefined ? undefined : `arn:aws:ec2:${region}::snapshot/${snapshot}`,
    'ec2:VolumeIops': iops === undefined ? undefined : String(iops),
    'ec2:VolumeSize': String(size),
    'ec2:VolumeThroughput': throughput === undefined ? undefined : String(throughput),
    'ec2:VolumeType': type,
  }
}

function groupsAsked(input: Launching, call: Call, { groupId }: Network): readonly Asking[] {
  const { groupIds, groupNames } = nicOf(input)
  const named = [...groupIds.map((GroupId) => ({ GroupId })), ...groupNames.map((GroupName) => ({ GroupName }))]
  return (named.length === 0 ? [{ GroupId: groupId }] : named).map((group) => aboutGroup(call, group))
}
