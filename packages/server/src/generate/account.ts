/** All rows of a generated account: what it is founded with, and what it is furnished with. */

import { nameKey, type Group, type ManagedPolicy, type Member, type Role, type User } from '@sallyport/estate'
import { birth, entryRole } from '../birth.ts'
import { DIRECTORY, ORGANIZATION } from '../directory.ts'
import { uniqueId } from '../ids.ts'
import { hang } from '../services/organizations/hanging.ts'
import { AWS_MANAGED } from '../services/organizations/managed.ts'
import { put, type Change } from '../store/store.ts'
import { coreOf, nodeAt, type Plot } from './blueprint.ts'
import { buckets } from './buckets.ts'
import type { Dice } from './dice.ts'
import { administrator, groups, users } from './people.ts'
import { MANAGED } from './permissions.ts'
import { anchorRoles, roles, type Site } from './roles.ts'

/** Its birth, its place in the organisation, and the roles by which others are let in or come in. */
export function founding(site: Site, ownGuardrails: readonly string[]): readonly Change[] {
  const { blueprint, plot } = site
  const dice = blueprint.dice.of(`founding ${plot.at}`)
  const born = { id: plot.id, at: plot.joinedAt }
  const management = coreOf(blueprint, 'management')
  return [
    ...birth(born),
    plot === management ? keep(plot.id, administrator(plot, dice)) : entryRole(dice, born, management.id),
    put(ORGANIZATION, 'member', plot.id, member(site)),
    hang(plot.id, [...AWS_MANAGED.map(({ id }) => id), ...ownGuardrails]),
    ...(blueprint.order.roles === 0 ? [] : anchorRoles(site, dice).map((role) => keep(plot.id, role))),
  ]
}

/** Everything else that is in it. */
export function furniture(site: Site): readonly Change[] {
  const { blueprint, plot } = site
  const dice = blueprint.dice.of(`account ${plot.at}`)
  const { roles: about } = blueprint.order
  const made = roles(site, dice, dice.between(Math.ceil(about * 0.8), Math.floor(about * 1.2)))
  const teams = groups(plot, dice)
  const holders = [...made, ...teams, ...users(plot, dice, teams)]
  const owned = buckets(site, dice)
  return [
    ...[...holders, ...policies(plot, dice, holders)].map((it) => keep(plot.id, it)),
    ...owned.flatMap((bucket) => [
      put(DIRECTORY, 'bucketName', bucket.name, { account: plot.id, region: bucket.region }),
      put(plot.id, 'bucket', bucket.name, bucket),
    ]),
  ]
}

function member({ blueprint, plot }: Site): Member {
  const { id, at, name, email, joinedAt, path, purpose } = plot
  const owner = path.split('/').at(-1) ?? ''
  return {
    id,
    name,
    email,
    status: 'ACTIVE',
    joinedMethod: at === 0 ? 'INVITED' : 'CREATED',
    joinedAt,
    parent: nodeAt(blueprint, path),
    tags: [{ key: 'purpose', value: purpose }, ...(owner === '' ? [] : [{ key: 'owner', value: owner.toLowerCase() }])],
  }
}

/** The managed policies that somebody here has, and a few that nobody has any more. */
function policies(plot: Plot, dice: Dice, holders: readonly (Role | User | Group)[]): readonly ManagedPolicy[] {
  const used = new Set(
    holders.flatMap((holder) => [...holder.attached, ...('boundary' in holder ? [holder.boundary ?? ''] : [])]),
  )
  return Object.entries(MANAGED)
    .filter(([name]) => used.has(`arn:aws:iam::${plot.id}:policy/${name}`) || dice.chance(0.15))
    .map(([name, { description, document }]) => ({
      kind: 'policy',
      name,
      path: '/',
      id: uniqueId(dice, 'policy'),
      description,
      createdAt: plot.joinedAt,
      updatedAt: plot.joinedAt,
      defaultVersion: 'v1',
      versions: [{ id: 'v1', document, createdAt: plot.joinedAt }],
      nextVersion: 2,
      tags: [],
    }))
}

function keep(account: string, it: Role | User | Group | ManagedPolicy): Change {
  return put(account, it.kind, nameKey(it.name), it)
}
