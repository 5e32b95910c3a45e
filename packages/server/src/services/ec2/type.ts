/** Instance types: those that the SDK's model knows, what their names say, and what is known of the common ones. */

import { loadModel } from '../../wire/models.ts'

let types: ReadonlySet<string> | undefined

export function isInstanceType(name: string): boolean {
  if (types === undefined) {
    const shape = loadModel('ec2').shapes['InstanceType']
    types = new Set(shape?.kind === 'simple' ? shape.c?.enum : [])
  }
  return types.has(name)
}

export type Architecture = 'x86_64' | 'arm64'

/** A `g` after the generation's number says Graviton: t4g, c7gn, im4gn. The first of them had none. */
export function architectureOf(type: string): Architecture {
  return /^(?:a1|[a-z]+\d+[a-z]*g[a-z]*)\./.test(type) ? 'arm64' : 'x86_64'
}

/** Types whose processor is credited. */
export function isBurstable(type: string): boolean {
  return /^t\d[a-z]*\./.test(type)
}

export interface Size {
  readonly name: string
  readonly vcpus: number
  /** MiB. */
  readonly memory: number
  /** Network interfaces, and IPv4 addresses of each. */
  readonly interfaces: readonly [number, number]
}

export interface Family {
  readonly name: string
  /** GHz, sustained, where AWS says one. */
  readonly clock?: number
  readonly manufacturer: 'AMD' | 'AWS' | 'Intel'
  readonly threads: 1 | 2
  readonly nitro: boolean
  readonly current: boolean
  readonly network: string | ((size: Size) => string)
  readonly sizes: readonly Size[]
}

const GiB = 1024

/** `micro 1 1 2/2`: the size, its vCPUs, its GiB, its interfaces and their addresses. */
function sizes(text: string): readonly Size[] {
  return text.split(', ').map((row) => {
    const [name = '', vcpus, gib, most = ''] = row.split(' ')
    const [cards = 0, addresses = 0] = most.split('/').map(Number)
    return { name, vcpus: Number(vcpus), memory: Math.floor(Number(gib) * GiB), interfaces: [cards, addresses] }
  })
}

const SMALL =
  'nano 2 0.5 2/2, micro 2 1 2/2, small 2 2 3/4, medium 2 4 3/6, large 2 8 3/12, xlarge 4 16 4/15, 2xlarge 8 32 4/15'

/** Sizes whose memory grows with their vCPUs; interfaces grow in the same steps in all of them. */
function scaled(gibPerVcpu: number, counts: readonly (readonly [name: string, vcpus: number])[]): readonly Size[] {
  return counts.map(([name, vcpus]) => ({
    name,
    vcpus,
    memory: vcpus * gibPerVcpu * GiB,
    interfaces: vcpus <= 1 ? [2, 4] : vcpus <= 2 ? [3, 10] : vcpus <= 8 ? [4, 15] : vcpus <= 48 ? [8, 30] : [15, 50],
  }))
}

const HALF: readonly (readonly [string, number])[] = [
  ['large', 2],
  ['xlarge', 4],
  ['2xlarge', 8],
  ['4xlarge', 16],
]
const FIFTH = [...HALF, ['8xlarge', 32], ['12xlarge', 48], ['16xlarge', 64], ['24xlarge', 96]] as const
const SIXTH = [...FIFTH, ['32xlarge', 128]] as const
const GRAVITON = [['medium', 1], ...HALF, ['8xlarge', 32], ['12xlarge', 48], ['16xlarge', 64]] as const
const C5 = [...HALF, ['9xlarge', 36], ['12xlarge', 48], ['18xlarge', 72], ['24xlarge', 96]] as const

const upTo = (most: string, above: Readonly<Record<string, string>>) => (size: Size) =>
  above[size.name] ?? `Up to ${most}`
const FIFTH_NETWORK = upTo('10 Gigabit', {
  '8xlarge': '10 Gigabit',
  '9xlarge': '12 Gigabit',
  '12xlarge': '12 Gigabit',
  '16xlarge': '20 Gigabit',
  '18xlarge': '25 Gigabit',
  '24xlarge': '25 Gigabit',
})
const SIXTH_NETWORK = upTo('12.5 Gigabit', {
  '8xlarge': '12.5 Gigabit',
  '12xlarge': '18.75 Gigabit',
  '16xlarge': '25 Gigabit',
  '24xlarge': '37.5 Gigabit',
  '32xlarge': '50 Gigabit',
})
const GRAVITON_NETWORK = upTo('10 Gigabit', {
  '8xlarge': '12 Gigabit',
  '12xlarge': '20 Gigabit',
  '16xlarge': '25 Gigabit',
})
const GRAVITON3_NETWORK = upTo('12.5 Gigabit', {
  '4xlarge': 'Up to 15 Gigabit',
  '8xlarge': '15 Gigabit',
  '12xlarge': '22.5 Gigabit',
  '16xlarge': '30 Gigabit',
})

const intel = { manufacturer: 'Intel', threads: 2, nitro: true, current: true } as const
const graviton = { manufacturer: 'AWS', threads: 1, nitro: true, current: true } as const

/** Facts of AWS's instance types pages. */
export const FAMILIES: readonly Family[] = [
  { ...intel, name: 't3', clock: 2.5, network: 'Up to 5 Gigabit', sizes: sizes(SMALL) },
  { ...intel, name: 't3a', clock: 2.2, manufacturer: 'AMD', network: 'Up to 5 Gigabit', sizes: sizes(SMALL) },
  { ...graviton, name: 't4g', clock: 2.5, network: 'Up to 5 Gigabit', sizes: sizes(SMALL) },
  {
    ...intel,
    name: 't2',
    threads: 1,
    nitro: false,
    network: 'Low to Moderate',
    sizes: sizes(
      'nano 1 0.5 2/2, micro 1 1 2/2, small 1 2 3/4, medium 2 4 3/6, large 2 8 3/12, xlarge 4 16 3/15, 2xlarge 8 32 3/15',
    ),
  },
  {
    ...intel,
    name: 'm1',
    threads: 1,
    nitro: false,
    current: false,
    network: 'Low',
    sizes: sizes('small 1 1.7 2/4'),
  },
  { ...intel, name: 'm5', clock: 3.1, network: FIFTH_NETWORK, sizes: scaled(4, FIFTH) },
  { ...intel, name: 'm6i', clock: 3.5, network: SIXTH_NETWORK, sizes: scaled(4, SIXTH) },
  { ...graviton, name: 'm6g', clock: 2.5, network: GRAVITON_NETWORK, sizes: scaled(4, GRAVITON) },
  { ...graviton, name: 'm7g', clock: 2.6, network: GRAVITON3_NETWORK, sizes: scaled(4, GRAVITON) },
  { ...intel, name: 'c5', clock: 3.4, network: FIFTH_NETWORK, sizes: scaled(2, C5) },
  { ...intel, name: 'c6i', clock: 3.5, network: SIXTH_NETWORK, sizes: scaled(2, SIXTH) },
  { ...graviton, name: 'c6g', clock: 2.5, network: GRAVITON_NETWORK, sizes: scaled(2, GRAVITON) },
  { ...graviton, name: 'c7g', clock: 2.6, network: GRAVITON3_NETWORK, sizes: scaled(2, GRAVITON) },
  { ...intel, name: 'r5', clock: 3.1, network: FIFTH_NETWORK, sizes: scaled(8, FIFTH) },
  { ...intel, name: 'r6i', clock: 3.5, network: SIXTH_NETWORK, sizes: scaled(8, SIXTH) },
  { ...graviton, name: 'r6g', clock: 2.5, network: GRAVITON_NETWORK, sizes: scaled(8, GRAVITON) },
  { ...graviton, name: 'r7g', clock: 2.6, network: GRAVITON3_NETWORK, sizes: scaled(8, GRAVITON) },
]

export interface Facts {
  readonly family: Family
  readonly size: Size
}

/** What is known of a type; of those that the table has not, nothing is made up. */
export function factsOf(type: string): Facts | undefined {
  const [name, size] = type.split('.')
  const family = FAMILIES.find((one) => one.name === name)
  const found = family?.sizes.find((one) => one.name === size)
  return family === undefined || found === undefined ? undefined : { family, size: found }
}

export function coresOf(type: string) {
  const facts = factsOf(type)
  if (facts === undefined) return undefined
  const { family, size } = facts
  return { CoreCount: size.vcpus / family.threads, ThreadsPerCore: family.threads }
}
