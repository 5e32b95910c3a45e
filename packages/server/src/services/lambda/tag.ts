/** Tags of functions. */

import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { mapOfTags, requestTagMap, tagsOfMap } from '../tags.ts'
import { refuseTags } from './configuration.ts'
import { about, accountNamed, find, invalid, nameOf, written, type Named } from './shared.ts'

/** lambda:TagResource. */
export const tagResource = operation('lambda:TagResource', {
  needs: ({ Resource }) => accountNamed(Resource),
  asks: ({ Resource, Tags }, call) => about(call, tagged(call, Resource), requestTagMap(Tags)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run({ Resource, Tags }, call) {
    const it = tagged(call, Resource)
    const row = find(call, it)
    const all = { ...mapOfTags(row.tags), ...Tags }
    refuseTags(all)
    return { output: {}, changes: [written(call, it, { ...row, tags: tagsOfMap(all) })] }
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
    return { output: {}, changes: [written(call, it, { ...row, tags })] }
  },
})

/** lambda:ListTags. */
export const listTags = operation('lambda:ListTags', {
  needs: ({ Resource }) => accountNamed(Resource),
  asks: ({ Resource }, call) => about(call, tagged(call, Resource)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run({ Resource }, call) {
    const { tags } = find(call, tagged(call, Resource))
    return { output: { Tags: mapOfTags(tags) } }
  },
})

function tagged(call: Call, resource: string): Named {
  const it = nameOf(resource, { own: call.account.id, region: call.region })
  if (it.qualifier === undefined) return it
  throw invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.')
}
