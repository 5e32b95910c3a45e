/** Tags of roots, OUs, accounts and policies. */

import { organizationOf, type OrganizationLand, type Tag } from '@sallyport/estate'
import { ORGANIZATION } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { requestTags, type TagInput } from '../tags.ts'
import { LIMITS } from './limits.ts'
import { delegated, govern, oversee } from './delegation.ts'
import { about, constrained, invalid, MANAGED, thing, touches, type Thing } from './shared.ts'

/** organizations:TagResource. */
export const tagResource = operation('organizations:TagResource', {
  needs: touches,
  asks: ({ ResourceId, Tags }, call) => delegated(call, about(call, ResourceId, requestTags(Tags))),
  refusals: [...MANAGED, 'ConstraintViolationException', 'TargetNotFoundException'],
  run({ ResourceId, Tags }, call) {
    govern(call, about(call, ResourceId, requestTags(Tags)))
    const { organization: land } = call.estate
    const it = tagged(land, ResourceId)
    return { output: {}, changes: [retag(land, it, withTags(it.it.tags, Tags))] }
  },
})

/** organizations:UntagResource. Keys that are not there do no harm. */
export const untagResource = operation('organizations:UntagResource', {
  needs: touches,
  asks: ({ ResourceId, TagKeys }, call) => delegated(call, about(call, ResourceId, { 'aws:TagKeys': TagKeys })),
  refusals: [...MANAGED, 'TargetNotFoundException'],
  run({ ResourceId, TagKeys }, call) {
    govern(call, about(call, ResourceId, { 'aws:TagKeys': TagKeys }))
    const { organization: land } = call.estate
    const it = tagged(land, ResourceId)
    const tags = it.it.tags.filter(({ key }) => !TagKeys.includes(key))
    return { output: {}, changes: [retag(land, it, tags)] }
  },
})

/** organizations:ListTagsForResource. */
export const listTagsForResource = operation('organizations:ListTagsForResource', {
  needs: touches,
  asks: ({ ResourceId }, call) => delegated(call, about(call, ResourceId)),
  refusals: [...MANAGED, 'TargetNotFoundException'],
  run({ ResourceId, NextToken }, call) {
    oversee(call)
    // All tags fit on one page, so no token was ever given out.
    if (NextToken !== undefined) throw invalid('INVALID_PAGINATION_TOKEN')
    const it = thing(call.estate.organization, ResourceId)
    if (it === undefined) throw noTarget()
    return { output: { Tags: it.it.tags.map(({ key, value }) => ({ Key: key, Value: value })) } }
  },
})

/** Tags after some were added: keys are unique, not AWS's own, and at most 50. */
export function withTags(before: readonly Tag[], added: readonly TagInput[] = []): readonly Tag[] {
  const tags = added.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  const keys = new Set(tags.map(({ key }) => key))
  if (keys.size !== tags.length) throw invalid('DUPLICATE_TAG_KEY')
  if (tags.some(({ key }) => /^aws:/i.test(key))) throw invalid('INVALID_SYSTEM_TAGS_PARAMETER')
  const all = [...before.filter(({ key }) => !keys.has(key)), ...tags]
  if (all.length > LIMITS.tags) throw constrained('MAX_TAG_LIMIT_EXCEEDED')
  return all
}

/** What can be tagged: AWS's own policies cannot. */
function tagged(land: OrganizationLand, id: string): Thing {
  const it = thing(land, id)
  if (it === undefined) throw noTarget()
  if (it.noun === 'policy' && it.it.awsManaged) throw invalid('TARGET_NOT_SUPPORTED')
  return it
}

function retag(land: OrganizationLand, { noun, it }: Thing, tags: readonly Tag[]): Change {
  const kinds = { ou: 'unit', account: 'member', policy: 'orgPolicy' } as const
  if (noun === 'resourcepolicy') return put(ORGANIZATION, 'resourcePolicy', 'self', { ...it, tags })
  if (noun === 'root') return put(ORGANIZATION, 'organization', 'self', { ...organizationOf(land), rootTags: tags })
  return put(ORGANIZATION, kinds[noun], it.id, { ...it, tags })
}

function noTarget(): Refusal {
  return new Refusal('TargetNotFoundException', "You specified a target that doesn't exist.")
}
