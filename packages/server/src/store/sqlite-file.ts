/** The file of a SQLite store: opened by one process alone, checked after a crash, brought to the schema of this release. */

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { migrations } from './sqlite-migrations.ts'

export interface Opened {
  readonly database: DatabaseSync
  /** The process that had it before ended without closing it. */
  readonly crashed: boolean
}

/**
 * Throws where another process has it, a newer Sallyport wrote it, this user may not write it, or it is damaged. What
 * it says is for the operator.
 */
export function openFile(path: string): Opened {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const opened = open(path)
    sweepSnapshots(path)
    return opened
  } catch (error) {
    throw inWords(error, path)
  }
}

export function closeFile(database: DatabaseSync): void {
  try {
    database.exec(`UPDATE meta SET value = 'closed' WHERE key = 'state'`)
  } catch {
    // the disk does not take it: at the next start the file is checked, as after a crash
  }
  database.close()
}

/** A place beside the file for a copy of it. */
export function snapshotPlace(path: string, number: number): string {
  return `${path}-snapshot-${process.pid}-${number}`
}

function sweepSnapshots(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(`${basename(path)}-snapshot-`)) rmSync(join(dirname(path), name), { force: true })
  }
}

function open(path: string): Opened {
  const database = new DatabaseSync(path)
  try {
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 0;',
    )
    database.exec('BEGIN IMMEDIATE; COMMIT;')
    migrate(database, path)
    const crashed = database.prepare(`SELECT value FROM meta WHERE key = 'state'`).get()?.['value'] === 'open'
    if (crashed) check(database, path)
    database.exec(`INSERT INTO meta VALUES ('state', 'open') ON CONFLICT DO UPDATE SET value = 'open'`)
    return { database, crashed }
  } catch (error) {
    database.close()
    throw error
  }
}

/** Forward only, and all or nothing. */
function migrate(database: DatabaseSync, path: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > migrations.length) {
    throw new Error(`\`${path}\` was written by a newer sallyport (schema ${version}): update, or use another folder`)
  }
  if (version === migrations.length) return
  database.exec('BEGIN')
  for (const step of migrations.slice(version)) step(database)
  database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`)
}

function check(database: DatabaseSync, path: string): void {
  const found = String(database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'])
  if (found !== 'ok') throw new Error(`\`${path}\` is damaged (${found.replaceAll(/\s+/g, ' ')}): ${RESTORE}`)
}

const RESTORE = 'bring a backup back with `sallyport restore`, into another --data folder'
const IN_USE = 'is in use by another process: stop that server, or give this one its own --data folder'
const UNWRITABLE = 'cannot be written by this user: give a folder that can with --data'

/** SQLite's result codes (sqlite.org/rescode.html), the primary ones. */
const WORDS: Readonly<Record<number, string>> = {
  5: IN_USE,
  8: UNWRITABLE,
  10: 'cannot be written (disk I/O error): see that its disk is well, and not mounted read-only',
  11: `is damaged: ${RESTORE}`,
  13: 'cannot be written: its disk is full',
  14: UNWRITABLE,
}
/** Of making its folder; on a read-only disk Node says that there is no such one. */
const NODE_CODES: ReadonlySet<string> = new Set(['EACCES', 'ENOENT', 'ENOTDIR', 'EPERM', 'EROFS'])

function inWords(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error
  const words = 'errcode' in error ? WORDS[Number(error.errcode) & 0xff] : undefined
  if (words !== undefined) return new Error(`\`${path}\` ${words}`, { cause: error })
  const denied = 'code' in error && NODE_CODES.has(String(error.code))
  return denied ? new Error(`\`${path}\` ${UNWRITABLE}`, { cause: error }) : error
}
