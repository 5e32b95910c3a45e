/** What an instance is told about itself by its metadata service: every path with what lies there (EC2 User Guide, "Instance metadata categories"). */

import {
  nameKey,
  regionKey,
  type Account,
  type Instance,
  type InstanceProfile,
  type MetadataOptions,
} from '@sallyport/estate'
import { isoSecond } from '../../wire/claim.ts'
import { showGroups, subnetOf } from './interface.ts'
import { machineOf, publicIpOf } from './machine.ts'
import { networkOf, privateName, publicName, rangeOf, VPC_RANGE } from './network.ts'
import { zoneId } from './region.ts'
import { arnOf, instanceOf } from './shared.ts'
import { stateOf } from './state.ts'
import { architectureOf } from './type.ts'

export interface Station {
  readonly account: Account
  readonly region: string
  readonly now: number
}

export interface Metadata {
  readonly state: ReturnType<typeof stateOf>
  readonly options: MetadataOptions
  /** Under `meta-data/`, without what is of the profile. */
  readonly paths: Readonly<Record<string, string>>
  readonly identity: Readonly<Record<string, string | null>>
  /** Base64. */
  readonly userData?: string
  /** The profile that is associated; `found` where it is there still. */
  readonly profile?: { readonly arn: string; readonly id: string; readonly found?: InstanceProfile }
  /** Condition keys that credentials of its role bring. */
  readonly keys: Readonly<Record<string, string>>
}

export function metadataOf(station: Station, id: string): Metadata | undefined {
  const instance = instanceOf(station, id)
  if (instance === undefined) return undefined
  const { metadata: options, userData } = machineOf(station, instance)
  const profile = profileOf(station, instance)
  const tags = options.tags === 'enabled' ? instance.tags : []
  return {
    state: stateOf(instance, station.now),
    options,
    paths: {
      ...pathsOf(station, instance),
      ...Object.fromEntries(tags.map(({ key, value }) => [`tags/instance/${key}`, value])),
    },
    identity: identityOf(station, instance),
    ...(userData === undefined ? {} : { userData }),
    ...(profile === undefined ? {} : { profile }),
    keys: {
      'ec2:SourceInstanceARN': arnOf(station, 'instance', id),
      'aws:Ec2InstanceSourceVpc': networkOf(station.account.id, station.region).vpcId,
      'aws:Ec2InstanceSourcePrivateIPv4': instance.privateIp,
    },
  }
}

/** A profile that was deleted, and made again under its name, is not the one that was associated. */
function profileOf(station: Station, instance: Instance): Metadata['profile'] {
  const { profile } = machineOf(station, instance)
  if (profile === undefined) return undefined
  const { arn, profileId: id } = profile
  const found = station.account.all('instanceProfile').get(nameKey(arn.slice(arn.lastIndexOf('/') + 1)))
  return { arn, id, ...(found?.id === id ? { found } : {}) }
}

function pathsOf(station: Station, instance: Instance): Readonly<Record<string, string>> {
  const { region } = station
  const { id, imageId, type, launchIndex, reservationId, privateIp, zone, keyName } = instance
  const { groups, nic } = machineOf(station, instance)
  const hostname = privateName(privateIp, region)
  const outside = publicIpOf(station, instance)
  const key = keyName === undefined ? undefined : station.account.all('keyPair').get(regionKey(region, keyName))
  return {
    'ami-id': imageId,
    'ami-launch-index': String(launchIndex),
    'ami-manifest-path': '(unknown)',
    'block-device-mapping/ami': 'xvda',
    'block-device-mapping/root': '/dev/xvda',
    hostname,
    'instance-action': 'none',
    'instance-id': id,
    'instance-life-cycle': 'on-demand',
    'instance-type': type,
    'local-hostname': hostname,
    'local-ipv4': privateIp,
    mac: nic.mac,
    ...interfacePaths(station, instance),
    'placement/availability-zone': zone,
    'placement/availability-zone-id': zoneId(region, zone) ?? '',
    'placement/region': region,
    profile: 'default-hvm',
    ...(outside === undefined ? {} : { 'public-hostname': publicName(outside, region), 'public-ipv4': outside }),
    ...(key === undefined ? {} : { 'public-keys/0/openssh-key': `${key.publicKey} ${key.name}` }),
    'reservation-id': reservationId,
    'security-groups': namesOf(station, groups),
    'services/domain': 'amazonaws.com',
    'services/partition': 'aws',
  }
}

function interfacePaths(station: Station, instance: Instance): Readonly<Record<string, string>> {
  const { account, region } = station
  const { groups, nic } = machineOf(station, instance)
  const { vpcId, subnets } = networkOf(account.id, region)
  const subnetId = subnetOf(station, instance)
  const subnet = subnets.find(({ id }) => id === subnetId)
  const outside = publicIpOf(station, instance)
  const values = {
    'device-number': '0',
    'interface-id': nic.id,
    'local-hostname': privateName(instance.privateIp, region),
    'local-ipv4s': instance.privateIp,
    mac: nic.mac,
    'owner-id': account.id,
    'security-group-ids': groups.join('\n'),
    'security-groups': namesOf(station, groups),
    'subnet-id': subnetId,
    'subnet-ipv4-cidr-block': subnet === undefined ? '' : rangeOf(subnet),
    'vpc-id': vpcId,
    'vpc-ipv4-cidr-block': VPC_RANGE,
    'vpc-ipv4-cidr-blocks': VPC_RANGE,
    ...(outside === undefined
      ? {}
      : {
          [`ipv4-associations/${outside}`]: instance.privateIp,
          'public-hostname': publicName(outside, region),
          'public-ipv4s': outside,
        }),
  }
  const entries = Object.entries(values).map(([name, value]) => [`network/interfaces/macs/${nic.mac}/${name}`, value])
  return Object.fromEntries(entries) as Readonly<Record<string, string>> // of the texts above
}

function namesOf(station: Station, groups: readonly string[]): string {
  return showGroups(station, groups)
    .map(({ GroupName }) => GroupName)
    .join('\n')
}

/** The document as AWS signs it; here nobody signs it. */
function identityOf({ account, region }: Station, instance: Instance): Metadata['identity'] {
  return {
    accountId: account.id,
    architecture: architectureOf(instance.type),
    availabilityZone: instance.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: instance.imageId,
    instanceId: instance.id,
    instanceType: instance.type,
    kernelId: null,
    pendingTime: isoSecond(instance.launchedAt),
    privateIp: instance.privateIp,
    ramdiskId: null,
    region,
    version: '2017-09-30',
  }
}
