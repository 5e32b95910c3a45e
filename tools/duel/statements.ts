/** Statements that lie close to a request: nearly the right action, resource, principal and conditions. */

import type { Json } from '../../packages/policy/test/reference/world.ts'
import type { Dice } from './dice.ts'
import {
  A,
  ALICE,
  B,
  CAROL,
  POOLS,
  PROVIDER,
  recased,
  ROLE,
  SERVICE,
  SESSION,
  type Given,
  type KeyPool,
} from './requests.ts'

export type Kind = 'identity' | 'boundary' | 'session' | 'resource' | 'trust' | 'scp' | 'rcp' | 'endpoint'

export interface Aim {
  readonly kind: Kind
  readonly effect: 'Allow' | 'Deny'
  readonly request: Given
}

export function statementOf(dice: Dice, aim: Aim): Json {
  const { kind, effect, request } = aim
  const calm = effect === 'Allow'
  return {
    ...(dice.chance(0.1) && { Sid: dice.one(['', 'One', 'Two', 'T3']) }),
    Effect: effect,
    ...(isShared(kind) && principalElement(dice, aim)),
    ...actionElement(dice, aim),
    ...(kind !== 'trust' && resourceElement(dice, request.resource.arn, kind)),
    ...(dice.chance(calm ? 0.3 : 0.6) && { Condition: conditionBlock(dice, request.context) }),
  }
}

/** Kinds that say whom they are about. */
function isShared(kind: Kind): boolean {
  return kind === 'resource' || kind === 'trust' || kind === 'endpoint' || kind === 'rcp'
}

const NAMES: readonly string[] = [
  A,
  `arn:aws:iam::${A}:root`,
  B,
  `arn:aws:iam::${B}:root`,
  ALICE,
  `${ALICE.slice(0, -5)}Alice`,
  `arn:aws:iam::${A}:user/team/Alice`,
  ROLE,
  `arn:aws:iam::${A}:role/app`,
  SESSION,
  `${SESSION}x`,
  CAROL,
  'AIDAALICE0000000000001',
  'AROAAPP000000000000001',
  'AIDAALICE0000000000002',
]

function principalElement(dice: Dice, { kind, effect, request }: Aim): Json {
  if (kind === 'rcp') return { Principal: dice.one(['*', { AWS: '*' }, { AWS: ['*'] }]) }
  if (effect === 'Deny' && kind !== 'trust' && dice.chance(0.3)) return { NotPrincipal: exceptions(dice, request) }
  if (dice.chance(0.25)) return { Principal: dice.one(['*', { AWS: '*' }, { AWS: ['*', B] }]) }
  if (dice.chance(0.01)) return { Principal: dice.one([{ AWS: `arn:aws:iam::${A}:user/*` }, {}, { AWS: [] }, 'alice']) }
  return { Principal: someone(dice, request) }
}

function someone(dice: Dice, request: Aim['request']): Json {
  const principal: Record<string, unknown> = {}
  const { principal: caller } = request
  if (caller === SERVICE ? dice.chance(0.8) : dice.chance(0.1)) {
    principal['Service'] = dice.oneOrMany(() => dice.one([SERVICE, SERVICE, 's3.amazonaws.com']))
  }
  if (caller === PROVIDER ? dice.chance(0.8) : dice.chance(0.06)) {
    principal['Federated'] = dice.oneOrMany(() => dice.one([PROVIDER, `${PROVIDER}x`]))
  }
  if (dice.chance(0.02)) principal['CanonicalUser'] = '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be'
  if (Object.keys(principal).length === 0 || dice.chance(0.3)) {
    const close = facesOf(request)
    principal['AWS'] = dice.oneOrMany(() => dice.one(dice.chance(0.6) ? close : NAMES))
  }
  return principal
}

/** All that the caller is, now and then with something left out. */
function exceptions(dice: Dice, request: Aim['request']): unknown {
  if (dice.chance(0.03)) return '*'
  if (request.principal === SERVICE && dice.chance(0.7)) return { Service: SERVICE }
  if (request.principal === PROVIDER && dice.chance(0.7)) return { Federated: [PROVIDER] }
  const most = [...facesOf(request), `arn:aws:iam::${A}:root`].filter(() => dice.chance(0.8))
  return { AWS: most.length === 0 ? dice.one(NAMES) : most }
}

function facesOf({ principal, principalInfo = {} }: Aim['request']): readonly string[] {
  const { roleArn, federatedBy, uniqueId } = principalInfo
  const names = [typeof principal === 'string' && principal.startsWith('arn:') ? principal : A, A]
  return [...names, roleArn, federatedBy, uniqueId].filter(
    (name) => name !== undefined && name !== PROVIDER,
  ) as readonly string[]
}

function actionElement(dice: Dice, { kind, request: { action } }: Aim): Json {
  const [service = '', name = ''] = action.split(':')
  const make = (): string => {
    if (dice.chance(0.7)) {
      const likely = [
        action,
        `${service}:*`,
        `${service}:${name.slice(0, 3)}*`,
        `${service}:*${name.slice(3)}`,
        `*:${name}`,
      ]
      return kind === 'trust' || dice.chance(0.7) ? dice.one(likely.slice(0, 4)) : '*'
    }
    if (kind === 'trust')
      return dice.one(['sts:AssumeRole', 'sts:*', 'STS:assumerole*', 'sts:TagSession', 'sts:AssumeRole?', 'sts:?*'])
    return dice.one([
      `${service}:${bent(name, dice)}`,
      bent(name, dice) + `:${name}`,
      action.toUpperCase(),
      `${service}:`,
      's3:*',
      'ec2:Describe*',
      `${service}:${name},${name}`,
      `${service}:**`,
      `${service}:${name}*`,
      `*:*${name.slice(-4)}`,
      `${service}: ${name}`,
      '*:*',
      `${service}:?${name.slice(1)}`,
    ])
  }
  if (dice.chance(0.12) && kind !== 'rcp') {
    const least = kind === 'trust' ? 'sts:GetFederationToken' : 'iam:Create*'
    return { NotAction: dice.oneOrMany(() => (dice.chance(0.7) ? least : make())) }
  }
  return { Action: dice.oneOrMany(make) }
}

function resourceElement(dice: Dice, arn: string, kind: Kind): Json {
  const strict = kind === 'identity' || kind === 'boundary' || kind === 'session'
  const make = (): string => {
    if (dice.chance(0.35)) return '*'
    if (arn === '*' && dice.chance(0.5)) return dice.one(['arn:aws:s3:::*', 'arn:aws:s3:*', 'arn:*:s3:*:*:*'])
    const made = dice.chance(0.4) ? arn : nearArn(dice, arn === '*' ? 'arn:aws:s3:::bkt/x' : arn)
    // Mostly such as IAM takes: what it refuses denies all, and then the rest of the world is not seen.
    return strict && dice.chance(0.97) && !/^arn:(?:aws|\*|aws-cn):[a-z0-9]+(?::|$)/.test(made) ? arn : made
  }
  const element = dice.chance(0.15) ? 'NotResource' : 'Resource'
  return { [element]: element === 'NotResource' && dice.chance(0.6) ? 'arn:aws:s3:::other' : dice.oneOrMany(make) }
}

function nearArn(dice: Dice, arn: string): string {
  const parts = arn.split(':')
  const last = parts.slice(5).join(':')
  const with5 = (resource: string): string => [...parts.slice(0, 5), resource].join(':')
  const at = dice.below(last.length)
  switch (dice.below(17)) {
    case 0:
      return with5(`${last.slice(0, at)}*`)
    case 1:
      return with5(`*${last.slice(at)}`)
    case 2:
      return with5(`${last.slice(0, at)}?${last.slice(at + 1)}`)
    case 3:
      return with5(`${last.slice(0, at)}*${last.slice(Math.min(last.length, at + dice.below(6)))}`)
    case 4:
      return with5(bent(last, dice))
    case 5:
      return with5(last.replace('alice', dice.one(VARIABLES)))
    case 6:
      return with5(last.replace('red', dice.one(TAG_VARIABLES)))
    case 7:
      return with5(
        last
          .replace('*', '${*}')
          .replace('?', dice.one(['${?}', '?', '${*}']))
          .replace('$', '${$}'),
      )
    case 8:
      return parts.slice(0, 2 + dice.below(4)).join(':')
    case 9:
      return `${parts.slice(0, 2 + dice.below(4)).join(':')}:*`
    case 10:
      return parts.map((part, i) => (i > 2 && dice.chance(0.5) ? '*' : part)).join(':')
    case 11:
      return parts.map((part, i) => (i === 1 ? dice.one(['*', 'aws-cn', 'a*', 'aw?', 'aws']) : part)).join(':')
    case 12:
      return parts
        .map((part, i) => (i === 4 ? dice.one(['${aws:PrincipalAccount}', '${*}', '?*', part]) : part))
        .join(':')
    case 13:
      return with5(`${last.slice(0, at)}**${last.slice(at)}`)
    case 14:
      return with5(last.toUpperCase())
    case 15:
      return parts.map((part, i) => (i === 3 ? dice.one(['us-*', '*-1', 'us-????-1', '*', part]) : part)).join(':')
    default:
      return dice.one([
        with5(''),
        with5(`${last}/`),
        with5(`${last}:*`),
        `${arn}?`,
        with5('*:*'),
        'arn:*',
        'arn',
        `${arn}*`,
      ])
  }
}

const VARIABLES = [
  '${aws:username}',
  '${AWS:UserName}',
  "${aws:username, 'alice'}",
  "${aws:PrincipalTag/none, 'alice'}",
  '${aws:nobody}',
  "${aws:nobody,'alice'}",
  "${aws:nobody, 'al*'}",
  '${aws:nobody, alice}',
  '${aws:TagKeys}',
  '${aws:username',
  'al${*}',
  '${}',
  "${, 'alice'}",
  "${aws:nobody, ''}",
  '${aws:username}${aws:username}',
  '*${aws:username}',
  "?${aws:nobody, 'lice'}",
]
const TAG_VARIABLES = [
  '${aws:PrincipalTag/team}',
  "${aws:PrincipalTag/TEAM, 'red'}",
  '${aws:ResourceTag/team}',
  "${aws:CalledVia, 'red'}",
  "${aws:TagKeys, 'red'}",
]

/** One letter is another, missing or doubled. */
function bent(text: string, dice: Dice): string {
  const at = dice.below(text.length)
  const letter = text[at] ?? ''
  const swapped = letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()
  return text.slice(0, at) + dice.one([swapped, '', letter + letter, '?', '*', 'x']) + text.slice(at + 1)
}

const OPERATORS: Readonly<Record<KeyPool['family'], readonly string[]>> = {
  String: [
    'StringEquals',
    'StringNotEquals',
    'StringEqualsIgnoreCase',
    'StringNotEqualsIgnoreCase',
    'StringLike',
    'StringNotLike',
  ],
  Arn: ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike', 'StringLike', 'StringEquals'],
  Numeric: ordered('Numeric'),
  Date: ordered('Date'),
  Bool: ['Bool', 'Bool', 'StringEquals'],
  Ip: ['IpAddress', 'NotIpAddress'],
  Binary: ['BinaryEquals'],
}
const ALL_OPERATORS = [...Object.values(OPERATORS).flat(), 'Null', 'Null']

function ordered(family: string): readonly string[] {
  return ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
    (end) => family + end,
  )
}

function conditionBlock(dice: Dice, context: Aim['request']['context']): Json {
  if (dice.chance(0.03)) return {}
  const block: Record<string, Record<string, unknown>> = {}
  for (let lines = dice.chance(0.75) ? 1 : 2; lines > 0; lines--) {
    const pool = dice.one(POOLS)
    const base = baseOf(dice, pool)
    const operator = base === 'Null' ? base : dressed(base, pool.multivalued === true, dice)
    const value = (): unknown => wantedValue(dice, { pool, base, had: context[pool.key] })
    block[recased(operator, dice)] = { [recased(pool.key, dice)]: dice.chance(0.03) ? [] : dice.oneOrMany(value) }
  }
  if (dice.chance(0.003)) return { ...block, StringIs: { 'aws:x': 'y' } }
  return block
}

function baseOf(dice: Dice, { family }: KeyPool): string {
  if (dice.chance(0.08)) return 'Null'
  const base = dice.one(dice.chance(0.93) ? OPERATORS[family] : ALL_OPERATORS)
  // Epoch seconds past 2 ** 53 are no time.
  return family === 'Numeric' && base.startsWith('Date') ? base.replace('Date', 'Numeric') : base
}

function dressed(base: string, multivalued: boolean, dice: Dice): string {
  const set = dice.chance(multivalued ? 0.9 : 0.06) ? dice.one(['ForAllValues:', 'ForAnyValue:']) : ''
  return `${set}${base}${dice.chance(0.2) ? 'IfExists' : ''}`
}

interface Wanted {
  readonly pool: KeyPool
  readonly base: string
  readonly had: string | readonly string[] | undefined
}

function wantedValue(dice: Dice, { pool, base, had }: Wanted): unknown {
  if (base === 'Null' || base === 'Bool')
    return dice.one([
      'true',
      'false',
      true,
      false,
      'True',
      'FALSE',
      ...(dice.chance(0.1) ? ['${aws:username}', 'yes'] : []),
    ])
  const close = typeof had === 'string' ? had : had?.[0]
  const value = close !== undefined && dice.chance(0.45) ? close : dice.one(pool.values)
  if (pool.family === 'Numeric' && dice.chance(0.1)) return dice.one([10, 0, -1, 10.1, 9.99])
  if (base.startsWith('String') || base.startsWith('Arn')) return textValue(dice, value)
  return value
}

function textValue(dice: Dice, value: string): string {
  switch (dice.below(12)) {
    case 0:
      return dice.one(VARIABLES)
    case 1:
      return dice.one(TAG_VARIABLES)
    case 2:
      return value.replace('*', '${*}').replace('?', '${?}').replace('$', '${$}')
    case 3:
      return `${value.slice(0, dice.below(value.length + 1))}*`
    case 4:
      return value.toUpperCase()
    case 5:
      return value.replace(/[a-z]/, '?')
    case 6:
      return value.startsWith('arn:') ? nearArn(dice, value) : value.replace('red', dice.one(TAG_VARIABLES))
    default:
      return value
  }
}
