/** The rules of security groups changed: described anew, or replaced under their ids. */

import type { SecurityGroupRule } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { resourceTags } from '../tags.ts'
import { rangeV4, rangeV6 } from './cidr.ts'
import { finderOf, findRule, NAMING, RULE, rulesOf } from './group-rule.ts'
import { aboutGroup, findGroup, keepGroup } from './group.ts'
import { checked, draftsOf, ruleText, sameRule, trafficOf, type Draft } from './rule.ts'
import { arnOf, refuseDry, wellFormed } from './shared.ts'

type Describing = Input<'ec2:UpdateSecurityGroupRuleDescriptionsIngress'>

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

function aboutRule(call: Call, id: string): Asking {
  wellFormed(RULE.malformed, RULE.prefix, id)
  const tags = rulesOf(call).find((rule) => rule.id === id)?.tags ?? []
  return {
    resource: arnOf(call, 'security-group-rule', id),
    context: { 'ec2:Region': call.region, ...resourceTags(tags, 'ec2') },
  }
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
