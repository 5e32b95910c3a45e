/** PostgreSQL as a store: loaded where it is wanted, since its driver costs more than the rest of a start. */

export { postgresBlobs } from './blobs.ts'
export { postgresStore, type PostgresOptions } from './store.ts'
