/**
 * The store on one disk: `node:sqlite` at synchronous=FULL, one writer, one process a folder.
 *
 * Commits that arrive in one turn of the event loop share one transaction, so a durable write costs a fraction of an
 * fsync. INVARIANT: a commit resolves only after COMMIT returned.
 */

import { hash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { AuditRecord } from '../audit/record.ts'
import { Conflict, SHELVED } from './store.ts'
import type { AuditQuery, Change, Commit, LoadedPartition, PartitionId, Row, ShelfQuery, Store } from './store.ts'

const SCHEMA_VERSION = 1

const SCHEMA = `
  CREATE TABLE partition (id TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE item (partition TEXT, kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (partition, kind, key)) WITHOUT ROWID;
  CREATE TABLE shelf (partition TEXT, kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (partition, kind, key)) WITHOUT ROWID;
  CREATE TABLE document (digest TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE audit (id INTEGER PRIMARY KEY, account TEXT, request TEXT NOT NULL, record TEXT NOT NULL);
  CREATE INDEX audit_account ON audit (account, id);
  CREATE INDEX audit_request ON audit (request);
  PRAGMA user_version = ${SCHEMA_VERSION};
`

/** Records of reads wait this long at the most, in milliseconds, and this many at the most. */
const NOTE_DELAY = 10
const NOTES_AT_MOST = 2_000

interface Waiting {
  readonly commit: Commit
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Opens or makes the database at `path`. Throws where another process has it, or a newer Sallyport wrote it. */
export function sqliteStore(path: string): Store {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return new SqliteStore(open(path))
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  try {
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 0;',
    )
    database.exec('BEGIN IMMEDIATE; COMMIT;')
    migrate(database, path)
  } catch (error) {
    database.close()
    throw isBusy(error) ? new Error(`\`${path}\` ${IN_USE}`, { cause: error }) : error
  }
  return database
}

const IN_USE = 'is in use by another process: stop that server, or give this one its own --data folder'
const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

function migrate(database: DatabaseSync, path: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > SCHEMA_VERSION)
    throw new Error(`\`${path}\` was written by a newer sallyport (schema ${version}): update, or use another folder`)
  if (version === 0) database.exec(`BEGIN; ${SCHEMA} COMMIT;`)
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync
  readonly #statements
  #waiting: Waiting[] = []
  #notes: AuditRecord[] = []
  #noteTimer: NodeJS.Timeout | undefined
  #flushing = false

  constructor(database: DatabaseSync) {
    this.#database = database
    const prepare = (sql: string): StatementSync => database.prepare(sql)
    this.#statements = {
      version: prepare('SELECT version FROM partition WHERE id = ?'),
      bump: prepare('INSERT INTO partition VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET version = version + 1'),
      rows: prepare('SELECT kind, key, value FROM item WHERE partition = ?'),
      putItem: prepare('INSERT INTO item VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
      removeItem: prepare('DELETE FROM item WHERE partition = ? AND kind = ? AND key = ?'),
      putShelf: prepare('INSERT INTO shelf VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
      removeShelf: prepare('DELETE FROM shelf WHERE partition = ? AND kind = ? AND key = ?'),
      shelved: prepare('SELECT value FROM shelf WHERE partition = ? AND kind = ? AND key = ?'),
      shelf: prepare(
        'SELECT kind, key, value FROM shelf WHERE partition = ? AND kind = ? AND key > ? AND key >= ? ORDER BY key LIMIT ?',
      ),
      putDocument: prepare('INSERT INTO document VALUES (?, ?) ON CONFLICT DO NOTHING'),
      document: prepare('SELECT text FROM document WHERE digest = ?'),
      putRecord: prepare('INSERT INTO audit (account, request, record) VALUES (?, ?, ?)'),
      byAccount: prepare('SELECT record FROM audit WHERE account = ? ORDER BY id DESC LIMIT ?'),
      byRequest: prepare('SELECT record FROM audit WHERE request = ? ORDER BY id DESC LIMIT ?'),
      newest: prepare('SELECT record FROM audit ORDER BY id DESC LIMIT ?'),
    }
  }

  async load(partition: PartitionId): Promise<LoadedPartition> {
    const version = this.#version(partition)
    const rows = version === 0 ? [] : this.#statements.rows.all(partition)
    return { version, rows: rows.map((row) => this.#row(row)) }
  }

  commit(commit: Commit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commit, resolve, reject })
      this.#flushSoon()
    })
  }

  note(record: AuditRecord): void {
    this.#notes.push(record)
    if (this.#notes.length >= NOTES_AT_MOST) this.#flushSoon()
    else this.#noteTimer ??= setTimeout(() => this.#flush(), NOTE_DELAY).unref()
  }

  async shelved(partition: PartitionId, kind: string, key: string): Promise<unknown> {
    const row = this.#statements.shelved.get(partition, kind, key)
    return row === undefined ? undefined : JSON.parse(String(row['value']))
  }

  async shelf(
    partition: PartitionId,
    kind: string,
    { prefix = '', after = '', limit }: ShelfQuery,
  ): Promise<readonly Row[]> {
    const rows = this.#statements.shelf.all(partition, kind, after, prefix, limit).map((row) => this.#row(row))
    const end = rows.findIndex(({ key }) => !key.startsWith(prefix))
    return end === -1 ? rows : rows.slice(0, end)
  }

  async audited({ account, requestId, limit }: AuditQuery): Promise<readonly AuditRecord[]> {
    this.#flush()
    const { byAccount, byRequest, newest } = this.#statements
    const rows =
      requestId !== undefined
        ? byRequest.all(requestId, limit)
        : account !== undefined
          ? byAccount.all(account, limit)
          : newest.all(limit)
    const found = rows.map((row) => JSON.parse(String(row['record'])) as AuditRecord) // written by `#record` from an AuditRecord
    return found.filter((record) => account === undefined || record.recipientAccountId === account)
  }

  async close(): Promise<void> {
    this.#flush()
    this.#database.close()
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => this.#flush())
  }

  /** One transaction for all that waits. A commit that lost its race is left out of it; a failed COMMIT fails them all. */
  #flush(): void {
    clearTimeout(this.#noteTimer)
    this.#noteTimer = undefined
    this.#flushing = false
    const waiting = this.#waiting
    const notes = this.#notes
    if (waiting.length === 0 && notes.length === 0) return
    this.#waiting = []
    this.#notes = []
    const lost = new Map<Waiting, Conflict>()
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      // Reads were noted while the commits of this turn were not yet there: their records come first.
      for (const record of notes) this.#record(record)
      for (const one of waiting) {
        const conflict = this.#write(one.commit)
        if (conflict !== undefined) lost.set(one, conflict)
      }
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#rollback()
      // Records of reads are never dropped: they wait for the next transaction.
      this.#notes = [...notes, ...this.#notes]
      for (const { reject } of waiting) reject(error)
      return
    }
    for (const one of waiting) {
      const conflict = lost.get(one)
      if (conflict === undefined) one.resolve()
      else one.reject(conflict)
    }
  }

  #rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }

  #write({ expects, changes, records }: Commit): Conflict | undefined {
    for (const [id, version] of expects) if (this.#version(id) !== version) return new Conflict(id)
    for (const id of expects.keys()) this.#statements.bump.run(id)
    for (const change of changes) this.#change(change)
    for (const record of records) this.#record(record)
    return undefined
  }

  #change({ partition, kind, key, value }: Change): void {
    const { putItem, removeItem, putShelf, removeShelf } = this.#statements
    const [write, erase] = SHELVED.has(kind) ? [putShelf, removeShelf] : [putItem, removeItem]
    if (value === undefined) erase.run(partition, kind, key)
    else write.run(partition, kind, key, this.#encode(value))
  }

  #record(record: AuditRecord): void {
    this.#statements.putRecord.run(record.recipientAccountId ?? null, record.requestID, JSON.stringify(record))
  }

  #version(partition: PartitionId): number {
    return Number(this.#statements.version.get(partition)?.['version'] ?? 0)
  }

  #row(row: Record<string, unknown>): Row {
    return { kind: String(row['kind']), key: String(row['key']), value: this.#decode(String(row['value'])) }
  }

  #encode(value: unknown): string {
    return JSON.stringify(value, (key, it: unknown) =>
      key === 'document' && typeof it === 'string' ? this.#keep(it) : it,
    )
  }

  #keep(text: string): string {
    const digest = hash('sha256', text, 'base64url')
    this.#statements.putDocument.run(digest, text)
    return digest
  }

  #decode(text: string): unknown {
    return JSON.parse(text, (key, it: unknown) => {
      if (key !== 'document' || typeof it !== 'string') return it
      return String(this.#statements.document.get(it)?.['text'] ?? '')
    })
  }
}
