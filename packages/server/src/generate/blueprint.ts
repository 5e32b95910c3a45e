/** The plan of a generated organisation: its tree, its accounts, and what each of them is for. */

import type { OrganizationSelf, Unit } from '@sallyport/estate'
import { accountId, organizationId, rootId, unitId } from '../ids.ts'
import { Dice } from './dice.ts'
import { BUSINESSES, COMPANIES, FIRST_NAMES, LAST_NAMES, PARTS, SUBJECTS } from './names.ts'

/** What somebody wants generated. The same order gives the same organisation. */
export interface Order {
  /** The management account counts. */
  readonly accounts: number
  /** About how many an account has, besides the role that it is entered by. */
  readonly roles: number
  readonly seed: number
}

/** The accounts that every organisation has, most needed first: others trust their roles. */
const CORE = {
  management: { name: 'Management', path: '' },
  tooling: { name: 'Delivery Tooling', path: 'Infrastructure' },
  security: { name: 'Security Tooling', path: 'Security' },
  logs: { name: 'Log Archive', path: 'Security' },
  shared: { name: 'Shared Services', path: 'Infrastructure' },
  network: { name: 'Network', path: 'Infrastructure' },
} as const
export type Core = keyof typeof CORE
export const CORES = Object.keys(CORE) as readonly Core[] // the keys of the table above

/** An account as it is planned. */
export interface Plot {
  readonly at: number
  readonly id: string
  readonly name: string
  /** The name in lower case, with hyphens. */
  readonly slug: string
  readonly email: string
  readonly purpose: Core | 'production' | 'test' | 'sandbox' | 'retired'
  /** The names of the units that it lies in, from the root: `Workloads/Prod/Retail`; the root itself is empty. */
  readonly path: string
  readonly joinedAt: number
}

export interface Blueprint {
  readonly order: Order
  readonly dice: Dice
  /** One word. */
  readonly company: string
  /** Where it works. */
  readonly regions: readonly string[]
  readonly organization: OrganizationSelf
  /** By their paths. */
  readonly units: ReadonlyMap<string, Unit>
  readonly plots: readonly Plot[]
}

const UNITS = [
  'Security',
  'Infrastructure',
  'Sandbox',
  'Suspended',
  'Workloads',
  'Workloads/Prod',
  'Workloads/Test',
] as const

const FOUNDED = Date.UTC(2019, 2, 4, 8)
const DAY = 86_400_000
/** Days in which all accounts joined. */
const GROWTH = 2_100
/** Accounts for which a company opens one more business unit. */
const ACCOUNTS_A_BUSINESS = 150

type Sketch = Pick<Plot, 'name' | 'purpose' | 'path'>

export function draft(order: Order): Blueprint {
  const dice = new Dice(`organization ${order.seed}`)
  const company = dice.pick(COMPANIES)
  const businesses = dice.some(BUSINESSES, Math.max(3, Math.ceil(order.accounts / ACCOUNTS_A_BUSINESS)))
  const plots = survey([...core(), ...others(order, dice.of('accounts'), businesses)], dice.of('plots'), company)
  const organization = found(dice.of('organization'), plots[0])
  const paths = [...UNITS, ...businesses.flatMap((name) => [`Workloads/Prod/${name}`, `Workloads/Test/${name}`])]
  const units = raise(paths, dice.of('units'), organization.rootId)
  return { order, dice, company, regions: ['eu-central-1', 'eu-west-1', 'us-east-1'], organization, units, plots }

  function core(): readonly Sketch[] {
    return CORES.slice(0, order.accounts).map((purpose) => ({ purpose, ...CORE[purpose] }))
  }
}

/** The account that does the work of `who`: in an organisation too small for one of its own, the management account. */
export function coreOf({ plots }: Blueprint, who: Core): Plot {
  const plot = plots[CORES.indexOf(who)] ?? plots[0]
  if (plot === undefined) throw new Error('an organisation has a management account')
  return plot
}

/** The id of the node at a path. */
export function nodeAt({ units, organization }: Blueprint, path: string): string {
  return units.get(path)?.id ?? organization.rootId
}

function others({ accounts }: Order, dice: Dice, businesses: readonly string[]): readonly Sketch[] {
  const taken = new Set<string>()
  const sketches: Sketch[] = []
  while (sketches.length < accounts - CORES.length) {
    sketches.push(...(dice.chance(0.12) ? [aside(dice, taken)] : application(dice, taken, dice.pick(businesses))))
  }
  return sketches.slice(0, Math.max(0, accounts - CORES.length))
}

/** An account of somebody's own to try things in, or one that nobody needs any more. */
function aside(dice: Dice, taken: Set<string>): Sketch {
  if (dice.chance(0.1)) {
    const name = fresh(taken, () => `retired-${dice.pick(SUBJECTS)}-${dice.pick(PARTS)}`)
    return { name, purpose: 'retired', path: 'Suspended' }
  }
  const name = fresh(taken, () => `sandbox-${dice.pick(FIRST_NAMES)}-${dice.pick(LAST_NAMES)}`)
  return { name, purpose: 'sandbox', path: 'Sandbox' }
}

/** An application of a business unit has an account for each of its stages. */
function application(dice: Dice, taken: Set<string>, business: string): readonly Sketch[] {
  const name = fresh(taken, () => `${business.toLowerCase()}-${dice.pick(SUBJECTS)}-${dice.pick(PARTS)}`)
  const stages = dice.chance(0.4) ? ['test', 'dev'] : ['test']
  return [
    { name: `${name}-prod`, purpose: 'production', path: `Workloads/Prod/${business}` },
    ...stages.map((stage): Sketch => ({
      name: `${name}-${stage}`,
      purpose: 'test',
      path: `Workloads/Test/${business}`,
    })),
  ]
}

/** A name that nobody has yet; with a number where luck does not find one. */
export function fresh(taken: Set<string>, draw: () => string): string {
  for (let tries = 1; ; tries += 1) {
    const name = tries <= 8 ? draw() : `${draw()}-${tries}`
    if (taken.has(name)) continue
    taken.add(name)
    return name
  }
}

function survey(sketches: readonly Sketch[], dice: Dice, company: string): readonly Plot[] {
  const taken = new Set<string>()
  const id = (): string => accountId(dice)
  return sketches.map((sketch, at) => {
    const slug = sketch.name.toLowerCase().replaceAll(' ', '-')
    const joinedAt = FOUNDED + Math.floor((at / sketches.length) * GROWTH) * DAY + dice.between(0, DAY / 1000) * 1000
    return { ...sketch, at, id: fresh(taken, id), slug, email: `aws+${slug}@${company}.example`, joinedAt }
  })
}

function found(dice: Dice, management: Plot | undefined): OrganizationSelf {
  return {
    id: organizationId(dice),
    rootId: rootId(dice),
    managementAccount: management?.id ?? '',
    managementEmail: management?.email ?? '',
    featureSet: 'ALL',
    createdAt: management?.joinedAt ?? FOUNDED,
    enabledPolicyTypes: ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'],
    rootTags: [],
  }
}

/** `paths` name each unit after the one that it lies in. */
function raise(paths: readonly string[], dice: Dice, root: string): ReadonlyMap<string, Unit> {
  const units = new Map<string, Unit>()
  for (const path of paths) {
    const end = path.lastIndexOf('/')
    const parent = units.get(path.slice(0, Math.max(0, end)))?.id ?? root
    units.set(path, { id: unitId(dice, root), name: path.slice(end + 1), parent, tags: [] })
  }
  return units
}
