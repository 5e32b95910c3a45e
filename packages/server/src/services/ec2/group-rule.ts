/** The rules of security groups: added, taken away, changed, described. A call does all that it asks for, or nothing. */

import type { SecurityGroup, SecurityGroupRule } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking, type Input } from '../../operation.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { requestTags, resourceTags } from '../tags.ts'
import { rangeV4, rangeV6 } from './cidr.ts'
import type { Filterable } from './filter.ts'
import { aboutGroup, findGroup, GROUP, groupsOf, keepGroup } from './group.ts'
import {
  checked,
  draftsOf,
  ruleText,
  sameRule,
  showPermissions,
  showRevoked,
  showRule,
  trafficOf,
  withIds,
  type Draft,
} from './rule.ts'
import { arnOf, LISTING, refuseDry, select, somewhere, wellFormed, type Kind } from './shared.ts'
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

const NAMING = [
  ...GROUP_REFUSALS,
  'InvalidParameterCombination',
  'InvalidSecurityGroupRuleId.Malformed',
  'InvalidSecurityGroupRuleId.NotFound',
] as const satisfies readonly RefusalCode[]

type Authorizing = Input<'ec2:AuthorizeSecurityGroupIngress'>
type Revoking = Input<'ec2:RevokeSecurityGroupIngress'>
type Describing = Input<'ec2:UpdateSecurityGroupRuleDescriptionsIngress'>

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

/** ec2:UpdateSecurityGroupRuleDescriptionsIngress. */
export const updateSecurityGroupRuleDescriptionsIngress = operation('ec2:UpdateSecurityGroupRuleDescriptionsIngress', {
  asks: (input, call) => aboutGroup(call, input),
  refusals: NAMING,
  run: (input, call) => describeAnew(input, call, false),
})

/** ec2:UpdateSecurityGroupRuleDescriptionsEgress. */
export const updateSecurityGroupRuleDescriptionsEgress = operation('ec2:UpdateSecurityGroupRuleDescriptionsEgress', {
  asks: (input, call) => aboutGroup(call, input),
  refusals: NAMING,
  run: (input, call) => describeAnew(input, call, true),
})

/** ec2:ModifySecurityGroupRules. Each rule that is named is replaced, whole, and keeps its id. */
export const modifySecurityGroupRules = operation('ec2:ModifySecurityGroupRules', {
  asks: ({ GroupId, SecurityGroupRules }, call) => [
    aboutGroup(call, { GroupId }),
    ...SecurityGroupRules.map(({ SecurityGroupRuleId = '' }) => aboutRule(call, SecurityGroupRuleId)),
  ],
  refusals: [...NAMING, 'InvalidPermission.Duplicate'],
  run({ GroupId, SecurityGroupRules, DryRun }, call) {
    const group = findGroup(call, { GroupId })
    const rules = SecurityGroupRules.reduce(
      (all, { SecurityGroupRuleId = '', SecurityGroupRule = {} }) =>
        replaced(all, findRule(group, SecurityGroupRuleId), readRule(SecurityGroupRule, call)),
      group.rules,
    )
    refuseDry(DryRun)
    return { output: { Return: true }, changes: [keepGroup(call, { ...group, rules })] }
  },
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

function aboutRule(call: Call, id: string): Asking {
  wellFormed(RULE.malformed, RULE.prefix, id)
  const tags = rulesOf(call).find((rule) => rule.id === id)?.tags ?? []
  return {
    resource: arnOf(call, 'security-group-rule', id),
    context: { 'ec2:Region': call.region, ...resourceTags(tags, 'ec2') },
  }
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

function describeAnew(input: Describing, call: Call, egress: boolean) {
  const group = findGroup(call, input)
  const { SecurityGroupRuleDescriptions = [], IpPermissions = [] } = input
  const byId = new Map(
    SecurityGroupRuleDescriptions.map(({ SecurityGroupRuleId = '', Description }) => [
      findRule(group, SecurityGroupRuleId).id,
      Description,
    ]),
  )
  const drafts = draftsOf(IpPermissions, call, finderOf(call))
  if (byId.size === 0 && drafts.length === 0)
    throw new Refusal('MissingParameter', 'The request must contain the parameter ipPermissions')
  const side = group.rules.filter((rule) => rule.egress === egress)
  const missing = drafts.find((draft) => !side.some((rule) => sameRule(rule, draft)))
  if (missing !== undefined)
    throw new Refusal('InvalidParameterValue', 'The specified rule does not exist in this security group.')
  refuseDry(input.DryRun)
  const rules = group.rules.map((rule) => {
    if (rule.egress !== egress) return rule
    if (byId.has(rule.id)) return described(rule, byId.get(rule.id))
    const draft = drafts.find((one) => sameRule(one, rule))
    return draft === undefined ? rule : described(rule, draft.description)
  })
  return { output: { Return: true }, changes: [keepGroup(call, { ...group, rules })] }
}

/** A description that is left out goes. */
function described(rule: SecurityGroupRule, text: string | undefined): SecurityGroupRule {
  const { description: _, ...bare } = rule
  return text === undefined ? bare : { ...bare, description: checked(text) }
}

function findRule({ rules }: SecurityGroup, id: string): SecurityGroupRule {
  wellFormed(RULE.malformed, RULE.prefix, id)
  const rule = rules.find((one) => one.id === id)
  if (rule === undefined) throw RULE.missing(id)
  return rule
}

function replaced(rules: readonly SecurityGroupRule[], before: SecurityGroupRule, draft: Draft) {
  const others = rules.filter(({ id }) => id !== before.id)
  if (others.some((rule) => rule.egress === before.egress && sameRule(rule, draft)))
    throw new Refusal('InvalidPermission.Duplicate', `the specified rule ${ruleText(draft)} already exists`)
  const { id, egress, tags } = before
  return rules.map((rule) => (rule.id === id ? { ...draft, id, egress, tags } : rule))
}

type RuleRequest = NonNullable<Input<'ec2:ModifySecurityGroupRules'>['SecurityGroupRules'][number]['SecurityGroupRule']>

function readRule(given: RuleRequest, call: Call): Draft {
  const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId, Description } = given
  const traffic = trafficOf(given)
  const rest = Description === undefined ? {} : { description: checked(Description) }
  if ([CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId].filter((one) => one !== undefined).length !== 1) {
    throw new Refusal(
      'InvalidParameterValue',
      'Exactly one of cidrIpv4, cidrIpv6, prefixListId or referencedGroupId must be specified',
    )
  }
  if (CidrIpv4 !== undefined) return { ...traffic, peer: { kind: 'ipv4', range: rangeV4(CidrIpv4) }, ...rest }
  if (CidrIpv6 !== undefined) return { ...traffic, peer: { kind: 'ipv6', range: rangeV6(CidrIpv6) }, ...rest }
  if (ReferencedGroupId === undefined) throw new Refusal('notBuilt', 'sallyport has not built prefix lists')
  const group = finderOf(call)({ id: ReferencedGroupId })
  return { ...traffic, peer: { kind: 'group', group, account: call.account.id }, ...rest }
}

function finderOf(call: Call): (named: { readonly id?: string; readonly name?: string }) => string {
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
