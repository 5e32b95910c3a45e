/**
 * The default network that every account has in every region: a VPC with a subnet a zone, a route table, an internet
 * gateway, a network ACL, DHCP options and a security group. Nothing of it but tags is kept: the ids follow from account
 * and region, so that they are the same whenever anybody looks.
 */

import { regionKey, type Tag } from '@sallyport/estate'
import { hash } from 'node:crypto'
import type { Call } from '../../call.ts'
import { draw, type Random } from '../../random.ts'
import { zonesOf, type Zone } from './region.ts'

export interface Subnet {
  readonly id: string
  readonly zone: Zone
  /** The third number of its addresses' first: it has sixteen of them. */
  readonly block: number
  readonly aclAssociation: string
}

export interface Network {
  readonly vpcId: string
  readonly groupId: string
  readonly dhcpId: string
  readonly routeTableId: string
  readonly gatewayId: string
  readonly aclId: string
  readonly subnets: readonly Subnet[]
}

export const VPC_RANGE = '172.31.0.0/16'
/** AWS keeps the first four addresses of a subnet and the last. */
const FIRST = 4
export const ADDRESSES = 16 * 256 - FIRST - 1

const REMEMBERED = 1000
const known = new Map<string, Network>()

/** Asked several times for each instance that is shown, so the last ones are remembered. */
export function networkOf(account: string, region: string): Network {
  const key = `${account}/${region}`
  const found = known.get(key)
  if (found !== undefined) return found
  if (known.size >= REMEMBERED) known.clear()
  const network = derivedNetwork(account, region)
  known.set(key, network)
  return network
}

function derivedNetwork(account: string, region: string): Network {
  const derive = (prefix: string, what: string): string => derivedId(prefix, `${account}/${region}/${what}`)
  return {
    vpcId: derive('vpc', 'vpc'),
    groupId: derive('sg', 'default'),
    dhcpId: derive('dopt', 'dhcp'),
    routeTableId: derive('rtb', 'main'),
    gatewayId: derive('igw', 'gateway'),
    aclId: derive('acl', 'default'),
    subnets: zonesOf(region).map((zone, at) => ({
      id: derive('subnet', zone.name),
      zone,
      block: at * 16,
      aclAssociation: derive('aclassoc', zone.name),
    })),
  }
}

/** The network of the call's account and region. */
export function networkIn({ account, region }: Pick<Call, 'account' | 'region'>): Network {
  return networkOf(account.id, region)
}

export function derivedId(prefix: string, from: string): string {
  return `${prefix}-0${hash('sha256', from).slice(0, 16)}`
}

/** Tags of a part of the default network. */
export function networkTags({ account, region }: Pick<Call, 'account' | 'region'>, id: string): readonly Tag[] {
  return account.all('networkTags').get(regionKey(region, id))?.tags ?? []
}

export function rangeOf({ block }: Subnet): string {
  return `172.31.${block}.0/20`
}

export function holds({ block }: Subnet, address: string): boolean {
  const [, third] = /^172\.31\.(\d{1,3})\.\d{1,3}$/.exec(address) ?? []
  return third !== undefined && Math.floor(Number(third) / 16) * 16 === block
}

/** An address of the subnet that nobody has, or `undefined` where it is full. */
export function freeAddress(random: Random, { block }: Subnet, taken: ReadonlySet<string>): string | undefined {
  const start = Number(draw(random, 6, '0123456789'))
  for (let tries = 0; tries < ADDRESSES; tries += 1) {
    const number = FIRST + ((start + tries) % ADDRESSES)
    const address = `172.31.${block + Math.floor(number / 256)}.${number % 256}`
    if (!taken.has(address)) return address
  }
  return undefined
}

/** A range that is set aside for tests (RFC 2544): nobody answers there, on the Internet or here. */
export function publicAddress(instance: string, since: number): string {
  const [a = 0, b = 0, c = 0] = hash('sha256', `${instance}/${since}`, 'buffer')
  return `198.${18 + (a % 2)}.${b}.${1 + (c % 254)}`
}

export function privateName(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`
  return `ip-${address.replaceAll('.', '-')}.${domain}`
}

export function publicName(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'compute-1' : `${region}.compute`
  return `ec2-${address.replaceAll('.', '-')}.${domain}.amazonaws.com`
}
