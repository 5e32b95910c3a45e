/** Reports that IAM makes on demand lie on the account's shelf until they are a day old. */

import { NO_USE, type Use, type UsageRow } from '../../usage.ts'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove, type Change } from '../../store/store.ts'

const KIND = 'report'
const DAY = 86_400_000
const AT_ONCE = 500

/** `[I]`: how long AWS keeps a job is not said. */
export interface Report {
  readonly type: string
  /** When it was asked for, and done. */
  readonly at: number
}

export async function reportOf<R extends Report>(
  { shelves, account }: Pick<Call, 'shelves' | 'account'>,
  key: string,
): Promise<R | undefined> {
  return (await shelves.shelved(account.id, KIND, key)) as R | undefined // who reads a key of its type wrote it
}

/** A job of one type by its id, or IAM's refusal. */
export async function jobOf<R extends Report>(call: Pick<Call, 'shelves' | 'account'>, type: R['type'], id: string) {
  const job = await reportOf<R>(call, id)
  if (job?.type === type) return job
  throw new Refusal('NoSuchEntity', `Job with id ${id} cannot be found.`)
}

export function keepReport<R extends Report>({ account }: Pick<Call, 'account'>, key: string, report: R): Change {
  return put(account.id, KIND, key, report)
}

/** Throws out reports that nobody fetches any more. */
export async function outdated({ shelves, account, now }: Call): Promise<readonly Change[]> {
  const rows = await shelves.shelf(account.id, KIND, { limit: AT_ONCE })
  return rows.filter(({ value }) => (value as Report).at < now - DAY).map(({ key }) => remove(account.id, KIND, key)) // only reports lie there
}

/** What each of them has used. */
export async function usesOf(
  { account, usage }: Pick<Call, 'account' | 'usage'>,
  ids: readonly string[],
): Promise<(id: string) => UsageRow> {
  const rows = await Promise.all(ids.map(async (id) => [id, await usage.of(account.id, id)] as const))
  const found = new Map(rows)
  return (id) => found.get(id) ?? NO_USE
}

/** The latest use of a service's actions. */
export function lastIn(actions: UsageRow['actions'], service: string): Use | undefined {
  let last: Use | undefined
  for (const [action, use] of Object.entries(actions)) {
    if (action.startsWith(`${service}:`) && use.at >= (last?.at ?? 0)) last = use
  }
  return last
}
