/** Managed policies: the account's own, with their versions, and AWS's, to be read. */

import { identityArn, managedPolicy, nameKey, type AwsPolicy, type ManagedPolicy } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { uniqueId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { requestTags } from '../tags.ts'
import { usages, type Usage } from './entities.ts'
import { aboutPolicy, checkDocument, iamPage, refuseBeyond, showTags, sizeOf, withTags } from './shared.ts'

export const POLICY_SIZE = 6144

/** iam:CreatePolicy. */
export const createPolicy = operation('iam:CreatePolicy', {
  asks: ({ PolicyName, Path = '/', Tags }, { account }) => ({
    resource: `arn:aws:iam::${account.id}:policy${Path}${PolicyName}`,
    context: requestTags(Tags),
  }),
  refusals: ['EntityAlreadyExists', 'InvalidInput', 'LimitExceeded', 'MalformedPolicyDocument'],
  run({ PolicyName, Path = '/', PolicyDocument, Description, Tags }, call) {
    const { account, now, random } = call
    checkManaged(PolicyDocument)
    if (account.all('policy').has(nameKey(PolicyName))) {
      throw new Refusal(
        'EntityAlreadyExists',
        `A policy called ${PolicyName} already exists. Duplicate names are not allowed.`,
      )
    }
    refuseBeyond(call, 'iam:PoliciesPerAccount', account.all('policy').size)
    const policy: ManagedPolicy = {
      kind: 'policy',
      name: PolicyName,
      path: Path,
      id: uniqueId(random, 'policy'),
      createdAt: now,
      updatedAt: now,
      ...(Description === undefined ? {} : { description: Description }),
      defaultVersion: 'v1',
      versions: [{ id: 'v1', document: PolicyDocument, createdAt: now }],
      nextVersion: 2,
      tags: withTags([], Tags),
    }
    return {
      output: { Policy: showPolicy(call, policy, 'brief') },
      changes: [put(account.id, 'policy', nameKey(PolicyName), policy)],
    }
  },
})

/** iam:GetPolicy. */
export const getPolicy = operation('iam:GetPolicy', {
  asks: ({ PolicyArn }, call) => aboutPolicy(call, PolicyArn),
  refusals: ['NoSuchEntity'],
  run({ PolicyArn }, call) {
    const aws = call.estate.catalogue.policy(PolicyArn)
    return {
      output: {
        Policy: aws === undefined ? showPolicy(call, own(call, PolicyArn), 'whole') : showAwsPolicy(call, aws),
      },
    }
  },
})

/**
 * iam:ListPolicies. AWS's own come first, as their names sort before the accounts'. What it is about is no ARN: denials
 * name it so, and `*` alone covers it.
 */
export const listPolicies = operation('iam:ListPolicies', {
  asks: ({ PathPrefix = '/' }) => ({ resource: `policy path ${PathPrefix}` }),
  refusals: [],
  run({ Scope = 'All', OnlyAttached = false, PathPrefix = '/', PolicyUsageFilter, ...paging }, call) {
    const { account, estate } = call
    const aws = Scope === 'Local' ? [] : estate.catalogue.arns().flatMap((arn) => estate.catalogue.policy(arn) ?? [])
    const mine = Scope === 'AWS' ? [] : [...account.all('policy').values()]
    const usage = usages(account)
    const shown = [
      ...aws.filter(({ deprecated }) => !deprecated).map((policy) => ({ arn: policy.arn, policy })),
      ...mine.map((policy) => ({ arn: identityArn(account.id, policy), policy })),
    ]
      .filter(({ policy }) => policy.path.startsWith(PathPrefix))
      .filter(({ arn }) => !OnlyAttached || usage(arn).attached > 0)
      .filter(({ arn }) => PolicyUsageFilter !== 'PermissionsBoundary' || usage(arn).boundaries > 0)
    const listing = `ListPolicies/${Scope}/${OnlyAttached}/${PolicyUsageFilter ?? ''}${PathPrefix}`
    const { items, end } = iamPage(call, shown, { listing, keyOf: ({ arn }) => arn, ...paging })
    return { output: { Policies: items.map(({ arn, policy }) => row(arn, policy, usage(arn))), ...end } }
  },
})

/** iam:DeletePolicy. Only when nothing has it and no version but the default is left. */
export const deletePolicy = operation('iam:DeletePolicy', {
  asks: ({ PolicyArn }, call) => aboutPolicy(call, PolicyArn),
  refusals: ['DeleteConflict', 'NoSuchEntity', 'AccessDenied'],
  run({ PolicyArn }, call) {
    const policy = own(call, PolicyArn)
    const { attached, boundaries } = usages(call.account)(PolicyArn)
    if (attached > 0 || boundaries > 0)
      throw new Refusal('DeleteConflict', 'Cannot delete a policy attached to entities.')
    if (policy.versions.length > 1) {
      throw new Refusal(
        'DeleteConflict',
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    }
    return { output: {}, changes: [remove(call.account.id, 'policy', nameKey(policy.name))] }
  },
})

/** A document that a managed policy may have: unlike an inline one, it must not be of the old version. */
export function checkManaged(document: string): void {
  checkDocument(document, 'identity', { since: '2012-10-17' })
  if (sizeOf(document) > POLICY_SIZE)
    throw new Refusal('LimitExceeded', `Cannot exceed quota for PolicySize: ${POLICY_SIZE}`)
}

/** The account's own policy by its ARN, or `NoSuchEntity`. */
export function own({ account, estate }: Call, arn: string): ManagedPolicy {
  const policy = managedPolicy(account, arn)
  if (policy !== undefined) return policy
  if (estate.catalogue.policy(arn) !== undefined)
    throw new Refusal('AccessDenied', `Cannot modify AWS managed policy ${arn}`)
  throw new Refusal('NoSuchEntity', `Policy ${arn} was not found.`)
}

function showPolicy({ account }: Call, policy: ManagedPolicy, how: 'brief' | 'whole') {
  const arn = identityArn(account.id, policy)
  const whole = { Description: policy.description, Tags: policy.tags.length === 0 ? undefined : showTags(policy.tags) }
  return { ...row(arn, policy, usages(account)(arn)), ...(how === 'whole' ? whole : {}) }
}

function showAwsPolicy({ account }: Call, policy: AwsPolicy) {
  return { ...row(policy.arn, policy, usages(account)(policy.arn)), IsAttachable: !policy.deprecated }
}

function row(arn: string, policy: AwsPolicy | ManagedPolicy, { attached, boundaries }: Usage) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: boundaries,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
  }
}
