/** Who has a managed policy: counted, and listed. */

import { managedPolicy, nameKey, type Account } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { aboutPolicy, iamPage } from './shared.ts'

export interface Usage {
  readonly attached: number
  readonly boundaries: number
}

/** How often a policy is used: of all policies counted in one walk over those who may have any. */
export function usages(account: Account): (arn: string) => Usage {
  const bounded = [...account.all('user').values(), ...account.all('role').values()]
  const holders = [...bounded, ...account.all('group').values()]
  const attached = counted(holders.flatMap((holder) => holder.attached))
  const boundaries = counted(bounded.flatMap(({ boundary }) => boundary ?? []))
  return (arn) => ({ attached: attached.get(arn) ?? 0, boundaries: boundaries.get(arn) ?? 0 })
}

function counted(arns: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const arn of arns) counts.set(arn, (counts.get(arn) ?? 0) + 1)
  return counts
}

/** iam:ListEntitiesForPolicy. */
export const listEntitiesForPolicy = operation('iam:ListEntitiesForPolicy', {
  asks: ({ PolicyArn }, call) => aboutPolicy(call, PolicyArn),
  refusals: ['NoSuchEntity'],
  run({ PolicyArn, EntityFilter, PathPrefix = '/', PolicyUsageFilter = 'PermissionsPolicy', ...paging }, call) {
    const { account, estate } = call
    if (managedPolicy(account, PolicyArn) === undefined && estate.catalogue.policy(PolicyArn) === undefined) {
      throw new Refusal('NoSuchEntity', `Policy ${PolicyArn} was not found.`)
    }
    const holders = [...account.all('group').values(), ...account.all('user').values(), ...account.all('role').values()]
    const has = (holder: (typeof holders)[number]): boolean =>
      PolicyUsageFilter === 'PermissionsBoundary'
        ? 'boundary' in holder && holder.boundary === PolicyArn
        : holder.attached.includes(PolicyArn)
    const wanted = { User: 'user', Role: 'role', Group: 'group', LocalManagedPolicy: '', AWSManagedPolicy: '' } as const
    const found = holders
      .filter((holder) => has(holder) && holder.path.startsWith(PathPrefix))
      .filter(({ kind }) => EntityFilter === undefined || wanted[EntityFilter] === kind)
    const listing = `ListEntitiesForPolicy/${PolicyArn}/${EntityFilter ?? ''}/${PolicyUsageFilter}${PathPrefix}`
    const { items, end } = iamPage(call, found, {
      listing,
      keyOf: ({ kind, name }) => `${kind}/${nameKey(name)}`,
      ...paging,
    })
    return {
      output: {
        PolicyGroups: items
          .filter(({ kind }) => kind === 'group')
          .map(({ name, id }) => ({ GroupName: name, GroupId: id })),
        PolicyUsers: items
          .filter(({ kind }) => kind === 'user')
          .map(({ name, id }) => ({ UserName: name, UserId: id })),
        PolicyRoles: items
          .filter(({ kind }) => kind === 'role')
          .map(({ name, id }) => ({ RoleName: name, RoleId: id })),
        ...end,
      },
    }
  },
})
