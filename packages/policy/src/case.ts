/**
 * Reads `policy-case/1`: a decision case as data → the request and what bears on it. The format is said in
 * cases/README.md.
 */

import { parseArn } from './arn.ts'
import { createLibrary, type Library } from './compile.ts'
import type { PolicyKind } from './document.ts'
import type { Attached, Bearing, Level } from './layers.ts'
import type { Caller, Request } from './request.ts'

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
  /** Instead of `sessionPolicy`, where there are several, or none in a session that needs one. */
  readonly sessionPolicies?: readonly Json[]
  readonly endpointPolicies?: readonly Json[]
}

interface PrincipalFacts {
  readonly roleArn?: string
  readonly federatedBy?: string
  /** Of the user, of the session's role, or of the user who issued the federated session. */
  readonly uniqueId?: string
  readonly isServiceLinkedRole?: boolean
  readonly isManagementAccount?: boolean
  readonly resourceAccountIsManagement?: boolean
}

export interface ReadCase {
  readonly request: Request
  readonly bearing: Bearing
}

/** `library` keeps what it compiled, for whoever reads many cases. */
export function readCase(given: PolicyCase, library: Library = createLibrary()): ReadCase {
  return { request: requestOf(given), bearing: bearingOf(given, library) }
}

function requestOf({ request }: PolicyCase): Request {
  return {
    caller: callerOf(request),
    action: request.action,
    resource: request.resource.arn,
    resourceAccount: request.resource.accountId,
    context: new Map(Object.entries(request.context).map(([key, value]) => [key.toLowerCase(), value])),
  }
}

function bearingOf(given: PolicyCase, library: Library): Bearing {
  const attached = (policy: Json, kind: PolicyKind): Attached => ({
    policy: library.policyFor(JSON.stringify(policy), kind),
  })
  const levels = (these: readonly CaseLevel[], kind: PolicyKind): readonly Level[] =>
    these.map(({ target, policies }) => ({ target, policies: policies.map((policy) => attached(policy, kind)) }))
  const { request, boundary, sessionPolicy, endpointPolicies, resourcePolicy, scps, rcps } = given
  const sessionPolicies = given.sessionPolicies ?? (sessionPolicy === null ? undefined : [sessionPolicy])
  const facts = request.principalInfo ?? {}
  const kind = aboutRole(request.action) ? 'trust' : 'resource'
  return {
    identity: given.identityPolicies.map((policy) => attached(policy, 'identity')),
    ...(boundary && { boundary: boundary.map((policy) => attached(policy, 'boundary')) }),
    ...(sessionPolicies && { session: sessionPolicies.map((policy) => attached(policy, 'session')) }),
    ...(endpointPolicies && { endpoint: endpointPolicies.map((policy) => attached(policy, 'endpoint')) }),
    ...(resourcePolicy && { resource: attached(resourcePolicy, kind) }),
    ...(scps.length > 0 && facts.isManagementAccount !== true && { scp: levels(scps, 'scp') }),
    ...(rcps.length > 0 && facts.resourceAccountIsManagement !== true && { rcp: levels(rcps, 'rcp') }),
    resourceRule: kind === 'trust' || request.action.startsWith('kms:') ? 'gate' : 'grants',
    always: ['sts:GetCallerIdentity', 'sts:GetSessionToken'].includes(request.action),
  }
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
  const { uniqueId } = principalInfo
  if (type === 'root') return { type: 'Root', arn: principal, account }
  if (type === 'user') return { type: 'User', arn: principal, account, ...(uniqueId && { id: uniqueId }) }
  if (type === 'federated-user') {
    const user = principalInfo.federatedBy ?? ''
    return { type: 'FederatedUser', arn: principal, account, user, ...(uniqueId && { userId: uniqueId }) }
  }
  if (type === 'assumed-role') {
    const role = principalInfo.roleArn ?? `arn:${arn.partition}:iam::${account}:role/${name}`
    return {
      type: 'AssumedRole',
      arn: principal,
      account,
      role,
      ...(uniqueId && { roleId: uniqueId }),
      serviceLinked: principalInfo.isServiceLinkedRole === true,
    }
  }
  return { type: 'Federated', provider: principal }
}
