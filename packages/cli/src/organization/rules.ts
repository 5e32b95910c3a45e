/** What a schema cannot say: ids and addresses are unique, siblings have different names, the tree is not too deep. */

import { isTemplate } from '@sallyport/estate'
import type { Written, WrittenAccount, WrittenUnit } from './declare.ts'
import { spell, type Finding, type Path } from './finding.ts'

/** AWS's limits: accounts of an organisation that has asked for all it may get, and levels of units under the root. */
const ACCOUNTS_AT_MOST = 10_000
const DEPTH_AT_MOST = 5

interface At<T> {
  readonly path: Path
  readonly it: T
}

/** `value` has passed the schema. */
export function missedRules(value: unknown): readonly Finding[] {
  const file = value as Written // the schema has been asked
  const accounts = [{ path: ['management'], it: file.management }, ...accountsIn(file, [])]
  if (accounts.length > ACCOUNTS_AT_MOST) {
    return [
      { path: [], says: () => `declares ${accounts.length} accounts: an organisation may have ${ACCOUNTS_AT_MOST}` },
    ]
  }
  return [
    ...repeated(accounts, 'id', ({ id }) => id),
    ...repeated(accounts, 'email', ({ email }) => email?.toLowerCase()),
    ...unitsIn(file, [], 1).flatMap(({ it, path, depth }) => tooDeep(it, path, depth)),
    ...siblings(file, []),
    ...[{ it: file, path: [] }, ...unitsIn(file, [], 1)].flatMap(({ it, path }) => standardsAgainst(it, path)),
  ]
}

function accountsIn(
  { accounts = [], units = [] }: Omit<WrittenUnit, 'name'>,
  under: Path,
): readonly At<WrittenAccount>[] {
  return [
    ...accounts.map((it, at) => ({ path: [...under, 'accounts', at], it })),
    ...units.flatMap((unit, at) => accountsIn(unit, [...under, 'units', at])),
  ]
}

function unitsIn(
  { units = [] }: Omit<WrittenUnit, 'name'>,
  under: Path,
  depth: number,
): readonly (At<WrittenUnit> & { depth: number })[] {
  return units.flatMap((it, at) => {
    const path = [...under, 'units', at]
    return [{ path, it, depth }, ...unitsIn(it, path, depth + 1)]
  })
}

function repeated<T>(all: readonly At<T>[], member: string, of: (it: T) => string | undefined): readonly Finding[] {
  const seen = new Map<string, Path>()
  return all.flatMap(({ path, it }) => {
    const value = of(it)
    const first = value === undefined ? undefined : seen.get(value)
    if (value !== undefined && first === undefined) seen.set(value, path)
    if (first === undefined) return []
    return [
      {
        path: [...path, member],
        says: () => `is \`${value}\`, which \`${spell(first)}\` has already: each account has its own`,
      },
    ]
  })
}

function siblings(node: Omit<WrittenUnit, 'name'>, under: Path): readonly Finding[] {
  const { units = [] } = node
  const seen = new Set<string>()
  return units.flatMap((unit, at) => {
    const path = [...under, 'units', at]
    const twice = seen.has(unit.name)
    seen.add(unit.name)
    const own: readonly Finding[] = twice
      ? [
          {
            path: [...path, 'name'],
            says: () => `is \`${unit.name}\`, as a unit beside it is called: put both into one, or rename it`,
          },
        ]
      : []
    return [...own, ...siblings(unit, path)]
  })
}

function standardsAgainst({ standards }: Omit<WrittenUnit, 'name'>, under: Path): readonly Finding[] {
  const { name, requireTags = [] } = standards?.roles ?? {}
  const path = [...under, 'standards', 'roles']
  const keys = requireTags.map((key) => key.toLowerCase())
  const noTemplate: Finding = {
    path: [...path, 'name'],
    says: () =>
      `is \`${name}\`: a template has letters, digits and +=,.@-_, \`*\`, \`?\`, \`{team}\` and \`{dev|prod}\`, and is no regular expression`,
  }
  return [
    ...(name !== undefined && !isTemplate(name) ? [noTemplate] : []),
    ...requireTags.flatMap((key, at): readonly Finding[] =>
      keys.indexOf(key.toLowerCase()) === at
        ? []
        : [
            {
              path: [...path, 'requireTags', at],
              says: () => `is \`${key}\`, which stands there already: IAM compares keys whatever their case`,
            },
          ],
    ),
  ]
}

function tooDeep(unit: WrittenUnit, path: Path, depth: number): readonly Finding[] {
  if (depth !== DEPTH_AT_MOST + 1) return []
  return [
    {
      path,
      says: () => `(\`${unit.name}\`) is ${depth} levels under the root: units nest ${DEPTH_AT_MOST} deep at the most`,
    },
  ]
}
