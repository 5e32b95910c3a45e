/** What IAM's nouns share: names found or refused, pages, tags, policy documents, times. */

import { identityArn, managedPolicy, nameKey, type Account, type AccountKinds, type Tag } from '@sallyport/estate'
import { parse, type ParseOptions, type PolicyKind } from '@sallyport/policy'
import type { Call } from '../../call.ts'
import type { QuotaName } from '../../quotas.ts'
import { Refusal } from '../../refusal.ts'
import { page, pageInOrder, type Page } from '../paging.ts'
import { resourceTags, type TagInput } from '../tags.ts'

export type Named = 'user' | 'group' | 'role'

const NOUNS = { user: 'user', group: 'group', role: 'role' } as const satisfies Record<Named, string>

/** An identity by name, or `NoSuchEntity` in IAM's words. Names are found whatever their case. */
export function find<K extends Named>(account: Account, kind: K, name: string): AccountKinds[K] {
  const it = account.all(kind).get(nameKey(name))
  if (it === undefined) throw new Refusal('NoSuchEntity', `The ${NOUNS[kind]} with name ${name} cannot be found.`)
  return it
}

/** The ARN that a call on a name is about. It has the path where the thing exists: that is what policies are matched with. */
export function arnFor(account: Account, kind: Named, name: string): string {
  const it = account.all(kind).get(nameKey(name))
  return it === undefined ? `arn:aws:iam::${account.id}:${kind}/${name}` : identityArn(account.id, it)
}

/** `asks` of an operation on a named identity: its ARN, and its tags for `aws:ResourceTag` and `iam:ResourceTag`. */
export function about(account: Account, kind: Named, name: string) {
  const it = account.all(kind).get(nameKey(name))
  const tags = it !== undefined && 'tags' in it ? it.tags : []
  return { resource: arnFor(account, kind, name), context: resourceTags(tags, 'iam') }
}

/** The same for an operation that a boundary of the identity's can be a condition of (UG access_policies_boundaries). */
export function aboutBounded(account: Account, kind: 'user' | 'role', name: string) {
  const { resource, context } = about(account, kind, name)
  const boundary = account.all(kind).get(nameKey(name))?.boundary
  return { resource, context: { ...context, 'iam:PermissionsBoundary': boundary } }
}

/** `asks` of an operation on a managed policy. Policies have no `iam:ResourceTag`. */
export function aboutPolicy({ account }: Pick<Call, 'account'>, arn: string) {
  return { resource: arn, account: account.id, context: resourceTags(managedPolicy(account, arn)?.tags ?? []) }
}

/** What must be gone before an entity can be deleted: the first that is still there refuses, in IAM's words. */
export function refuseWhile(obstacles: readonly (readonly [there: boolean, must: string])[]): void {
  const obstacle = obstacles.find(([there]) => there)
  if (obstacle !== undefined) throw new Refusal('DeleteConflict', `Cannot delete entity, ${obstacle[1]}.`)
}

/** Refuses what would be one more than the account may have. */
export function refuseBeyond({ quota }: Pick<Call, 'quota'>, name: QuotaName & `iam:${string}`, have: number): void {
  if (have >= quota(name)) throw beyond(name, quota(name))
}

export function beyond(name: QuotaName & `iam:${string}`, most: number): Refusal {
  return new Refusal('LimitExceeded', `Cannot exceed quota for ${name.slice('iam:'.length)}: ${most}`)
}

const TAGS_AT_MOST = 50

/** Tags after some were added: keys are unique whatever their case, and at most 50. */
export function withTags(before: readonly Tag[], added: readonly TagInput[] = []): readonly Tag[] {
  const tags = added.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  const keys = tags.map(({ key }) => key.toLowerCase())
  if (new Set(keys).size !== keys.length) {
    throw new Refusal('InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  if (keys.some((key) => key.startsWith('aws:')))
    throw new Refusal('InvalidInput', 'System tags cannot be added/updated/deleted.')
  const all = [...before.filter(({ key }) => !keys.includes(key.toLowerCase())), ...tags]
  if (all.length > TAGS_AT_MOST) throw new Refusal('LimitExceeded', 'The number of tags has reached the maximum limit.')
  return all
}

export function withoutTags(before: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  const gone = new Set(keys.map((key) => key.toLowerCase()))
  return before.filter(({ key }) => !gone.has(key.toLowerCase()))
}

export function showTags(tags: readonly Tag[]) {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }))
}

/** A policy document that IAM takes, or `MalformedPolicyDocument` with its first complaint. */
export function checkDocument(text: string, kind: PolicyKind, options: ParseOptions = {}): void {
  const parsed = parse(text, kind, options)
  if (!parsed.ok)
    throw new Refusal('MalformedPolicyDocument', parsed.findings[0]?.message ?? 'Syntax errors in policy.')
}

/** IAM counts a document's characters without its white space. */
export function sizeOf(document: string): number {
  return document.replace(/\s/g, '').length
}

interface Listing {
  readonly listing: string
  readonly Marker?: string
  readonly MaxItems?: number
}

const PAGE = 100

/** A page in IAM's form: 100 items unless asked otherwise, a marker where there is more. */
export function iamPage<T>(
  call: Call,
  items: Iterable<T>,
  { listing, keyOf, Marker, MaxItems = PAGE }: Listing & { readonly keyOf: (item: T) => string },
) {
  const sorted = [...items].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const found = page(call.keyring, sorted, {
    listing: `iam:${call.account.id}:${listing}`,
    marker: Marker,
    size: MaxItems,
    keyOf,
  })
  return inIamsForm(found)
}

/** A page of an account's identities that are `listed`, in the order of their names; `undefined` where the marker is none. */
export function identityPage<K extends Named>(
  { account, keyring }: Pick<Call, 'account' | 'keyring'>,
  kind: K,
  { listing, listed, Marker, MaxItems = PAGE }: Listing & { readonly listed: (it: AccountKinds[K]) => boolean },
): Page<AccountKinds[K]> | undefined {
  const identities = account.all(kind)
  return pageInOrder(keyring, account.inOrder(kind), {
    listing: `iam:${account.id}:${listing}`,
    marker: Marker,
    size: MaxItems,
    at(key) {
      const it = identities.get(key)
      return it !== undefined && listed(it) ? it : undefined
    },
  })
}

export function inIamsForm<T>(found: Page<T> | undefined) {
  if (found === undefined) throw new Refusal('ValidationError', `Invalid Marker.`)
  return { items: found.items, end: { IsTruncated: found.next !== undefined, Marker: found.next } }
}

export function encoded(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (mark) => `%${mark.codePointAt(0)?.toString(16).toUpperCase()}`,
  )
}
