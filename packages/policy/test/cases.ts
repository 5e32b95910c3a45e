/** Reads `policy-case/1` (cases/README.md of the shared papers): one case → the request and what bears on it. */

import { readFileSync } from 'node:fs'
import {
  createLibrary,
  parseArn,
  type Attached,
  type Bearing,
  type Caller,
  type Context,
  type Level,
  type PolicyKind,
  type Request,
} from '../src/index.ts'

type Json = Readonly<Record<string, unknown>>

interface CaseLevel {
  readonly target: string
  readonly policies: readonly Json[]
}

export interface PolicyCase {
  readonly id: string
  readonly description: string
  readonly expected: 'Allowed' | 'ExplicitDeny' | 'ImplicitDeny'
  readonly request: {
    readonly principal: string | { readonly type: 'Anonymous' }
    readonly action: string
    readonly resource: { readonly arn: string; readonly accountId: string }
    readonly context: Readonly<Record<string, string | readonly string[]>>
    readonly principalInfo?: PrincipalFacts
    readonly wildcardOnlyAction?: boolean
  }
  readonly identityPolicies: readonly Json[]
  readonly resourcePolicy: Json | null
  readonly boundary: readonly Json[] | null
  readonly scps: readonly CaseLevel[]
  readonly rcps: readonly CaseLevel[]
  readonly sessionPolicy: Json | null
  readonly endpointPolicies?: readonly Json[]
}

interface PrincipalFacts {
  readonly roleArn?: string
  readonly federatedBy?: string
  readonly isServiceLinkedRole?: boolean
  readonly isManagementAccount?: boolean
  readonly resourceAccountIsManagement?: boolean
}

const library = createLibrary()

/** A file under cases/. The caller says what is in it; the tests would fail if it were something else. */
export function readCases<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../../../cases/${path}`, import.meta.url), 'utf8')) as T
}

export function policyCases(path: string): readonly PolicyCase[] {
  return readCases<{ readonly cases: readonly PolicyCase[] }>(path).cases
}

export function attached(policy: Json, kind: PolicyKind): Attached {
  return { policy: library.policyFor(JSON.stringify(policy), kind) }
}

export function contextOf(context: PolicyCase['request']['context']): Context {
  return new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]))
}

export function requestOf({ request }: PolicyCase): Request {
  return {
    caller: callerOf(request),
    action: request.action,
    resource: request.resource.arn,
    resourceAccount: request.resource.accountId,
    context: contextOf(request.context),
  }
}

export function bearingOf(given: PolicyCase): Bearing {
  const { request, boundary, sessionPolicy, endpointPolicies, resourcePolicy, scps, rcps } = given
  const facts = request.principalInfo ?? {}
  const kind = aboutRole(request.action) ? 'trust' : 'resource'
  return {
    identity: given.identityPolicies.map((policy) => attached(policy, 'identity')),
    ...(boundary && { boundary: boundary.map((policy) => attached(policy, 'boundary')) }),
    ...(sessionPolicy && { session: [attached(sessionPolicy, 'session')] }),
    ...(endpointPolicies && { endpoint: endpointPolicies.map((policy) => attached(policy, 'endpoint')) }),
    ...(resourcePolicy && { resource: attached(resourcePolicy, kind) }),
    ...(scps.length > 0 && facts.isManagementAccount !== true && { scp: levels(scps, 'scp') }),
    ...(rcps.length > 0 && facts.resourceAccountIsManagement !== true && { rcp: levels(rcps, 'rcp') }),
    resourceRule: kind === 'trust' || request.action.startsWith('kms:') ? 'gate' : 'grants',
    always: ['sts:GetCallerIdentity', 'sts:GetSessionToken'].includes(request.action),
  }
}

function levels(given: readonly CaseLevel[], kind: PolicyKind): readonly Level[] {
  return given.map(({ target, policies }) => ({ target, policies: policies.map((policy) => attached(policy, kind)) }))
}

function aboutRole(action: string): boolean {
  return action.startsWith('sts:AssumeRole') || action === 'sts:TagSession' || action === 'sts:SetSourceIdentity'
}

function callerOf({ principal, principalInfo = {} }: PolicyCase['request']): Caller {
  if (typeof principal !== 'string') return { type: 'Anonymous' }
  const arn = parseArn(principal)
  if (arn === undefined) return { type: 'Service', service: principal }
  const { account } = arn
  const [type = '', name = ''] = arn.resource.split('/')
  if (type === 'root') return { type: 'Root', arn: principal, account }
  if (type === 'user') return { type: 'User', arn: principal, account }
  if (type === 'federated-user') {
    return { type: 'FederatedUser', arn: principal, account, user: principalInfo.federatedBy ?? '' }
  }
  if (type === 'assumed-role') {
    const role = principalInfo.roleArn ?? `arn:${arn.partition}:iam::${account}:role/${name}`
    return {
      type: 'AssumedRole',
      arn: principal,
      account,
      role,
      serviceLinked: principalInfo.isServiceLinkedRole === true,
    }
  }
  return { type: 'Federated', provider: principal }
}
