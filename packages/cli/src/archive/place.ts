/** Where an archive is brought in: a folder with nothing in it, or an empty store elsewhere. All of it is there, or nothing. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Failure, isSystemError } from '../failure.ts'
import { syncFolder } from '../files.ts'
import { folderAt, readNote, type Folder } from '../folder.ts'
import { isHealthy } from '../client.ts'
import { openLog } from '../logging.ts'
import { openState, type OpenState, type StatePlace } from '../state.ts'
import { noted } from '../whereabouts.ts'

export interface EmptyPlace {
  readonly state: OpenState
  /** As it is while it is filled. */
  readonly folder: Folder
  /** For what is needed meanwhile. */
  readonly room: string
  /** All is there: from now on it can be served. */
  settle(): Promise<void>
  /** As if it had never been. */
  abandon(): void
}

/** Refuses what has anything in it. */
export async function emptyPlace(place: StatePlace): Promise<EmptyPlace> {
  const { folder } = place
  const note = readNote(folder)
  if (note !== undefined && (await isHealthy(noted(note)))) {
    throw new Failure(
      `a server runs on \`${folder.given}\`, at ${note.endpoint}: an archive goes where nothing is; name another folder with \`--data\``,
    )
  }
  return place.url === undefined ? inFolder(folder) : elsewhere(place)
}

/** It grows in a folder of its own inside, since the folder itself may be where another disk begins. */
async function inFolder(folder: Folder): Promise<EmptyPlace> {
  const made = refuseFull(folder)
  const inner = folderAt(join(folder.path, GROWING))
  mkdirSync(inner.path, { mode: 0o700 })
  const abandon = (): void => {
    rmSync(inner.path, { recursive: true, force: true })
    if (made) rmdirSync(folder.path)
  }
  try {
    const state = await openState({ folder: inner }, openLog('warn').log)
    const room = mkdtempSync(join(inner.path, 'room-'))
    return {
      state,
      folder: inner,
      room,
      async settle() {
        await state.store.close()
        rmSync(room, { recursive: true, force: true })
        moveUp(inner, folder)
      },
      abandon,
    }
  } catch (error) {
    abandon()
    throw error
  }
}

const GROWING = 'restoring'
/** What a disk's own system leaves in its topmost folder. */
const NOTHING: ReadonlySet<string> = new Set(['lost+found'])

/** True where the folder was made. */
function refuseFull({ given, path }: Folder): boolean {
  try {
    const made = !existsSync(path)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const names = readdirSync(path).filter((name) => !NOTHING.has(name))
    if (names.length === 0) return made
    throw new Failure(
      names.includes(GROWING)
        ? `an archive was broken off on its way into \`${given}\`: remove \`${given}/${GROWING}\`, then do this again`
        : `\`${given}\` has something in it, such as \`${names[0]}\`: an archive goes where nothing is; name another folder with \`--data\``,
    )
  } catch (error) {
    throw isSystemError(error) ? new Failure(`\`${given}\` cannot be the data folder: ${error.message}`) : error
  }
}

/** The database comes last: before it is there, there is no state. */
function moveUp(inner: Folder, { given, path, database }: Folder): void {
  if (existsSync(database))
    throw new Failure(`a server was started on \`${given}\` meanwhile: name another folder with \`--data\``)
  const last = basename(database)
  for (const name of readdirSync(inner.path).filter((name) => name !== last)) {
    renameSync(join(inner.path, name), join(path, name))
  }
  syncFolder(path)
  renameSync(inner.database, database)
  rmdirSync(inner.path)
  syncFolder(path)
}

async function elsewhere(place: StatePlace): Promise<EmptyPlace> {
  const { contentOf } = await import('@sallyport/server')
  const state = await openState(place, openLog('warn').log)
  const content = await contentOf(state.store)
  if (content !== undefined) {
    await closed(state)
    throw new Failure(
      `the store of \`--store\` has ${content} in it: an archive goes where nothing is; empty it, or name another`,
    )
  }
  mkdirSync(place.folder.path, { recursive: true, mode: 0o700 })
  const room = mkdtempSync(join(tmpdir(), 'sallyport-'))
  const leave = (): void => rmSync(room, { recursive: true, force: true })
  return {
    state,
    folder: place.folder,
    room,
    async settle() {
      leave()
      await closed(state)
    },
    abandon: leave,
  }
}

export async function closed({ store, blobs }: OpenState): Promise<void> {
  await Promise.all([store.close(), blobs.close?.()])
}
