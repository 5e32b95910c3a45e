/** Decision cases in a file: read, filled in where they say nothing, and held against what the law decides. */

import { decide, explained, readCase, tree, type Library, type PolicyCase } from '@sallyport/policy'
import { readFileSync } from 'node:fs'
import { isSystemError, Usage } from '../failure.ts'

export interface CaseFailure {
  readonly id: string
  readonly description: string
  readonly expected: string
  readonly actual: string
  readonly why: string
  readonly tree: string
}

export interface CaseResults {
  readonly passed: number
  readonly failed: number
  readonly failures: readonly CaseFailure[]
}

/** One case, a list of them, or `{ "cases": […] }`. */
export function casesIn(file: string): readonly PolicyCase[] {
  const value = jsonIn(file)
  if (Array.isArray(value)) return value.map((one, at) => caseOf(one, at, file))
  if (!isObject(value)) throw new Usage(`\`${file}\` holds no case: give one, a list of them, or \`{ "cases": […] }\``)
  if (Array.isArray(value['cases'])) return value['cases'].map((one, at) => caseOf(one, at, file))
  // Texts that AWS was heard to say lie beside the cases; no decision follows from them.
  if (Array.isArray(value['messages'])) return []
  return [caseOf(value, 0, file)]
}

export function runCases(cases: readonly PolicyCase[], library: Library): CaseResults {
  const failures = cases.flatMap((one) => failureOf(one, library) ?? [])
  return { passed: cases.length - failures.length, failed: failures.length, failures }
}

function failureOf(one: PolicyCase, library: Library): CaseFailure | undefined {
  const { request, bearing } = readCase(one, library)
  const decision = decide(request, bearing)
  const { code } = decision.reason
  const actual = code === 'ExplicitDeny' || code === 'ImplicitDeny' ? code : 'Allowed'
  if (actual === one.expected) return undefined
  const { id, description, expected } = one
  return { id, description, expected, actual, why: explained(decision).why, tree: tree(decision) }
}

type Fields = Readonly<Record<string, unknown>>

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw new Usage(`\`${file}\` is no JSON: ${error.message.replace(/\.$/, '')}`)
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) throw new Usage(`there is no file \`${file}\``)
    if (isSystemError(error)) throw new Usage(`\`${file}\` cannot be read: ${error.code}`)
    throw error
  }
}

const VERDICTS = ['Allowed', 'ExplicitDeny', 'ImplicitDeny']

/** A case as `readCase` takes it: what a case leaves out is not there. */
function caseOf(value: unknown, at: number, file: string): PolicyCase {
  const wrong = (what: string): Usage => new Usage(`\`${file}\`: case ${at + 1} ${what}`)
  if (!isObject(value)) throw wrong('is no object')
  const { request, expected, id = `case ${at + 1}`, description = '' } = value
  if (!isObject(request) || typeof request['action'] !== 'string') throw wrong('has no request with an action')
  if (!VERDICTS.includes(String(expected))) throw wrong(`expects no verdict: give ${VERDICTS.join(', ')}`)
  const { principal, resource, context = {} } = request
  if (typeof principal !== 'string' && !isObject(principal)) throw wrong('has no principal')
  if (!isObject(resource) || typeof resource['arn'] !== 'string') throw wrong('has no resource with an ARN')
  for (const name of LISTS) if (!isListOfObjects(value[name] ?? [])) throw wrong(`has \`${name}\` that are no list`)
  if (!isObject(context) || !Object.values(context).every(isValue)) throw wrong('has a context that is none')
  const accountId = resource['accountId'] ?? accountIn(resource['arn']) ?? accountIn(String(principal)) ?? ''
  const filled = {
    ...value,
    id: String(id),
    description: String(description),
    identityPolicies: value['identityPolicies'] ?? [],
    resourcePolicy: value['resourcePolicy'] ?? null,
    boundary: value['boundary'] ?? null,
    scps: value['scps'] ?? [],
    rcps: value['rcps'] ?? [],
    sessionPolicy: value['sessionPolicy'] ?? null,
    request: { ...request, context, resource: { ...resource, accountId } },
  }
  return filled as unknown as PolicyCase // every member that the reader touches was looked at above
}

const LISTS = ['identityPolicies', 'boundary', 'scps', 'rcps', 'sessionPolicies', 'endpointPolicies']

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Levels of an organisation have their policies in a list of their own. */
function isListOfObjects(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  return value.every((one) => isObject(one) && (!('target' in one) || isListOfObjects(one['policies'])))
}

function isValue(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'))
}

function accountIn(arn: string): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1]
}
