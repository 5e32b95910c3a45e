/**
 * Who used what, and when last: of each user and role the latest use of every action and key. IAM's reports read it.
 *
 * It is kept in memory and written behind the calls, every two seconds and at the end, so that no call waits for it: what a
 * crash may lose is the last two seconds. Rows are read before they are written, so several nodes add to one row.
 */

import type { Principal } from '@sallyport/estate'
import { put, type Change, type Store } from './store/store.ts'

export interface Use {
  readonly at: number
  readonly region: string
}

export interface KeyUse extends Use {
  readonly service: string
}

/** What is known of one user or role; its key is their unique id. */
export interface UsageRow {
  /** By action: `s3:ListAllMyBuckets`. */
  readonly actions: Readonly<Record<string, Use>>
  /** By access key. */
  readonly keys: Readonly<Record<string, KeyUse>>
}

export const NO_USE: UsageRow = { actions: {}, keys: {} }

/** IAM's own tracking period (UG access_policies_last-accessed). */
const KEPT = 400 * 86_400_000
/** Milliseconds between two writings. */
const PACE = 2_000
const ROWS_AT_ONCE = 500

/** A use as the gate has seen it. */
export interface Seen extends Use {
  readonly service: string
  readonly action: string
}

interface Row {
  readonly actions: Map<string, Use>
  readonly keys: Map<string, KeyUse>
}

type Rows = Map<string, Row>

interface Ground {
  readonly store: Pick<Store, 'shelved'>
  readonly commit: (changes: readonly Change[]) => Promise<void>
  readonly now: () => number
}

export class Usage {
  readonly #ground: Ground
  #fresh: Rows = new Map()
  /** What is being written: it is in nobody's row yet. */
  #leaving: Rows = new Map()
  #timer: NodeJS.Timeout | undefined

  constructor(ground: Ground) {
    this.#ground = ground
  }

  note(principal: Principal, { service, action, at, region }: Seen): void {
    const who = identityOf(principal)
    if (who === undefined) return
    const place = `${who.account}/${who.id}`
    let row = this.#fresh.get(place)
    if (row === undefined) this.#fresh.set(place, (row = { actions: new Map(), keys: new Map() }))
    row.actions.set(action, { at, region })
    if (who.key !== undefined) row.keys.set(who.key, { at, region, service })
  }

  async of(account: string, id: string): Promise<UsageRow> {
    const place = `${account}/${id}`
    const waiting = [this.#leaving.get(place), this.#fresh.get(place)]
    const kept = await this.#ground.store.shelved(account, 'usage', id)
    return waiting.reduce(merged, asRow(kept))
  }

  /** Writes what has come together, now and then. What fails fails silently: it is tried again with the next. */
  start(): void {
    this.#timer = setInterval(() => void this.flush().catch(() => {}), PACE).unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush().catch(() => {})
  }

  async flush(): Promise<void> {
    if (this.#fresh.size === 0 || this.#leaving.size > 0) return
    this.#leaving = this.#fresh
    this.#fresh = new Map()
    try {
      const places = [...this.#leaving]
      for (let at = 0; at < places.length; at += ROWS_AT_ONCE) {
        await this.#ground.commit(
          await Promise.all(places.slice(at, at + ROWS_AT_ONCE).map((one) => this.#change(one))),
        )
      }
    } catch (error) {
      this.#takeBack()
      throw error
    } finally {
      this.#leaving = new Map()
    }
  }

  async #change([place, row]: readonly [string, Row]): Promise<Change> {
    const [account = '', id = ''] = place.split('/')
    const before = asRow(await this.#ground.store.shelved(account, 'usage', id))
    return put(account, 'usage', id, lately(merged(before, row), this.#ground.now() - KEPT))
  }

  #takeBack(): void {
    for (const [place, { actions, keys }] of this.#leaving) {
      const now = this.#fresh.get(place)
      this.#fresh.set(place, {
        actions: new Map([...actions, ...(now?.actions ?? [])]),
        keys: new Map([...keys, ...(now?.keys ?? [])]),
      })
    }
  }
}

/** Root users, services and strangers are nobody's to review. A role's session has a key that soon ends. */
function identityOf(principal: Principal): { account: string; id: string; key?: string } | undefined {
  switch (principal.type) {
    case 'User': {
      const { account, user, accessKeyId, session } = principal
      return { account, id: user.id, ...(session === undefined ? { key: accessKeyId } : {}) }
    }
    case 'FederatedUser':
      return { account: principal.account, id: principal.user.id }
    case 'AssumedRole':
      return { account: principal.account, id: principal.role.id }
    case 'Root':
    case 'Federated':
    case 'Service':
    case 'Anonymous':
      return undefined
  }
}

function asRow(value: unknown): UsageRow {
  return value === undefined ? NO_USE : (value as UsageRow) // only `#change` writes such rows
}

function merged(row: UsageRow, added: Row | undefined): UsageRow {
  if (added === undefined) return row
  return { actions: latest(row.actions, added.actions), keys: latest(row.keys, added.keys) }
}

function latest<U extends Use>(before: Readonly<Record<string, U>>, added: ReadonlyMap<string, U>) {
  const newer = [...added].filter(([name, { at }]) => at >= (before[name]?.at ?? 0))
  return { ...before, ...Object.fromEntries(newer) }
}

function lately({ actions, keys }: UsageRow, since: number): UsageRow {
  const recent = <U extends Use>(all: Readonly<Record<string, U>>) =>
    Object.fromEntries(Object.entries(all).filter(([, { at }]) => at >= since))
  return { actions: recent(actions), keys: recent(keys) }
}

/** The latest of all. */
export function lastOf({ actions }: UsageRow): Use | undefined {
  return Object.values(actions).reduce<Use | undefined>(
    (last, use) => (use.at >= (last?.at ?? 0) ? use : last),
    undefined,
  )
}
