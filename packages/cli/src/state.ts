/** The state that options name: where it lies, whether there is any, and the store and blobs that hold it. */

import type { Blobs, Log, Retention, Store, StoreKind } from '@sallyport/server'
import { existsSync } from 'node:fs'
import { Failure, Usage } from './failure.ts'
import type { Folder } from './folder.ts'

export interface StatePlace {
  readonly folder: Folder
  /** `--store`: where it is not in the folder. */
  readonly url?: string | undefined
}

export interface OpenState {
  readonly kind: StoreKind
  readonly store: Store
  readonly blobs: Blobs
}

/** Whether there is anything to open. What lies behind a URL is told when it is opened. */
export function isThere({ folder, url }: StatePlace): boolean {
  return url !== undefined || existsSync(folder.database)
}

/** The place as messages name it. A URL may have a password in it. */
export function nameOf({ folder, url }: StatePlace): string {
  return url === undefined ? `\`${folder.given}\`` : 'the store of `--store`'
}

/** Opens it, or makes it where there is none. */
export async function openState(
  { folder, url }: StatePlace,
  log: Log,
  kept: Partial<Retention> = {},
): Promise<OpenState> {
  const { fileBlobs, nodeName, RETENTION, sqliteStore, systemRandom } = await import('@sallyport/server')
  const retention = { ...RETENTION, ...kept }
  const onTrouble = (reason: string | undefined): void => {
    if (reason === undefined) log.warn?.({}, 'the store is well again')
    else log.warn?.({ reason }, 'the store is in trouble')
  }
  if (url === undefined) {
    const store = await opened(() => sqliteStore(folder.database, { onTrouble, retention }))
    return { kind: 'sqlite', store, blobs: fileBlobs(folder.objects) }
  }
  const { postgresBlobs, postgresStore } = await import('@sallyport/server/postgres')
  const options = {
    node: nodeName(systemRandom()),
    onTrouble,
    retention,
    onBug: (error: unknown) => reportBug(log, error),
  }
  return { kind: 'postgres', store: await opened(() => postgresStore(url, options)), blobs: postgresBlobs(url) }
}

export function reportBug(log: Log, error: unknown, fields: object = {}): void {
  log.error?.({ ...fields, stack: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'bug')
}

/** What keeps a database from opening is the user's to mend, and its message says how. */
async function opened<T>(make: () => T | Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    throw new Failure(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** A URL whose store can be opened. */
export function storeUrl(text: string): string {
  if (/^postgres(?:ql)?:\/\/./.test(text) && URL.canParse(text)) return text
  // the text may hold a password: it is not said back
  throw new Usage('`--store` takes the URL of a PostgreSQL, such as postgres://sallyport@127.0.0.1:5432/sallyport')
}
