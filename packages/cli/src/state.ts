/** The state that options name: where it lies, whether there is any, and the store and blobs that hold it. */

import type { Blobs, Store, StoreKind } from '@sallyport/server'
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
export async function openState({ folder, url }: StatePlace): Promise<OpenState> {
  if (url !== undefined) throw new Error(`no store at ${storeUrl(url)}`)
  const { fileBlobs, sqliteStore } = await import('@sallyport/server')
  const store = opened(() => sqliteStore(folder.database))
  return { kind: 'sqlite', store, blobs: fileBlobs(folder.objects) }
}

/** What keeps a database from opening is the user's to mend, and its message says how. */
function opened<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new Failure(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** A URL whose store this release can open. */
export function storeUrl(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]
  throw new Usage(
    scheme === undefined
      ? '`--store` is given no URL: leave it out for the store in the data folder, which `--data` names'
      : `this release opens no \`${scheme}\` store: leave \`--store\` out for the one in the data folder`,
  )
}
