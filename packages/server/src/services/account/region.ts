/** Which regions an account may use. Those that need an opt-in nobody here has opted into. */

import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { page } from '../paging.ts'
import { REGIONS, type Region } from '../regions.ts'
import { about, reach, REFUSALS, touches } from './shared.ts'

const PAGE = 50

/** account:ListRegions. */
export const listRegions = operation('account:ListRegions', {
  needs: touches,
  asks: (input, call) => about(input, call),
  refusals: REFUSALS,
  run(input, call) {
    reach(input, call, 'ListRegions')
    const { RegionOptStatusContains: wanted = [], MaxResults: size = PAGE, NextToken: marker } = input
    const listed = REGIONS.filter((region) => wanted.length === 0 || wanted.includes(statusOf(region)))
    const sorted = listed.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const listing = `account:ListRegions/${wanted.join()}`
    const found = page(call.keyring, sorted, { listing, marker, size, keyOf: ({ name }) => name })
    if (found === undefined) throw new Refusal('ValidationException', 'The provided NextToken is not valid.')
    const Regions = found.items.map((region) => ({ RegionName: region.name, RegionOptStatus: statusOf(region) }))
    return { output: { Regions, NextToken: found.next } }
  },
})

/** account:GetRegionOptStatus. */
export const getRegionOptStatus = operation('account:GetRegionOptStatus', {
  needs: touches,
  asks: (input, call) => about(input, call, { 'account:TargetRegion': input.RegionName }),
  refusals: REFUSALS,
  run(input, call) {
    reach(input, call, 'GetRegionOptStatus')
    const region = REGIONS.find(({ name }) => name === input.RegionName)
    if (region === undefined) {
      throw new Refusal('ValidationException', `The provided Region name ${input.RegionName} is not valid.`)
    }
    return { output: { RegionName: region.name, RegionOptStatus: statusOf(region) } }
  },
})

function statusOf({ optIn }: Region): 'DISABLED' | 'ENABLED_BY_DEFAULT' {
  return optIn ? 'DISABLED' : 'ENABLED_BY_DEFAULT'
}
