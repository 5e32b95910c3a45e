/** Policies of all types: written, read, rewritten. Where they hang is `attachment.ts`. */

import {
  organizationPolicyArn,
  type OrganizationLand,
  type OrganizationPolicy,
  type OrganizationPolicyType,
  type OrganizationSelf,
} from '@sallyport/estate'
import { ORGANIZATION } from '../../directory.ts'
import { organizationPolicyId } from '../../ids.ts'
import type { Call } from '../../call.ts'
import { operation, type Asking, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { delegated, govern, oversee } from './delegation.ts'
import { POLICY_LIMITS } from './limits.ts'
import { about, arnOf, constrained, inUse, invalid, MANAGED, pageOfKind, touches } from './shared.ts'
import { requestTags } from '../tags.ts'
import { withTags } from './tag.ts'
import { availableType, isContent } from './type.ts'

/** organizations:CreatePolicy. It hangs nowhere yet, and its type need not be enabled. */
export const createPolicy = operation('organizations:CreatePolicy', {
  needs: touches,
  asks: (input, call) => delegated(call, creating(input, call)),
  refusals: [
    ...MANAGED,
    'ConstraintViolationException',
    'DuplicatePolicyException',
    'MalformedPolicyDocumentException',
    'PolicyTypeNotAvailableForOrganizationException',
  ],
  run(input, call) {
    const { Type, Name, Description, Content, Tags } = input
    const organization = govern(call, creating(input, call))
    const { organization: land } = call.estate
    const type = availableType(Type, organization)
    refuseContent(Content, type)
    const ofType = [...land.all('orgPolicy').values()].filter((policy) => policy.type === type)
    refuseDuplicate(ofType, Name)
    if (ofType.length >= POLICY_LIMITS[type].policies) throw constrained('POLICY_NUMBER_LIMIT_EXCEEDED')
    const policy: OrganizationPolicy = {
      id: organizationPolicyId(call.random),
      type,
      name: Name,
      description: Description,
      document: Content,
      awsManaged: false,
      tags: withTags([], Tags),
      updatedAt: call.now,
    }
    return {
      output: { Policy: show(organization, policy) },
      changes: [put(ORGANIZATION, 'orgPolicy', policy.id, policy)],
    }
  },
})

/** organizations:UpdatePolicy. What it says holds at once wherever it hangs. */
export const updatePolicy = operation('organizations:UpdatePolicy', {
  needs: touches,
  asks: ({ PolicyId }, call) => delegated(call, about(call, PolicyId)),
  refusals: [
    ...MANAGED,
    'ConstraintViolationException',
    'DuplicatePolicyException',
    'MalformedPolicyDocumentException',
    'PolicyNotFoundException',
  ],
  run({ PolicyId, Name, Description, Content }, call) {
    const organization = govern(call, about(call, PolicyId))
    const { organization: land } = call.estate
    const policy = own(land, PolicyId)
    if (Content !== undefined) refuseContent(Content, policy.type)
    const others = [...land.all('orgPolicy').values()].filter(({ id, type }) => id !== PolicyId && type === policy.type)
    if (Name !== undefined) refuseDuplicate(others, Name)
    const updated = {
      ...policy,
      name: Name ?? policy.name,
      description: Description ?? policy.description,
      document: Content ?? policy.document,
      ...(Content === undefined ? {} : { updatedAt: call.now }),
    }
    return {
      output: { Policy: show(organization, updated) },
      changes: [put(ORGANIZATION, 'orgPolicy', PolicyId, updated)],
    }
  },
})

/** organizations:DeletePolicy. */
export const deletePolicy = operation('organizations:DeletePolicy', {
  needs: touches,
  asks: ({ PolicyId }, call) => delegated(call, about(call, PolicyId)),
  refusals: [...MANAGED, 'PolicyInUseException', 'PolicyNotFoundException'],
  run({ PolicyId }, call) {
    govern(call, about(call, PolicyId))
    const { organization: land } = call.estate
    const { id } = own(land, PolicyId)
    if ([...land.all('attachment').values()].some(({ policies }) => policies.includes(id))) {
      throw new Refusal('PolicyInUseException', 'The policy is attached to one or more entities.')
    }
    return { output: {}, changes: [remove(ORGANIZATION, 'orgPolicy', PolicyId)] }
  },
})

/** organizations:DescribePolicy. */
export const describePolicy = operation('organizations:DescribePolicy', {
  needs: touches,
  asks: ({ PolicyId }, call) => delegated(call, about(call, PolicyId)),
  refusals: [...MANAGED, 'PolicyNotFoundException'],
  run({ PolicyId }, call) {
    const organization = oversee(call)
    return { output: { Policy: show(organization, findPolicy(call.estate.organization, PolicyId)) } }
  },
})

/** organizations:ListPolicies. AWS's own of the type are among them. */
export const listPolicies = operation('organizations:ListPolicies', {
  needs: touches,
  asks: ({ Filter }, call) => delegated(call, { resource: '*', context: { 'organizations:PolicyType': Filter } }),
  refusals: MANAGED,
  run({ Filter, ...input }, call) {
    const organization = oversee(call)
    const type = Filter
    const { items, end } = pageOfKind(call, 'orgPolicy', {
      ...input,
      listing: `ListPolicies/${type}`,
      listed: (policy) => policy.type === type,
    })
    return { output: { Policies: items.map((policy) => summary(organization, policy)), ...end } }
  },
})

/** The policy has no id yet: AWS asks about any policy of the type. */
function creating({ Type, Tags }: Input<'organizations:CreatePolicy'>, call: Call): Asking {
  const resource = arnOf(inUse(call), 'policy', `${Type.toLowerCase()}/*`)
  return { resource, context: { 'organizations:PolicyType': Type, ...requestTags(Tags) } }
}

export function findPolicy(land: OrganizationLand, id: string): OrganizationPolicy {
  const policy = land.all('orgPolicy').get(id)
  if (policy === undefined) throw new Refusal('PolicyNotFoundException', "You specified a policy that doesn't exist.")
  return policy
}

export function summary(organization: OrganizationSelf, policy: OrganizationPolicy) {
  const { id, name, description, type, awsManaged } = policy
  return {
    Id: id,
    Arn: organizationPolicyArn(organization, policy),
    Name: name,
    Description: description,
    Type: type,
    AwsManaged: awsManaged,
  }
}

/** A policy that is the customer's to change. */
function own(land: OrganizationLand, id: string): OrganizationPolicy {
  const policy = findPolicy(land, id)
  if (policy.awsManaged) throw invalid('IMMUTABLE_POLICY')
  return policy
}

function refuseContent(text: string, type: OrganizationPolicyType): void {
  if (text.length > POLICY_LIMITS[type].content) throw constrained('POLICY_CONTENT_LIMIT_EXCEEDED')
  if (!isContent(text, type)) {
    throw new Refusal(
      'MalformedPolicyDocumentException',
      'The provided policy document does not meet the requirements of the specified policy type.',
    )
  }
}

function refuseDuplicate(policies: readonly OrganizationPolicy[], name: string): void {
  if (policies.some((policy) => policy.name === name)) {
    throw new Refusal('DuplicatePolicyException', 'A policy with the same name already exists.')
  }
}

function show(organization: OrganizationSelf, policy: OrganizationPolicy) {
  return { PolicySummary: summary(organization, policy), Content: policy.document }
}
