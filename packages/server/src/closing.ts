/**
 * What the clock does to an account that was closed. It is shut at once: nobody of it may call, and nobody enter it. Its
 * row in the organisation says so for 90 days, and then it is gone for good (ORG orgs_manage_accounts_close).
 */

import type { Closure, Member, OrganizationLand } from '@sallyport/estate'
import { ownerRow } from './account-owner.ts'
import { ORGANIZATION, type Directory } from './directory.ts'
import { remove, type Change } from './store/store.ts'

const DAY = 86_400_000
/** AWS says some minutes; whoever waits for the end here need not. */
const PENDING = 10_000
const GONE = 90 * DAY

export function isPending({ at }: Closure, now: number): boolean {
  return now < at + PENDING
}

/** `Status` and `State` of a member, which call the 90 days differently. */
export function standingOf(land: OrganizationLand, { id, status }: Member, now: number) {
  const closure = land.all('closure').get(id)
  if (closure === undefined) return { Status: status, State: status }
  if (isPending(closure, now)) return { Status: 'PENDING_CLOSURE', State: 'PENDING_CLOSURE' } as const
  return { Status: 'SUSPENDED', State: 'CLOSED' } as const
}

/** The end of those whose 90 days are over: no call of anybody's brings it about, so whoever comes next finds it done. */
export function cleared(
  { organization, directory }: { readonly organization: OrganizationLand; readonly directory: Directory },
  now: number,
): readonly Change[] {
  const over = [...organization.all('closure').values()].filter(({ at }) => now >= at + GONE)
  return over.flatMap(({ account }) => [
    // its address belongs to it for good
    ...ownerRow(directory, organization.all('member').get(account)),
    remove(ORGANIZATION, 'member', account),
    remove(ORGANIZATION, 'attachment', account),
    remove(ORGANIZATION, 'closure', account),
    remove(ORGANIZATION, 'emailUpdate', account),
  ])
}
