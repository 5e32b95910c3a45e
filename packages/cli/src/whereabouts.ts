/** Which server is meant: one that is named, the one that runs on a data folder, or the one the environment points at. */

import { readFileSync } from 'node:fs'
import { isHealthy, type Target } from './client.ts'
import { Failure, isSystemError, Usage } from './failure.ts'
import { DEFAULT_FOLDER, folderAt, readNote, type Folder, type Note } from './folder.ts'

export interface Whereabouts {
  readonly endpoint?: string | undefined
  /** The data folder, where it was given. */
  readonly data?: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** `undefined` where nothing says that there is a server. */
export function findTarget({ endpoint, data }: Whereabouts, environment: Environment): Target | undefined {
  const folder = folderAt(data ?? DEFAULT_FOLDER)
  if (endpoint !== undefined) return targetAt(endpoint, folder, environment)
  const note = readNote(folder)
  if (note !== undefined) return noted(note)
  const pointed = environment['AWS_ENDPOINT_URL']
  return data === undefined && pointed ? targetAt(pointed, folder, environment) : undefined
}

/** The server that is meant, where there has to be one. */
export function targetOf(where: Whereabouts): Target {
  const target = findTarget(where, process.env)
  if (target !== undefined) return target
  throw new Failure('there is no server here: name one with `--endpoint` or `--data`')
}

/** The server to be asked about a state: one that is named, or runs on the folder; none where the state is there to be opened. */
export async function serverOf(where: Whereabouts, isThere: boolean): Promise<Target | undefined> {
  const note = where.endpoint === undefined ? readNote(folderAt(where.data ?? DEFAULT_FOLDER)) : undefined
  if (note !== undefined && (await isHealthy(noted(note)))) return noted(note)
  return where.endpoint === undefined && isThere ? undefined : findTarget(where, process.env)
}

export function noted({ endpoint, region, ca }: Note): Target {
  return { endpoint, region, ca: ca === undefined ? undefined : readIfThere(ca) }
}

/** The note of the server that runs on `folder`, asked whether it still does. */
export async function runningOn(folder: Folder): Promise<Note> {
  const note = readNote(folder)
  if (note !== undefined && (await isHealthy(noted(note)))) return note
  throw new Failure(
    `no server runs on \`${folder.given}\`: start one with \`sallyport up\`, or name another folder with \`--data\``,
  )
}

function targetAt(endpoint: string, folder: Folder, environment: Environment): Target {
  if (!/^https?:\/\/[^/]/.test(endpoint) || !URL.canParse(endpoint)) {
    throw new Usage(`\`${endpoint}\` is no endpoint: give one as http://127.0.0.1:4566`)
  }
  const region = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || 'us-east-1'
  const files = [environment['AWS_CA_BUNDLE'], `${folder.path}/tls/ca.pem`]
  const ca = endpoint.startsWith('https:')
    ? files.map((file) => (file ? readIfThere(file) : undefined)).find(Boolean)
    : undefined
  return { endpoint, region, ca }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
