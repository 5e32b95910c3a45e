/** Images: Amazon's own Linux, in every region, under ids that follow from region and name. */

import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { amazonImages, type AmazonImage } from '../amazon-images.ts'
import { exact, filtered, TAG_FILTERS, type Filterable } from './filter.ts'
import { pageOf, refuseDry, somewhere, wellFormed } from './shared.ts'

export const AMAZON = '137112412989'

export interface Image extends AmazonImage {
  readonly tags: readonly []
}

/** The images of a region. */
export function imagesOf(region: string): readonly Image[] {
  return amazonImages(region).map((image) => ({ ...image, tags: [] }))
}

export function imageOf(region: string, id: string): Image | undefined {
  return imagesOf(region).find((image) => image.id === id)
}

export function noImage(id: string): Refusal {
  return new Refusal('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`)
}

/** ec2:DescribeImages. */
export const describeImages = operation('ec2:DescribeImages', {
  asks: (_input, call) => somewhere(call),
  refusals: [
    'DryRunOperation',
    'InvalidAMIID.Malformed',
    'InvalidAMIID.NotFound',
    'InvalidNextToken',
    'InvalidParameterValue',
  ],
  run({ ImageIds = [], Owners = [], ExecutableUsers = [], Filters, DryRun, ...input }, call) {
    const all = imagesOf(call.region)
    for (const id of ImageIds) {
      wellFormed('InvalidAMIID.Malformed', 'ami', id)
      if (!all.some((image) => image.id === id)) throw noImage(id)
    }
    refuseDry(DryRun)
    const owned = Owners.length === 0 || Owners.includes('amazon') || Owners.includes(AMAZON)
    const executable = ExecutableUsers.length === 0 || ExecutableUsers.includes('all')
    const wanted = owned && executable ? all.filter(({ id }) => ImageIds.length === 0 || ImageIds.includes(id)) : []
    const found = filtered(wanted, Filters, IMAGE_FILTERS).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const { items, end } = pageOf(call, found, { ...input, listing: 'DescribeImages', keyOf: ({ id }) => id })
    return { output: { Images: items.map(show), ...end } }
  },
})

const IMAGE_FILTERS: Filterable<Image> = {
  ...TAG_FILTERS,
  architecture: ({ architecture }) => [architecture],
  'block-device-mapping.delete-on-termination': exact('true'),
  'block-device-mapping.device-name': exact('/dev/xvda'),
  'block-device-mapping.encrypted': exact('false'),
  'block-device-mapping.snapshot-id': ({ snapshot }) => [snapshot],
  'block-device-mapping.volume-size': ({ volume }) => [String(volume.size)],
  'block-device-mapping.volume-type': ({ volume }) => [volume.type],
  'creation-date': ({ createdAt }) => [createdAt],
  description: ({ description }) => [description],
  'ena-support': exact('true'),
  hypervisor: exact('xen'),
  'image-id': ({ id }) => [id],
  'image-type': exact('machine'),
  'is-public': exact('true'),
  name: ({ name }) => [name],
  'owner-alias': exact('amazon'),
  'owner-id': exact(AMAZON),
  'root-device-name': exact('/dev/xvda'),
  'root-device-type': exact('ebs'),
  state: exact('available'),
  'virtualization-type': exact('hvm'),
}

function show({ id, name, description, architecture, createdAt, volume, snapshot, imds }: Image) {
  const ebs = {
    DeleteOnTermination: true,
    SnapshotId: snapshot,
    VolumeSize: volume.size,
    VolumeType: volume.type,
    Encrypted: false,
  }
  return {
    ImageId: id,
    ImageLocation: `amazon/${name}`,
    Name: name,
    Description: description,
    Architecture: architecture,
    CreationDate: createdAt,
    OwnerId: AMAZON,
    ImageOwnerAlias: 'amazon',
    Public: true,
    State: 'available' as const,
    ImageType: 'machine' as const,
    Hypervisor: 'xen' as const,
    VirtualizationType: 'hvm' as const,
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs' as const,
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: ebs }],
    EnaSupport: true,
    SriovNetSupport: 'simple',
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    BootMode:
      architecture === 'arm64' ? ('uefi' as const) : imds === undefined ? undefined : ('uefi-preferred' as const),
    ImdsSupport: imds,
  }
}
