import { afterAll, beforeAll } from 'vitest'
import { startPostgres, type Postgres } from '../../../../tools/postgres.mjs'
import { postgresStore } from '../../src/store/postgres/store.ts'
import { storeSuite } from './suite.ts'

let database: Postgres
beforeAll(async () => {
  database = await startPostgres()
})
afterAll(async () => {
  await database.stop()
})

let stores = 0
storeSuite('postgres', () => {
  stores += 1
  const name = `suite${stores}`
  return {
    async open() {
      await database.psql(`CREATE DATABASE ${name}`)
      return postgresStore(urlOf(name), { node: `node${stores}`, onBug: (error) => console.error(error) })
    },
    async clear() {
      await database.psql(`DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
})

function urlOf(name: string): string {
  return Object.assign(new URL(database.url), { pathname: `/${name}` }).href
}
