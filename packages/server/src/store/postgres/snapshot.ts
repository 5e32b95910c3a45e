/** All that a database has, as it was at one moment: one transaction that only reads. */

import type pg from 'pg'
import type { AuditRecord } from '../../audit/record.ts'
import { decode, digestsIn, Documents } from '../documents.ts'
import { put, type Change, type Snapshot } from '../store.ts'
import { connect, drop } from './connection.ts'

const AT_ONCE = 1_000

export async function postgresSnapshot(url: string): Promise<Snapshot> {
  const client = await connect(url, { patience: 0 })
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    // the first statement, not BEGIN, is the moment
    await client.query('SELECT version FROM partition LIMIT 1')
  } catch (error) {
    drop(client)
    throw error
  }
  const documents = new Documents()
  return {
    async *rows() {
      const items = `SELECT partition, kind, key, value FROM item WHERE value IS NOT NULL ORDER BY partition, kind, key`
      for await (const rows of pages(client, items)) yield* await changes(client, documents, rows)
      const shelves = 'SELECT partition, kind, key, value FROM shelf ORDER BY partition, kind, key'
      for await (const rows of pages(client, shelves)) yield* await changes(client, documents, rows)
    },
    async *records() {
      for await (const rows of pages(client, 'SELECT record FROM audit ORDER BY id')) {
        for (const { record } of rows) yield JSON.parse(String(record)) as AuditRecord // written by `auditRow`
      }
    },
    async close() {
      drop(client)
    },
  }
}

type Found = Readonly<Record<string, unknown>>

async function* pages(client: pg.Client, query: string): AsyncGenerator<readonly Found[]> {
  await client.query(`DECLARE pages NO SCROLL CURSOR FOR ${query}`)
  for (;;) {
    const { rows } = await client.query<Found>(`FETCH ${AT_ONCE} FROM pages`)
    if (rows.length === 0) break
    yield rows
  }
  await client.query('CLOSE pages')
}

async function changes(client: pg.Client, documents: Documents, rows: readonly Found[]): Promise<readonly Change[]> {
  const values = rows.map(({ value }) => JSON.parse(String(value)) as unknown)
  const wanted = [...digestsIn(values)].filter((digest) => documents.textOf(digest) === undefined)
  const found = await client.query<{ digest: string; text: string }>(
    'SELECT digest, text FROM document WHERE digest = ANY($1)',
    [wanted],
  )
  const texts = new Map(found.rows.map(({ digest, text }) => [digest, text]))
  for (const [digest, text] of texts) documents.remember(digest, text)
  const textOf = (digest: string): string => texts.get(digest) ?? documents.textOf(digest) ?? ''
  return rows.map(({ partition, kind, key }, at) =>
    put(String(partition), String(kind), String(key), decode(values[at], textOf)),
  )
}
