/** Where the tortured servers keep their state, and how its records are read when nobody else may know them. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as server from '@sallyport/server'
import type { AuditRecord, Store } from '@sallyport/server'
import { knowsStores } from '../bench/contestants.ts'
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

/** Why there can be no such place, as yet. */
export function lack(store: StoreName): string | undefined {
  if (store === 'sqlite') return undefined
  if (storeMaker() === undefined) return 'there is no postgresStore yet'
  return knowsStores() ? undefined : '`sallyport up` has no --store yet'
}

export async function placeOn(store: StoreName): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-torture-'))
  return store === 'sqlite' ? sqlitePlace(folder) : postgresPlace(folder, await startPostgres())
}

function sqlitePlace(folder: string): Place {
  const data = join(folder, 'state')
  return {
    args: () => ['--data', data, '--org', ORGANIZATION],
    quiet: async () => {},
    records: (accounts, limit) => readRecords(server.sqliteStore(join(data, 'sallyport.db')), accounts, limit),
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
      const store = await storeMaker()?.(database.url)
      if (store === undefined) throw new Error(lack('postgres'))
      return readRecords(store, accounts, limit)
    },
    async clear() {
      await database.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function readRecords(store: Store, accounts: readonly string[], limit: number): Promise<readonly AuditRecord[]> {
  try {
    const found = await Promise.all(accounts.map((account) => store.audited({ account, limit })))
    return found.flat()
  } finally {
    await store.close()
  }
}

type StoreMaker = (url: string) => Store | Promise<Store>

/** It is looked up by name, for as long as it may not be there. */
function storeMaker(): StoreMaker | undefined {
  const made: unknown = Object.entries(server).find(([name]) => name === 'postgresStore')?.[1]
  return typeof made === 'function' ? (made as StoreMaker) : undefined // the store's own signature
}
