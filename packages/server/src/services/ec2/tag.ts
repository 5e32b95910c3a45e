/** Tags of whatever can be tagged here: put on and taken off all at once, and listed. */

import type { ResourceType } from '@aws-sdk/client-ec2'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { requestTags } from '../tags.ts'
import { filtered, type Filterable } from './filter.ts'
import { aboutAny, everythingTagged, Rows, taggable, type Retag } from './noun.ts'
import { LISTING, pageOf, refuseDry, somewhere } from './shared.ts'
import { readTags, withoutTags, withTags } from './tagging.ts'

const RESOURCES_AT_MOST = 1000

/** What is not there is missed in the words of its kind. */
const REFUSED = [
  'DryRunOperation',
  'InvalidDhcpOptionID.NotFound',
  'InvalidDhcpOptionsId.Malformed',
  'InvalidGroup.NotFound',
  'InvalidGroupId.Malformed',
  'InvalidID',
  'InvalidInstanceID.Malformed',
  'InvalidInstanceID.NotFound',
  'InvalidInternetGatewayID.NotFound',
  'InvalidInternetGatewayId.Malformed',
  'InvalidKeyPair.NotFound',
  'InvalidNetworkAclID.NotFound',
  'InvalidNetworkAclId.Malformed',
  'InvalidNetworkInterfaceID.NotFound',
  'InvalidNetworkInterfaceId.Malformed',
  'InvalidParameterValue',
  'InvalidRouteTableID.NotFound',
  'InvalidRouteTableId.Malformed',
  'InvalidSecurityGroupRuleId.Malformed',
  'InvalidSecurityGroupRuleId.NotFound',
  'InvalidSubnetID.Malformed',
  'InvalidSubnetID.NotFound',
  'InvalidVolume.NotFound',
  'InvalidVolumeID.Malformed',
  'InvalidVpcID.Malformed',
  'InvalidVpcID.NotFound',
] as const satisfies readonly RefusalCode[]

/** ec2:CreateTags. All resources get all tags, or none gets any. */
export const createTags = operation('ec2:CreateTags', {
  asks: ({ Resources, Tags }, call) => aboutEach(call, Resources, requestTags(Tags)),
  refusals: [...REFUSED, 'TagLimitExceeded'],
  run({ Resources, Tags, DryRun }, call) {
    const added = readTags(Tags)
    const changes = retagged(call, Resources, (tags) => withTags(tags, added))
    refuseDry(DryRun)
    return { output: {}, changes }
  },
})

/** ec2:DeleteTags. Tags that are not there do no harm. */
export const deleteTags = operation('ec2:DeleteTags', {
  asks: ({ Resources, Tags }, call) => aboutEach(call, Resources, requestTags(Tags)),
  refusals: REFUSED,
  run({ Resources, Tags, DryRun }, call) {
    const changes = retagged(call, Resources, (tags) => withoutTags(tags, Tags))
    refuseDry(DryRun)
    return { output: {}, changes }
  },
})

function retagged(call: Call, ids: readonly string[], change: Retag) {
  const rows = new Rows(call.account)
  for (const retag of [...new Set(ids)].map((id) => taggable(rows, call, id))) retag(change)
  return rows.changes
}

interface Tagging {
  readonly id: string
  readonly type: ResourceType
  readonly key: string
  readonly value: string
}

/** ec2:DescribeTags. */
export const describeTags = operation('ec2:DescribeTags', {
  asks: (_input, call) => somewhere(call),
  refusals: LISTING,
  run({ Filters, DryRun, ...input }, call) {
    refuseDry(DryRun)
    const all = everythingTagged(call).flatMap(({ id, type, tags }) => tags.map((tag) => ({ id, type, ...tag })))
    const found = filtered(all, Filters, tagFilters(Filters)).toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
    const { items, end } = pageOf(call, found, { ...input, listing: 'DescribeTags', keyOf: orderOf })
    const shown = items.map(({ id, type, key, value }) => ({
      Key: key,
      Value: value,
      ResourceId: id,
      ResourceType: type,
    }))
    return { output: { Tags: shown, ...end } }
  },
})

/** `tag:KEY` is about a tag's own key here, so each one that is asked for is a row. */
function tagFilters(filters: readonly { readonly Name?: string }[] = []): Filterable<Tagging> {
  const named = filters.flatMap(({ Name = '' }) => (Name.startsWith('tag:') ? [Name] : []))
  return {
    key: ({ key }) => [key],
    'resource-id': ({ id }) => [id],
    'resource-type': ({ type }) => [type],
    value: ({ value }) => [value],
    ...Object.fromEntries(
      named.map((name) => [name, ({ key, value }: Tagging) => (`tag:${key}` === name ? [value] : [])]),
    ),
  }
}

function orderOf({ id, key }: Tagging): string {
  return `${id}/${key}`
}

function aboutEach(call: Call, resources: readonly string[], context: Asking['context']): readonly Asking[] {
  if (resources.length > RESOURCES_AT_MOST)
    throw new Refusal('InvalidParameterValue', `The maximum number of resources is ${RESOURCES_AT_MOST}`)
  return resources.map((id) => aboutAny(call, id, context))
}
