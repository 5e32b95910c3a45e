/**
 * The schema in PostgreSQL, as the steps that lead to it. Every row begins with its partition, an account nearly always,
 * so that a database of many machines can keep each account on one. A step that has been released never changes.
 *
 * Nothing here or in the statements is more than CockroachDB, YugabyteDB, Citus and Aurora have: no advisory lock, no
 * procedure, no sequence, no trigger; LISTEN is used where it is there.
 */

import type pg from 'pg'
import { codeOf } from './connection.ts'

/** `seq` is the count of the version that a row was written with; a row that was removed stays for a while, without a value. */
const FIRST = [
  `CREATE TABLE IF NOT EXISTS partition (
    id text PRIMARY KEY, version text NOT NULL, swept bigint NOT NULL DEFAULT 0)`,
  `CREATE TABLE IF NOT EXISTS item (
    partition text NOT NULL, kind text NOT NULL, key text NOT NULL, seq bigint NOT NULL, value text,
    PRIMARY KEY (partition, kind, key))`,
  'CREATE INDEX IF NOT EXISTS item_seq ON item (partition, seq)',
  'CREATE INDEX IF NOT EXISTS item_gone ON item (partition, seq) WHERE value IS NULL',
  // a key is bytes: their order is the same in every locale
  `CREATE TABLE IF NOT EXISTS shelf (
    partition text NOT NULL, kind text NOT NULL, key bytea NOT NULL, value text NOT NULL,
    PRIMARY KEY (partition, kind, key))`,
  'CREATE TABLE IF NOT EXISTS document (digest text PRIMARY KEY, text text NOT NULL)',
  `CREATE TABLE IF NOT EXISTS audit (
    account text NOT NULL, id text NOT NULL, slot bigint NOT NULL, time bigint NOT NULL, principal text NOT NULL,
    event text NOT NULL, request text NOT NULL, record text NOT NULL,
    PRIMARY KEY (account, id))`,
  'CREATE INDEX IF NOT EXISTS audit_account ON audit (account, time, id)',
  'CREATE INDEX IF NOT EXISTS audit_principal ON audit (principal, time, id)',
  'CREATE INDEX IF NOT EXISTS audit_event ON audit (event, time, id)',
  'CREATE INDEX IF NOT EXISTS audit_time ON audit (time, id)',
  'CREATE INDEX IF NOT EXISTS audit_request ON audit (request)',
  'CREATE INDEX IF NOT EXISTS audit_slot_of ON audit (slot)',
  `CREATE TABLE IF NOT EXISTS audit_slot (
    slot bigint NOT NULL, node text NOT NULL, bytes bigint NOT NULL, batch bigint NOT NULL,
    PRIMARY KEY (slot, node))`,
  'CREATE INDEX IF NOT EXISTS audit_slot_node ON audit_slot (node, batch)',
  `CREATE TABLE IF NOT EXISTS blob (
    id text NOT NULL, part integer NOT NULL, bytes bytea NOT NULL,
    PRIMARY KEY (id, part))`,
  'CREATE TABLE IF NOT EXISTS blob_gone (id text PRIMARY KEY, at bigint NOT NULL)',
] as const

const STEPS: readonly (readonly string[])[] = [FIRST]

/** The schema that this release reads and writes. */
export const SCHEMA = STEPS.length

/** What `CREATE TABLE IF NOT EXISTS` says where two do it at once. */
const RACED: ReadonlySet<string> = new Set(['23505', '42710', '42P07', 'XX000', '40001', '40P01'])
const TRIES = 20

/**
 * Brings the database to `SCHEMA`: forward only, one node at a time, each step wholly or not at all. Throws where a newer
 * release has been there.
 */
export async function migrate(client: pg.Client): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await migrateOnce(client)
    } catch (error) {
      await client.query('ROLLBACK')
      if (!RACED.has(codeOf(error) ?? '') || tries === TRIES) throw error
    }
  }
}

async function migrateOnce(client: pg.Client): Promise<void> {
  if ((await schemaOf(client)) === SCHEMA) return
  await client.query('CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value text NOT NULL)')
  await client.query(`INSERT INTO meta VALUES ('schema', '0') ON CONFLICT DO NOTHING`)
  await client.query('BEGIN')
  // whoever has the row goes first; the others find it done
  const { rows } = await client.query<{ value: string }>(`SELECT value FROM meta WHERE key = 'schema' FOR UPDATE`)
  const version = Number(rows[0]?.value)
  if (version > SCHEMA) throw new Error(newer(version))
  for (const statement of STEPS.slice(version).flat()) await client.query(statement)
  await client.query(`UPDATE meta SET value = $1 WHERE key = 'schema'`, [String(SCHEMA)])
  await client.query('COMMIT')
}

/** `undefined` where nobody has made any. */
async function schemaOf(client: pg.Client): Promise<number | undefined> {
  try {
    const { rows } = await client.query<{ value: string }>(`SELECT value FROM meta WHERE key = 'schema'`)
    return rows[0] === undefined ? undefined : Number(rows[0].value)
  } catch (error) {
    // undefined_table
    if (codeOf(error) === '42P01') return undefined
    throw error
  }
}

export function newer(version: number): string {
  return `the database was written by a newer sallyport (schema ${version}, this one knows ${SCHEMA}): update this node`
}
