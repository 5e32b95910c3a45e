/** The accounts of a server as a person wants to see them: id, name, place in the tree. */

import type { Declaration, SallyportServer } from '@sallyport/server'

export interface AccountRow {
  readonly id: string
  readonly name: string
  /** `/` for the root, else the names of the units: `/Workloads/Test`. Absent outside any organisation. */
  readonly path?: string
  readonly management?: true
}

/** `declaration` names the management account where there is no organisation to ask. */
export function accountRows(
  world: SallyportServer['world'],
  declaration: Declaration | undefined,
): readonly AccountRow[] {
  const land = world.organization
  const administrator = world.directory.all('administrator').get('self')?.account ?? ''
  const members = [...land.all('member').values()]
  if (members.length === 0)
    return [{ id: administrator, name: declaration?.management.name ?? 'Management', management: true }]
  const management = land.all('organization').get('self')?.managementAccount ?? administrator
  const paths = new Map<string, string>()
  const pathOf = (node: string): string => {
    const unit = land.all('unit').get(node)
    if (unit === undefined) return ''
    const path = paths.get(node) ?? `${pathOf(unit.parent)}/${unit.name}`
    paths.set(node, path)
    return path
  }
  return members
    .map(({ id, name, parent }) => ({
      id,
      name,
      path: pathOf(parent) || '/',
      ...(id === management ? { management: true as const } : {}),
    }))
    .toSorted(
      (a, b) => Number(b.management ?? 0) - Number(a.management ?? 0) || compare(a.path, b.path) || compare(a.id, b.id),
    )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
