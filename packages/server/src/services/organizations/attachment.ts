/** Where policies hang: on roots, OUs and accounts. */

import { attachedTo, policiesOn } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { delegated, govern, oversee } from './delegation.ts'
import { hang } from './hanging.ts'
import { POLICY_LIMITS } from './limits.ts'
import { fullAccessId } from './managed.ts'
import { findPolicy, summary } from './policy.ts'
import { notEnabled } from './root.ts'
import { about, arnOf, constrained, invalid, MANAGED, pageOf, pageOfKind, targetOf, touches } from './shared.ts'
import { isGuardrail } from './type.ts'

/** organizations:AttachPolicy. Asks of the policy and of its target. */
export const attachPolicy = operation('organizations:AttachPolicy', {
  needs: touches,
  asks: ({ PolicyId, TargetId }, call) => both(call, PolicyId, TargetId).map((one) => delegated(call, one)),
  refusals: [
    ...MANAGED,
    'ConstraintViolationException',
    'DuplicatePolicyAttachmentException',
    'PolicyNotFoundException',
    'PolicyTypeNotEnabledException',
    'TargetNotFoundException',
  ],
  run({ PolicyId, TargetId }, call) {
    const organization = govern(call, ...both(call, PolicyId, TargetId))
    const { organization: land } = call.estate
    const { type } = findPolicy(land, PolicyId)
    if (targetOf(land, TargetId) === undefined) throw noTarget()
    const before = attachedTo(land, TargetId)
    if (!organization.enabledPolicyTypes.includes(type)) throw notEnabled()
    if (before.includes(PolicyId)) {
      throw new Refusal(
        'DuplicatePolicyAttachmentException',
        'The selected policy is already attached to the specified target.',
      )
    }
    if (policiesOn(land, TargetId, type).length >= POLICY_LIMITS[type].attached) {
      throw constrained('MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED')
    }
    return { output: {}, changes: [hang(TargetId, [...before, PolicyId])] }
  },
})

/** organizations:DetachPolicy. The last SCP of a target stays, and so does full access of RCPs wherever it hangs. */
export const detachPolicy = operation('organizations:DetachPolicy', {
  needs: touches,
  asks: ({ PolicyId, TargetId }, call) => both(call, PolicyId, TargetId).map((one) => delegated(call, one)),
  refusals: [
    ...MANAGED,
    'ConstraintViolationException',
    'PolicyNotAttachedException',
    'PolicyNotFoundException',
    'TargetNotFoundException',
  ],
  run({ PolicyId, TargetId }, call) {
    govern(call, ...both(call, PolicyId, TargetId))
    const { organization: land } = call.estate
    const { type } = findPolicy(land, PolicyId)
    if (targetOf(land, TargetId) === undefined) throw noTarget()
    const before = attachedTo(land, TargetId)
    if (!before.includes(PolicyId)) {
      throw new Refusal('PolicyNotAttachedException', "The policy isn't attached to the specified target.")
    }
    if (PolicyId === fullAccessId('RESOURCE_CONTROL_POLICY')) throw invalid('IMMUTABLE_POLICY')
    if (isGuardrail(type) && policiesOn(land, TargetId, type).length === 1)
      throw constrained('MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED')
    const left = before.filter((id) => id !== PolicyId)
    return { output: {}, changes: [hang(TargetId, left)] }
  },
})

/** organizations:ListPoliciesForTarget. Those that hang on the target itself; what comes from above is not listed. */
export const listPoliciesForTarget = operation('organizations:ListPoliciesForTarget', {
  needs: touches,
  asks: ({ TargetId, Filter }, call) => delegated(call, about(call, TargetId, { 'organizations:PolicyType': Filter })),
  refusals: [...MANAGED, 'TargetNotFoundException'],
  run({ TargetId, Filter, ...input }, call) {
    const organization = oversee(call)
    const { organization: land } = call.estate
    const type = Filter
    if (targetOf(land, TargetId) === undefined) throw noTarget()
    const listing = `ListPoliciesForTarget/${TargetId}/${type}`
    const policies = policiesOn(land, TargetId, type)
    const { items, end } = pageOf(call, policies, { ...input, listing, keyOf: ({ id }) => id })
    return { output: { Policies: items.map((policy) => summary(organization, policy)), ...end } }
  },
})

const TARGET_TYPES = { root: 'ROOT', ou: 'ORGANIZATIONAL_UNIT', account: 'ACCOUNT' } as const

/** organizations:ListTargetsForPolicy. */
export const listTargetsForPolicy = operation('organizations:ListTargetsForPolicy', {
  needs: touches,
  asks: ({ PolicyId }, call) => delegated(call, about(call, PolicyId)),
  refusals: [...MANAGED, 'PolicyNotFoundException'],
  run({ PolicyId, ...input }, call) {
    const organization = oversee(call)
    const { organization: land } = call.estate
    const { id } = findPolicy(land, PolicyId)
    const { items, end } = pageOfKind(call, 'attachment', {
      ...input,
      listing: `ListTargetsForPolicy/${id}`,
      listed: ({ policies }) => policies.includes(id),
    })
    const shown = items
      .flatMap(({ target }) => targetOf(land, target) ?? [])
      .map(({ noun, it }) => ({
        TargetId: it.id,
        Arn: arnOf(organization, noun, it.id),
        Name: it.name,
        Type: TARGET_TYPES[noun],
      }))
    return { output: { Targets: shown, ...end } }
  },
})

/** Both things that an attachment joins, under the policy's type. */
function both(call: Call, policy: string, target: string): readonly Asking[] {
  const first = about(call, policy)
  const type = call.estate.organization.all('orgPolicy').get(policy)?.type
  return [first, about(call, target, type === undefined ? {} : { 'organizations:PolicyType': type })]
}

function noTarget(): Refusal {
  return new Refusal('TargetNotFoundException', "You specified a target that doesn't exist.")
}
