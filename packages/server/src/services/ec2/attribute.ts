/** Attributes of an instance, read one a call. */

import type { Instance, Machine } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { showGroups } from './interface.ts'
import { aboutInstance, machineOf } from './machine.ts'
import { find, refuseDry } from './shared.ts'

/** ec2:DescribeInstanceAttribute. */
export const describeInstanceAttribute = operation('ec2:DescribeInstanceAttribute', {
  asks: ({ InstanceId, Attribute }, call) => aboutInstance(call, InstanceId, { 'ec2:Attribute': Attribute }),
  refusals: ['DryRunOperation', 'InvalidInstanceID.Malformed', 'InvalidInstanceID.NotFound', 'UnsupportedOperation'],
  run({ InstanceId, Attribute, DryRun }, call) {
    const [instance] = find(call, [InstanceId])
    if (instance === undefined) throw new Error('`find` refuses what is not there')
    refuseDry(DryRun)
    return { output: { InstanceId, ...showAttribute(call, instance, Attribute) } }
  },
})

function showAttribute(call: Call, instance: Instance, attribute: Input<'ec2:DescribeInstanceAttribute'>['Attribute']) {
  const machine = machineOf(call, instance)
  switch (attribute) {
    case 'instanceType':
      return { InstanceType: { Value: instance.type } }
    case 'kernel':
      return { KernelId: {} }
    case 'ramdisk':
      return { RamdiskId: {} }
    case 'userData':
      return { UserData: machine.userData === undefined ? {} : { Value: machine.userData } }
    case 'disableApiTermination':
      return { DisableApiTermination: { Value: machine.disableApiTermination } }
    case 'disableApiStop':
      return { DisableApiStop: { Value: machine.disableApiStop } }
    case 'instanceInitiatedShutdownBehavior':
      return { InstanceInitiatedShutdownBehavior: { Value: machine.shutdownBehavior } }
    case 'rootDeviceName':
      return { RootDeviceName: { Value: '/dev/xvda' } }
    case 'blockDeviceMapping':
      return { BlockDeviceMappings: showDevices(machine) }
    case 'productCodes':
      return { ProductCodes: [] }
    case 'sourceDestCheck':
      return { SourceDestCheck: { Value: machine.nic.sourceDestCheck } }
    case 'groupSet':
      return { Groups: showGroups(call, machine.groups) }
    case 'ebsOptimized':
      return { EbsOptimized: { Value: machine.ebsOptimized } }
    case 'sriovNetSupport':
      return { SriovNetSupport: { Value: 'simple' } }
    case 'enaSupport':
      return { EnaSupport: { Value: true } }
    case 'enclaveOptions':
      return { EnclaveOptions: { Enabled: false } }
    default:
      // what a newer model adds
      throw new Refusal('notBuilt', `sallyport has not built the attribute ${String(attribute)}`)
  }
}

/** Devices with their volumes, as instances and attributes show them. */
export function showDevices({ volumes }: Machine) {
  return volumes.map(({ id, device, createdAt }) => ({
    DeviceName: device,
    Ebs: {
      VolumeId: id,
      Status: 'attached' as const,
      AttachTime: new Date(createdAt),
      DeleteOnTermination: true,
    },
  }))
}
