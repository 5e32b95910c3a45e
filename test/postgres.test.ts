/** The PostgreSQL that tests and benchmarks start: a crash of it loses nothing that it had acknowledged. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { startPostgres } from '../tools/postgres.mjs'

afterEach(() => {
  vi.unstubAllEnvs()
})

const SOURCES = [
  ['', 'the machine’s own, where there is one'],
  ['embedded', 'the one from npm'],
] as const

describe.each(SOURCES)('SALLYPORT_PG=%s: %s', (source) => {
  test('finds its rows again when it and all its backends were killed', async () => {
    vi.stubEnv('SALLYPORT_PG', source)
    const postgres = await startPostgres()
    await postgres.psql('CREATE TABLE kept (id integer); INSERT INTO kept VALUES (7)')
    const waiting = postgres.psql('SELECT pg_sleep(60)').then(
      () => 'answered',
      () => 'lost',
    )
    await expect
      .poll(() => postgres.psql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"))
      .toHaveLength(1)
    const { pid } = postgres
    await postgres.kill('SIGKILL')
    expect(await waiting).toBe('lost')
    expect(existsSync(`/proc/${pid}`)).toBe(false)
    await expect(postgres.psql('SELECT 1')).rejects.toThrow(/ECONNREFUSED/)

    await postgres.restart()
    expect(postgres.pid).not.toBe(pid)
    expect(await postgres.psql('SELECT id FROM kept')).toEqual([{ id: 7 }])
    await postgres.stop()
  })

  test('syncs what it commits', async () => {
    vi.stubEnv('SALLYPORT_PG', source)
    const postgres = await startPostgres()
    const shown = await postgres.psql(
      "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name",
    )
    expect(shown.map(({ setting }) => setting)).toEqual(['on', 'on', 'on'])
    await postgres.stop()
  })
})

test('a folder that was given keeps its data', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-kept-'))
  const before = await startPostgres({ folder })
  await before.psql('CREATE TABLE kept (id integer)')
  await before.stop()
  const after = await startPostgres({ folder, settings: { max_connections: '20' } })
  expect(await after.psql('SELECT id FROM kept')).toEqual([])
  expect(await after.psql('SHOW max_connections')).toEqual([{ max_connections: '20' }])
  await after.stop()
  rmSync(folder, { recursive: true })
})
