/** The users and groups of a generated account. */

import { nameKey, type Group, type User } from '@sallyport/estate'
import { ADMINISTRATOR_ACCESS } from '../birth.ts'
import { uniqueId } from '../ids.ts'
import { fresh, type Plot } from './blueprint.ts'
import type { Dice } from './dice.ts'
import { FIRST_NAMES, LAST_NAMES } from './names.ts'
import { BOUNDARY } from './permissions.ts'
import { TEAMS } from './roles.ts'
import { allow, policyText } from './texts.ts'

const GROUPS = [
  {
    name: 'developers',
    aws: ['IAMReadOnlyAccess', 'CloudWatchReadOnlyAccess'],
    own: ['own-credentials', 'data-access'],
  },
  { name: 'operators', aws: ['AmazonEC2ReadOnlyAccess', 'AWSSupportAccess'], own: ['own-credentials'] },
  { name: 'auditors', aws: ['SecurityAudit'], own: ['own-credentials', 'no-identity-changes'] },
] as const

/** What members of every group may do besides. */
const OPERATE = policyText(allow('sts:AssumeRole', 'arn:aws:iam::*:role/operator'))

export function groups({ id: account, joinedAt }: Plot, dice: Dice): readonly Group[] {
  return GROUPS.slice(0, dice.between(1, GROUPS.length)).map(({ name, aws, own }) => ({
    kind: 'group',
    name,
    path: '/',
    id: uniqueId(dice, 'group'),
    createdAt: joinedAt,
    inline: [{ name: 'operate', document: OPERATE }],
    attached: [
      ...aws.map((policy) => `arn:aws:iam::aws:policy/${policy}`),
      ...own.map((policy) => `arn:aws:iam::${account}:policy/${policy}`),
    ],
  }))
}

/** How many people have a user in an account: most come by roles. */
const AT_MOST = { production: 2, test: 4, sandbox: 2, retired: 0 } as const

export function users(plot: Plot, dice: Dice, of: readonly Group[]): readonly User[] {
  const taken = new Set<string>()
  const most = plot.purpose in AT_MOST ? AT_MOST[plot.purpose as keyof typeof AT_MOST] : 5 // asked just before
  return Array.from({ length: dice.between(0, most) }, () => ({
    kind: 'user',
    name: fresh(taken, () => `${dice.pick(FIRST_NAMES)}.${dice.pick(LAST_NAMES)}`),
    path: '/people/',
    id: uniqueId(dice, 'user'),
    createdAt: plot.joinedAt + dice.between(1, 8_000) * 1000,
    inline: [],
    attached: ['arn:aws:iam::aws:policy/IAMUserChangePassword'],
    groups: dice.some(of, dice.between(1, 2)).map(({ name }) => nameKey(name)),
    ...(dice.chance(0.3) ? { boundary: `arn:aws:iam::${plot.id}:policy/${BOUNDARY}` } : {}),
    tags: [{ key: 'team', value: dice.pick(TEAMS) }],
  }))
}

/** The user that the administrator's key is given to. */
export function administrator({ joinedAt }: Plot, dice: Dice): User {
  return {
    kind: 'user',
    name: 'administrator',
    path: '/',
    id: uniqueId(dice, 'user'),
    createdAt: joinedAt,
    inline: [],
    attached: [ADMINISTRATOR_ACCESS],
    groups: [],
    tags: [],
  }
}
