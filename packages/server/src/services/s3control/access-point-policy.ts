/** The policies of access points: what a bucket's are, but for ARNs of their own and tighter resources. */

import { accountsBound, accountsNamed, bindPrincipals, isPublic, regionKey, showPrincipals } from '@sallyport/estate'
import type { AccessPoint, BoundPolicy } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { withoutCanonicalIds } from '../s3/canonical.ts'
import { checkPolicy, malformed, type Hanger } from '../s3/policy-check.ts'
import { prevented } from '../s3/shared.ts'
import { pointArn } from '../s3/through.ts'
import { aboutPoint, find, look } from './shared.ts'

/** s3control:PutAccessPointPolicy. */
export const putAccessPointPolicy = operation('s3control:PutAccessPointPolicy', {
  needs: ({ Policy }) => accountsNamed(Policy),
  asks: (input, call) => aboutPoint(input, call, 's3:PutAccessPointPolicy'),
  refusals: ['MalformedPolicy', 'NoSuchAccessPoint'],
  run(input, call) {
    const point = find(input, call)
    const arn = pointArn(call.account.id, point)
    const text = withoutCanonicalIds(call.directory, input.Policy)
    checkPolicy(text, hangerOf(arn), call.reference)
    const bound = bindPrincipals(call.estate, (id) => call.directory.all('account').has(id), text)
    if (!bound.ok) throw malformed('Invalid principal in policy')
    if (point.publicAccessBlock.blockPublicPolicy && isPublic(text)) {
      throw prevented(call, { action: 's3:PutAccessPointPolicy', resource: arn }, 'BlockPublicPolicy')
    }
    const { document, principals } = bound
    const policy = principals === undefined ? { document } : { document, principals }
    const key = regionKey(point.region, point.name)
    return { output: {}, changes: [put(call.account.id, 'accessPoint', key, { ...point, policy })] }
  },
})

/** The point itself, and objects as they are named through it. */
function hangerOf(arn: string): Hanger {
  return { self: arn, inside: `${arn}/object/`, types: ['accesspoint', 'object'] }
}

/** s3control:GetAccessPointPolicy. */
export const getAccessPointPolicy = operation('s3control:GetAccessPointPolicy', {
  look: (input, call) => call.bring(accountsBound(look(input, call)?.policy ?? { document: '' })),
  asks: (input, call) => aboutPoint(input, call, 's3:GetAccessPointPolicy'),
  refusals: ['NoSuchAccessPoint', 'NoSuchAccessPointPolicy'],
  run: (input, call) => ({ output: { Policy: showPrincipals(call.estate, policyOf(find(input, call))) } }),
})

/** s3control:DeleteAccessPointPolicy. */
export const deleteAccessPointPolicy = operation('s3control:DeleteAccessPointPolicy', {
  asks: (input, call) => aboutPoint(input, call, 's3:DeleteAccessPointPolicy'),
  refusals: ['NoSuchAccessPoint'],
  run(input, call) {
    const { policy, ...rest } = find(input, call)
    const key = regionKey(rest.region, rest.name)
    return { output: {}, changes: policy === undefined ? [] : [put(call.account.id, 'accessPoint', key, rest)] }
  },
})

/** s3control:GetAccessPointPolicyStatus. */
export const getAccessPointPolicyStatus = operation('s3control:GetAccessPointPolicyStatus', {
  asks: (input, call) => aboutPoint(input, call, 's3:GetAccessPointPolicyStatus'),
  refusals: ['NoSuchAccessPoint', 'NoSuchAccessPointPolicy'],
  run: (input, call) => ({
    output: { PolicyStatus: { IsPublic: isPublic(policyOf(find(input, call)).document) } },
  }),
})

function policyOf({ policy, name }: AccessPoint): BoundPolicy {
  if (policy !== undefined) return policy
  throw new Refusal('NoSuchAccessPointPolicy', 'The specified accesspoint policy does not exist', {
    AccessPointName: name,
  })
}
