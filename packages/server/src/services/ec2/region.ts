/** Regions and their zones: facts about AWS that every account sees alike. */

import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { REGIONS, regionRow, type Region } from '../regions.ts'
import { exact, filtered, type Filterable } from './filter.ts'
import { refuseDry, somewhere } from './shared.ts'

export interface Zone {
  readonly name: string
  readonly id: string
}

/** A region's zones, in order. One that the table does not know has three. */
export function zonesOf(region: string): readonly Zone[] {
  const { short, zones } =
    REGIONS.find(({ name }) => name === region) ?? regionRow(region, region.replaceAll('-', ''), 'abc')
  return [...zones].map((letter, at) => ({ name: region + letter, id: `${short}-az${at + 1}` }))
}

export function zoneId(region: string, zone: string): string | undefined {
  return zonesOf(region).find(({ name }) => name === zone)?.id
}

/** ec2:DescribeRegions. Those that need no opt-in, unless all are asked for. */
export const describeRegions = operation('ec2:DescribeRegions', {
  asks: (_input, call) => somewhere(call),
  refusals: ['DryRunOperation', 'InvalidParameterValue'],
  run({ RegionNames = [], AllRegions = false, Filters, DryRun }) {
    const unknown = RegionNames.find((name) => !REGIONS.some((region) => region.name === name))
    if (unknown !== undefined) throw new Refusal('InvalidParameterValue', `Invalid value '${unknown}' for region name`)
    refuseDry(DryRun)
    const wanted = RegionNames.length > 0 ? REGIONS.filter(({ name }) => RegionNames.includes(name)) : REGIONS
    const seen = wanted.filter(({ optIn }) => !optIn || AllRegions || RegionNames.length > 0)
    return { output: { Regions: filtered(seen, Filters, REGION_FILTERS).map(showRegion) } }
  },
})

const REGION_FILTERS: Filterable<Region> = {
  endpoint: ({ name }) => [endpoint(name)],
  'opt-in-status': ({ optIn }) => [optInStatus(optIn)],
  'region-name': ({ name }) => [name],
}

/** ec2:DescribeAvailabilityZones. Those of the region that is called. */
export const describeAvailabilityZones = operation('ec2:DescribeAvailabilityZones', {
  asks: (_input, call) => somewhere(call),
  refusals: ['DryRunOperation', 'InvalidParameterValue'],
  run({ ZoneNames = [], ZoneIds = [], Filters, DryRun }, { region }) {
    const zones = zonesOf(region)
    const unknown = [...ZoneNames, ...ZoneIds].find((one) => !zones.some(({ name, id }) => name === one || id === one))
    if (unknown !== undefined) throw new Refusal('InvalidParameterValue', `Invalid availability zone: [${unknown}]`)
    refuseDry(DryRun)
    const named = zones.filter(({ name }) => ZoneNames.length === 0 || ZoneNames.includes(name))
    const wanted = named.filter(({ id }) => ZoneIds.length === 0 || ZoneIds.includes(id))
    return {
      output: {
        AvailabilityZones: filtered(wanted, Filters, zoneFilters(region)).map((zone) => showZone(region, zone)),
      },
    }
  },
})

function zoneFilters(region: string): Filterable<Zone> {
  return {
    'group-name': exact(region),
    'opt-in-status': exact('opt-in-not-required'),
    'region-name': exact(region),
    state: exact('available'),
    'zone-id': ({ id }) => [id],
    'zone-name': ({ name }) => [name],
    'zone-type': exact('availability-zone'),
  }
}

function showRegion({ name, optIn }: Region) {
  return { RegionName: name, Endpoint: endpoint(name), OptInStatus: optInStatus(optIn) }
}

function showZone(region: string, { name, id }: Zone) {
  return {
    ZoneName: name,
    ZoneId: id,
    RegionName: region,
    GroupName: region,
    NetworkBorderGroup: region,
    ZoneType: 'availability-zone',
    State: 'available' as const,
    OptInStatus: 'opt-in-not-required' as const,
    Messages: [],
  }
}

function endpoint(region: string): string {
  return `ec2.${region}.amazonaws.com`
}

function optInStatus(optIn: boolean): string {
  return optIn ? 'not-opted-in' : 'opt-in-not-required'
}
