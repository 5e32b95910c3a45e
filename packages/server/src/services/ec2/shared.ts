/** What EC2's nouns share: ids, dry runs, the questions asked of the law, pages. */

import { regionKey, type Account, type Instance, type Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { page } from '../paging.ts'
import { filtered, TAG_FILTERS, type Filter, type Filterable } from './filter.ts'
import { gone } from './state.ts'

/** A question about nothing in particular: what the lists ask. */
export function somewhere({ region }: Call, context: Asking['context'] = {}): Asking {
  return { resource: '*', context: { 'ec2:Region': region, ...context } }
}

/** The call was allowed and would have done its work: that is all a dry run wants to know. */
export function refuseDry(dryRun = false): void {
  if (dryRun) throw new Refusal('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.')
}

export function arnOf(
  { region, account }: Pick<Call, 'region'> & { readonly account: { readonly id: string } },
  noun: string,
  id: string,
): string {
  return `arn:aws:ec2:${region}:${account.id}:${noun}/${id}`
}

const FORM = /^[a-z]+-(?:[0-9a-f]{8}|[0-9a-f]{17})$/

/** Refuses an id that cannot be one: nothing can be asked about it. */
export function wellFormed(code: RefusalCode, prefix: string, id: string): string {
  if (!id.startsWith(`${prefix}-`)) throw new Refusal(code, `Invalid id: "${id}" (expecting "${prefix}-...")`)
  if (!FORM.test(id)) throw new Refusal(code, `Invalid id: "${id}"`)
  return id
}

/** The instance of this region, terminated ones for an hour. */
export function instanceOf(
  { account, region, now }: Pick<Call, 'account' | 'region' | 'now'>,
  id: string,
): Instance | undefined {
  const instance = account.all('instance').get(regionKey(region, id))
  return instance === undefined || gone(instance, now) ? undefined : instance
}

/** All instances of the region, oldest first. */
export function instancesOf({
  account,
  region,
  now,
}: {
  readonly account: Account
  readonly region: string
  readonly now: number
}): readonly Instance[] {
  const all = [...account.all('instance').values()].filter((one) => one.region === region && !gone(one, now))
  return all.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

/** Sorts by launch, then reservation, then place in it. */
export function orderOf({ launchedAt, reservationId, launchIndex }: Instance): string {
  return `${String(launchedAt).padStart(15, '0')}/${reservationId}/${String(launchIndex).padStart(6, '0')}`
}

/** The instances by their ids, each once, or the refusal that names those that are not there. */
export function find(call: Call, ids: readonly string[]): readonly Instance[] {
  const wanted = [...new Set(ids)]
  const missing = wanted.filter((id) => instanceOf(call, id) === undefined)
  const [first] = missing
  if (first !== undefined) {
    const text =
      missing.length === 1
        ? `The instance ID '${first}' does not exist`
        : `The instance IDs '${missing.join(', ')}' do not exist`
    throw new Refusal('InvalidInstanceID.NotFound', text)
  }
  return wanted.flatMap((id) => instanceOf(call, id) ?? [])
}

/** What a list of things may be refused with, besides what its own ids are. */
export const LISTING = [
  'DryRunOperation',
  'FilterLimitExceeded',
  'InvalidNextToken',
  'InvalidParameterCombination',
  'InvalidParameterValue',
] as const satisfies readonly RefusalCode[]

/** How a kind of thing is named, and how one is missed. */
export interface Kind {
  readonly prefix: string
  readonly malformed: RefusalCode
  readonly missing: (id: string) => Refusal
}

export interface Thing {
  readonly id: string
  readonly tags: readonly Tag[]
}

interface Selection<T> {
  readonly listing: string
  readonly kind: Kind
  readonly ids?: readonly string[]
  readonly filters: Filterable<T>
  readonly Filters?: readonly Filter[]
  readonly DryRun?: boolean
  readonly NextToken?: string
  readonly MaxResults?: number
}

/** The things that are named, or all, as far as the filters let them through, a page at a time. */
export function select<T extends Thing>(call: Call, all: readonly T[], selection: Selection<T>) {
  const { ids = [], kind, filters, Filters, DryRun, listing, ...input } = selection
  for (const id of ids) {
    wellFormed(kind.malformed, kind.prefix, id)
    if (!all.some((it) => it.id === id)) throw kind.missing(id)
  }
  refuseDry(DryRun)
  const wanted = ids.length === 0 ? all : all.filter(({ id }) => ids.includes(id))
  const found = filtered(wanted, Filters, { ...filters, ...TAG_FILTERS }).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return pageOf(call, found, { ...input, listing, keyOf: ({ id }) => id })
}

interface Listing<T> {
  readonly listing: string
  readonly keyOf: (item: T) => string
  readonly NextToken?: string
  readonly MaxResults?: number
}

const PAGE = { least: 5, most: 1000 } as const

/** A page in EC2's form: everything, up to 1,000, unless fewer are asked for. `items` are in the order of `keyOf`. */
export function pageOf<T>(
  call: Call,
  items: readonly T[],
  { listing, keyOf, NextToken, MaxResults = PAGE.most }: Listing<T>,
) {
  if (MaxResults < PAGE.least) throw outOfBounds(MaxResults, `greater than ${PAGE.least}`)
  if (MaxResults > PAGE.most) throw outOfBounds(MaxResults, `less than ${PAGE.most}`)
  const marker = NextToken === '' ? undefined : NextToken
  const name = `ec2:${call.account.id}:${call.region}:${listing}`
  const found = page(call.keyring, items, { listing: name, marker, size: MaxResults, keyOf })
  if (found === undefined) throw new Refusal('InvalidNextToken', 'The specified NextToken is not valid.')
  return { items: found.items, end: { NextToken: found.next } }
}

function outOfBounds(given: number, expected: string): Refusal {
  return new Refusal(
    'InvalidParameterValue',
    `Value ( ${given} ) for parameter maxResults is invalid. Expecting a value ${expected}.`,
  )
}

export function showTags(tags: readonly Tag[]) {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }))
}
