/** Who has a managed policy: counted, and listed. */

import { managedPolicy, nameKey, type Account } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { iamPage } from './shared.ts'

export function attachments(account: Account, arn: string): { readonly attached: number; readonly boundaries: number } {
  const bounded = [...account.all('user').values(), ...account.all('role').values()]
  const holders = [...bounded, ...account.all('group').values()]
  return {
    attached: holders.filter((holder) => holder.attached.includes(arn)).length,
    boundaries: bounded.filter(({ boundary }) => boundary === arn).length,
  }
}

/** iam:ListEntitiesForPolicy. */
export const listEntitiesForPolicy = operation('iam:ListEntitiesForPolicy', {
  asks: ({ PolicyArn }, { account }) => ({ resource: PolicyArn, account: account.id }),
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
