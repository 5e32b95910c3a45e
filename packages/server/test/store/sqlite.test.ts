import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { migrations } from '../../src/store/sqlite-migrations.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import { NEVER, put, remove } from '../../src/store/store.ts'
import { moves, recordOf, storeSuite } from './suite.ts'

const A = '111111111111'
const B = '222222222222'

storeSuite('sqlite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-store-'))
  return { open: () => sqliteStore(join(folder, 'state.db')), clear: () => rmSync(folder, { recursive: true }) }
})

describe('on a disk', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-store-'))
    path = join(folder, 'data', 'state.db')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('everything is there after it was closed and opened again', async () => {
    const store = sqliteStore(path)
    await store.commit({
      moves: moves({ [A]: NEVER }, 'x'),
      changes: [put(A, 'role', 'r', { trust: { document: 'text' } }), put(A, 'object', 'b/k', { size: 1 })],
      records: [recordOf('write', A)],
    })
    await store.note(recordOf('read', A))
    await store.close()

    const again = sqliteStore(path)
    const value = { trust: { document: 'text' } }
    expect(await again.load(A)).toMatchObject({ version: '1-x', rows: [{ kind: 'role', key: 'r', value }] })
    expect(await again.shelved(A, 'object', 'b/k')).toEqual({ size: 1 })
    const { records } = await again.audited({ account: A, limit: 9 })
    expect(records.map(({ requestID }) => requestID)).toEqual(['read', 'write'])
    await expect(again.commit({ moves: moves({ [A]: NEVER }, 'y'), changes: [], records: [] })).rejects.toThrow(
      'moved on',
    )
    await again.commit({ moves: moves({ [A]: '1-x' }, 'x'), changes: [remove(A, 'role', 'r')], records: [] })
    expect(await again.load(A)).toMatchObject({ version: '2-x', rows: [] })
    await again.close()
  })

  test('a text in two accounts, and twice in one, is one row', async () => {
    const store = sqliteStore(path)
    const value = { inline: [{ document: 'the same' }, { document: 'the same' }, { document: 'another' }] }
    const changes = [put(A, 'role', 'r', value), put(B, 'user', 'u', value)]
    await store.commit({ moves: moves({ [A]: NEVER, [B]: NEVER }, 'x'), changes, records: [] })
    await store.close()
    const database = new DatabaseSync(path)
    const texts = database.prepare('SELECT text FROM document').all()
    expect(texts.map(({ text }) => text).toSorted()).toEqual(['another', 'the same'])
    expect(JSON.stringify(database.prepare('SELECT value FROM item').all())).not.toContain('the same')
    database.close()
  })

  test('records of reads are durable soon, without another call', async () => {
    const store = sqliteStore(path)
    await store.note(recordOf('read', A))
    await new Promise((resolve) => setTimeout(resolve, 150))
    const { stdout } = await inAnotherProcess(`
      const { DatabaseSync } = await import('node:sqlite')
      const { cpSync } = await import('node:fs')
      cpSync(${JSON.stringify(join(folder, 'data'))}, ${JSON.stringify(join(folder, 'copy'))}, { recursive: true })
      const row = new DatabaseSync(${JSON.stringify(join(folder, 'copy', 'state.db'))}).prepare('SELECT request FROM audit').get()
      console.log(row?.request)
    `)
    expect(stdout.trim()).toBe('read')
    await store.close()
  })

  test('a second process on the same file is refused, told why and what would help, and the first goes on', async () => {
    const store = sqliteStore(path)
    const opening = `
      const { sqliteStore } = await import(${JSON.stringify(new URL('../../src/store/sqlite.ts', import.meta.url).href)})
      try { sqliteStore(${JSON.stringify(path)}); console.log('opened') } catch (error) { console.log(error.message) }
    `
    const { stdout } = await inAnotherProcess(opening)
    expect(stdout.trim()).toBe(
      `\`${path}\` is in use by another process: stop that server, or give this one its own --data folder`,
    )
    expect(() => sqliteStore(path)).toThrow('is in use by another process')
    await store.commit({ moves: moves({ [A]: NEVER }, 'x'), changes: [put(A, 'k', 'x', 1)], records: [] })
    await store.close()
    expect((await inAnotherProcess(opening)).stdout.trim()).toBe('opened')
  })

  test('a file of a newer schema is refused, and left as it was', () => {
    const make = new DatabaseSync(join(folder, 'newer.db'))
    make.exec('PRAGMA user_version = 99; CREATE TABLE later (x)')
    make.close()
    const newer = join(folder, 'newer.db')
    expect(() => sqliteStore(newer)).toThrow(
      `\`${newer}\` was written by a newer sallyport (schema 99): update, or use another folder`,
    )
    const look = new DatabaseSync(newer)
    expect(
      look
        .prepare('SELECT name FROM sqlite_schema')
        .all()
        .map(({ name }) => name),
    ).toEqual(['later'])
    look.close()
  })

  test('a file of the first schema is brought up, with all that is in it', async () => {
    mkdirSync(join(folder, 'data'))
    const old = new DatabaseSync(path)
    migrations[0]?.(old)
    const record = { ...recordOf('old', A, { principal: 'arn:aws:iam::111111111111:user/x' }) }
    old.exec(`PRAGMA user_version = 1; INSERT INTO partition VALUES ('${A}', 7);
      INSERT INTO item VALUES ('${A}', 'role', 'r', '{"trust":{"document":"d"}}'); INSERT INTO document VALUES ('d', 'text');
      INSERT INTO partition VALUES ('organization', 3); INSERT INTO item VALUES
      ('organization', 'orgPolicy', 'p-1', '{"id":"p-1","targets":["r-1","ou-1"],"document":"d"}'),
      ('organization', 'orgPolicy', 'p-2', '{"id":"p-2","targets":["r-1"],"document":"d"}')`)
    old.prepare('INSERT INTO audit (account, request, record) VALUES (?, ?, ?)').run(A, 'old', JSON.stringify(record))
    old.close()
    const store = sqliteStore(path)
    const value = { trust: { document: 'text' } }
    expect(await store.load(A)).toMatchObject({ version: '7-0', rows: [{ kind: 'role', key: 'r', value }] })
    expect((await store.load('organization')).rows.map(({ kind, key, value: it }) => [kind, key, it])).toEqual([
      ['attachment', 'ou-1', { target: 'ou-1', policies: ['p-1'] }],
      ['attachment', 'r-1', { target: 'r-1', policies: ['p-1', 'p-2'] }],
      ['orgPolicy', 'p-1', { id: 'p-1', document: 'text' }],
      ['orgPolicy', 'p-2', { id: 'p-2', document: 'text' }],
    ])
    const query = { account: A, principal: 'arn:aws:iam::111111111111:user/x', eventName: 'GetCallerIdentity' }
    const from = Date.parse(record.eventTime)
    expect(await store.audited({ ...query, from, to: from + 1, limit: 9 })).toEqual({ records: [record] })
    await store.commit({ moves: moves({ [A]: '7-0' }, 'x'), changes: [remove(A, 'role', 'r')], records: [] })
    await store.close()
  })

  test('after a crash a file is checked, and one that is damaged is refused with what helps', async () => {
    const store = sqliteStore(path)
    const changes = Array.from({ length: 500 }, (_, at) => put(A, 'role', `r${at}`, { text: 'x'.repeat(200) }))
    await store.commit({ moves: moves({ [A]: NEVER }, 'x'), changes, records: [] })
    await store.close()
    // as a process that was killed leaves it, on a disk that lost a page
    const file = new DatabaseSync(path)
    file.exec(`UPDATE meta SET value = 'open' WHERE key = 'state'; PRAGMA wal_checkpoint(TRUNCATE)`)
    file.close()
    const bytes = readFileSync(path)
    bytes.fill(0xff, 20 * 4096, 24 * 4096)
    writeFileSync(path, bytes)
    expect(() => sqliteStore(path)).toThrow(/is damaged.*sallyport restore/)
  })

  test.each([
    ['bytes that no write finished', (wal: Buffer) => Buffer.concat([wal, Buffer.alloc(3000, 'torn')])],
    ['a write that was begun and torn', (wal: Buffer) => Buffer.concat([wal, wal.subarray(32, 32 + 2000)])],
  ])('a crash that leaves %s behind costs nothing that was acknowledged', async (_what, tear) => {
    const store = sqliteStore(path)
    await store.commit({
      moves: moves({ [A]: NEVER }, 'x'),
      changes: [put(A, 'k', 'x', 1)],
      records: [recordOf('one')],
    })
    // what is on the disk at this moment, as a machine that lost its power would find it
    const copy = join(folder, 'copy', 'state.db')
    cpSync(join(folder, 'data'), join(folder, 'copy'), { recursive: true })
    writeFileSync(`${copy}-wal`, tear(readFileSync(`${copy}-wal`)))
    const after = sqliteStore(copy)
    expect(await after.load(A)).toMatchObject({ version: '1-x', rows: [{ kind: 'k', key: 'x', value: 1 }] })
    expect((await after.audited({ limit: 9 })).records.map(({ requestID }) => requestID)).toEqual(['one'])
    await after.close()
    await store.close()
  })

  test('records are kept for so many days and so many bytes, the newest first', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] })
    const [day, slot] = [86_400_000, 600_000]
    let now = 1_000 * day
    const store = sqliteStore(path, { now: () => now, retention: { days: 10, bytes: 3_000 } })
    const kept = async () => (await store.audited({ limit: 99 })).records.map(({ requestID }) => requestID)
    const note = async (id: string): Promise<void> => {
      await store.note(recordOf(id, A))
      await store.audited({ limit: 1 })
    }
    await note('ancient')
    now += 9 * day
    await note('old')
    now += 2 * day
    await note('new')
    await vi.advanceTimersByTimeAsync(61_000)
    vi.useRealTimers()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await kept()).toEqual(['new', 'old'])
    vi.useFakeTimers({ toFake: ['setInterval'] })
    await store.close()
    const small = sqliteStore(path, { now: () => now, retention: { days: 10, bytes: 3_000 } })
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      now += slot
      await small.note(recordOf(id, A))
      await small.audited({ limit: 1 })
    }
    await vi.advanceTimersByTimeAsync(61_000)
    vi.useRealTimers()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const left = (await small.audited({ limit: 99 })).records
    expect(JSON.stringify(left).length).toBeLessThan(3_500)
    expect(left.map(({ requestID }) => requestID).slice(0, 3)).toEqual(['h', 'g', 'f'])
    await small.close()
  })

  test('a file that is no database is refused', () => {
    expect(() => sqliteStore(import.meta.filename)).toThrow('file is not a database')
  })

  test('the folder is for its owner alone', async () => {
    await sqliteStore(path).close()
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
  })
})

function inAnotherProcess(script: string): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, ['--no-warnings', '--input-type=module', '-e', script])
}
