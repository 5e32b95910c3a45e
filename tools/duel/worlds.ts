/** Whole worlds around a request: which layers there are, and what hangs in them. */

import type { Json, Level, World } from '../../packages/policy/test/reference/world.ts'
import type { Dice } from './dice.ts'
import { askOf, CAROL, nextTo, PROVIDER, SERVICE, type Given } from './requests.ts'
import { statementOf, type Kind } from './statements.ts'

/** With every layer said, though it may be empty. */
export type Whole = World & Required<Omit<World, 'sessionPolicies' | 'endpointPolicies'>> & { readonly request: Given }

export function worldOf(dice: Dice): Whole {
  const request = askOf(dice)
  const { principal, action } = request
  const policy = (kind: Kind, most = 2): Json => policyOf(dice, kind, { request, most })
  const levels = (kind: 'scp' | 'rcp'): readonly Level[] =>
    ['r-root', 'ou-1', '111111111111'].slice(0, 1 + dice.below(3)).map((target) => ({
      target,
      policies: dice.chance(0.04) ? [] : dice.many(1, 2, () => guard(dice, policy, kind)),
    }))
  const bare =
    principal === SERVICE || principal === PROVIDER || typeof principal !== 'string' || principal.endsWith(':root')
  const trust = /^sts:(?:Assume|Tag|SetS)/.test(action)
  const needsResource = bare || trust || action.startsWith('kms:') || request.resource.accountId !== '111111111111'
  const sessions = dice.chance(principal === CAROL ? 0.75 : 0.3) && !bare && !(principal as string).includes(':user/')
  return {
    request,
    identityPolicies: bare ? [] : dice.many(0, 3, () => policy('identity')),
    resourcePolicy: dice.chance(needsResource ? 0.92 : 0.5) ? policy(trust ? 'trust' : 'resource', 3) : null,
    boundary: !bare && dice.chance(0.22) ? (dice.chance(0.06) ? [] : dice.many(1, 2, () => policy('boundary'))) : null,
    scps: dice.chance(0.3) ? levels('scp') : [],
    rcps: dice.chance(0.2) ? levels('rcp') : [],
    sessionPolicy: null,
    ...(sessions && { sessionPolicies: dice.many(dice.chance(0.06) ? 0 : 1, 2, () => policy('session')) }),
    ...(dice.chance(0.15) && { endpointPolicies: dice.many(dice.chance(0.06) ? 0 : 1, 2, () => policy('endpoint')) }),
  }
}

/** As `worldOf`, asked something else. */
export function askedAgain(world: Whole, dice: Dice): Whole {
  return { ...world, request: nextTo(world.request, dice) }
}

const FULL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const RCP_FULL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] }

function guard(dice: Dice, policy: (kind: Kind) => Json, kind: 'scp' | 'rcp'): Json {
  if (dice.chance(0.45)) return kind === 'scp' ? FULL : RCP_FULL
  return policy(kind)
}

interface Making {
  readonly request: Given
  readonly most: number
}

function policyOf(dice: Dice, kind: Kind, { request, most }: Making): Json {
  if (dice.chance(0.004))
    return dice.one<Json>([
      { Statement: 'none' },
      { Version: '2012-10-18', Statement: [] },
      {},
      { Statement: [{ Effect: 'allow', Action: '*', Resource: '*' }] },
    ])
  if (kind !== 'rcp' && kind !== 'trust' && dice.chance(0.06)) return openPolicy(kind)
  const denies = kind === 'rcp' ? 1 : 0.14
  const statements = dice.many(dice.chance(0.05) ? 0 : 1, most, () =>
    statementOf(dice, { kind, effect: dice.chance(denies) ? 'Deny' : 'Allow', request }),
  )
  const version = dice.below(10)
  return {
    ...(version < 8 ? { Version: '2012-10-17' } : version === 8 ? { Version: '2008-10-17' } : {}),
    Statement: statements.length === 1 && statements[0] !== undefined && dice.chance(0.3) ? statements[0] : statements,
  }
}

function openPolicy(kind: Kind): Json {
  return kind === 'resource' || kind === 'endpoint' ? RCP_FULL : FULL
}
