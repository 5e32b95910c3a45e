/** Instance types as they are described, and where they are offered. */

import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { exact, filtered, type Filterable } from './filter.ts'
import { zonesOf } from './region.ts'
import { LISTING, pageOf, refuseDry, somewhere } from './shared.ts'
import { architectureOf, FAMILIES, factsOf, isBurstable, isInstanceType, type Facts } from './type.ts'

const COMMON = FAMILIES.flatMap(({ name, sizes }) => sizes.map((size) => `${name}.${size.name}`)).toSorted()

/** ec2:DescribeInstanceTypes. All the common ones; of a rarer one that is named, what its name says. */
export const describeInstanceTypes = operation('ec2:DescribeInstanceTypes', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidInstanceType'],
  run({ InstanceTypes = [], Filters, DryRun, ...input }, call) {
    if (InstanceTypes.length > 0 && input.MaxResults !== undefined) {
      throw new Refusal(
        'InvalidParameterCombination',
        'The parameter instanceTypes cannot be used with the parameter maxResults',
      )
    }
    const strangers = InstanceTypes.filter((type) => !isInstanceType(type))
    if (strangers.length > 0) {
      const text = `The following supplied instance types do not exist: [${strangers.join(', ')}]`
      throw new Refusal('InvalidInstanceType', text)
    }
    refuseDry(DryRun)
    const wanted = InstanceTypes.length > 0 ? [...new Set<string>(InstanceTypes)].toSorted() : COMMON
    const found = filtered(wanted, Filters, FILTERS)
    const { items, end } = pageOf(call, found, { ...input, listing: 'DescribeInstanceTypes', keyOf: (type) => type })
    return { output: { InstanceTypes: items.map(show), ...end } }
  },
})

interface Offering {
  readonly type: string
  readonly location: string
}

function offeringKey({ type, location }: Offering): string {
  return `${type}/${location}`
}

/** ec2:DescribeInstanceTypeOfferings. What is described is offered everywhere. */
export const describeInstanceTypeOfferings = operation('ec2:DescribeInstanceTypeOfferings', {
  asks: (_input, call) => somewhere(call),
  refusals: LISTING,
  run({ LocationType = 'region', Filters, DryRun, ...input }, call) {
    refuseDry(DryRun)
    const locations = locationsOf(call, LocationType)
    const all = COMMON.flatMap((type) => locations.map((location): Offering => ({ type, location })))
    const found = filtered(all, Filters, {
      'instance-type': ({ type }) => [type],
      location: ({ location }) => [location],
    })
    const { items, end } = pageOf(call, found, { ...input, listing: `Offerings/${LocationType}`, keyOf: offeringKey })
    const shown = items.map(({ type, location }) => ({
      InstanceType: type as 't3.micro', // of our own table, whose names are AWS's
      LocationType,
      Location: location,
    }))
    return { output: { InstanceTypeOfferings: shown, ...end } }
  },
})

function locationsOf({ region }: Call, type: string): readonly string[] {
  if (type === 'availability-zone') return zonesOf(region).map(({ name }) => name)
  if (type === 'availability-zone-id') return zonesOf(region).map(({ id }) => id)
  return type === 'region' ? [region] : []
}

function known(read: (facts: Facts) => string | number | boolean): (type: string) => readonly string[] {
  return (type) => {
    const facts = factsOf(type)
    return facts === undefined ? [] : [String(read(facts))]
  }
}

const FILTERS: Filterable<string> = {
  'auto-recovery-supported': exact('true'),
  'bare-metal': (type) => [String(isMetal(type))],
  'burstable-performance-supported': (type) => [String(isBurstable(type))],
  'current-generation': known(({ family }) => family.current),
  hypervisor: known(({ family }) => (family.nitro ? 'nitro' : 'xen')),
  'instance-storage-supported': known(({ family }) => family.name === 'm1'),
  'instance-type': (type) => [type],
  'memory-info.size-in-mib': known(({ size }) => size.memory),
  'processor-info.supported-architecture': (type) => [architectureOf(type)],
  'supported-root-device-type': exact('ebs'),
  'supported-usage-class': exact('on-demand', 'spot'),
  'supported-virtualization-type': exact('hvm'),
  'vcpu-info.default-cores': known(({ family, size }) => size.vcpus / family.threads),
  'vcpu-info.default-threads-per-core': known(({ family }) => family.threads),
  'vcpu-info.default-vcpus': known(({ size }) => size.vcpus),
}

function isMetal(type: string): boolean {
  return type.includes('.metal')
}

function show(type: string) {
  const facts = factsOf(type)
  return {
    InstanceType: type as 't3.micro', // one of the model's own list
    BareMetal: isMetal(type),
    BurstablePerformanceSupported: isBurstable(type),
    SupportedRootDeviceTypes: ['ebs' as const],
    SupportedUsageClasses: ['on-demand' as const, 'spot' as const],
    SupportedVirtualizationTypes: ['hvm' as const],
    ProcessorInfo: {
      SupportedArchitectures: [architectureOf(type)],
      SustainedClockSpeedInGhz: facts?.family.clock,
      Manufacturer: facts?.family.manufacturer,
      SupportedFeatures: [],
    },
    ...(facts === undefined ? {} : showFacts(type, facts)),
  }
}

function showFacts(type: string, { family, size }: Facts) {
  const [cards, addresses] = size.interfaces
  const { nitro, threads, network } = family
  const performance = typeof network === 'string' ? network : network(size)
  return {
    CurrentGeneration: family.current,
    FreeTierEligible: type === 't3.micro' || type === 't2.micro',
    Hypervisor: nitro ? ('nitro' as const) : ('xen' as const),
    InstanceStorageSupported: family.name === 'm1',
    VCpuInfo: { DefaultVCpus: size.vcpus, DefaultCores: size.vcpus / threads, DefaultThreadsPerCore: threads },
    MemoryInfo: { SizeInMiB: size.memory },
    EbsInfo: {
      EbsOptimizedSupport: nitro ? ('default' as const) : ('unsupported' as const),
      EncryptionSupport: 'supported' as const,
      NvmeSupport: nitro ? ('required' as const) : ('unsupported' as const),
    },
    NetworkInfo: {
      NetworkPerformance: performance,
      MaximumNetworkInterfaces: cards,
      MaximumNetworkCards: 1,
      DefaultNetworkCardIndex: 0,
      NetworkCards: [{ NetworkCardIndex: 0, NetworkPerformance: performance, MaximumNetworkInterfaces: cards }],
      Ipv4AddressesPerInterface: addresses,
      Ipv6AddressesPerInterface: addresses,
      Ipv6Supported: family.name !== 'm1',
      EnaSupport: nitro ? ('required' as const) : ('unsupported' as const),
      EfaSupported: false,
    },
    PlacementGroupInfo: { SupportedStrategies: ['partition' as const, 'spread' as const] },
    HibernationSupported: false,
    DedicatedHostsSupported: false,
    AutoRecoverySupported: true,
  }
}
