/** What a launch asks for, read from its parameters: where, in which groups, on which volumes, with which settings. */

import type { Volume } from '@sallyport/estate'
import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import type { Image } from './image.ts'
import type { Network, Subnet } from './network.ts'

export type Launching = Input<'ec2:RunInstances'>

/** EC2's own default, and as old as that. */
export const DEFAULT_TYPE = 'm1.small'
export const ROOT = '/dev/xvda'

/** Parameters that would ask more of the law, or make other instances, than is built. `false` and nothing ask for nothing. */
const NOT_BUILT = [
  'CapacityReservationSpecification',
  'ElasticGpuSpecification',
  'ElasticInferenceAccelerators',
  'EnablePrimaryIpv6',
  'EnclaveOptions',
  'HibernationOptions',
  'InstanceMarketOptions',
  'Ipv6AddressCount',
  'Ipv6Addresses',
  'KernelId',
  'LaunchTemplate',
  'LicenseSpecifications',
  'Operator',
  'RamdiskId',
  'SecondaryInterfaces',
] as const satisfies readonly (keyof Launching)[]

/** Placement other than by zone, credits of reservations, and the like, ask for nothing where they are as they are by default. */
const NOTHING: Readonly<Record<string, unknown>> = { CapacityReservationPreference: 'open' }

export function refuseUnbuilt(input: Launching): void {
  const asked = NOT_BUILT.find((name) => !isNothing(input[name]))
  if (asked !== undefined)
    throw new Refusal('notBuilt', `sallyport has not built the parameter ${asked} of RunInstances`)
}

export function isNothing(value: unknown): boolean {
  if (value === undefined || value === false || value === 0 || value === '') return true
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).every(([name, one]) => isNothing(one) || NOTHING[name] === one)
}

/** The one interface that a launch describes, or whose parts it gives by themselves. */
export interface NicPlan {
  readonly subnetId?: string
  readonly groupIds: readonly string[]
  readonly groupNames: readonly string[]
  readonly privateIp?: string
  /** As the subnet has it where nothing is said. */
  readonly public?: boolean
  readonly description: string
}

const NIC_BUILT: ReadonlySet<string> = new Set([
  'AssociatePublicIpAddress',
  'DeleteOnTermination',
  'Description',
  'DeviceIndex',
  'Groups',
  'InterfaceType',
  'NetworkCardIndex',
  'PrivateIpAddress',
  'SubnetId',
])

export function nicOf(input: Launching): NicPlan {
  const { NetworkInterfaces = [], SubnetId, SecurityGroupIds = [], SecurityGroups = [], PrivateIpAddress } = input
  const [nic, ...others] = NetworkInterfaces
  if (nic === undefined) {
    return {
      ...(SubnetId === undefined || SubnetId === '' ? {} : { subnetId: SubnetId }),
      groupIds: SecurityGroupIds,
      groupNames: SecurityGroups,
      ...(PrivateIpAddress === undefined || PrivateIpAddress === '' ? {} : { privateIp: PrivateIpAddress }),
      description: '',
    }
  }
  refuseBoth(input)
  const unbuilt = Object.entries(nic).find(([name, value]) => !NIC_BUILT.has(name) && !isNothing(value))
  if (unbuilt !== undefined || others.length > 0 || (nic.DeviceIndex ?? 0) !== 0 || nic.DeleteOnTermination === false) {
    const what = unbuilt?.[0] ?? 'more than one that goes with its instance'
    throw new Refusal('notBuilt', `sallyport has not built network interfaces with ${what}`)
  }
  return {
    ...(nic.SubnetId === undefined ? {} : { subnetId: nic.SubnetId }),
    groupIds: nic.Groups ?? [],
    groupNames: [],
    ...(nic.PrivateIpAddress === undefined ? {} : { privateIp: nic.PrivateIpAddress }),
    ...(nic.AssociatePublicIpAddress === undefined ? {} : { public: nic.AssociatePublicIpAddress }),
    description: nic.Description ?? '',
  }
}

function refuseBoth({ SubnetId, SecurityGroupIds = [], SecurityGroups = [], PrivateIpAddress }: Launching): void {
  const groups = SecurityGroupIds.length + SecurityGroups.length > 0
  const both = [
    [SubnetId !== undefined, 'subnet ID'],
    [groups, 'security groups'],
    [PrivateIpAddress !== undefined, 'private IP address'],
  ] as const
  const twice = both.find(([given]) => given)
  if (twice === undefined) return
  throw new Refusal(
    'InvalidParameterCombination',
    `Network interfaces and an instance-level ${twice[1]} may not be specified on the same request`,
  )
}

/** The subnet that is named, or the default one of the zone, or of the first zone. */
export function subnetAsked(input: Launching, { subnets }: Network): Subnet {
  const { subnetId } = nicOf(input)
  const zone = input.Placement?.AvailabilityZone || undefined
  const found =
    subnetId === undefined
      ? subnets.find((subnet) => zone === undefined || subnet.zone.name === zone)
      : subnets.find(({ id }) => id === subnetId)
  if (found !== undefined) return found
  if (subnetId !== undefined)
    throw new Refusal('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`)
  throw new Refusal('InvalidParameterValue', `Invalid availability zone: [${zone}]`)
}

export type VolumePlan = Omit<Volume, 'id' | 'createdAt' | 'tags'>

/** The root volume, as the image has it unless the launch says otherwise, and those that the launch adds. */
export function volumesAsked({ BlockDeviceMappings = [] }: Launching, image: Image | undefined): readonly VolumePlan[] {
  const given = BlockDeviceMappings.filter(({ Ebs, NoDevice }) => Ebs !== undefined && NoDevice === undefined)
  if (given.some(({ Ebs }) => Ebs?.DeleteOnTermination === false))
    throw new Refusal('notBuilt', 'sallyport has not built volumes that outlive their instance')
  const over = given.find(({ DeviceName }) => DeviceName === ROOT)?.Ebs
  const root = planned(ROOT, {
    ...(image === undefined
      ? {}
      : { VolumeSize: image.volume.size, VolumeType: image.volume.type, SnapshotId: image.snapshot }),
    ...over,
  })
  const others = given.filter(({ DeviceName }) => DeviceName !== ROOT)
  return [root, ...others.map(({ DeviceName = '', Ebs = {} }) => planned(DeviceName, Ebs))]
}

type Ebs = NonNullable<NonNullable<Launching['BlockDeviceMappings']>[number]['Ebs']>

function planned(device: string, ebs: Ebs): VolumePlan {
  const { VolumeSize: size = 8, VolumeType: type = 'gp2', Encrypted: encrypted = false, SnapshotId: snapshot } = ebs
  const iops =
    ebs.Iops ?? (type === 'gp3' ? 3000 : type === 'gp2' ? Math.min(16_000, Math.max(100, size * 3)) : undefined)
  const throughput = ebs.Throughput ?? (type === 'gp3' ? 125 : undefined)
  return {
    device,
    size,
    type,
    encrypted,
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(iops === undefined ? {} : { iops }),
    ...(throughput === undefined ? {} : { throughput }),
  }
}
