/** Volumes: those that instances were launched with. None is made alone, and none outlives its instance. */

import type { Instance, Volume } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { resourceTags } from '../tags.ts'
import { exact, type Filterable } from './filter.ts'
import { machineOf } from './machine.ts'
import { arnOf, instancesOf, LISTING, select, showTags, somewhere, type Kind } from './shared.ts'
import { stateOf } from './state.ts'

export const VOLUME: Kind = {
  prefix: 'vol',
  malformed: 'InvalidVolumeID.Malformed',
  missing: (id) => new Refusal('InvalidVolume.NotFound', `The volume '${id}' does not exist.`),
}

interface AttachedVolume extends Volume {
  readonly instance: Instance
}

export function volumesOf(call: Call): readonly AttachedVolume[] {
  const alive = instancesOf(call).filter((one) => stateOf(one, call.now) !== 'terminated')
  return alive.flatMap((instance) => machineOf(call, instance).volumes.map((volume) => ({ ...volume, instance })))
}

export function volumeKeys({ region }: Call, volume: AttachedVolume) {
  const { id, size, type, encrypted, iops, throughput, snapshot, tags, instance } = volume
  return {
    'ec2:Region': region,
    'ec2:AvailabilityZone': instance.zone,
    'ec2:Encrypted': String(encrypted),
    'ec2:ParentSnapshot': snapshot === undefined ? undefined : `arn:aws:ec2:${region}::snapshot/${snapshot}`,
    'ec2:VolumeID': id,
    'ec2:VolumeIops': iops === undefined ? undefined : String(iops),
    'ec2:VolumeSize': String(size),
    'ec2:VolumeThroughput': throughput === undefined ? undefined : String(throughput),
    'ec2:VolumeType': type,
    ...resourceTags(tags, 'ec2'),
  }
}

/** ec2:DescribeVolumes. */
export const describeVolumes = operation('ec2:DescribeVolumes', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidVolume.NotFound', 'InvalidVolumeID.Malformed'],
  run({ VolumeIds: ids = [], ...input }, call) {
    const selection = { ...input, ids, listing: 'DescribeVolumes', kind: VOLUME, filters: FILTERS }
    const { items, end } = select(call, volumesOf(call), selection)
    return { output: { Volumes: items.map((volume) => show(call, volume)), ...end } }
  },
})

const FILTERS: Filterable<AttachedVolume> = {
  'attachment.attach-time': ({ createdAt }) => [new Date(createdAt).toISOString()],
  'attachment.delete-on-termination': exact('true'),
  'attachment.device': ({ device }) => [device],
  'attachment.instance-id': ({ instance }) => [instance.id],
  'attachment.status': exact('attached'),
  'availability-zone': ({ instance }) => [instance.zone],
  'create-time': ({ createdAt }) => [new Date(createdAt).toISOString()],
  encrypted: ({ encrypted }) => [String(encrypted)],
  'fast-restored': exact('false'),
  'multi-attach-enabled': exact('false'),
  size: ({ size }) => [String(size)],
  'snapshot-id': ({ snapshot }) => (snapshot === undefined ? [] : [snapshot]),
  status: exact('in-use'),
  'volume-id': ({ id }) => [id],
  'volume-type': ({ type }) => [type],
}

function show(call: Call, volume: AttachedVolume) {
  const { id, device, size, type, iops, throughput, encrypted, snapshot, createdAt, tags, instance } = volume
  const at = new Date(createdAt)
  return {
    VolumeId: id,
    VolumeArn: arnOf(call, 'volume', id),
    OwnerId: call.account.id,
    AvailabilityZone: instance.zone,
    Attachments: [
      {
        VolumeId: id,
        InstanceId: instance.id,
        Device: device,
        State: 'attached' as const,
        AttachTime: at,
        DeleteOnTermination: true,
      },
    ],
    CreateTime: at,
    Encrypted: encrypted,
    Iops: iops,
    Throughput: throughput,
    MultiAttachEnabled: false,
    Size: size,
    SnapshotId: snapshot ?? '',
    State: 'in-use' as const,
    VolumeType: type as 'gp3', // checked at launch against the model's own list
    Tags: showTags(tags),
  }
}
