/** The versions of managed policies: five at the most, one of them in force. */

import { nameKey, type AwsPolicy, type ManagedPolicy } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { checkManaged, own } from './policy.ts'
import { aboutPolicy, encoded, iamPage } from './shared.ts'

/** iam:CreatePolicyVersion. */
export const createPolicyVersion = operation('iam:CreatePolicyVersion', {
  asks: ({ PolicyArn }, call) => aboutPolicy(call, PolicyArn),
  refusals: ['LimitExceeded', 'MalformedPolicyDocument', 'NoSuchEntity'],
  run({ PolicyArn, PolicyDocument, SetAsDefault = false }, call) {
    const policy = own(call, PolicyArn)
    checkManaged(PolicyDocument)
    const most = call.quota('iam:VersionsPerPolicy')
    if (policy.versions.length >= most) {
      throw new Refusal(
        'LimitExceeded',
        `A managed policy can have up to ${most} versions. Before you create a new version, you must delete an existing version.`,
      )
    }
    const version = { id: `v${policy.nextVersion}`, document: PolicyDocument, createdAt: call.now }
    const changed: ManagedPolicy = {
      ...policy,
      updatedAt: call.now,
      versions: [...policy.versions, version],
      nextVersion: policy.nextVersion + 1,
      defaultVersion: SetAsDefault ? version.id : policy.defaultVersion,
    }
    const { Document: _, ...shown } = showVersion(version, changed.defaultVersion)
    return {
      output: { PolicyVersion: shown },
      changes: [put(call.account.id, 'policy', nameKey(policy.name), changed)],
    }
  },
})

/** iam:GetPolicyVersion. */
export const getPolicyVersion = operation('iam:GetPolicyVersion', {
  asks: ({ PolicyArn }, call) => aboutPolicy(call, PolicyArn),
  refusals: ['NoSuchEntity'],
  run({ PolicyArn, VersionId }, call) {
    const policy = call.estate.catalogue.policy(PolicyArn) ?? own(call, PolicyArn)
    return { output: { PolicyVersion: showVersion(version(policy, PolicyArn, VersionId), policy.defaultVersion) } }
  },
})

/** iam:ListPolicyVersions. Newest first, without their documents. */
export const listPolicyVersions = operation('iam:ListPolicyVersions', {
  asks: ({ PolicyArn }, call) => aboutPolicy(call, PolicyArn),
  refusals: ['NoSuchEntity'],
  run({ PolicyArn, ...paging }, call) {
    const policy = call.estate.catalogue.policy(PolicyArn) ?? own(call, PolicyArn)
    const { items, end } = iamPage(call, policy.versions, {
      listing: `ListPolicyVersions/${PolicyArn}`,
      keyOf: ({ id }) => String(1_000_000 - Number(id.slice(1))).padStart(7, '0'),
      ...paging,
    })
    const rows = items.map((one) => {
      const { Document: _, ...shown } = showVersion(one, policy.defaultVersion)
      return shown
    })
    return { output: { Versions: rows, ...end } }
  },
})

/** iam:DeletePolicyVersion. */
export const deletePolicyVersion = operation('iam:DeletePolicyVersion', {
  asks: ({ PolicyArn }, call) => aboutPolicy(call, PolicyArn),
  refusals: ['DeleteConflict', 'NoSuchEntity'],
  run({ PolicyArn, VersionId }, call) {
    const policy = own(call, PolicyArn)
    version(policy, PolicyArn, VersionId)
    if (policy.defaultVersion === VersionId)
      throw new Refusal('DeleteConflict', 'Cannot delete the default version of a policy.')
    const changed: ManagedPolicy = {
      ...policy,
      updatedAt: call.now,
      versions: policy.versions.filter(({ id }) => id !== VersionId),
    }
    return { output: {}, changes: [put(call.account.id, 'policy', nameKey(policy.name), changed)] }
  },
})

/** iam:SetDefaultPolicyVersion. */
export const setDefaultPolicyVersion = operation('iam:SetDefaultPolicyVersion', {
  asks: ({ PolicyArn }, call) => aboutPolicy(call, PolicyArn),
  refusals: ['NoSuchEntity'],
  run({ PolicyArn, VersionId }, call) {
    const policy = own(call, PolicyArn)
    version(policy, PolicyArn, VersionId)
    const changed: ManagedPolicy = { ...policy, updatedAt: call.now, defaultVersion: VersionId }
    return { output: {}, changes: [put(call.account.id, 'policy', nameKey(policy.name), changed)] }
  },
})

type Version = AwsPolicy['versions'][number]

function version(policy: AwsPolicy | ManagedPolicy, arn: string, wanted: string): Version {
  const found = policy.versions.find(({ id }) => id === wanted)
  if (found === undefined)
    throw new Refusal('NoSuchEntity', `Policy ${arn} version ${wanted} does not exist or is not attachable.`)
  return found
}

export function showVersion({ id, document, createdAt }: Version, defaultVersion: string) {
  return {
    Document: encoded(document),
    VersionId: id,
    IsDefaultVersion: id === defaultVersion,
    CreateDate: new Date(createdAt),
  }
}
