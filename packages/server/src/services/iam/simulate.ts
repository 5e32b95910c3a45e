/** IAM's policy simulators: the law asked about a call that nobody makes. They know what they are given, and no more. */

import { gather, identityArn } from '@sallyport/estate'
import { decide, globMatches, type Bearing, type Decision, type Level } from '@sallyport/policy'
import { createHash } from 'node:crypto'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { readMarker, writeMarker } from '../paging.ts'
import { contextKeys } from './simulate-keys.ts'
import {
  boundaryDetail,
  detailsOf,
  matchedBy,
  organizationsDetail,
  verdictOf,
  type Sources,
} from './simulate-result.ts'
import { isTrust, ownerOf, scenarioOf, type Given, type Scenario } from './simulate-scenario.ts'
import {
  boundaryOf,
  checkExclusions,
  aboutEntity,
  entityAt,
  given,
  isExcluded,
  sourcesOf,
  type Entity,
  type Source,
} from './simulate-source.ts'

const REFUSALS = ['InvalidInput', 'PolicyEvaluation'] as const

/** iam:SimulateCustomPolicy. The policies are those that are given. */
export const simulateCustomPolicy = operation('iam:SimulateCustomPolicy', {
  asks: () => ({ resource: '*' }),
  refusals: REFUSALS,
  run(input, call) {
    const { PolicyInputList, OrderedOrganizationPolicyInputList: levels, ...rest } = input
    const boundary = givenBoundary(input)
    const simulation: Simulation = {
      scenario: scenarioOf(rest, { account: call.account.id }),
      identity: given(PolicyInputList, 'PolicyInputList', 'identity'),
      ...(boundary && { boundary }),
      ...(levels && { scp: levels.map((level, at) => levelOf(level.ServiceControlPolicyInputList ?? [], at)) }),
    }
    return { output: answer(call, input, simulation) }
  },
})

/** iam:SimulatePrincipalPolicy. A user's, group's or role's policies and those given besides, under the SCPs of its account. */
export const simulatePrincipalPolicy = operation('iam:SimulatePrincipalPolicy', {
  asks: ({ PolicySourceArn }, call) => aboutEntity(call, PolicySourceArn),
  refusals: [...REFUSALS, 'NoSuchEntity'],
  run(input, call) {
    const { PolicySourceArn, PolicyInputList = [], PolicyExclusionList: exclusions = [], ...rest } = input
    const entity = entityAt(call, PolicySourceArn)
    checkExclusions(exclusions)
    const own = sourcesOf(call, entity).filter((source) => !isExcluded(exclusions, source))
    const excluded = (type: string): boolean => exclusions.some(({ PolicyType }) => PolicyType === type)
    const boundary = givenBoundary(input) ?? (excluded('permission-boundary') ? undefined : boundaryOf(call, entity))
    const scp = excluded('scp') ? undefined : scpsOf(call, entity)
    const arns = exclusions.flatMap(({ PolicyArn }) => PolicyArn ?? [])
    const simulation: Simulation = {
      scenario: scenarioOf(rest, { arn: identityArn(call.account.id, entity), account: call.account.id }),
      identity: [...own, ...given(PolicyInputList, 'PolicyInputList', 'identity')],
      ...(boundary && { boundary }),
      ...(scp && { scp: scp.map((level) => without(level, arns)) }),
    }
    return { output: answer(call, input, simulation) }
  },
})

/** Everything that a simulation rests on. */
interface Simulation {
  readonly scenario: Scenario
  readonly identity: readonly Source[]
  readonly boundary?: readonly Source[]
  readonly scp?: readonly Level[]
}

/** A page of results, one an action and resource. INVARIANT: no more is decided than the page holds. */
function answer(call: Call, input: Given, simulation: Simulation) {
  const { ActionNames, MaxItems = 100, Marker, ResourceHandlingOption } = input
  const { resources } = simulation.scenario
  const together = ResourceHandlingOption !== undefined
  const each = together ? 1 : resources.length
  const listing = `iam:${call.account.id}:simulate/${digest({ ...input, Marker: '', MaxItems: 0 })}`
  const from = Marker === undefined ? 0 : Number(readMarker(call.keyring, listing, Marker))
  if (!Number.isSafeInteger(from)) throw new Refusal('ValidationError', 'Invalid Marker.')
  const to = Math.min(from + MaxItems, ActionNames.length * each)
  const facts = { sources: sourcesIn(simulation), missing: missingKeys(simulation) }
  const results = Array.from({ length: Math.max(0, to - from) }, (_, at) => {
    const action = ActionNames[Math.floor((from + at) / each)] ?? ''
    const asked = together ? resources : [resources[(from + at) % each] ?? '*']
    return result(simulation, action, asked, facts)
  })
  const more = to < ActionNames.length * each
  return {
    EvaluationResults: results,
    IsTruncated: more,
    Marker: more ? writeMarker(call.keyring, listing, String(to)) : undefined,
  }
}

interface Facts {
  readonly sources: Sources
  readonly missing: readonly string[]
}

/** Several resources at once must all be allowed: what a launch touches. */
function result(simulation: Simulation, action: string, resources: readonly string[], facts: Facts) {
  const decisions = resources.map((resource) => decisionOn(simulation, action, resource))
  const deciding = decisions.find(({ effect }) => effect === 'Deny') ?? decisions[0]
  if (deciding === undefined) throw new Error('a simulation is of one resource at least')
  const { named } = simulation.scenario
  const verdict = verdictOf(deciding)
  return {
    EvalActionName: action,
    EvalResourceName: resources.length === 1 ? resources[0] : '*',
    EvalDecision: verdict,
    MatchedStatements: verdict === 'implicitDeny' ? [] : matchedBy(deciding, facts.sources),
    MissingContextValues: [...facts.missing],
    OrganizationsDecisionDetail: organizationsDetail(deciding),
    PermissionsBoundaryDecisionDetail: boundaryDetail(deciding),
    EvalDecisionDetails: named ? detailsOf(deciding) : undefined,
    ResourceSpecificResults: named ? decisions.map((decision) => specific(decision, facts)) : undefined,
  }
}

function specific(decision: Decision, { sources, missing }: Facts) {
  return {
    EvalResourceName: decision.request.resource,
    EvalResourceDecision: verdictOf(decision),
    MatchedStatements: matchedBy(decision, sources),
    MissingContextValues: [...missing],
    EvalDecisionDetails: detailsOf(decision),
    PermissionsBoundaryDecisionDetail: boundaryDetail(decision),
  }
}

function decisionOn({ scenario, identity, boundary, scp }: Simulation, action: string, resource: string): Decision {
  const { caller, context, resourcePolicy } = scenario
  const bearing: Bearing = {
    identity: identity.map(({ attached }) => attached),
    ...(boundary && { boundary: boundary.map(({ attached }) => attached) }),
    ...(scp && { scp }),
    ...(resourcePolicy && { resource: resourcePolicy.attached }),
    // Without the resource's policy there is no gate to pass: only the caller's side is simulated.
    resourceRule: resourcePolicy !== undefined && isGate(action) ? 'gate' : 'grants',
  }
  return decide({ caller, action, resource, resourceAccount: ownerOf(resource, scenario), context }, bearing)
}

/** Trust and key policies must allow whatever the identity says. */
function isGate(action: string): boolean {
  return isTrust(action) || action.toLowerCase().startsWith('kms:')
}

function sourcesIn({ identity, scenario }: Simulation): Sources {
  const { resourcePolicy } = scenario
  const all = resourcePolicy === undefined ? identity : [resourcePolicy, ...identity]
  return new Map(all.map((source) => [source.attached, source]))
}

/** Keys that some policy speaks of and nobody gave, those of policies on other actions included, as AWS has it. */
function missingKeys({ identity, boundary = [], scp = [], scenario }: Simulation): readonly string[] {
  const { resourcePolicy, context } = scenario
  const guardrails = scp.flatMap(({ policies }) => policies).map((attached) => ({ attached }))
  const all = [...identity, ...boundary, ...(resourcePolicy === undefined ? [] : [resourcePolicy]), ...guardrails]
  return contextKeys(all).filter((key) => !context.has(key.toLowerCase()))
}

function givenBoundary({ PermissionsBoundaryPolicyInputList: texts = [] }: Given): readonly Source[] | undefined {
  if (texts.length > 1) throw new Refusal('InvalidInput', 'Only one permissions boundary policy can be simulated.')
  return texts.length === 0 ? undefined : given(texts, 'PermissionsBoundaryPolicyInputList', 'boundary')
}

/** SCPs do not bind service-linked roles, nor anybody in the management account. */
function scpsOf({ estate, account, circumstances }: Call, entity: Entity): readonly Level[] | undefined {
  if (entity.kind === 'role' && entity.path.startsWith('/aws-service-role/')) return undefined
  const ask = { action: 'iam:SimulatePrincipalPolicy', resource: '*', account: account.id }
  return gather(estate, { type: 'Root', account: account.id }, ask, circumstances).bearing.scp
}

function without({ target, policies }: Level, arns: readonly string[]): Level {
  return { target, policies: policies.filter(({ arn = '' }) => !arns.some((pattern) => globMatches(pattern, arn))) }
}

function levelOf(texts: readonly string[], at: number): Level {
  const list = `OrderedOrganizationPolicyInputList.${at + 1}`
  return { target: `level ${at + 1}`, policies: given(texts, list, 'scp').map(({ attached }) => attached) }
}

function digest(input: object): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('base64url').slice(0, 22)
}
