/** Where the tortured servers keep their state, and how its records are read when nobody else may know them. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore, type AuditRecord, type Store } from '@sallyport/server'
import { postgresStore } from '@sallyport/server/postgres'
import { startPostgres, type Postgres } from '../postgres.mjs'

export type StoreName = 'sqlite' | 'postgres'

export interface Place {
  /** What `sallyport up` is told, by the number of the node. */
  args(node: number): readonly string[]
  /** The newest records of each account. On SQLite no server may run meanwhile. */
  records(accounts: readonly string[], limit: number): Promise<readonly AuditRecord[]>
  readonly database?: Postgres
  /** Resolves when nothing that a dead server began is still under way. */
  quiet(): Promise<void>
  clear(): Promise<void>
}

/** Those of the organisation that is declared here. */
export const MANAGEMENT = '444444444444'
export const MEMBERS = ['111111111111', '222222222222', '333333333333']
export const ACCOUNTS = [MANAGEMENT, ...MEMBERS]
const ORGANIZATION = new URL('../../examples/three-accounts.yaml', import.meta.url).pathname

const BUSY = `
  SELECT pid FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()`

export async function placeOn(store: StoreName): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-torture-'))
  return store === 'sqlite' ? sqlitePlace(folder) : postgresPlace(folder, await startPostgres())
}

function sqlitePlace(folder: string): Place {
  const data = join(folder, 'state')
  return {
    args: () => ['--data', data, '--org', ORGANIZATION],
    quiet: async () => {},
    records: (accounts, limit) => readRecords(sqliteStore(join(data, 'sallyport.db')), accounts, limit),
    clear: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The nodes share one key: what one seals another opens. */
function postgresPlace(folder: string, database: Postgres): Place {
  const key = join(folder, 'master.key')
  return {
    database,
    args(node) {
      const data = join(folder, `node${node}`)
      mkdirSync(data, { recursive: true })
      return ['--data', data, '--key-file', key, '--org', ORGANIZATION, '--store', database.url]
    },
    async quiet() {
      while ((await database.psql(BUSY)).length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    async records(accounts, limit) {
      return readRecords(await postgresStore(database.url, { node: 'torture', onBug }), accounts, limit)
    },
    async clear() {
      await database.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function readRecords(store: Store, accounts: readonly string[], limit: number): Promise<readonly AuditRecord[]> {
  try {
    const pages = await Promise.all(accounts.map((account) => store.audited({ account, limit })))
    return pages.flatMap(({ records }) => records)
  } finally {
    await store.close()
  }
}

function onBug(error: unknown): void {
  throw error
}
