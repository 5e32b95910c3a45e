/**
 * What one would write in an afternoon: the policies' JSON read again for every decision, wildcards as regular expressions.
 * It knows what the benchmark's scenarios need and no more; it stands for the price of not compiling.
 */

import type { PolicyCase } from '@sallyport/policy'

type Json = Readonly<Record<string, unknown>>
type Asked = PolicyCase['request']

export function decideNaively(given: PolicyCase): PolicyCase['expected'] {
  const { request, scps, rcps, identityPolicies, resourcePolicy, boundary, sessionPolicy } = given
  const must = [
    ...scps.map(({ policies }) => policies),
    ...(resourcePolicy === null ? [] : [[resourcePolicy]]),
    identityPolicies,
    ...(boundary === null ? [] : [boundary]),
    ...(sessionPolicy === null ? [] : [[sessionPolicy]]),
  ]
  const all = [...rcps.map(({ policies }) => policies), ...must]
  if (all.some((policies) => effects(policies, request).includes('Deny'))) return 'ExplicitDeny'
  return must.every((policies) => effects(policies, request).includes('Allow')) ? 'Allowed' : 'ImplicitDeny'
}

function effects(policies: readonly Json[], request: Asked): readonly unknown[] {
  return policies.flatMap(({ Statement }) =>
    (listOf(Statement) as Json[]).filter((statement) => speaks(statement, request)).map(({ Effect }) => Effect),
  ) // the scenarios' statements are objects
}

function speaks(statement: Json, { action, resource, principal, context }: Asked): boolean {
  const { Action, NotAction, Resource, Principal, Condition = {} } = statement
  if (Action !== undefined && !listOf(Action).some((one) => like(String(one), action, 'i'))) return false
  if (NotAction !== undefined && listOf(NotAction).some((one) => like(String(one), action, 'i'))) return false
  if (!listOf(Resource).some((one) => like(fill(String(one), context), resource.arn))) return false
  if (Principal !== undefined && !names(Principal, String(principal))) return false
  return Object.entries(Condition as Record<string, Json>).every(([operator, block]) =>
    Object.entries(block).every(([key, wanted]) =>
      holds(operator, String(context[key] ?? ''), listOf(wanted).map(String)),
    ),
  ) // a Condition is an object of objects
}

function names(principal: unknown, caller: string): boolean {
  if (principal === '*') return true
  const role = caller.replace(':sts:', ':iam:').replace(/assumed-role\/([^/]+)\/.*/, 'role/$1')
  return Object.values(principal as Json).some((listed) => listOf(listed).includes(role)) // an object if no star
}

function holds(operator: string, have: string, wanted: readonly string[]): boolean {
  const name = operator.replace('IfExists', '')
  if (have === '') return operator !== name || name.includes('Not')
  const some = wanted.some((want) => {
    if (name.startsWith('Date')) return Date.parse(have) < Date.parse(want)
    if (name === 'IpAddress') return within(have, want)
    return name.endsWith('Like') ? like(want, have) : have === want
  })
  return some !== name.includes('Not')
}

function within(have: string, network: string): boolean {
  const [base = '', bits = '32'] = network.split('/')
  if (base.includes(':')) return false
  const [host, first] = [have, base].map((text) =>
    Math.floor(text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0) / 2 ** (32 - Number(bits))),
  )
  return host === first
}

function like(pattern: string, text: string, flags = ''): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, flags).test(text)
}

function fill(text: string, context: Asked['context']): string {
  return text.replace(/\$\{([^}]+)\}/g, (_, key: string) => String(context[key] ?? ''))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}
