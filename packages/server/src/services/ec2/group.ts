/** Security groups: the default one of the default VPC, and those that were made. */

import { regionKey, type SecurityGroup } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { resourceTags } from '../tags.ts'
import { exact, type Filterable } from './filter.ts'
import { derivedId, networkIn } from './network.ts'
import { peerText, showPermissions } from './rule.ts'
import { arnOf, select, showTags, somewhere, wellFormed, type Kind, LISTING } from './shared.ts'

export const DEFAULT = 'default'

export const GROUP: Kind = {
  prefix: 'sg',
  malformed: 'InvalidGroupId.Malformed',
  missing: (id) => new Refusal('InvalidGroup.NotFound', `The security group '${id}' does not exist`),
}

/** All of the region. The default one is kept from its first change on. */
export function groupsOf(call: Pick<Call, 'account' | 'region'>): readonly SecurityGroup[] {
  const kept = [...call.account.all('securityGroup').values()].filter(({ region }) => region === call.region)
  const { groupId } = networkIn(call)
  return kept.some(({ id }) => id === groupId) ? kept : [defaultGroup(call), ...kept]
}

/** It lets its own members in and everybody out (VPC User Guide, "Default security groups"). */
function defaultGroup(call: Pick<Call, 'account' | 'region'>): SecurityGroup {
  const { groupId: id, vpcId } = networkIn(call)
  const { account, region } = call
  const rule = (egress: boolean) => ({ id: derivedId('sgr', `${id}/${egress}`), egress, protocol: '-1', tags: [] })
  return {
    id,
    region,
    name: DEFAULT,
    description: 'default VPC security group',
    vpcId,
    rules: [
      { ...rule(false), peer: { kind: 'group', group: id, account: account.id } },
      { ...rule(true), peer: { kind: 'ipv4', range: '0.0.0.0/0' } },
    ],
    tags: [],
  }
}

interface Named {
  readonly GroupId?: string
  readonly GroupName?: string
}

/** The group that a call names, by id or, in the default VPC, by name; `undefined` where there is none. */
export function groupNamed(call: Call, { GroupId, GroupName }: Named): SecurityGroup | undefined {
  if (GroupId !== undefined) {
    wellFormed(GROUP.malformed, GROUP.prefix, GroupId)
    return groupsOf(call).find(({ id }) => id === GroupId)
  }
  if (GroupName === undefined)
    throw new Refusal('MissingParameter', 'The request must contain the parameter groupName or groupId')
  return groupsOf(call).find(({ name }) => name === GroupName)
}

export function findGroup(call: Call, named: Named): SecurityGroup {
  const found = groupNamed(call, named)
  if (found !== undefined) return found
  if (named.GroupId !== undefined) throw GROUP.missing(named.GroupId)
  throw noGroupNamed(call, named.GroupName ?? '')
}

export function noGroupNamed(call: Call, name: string): Refusal {
  const { vpcId } = networkIn(call)
  return new Refusal('InvalidGroup.NotFound', `The security group '${name}' does not exist in default VPC '${vpcId}'`)
}

export function groupKeys(call: Call, { id, tags }: Pick<SecurityGroup, 'id' | 'tags'>) {
  const vpc = arnOf(call, 'vpc', networkIn(call).vpcId)
  return { 'ec2:Region': call.region, 'ec2:SecurityGroupID': id, 'ec2:Vpc': vpc, ...resourceTags(tags, 'ec2') }
}

/** A question about a group, asked whether it is there or not. */
export function aboutGroup(call: Call, named: Named, context: Asking['context'] = {}): Asking {
  const found = groupNamed(call, named)
  const id = found?.id ?? named.GroupId ?? '*'
  const own = found === undefined ? { 'ec2:Region': call.region } : groupKeys(call, found)
  return { resource: arnOf(call, 'security-group', id), context: { ...own, ...context } }
}

export function keepGroup({ account }: Call, group: SecurityGroup): Change {
  return put(account.id, 'securityGroup', regionKey(group.region, group.id), group)
}

/** ec2:DescribeSecurityGroups. */
export const describeSecurityGroups = operation('ec2:DescribeSecurityGroups', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidGroup.NotFound', 'InvalidGroupId.Malformed'],
  run({ GroupIds: ids = [], GroupNames = [], ...input }, call) {
    const all = groupsOf(call)
    const stranger = GroupNames.find((name) => !all.some((group) => group.name === name))
    if (stranger !== undefined) throw noGroupNamed(call, stranger)
    const wanted = GroupNames.length === 0 ? all : all.filter(({ name }) => GroupNames.includes(name))
    const selection = { ...input, ids, listing: 'DescribeSecurityGroups', kind: GROUP, filters: filtersOf(call) }
    const { items, end } = select(call, wanted, selection)
    return { output: { SecurityGroups: items.map((group) => show(call, group)), ...end } }
  },
})

/** Filters on rules look at those of one direction. */
function ruleFilters(prefix: string, out: boolean): Filterable<SecurityGroup> {
  type Rule = SecurityGroup['rules'][number]
  const each = (read: (rule: Rule) => readonly string[]) => (group: SecurityGroup) =>
    group.rules.filter(({ egress }) => egress === out).flatMap(read)
  const peer = (kind: Rule['peer']['kind']) => each((rule) => (rule.peer.kind === kind ? [peerText(rule.peer)] : []))
  return {
    [`${prefix}.cidr`]: peer('ipv4'),
    [`${prefix}.from-port`]: each(({ from }) => (from === undefined ? [] : [String(from)])),
    [`${prefix}.group-id`]: peer('group'),
    [`${prefix}.ipv6-cidr`]: peer('ipv6'),
    [`${prefix}.protocol`]: each(({ protocol }) => [protocol]),
    [`${prefix}.to-port`]: each(({ to }) => (to === undefined ? [] : [String(to)])),
    [`${prefix}.user-id`]: each((rule) => (rule.peer.kind === 'group' ? [rule.peer.account] : [])),
  }
}

function filtersOf({ account }: Call): Filterable<SecurityGroup> {
  return {
    description: ({ description }) => [description],
    'group-id': ({ id }) => [id],
    'group-name': ({ name }) => [name],
    'owner-id': exact(account.id),
    'vpc-id': ({ vpcId }) => [vpcId],
    ...ruleFilters('ip-permission', false),
    ...ruleFilters('egress.ip-permission', true),
  }
}

function show(call: Call, { id, name, description, vpcId, rules, tags }: SecurityGroup) {
  return {
    GroupId: id,
    SecurityGroupArn: arnOf(call, 'security-group', id),
    GroupName: name,
    Description: description,
    OwnerId: call.account.id,
    VpcId: vpcId,
    IpPermissions: showPermissions(rules.filter(({ egress }) => !egress)),
    IpPermissionsEgress: showPermissions(rules.filter(({ egress }) => egress)),
    Tags: showTags(tags),
  }
}
