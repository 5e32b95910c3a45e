/** The data folder: where each thing lies in it, the master key beside it, and the note that a running server leaves there. */

import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Failure, isSystemError, Usage } from './failure.ts'
import { replace, writeSynced } from './files.ts'

export const DEFAULT_FOLDER = './.sallyport'

export interface Folder {
  /** As the user wrote it: messages say it back. */
  readonly given: string
  readonly path: string
  readonly database: string
  readonly objects: string
  readonly key: string
  readonly credentials: string
  readonly note: string
}

export function folderAt(given: string): Folder {
  const path = resolve(given)
  return {
    given,
    path,
    database: join(path, 'sallyport.db'),
    objects: join(path, 'objects'),
    key: `${path}.key`,
    credentials: join(path, 'credentials'),
    note: join(path, 'server.json'),
  }
}

/** `server.json`: how other commands find the server that runs on a folder. */
export interface Note {
  readonly pid: number
  readonly endpoint: string
  /** What `HTTPS_PROXY` should say. */
  readonly proxy?: string
  /** The file with the authority's certificate, where anything speaks TLS. */
  readonly ca?: string
  readonly region: string
  readonly startedAt: string
  /** The seconds that calls under way have when it is told to stop, where that was said. */
  readonly grace?: number
}

export function writeNote(folder: Folder, note: Note): void {
  replace(folder.note, `${JSON.stringify(note, null, 2)}\n`, 0o600)
}

/** `undefined` where no server has left one. */
export function readNote(folder: Folder): Note | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(folder.note, 'utf8'))
    if (isNote(note)) return note
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new Failure(`\`${folder.note}\` cannot be read: remove it, and stop the server by its process id if one runs`)
}

export function dropNote(folder: Folder): void {
  rmSync(folder.note, { force: true })
}

function isNote(value: unknown): value is Note {
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('endpoint' in value)) return false
  return (
    Number.isSafeInteger(value.pid) &&
    Number(value.pid) > 0 &&
    typeof value.endpoint === 'string' &&
    URL.canParse(value.endpoint)
  )
}

export interface KeySources {
  readonly keyFile?: string | undefined
  /** SALLYPORT_KEY. */
  readonly fromEnvironment?: string | undefined
}

/** Where the master key is looked for, in the words of messages. */
export function keySource(folder: Folder, { keyFile, fromEnvironment }: KeySources): string {
  return fromEnvironment === undefined ? `\`${keyFile ?? `${folder.given}.key`}\`` : 'SALLYPORT_KEY'
}

/** The master key where there is one: given as text, or in a file. */
export function findKey(folder: Folder, { keyFile, fromEnvironment }: KeySources): Buffer | undefined {
  if (keyFile !== undefined && fromEnvironment !== undefined) {
    throw new Usage('both `--key-file` and SALLYPORT_KEY give a master key: give one of them')
  }
  if (fromEnvironment !== undefined) return parseKey(fromEnvironment, 'SALLYPORT_KEY')
  return readKey(keyFile ?? folder.key)
}

/**
 * The master key, drawn at the first start where none is given. Secrets in a folder that has been used open with its own
 * key alone, so a lost one is never replaced.
 */
export function masterKey(folder: Folder, sources: KeySources): Buffer {
  const file = sources.keyFile ?? folder.key
  const found = findKey(folder, sources) ?? (existsSync(folder.database) ? undefined : drawKey(file))
  if (found !== undefined) return found
  throw new Failure(
    `the key of \`${folder.given}\` is lost: \`${file}\` is not there, and what is sealed in the folder opens with no other. ` +
      'put the file back, give the key with `--key-file` or SALLYPORT_KEY, or start with another `--data` folder',
  )
}

function readKey(file: string): Buffer | undefined {
  try {
    return parseKey(readFileSync(file, 'utf8'), `\`${file}\``)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}

function parseKey(text: string, source: string): Buffer {
  if (!/^[0-9a-fA-F]{64}$/.test(text.trim()))
    throw new Usage(`${source} has no master key: it is 64 hexadecimal digits`)
  return Buffer.from(text.trim(), 'hex')
}

/** Written whole beside its place and linked into it, so that of two servers that start together one key wins. */
function drawKey(file: string): Buffer {
  const aside = `${file}.${process.pid}`
  mkdirSync(dirname(file), { recursive: true })
  writeSynced(aside, `${randomBytes(32).toString('hex')}\n`, 0o600)
  try {
    linkSync(aside, file)
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error
  } finally {
    rmSync(aside, { force: true })
  }
  return parseKey(readFileSync(file, 'utf8'), `\`${file}\``)
}
