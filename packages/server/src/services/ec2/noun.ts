/** All that can be tagged here, by what its ids begin with: how it is found, what the law is told of it, how tags are kept. */

import {
  regionKey,
  type Account,
  type AccountKind,
  type AccountKinds,
  type Instance,
  type Machine,
  type Tag,
} from '@sallyport/estate'
import type { ResourceType } from '@aws-sdk/client-ec2'
import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { resourceTags } from '../tags.ts'
import { GROUP, groupKeys, groupsOf } from './group.ts'
import { RULE, rulesOf } from './group-rule.ts'
import { INTERFACE, interfaceKeys, interfacesOf } from './interface.ts'
import { KEY_PAIR, keyPairKeys, keyPairsOf } from './key-pair.ts'
import { keysOf, machineOf } from './machine.ts'
import { networkIn } from './network.ts'
import { GATEWAY, gatewaysOf, NETWORK_ACL, networkAclsOf, ROUTE_TABLE, routeTablesOf } from './routing.ts'
import { arnOf, instancesOf, wellFormed, type Kind, type Thing } from './shared.ts'
import { SUBNET, subnetKeys, subnetsOf } from './subnet.ts'
import { DHCP, dhcpOptionsOf, VPC, vpcKeys, vpcsOf } from './vpc.ts'
import { VOLUME, volumeKeys, volumesOf } from './volume.ts'

type Keys = NonNullable<Asking['context']>

/** Rows as a call is changing them: several of what it tags may lie in one. */
export class Rows {
  readonly #account: Account
  readonly #changed = new Map<string, Change>()

  constructor(account: Account) {
    this.#account = account
  }

  get<K extends AccountKind>(kind: K, key: string): AccountKinds[K] | undefined {
    const changed = this.#changed.get(`${kind} ${key}`)
    // what `put` took under the kind is of it
    return changed === undefined ? this.#account.all(kind).get(key) : (changed.value as AccountKinds[K])
  }

  put<K extends AccountKind>(kind: K, key: string, value: AccountKinds[K]): void {
    this.#changed.set(`${kind} ${key}`, put(this.#account.id, kind, key, value))
  }

  get changes(): readonly Change[] {
    return [...this.#changed.values()]
  }
}

export type Retag = (tags: readonly Tag[]) => readonly Tag[]

interface Noun<T extends Thing> {
  readonly kind: Kind
  readonly type: ResourceType
  readonly all: (call: Call) => readonly T[]
  readonly keys: (call: Call, it: T) => Keys
  /** What its ARN has, where that is not the id. */
  readonly named?: (it: T) => string
  readonly retag: (rows: Rows, call: Call, it: T) => (change: Retag) => void
}

const INSTANCE: Kind = {
  prefix: 'i',
  malformed: 'InvalidInstanceID.Malformed',
  missing: (id) => new Refusal('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`),
}

/** Parts of an instance are tagged in its row. */
function inMachine(change: (machine: Machine, id: string, retag: Retag) => Machine) {
  return (rows: Rows, call: Call, it: Thing & { readonly instance: Instance }) => (retag: Retag) => {
    const key = regionKey(call.region, it.instance.id)
    const instance = rows.get('instance', key) ?? it.instance
    rows.put('instance', key, { ...instance, machine: change(machineOf(call, instance), it.id, retag) })
  }
}

/** Parts of the default network have a row for their tags alone. */
function inNetwork(rows: Rows, { region }: Call, { id }: Thing) {
  return (retag: Retag): void => {
    const key = regionKey(region, id)
    rows.put('networkTags', key, { id, region, tags: retag(rows.get('networkTags', key)?.tags ?? []) })
  }
}

function about(key: string): (call: Call, it: Thing) => Keys {
  return (call, { id, tags }) => ({
    'ec2:Region': call.region,
    [key]: id,
    'ec2:Vpc': key === 'ec2:InternetGatewayID' || key === 'ec2:DhcpOptionsID' ? undefined : vpcOf(call),
    ...resourceTags(tags, 'ec2'),
  })
}

function vpcOf(call: Call): string {
  return arnOf(call, 'vpc', networkIn(call).vpcId)
}

const NOUNS: readonly Noun<never>[] = [
  noun({
    kind: INSTANCE,
    type: 'instance',
    all: instancesOf,
    keys: keysOf,
    retag:
      (rows, { region }, it) =>
      (retag) => {
        const key = regionKey(region, it.id)
        const instance = rows.get('instance', key) ?? it
        rows.put('instance', key, { ...instance, tags: retag(instance.tags) })
      },
  }),
  noun({
    kind: VOLUME,
    type: 'volume',
    all: volumesOf,
    keys: volumeKeys,
    retag: inMachine((machine, id, retag) => ({
      ...machine,
      volumes: machine.volumes.map((volume) => (volume.id === id ? { ...volume, tags: retag(volume.tags) } : volume)),
    })),
  }),
  noun({
    kind: INTERFACE,
    type: 'network-interface',
    all: interfacesOf,
    keys: interfaceKeys,
    retag: inMachine((machine, _id, retag) => ({ ...machine, nic: { ...machine.nic, tags: retag(machine.nic.tags) } })),
  }),
  noun({
    kind: GROUP,
    type: 'security-group',
    all: groupsOf,
    keys: groupKeys,
    retag:
      (rows, { region }, it) =>
      (retag) => {
        const group = rows.get('securityGroup', regionKey(region, it.id)) ?? it
        rows.put('securityGroup', regionKey(region, it.id), { ...group, tags: retag(group.tags) })
      },
  }),
  noun({
    kind: RULE,
    type: 'security-group-rule',
    all: rulesOf,
    keys: ({ region }, { tags }) => ({ 'ec2:Region': region, ...resourceTags(tags, 'ec2') }),
    retag:
      (rows, { region }, it) =>
      (retag) => {
        const key = regionKey(region, it.group.id)
        const group = rows.get('securityGroup', key) ?? it.group
        const rules = group.rules.map((rule) => (rule.id === it.id ? { ...rule, tags: retag(rule.tags) } : rule))
        rows.put('securityGroup', key, { ...group, rules })
      },
  }),
  noun({
    kind: KEY_PAIR,
    type: 'key-pair',
    all: keyPairsOf,
    keys: keyPairKeys,
    named: ({ name }) => name,
    retag:
      (rows, { region }, it) =>
      (retag) => {
        const pair = rows.get('keyPair', regionKey(region, it.name)) ?? it
        rows.put('keyPair', regionKey(region, it.name), { ...pair, tags: retag(pair.tags) })
      },
  }),
  noun({ kind: VPC, type: 'vpc', all: vpcsOf, keys: vpcKeys, retag: inNetwork }),
  noun({ kind: SUBNET, type: 'subnet', all: subnetsOf, keys: (call, it) => subnetKeys(call, it), retag: inNetwork }),
  noun({
    kind: ROUTE_TABLE,
    type: 'route-table',
    all: routeTablesOf,
    keys: about('ec2:RouteTableID'),
    retag: inNetwork,
  }),
  noun({
    kind: GATEWAY,
    type: 'internet-gateway',
    all: gatewaysOf,
    keys: about('ec2:InternetGatewayID'),
    retag: inNetwork,
  }),
  noun({
    kind: NETWORK_ACL,
    type: 'network-acl',
    all: networkAclsOf,
    keys: about('ec2:NetworkAclID'),
    retag: inNetwork,
  }),
  noun({ kind: DHCP, type: 'dhcp-options', all: dhcpOptionsOf, keys: about('ec2:DhcpOptionsID'), retag: inNetwork }),
]

function noun<T extends Thing>(it: Noun<T>): Noun<never> {
  return it as unknown as Noun<never> // what `all` gives is what its own `keys` and `retag` take
}

function nounOf(id: string): Noun<never> {
  if (!/^[a-z]+-[0-9a-f]+$/.test(id)) throw new Refusal('InvalidID', `The ID '${id}' is not valid`)
  const found = NOUNS.find(({ kind }) => id.startsWith(`${kind.prefix}-`))
  if (found === undefined) throw new Refusal('notBuilt', `sallyport has not built tags of \`${id}\``)
  wellFormed(found.kind.malformed, found.kind.prefix, id)
  return found
}

/** A question about whatever has this id, asked whether it is there or not. */
export function aboutAny(call: Call, id: string, context: Asking['context'] = {}): Asking {
  const { type, all, keys, named } = nounOf(id)
  const it = all(call).find((thing: Thing) => thing.id === id)
  const own = it === undefined ? { 'ec2:Region': call.region } : keys(call, it)
  const name = it === undefined ? id : (named?.(it) ?? id)
  return { resource: arnOf(call, type, name), context: { ...own, ...context } }
}

/** The thing of this id, whose tags can be changed; or the refusal that it is not there. */
export function taggable(rows: Rows, call: Call, id: string): (change: Retag) => void {
  const { kind, all, retag } = nounOf(id)
  const it = all(call).find((thing: Thing) => thing.id === id)
  if (it === undefined) throw kind.missing(id)
  return retag(rows, call, it)
}

export interface Tagged {
  readonly id: string
  readonly type: ResourceType
  readonly tags: readonly Tag[]
}

/** Everything that has tags. */
export function everythingTagged(call: Call): readonly Tagged[] {
  return NOUNS.flatMap(({ type, all }) => all(call).map(({ id, tags }: Thing) => ({ id, type, tags })))
}
