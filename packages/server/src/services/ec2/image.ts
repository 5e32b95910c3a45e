/** Images: Amazon's own Linux, in every region, under ids that follow from region and name. */

import { hash } from 'node:crypto'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { exact, filtered, TAG_FILTERS, type Filterable } from './filter.ts'
import { pageOf, refuseDry, somewhere, wellFormed } from './shared.ts'
import type { Architecture } from './type.ts'

export const AMAZON = '137112412989'

interface Build {
  readonly name: string
  readonly description: string
  readonly architecture: Architecture
  readonly createdAt: string
  /** GiB and type of the root volume. */
  readonly volume: { readonly size: number; readonly type: 'gp2' | 'gp3' }
  readonly imds?: 'v2.0'
}

export interface Image extends Build {
  readonly id: string
  readonly snapshot: string
  readonly tags: readonly []
}

const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'arm64']

const BUILDS: readonly Build[] = ARCHITECTURES.flatMap((architecture) => [
  al2023(architecture, '2023.7.20250331.0', '2025-03-27T00:15:41.000Z'),
  al2023(architecture, '2023.8.20250804.0', '2025-07-30T23:07:21.000Z'),
  al2(architecture, '2.0.20250321.0', '2025-03-22T01:33:54.000Z'),
  al2(architecture, '2.0.20250728.1', '2025-07-25T22:20:48.000Z'),
])

/** The images of a region. */
export function imagesOf(region: string): readonly Image[] {
  return BUILDS.map((build) => {
    const digits = (of: string): string => `0${hash('sha256', `${region}/${of}/${build.name}`).slice(0, 16)}`
    return { ...build, id: `ami-${digits('image')}`, snapshot: `snap-${digits('snapshot')}`, tags: [] }
  })
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

function al2023(architecture: Architecture, version: string, createdAt: string): Build {
  return {
    name: `al2023-ami-${version}-kernel-6.1-${architecture}`,
    description: `Amazon Linux 2023 AMI ${version} ${architecture} HVM kernel-6.1`,
    architecture,
    createdAt,
    volume: { size: 8, type: 'gp3' },
    imds: 'v2.0',
  }
}

function al2(architecture: Architecture, version: string, createdAt: string): Build {
  return {
    name: `amzn2-ami-hvm-${version}-${architecture}-gp2`,
    description: `Amazon Linux 2 AMI ${version} ${architecture} HVM gp2`,
    architecture,
    createdAt,
    volume: { size: 8, type: 'gp2' },
  }
}
