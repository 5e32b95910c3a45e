/**
 * Which policies bear on a request, and what is known about it: the estate's answer to "what must the law read?".
 *
 * `gather` is asked by the gate for each call and by every question over the organisation: one code, so that what is
 * explained is what is enforced.
 */

import type { Attached, Bearing, Level, PolicyKind, Request } from '@sallyport/policy'
import type { Account, AccountId } from './account.ts'
import { circumstancesOf, type Circumstances } from './context.ts'
import type { Estate } from './estate.ts'
import { organizationOf, pathTo, policiesOn, type GuardrailType, type OrganizationPolicyType } from './organization.ts'
import { boundaryPolicies, holderPolicies, sessionPolicies, userPolicies } from './policies.ts'
import { accountOf, isServiceLinked, lawCaller, type Principal } from './principal.ts'

/** What an operation asks of the law. */
export interface Ask {
  /** In AWS's spelling: `s3:GetObject`. */
  readonly action: string
  /** An ARN, or `*`. */
  readonly resource: string
  /** Who owns the resource; the caller's account where the resource is `*`. */
  readonly account: AccountId
  /** The resource's own policy: bucket policy, trust policy. */
  readonly resourcePolicy?: { readonly document: string; readonly kind: PolicyKind; readonly name: string }
  readonly resourceRule?: 'grants' | 'gate'
  readonly always?: boolean
  /** Condition keys of this resource and request, by their names in AWS's spelling. */
  readonly context?: Readonly<Record<string, string | readonly string[] | undefined>>
}

export interface Gathered {
  readonly request: Request
  readonly bearing: Bearing
}

export function gather(estate: Estate, principal: Principal, ask: Ask, circumstances: Circumstances): Gathered {
  const request = {
    caller: lawCaller(principal),
    action: ask.action,
    resource: ask.resource,
    resourceAccount: ask.account,
    context: circumstancesOf(estate, principal, ask, circumstances),
  }
  return {
    request,
    bearing: { ...ownPolicies(estate, principal), ...guardrails(estate, principal, ask), ...resourceSide(estate, ask) },
  }
}

type Own = Pick<Bearing, 'identity' | 'boundary' | 'session'>

function ownPolicies(estate: Estate, principal: Principal): Own {
  const id = accountOf(principal)
  const account = id === undefined ? undefined : estate.account(id)
  if (account === undefined) return { identity: [] }
  switch (principal.type) {
    case 'Root':
      return { identity: [], ...sessionLayer(estate, account, principal.type, principal.session) }
    case 'User':
    case 'FederatedUser': {
      const { user, session } = principal
      const own = {
        identity: userPolicies(estate, account, user),
        ...layer('boundary', boundaryPolicies(estate, account, user)),
      }
      return { ...own, ...sessionLayer(estate, account, principal.type, session) }
    }
    case 'AssumedRole': {
      const { role, session } = principal
      const own = {
        identity: holderPolicies(estate, account, role),
        ...layer('boundary', boundaryPolicies(estate, account, role)),
      }
      return { ...own, ...sessionLayer(estate, account, principal.type, session) }
    }
    case 'Federated':
    case 'Service':
    case 'Anonymous':
      return { identity: [] }
  }
}

/** GetFederationToken without a session policy grants nothing (UG id_credentials_temp_control-access_getfederationtoken). */
function sessionLayer(
  estate: Estate,
  account: Account,
  type: 'Root' | 'User' | 'FederatedUser' | 'AssumedRole',
  session: Parameters<typeof sessionPolicies>[2] | undefined,
): Pick<Bearing, 'session'> {
  if (session === undefined) return {}
  const policies = sessionPolicies(estate, account, session)
  return layer('session', type === 'FederatedUser' ? (policies ?? []) : policies)
}

/** SCPs of the caller's path, RCPs of the resource's; the management account is exempt on both sides. */
function guardrails(estate: Estate, principal: Principal, ask: Ask): Pick<Bearing, 'scp' | 'rcp'> {
  const caller = accountOf(principal)
  const exempt = principal.type === 'AssumedRole' && isServiceLinked(principal.role)
  return {
    ...(caller === undefined || exempt ? {} : layer('scp', levels(estate, caller, 'SERVICE_CONTROL_POLICY', 'scp'))),
    ...(exempt || !isUnderRcps(estate, ask)
      ? {}
      : layer('rcp', levels(estate, ask.account, 'RESOURCE_CONTROL_POLICY', 'rcp'))),
  }
}

/** RCPs bear on the actions of some services alone (ORG orgs_manage_policies_rcps). */
function isUnderRcps({ reference }: Estate, { action }: Ask): boolean {
  return reference.supportsRcp(action.slice(0, action.indexOf(':')).toLowerCase())
}

function levels(
  estate: Estate,
  account: AccountId,
  type: GuardrailType,
  kind: 'scp' | 'rcp',
): readonly Level[] | undefined {
  const organization = organizationOf(estate.organization)
  if (organization === undefined || !organization.enabledPolicyTypes.includes(type)) return undefined
  if (organization.managementAccount === account) return undefined
  const path = pathTo(estate.organization, account)
  if (path.length === 0) return undefined
  return path.map((target) => ({
    target,
    policies: policiesOn(estate.organization, target, type).map((policy) => ({
      policy: estate.library.policyFor(policy.document, kind),
      arn: organizationPolicyArn(organization, policy),
      name: policy.name,
      on: target,
    })),
  }))
}

export function organizationPolicyArn(
  organization: { readonly id: string; readonly managementAccount: AccountId },
  policy: { readonly id: string; readonly type: OrganizationPolicyType; readonly awsManaged: boolean },
): string {
  const type = policy.type.toLowerCase()
  if (policy.awsManaged) return `arn:aws:organizations::aws:policy/${type}/${policy.id}`
  return `arn:aws:organizations::${organization.managementAccount}:policy/${organization.id}/${type}/${policy.id}`
}

function resourceSide(estate: Estate, ask: Ask): Pick<Bearing, 'resource' | 'resourceRule' | 'always'> {
  const { resourcePolicy, resourceRule, always } = ask
  const rules = { ...(resourceRule === undefined ? {} : { resourceRule }), ...(always === undefined ? {} : { always }) }
  if (resourcePolicy === undefined) return rules
  const { document, kind, name } = resourcePolicy
  const resource: Attached = { policy: estate.library.policyFor(document, kind), name }
  return { ...rules, resource }
}

function layer<K extends 'boundary' | 'session', P extends readonly Attached[]>(
  name: K,
  it: P | undefined,
): { [k in K]?: P }
function layer<K extends 'scp' | 'rcp'>(name: K, it: readonly Level[] | undefined): { [k in K]?: readonly Level[] }
function layer(name: string, it: unknown): object {
  return it === undefined ? {} : { [name]: it }
}
