/** A record as a row of the audit table, and the look-up of rows, in the words of either database. */

import type * as Kysely from 'kysely'
import type { AuditRecord } from '../audit/record.ts'
import type { AuditQuery } from './store.ts'

/** What a record can be found by. */
export interface AuditRow {
  /** Of the event, epoch milliseconds. */
  readonly time: number
  readonly account: string
  readonly principal: string
  readonly event: string
  readonly request: string
  readonly record: string
}

export function auditKeys(record: AuditRecord): Omit<AuditRow, 'record'> {
  return {
    time: Date.parse(record.eventTime),
    account: record.recipientAccountId ?? '',
    principal: plain(record.userIdentity.arn ?? ''),
    event: plain(record.eventName),
    request: plain(record.requestID),
  }
}

export function auditRow(record: AuditRecord): AuditRow {
  return { ...auditKeys(record), record: JSON.stringify(record) }
}

/** Names come from clients: a character that PostgreSQL cannot keep would take all that is written with it along. */
function plain(text: string): string {
  return text.replaceAll('\0', '')
}

/** Slots by which what is kept is counted and thrown away: ten minutes of the machine's time. */
export const SLOT = 600_000

export interface AuditSlot {
  readonly slot: number
  readonly bytes: number
}

/** The slots, oldest first, that must go: too old, or beyond what all together may take. The newest stays. */
export function expiredSlots(
  slots: readonly AuditSlot[],
  now: number,
  keep: { readonly days: number; readonly bytes: number },
): readonly number[] {
  const eldest = Math.floor((now - keep.days * 86_400_000) / SLOT)
  let sum = 0
  const gone: number[] = []
  for (const { slot, bytes } of slots.toSorted((a, b) => b.slot - a.slot)) {
    sum += bytes
    if (slot < eldest || (sum > keep.bytes && sum !== bytes)) gone.push(slot)
  }
  return gone.toReversed()
}

interface Tables {
  readonly audit: AuditRow & { readonly id: string | number }
}

export interface LookUp {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

let compilers: Record<'sqlite' | 'postgres', Kysely.Kysely<Tables>> | undefined

/** The statement that finds a page and one row more: `id`, `time`, `record`. */
export async function lookUp(dialect: 'sqlite' | 'postgres', query: AuditQuery): Promise<LookUp> {
  compilers ??= await loadCompilers()
  const { account, requestId, principal, eventName, from, to, limit } = query
  const after = readCursor(query.after, dialect)
  const found = compilers[dialect]
    .selectFrom('audit')
    .select(['id', 'time', 'record'])
    .$if(account !== undefined, (it) => it.where('account', '=', account ?? ''))
    .$if(requestId !== undefined, (it) => it.where('request', '=', requestId ?? ''))
    .$if(principal !== undefined, (it) => it.where('principal', '=', principal ?? ''))
    .$if(eventName !== undefined, (it) => it.where('event', '=', eventName ?? ''))
    .$if(from !== undefined, (it) => it.where('time', '>=', from ?? 0))
    .$if(to !== undefined, (it) => it.where('time', '<', to ?? 0))
    .$if(after !== undefined, (it) =>
      it.where(({ eb, refTuple, tuple }) => eb(refTuple('time', 'id'), '<', tuple(after?.time ?? 0, after?.id ?? ''))),
    )
    .orderBy('time', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  return found.compile()
}

/** A page of what `lookUp` found. */
export function pageOf(rows: readonly Record<string, unknown>[], limit: number) {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    records: shown.map((row) => JSON.parse(String(row['record'])) as AuditRecord), // written by `auditRow`
    ...(rows.length > limit && last !== undefined ? { next: `${String(last['time'])}.${String(last['id'])}` } : {}),
  }
}

/** Where a page ended. SQLite numbers its rows, PostgreSQL's have names. */
function readCursor(
  text: string | undefined,
  dialect: 'sqlite' | 'postgres',
): { time: number; id: string | number } | undefined {
  if (text === undefined) return undefined
  const dot = text.indexOf('.')
  const id = text.slice(dot + 1)
  return { time: Number(text.slice(0, dot)), id: dialect === 'sqlite' ? Number(id) : id }
}

/** Kysely writes the statements and runs none: each store has a connection of its own. */
async function loadCompilers() {
  const it = await import('kysely')
  const compiler = (dialect: Pick<Kysely.Dialect, 'createAdapter' | 'createQueryCompiler'>) =>
    new it.Kysely<Tables>({
      dialect: {
        createDriver: () => new it.DummyDriver(),
        createIntrospector: (database) => new it.SqliteIntrospector(database),
        createAdapter: () => dialect.createAdapter(),
        createQueryCompiler: () => dialect.createQueryCompiler(),
      },
    })
  return {
    sqlite: compiler({
      createAdapter: () => new it.SqliteAdapter(),
      createQueryCompiler: () => new it.SqliteQueryCompiler(),
    }),
    postgres: compiler({
      createAdapter: () => new it.PostgresAdapter(),
      createQueryCompiler: () => new it.PostgresQueryCompiler(),
    }),
  }
}
