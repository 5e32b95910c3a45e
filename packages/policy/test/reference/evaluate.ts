/**
 * A second opinion: IAM's policy evaluation, written from the flow chart of its guide, plainly and without any of the
 * engine's code. (UG reference_policies_evaluation-logic_policy-eval-denyallow, _evaluation-logic-cross-account)
 */

import { conditionsHold, list } from './conditions.ts'
import { actionMatches, resourceMatches, type Kind, type Values } from './matching.ts'
import { excepted, named, whoCalls, type Named, type Who } from './principals.ts'
import { readable } from './readable.ts'
import type { Asked, Json, Level, World } from './world.ts'

export interface Verdict {
  readonly verdict: 'Allowed' | 'ExplicitDeny' | 'ImplicitDeny'
  /** Which policies denied, or should have allowed and did not. */
  readonly layer?: string
  /** The node of the organisation, for SCPs and RCPs. */
  readonly level?: string
}

/** A statement that speaks to the request, and how it names the caller. */
interface Said {
  readonly effect: unknown
  readonly named: Named
}

/** Some policies that are asked as one. */
interface Group {
  readonly layer: string
  readonly level?: string
  readonly said: readonly Said[]
}

/** The answer: a deny before anything else, then the first that should have allowed and did not. */
export function evaluate(asked: World): Verdict {
  const all = blockers(asked)
  return all.find(({ verdict }) => verdict === 'ExplicitDeny') ?? all[0] ?? { verdict: 'Allowed' }
}

/** Everything that stands in the way, in the order in which it is reported. */
export function blockers(asked: World): readonly Verdict[] {
  const { action } = asked.request
  // STS: no permission is needed, and none can be taken away.
  if (action === 'sts:GetCallerIdentity' || action === 'sts:GetSessionToken') return []
  const who = whoCalls(asked.request)
  const groups = groupsOf(asked, who)
  const denying = groups.filter(({ said }) => said.some(({ effect }) => effect === 'Deny'))
  const levels = groups.filter(({ layer, said }) => layer === 'scp' && said.length === 0)
  return [
    ...denying.map((group) => reason('ExplicitDeny', group)),
    ...levels.map((group) => reason('ImplicitDeny', group)),
    ...mustAllow(asked, who, groups).map((layer): Verdict => ({ verdict: 'ImplicitDeny', layer })),
  ]
}

/** Besides the SCPs: which of those that must allow say nothing at all. */
function mustAllow(asked: World, who: Who, groups: readonly Group[]): readonly string[] {
  const { action, resource } = asked.request
  const says = (layer: string): readonly Said[] | undefined => groups.find((group) => group.layer === layer)?.said
  const silent = (layer: string): readonly string[] => (says(layer)?.length === 0 ? [layer] : [])
  // A role that is not there has no trust policy to be named.
  const policy = isAboutRole(action) && asked.resourcePolicy ? 'trust' : 'resource'
  const allowing = (says(policy) ?? []).filter(({ effect }) => effect === 'Allow').map((one) => one.named)
  const resourceSilent = says(policy) === undefined ? [policy] : silent(policy)

  // Nobody of ours: services, federated identities on their way in, the unsigned. They have what the resource gives.
  if (who.account === undefined) return [...resourceSilent, ...silent('endpoint')]

  // GetFederationToken without a session policy: nothing of the user's.
  const ofFederated = who.is === 'federated' && says('session') === undefined ? ['session'] : silent('session')
  // The tasks of AssumeRoot forbid what they are not about, and allow nothing.
  const session = who.is === 'root' ? [] : ofFederated
  const own = [...silent('identity'), ...silent('boundary'), ...session]
  if (who.account !== resource.accountId) return [...resourceSilent, ...own, ...silent('endpoint')]

  const gate = isAboutRole(action) || action.startsWith('kms:') ? resourceSilent : []
  if (allowing.includes('itself')) return [...gate, ...silent('endpoint')]
  if (allowing.includes('behind')) return [...gate, ...silent('boundary'), ...silent('session'), ...silent('endpoint')]
  return [...gate, ...own, ...silent('endpoint')]
}

/** All policies that bear, in the order in which they are reported. */
function groupsOf(asked: World, who: Who): readonly Group[] {
  const { request, scps = [], rcps = [], resourcePolicy, identityPolicies = [], boundary, endpointPolicies } = asked
  const { principalInfo = {} } = request
  const sessions = asked.sessionPolicies ?? (asked.sessionPolicy ? [asked.sessionPolicy] : undefined)
  const trust = isAboutRole(request.action)
  const hear = (policies: readonly unknown[], kind: Kind): readonly Said[] =>
    policies.flatMap((policy) => heard(policy, kind, asked, who))
  const group = (layer: Kind, policies: readonly unknown[] | undefined | null): readonly Group[] =>
    policies ? [{ layer, said: hear(policies, layer) }] : []
  const tree = (layer: 'scp' | 'rcp', levels: readonly Level[]): readonly Group[] =>
    levels.map(({ target, policies }) => ({ layer, level: target, said: hear(policies, layer) }))
  const hasRcps = principalInfo.resourceAccountIsManagement !== true && !who.serviceLinked
  const hasScps = principalInfo.isManagementAccount !== true && !who.serviceLinked && who.account !== undefined
  const hasPolicies = who.account !== undefined && who.is !== 'root'
  return [
    ...(hasRcps ? tree('rcp', rcps) : []),
    ...(hasScps ? tree('scp', scps) : []),
    ...group(trust ? 'trust' : 'resource', resourcePolicy ? [resourcePolicy] : undefined),
    ...group('identity', hasPolicies ? identityPolicies : undefined),
    ...group('boundary', boundary),
    ...group('session', sessions),
    ...group('endpoint', endpointPolicies),
  ]
}

function heard(policy: unknown, kind: Kind, asked: World, who: Who): readonly Said[] {
  if (!readable(policy, kind)) return [{ effect: 'Deny', named: 'itself' }]
  const { Version, Statement } = policy as Json
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as readonly Json[]
  return statements.flatMap((statement) => {
    const way = speaks(statement, { kind, variables: Version === '2012-10-17', asked, who })
    return way === undefined ? [] : [{ effect: statement['Effect'], named: way }]
  })
}

interface Setting {
  readonly kind: Kind
  readonly variables: boolean
  readonly asked: World
  readonly who: Who
}

function speaks(statement: Json, { kind, variables, asked, who }: Setting): Named | undefined {
  const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition = {} } = statement
  const { action, resource, context } = asked.request
  const reading = { variables, values: valuesOf(context) }
  const about = list(Action ?? NotAction).some((pattern) => actionMatches(pattern, action))
  if (about !== (Action !== undefined)) return undefined
  if (kind !== 'trust') {
    const patterns = list(Resource ?? NotResource)
    const covered = patterns.some((pattern) => resourceMatches(pattern, resource.arn, kind, reading))
    if (covered !== (Resource !== undefined)) return undefined
  }
  if (!conditionsHold(Condition as Json, reading)) return undefined
  if (Principal !== undefined) return named(Principal, who)
  if (NotPrincipal === undefined) return 'itself'
  // A NotPrincipal denies whoever has a permissions boundary, listed or not.
  return excepted(NotPrincipal, who) && !asked.boundary ? undefined : 'itself'
}

function valuesOf(context: Asked['context'] = {}): Values {
  return new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]))
}

function isAboutRole(action: string): boolean {
  return action.startsWith('sts:AssumeRole') || action === 'sts:TagSession' || action === 'sts:SetSourceIdentity'
}

function reason(verdict: Verdict['verdict'], { layer, level }: Group): Verdict {
  return { verdict, layer, ...(level !== undefined && { level }) }
}
