/**
 * IAM before a change has got everywhere, for testing what is written against AWS: after a change to identities, calls go
 * on to see them as they were for some seconds (UG troubleshoot_general_eventual-consistency). Who calls, what the law
 * reads and what is answered are of that older state; what IAM's own changes are made of is the true one, so that nothing
 * is lost and a name that is taken is refused at once. Off unless asked for, and it then costs nothing.
 *
 * It is this server's memory of what it changed itself: a restart, an archive and the other nodes have the true state.
 */

import type { Account, AccountKind, Estate } from '@sallyport/estate'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'
import type { PartitionView } from './store/partition.ts'
import type { Change, PartitionId } from './store/store.ts'

const LAGGING: ReadonlySet<string> = new Set([
  'user',
  'group',
  'role',
  'policy',
  'accessKey',
  'instanceProfile',
  'oidcProvider',
  'samlProvider',
  'serverCertificate',
  'signingCertificate',
  'sshPublicKey',
  'serviceCredential',
] satisfies readonly AccountKind[])

const SHORTEST = 3_000
const LONGEST = 10_000
/** Rows remembered; beyond it all is seen as it is. */
const ROWS_AT_MOST = 10_000

/** A row as it was before a change, until that has got everywhere. */
interface Former {
  readonly kind: string
  readonly key: string
  /** Absent where there was none. */
  readonly value: unknown
  readonly until: number
}

export class Eventual {
  readonly #clock: Clock
  readonly #random: Random
  readonly #former = new Map<PartitionId, readonly Former[]>()
  #rows = 0
  #truthful = false

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Is told before changes are made; those of one call get everywhere at once. */
  changing(changes: readonly Change[], viewOf: (id: PartitionId) => PartitionView | undefined): void {
    const share = (this.#random.bytes(1)[0] ?? 0) / 255
    const until = this.#clock.now() + SHORTEST + share * (LONGEST - SHORTEST)
    for (const { partition, kind, key } of changes) {
      if (!LAGGING.has(kind)) continue
      const value = viewOf(partition)?.all(kind).get(key)
      this.#keep(partition, [...this.#waiting(partition), { kind, key, value, until }])
    }
    if (this.#rows > ROWS_AT_MOST) this.#forget()
  }

  /** Whether there is something among the changes that is seen late. */
  concerns(changes: readonly Change[]): boolean {
    return changes.some(({ kind }) => LAGGING.has(kind))
  }

  /** The land as calls see it. */
  over(land: Estate): Estate {
    const { catalogue, library, reference } = land
    return {
      get organization() {
        return land.organization
      },
      account: (id) => {
        const account = land.account(id)
        return account && this.seen(account)
      },
      catalogue,
      library,
      reference,
    }
  }

  /** An account as calls see it. */
  seen(account: Account): Account {
    const waiting = this.#truthful ? [] : this.#waiting(account.id)
    return waiting.length === 0 ? account : formerly(account, waiting)
  }

  /** What is done within, which waits for nothing, sees the true state. */
  truthfully<T>(act: () => T): T {
    this.#truthful = true
    try {
      return act()
    } finally {
      this.#truthful = false
    }
  }

  #waiting(id: PartitionId): readonly Former[] {
    const all = this.#former.get(id) ?? []
    const now = this.#clock.now()
    const waiting = all.filter(({ until }) => until > now)
    if (waiting.length < all.length) this.#keep(id, waiting)
    return waiting
  }

  #keep(id: PartitionId, rows: readonly Former[]): void {
    this.#rows += rows.length - (this.#former.get(id)?.length ?? 0)
    if (rows.length === 0) this.#former.delete(id)
    else this.#former.set(id, rows)
  }

  #forget(): void {
    this.#former.clear()
    this.#rows = 0
  }
}

/** The account with its rows as they were. Of a row's changes the first that has not got everywhere says how. */
function formerly(account: Account, waiting: readonly Former[]): Account {
  const kinds = new Map<string, Map<string, unknown>>()
  for (const { kind, key, value } of waiting) {
    const rows = kinds.get(kind) ?? new Map<string, unknown>()
    kinds.set(kind, rows)
    if (!rows.has(key)) rows.set(key, value)
  }
  const all = (kind: AccountKind): ReadonlyMap<string, unknown> => {
    const rows = new Map<string, unknown>(account.all(kind))
    for (const [key, value] of kinds.get(kind) ?? []) {
      if (value === undefined) rows.delete(key)
      else rows.set(key, value)
    }
    return rows
  }
  const older = {
    id: account.id,
    all: (kind: AccountKind) => (kinds.has(kind) ? all(kind) : account.all(kind)),
    inOrder: (kind: AccountKind) =>
      kinds.has(kind) ? [...all(kind).keys()].toSorted((a, b) => (a < b ? -1 : 1)) : account.inOrder(kind),
    byId: (kind: AccountKind, id: string) =>
      kinds.has(kind) ? [...all(kind).values()].find((row) => isOf(row, id)) : account.byId(kind, id),
  }
  return older as unknown as Account // its rows are the account's own, of an earlier moment
}

function isOf(row: unknown, id: string): boolean {
  return typeof row === 'object' && row !== null && 'id' in row && row.id === id
}
