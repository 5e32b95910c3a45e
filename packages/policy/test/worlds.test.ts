/** Laws over whole worlds: the duel's own, with every kind of caller, layer, operator and variable in them. */

import { beforeEach, describe, expect, test } from 'vitest'
import { caseOf } from '../../../tools/duel/fight.ts'
import type { Whole } from '../../../tools/duel/worlds.ts'
import {
  compile,
  decide,
  Library,
  readCase,
  type Attached,
  type Bearing,
  type Decision,
  type PolicyKind,
} from '../src/index.ts'
import { attached } from './cases.ts'
import { blockers } from './reference/evaluate.ts'

const SEED = Number(process.env['DUEL_SEED'] ?? 3)
const WORLDS = Number(process.env['DUEL_WORLDS'] ?? 500)
const library = new Library(1_000)

interface Asked {
  readonly request: Decision['request']
  readonly bearing: Bearing
  readonly world: Whole
}

/** The worlds in which something is decided at all: made anew for each test, so that `npm run mutate` sees who asks. */
let worlds: readonly Asked[] = []
let answers: readonly Decision[] = []
let allowed: readonly Asked[] = []

beforeEach(() => {
  worlds = Array.from({ length: WORLDS }, (_, turn) => caseOf(SEED, turn)).flatMap((world) => {
    const read = readCase({ id: '', description: '', expected: 'Allowed', ...world }, library)
    return read.bearing.always === true ? [] : [{ ...read, world }]
  })
  answers = worlds.map(({ request, bearing }) => decide(request, bearing))
  allowed = worlds.filter((_, i) => answers[i]?.effect === 'Allow')
})

const LISTS = ['identity', 'boundary', 'session', 'endpoint'] as const
const TREES = ['rcp', 'scp'] as const
const DENY = { Effect: 'Deny', Action: '*', Resource: '*' }
const JUNK = { Statement: 'none' }

test('the worlds end well and badly', () => {
  expect(allowed.length).toBeGreaterThan(WORLDS / 5)
  expect(allowed.length).toBeLessThan(WORLDS / 2)
})

describe.each([
  ['a deny', { Version: '2012-10-17', Statement: DENY }],
  ['a policy that cannot be read', JUNK],
])('%s', (_what, policy) => {
  test.each([...LISTS, ...TREES, 'resource'] as const)('anywhere refuses: %s', (layer) => {
    for (const { request, bearing } of worlds) {
      if (!reaches(layer, request.caller)) continue
      const more = policyFor(policy, layer === 'resource' ? (bearing.resource?.policy.kind ?? 'resource') : layer)
      expect(decide(request, withPolicy(bearing, layer, more)).reason.code).toBe('ExplicitDeny')
    }
  })
})

test.each(['boundary', 'session', 'endpoint', 'rcp', 'scp'] as const)('what limits never grants: %s', (layer) => {
  for (const { request, bearing } of allowed) {
    // A federated user without a session policy has less than one with it, not more.
    if (layer === 'session' && request.caller.type === 'FederatedUser') continue
    const { [layer]: _gone, ...unlimited } = bearing
    expect(decide(request, unlimited).effect).toBe('Allow')
  }
})

test('who is granted nothing has nothing, except the root user at home', () => {
  for (const { request, bearing } of worlds) {
    const { resource: _gone, ...rest } = bearing
    if (request.caller.type === 'Root') continue
    expect(decide(request, { ...rest, identity: [] }).effect).toBe('Deny')
  }
})

test('the order of statements and of policies does not matter', () => {
  for (const [i, { request, bearing }] of worlds.entries()) {
    const { reason } = decide(request, reversed(bearing))
    const { reason: before } = answers[i] ?? {}
    expect(told(reason)).toEqual(told(before))
  }
})

test('a session never holds more than its role', () => {
  for (const { request, bearing } of allowed) {
    if (request.caller.type !== 'AssumedRole') continue
    const { session: _gone, ...role } = bearing
    expect(decide(request, role).effect).toBe('Allow')
  }
})

test('crossing accounts never allows what either account refuses', () => {
  const crossing = allowed.filter(({ request: { caller, resourceAccount } }) => {
    return 'account' in caller && caller.account !== resourceAccount
  })
  expect(crossing.length).toBeGreaterThan(WORLDS / 75)
  for (const { request, bearing } of crossing) {
    const home = 'account' in request.caller ? request.caller.account : ''
    const { resource: _resource, rcp: _rcp, resourceRule: _rule, ...own } = bearing
    expect(decide({ ...request, resourceAccount: home }, own).effect).toBe('Allow')
    const { boundary: _boundary, session: _session, scp: _scp, ...there } = bearing
    const open = { identity: [everything('identity')], session: [everything('session')] }
    expect(decide(request, { ...there, ...open }).effect).toBe('Allow')
  }
})

test('less allowed or more denied never allows more', () => {
  for (const [i, { request, bearing }] of worlds.entries()) {
    if (answers[i]?.effect === 'Allow') continue
    for (const layer of LISTS) {
      const policies = bearing[layer] ?? []
      for (const less of policies.map((_, gone) => policies.toSpliced(gone, 1))) {
        const removed = policies.filter((policy) => !less.includes(policy))
        if (removed.some(hasDeny)) continue
        expect(decide(request, { ...bearing, [layer]: less }).effect).toBe('Deny')
      }
      if (policies.length === 0) continue
      const denying = policyFor({ Version: '2012-10-17', Statement: { ...DENY, Action: 's3:*' } }, layer)
      expect(decide(request, { ...bearing, [layer]: [...policies, denying] }).effect).toBe('Deny')
    }
  }
})

test('the case of action names does not matter', () => {
  for (const [i, { request, bearing }] of worlds.entries()) {
    for (const action of [request.action.toLowerCase(), request.action.toUpperCase()]) {
      expect(told(decide({ ...request, action }, bearing).reason)).toEqual(told(answers[i]?.reason))
    }
  }
})

test('the findings that block are all that the reference says stands in the way, and nothing else', () => {
  for (const [i, { world }] of worlds.entries()) {
    const found = (answers[i]?.findings ?? []).filter(({ blocks }) => blocks)
    const ours = found.map(({ layer, level, effect }) => [effect, layer, level].join(' '))
    const theirs = blockers(world).map(({ verdict, layer, level }) => [verdict, layer, level].join(' '))
    expect(ours.toSorted(), JSON.stringify(world)).toEqual(theirs.toSorted())
  }
})

test('the reason is a finding that blocks, and who is allowed is blocked by none', () => {
  for (const { reason, findings } of answers) {
    const blocking = findings.filter(({ blocks }) => blocks)
    if (reason.code === 'Allowed') expect(blocking).toEqual([])
    else if (reason.code !== 'AlwaysAllowed') {
      expect(blocking).toContainEqual(expect.objectContaining({ layer: reason.layer, effect: reason.code }))
    }
  }
})

type Place = (typeof LISTS)[number] | (typeof TREES)[number] | 'resource'

/** Control policies spare some callers, and only members and guests with policies of their own have an identity. */
function reaches(layer: Place, caller: Decision['request']['caller']): boolean {
  const linked = caller.type === 'AssumedRole' && caller.serviceLinked === true
  const owned = ['User', 'AssumedRole', 'FederatedUser'].includes(caller.type)
  if (layer === 'rcp') return !linked
  if (layer === 'scp') return !linked && (owned || caller.type === 'Root')
  return layer !== 'identity' || owned
}

function policyFor(policy: object, kind: PolicyKind): Attached {
  const shared = kind === 'resource' || kind === 'endpoint' || kind === 'rcp' || kind === 'trust'
  if (!('Version' in policy) || !('Statement' in policy)) return attached(policy, kind)
  const { Resource: _resource, ...rest } = { Resource: '*', ...(policy.Statement as object) }
  const own = kind === 'trust' ? { ...rest, Action: 'sts:*' } : { ...rest, Resource: '*' }
  return attached({ ...policy, Statement: { ...own, ...(shared && { Principal: '*' }) } }, kind)
}

function everything(kind: 'identity' | 'session'): Attached {
  return policyFor({ Version: '2012-10-17', Statement: { ...DENY, Effect: 'Allow' } }, kind)
}

function withPolicy(bearing: Bearing, layer: Place, more: Attached): Bearing {
  if (layer === 'resource') return { ...bearing, resource: more }
  if (layer === 'rcp' || layer === 'scp') {
    return { ...bearing, [layer]: [...(bearing[layer] ?? []), { target: 'ou-more', policies: [more] }] }
  }
  return { ...bearing, [layer]: [...(bearing[layer] ?? []), more] }
}

function hasDeny({ policy }: Attached): boolean {
  return policy.document.statements.some(({ effect }) => effect === 'Deny')
}

function reversed(bearing: Bearing): Bearing {
  const turned = ({ policy, ...names }: Attached): Attached => {
    if (policy.unreadable === true) return { policy, ...names }
    const Statement = policy.document.statements.toReversed()
    const document = { ...policy.document, statements: Statement }
    return { ...names, policy: compile(document, policy.kind) }
  }
  const list = (policies: readonly Attached[]): readonly Attached[] => policies.map(turned).toReversed()
  const lists = LISTS.flatMap((layer) => {
    const policies = bearing[layer]
    return policies === undefined ? [] : [[layer, list(policies)] as const]
  })
  const trees = TREES.flatMap((layer) => {
    const levels = bearing[layer]
    return levels === undefined
      ? []
      : [[layer, levels.map(({ target, policies }) => ({ target, policies: list(policies) }))] as const]
  })
  const resource = bearing.resource === undefined ? {} : { resource: turned(bearing.resource) }
  return { ...bearing, ...Object.fromEntries([...lists, ...trees]), ...resource }
}

/** A reason without its statement, which is another when the order is. */
function told(reason: Decision['reason'] | undefined): unknown {
  if (reason?.code !== 'ExplicitDeny') return reason
  return { code: reason.code, layer: reason.layer }
}
