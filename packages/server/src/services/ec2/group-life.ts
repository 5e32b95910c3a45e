/** Security groups made and deleted. */

import { regionKey, type SecurityGroup } from '@sallyport/estate'
import { ec2Id } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { remove } from '../../store/store.ts'
import { requestTags } from '../tags.ts'
import { aboutGroup, DEFAULT, findGroup, groupsOf, keepGroup } from './group.ts'
import { groupsInUse } from './machine.ts'
import { networkIn } from './network.ts'
import { arnOf, refuseDry, showTags } from './shared.ts'
import { readTags, tagsFor, withTags } from './tagging.ts'
import { aboutVpc, VPC } from './vpc.ts'

/** AWS's own quota for a region. */

/** ec2:CreateSecurityGroup. It lets everybody out and nobody in. */
export const createSecurityGroup = operation('ec2:CreateSecurityGroup', {
  asks({ VpcId = '', TagSpecifications }, call) {
    const tags = requestTags(tagsFor(TagSpecifications, 'security-group'))
    const vpc = VpcId === '' ? networkIn(call).vpcId : VpcId
    const context = { 'ec2:Region': call.region, 'ec2:Vpc': arnOf(call, 'vpc', vpc), ...tags }
    const group = { resource: arnOf(call, 'security-group', '*'), context }
    const tagging = {
      ...group,
      action: 'ec2:CreateTags',
      context: { ...context, 'ec2:CreateAction': 'CreateSecurityGroup' },
    }
    return [group, aboutVpc(call, vpc), ...(Object.keys(tags).length > 0 ? [tagging] : [])]
  },
  refusals: [
    'DryRunOperation',
    'InvalidGroup.Duplicate',
    'InvalidGroup.Reserved',
    'InvalidParameterValue',
    'InvalidVpcID.Malformed',
    'InvalidVpcID.NotFound',
    'SecurityGroupLimitExceeded',
    'TagLimitExceeded',
  ],
  run({ GroupName: name, Description: description, VpcId, TagSpecifications, DryRun }, call) {
    const { vpcId } = networkIn(call)
    if (VpcId !== undefined && VpcId !== '' && VpcId !== vpcId) throw VPC.missing(VpcId)
    checkNames(name, description)
    const groups = groupsOf(call)
    if (groups.some((group) => group.name === name)) {
      throw new Refusal('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`)
    }
    if (groups.length >= call.quota('vpc:SecurityGroups')) {
      throw new Refusal('SecurityGroupLimitExceeded', 'The maximum number of security groups has been reached.')
    }
    const tags = withTags([], readTags(tagsFor(TagSpecifications, 'security-group')))
    refuseDry(DryRun)
    const id = ec2Id(call.random, 'sg')
    const out = { id: ec2Id(call.random, 'sgr'), egress: true, protocol: '-1', tags: [] }
    const rules = [{ ...out, peer: { kind: 'ipv4', range: '0.0.0.0/0' } as const }]
    const group: SecurityGroup = { id, region: call.region, name, description, vpcId, rules, tags }
    return {
      output: { GroupId: id, SecurityGroupArn: arnOf(call, 'security-group', id), Tags: showTags(tags) },
      changes: [keepGroup(call, group)],
    }
  },
})

const TEXT = /^[\w .:/()#,@[\]+=&;{}!$*-]{0,255}$/

function checkNames(name: string, description: string): void {
  if (/^sg-/i.test(name)) throw new Refusal('InvalidParameterValue', 'Group names may not be in the format sg-*')
  if (name === DEFAULT) throw new Refusal('InvalidGroup.Reserved', `The security group '${name}' is reserved`)
  for (const [noun, text] of [
    ['name', name],
    ['description', description],
  ] as const) {
    if (TEXT.test(text) && text !== '') continue
    const set = 'a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*'
    throw new Refusal(
      'InvalidParameterValue',
      `Invalid security group ${noun}. Valid ${noun}s are strings less than 256 characters from the following set:  ${set}`,
    )
  }
}

/** ec2:DeleteSecurityGroup. Not while an instance is in it or another group's rule names it. */
export const deleteSecurityGroup = operation('ec2:DeleteSecurityGroup', {
  asks: (input, call) => aboutGroup(call, input),
  refusals: [
    'CannotDelete',
    'DependencyViolation',
    'DryRunOperation',
    'InvalidGroup.NotFound',
    'InvalidGroupId.Malformed',
    'MissingParameter',
  ],
  run({ DryRun, ...named }, call) {
    const { id, name, region } = findGroup(call, named)
    if (name === DEFAULT) {
      const text = `the specified group: "${id}" name: "${name}" cannot be deleted by a user`
      throw new Refusal('CannotDelete', text)
    }
    const others = groupsOf(call).filter((group) => group.id !== id)
    const referenced = others.some(({ rules }) => rules.some(({ peer }) => peer.kind === 'group' && peer.group === id))
    if (referenced || groupsInUse(call).has(id))
      throw new Refusal('DependencyViolation', `resource ${id} has a dependent object`)
    refuseDry(DryRun)
    return {
      output: { Return: true, GroupId: id },
      changes: [remove(call.account.id, 'securityGroup', regionKey(region, id))],
    }
  },
})
