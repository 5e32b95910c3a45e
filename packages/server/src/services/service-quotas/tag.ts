/** Tags of an account's quotas. */

import type { Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove, type Change } from '../../store/store.ts'
import { requestTags } from '../tags.ts'
import { ANY, arnOf, asking, find, keyIn } from './shared.ts'

const TAGS_AT_MOST = 50

/** service-quotas:TagResource. */
export const tagResource = operation('service-quotas:TagResource', {
  asks: ({ Tags }) => asking('TagResource', requestTags(Tags)),
  refusals: [...ANY, 'TooManyTagsException'],
  run({ ResourceARN, Tags }, call) {
    const key = keyOf(call, ResourceARN)
    const added = Tags.map((tag) => ({ key: tag.Key, value: tag.Value }))
    const keys = new Set(added.map((tag) => tag.key))
    if (keys.size !== added.length || added.some((tag) => /^aws:/i.test(tag.key))) {
      throw new Refusal('IllegalArgumentException', 'Invalid input was provided.')
    }
    const tags = [...tagsAt(call, key).filter((tag) => !keys.has(tag.key)), ...added]
    if (tags.length > TAGS_AT_MOST) {
      throw new Refusal('TooManyTagsException', "You've exceeded the number of tags allowed for a resource.")
    }
    return { output: {}, changes: [kept(call, key, tags)] }
  },
})

/** service-quotas:UntagResource. Keys that are not there do no harm. */
export const untagResource = operation('service-quotas:UntagResource', {
  asks: ({ TagKeys }) => asking('UntagResource', { 'aws:TagKeys': TagKeys }),
  refusals: ANY,
  run({ ResourceARN, TagKeys }, call) {
    const key = keyOf(call, ResourceARN)
    const tags = tagsAt(call, key).filter((tag) => !TagKeys.includes(tag.key))
    return { output: {}, changes: [kept(call, key, tags)] }
  },
})

/** service-quotas:ListTagsForResource. */
export const listTagsForResource = operation('service-quotas:ListTagsForResource', {
  asks: () => asking('ListTagsForResource'),
  refusals: ANY,
  run({ ResourceARN }, call) {
    const tags = tagsAt(call, keyOf(call, ResourceARN))
    return { output: { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) } }
  },
})

/** The row's key of a quota of the account's, by its ARN. */
function keyOf(call: Call, arn: string): string {
  const [service = '', code = ''] = arn.slice(arn.lastIndexOf(':') + 1).split('/')
  if (arn !== arnOf(call, call.account.id, service, code)) {
    throw new Refusal('NoSuchResourceException', 'The specified resource does not exist.')
  }
  return keyIn(call, find(call, service, code))
}

function tagsAt({ account }: Call, key: string): readonly Tag[] {
  return account.all('quotaTags').get(key)?.tags ?? []
}

function kept({ account }: Call, key: string, tags: readonly Tag[]): Change {
  return tags.length === 0 ? remove(account.id, 'quotaTags', key) : put(account.id, 'quotaTags', key, { tags })
}
