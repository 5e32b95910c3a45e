/** The rules of security groups: added, taken away, listed. A call does all that it asks for, or nothing. */

import type { SecurityGroup, SecurityGroupRule } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking, type Input } from '../../operation.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { requestTags } from '../tags.ts'
import type { Filterable } from './filter.ts'
import { aboutGroup, findGroup, GROUP, groupsOf, keepGroup } from './group.ts'
import { draftsOf, ruleText, sameRule, showPermissions, showRevoked, showRule, withIds, type Draft } from './rule.ts'
import { arnOf, refuseDry, select, somewhere, wellFormed, type Kind, LISTING } from './shared.ts'
import { readTags, tagsFor, withTags } from './tagging.ts'

/** Of one direction. */
const RULES_AT_MOST = 60

export const RULE: Kind = {
  prefix: 'sgr',
  malformed: 'InvalidSecurityGroupRuleId.Malformed',
  missing: (id) =>
    new Refusal('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`),
}

const GROUP_REFUSALS = [
  'DryRunOperation',
  'InvalidGroup.NotFound',
  'InvalidGroupId.Malformed',
  'InvalidParameterValue',
  'MissingParameter',
] as const satisfies readonly RefusalCode[]

const ADDING = [
  ...GROUP_REFUSALS,
  'InvalidPermission.Duplicate',
  'RulesPerSecurityGroupLimitExceeded',
  'TagLimitExceeded',
] as const satisfies readonly RefusalCode[]

export const NAMING = [
  ...GROUP_REFUSALS,
  'InvalidParameterCombination',
  'InvalidSecurityGroupRuleId.Malformed',
  'InvalidSecurityGroupRuleId.NotFound',
] as const satisfies readonly RefusalCode[]

type Authorizing = Input<'ec2:AuthorizeSecurityGroupIngress'>
type Revoking = Input<'ec2:RevokeSecurityGroupIngress'>

/** ec2:AuthorizeSecurityGroupIngress. */
export const authorizeSecurityGroupIngress = operation('ec2:AuthorizeSecurityGroupIngress', {
  asks: (input, call) => addingTo(input, call, 'AuthorizeSecurityGroupIngress'),
  refusals: ADDING,
  run: (input, call) => authorize(input, call, false),
})

/** ec2:AuthorizeSecurityGroupEgress. */
export const authorizeSecurityGroupEgress = operation('ec2:AuthorizeSecurityGroupEgress', {
  asks: (input, call) => addingTo(input, call, 'AuthorizeSecurityGroupEgress'),
  refusals: ADDING,
  run: (input, call) => authorize(input, call, true),
})

/** ec2:RevokeSecurityGroupIngress. In a default VPC a rule that is not there is told, and no error (API_RevokeSecurityGroupIngress). */
export const revokeSecurityGroupIngress = operation('ec2:RevokeSecurityGroupIngress', {
  asks: (input, call) => aboutGroup(call, input),
  refusals: NAMING,
  run: (input, call) => revoke(input, call, false),
})

/** ec2:RevokeSecurityGroupEgress. */
export const revokeSecurityGroupEgress = operation('ec2:RevokeSecurityGroupEgress', {
  asks: (input, call) => aboutGroup(call, input),
  refusals: NAMING,
  run: (input, call) => revoke(input, call, true),
})

/** ec2:DescribeSecurityGroupRules. */
export const describeSecurityGroupRules = operation('ec2:DescribeSecurityGroupRules', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidSecurityGroupRuleId.Malformed', 'InvalidSecurityGroupRuleId.NotFound'],
  run({ SecurityGroupRuleIds: ids = [], ...input }, call) {
    const selection = { ...input, ids, listing: 'DescribeSecurityGroupRules', kind: RULE, filters: RULE_FILTERS }
    const { items, end } = select(call, rulesOf(call), selection)
    return { output: { SecurityGroupRules: items.map(({ group, ...rule }) => showRule(call, group, rule)), ...end } }
  },
})

interface GroupRule extends SecurityGroupRule {
  readonly group: SecurityGroup
}

export function rulesOf(call: Call): readonly GroupRule[] {
  return groupsOf(call).flatMap((group) => group.rules.map((rule) => ({ ...rule, group })))
}

const RULE_FILTERS: Filterable<GroupRule> = {
  'group-id': ({ group }) => [group.id],
  'security-group-rule-id': ({ id }) => [id],
}

/** The rule is a resource of its own where it is tagged at once. */
function addingTo(input: Authorizing, call: Call, action: string): readonly Asking[] {
  const tags = requestTags(tagsFor(input.TagSpecifications, 'security-group-rule'))
  const group = aboutGroup(call, input)
  if (Object.keys(tags).length === 0) return [group]
  const context = { 'ec2:Region': call.region, ...tags }
  const rule = { resource: arnOf(call, 'security-group-rule', '*'), context }
  return [group, rule, { ...rule, action: 'ec2:CreateTags', context: { ...context, 'ec2:CreateAction': action } }]
}

function authorize(input: Authorizing, call: Call, egress: boolean) {
  const group = findGroup(call, input)
  const drafts = draftsOf(permissionsOf(input), call, finderOf(call))
  const twice = drafts.find((draft, at) => drafts.findIndex((other) => sameRule(other, draft)) !== at)
  if (twice !== undefined)
    throw new Refusal('InvalidParameterValue', 'The same permission must not appear multiple times')
  const before = group.rules.filter((rule) => rule.egress === egress)
  const there = drafts.find((draft) => before.some((rule) => sameRule(rule, draft)))
  if (there !== undefined)
    throw new Refusal('InvalidPermission.Duplicate', `the specified rule ${ruleText(there)} already exists`)
  if (before.length + drafts.length > RULES_AT_MOST) {
    throw new Refusal(
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.',
    )
  }
  const tags = withTags([], readTags(tagsFor(input.TagSpecifications, 'security-group-rule')))
  refuseDry(input.DryRun)
  const added = withIds(drafts, call, { egress, tags })
  return {
    output: { Return: true, SecurityGroupRules: added.map((rule) => showRule(call, group, rule)) },
    changes: [keepGroup(call, { ...group, rules: [...group.rules, ...added] })],
  }
}

function revoke(input: Revoking, call: Call, egress: boolean) {
  const group = findGroup(call, input)
  const { gone, unknown } = namedRules(input, call, { group, egress })
  refuseDry(input.DryRun)
  const rules = group.rules.filter((rule) => !gone.includes(rule))
  return {
    output: {
      Return: true,
      UnknownIpPermissions: unknown.length === 0 ? undefined : showPermissions(unknown),
      RevokedSecurityGroupRules: gone.map((rule) => showRevoked(group, rule)),
    },
    changes: gone.length === 0 ? [] : [keepGroup(call, { ...group, rules })],
  }
}

interface Side {
  readonly group: SecurityGroup
  readonly egress: boolean
}

/** Rules by their ids, or by what they say. */
function namedRules(input: Revoking, call: Call, { group, egress }: Side) {
  const side = group.rules.filter((rule) => rule.egress === egress)
  const { SecurityGroupRuleIds: ids = [] } = input
  if (ids.length > 0) {
    if (input.IpPermissions !== undefined)
      throw new Refusal(
        'InvalidParameterCombination',
        'The parameter SecurityGroupRuleIds cannot be used with the parameter IpPermissions',
      )
    return { gone: ids.map((id) => findRule({ ...group, rules: side }, id)), unknown: [] as readonly Draft[] }
  }
  const drafts = draftsOf(permissionsOf(input), call, finderOf(call))
  const gone = side.filter((rule) => drafts.some((draft) => sameRule(rule, draft)))
  return { gone, unknown: drafts.filter((draft) => !side.some((rule) => sameRule(rule, draft))) }
}

export function findRule({ rules }: SecurityGroup, id: string): SecurityGroupRule {
  wellFormed(RULE.malformed, RULE.prefix, id)
  const rule = rules.find((one) => one.id === id)
  if (rule === undefined) throw RULE.missing(id)
  return rule
}

export function finderOf(call: Call): (named: { readonly id?: string; readonly name?: string }) => string {
  return ({ id, name }) => {
    if (id !== undefined && !groupsOf(call).some((group) => group.id === id)) throw GROUP.missing(id)
    return id ?? findGroup(call, name === undefined ? {} : { GroupName: name }).id
  }
}

/** Permissions as such, or the one that the call's own members say. */
function permissionsOf(input: Authorizing | Revoking): NonNullable<Revoking['IpPermissions']> {
  const { IpPermissions, IpProtocol, FromPort, ToPort, CidrIp, SourceSecurityGroupName } = input
  if (IpPermissions !== undefined && IpPermissions.length > 0) return IpPermissions
  if (IpProtocol === undefined && SourceSecurityGroupName === undefined)
    throw new Refusal('MissingParameter', 'The request must contain the parameter ipPermissions')
  return [
    {
      IpProtocol: IpProtocol ?? '-1',
      ...(FromPort === undefined ? {} : { FromPort }),
      ...(ToPort === undefined ? {} : { ToPort }),
      ...(CidrIp === undefined ? {} : { IpRanges: [{ CidrIp }] }),
      ...(SourceSecurityGroupName === undefined ? {} : { UserIdGroupPairs: [{ GroupName: SourceSecurityGroupName }] }),
    },
  ]
}
