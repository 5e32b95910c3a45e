/** An instance as DescribeInstances and RunInstances show it, with all that belongs to it. */

import type { Instance } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { showDevices } from './attribute.ts'
import { association, showGroups, subnetOf } from './interface.ts'
import { machineOf } from './machine.ts'
import { networkIn, privateName } from './network.ts'
import { zoneId } from './region.ts'
import { showMetadata } from './settings.ts'
import { showTags } from './shared.ts'
import { showReasons, showState, stateOf } from './state.ts'
import { architectureOf, coresOf } from './type.ts'

export function showReservation(call: Call, instances: readonly Instance[]) {
  return {
    ReservationId: instances[0]?.reservationId,
    OwnerId: call.account.id,
    Groups: [],
    Instances: instances.map((instance) => showInstance(call, instance)),
  }
}

function showInstance(call: Call, instance: Instance) {
  const { region, now } = call
  const state = stateOf(instance, now)
  const { id, imageId, type, keyName, launchIndex, launchedAt, zone, clientToken, tags } = instance
  const machine = machineOf(call, instance)
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
    Monitoring: { State: machine.monitoring ? ('enabled' as const) : ('disabled' as const) },
    Architecture: architecture,
    ClientToken: clientToken ?? '',
    CpuOptions: coresOf(type),
    EbsOptimized: machine.ebsOptimized,
    EnaSupport: true,
    Hypervisor: 'xen' as const,
    IamInstanceProfile:
      machine.profile === undefined ? undefined : { Arn: machine.profile.arn, Id: machine.profile.profileId },
    VirtualizationType: 'hvm' as const,
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs' as const,
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    BootMode: architecture === 'arm64' ? ('uefi' as const) : undefined,
    CurrentInstanceBootMode: architecture === 'arm64' ? ('uefi' as const) : ('legacy-bios' as const),
    ...UNSET,
    ProductCodes: [],
    Tags: showTags(tags),
    ...(state === 'terminated' ? offline() : online(call, instance)),
  }
}

/** What nobody can set here, as AWS has it by default. */
const UNSET = {
  CapacityReservationSpecification: { CapacityReservationPreference: 'open' },
  EnclaveOptions: { Enabled: false },
  HibernationOptions: { Configured: false },
  MaintenanceOptions: { AutoRecovery: 'default' },
  NetworkPerformanceOptions: { BandwidthWeighting: 'default' },
  PrivateDnsNameOptions: {
    HostnameType: 'ip-name',
    EnableResourceNameDnsARecord: false,
    EnableResourceNameDnsAAAARecord: false,
  },
} as const

function online(call: Call, instance: Instance) {
  const { region, account } = call
  const { privateIp, launchedAt } = instance
  const machine = machineOf(call, instance)
  const { groups, nic, metadata } = machine
  const outside = association(call, instance)
  const place = { VpcId: networkIn(call).vpcId, SubnetId: subnetOf(call, instance) }
  const address = { PrivateIpAddress: privateIp, PrivateDnsName: privateName(privateIp, region) }
  const card = {
    ...place,
    ...address,
    NetworkInterfaceId: nic.id,
    OwnerId: account.id,
    Association: outside,
    Attachment: {
      AttachmentId: nic.attachmentId,
      AttachTime: new Date(launchedAt),
      DeleteOnTermination: true,
      DeviceIndex: 0,
      NetworkCardIndex: 0,
      Status: 'attached' as const,
    },
    Description: nic.description,
    Groups: showGroups(call, groups),
    InterfaceType: 'interface',
    Ipv6Addresses: [],
    MacAddress: nic.mac,
    PrivateIpAddresses: [{ ...address, Primary: true, Association: outside }],
    SourceDestCheck: nic.sourceDestCheck,
    Status: 'in-use' as const,
  }
  return {
    ...place,
    ...address,
    PublicIpAddress: outside?.PublicIp,
    PublicDnsName: outside?.PublicDnsName ?? '',
    BlockDeviceMappings: showDevices(machine),
    MetadataOptions: showMetadata(metadata),
    NetworkInterfaces: [card],
    SecurityGroups: showGroups(call, groups),
    SourceDestCheck: nic.sourceDestCheck,
  }
}

/** What is terminated has left the network, and its volumes have gone. */
function offline() {
  return {
    PrivateDnsName: '',
    PublicDnsName: '',
    SecurityGroups: [],
    BlockDeviceMappings: [],
    NetworkInterfaces: [],
  }
}
