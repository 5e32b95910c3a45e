/** What Service Quotas' nouns share: quotas by service and code, where they are told, how they are shown, pages. */

import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { GLOBAL_HOME, quotaKey, QUOTA_NAMES, QUOTAS, type Quota, type QuotaName } from '../../quotas.ts'
import { Refusal } from '../../refusal.ts'
import { page } from '../paging.ts'

/** What every operation may refuse with. */
export const ANY = ['AccessDeniedException', 'IllegalArgumentException', 'NoSuchResourceException'] as const
export const PAGED = [...ANY, 'InvalidPaginationTokenException'] as const

/** Services whose quotas are in our table, by the codes that Service Quotas has for them. */
export const SERVICES: Readonly<Record<string, string>> = {
  iam: 'AWS Identity and Access Management (IAM)',
  lambda: 'AWS Lambda',
  organizations: 'AWS Organizations',
  s3: 'Amazon Simple Storage Service (Amazon S3)',
  vpc: 'Amazon Virtual Private Cloud (Amazon VPC)',
}

/** A quota that Service Quotas lists. */
export interface Listed {
  readonly key: QuotaName
  readonly service: string
  /** The code that it was asked for by: its own, or one that it had before. */
  readonly code: string
  readonly name: string
  readonly adjustable: boolean
  readonly global: boolean
}

const ALL: readonly Listed[] = QUOTA_NAMES.flatMap((key) => listed(key) ?? [])

function listed(key: QuotaName): Listed | undefined {
  const { code, name, most = 0, value, regional }: Quota = QUOTAS[key]
  const [service = ''] = key.split(':')
  if (code === undefined || name === undefined) return undefined
  return { key, service, code, name, adjustable: most > value, global: regional !== true }
}

/** A quota of the table, whatever region is spoken to. */
export function listedAs(key: string): Listed | undefined {
  return ALL.find((it) => it.key === key)
}

/** Those that a region tells: of global quotas `GLOBAL_HOME` alone does. */
export function quotasIn({ region }: Pick<Call, 'region'>): readonly Listed[] {
  return ALL.filter(({ global }) => !global || region === GLOBAL_HOME)
}

export function quotasOf(call: Pick<Call, 'region'>, service: string): readonly Listed[] {
  const found = quotasIn(call).filter((it) => it.service === service)
  if (found.length > 0) return found
  throw new Refusal('NoSuchResourceException', 'The request failed because the specified service does not exist.')
}

export function find(call: Pick<Call, 'region'>, service: string, code: string): Listed {
  const quotas = quotasOf(call, service)
  const now = quotas.find((it) => it.code === code)
  if (now !== undefined) return now
  const before = quotas.find(({ key }) => ('formerly' in QUOTAS[key] ? QUOTAS[key].formerly : undefined) === code)
  if (before !== undefined) return { ...before, code }
  throw new Refusal('NoSuchResourceException', 'The request failed because the specified quota does not exist.')
}

/** No quota here counts for a resource. */
export function refuseContext(contextId: string | undefined): void {
  if (contextId === undefined) return
  throw new Refusal(
    'NoSuchResourceException',
    'The request failed because applied value for the specified context Id do not exist.',
  )
}

export function keyIn({ region }: Pick<Call, 'region'>, { key }: Pick<Listed, 'key'>): string {
  return quotaKey(key, region)
}

/** `asks` of an operation that is about one quota. */
export function about(call: Call, action: string, { ServiceCode, QuotaCode }: Named): Asking {
  const context = { 'servicequotas:service': ServiceCode }
  return { ...asking(action), resource: arnOf(call, call.account.id, ServiceCode, QuotaCode), context }
}

interface Named {
  readonly ServiceCode: string
  readonly QuotaCode: string
}

/** `asks` of one that is about none. */
export function asking(action: string, context: Asking['context'] = {}): Asking {
  return { action: `servicequotas:${action}`, resource: '*', context }
}

/** Defaults belong to no account. */
export function arnOf({ region }: Pick<Call, 'region'>, account: string, service: string, code: string): string {
  return `arn:aws:servicequotas:${region}:${account}:${service}/${code}`
}

export function show(call: Call, it: Listed, of: 'applied' | 'default') {
  const { service, code, name, adjustable, global, key } = it
  return {
    ServiceCode: service,
    ServiceName: SERVICES[service],
    QuotaArn: arnOf(call, of === 'applied' ? call.account.id : '', service, code),
    QuotaCode: code,
    QuotaName: name,
    Value: of === 'applied' ? call.quota(key) : QUOTAS[key].value,
    Unit: 'None',
    Adjustable: adjustable,
    GlobalQuota: global,
    QuotaAppliedAtLevel: 'ACCOUNT' as const,
  }
}

interface Listing<T> {
  readonly listing: string
  readonly keyOf: (item: T) => string
  readonly NextToken?: string
  readonly MaxResults?: number
}

const PAGE = 100

export function pageOf<T>(
  call: Call,
  items: readonly T[],
  { listing, keyOf, NextToken, MaxResults = PAGE }: Listing<T>,
) {
  const found = page(
    call.keyring,
    items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    {
      listing: `service-quotas:${call.account.id}:${call.region}:${listing}`,
      marker: NextToken,
      size: MaxResults,
      keyOf,
    },
  )
  if (found === undefined) throw new Refusal('InvalidPaginationTokenException', 'Invalid input was provided.')
  return { items: found.items, end: { NextToken: found.next } }
}
