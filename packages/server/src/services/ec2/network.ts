/**
 * The default network that every account has in every region: a VPC, a subnet a zone, a security group. Nothing of it is
 * kept: the ids follow from account and region, so that they are the same whenever anybody looks.
 */

import { hash } from 'node:crypto'
import { draw, type Random } from '../../random.ts'
import { zonesOf, type Zone } from './region.ts'

export interface Subnet {
  readonly id: string
  readonly zone: Zone
  /** The third number of its addresses' first: it has sixteen of them. */
  readonly block: number
}

export interface Network {
  readonly vpcId: string
  readonly groupId: string
  readonly subnets: readonly Subnet[]
}

export function networkOf(account: string, region: string): Network {
  const derive = (prefix: string, what: string): string =>
    `${prefix}-0${hash('sha256', `${account}/${region}/${what}`).slice(0, 16)}`
  return {
    vpcId: derive('vpc', 'vpc'),
    groupId: derive('sg', 'default'),
    subnets: zonesOf(region).map((zone, at) => ({ id: derive('subnet', zone.name), zone, block: at * 16 })),
  }
}

/** An address of the subnet that nobody has, or `undefined` where it is full. AWS keeps the first four and the last. */
export function freeAddress(random: Random, { block }: Subnet, taken: ReadonlySet<string>): string | undefined {
  const first = 4
  const count = 16 * 256 - first - 1
  const start = Number(draw(random, 6, '0123456789'))
  for (let tries = 0; tries < count; tries += 1) {
    const number = first + ((start + tries) % count)
    const address = `172.31.${block + Math.floor(number / 256)}.${number % 256}`
    if (!taken.has(address)) return address
  }
  return undefined
}

export function privateName(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`
  return `ip-${address.replaceAll('.', '-')}.${domain}`
}
