/** A batch as statements, sent one behind the other without waiting: one way to the database and back, however many. */

import { auditRow, SLOT } from '../audit-row.ts'
import { encode, type Documents } from '../documents.ts'
import { NEVER } from '../store.ts'
import type { Batch, Plan } from './batch.ts'

export interface Statement {
  /** Prepared once a connection under this name. */
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
}

export interface Written {
  readonly statements: readonly Statement[]
  /** Digests of the texts that come along: known to be there once this is. */
  readonly digests: readonly string[]
}

export interface Writing {
  readonly node: string
  readonly documents: Documents
  /** Whether a text is in the database already. */
  readonly has: (digest: string) => boolean
  /** Whether other nodes listen. */
  readonly notifies: boolean
}

/** Longer news than PostgreSQL takes in a notification (8,000 bytes) says only that there is some. */
const NEWS_AT_MOST = 7_000

/**
 * A version that is not the expected one becomes null, which the column refuses: so the server itself undoes a transaction
 * that lost its race, and nobody waits for an answer in the middle of it.
 */
const MOVE = `UPDATE partition SET version = CASE WHEN version = $2 THEN $3 END WHERE id = $1`
const BEGIN_PARTITION = `INSERT INTO partition (id, version) VALUES ($1, $2)
  ON CONFLICT (id) DO UPDATE SET version = CASE WHEN partition.version = '${NEVER}' THEN excluded.version END`
const ITEMS = `INSERT INTO item (partition, kind, key, seq, value)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
  ON CONFLICT (partition, kind, key) DO UPDATE SET seq = excluded.seq, value = excluded.value`
const SHELVE = `INSERT INTO shelf (partition, kind, key, value)
  SELECT p, k, decode(h, 'hex'), v FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS given(p, k, h, v)
  ON CONFLICT (partition, kind, key) DO UPDATE SET value = excluded.value`
const UNSHELVE = `DELETE FROM shelf WHERE partition = $1 AND kind = $2 AND key = $3`
const DOCUMENTS = `INSERT INTO document (digest, text) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING`
/** The same batch sent again finds its records there. */
const RECORDS = `INSERT INTO audit (account, id, slot, time, principal, event, request, record)
  SELECT a, i, $3::bigint, t, p, e, r, d
  FROM unnest($1::text[], $2::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
    AS given(a, i, t, p, e, r, d)
  ON CONFLICT DO NOTHING`
const COUNT = `INSERT INTO audit_slot (slot, node, bytes, batch) VALUES ($1, $2, $3, $4)
  ON CONFLICT (slot, node) DO UPDATE SET bytes = audit_slot.bytes + excluded.bytes, batch = excluded.batch`

export function statementsOf(batch: Batch, plan: Plan, writing: Writing): Written {
  const texts = new Map<string, string>()
  const keep = (text: string): string => {
    const digest = writing.documents.digestOf(text)
    if (!writing.has(digest)) texts.set(digest, text)
    return digest
  }
  const state = [...moves(plan), ...items(plan, keep), ...shelves(plan, keep)]
  const digests = [...texts.keys()].toSorted()
  return {
    statements: [
      ...state,
      ...(digests.length === 0
        ? []
        : [say('documents', DOCUMENTS, [digests, digests.map((digest) => texts.get(digest))])]),
      ...records(batch, plan, writing),
      ...(writing.notifies ? news(plan, writing.node) : []),
    ],
    digests,
  }
}

function moves(plan: Plan): readonly Statement[] {
  return plan.moves.map(([id, { from, to }]) =>
    from === NEVER ? say('begin-partition', BEGIN_PARTITION, [id, to]) : say('move', MOVE, [id, from, to]),
  )
}

function items({ items: rows }: Plan, keep: (text: string) => string): readonly Statement[] {
  if (rows.length === 0) return []
  const values = [
    rows.map(({ partition }) => partition),
    rows.map(({ kind }) => kind),
    rows.map(({ key }) => key),
    rows.map(({ seq }) => seq),
    rows.map(({ value }) => (value === undefined ? null : encode(value, keep))),
  ]
  return [say('items', ITEMS, values)]
}

function shelves({ shelved }: Plan, keep: (text: string) => string): readonly Statement[] {
  const put = shelved.filter(({ value }) => value !== undefined)
  const gone = shelved.filter(({ value }) => value === undefined)
  const values = [
    put.map(({ partition }) => partition),
    put.map(({ kind }) => kind),
    put.map(({ key }) => Buffer.from(key).toString('hex')),
    put.map(({ value }) => encode(value, keep)),
  ]
  return [
    ...(put.length === 0 ? [] : [say('shelve', SHELVE, values)]),
    ...gone.map(({ partition, kind, key }) => say('unshelve', UNSHELVE, [partition, kind, Buffer.from(key)])),
  ]
}

/** Every batch leaves its number, records or none: by it a node learns whether one came in whose answer was lost. */
function records({ number, at: made }: Batch, plan: Plan, { node }: Writing): readonly Statement[] {
  const rows = plan.records.map(auditRow)
  const slot = Math.floor(made / SLOT)
  const bytes = rows.reduce((sum, { record }) => sum + record.length, 0)
  const count = say('count', COUNT, [slot, node, bytes, number])
  if (rows.length === 0) return [count]
  const values = [
    rows.map(({ account }) => account),
    rows.map((_row, at) => recordId(made, node, number, at)),
    slot,
    rows.map(({ time }) => time),
    rows.map(({ principal }) => principal),
    rows.map(({ event }) => event),
    rows.map(({ request }) => request),
    rows.map(({ record }) => record),
  ]
  return [say('records', RECORDS, values), count]
}

/** Ids in the order in which records came. Digits and small letters of fixed width are in the same order in every locale. */
function recordId(made: number, node: string, batch: number, at: number): string {
  return digits(made, 9) + node + digits(batch, 8) + digits(at, 4)
}

function digits(value: number, width: number): string {
  return value.toString(36).padStart(width, '0')
}

function news({ moves: moved }: Plan, node: string): readonly Statement[] {
  if (moved.length === 0) return []
  const text = moved.map(([id, { to }]) => `${id}=${to}`).join(' ')
  return [
    say('notify', 'SELECT pg_notify($1, $2)', [CHANNEL, `${node} ${text.length > NEWS_AT_MOST ? MUCH_NEWS : text}`]),
  ]
}

export const CHANNEL = 'sallyport'
export const MUCH_NEWS = '*'

function say(name: string, text: string, values: readonly unknown[]): Statement {
  return { name, text, values }
}
