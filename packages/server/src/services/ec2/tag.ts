/** Tags of what can be tagged here: instances. */

import { regionKey, type Instance } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { filtered, type Filterable } from './filter.ts'
import { aboutInstance, find, instancesOf, pageOf, refuseDry, somewhere } from './shared.ts'
import { requestTags } from '../tags.ts'
import { readTags, withoutTags, withTags } from './tagging.ts'

const RESOURCES_AT_MOST = 1000

const REFUSED = [
  'DryRunOperation',
  'InvalidID',
  'InvalidInstanceID.Malformed',
  'InvalidInstanceID.NotFound',
  'InvalidParameterValue',
] as const satisfies readonly RefusalCode[]

/** ec2:CreateTags. All resources get all tags, or none gets any. */
export const createTags = operation('ec2:CreateTags', {
  asks: ({ Resources, Tags }, call) => aboutEach(call, Resources, requestTags(Tags)),
  refusals: [...REFUSED, 'TagLimitExceeded'],
  run({ Resources, Tags, DryRun }, call) {
    const instances = find(call, Resources)
    const added = readTags(Tags)
    const changes = instances.map((one) => keep(call, { ...one, tags: withTags(one.tags, added) }))
    refuseDry(DryRun)
    return { output: {}, changes }
  },
})

/** ec2:DeleteTags. Tags that are not there do no harm. */
export const deleteTags = operation('ec2:DeleteTags', {
  asks: ({ Resources, Tags }, call) => aboutEach(call, Resources, requestTags(Tags)),
  refusals: REFUSED,
  run({ Resources, Tags, DryRun }, call) {
    const instances = find(call, Resources)
    refuseDry(DryRun)
    return { output: {}, changes: instances.map((one) => keep(call, { ...one, tags: withoutTags(one.tags, Tags) })) }
  },
})

interface Tagging {
  readonly id: string
  readonly key: string
  readonly value: string
}

/** ec2:DescribeTags. */
export const describeTags = operation('ec2:DescribeTags', {
  asks: (_input, call) => somewhere(call),
  refusals: ['DryRunOperation', 'FilterLimitExceeded', 'InvalidNextToken', 'InvalidParameterValue'],
  run({ Filters, DryRun, ...input }, call) {
    refuseDry(DryRun)
    const all = instancesOf(call).flatMap(({ id, tags }) => tags.map((tag) => ({ id, ...tag })))
    const found = filtered(all, Filters, tagFilters(Filters)).toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
    const { items, end } = pageOf(call, found, { ...input, listing: 'DescribeTags', keyOf: orderOf })
    const shown = items.map(({ id, key, value }) => ({
      Key: key,
      Value: value,
      ResourceId: id,
      ResourceType: 'instance' as const,
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
    'resource-type': () => ['instance'],
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
  return resources.map((id) => {
    if (!/^[a-z]+-[0-9a-f]+$/.test(id)) throw new Refusal('InvalidID', `The ID '${id}' is not valid`)
    if (!id.startsWith('i-'))
      throw new Refusal('notBuilt', `sallyport has not built tags of \`${id}\`: it tags instances`)
    return aboutInstance(call, id, context)
  })
}

function keep({ account }: Call, instance: Instance): Change {
  return put(account.id, 'instance', regionKey(instance.region, instance.id), instance)
}
