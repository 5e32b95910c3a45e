/** Amazon's own Linux images: in every region, under ids that follow from region and name. EC2 shows them, and SSM names the newest. */

import { hash } from 'node:crypto'

type Architecture = 'x86_64' | 'arm64'

interface Build {
  readonly name: string
  readonly description: string
  readonly architecture: Architecture
  readonly createdAt: string
  /** GiB and type of the root volume. */
  readonly volume: { readonly size: number; readonly type: 'gp2' | 'gp3' }
  readonly imds?: 'v2.0'
  /** The public parameters that name the newest build of its kind. */
  readonly parameters: readonly string[]
}

export interface AmazonImage extends Build {
  readonly id: string
  readonly snapshot: string
}

const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'arm64']

const BUILDS: readonly Build[] = ARCHITECTURES.flatMap((architecture) => [
  al2023(architecture, '2023.7.20250331.0', '2025-03-27T00:15:41.000Z'),
  al2023(architecture, '2023.8.20250804.0', '2025-07-30T23:07:21.000Z'),
  al2(architecture, '2.0.20250321.0', '2025-03-22T01:33:54.000Z'),
  al2(architecture, '2.0.20250728.1', '2025-07-25T22:20:48.000Z'),
])

/** The images of a region. */
export function amazonImages(region: string): readonly AmazonImage[] {
  return BUILDS.map((build) => {
    const digits = (of: string): string => `0${hash('sha256', `${region}/${of}/${build.name}`).slice(0, 16)}`
    return { ...build, id: `ami-${digits('image')}`, snapshot: `snap-${digits('snapshot')}` }
  })
}

/** The newest of each kind. */
export function newestImages(region: string): readonly AmazonImage[] {
  const kinds = Map.groupBy(amazonImages(region), ({ parameters }) => parameters[0])
  return [...kinds.values()].flatMap((builds) =>
    builds.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1)).slice(0, 1),
  )
}

function al2023(architecture: Architecture, version: string, createdAt: string): Build {
  return {
    name: `al2023-ami-${version}-kernel-6.1-${architecture}`,
    description: `Amazon Linux 2023 AMI ${version} ${architecture} HVM kernel-6.1`,
    architecture,
    createdAt,
    volume: { size: 8, type: 'gp3' },
    imds: 'v2.0',
    parameters: [`al2023-ami-kernel-default-${architecture}`, `al2023-ami-kernel-6.1-${architecture}`],
  }
}

function al2(architecture: Architecture, version: string, createdAt: string): Build {
  return {
    name: `amzn2-ami-hvm-${version}-${architecture}-gp2`,
    description: `Amazon Linux 2 AMI ${version} ${architecture} HVM gp2`,
    architecture,
    createdAt,
    volume: { size: 8, type: 'gp2' },
    parameters: [`amzn2-ami-hvm-${architecture}-gp2`],
  }
}
