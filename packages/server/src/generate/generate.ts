/** A whole organisation out of a seed, written into a world that has none: to see how things go with ten thousand accounts. */

import { bindPrincipals, identityArn, type BoundPolicy, type OrganizationPolicy } from '@sallyport/estate'
import { ORGANIZATION } from '../directory.ts'
import { found, type Founded } from '../founding.ts'
import { quotaOf } from '../quotas.ts'
import { hang } from '../services/organizations/hanging.ts'
import { AWS_MANAGED } from '../services/organizations/managed.ts'
import { put, type Change } from '../store/store.ts'
import type { World } from '../world.ts'
import { founding, furniture } from './account.ts'
import { CORES, coreOf, draft, nodeAt, type Blueprint, type Order, type Plot } from './blueprint.ts'
import { guardrails, ownGuardrails, type Guardrail } from './guardrails.ts'
import { SERVICE_PATH, type Site } from './roles.ts'
import { Tally, type Counts } from './tally.ts'

export interface Generating {
  /** The administrator's key, where the operator has their own. */
  readonly administrator?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined
  /** Told who the administrator is as soon as it is in the store: a secret that was drawn cannot be told again. */
  readonly onFounded?: (founded: Founded) => void
  /** How many accounts are done. */
  readonly onProgress?: (done: number) => void
  /** Stops it between two accounts; what was written stays. */
  readonly signal?: AbortSignal
}

export interface Generated extends Counts {
  /** False where it was stopped. */
  readonly complete: boolean
  readonly accounts: number
  readonly units: number
  /** Service and resource control policies. */
  readonly guardrails: number
  /** A member account, where there is one. */
  readonly member?: string
}

/** The world has accounts already, and nothing was written. */
export class GenerationError extends Error {}

/** Commits on their way at once: they share transactions, and are all that is in memory besides the plan. */
const IN_FLIGHT = 32
/** How far away a neighbour lies at the most. */
const NEIGHBOURHOOD = 3

export async function generate(world: World, order: Order, how: Generating = {}): Promise<Generated> {
  if (world.directory.all('account').size > 0) throw new GenerationError('there are accounts here already')
  const blueprint = draft(order)
  const { plots, units } = blueprint
  const rails = guardrails(blueprint)
  const tally = new Tally()
  const building: Building = { world, blueprint, rails, core: plots.slice(0, CORES.length), tally }

  await built(building, [
    ...organizationRows(building),
    ...quotaRows(world, blueprint),
    ...building.core.flatMap((plot) => foundingOf(building, plot)),
  ])
  how.onFounded?.(await found(world, { management: coreOf(blueprint, 'management') }, how.administrator))
  const accounts = await furnish(building, how)
  const member = plots.find(({ purpose }) => purpose === 'production') ?? plots[1]
  return {
    complete: accounts === plots.length,
    accounts,
    units: units.size,
    guardrails: rails.length,
    ...tally.counts,
    ...(member === undefined ? {} : { member: member.id }),
  }
}

/** A generation under way. */
interface Building {
  readonly world: World
  readonly blueprint: Blueprint
  readonly rails: readonly Guardrail[]
  readonly core: readonly Plot[]
  readonly tally: Tally
}

/** One commit an account, several of them on their way. Tells how many accounts are done. */
async function furnish(building: Building, { signal, onProgress }: Generating): Promise<number> {
  const { world, blueprint, core } = building
  const flying: Promise<void>[] = []
  let done = 0
  for (const plot of blueprint.plots) {
    if (signal?.aborted === true) break
    const neighbour = neighbourOf(blueprint, plot)
    await world.bring([plot.id, neighbour?.id ?? '', ...core.map(({ id }) => id)])
    const founded = core.includes(plot) ? [] : foundingOf(building, plot)
    flying.push(built(building, [...founded, ...furniture(siteOf(building, plot, servicesIn(world, neighbour)))]))
    if (flying.length >= IN_FLIGHT) await flying.shift()
    done += 1
    onProgress?.(done)
  }
  await Promise.all(flying)
  return done
}

/** Writes and counts. A failure is for whoever waits, and no bug where nobody waits yet. */
function built({ world, tally }: Building, changes: readonly Change[]): Promise<void> {
  tally.add(changes)
  const written = world.land.commit(changes, [])
  written.catch(() => undefined)
  return written
}

function foundingOf(building: Building, plot: Plot): readonly Change[] {
  return founding(siteOf(building, plot), ownGuardrails(building.blueprint, building.rails, plot))
}

function organizationRows({ blueprint, rails }: Building): readonly Change[] {
  const { organization, units } = blueprint
  const policies: readonly OrganizationPolicy[] = [...AWS_MANAGED, ...rails.map(({ policy }) => policy)]
  const hanging = ['', ...units.keys()].map((path) => {
    const own = rails.filter(({ on }) => on.includes(path)).map(({ policy }) => policy.id)
    return hang(nodeAt(blueprint, path), [...AWS_MANAGED.map(({ id }) => id), ...own])
  })
  return [
    put(ORGANIZATION, 'organization', 'self', organization),
    ...[...units.values()].map((unit) => put(ORGANIZATION, 'unit', unit.id, unit)),
    ...policies.map((policy) => put(ORGANIZATION, 'orgPolicy', policy.id, policy)),
    ...hanging,
  ]
}

/** It has as many accounts as were granted to it. */
function quotaRows({ quotas, region }: World, blueprint: Blueprint): readonly Change[] {
  const name = 'organizations:Accounts'
  const { length: value } = blueprint.plots
  if (value <= quotaOf(quotas, undefined, { name, region })) return []
  return [put(coreOf(blueprint, 'management').id, 'quota', name, { value })]
}

function siteOf({ world, blueprint }: Building, plot: Plot, neighbours: readonly string[] = []): Site {
  const bind = (text: string): BoundPolicy => {
    const bound = bindPrincipals(world, (id) => id === plot.id || world.exists(id), text)
    if (!bound.ok) throw new Error(`a generated policy names \`${bound.principal}\`, who is not there`)
    const { ok: _, ...policy } = bound
    return policy
  }
  return { blueprint, plot, bind, neighbours }
}

/** An account made shortly before, whose roles are let in here. */
function neighbourOf({ plots, dice }: Blueprint, { at }: Plot): Plot | undefined {
  const back = dice.of(`neighbour ${at}`).between(1, NEIGHBOURHOOD)
  return at - back < CORES.length ? undefined : plots[at - back]
}

function servicesIn(world: World, plot: Plot | undefined): readonly string[] {
  const account = plot === undefined ? undefined : world.account(plot.id)
  if (account === undefined) return []
  return account.inOrder('role').flatMap((key) => {
    const role = account.all('role').get(key)
    return role?.path === SERVICE_PATH ? identityArn(account.id, role) : []
  })
}
