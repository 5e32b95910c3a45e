/**
 * The store on one disk: `node:sqlite` at synchronous=FULL, one writer, one process a folder.
 *
 * Commits that arrive in one turn of the event loop share one transaction, so a durable write costs a fraction of an
 * fsync. INVARIANT: a commit resolves only after COMMIT returned.
 */

import { rmSync } from 'node:fs'
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite'
import type { AuditRecord } from '../audit/record.ts'
import { hostClock } from '../clock.ts'
import type { Meter } from '../telemetry.ts'
import { auditRow, expiredSlots, lookUp, pageOf, SLOT, type AuditSlot } from './audit-row.ts'
import { decode, Documents, encode } from './documents.ts'
import { Notes } from './notes.ts'
import { closeFile, openFile, snapshotPlace } from './sqlite-file.ts'
import { sqliteSnapshot } from './sqlite-snapshot.ts'
import { Vitals, type TellTrouble } from './vitals.ts'
import { byBytes, Conflict, NEVER, RETENTION, SHELVED, StoreTrouble } from './store.ts'
import type {
  AuditPage,
  AuditQuery,
  Change,
  Commit,
  LoadedPartition,
  PartitionId,
  Retention,
  Row,
  ShelfQuery,
  Snapshot,
  Store,
  Version,
} from './store.ts'

export interface SqliteOptions {
  /** The machine's time, epoch milliseconds: records are kept for so long by it. */
  readonly now?: () => number
  readonly retention?: Retention
  readonly onTrouble?: TellTrouble
}

/** Records of reads wait this long at the most, in milliseconds, and this many at the most. */
const NOTE_DELAY = 25
const NOTES_AT_MOST = 2_000
/** After a write that failed, what waits is tried again so often, in milliseconds. */
const RETRY = 250
/** What is too old is looked for so often, in milliseconds, and thrown away in parts of so many records. */
const PRUNE_EVERY = 60_000
const PRUNE_AT_ONCE = 2_000

interface Waiting {
  readonly commit: Commit
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Opens or makes the database at `path`. Throws where another process has it, or a newer Sallyport wrote it. */
export function sqliteStore(path: string, options: SqliteOptions = {}): Store {
  return new SqliteStore(path, options)
}

class SqliteStore implements Store {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #statements
  readonly #now: () => number
  readonly #retention: Retention
  readonly #documents = new Documents()
  readonly #notes = new Notes()
  readonly #pruning: NodeJS.Timeout
  readonly #vitals: Vitals
  #waiting: Waiting[] = []
  #noteTimer: NodeJS.Timeout | undefined
  #flushing = false
  #snapshots = 0

  constructor(path: string, { now = hostClock().host, retention = RETENTION, onTrouble }: SqliteOptions) {
    this.#vitals = new Vitals(onTrouble)
    this.#path = path
    this.#database = openFile(path).database
    this.#now = now
    this.#retention = retention
    this.#statements = statementsOf(this.#database)
    this.#pruning = setInterval(() => this.#prune(), PRUNE_EVERY).unref()
  }

  async load(partition: PartitionId): Promise<LoadedPartition> {
    const version = this.#version(partition)
    const found = version === NEVER ? [] : this.#statements.rows.all(partition)
    let bytes = 0
    const rows = found.map((row) => {
      bytes += String(row['value']).length
      return this.#row(row)
    })
    return { version, rows, bytes }
  }

  commit(commit: Commit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commit, resolve, reject })
      this.#flushSoon()
    })
  }

  note(record: AuditRecord): Promise<void> | undefined {
    const full = this.#notes.push(record)
    if (this.#vitals.trouble !== undefined) this.#noteTimer ??= setTimeout(() => this.#flush(), RETRY).unref()
    else if (this.#notes.size >= NOTES_AT_MOST) this.#flushSoon()
    else this.#noteTimer ??= setTimeout(() => this.#flush(), NOTE_DELAY).unref()
    return full
  }

  async shelved(partition: PartitionId, kind: string, key: string): Promise<unknown> {
    const row = this.#statements.shelved.get(partition, kind, key)
    return row === undefined ? undefined : this.#decode(String(row['value']))
  }

  async shelf(
    partition: PartitionId,
    kind: string,
    { prefix = '', after = '', limit }: ShelfQuery,
  ): Promise<readonly Row[]> {
    const { shelfAfter, shelfFrom } = this.#statements
    const found =
      byBytes(after, prefix) < 0
        ? shelfFrom.iterate(partition, kind, prefix, limit)
        : shelfAfter.iterate(partition, kind, after, limit)
    const rows: Row[] = []
    for (const row of found) {
      // what stands behind the prefix is not even read
      if (!String(row['key']).startsWith(prefix)) break
      rows.push(this.#row(row))
    }
    return rows
  }

  async audited(query: AuditQuery): Promise<AuditPage> {
    this.#flush()
    const { sql, parameters } = await lookUp('sqlite', query)
    const rows = this.#database.prepare(sql).all(...(parameters as (string | number)[])) // `lookUp` binds nothing else
    return pageOf(rows, query.limit)
  }

  async snapshot(): Promise<Snapshot> {
    this.#flush()
    this.#snapshots += 1
    const place = snapshotPlace(this.#path, this.#snapshots)
    try {
      await backup(this.#database, place)
      return sqliteSnapshot(place)
    } catch (error) {
      rmSync(place, { force: true })
      throw new StoreTrouble(`the database cannot be copied: ${String(error)}`, error)
    }
  }

  health(): string | undefined {
    return this.#vitals.trouble
  }

  measure(meter: Meter): void {
    this.#vitals.measure(meter, () => this.#notes.size)
  }

  async close(): Promise<void> {
    if (!this.#database.isOpen) return
    clearInterval(this.#pruning)
    this.#flush()
    clearTimeout(this.#noteTimer)
    closeFile(this.#database)
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
    const notes = this.#notes.take()
    if (waiting.length === 0 && notes.length === 0) return
    this.#waiting = []
    const lost = new Map<Waiting, Conflict>()
    const begun = performance.now()
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      // Reads were noted while the commits of this turn were not yet there: their records come first.
      const records = [...notes]
      for (const one of waiting) {
        const conflict = this.#write(one.commit)
        if (conflict === undefined) records.push(...one.commit.records)
        else lost.set(one, conflict)
      }
      this.#record(records)
      this.#database.exec('COMMIT')
      this.#vitals.wrote(waiting.length - lost.size, performance.now() - begun)
      this.#vitals.lost(lost.size)
      this.#notes.settle()
    } catch (error) {
      this.#failed(error, waiting, notes)
      return
    }
    for (const one of waiting) {
      const conflict = lost.get(one)
      if (conflict === undefined) one.resolve()
      else one.reject(conflict)
    }
  }

  #failed(error: unknown, waiting: readonly Waiting[], notes: readonly AuditRecord[]): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    const why = `the database cannot be written: ${error instanceof Error ? error.message : String(error)}`
    this.#vitals.trouble = why
    // Records of reads are never dropped: they wait for the next transaction.
    this.#notes.giveBack(notes)
    this.#notes.settle()
    this.#noteTimer ??= setTimeout(() => this.#flush(), RETRY).unref()
    const trouble = new StoreTrouble(why, error)
    for (const { reject } of waiting) reject(trouble)
  }

  #write({ moves, changes }: Commit): Conflict | undefined {
    for (const [id, { from }] of moves) if (this.#version(id) !== from) return new Conflict(id)
    for (const [id, { to }] of moves) this.#statements.move.run(id, to)
    for (const change of changes) this.#change(change)
    return undefined
  }

  #change({ partition, kind, key, value }: Change): void {
    const { putItem, removeItem, putShelf, removeShelf } = this.#statements
    const [write, erase] = SHELVED.has(kind) ? [putShelf, removeShelf] : [putItem, removeItem]
    if (value === undefined) erase.run(partition, kind, key)
    else
      write.run(
        partition,
        kind,
        key,
        encode(value, (text) => this.#keep(text)),
      )
  }

  #record(records: readonly AuditRecord[]): void {
    if (records.length === 0) return
    let bytes = 0
    let last: number | bigint = 0
    for (const one of records) {
      const { time, account, principal, event, request, record } = auditRow(one)
      bytes += record.length
      last = this.#statements.putRecord.run(time, account, principal, event, request, record).lastInsertRowid
    }
    this.#statements.count.run(Math.floor(this.#now() / SLOT), last, bytes)
  }

  /** Throws away a part of what is too old or too much, and the rest when others have had their turn. */
  #prune(): void {
    const slots = this.#statements.slots.all() as unknown as readonly AuditSlot[] // as the statement names them
    const [slot] = expiredSlots(slots, this.#now(), this.#retention)
    if (slot === undefined || this.#vitals.trouble !== undefined) return
    const { changes } = this.#statements.forget.run(slot, PRUNE_AT_ONCE)
    if (Number(changes) < PRUNE_AT_ONCE) this.#statements.forgetSlot.run(slot)
    setImmediate(() => {
      if (this.#database.isOpen) this.#prune()
    })
  }

  #version(partition: PartitionId): Version {
    return String(this.#statements.version.get(partition)?.['version'] ?? NEVER)
  }

  #row(row: Record<string, unknown>): Row {
    return { kind: String(row['kind']), key: String(row['key']), value: this.#decode(String(row['value'])) }
  }

  /** INVARIANT: a digest stands for a text that the table has: it is put there in the transaction that first names it. */
  #keep(text: string): string {
    const digest = this.#documents.digestOf(text)
    this.#statements.putDocument.run(digest, text)
    return digest
  }

  #decode(text: string): unknown {
    return decode(JSON.parse(text), (digest) => {
      const known = this.#documents.textOf(digest)
      if (known !== undefined) return known
      const found = String(this.#statements.document.get(digest)?.['text'] ?? '')
      this.#documents.remember(digest, found)
      return found
    })
  }
}

function statementsOf(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql)
  return {
    version: prepare('SELECT version FROM partition WHERE id = ?'),
    move: prepare('INSERT INTO partition VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version'),
    rows: prepare('SELECT kind, key, value FROM item WHERE partition = ?'),
    putItem: prepare('INSERT INTO item VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
    removeItem: prepare('DELETE FROM item WHERE partition = ? AND kind = ? AND key = ?'),
    putShelf: prepare('INSERT INTO shelf VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
    removeShelf: prepare('DELETE FROM shelf WHERE partition = ? AND kind = ? AND key = ?'),
    shelved: prepare('SELECT value FROM shelf WHERE partition = ? AND kind = ? AND key = ?'),
    shelfAfter: prepare(
      'SELECT kind, key, value FROM shelf WHERE partition = ? AND kind = ? AND key > ? ORDER BY key LIMIT ?',
    ),
    shelfFrom: prepare(
      'SELECT kind, key, value FROM shelf WHERE partition = ? AND kind = ? AND key >= ? ORDER BY key LIMIT ?',
    ),
    putDocument: prepare('INSERT INTO document VALUES (?, ?) ON CONFLICT DO NOTHING'),
    document: prepare('SELECT text FROM document WHERE digest = ?'),
    putRecord: prepare(
      'INSERT INTO audit (time, account, principal, event, request, record) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    count: prepare(
      'INSERT INTO audit_slot VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last, bytes = bytes + excluded.bytes',
    ),
    slots: prepare('SELECT slot, bytes FROM audit_slot'),
    forget: prepare(
      `DELETE FROM audit WHERE id IN
       (SELECT id FROM audit WHERE id <= (SELECT last FROM audit_slot WHERE slot = ?) ORDER BY id LIMIT ?)`,
    ),
    forgetSlot: prepare('DELETE FROM audit_slot WHERE slot = ?'),
  }
}
