/** Tags of log groups, in the two ways that the service has had for them. */

import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { mapOfTags, requestTagMap, tagsOfMap, type TagMap } from '../tags.ts'
import { kept } from './group.ts'
import { about, accountsIn, findGroup, groupArn, placeNamed, wrong, type Place } from './shared.ts'

const AT_MOST = 50

/** logs:TagResource. */
export const tagResource = operation('logs:TagResource', {
  needs: ({ resourceArn }) => accountsIn(resourceArn),
  asks: ({ resourceArn, tags }, call) => asks(call, resourceArn, requestTagMap(tags)),
  refusals: ['InvalidParameterException', 'ResourceNotFoundException'],
  run: ({ resourceArn, tags }, call) => tagged(call, placeNamed(call, resourceArn), tags),
})

/** logs:UntagResource. */
export const untagResource = operation('logs:UntagResource', {
  needs: ({ resourceArn }) => accountsIn(resourceArn),
  asks: ({ resourceArn, tagKeys }, call) => asks(call, resourceArn, { 'aws:TagKeys': tagKeys }),
  refusals: ['ResourceNotFoundException'],
  run: ({ resourceArn, tagKeys }, call) => untagged(call, placeNamed(call, resourceArn), tagKeys),
})

/** logs:ListTagsForResource. */
export const listTagsForResource = operation('logs:ListTagsForResource', {
  needs: ({ resourceArn }) => accountsIn(resourceArn),
  asks: ({ resourceArn }, call) => asks(call, resourceArn, {}),
  refusals: ['ResourceNotFoundException'],
  run: ({ resourceArn }, call) => ({
    output: { tags: mapOfTags(findGroup(call, placeNamed(call, resourceArn)).tags) },
  }),
})

/** logs:TagLogGroup. The older way. */
export const tagLogGroup = operation('logs:TagLogGroup', {
  asks: ({ logGroupName, tags }, call) => about(call, placeNamed(call, logGroupName), { context: requestTagMap(tags) }),
  refusals: ['InvalidParameterException', 'ResourceNotFoundException'],
  run: ({ logGroupName, tags }, call) => tagged(call, placeNamed(call, logGroupName), tags),
})

/** logs:UntagLogGroup. */
export const untagLogGroup = operation('logs:UntagLogGroup', {
  asks: ({ logGroupName, tags }, call) =>
    about(call, placeNamed(call, logGroupName), { context: { 'aws:TagKeys': tags } }),
  refusals: ['ResourceNotFoundException'],
  run: ({ logGroupName, tags }, call) => untagged(call, placeNamed(call, logGroupName), tags),
})

/** logs:ListTagsLogGroup. */
export const listTagsLogGroup = operation('logs:ListTagsLogGroup', {
  asks: ({ logGroupName }, call) => about(call, placeNamed(call, logGroupName)),
  refusals: ['ResourceNotFoundException'],
  run: ({ logGroupName }, call) => ({
    output: { tags: mapOfTags(findGroup(call, placeNamed(call, logGroupName)).tags) },
  }),
})

/** The newer operations are asked about the group by its plain ARN. CloudWatch Logs UG iam-access-control-overview-cwl. */
function asks(call: Call, arn: string, context: NonNullable<Asking['context']>): Asking {
  const place = placeNamed(call, arn)
  if (!arn.startsWith('arn:aws:logs:') || !arn.includes(':log-group:'))
    throw new Refusal('notBuilt', 'sallyport has built tags of log groups alone')
  return { ...about(call, place, { context }), resource: groupArn(place) }
}

function tagged(call: Call, place: Place, added: TagMap) {
  const group = findGroup(call, place)
  const tags = tagsOfMap({ ...mapOfTags(group.tags), ...added })
  if (tags.length > AT_MOST) throw wrong(`The number of tags exceeds the limit of ${AT_MOST}.`)
  return { output: {}, changes: [kept(place, { ...group, tags })] }
}

function untagged(call: Call, place: Place, keys: readonly string[]) {
  const group = findGroup(call, place)
  const tags = group.tags.filter(({ key }) => !keys.includes(key))
  return { output: {}, changes: [kept(place, { ...group, tags })] }
}
