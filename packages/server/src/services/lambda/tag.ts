/** Tags of functions. */

import { regionKey } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { put } from '../../store/store.ts'
import { refuseTags } from './configuration.ts'
import { about, accountNamed, find, invalid, nameOf, requestTags, type Named } from './shared.ts'

/** lambda:TagResource. */
export const tagResource = operation('lambda:TagResource', {
  needs: ({ Resource }) => accountNamed(Resource),
  asks: ({ Resource, Tags }, call) => about(call, tagged(call, Resource), requestTags(Tags)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run({ Resource, Tags }, call) {
    const it = tagged(call, Resource)
    const row = find(call, it)
    const all = { ...Object.fromEntries(row.tags.map(({ key, value }) => [key, value])), ...Tags }
    refuseTags(all)
    const tags = Object.entries(all).map(([key, value]) => ({ key, value }))
    return { output: {}, changes: [put(it.account, 'function', regionKey(call.region, it.name), { ...row, tags })] }
  },
})

/** lambda:UntagResource. Keys that are not there are gone already. */
export const untagResource = operation('lambda:UntagResource', {
  needs: ({ Resource }) => accountNamed(Resource),
  asks: ({ Resource, TagKeys }, call) => about(call, tagged(call, Resource), { 'aws:TagKeys': TagKeys }),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run({ Resource, TagKeys }, call) {
    const it = tagged(call, Resource)
    const row = find(call, it)
    const tags = row.tags.filter(({ key }) => !TagKeys.includes(key))
    return { output: {}, changes: [put(it.account, 'function', regionKey(call.region, it.name), { ...row, tags })] }
  },
})

/** lambda:ListTags. */
export const listTags = operation('lambda:ListTags', {
  needs: ({ Resource }) => accountNamed(Resource),
  asks: ({ Resource }, call) => about(call, tagged(call, Resource)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run({ Resource }, call) {
    const { tags } = find(call, tagged(call, Resource))
    return { output: { Tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])) } }
  },
})

function tagged(call: Call, resource: string): Named {
  const it = nameOf(resource, { own: call.account.id, region: call.region })
  if (it.qualifier === undefined) return it
  throw invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.')
}
