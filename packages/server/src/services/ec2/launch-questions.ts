/**
 * What RunInstances asks of the law: the action on every resource it touches, each with its own keys, and CreateTags
 * where it tags. EC2 User Guide, "Example policies … RunInstances"; the keys are the Service Authorization Reference's.
 */

import type { Call } from '../../call.ts'
import type { Asking, Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { imageOf } from './image.ts'
import { networkOf, type Network, type Subnet } from './network.ts'
import { arnOf, wellFormed } from './shared.ts'
import { requestTags, type TagInput } from '../tags.ts'

type Asked = Input<'ec2:RunInstances'>
type Keys = NonNullable<Asking['context']>

/** What a launch creates and may tag. */
const TAGGABLE = ['instance', 'volume', 'network-interface'] as const
type Taggable = (typeof TAGGABLE)[number]

/** Parameters that would ask more of the law, or make other instances, than is built. `false` and nothing ask for nothing. */
const NOT_BUILT = [
  'CapacityReservationSpecification',
  'DisableApiStop',
  'DisableApiTermination',
  'ElasticGpuSpecification',
  'ElasticInferenceAccelerators',
  'EnablePrimaryIpv6',
  'EnclaveOptions',
  'HibernationOptions',
  'IamInstanceProfile',
  'InstanceMarketOptions',
  'Ipv6AddressCount',
  'Ipv6Addresses',
  'KernelId',
  'LaunchTemplate',
  'LicenseSpecifications',
  'NetworkInterfaces',
  'Operator',
  'PrivateIpAddress',
  'RamdiskId',
  'SecondaryInterfaces',
] as const satisfies readonly (keyof Asked)[]

export function questions(input: Asked, call: Call): readonly Asking[] {
  refuseUnbuilt(input)
  if (input.ImageId === undefined)
    throw new Refusal('MissingParameter', 'The request must contain the parameter ImageId')
  wellFormed('InvalidAMIID.Malformed', 'ami', input.ImageId)
  for (const { ResourceType = '' } of input.TagSpecifications ?? []) {
    if (!TAGGABLE.some((one) => one === ResourceType)) {
      throw new Refusal(
        'InvalidParameterValue',
        `'${ResourceType}' is not a valid taggable resource type for this operation.`,
      )
    }
  }
  const network = networkOf(call.account.id, call.region)
  const subnet = subnetAsked(input, network)
  return [
    aboutNew(input, call, 'instance', instanceKeys(input, subnet)),
    aboutImage(input.ImageId, call),
    {
      resource: arnOf(call, 'subnet', subnet.id),
      context: { ...near(call, network, subnet), 'ec2:SubnetID': subnet.id },
    },
    aboutNew(input, call, 'network-interface', interfaceKeys(call, network, subnet)),
    ...groupsAsked(input, network).map((id) => ({
      resource: arnOf(call, 'security-group', id),
      context: { 'ec2:Region': call.region, 'ec2:SecurityGroupID': id, 'ec2:Vpc': arnOf(call, 'vpc', network.vpcId) },
    })),
    ...volumesAsked(input, call, subnet).map((keys) => aboutNew(input, call, 'volume', keys)),
    ...keyAsked(input, call),
    ...TAGGABLE.filter((type) => tagsFor(input, type).length > 0).map((type) => aboutTags(input, call, type)),
  ]
}

/** The tags that a launch gives to what it creates of a type. */
export function tagsFor({ TagSpecifications = [] }: Asked, type: Taggable): readonly TagInput[] {
  return TagSpecifications.filter(({ ResourceType }) => ResourceType === type).flatMap(({ Tags = [] }) => Tags)
}

function aboutNew(input: Asked, call: Call, type: Taggable, keys: Keys): Asking {
  const context = { 'ec2:Region': call.region, ...keys, ...requestTags(tagsFor(input, type)) }
  return { resource: arnOf(call, type, '*'), context }
}

function aboutTags(input: Asked, call: Call, type: Taggable): Asking {
  return { ...aboutNew(input, call, type, { 'ec2:CreateAction': 'RunInstances' }), action: 'ec2:CreateTags' }
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

function instanceKeys({ InstanceType, EbsOptimized = false, MetadataOptions = {} }: Asked, { zone }: Subnet): Keys {
  const { HttpTokens, HttpEndpoint, HttpPutResponseHopLimit: hops } = MetadataOptions
  return {
    'ec2:AvailabilityZone': zone.name,
    'ec2:AvailabilityZoneId': zone.id,
    'ec2:EbsOptimized': String(EbsOptimized),
    'ec2:InstanceMarketType': 'on-demand',
    'ec2:InstanceType': InstanceType ?? 'm1.small',
    'ec2:MetadataHttpEndpoint': HttpEndpoint,
    'ec2:MetadataHttpPutResponseHopLimit': hops === undefined ? undefined : String(hops),
    'ec2:MetadataHttpTokens': HttpTokens,
    'ec2:RootDeviceType': 'ebs',
    'ec2:Tenancy': 'default',
  }
}

function near(call: Call, { vpcId }: Network, { zone }: Subnet): Keys {
  return {
    'ec2:Region': call.region,
    'ec2:AvailabilityZone': zone.name,
    'ec2:AvailabilityZoneId': zone.id,
    'ec2:Vpc': arnOf(call, 'vpc', vpcId),
  }
}

function interfaceKeys(call: Call, network: Network, subnet: Subnet): Keys {
  const { 'ec2:AvailabilityZoneId': _, ...keys } = near(call, network, subnet)
  return { ...keys, 'ec2:Subnet': arnOf(call, 'subnet', subnet.id) }
}

/** The root volume, as the image has it unless the launch says otherwise, and those that the launch adds. */
function volumesAsked(
  { ImageId = '', BlockDeviceMappings = [] }: Asked,
  { region }: Call,
  { zone }: Subnet,
): readonly Keys[] {
  const image = imageOf(region, ImageId)
  const root = {
    DeviceName: '/dev/xvda',
    Ebs: { VolumeSize: image?.volume.size, VolumeType: image?.volume.type, SnapshotId: image?.snapshot },
  }
  const given = BlockDeviceMappings.filter(({ Ebs, NoDevice }) => Ebs !== undefined && NoDevice === undefined)
  const others = given.filter(({ DeviceName }) => DeviceName !== root.DeviceName).map(({ Ebs }) => Ebs)
  const over = given.find(({ DeviceName }) => DeviceName === root.DeviceName)?.Ebs
  return [{ ...root.Ebs, ...over }, ...others].map((ebs) => ({
    'ec2:AvailabilityZone': zone.name,
    'ec2:AvailabilityZoneId': zone.id,
    'ec2:Encrypted': String(ebs !== undefined && 'Encrypted' in ebs && ebs.Encrypted === true),
    'ec2:ParentSnapshot':
      ebs?.SnapshotId === undefined ? undefined : `arn:aws:ec2:${region}::snapshot/${ebs.SnapshotId}`,
    'ec2:VolumeSize': ebs?.VolumeSize === undefined ? undefined : String(ebs.VolumeSize),
    'ec2:VolumeType': ebs?.VolumeType ?? 'gp2',
  }))
}

function keyAsked({ KeyName }: Asked, call: Call): readonly Asking[] {
  if (KeyName === undefined) return []
  return [
    { resource: arnOf(call, 'key-pair', KeyName), context: { 'ec2:Region': call.region, 'ec2:KeyPairName': KeyName } },
  ]
}

function subnetAsked({ SubnetId, Placement }: Asked, { subnets }: Network): Subnet {
  const zone = Placement?.AvailabilityZone
  const found =
    SubnetId === undefined
      ? subnets.find((subnet) => zone === undefined || subnet.zone.name === zone)
      : subnets.find(({ id }) => id === SubnetId)
  if (found !== undefined) return found
  if (SubnetId !== undefined)
    throw new Refusal('InvalidSubnetID.NotFound', `The subnet ID '${SubnetId}' does not exist`)
  throw new Refusal('InvalidParameterValue', `Invalid availability zone: [${zone}]`)
}

function groupsAsked(
  { SecurityGroupIds = [], SecurityGroups = [] }: Asked,
  { groupId, vpcId }: Network,
): readonly string[] {
  const stranger = SecurityGroupIds.find((id) => id !== groupId)
  if (stranger !== undefined)
    throw new Refusal('InvalidGroup.NotFound', `The security group '${stranger}' does not exist`)
  const unnamed = SecurityGroups.find((name) => name !== 'default')
  if (unnamed !== undefined)
    throw new Refusal(
      'InvalidGroup.NotFound',
      `The security group '${unnamed}' does not exist in default VPC '${vpcId}'`,
    )
  return [groupId]
}

function refuseUnbuilt(input: Asked): void {
  const asked = NOT_BUILT.find((name) => !isNothing(input[name]))
  if (asked !== undefined)
    throw new Refusal('notBuilt', `sallyport has not built the parameter ${asked} of RunInstances`)
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === false || value === 0 || value === '') return true
  return typeof value === 'object' && value !== null && Object.values(value).every(isNothing)
}
