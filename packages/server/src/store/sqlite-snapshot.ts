/** A copy of a SQLite store, read from beginning to end and then thrown away. */

import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { AuditRecord } from '../audit/record.ts'
import { decode } from './documents.ts'
import { put, type Change, type Snapshot } from './store.ts'

export function sqliteSnapshot(path: string): Snapshot {
  const database = new DatabaseSync(path, { readOnly: true })
  const document = database.prepare('SELECT text FROM document WHERE digest = ?')
  const textOf = (digest: string): string => String(document.get(digest)?.['text'] ?? '')

  function* rowsOf(table: 'item' | 'shelf'): Generator<Change> {
    const all = database.prepare(`SELECT partition, kind, key, value FROM ${table} ORDER BY partition, kind, key`)
    for (const row of all.iterate()) {
      const value = decode(JSON.parse(String(row['value'])), textOf)
      yield put(String(row['partition']), String(row['kind']), String(row['key']), value)
    }
  }

  return {
    async *rows() {
      yield* rowsOf('item')
      yield* rowsOf('shelf')
    },
    async *records() {
      for (const row of database.prepare('SELECT record FROM audit ORDER BY id').iterate()) {
        yield JSON.parse(String(row['record'])) as AuditRecord // written by `auditRow`
      }
    },
    async close() {
      database.close()
      for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
    },
  }
}
