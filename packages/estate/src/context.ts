/** The global condition keys of a call, from who calls, what is touched and how the call came in. */

import type { Context } from '@sallyport/policy'
import type { Tag } from './account.ts'
import type { Estate } from './estate.ts'
import type { Ask } from './gather.ts'
import { identityArn, rootArn } from './arns.ts'
import { organizationOf, orgPath } from './organization.ts'
import { accountOf, principalArn, sessionOf, userId, type Principal } from './principal.ts'

/** How a call came in. Times are epoch milliseconds. */
export interface Circumstances {
  readonly now: number
  readonly sourceIp: string
  readonly userAgent: string
  readonly region: string
  readonly secureTransport: boolean
  /** Services that stand between the caller and this call, first to last. */
  readonly calledVia?: readonly string[]
}

type Values = Map<string, string | readonly string[]>

export function circumstancesOf(estate: Estate, principal: Principal, ask: Ask, how: Circumstances): Context {
  const values: Values = new Map()
  set(values, 'aws:CurrentTime', iso(how.now))
  set(values, 'aws:EpochTime', String(Math.floor(how.now / 1000)))
  set(values, 'aws:SecureTransport', String(how.secureTransport))
  set(values, 'aws:RequestedRegion', how.region)
  set(values, 'aws:SourceIp', how.sourceIp)
  set(values, 'aws:UserAgent', how.userAgent)
  setCalledVia(values, how.calledVia)
  setPrincipal(values, estate, principal)
  setSession(values, principal)
  setResource(values, estate, ask)
  for (const [key, value] of Object.entries(ask.context ?? {})) set(values, key, value)
  return values
}

const PRINCIPAL_TYPES = {
  Root: 'Account',
  User: 'User',
  AssumedRole: 'AssumedRole',
  FederatedUser: 'FederatedUser',
  Federated: undefined,
  Service: undefined,
  Anonymous: 'Anonymous',
} as const satisfies Record<Principal['type'], string | undefined>

function setPrincipal(values: Values, estate: Estate, principal: Principal): void {
  set(values, 'aws:PrincipalIsAWSService', String(principal.type === 'Service'))
  set(values, 'aws:PrincipalType', PRINCIPAL_TYPES[principal.type])
  set(values, 'aws:userid', userId(principal))
  set(values, 'aws:PrincipalAccount', principal.type === 'Anonymous' ? 'anonymous' : accountOf(principal))
  set(values, 'aws:PrincipalArn', conditionArn(principal))
  if (principal.type === 'User') set(values, 'aws:username', principal.user.name)
  if (principal.type === 'Service') set(values, 'aws:PrincipalServiceName', principal.service)
  if (principal.type === 'Federated') set(values, 'aws:FederatedProvider', principal.provider)
  for (const { key, value } of principalTags(principal)) set(values, `aws:PrincipalTag/${key}`, value)
  const account = accountOf(principal)
  if (account === undefined) return
  const path = orgPath(estate.organization, account)
  if (path === undefined) return
  set(values, 'aws:PrincipalOrgID', organizationOf(estate.organization)?.id)
  set(values, 'aws:PrincipalOrgPaths', [path])
}

/** `aws:PrincipalArn` names the role, path and all, and not the session. */
function conditionArn(principal: Principal): string | undefined {
  if (principal.type === 'AssumedRole') return identityArn(principal.account, principal.role)
  return principal.type === 'Root' ? rootArn(principal.account) : principalArn(principal)
}

/** Session tags go before the role's or user's of the same key, whatever their case. */
export function principalTags(principal: Principal): readonly Tag[] {
  const session = sessionOf(principal)?.tags ?? []
  const over = new Set(session.map(({ key }) => key.toLowerCase()))
  return [...ownTags(principal).filter(({ key }) => !over.has(key.toLowerCase())), ...session]
}

function ownTags(principal: Principal): readonly Tag[] {
  if (principal.type === 'AssumedRole') return principal.role.tags
  return principal.type === 'User' || principal.type === 'FederatedUser' ? principal.user.tags : []
}

/** MFA keys are there for temporary credentials alone: absent, not false, with a long-term key. */
function setSession(values: Values, principal: Principal): void {
  const session = sessionOf(principal)
  if (session === undefined) return
  const now = Date.parse(String(values.get('aws:currenttime')))
  set(values, 'aws:TokenIssueTime', iso(session.issuedAt))
  set(values, 'aws:MultiFactorAuthPresent', String(session.mfaAt !== undefined))
  if (session.mfaAt !== undefined) {
    set(values, 'aws:MultiFactorAuthAge', String(Math.max(0, Math.floor((now - session.mfaAt) / 1000))))
  }
  set(values, 'aws:SourceIdentity', session.sourceIdentity)
  if (principal.type === 'Root') set(values, 'aws:AssumedRoot', 'true')
  for (const [key, value] of Object.entries(session.keys ?? {})) set(values, key, value)
}

function setResource(values: Values, estate: Estate, ask: Ask): void {
  set(values, 'aws:ResourceAccount', ask.account)
  const path = orgPath(estate.organization, ask.account)
  if (path === undefined) return
  set(values, 'aws:ResourceOrgID', organizationOf(estate.organization)?.id)
  set(values, 'aws:ResourceOrgPaths', [path])
}

function setCalledVia(values: Values, via: readonly string[] = []): void {
  set(values, 'aws:ViaAWSService', String(via.length > 0))
  if (via.length === 0) return
  set(values, 'aws:CalledVia', via)
  set(values, 'aws:CalledViaFirst', via[0])
  set(values, 'aws:CalledViaLast', via.at(-1))
}

function set(values: Values, key: string, value: string | readonly string[] | undefined): void {
  if (value !== undefined) values.set(key.toLowerCase(), value)
}

function iso(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
