/** A security group's rules: as calls give them, one for each peer, and as they are shown. */

import type { RulePeer, SecurityGroup, SecurityGroupRule, Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { ec2Id } from '../../ids.ts'
import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { rangeV4, rangeV6 } from './cidr.ts'
import { arnOf, showTags } from './shared.ts'

type Permission = NonNullable<Input<'ec2:AuthorizeSecurityGroupIngress'>['IpPermissions']>[number]

/** A rule that has no id yet. */
export type Draft = Pick<SecurityGroupRule, 'protocol' | 'from' | 'to' | 'peer' | 'description'>

const NAMES: Readonly<Record<string, string>> = {
  '-1': '-1',
  all: '-1',
  tcp: 'tcp',
  '6': 'tcp',
  udp: 'udp',
  '17': 'udp',
  icmp: 'icmp',
  '1': 'icmp',
  icmpv6: 'icmpv6',
  '58': 'icmpv6',
}

/** Ids of groups that a rule may name, by id or by name. */
export type FindGroup = (named: { readonly id?: string; readonly name?: string }) => string

/** The rules that permissions ask for, one a peer. */
export function draftsOf(permissions: readonly Permission[], call: Call, findGroup: FindGroup): readonly Draft[] {
  return permissions.flatMap((permission) => {
    const { IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [], PrefixListIds = [] } = permission
    if (PrefixListIds.length > 0) throw new Refusal('notBuilt', 'sallyport has not built prefix lists')
    const traffic = trafficOf(permission)
    const ruled = (peer: RulePeer, description: string | undefined): Draft => {
      return { ...traffic, peer, ...(description === undefined ? {} : { description: checked(description) }) }
    }
    const drafts = [
      ...IpRanges.map(({ CidrIp = '', Description }) => ruled({ kind: 'ipv4', range: rangeV4(CidrIp) }, Description)),
      ...Ipv6Ranges.map(({ CidrIpv6 = '', Description }) =>
        ruled({ kind: 'ipv6', range: rangeV6(CidrIpv6) }, Description),
      ),
      ...UserIdGroupPairs.map((pair) => ruled(groupPeer(pair, call, findGroup), pair.Description)),
    ]
    if (drafts.length > 0) return drafts
    throw new Refusal(
      'MissingParameter',
      'The request must contain one of the parameters cidrIp, cidrIpv6, prefixListId, groupId',
    )
  })
}

type Pair = NonNullable<Permission['UserIdGroupPairs']>[number]

function groupPeer({ GroupId, GroupName, UserId }: Pair, { account }: Call, findGroup: FindGroup): RulePeer {
  if (UserId !== undefined && UserId !== '' && UserId !== account.id) {
    throw new Refusal(
      'notBuilt',
      'sallyport has not built rules that name another account’s group: VPCs are not peered',
    )
  }
  const group = findGroup({
    ...(GroupId === undefined ? {} : { id: GroupId }),
    ...(GroupName === undefined ? {} : { name: GroupName }),
  })
  return { kind: 'group', group, account: account.id }
}

interface Traffic {
  readonly IpProtocol?: string
  readonly FromPort?: number
  readonly ToPort?: number
}

/** Protocol and ports in their one form: all traffic and protocols by number have no ports. */
export function trafficOf({ IpProtocol = '', FromPort, ToPort }: Traffic): Pick<Draft, 'protocol' | 'from' | 'to'> {
  const protocol = protocolOf(IpProtocol)
  if (protocol === 'tcp' || protocol === 'udp') return { protocol, ...portsOf(protocol, FromPort, ToPort) }
  if (protocol === 'icmp' || protocol === 'icmpv6') {
    const [from = -1, to = -1] = [FromPort, ToPort]
    for (const code of [from, to]) {
      if (code < -1 || code > 255) throw invalid(`ICMP code (${code}) out of range`)
    }
    return { protocol, from, to }
  }
  return { protocol }
}

function protocolOf(given: string): string {
  const known = NAMES[given.toLowerCase()]
  if (known !== undefined) return known
  if (/^\d{1,3}$/.test(given) && Number(given) <= 255) return String(Number(given))
  throw invalid(`Invalid value '${given}' for IP protocol. Unknown protocol.`)
}

function portsOf(protocol: string, from: number | undefined, to: number | undefined) {
  if (from === undefined || to === undefined)
    throw invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
  // A range of -1 to -1 is all ports.
  if (from === -1 && to === -1) return { from: 0, to: 65_535 }
  for (const port of [from, to]) {
    if (port < 0 || port > 65_535) throw invalid(`TCP/UDP port (${port}) out of range`)
  }
  if (from > to)
    throw invalid(
      `Invalid value 'Invalid port range: from ${from} > to ${to}.' for ${protocol.toUpperCase()} portRange.`,
    )
  return { from, to }
}

const DESCRIPTION = /^[\w .:/()#,@[\]+=&;{}!$*-]{0,255}$/

export function checked(description: string): string {
  if (DESCRIPTION.test(description)) return description
  throw invalid(
    'Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
  )
}

/** Rules are the same whatever their descriptions say. */
export function sameRule(a: Draft, b: Draft): boolean {
  return a.protocol === b.protocol && a.from === b.from && a.to === b.to && peerText(a.peer) === peerText(b.peer)
}

export function peerText(peer: RulePeer): string {
  return peer.kind === 'group' ? peer.group : peer.range
}

/** In the words of `InvalidPermission.Duplicate`. */
export function ruleText({ protocol, from, to, peer }: Draft): string {
  if (protocol === '-1') return `"peer: ${peerText(peer)}, ALL, ALLOW"`
  if (from === undefined) return `"peer: ${peerText(peer)}, protocol: ${protocol}, ALLOW"`
  const ports = protocol.startsWith('icmp')
    ? `type: ${from === -1 ? 'All' : from}, code: ${to === -1 ? 'All' : to}`
    : `from port: ${from}, to port: ${to}`
  return `"peer: ${peerText(peer)}, ${protocol.toUpperCase()}, ${ports}, ALLOW"`
}

export function withIds(
  drafts: readonly Draft[],
  { random }: Call,
  { egress, tags }: { readonly egress: boolean; readonly tags: readonly Tag[] },
): readonly SecurityGroupRule[] {
  return drafts.map((draft) => ({ ...draft, id: ec2Id(random, 'sgr'), egress, tags }))
}

/** Rules as permissions: those of the same traffic together. */
export function showPermissions(rules: readonly Draft[]) {
  const groups = Map.groupBy(rules, ({ protocol, from, to }) => `${protocol}/${from}/${to}`)
  return [...groups.values()].map((same) => {
    const [{ protocol = '-1', from, to } = {}] = same
    return {
      IpProtocol: protocol,
      FromPort: from,
      ToPort: to,
      IpRanges: same.flatMap(({ peer, description }) =>
        peer.kind === 'ipv4' ? { CidrIp: peer.range, Description: description } : [],
      ),
      Ipv6Ranges: same.flatMap(({ peer, description }) =>
        peer.kind === 'ipv6' ? { CidrIpv6: peer.range, Description: description } : [],
      ),
      PrefixListIds: [],
      UserIdGroupPairs: same.flatMap(({ peer, description }) =>
        peer.kind === 'group' ? { GroupId: peer.group, UserId: peer.account, Description: description } : [],
      ),
    }
  })
}

/** One rule; where it has no ports it says -1. */
export function showRule(call: Call, group: SecurityGroup, rule: SecurityGroupRule) {
  return {
    ...showBare(group, rule),
    GroupOwnerId: call.account.id,
    SecurityGroupRuleArn: arnOf(call, 'security-group-rule', rule.id),
    Tags: showTags(rule.tags),
    ReferencedGroupInfo:
      rule.peer.kind === 'group' ? { GroupId: rule.peer.group, UserId: rule.peer.account } : undefined,
  }
}

/** A rule that was revoked has lost its tags. */
export function showRevoked(group: SecurityGroup, rule: SecurityGroupRule) {
  return {
    ...showBare(group, rule),
    ReferencedGroupId: rule.peer.kind === 'group' ? rule.peer.group : undefined,
  }
}

function showBare({ id: group }: SecurityGroup, rule: SecurityGroupRule) {
  const { id, egress, protocol, from = -1, to = -1, peer, description } = rule
  return {
    SecurityGroupRuleId: id,
    GroupId: group,
    IsEgress: egress,
    IpProtocol: protocol,
    FromPort: from,
    ToPort: to,
    CidrIpv4: peer.kind === 'ipv4' ? peer.range : undefined,
    CidrIpv6: peer.kind === 'ipv6' ? peer.range : undefined,
    Description: description,
  }
}

function invalid(text: string): Refusal {
  return new Refusal('InvalidParameterValue', text)
}
