/** What `up` does: from options to a server that runs, is announced, and stops cleanly when it is told to. */

import type { GivenKeys, Limits, Retention } from '@sallyport/server'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { announce } from './announce.ts'
import { givenAdministrator, readCredentials, writeCredentials, type Keys } from './credentials.ts'
import { Failure, isSystemError, Usage } from './failure.ts'
import { DEFAULT_FOLDER, dropNote, folderAt, masterKey, readNote, writeNote, type Folder, type Note } from './folder.ts'
import { quotaSettings } from './quotas.ts'
import { openLog, type Level } from './logging.ts'
import { warn } from './say.ts'
import { isLoopback, serve, type Running, type Serving } from './serving.ts'
import { stopOnSignal } from './stopping.ts'
import { openTracing } from './tracing.ts'
import { isHealthy } from './client.ts'
import { noted } from './whereabouts.ts'

/** The options of `up`, as its parser leaves them. */
export interface Launch {
  readonly org?: string
  readonly port: number
  readonly host: string
  readonly data?: string
  readonly store?: string
  readonly ephemeral?: boolean
  readonly region: string
  readonly strictScope?: true
  readonly testClock?: true
  readonly tls?: true
  readonly proxy?: number
  readonly functions: 'auto' | 'unisolated' | 'off'
  readonly jwks?: GivenKeys
  readonly approveQuotas?: true
  readonly consistency: 'strong' | 'eventual'
  /** As the command line names them. */
  readonly quota?: ReadonlyMap<string, number>
  readonly keyFile?: string
  readonly json?: true
  readonly logLevel: Level
  /** MiB. */
  readonly cache?: number
  readonly keepDays?: number
  readonly keepMib?: number
  readonly maxConnections?: number
  readonly maxCalls?: number
  /** Bytes; the times are seconds. */
  readonly maxHeader?: number
  readonly headerTime?: number
  readonly bodyTime?: number
  readonly idleTime?: number
  readonly grace?: number
}

export async function launch(options: Launch): Promise<void> {
  const { org, ephemeral = false } = options
  refuseContradictions(options)
  const administrator = givenAdministrator(process.env)
  // Read before anything is opened: a file with an error in it starts nothing.
  const declaration = org === undefined ? undefined : (await import('./organization/file.ts')).readOrganization(org)
  const quotas = await quotaSettings(options.quota ?? new Map())
  // What is written from here on is for this user alone.
  process.umask(0o077)
  const folder = ephemeral ? temporaryFolder() : await freeFolder(options.data ?? DEFAULT_FOLDER)
  const leave = (): void => (ephemeral ? rmSync(folder.path, { recursive: true, force: true }) : dropNote(folder))
  try {
    const { log, flush } = openLog(options.logLevel)
    const tracing = await openTracing(process.env, log)
    const { tracer } = tracing ?? {}
    const running = await serve({ ...serving(options, folder), declaration, quotas, administrator, log, tracer })
    stopOnSignal({ close: () => running.close(), flush: [async () => tracing?.flush(), flush], leave })
    await settle(running, { folder, administrator, options })
  } catch (error) {
    if (ephemeral) leave()
    throw error
  }
}

function refuseContradictions({ ephemeral = false, data, store, keyFile }: Launch): void {
  if (ephemeral && store !== undefined) {
    throw new Usage('`--ephemeral` keeps nothing and `--store` says where to keep it: give one of them')
  }
  if (ephemeral && data !== undefined) {
    throw new Usage('`--ephemeral` keeps nothing and `--data` says where to keep it: give one of them')
  }
  if (ephemeral && keyFile !== undefined) {
    throw new Usage('`--ephemeral` seals nothing that lasts: `--key-file` is of no use to it')
  }
}

function serving(options: Launch, folder: Folder): Omit<Serving, 'log'> {
  const {
    host,
    port,
    region,
    strictScope = false,
    testClock = false,
    tls = false,
    proxy,
    functions,
    keyFile,
    store: url,
    ephemeral = false,
  } = options
  const fromEnvironment = process.env['SALLYPORT_KEY'] || undefined
  const state = ephemeral ? {} : { state: { folder, url, masterKey: masterKey(folder, { keyFile, fromEnvironment }) } }
  const keep = (keys: Keys): void => writeCredentials(folder, keys)
  return {
    ...state,
    host,
    port,
    region,
    strictScope,
    testClock,
    tls,
    proxyPort: proxy,
    functions: functions === 'off' ? undefined : { mode: functions, folder: join(folder.path, 'functions') },
    limits: limitsOf(options),
    ...(options.jwks !== undefined && { jwks: options.jwks }),
    consistency: options.consistency,
    ...(options.approveQuotas === true && { approveQuotas: true }),
    ...(options.cache !== undefined && { cache: options.cache * MIB }),
    retention: retentionOf(options),
    authorityFolder: folder.path,
    keep,
  }
}

const MIB = 1024 * 1024

function retentionOf({ keepDays, keepMib }: Launch): Partial<Retention> {
  return {
    ...(keepDays !== undefined && { days: keepDays }),
    ...(keepMib !== undefined && { bytes: keepMib * MIB }),
  }
}

function limitsOf(options: Launch): Partial<Limits> {
  const { maxConnections, maxCalls, maxHeader, headerTime, bodyTime, idleTime, grace } = options
  return {
    ...(maxConnections !== undefined && { connections: maxConnections }),
    ...(maxCalls !== undefined && { calls: maxCalls }),
    ...(maxHeader !== undefined && { headerBytes: maxHeader }),
    ...(headerTime !== undefined && { headerTime: headerTime * 1000 }),
    ...(bodyTime !== undefined && { bodyTime: bodyTime * 1000 }),
    ...(idleTime !== undefined && { idleTime: idleTime * 1000 }),
    ...(grace !== undefined && { grace: grace * 1000 }),
  }
}

interface Settling {
  readonly folder: Folder
  readonly administrator: Keys | undefined
  readonly options: Launch
}

/** Leaves the note for other commands, then says that it is ready. */
async function settle(running: Running, { folder, administrator, options }: Settling): Promise<void> {
  const { endpoint, proxy, ca, founded, accounts } = running
  const doors = { ...(proxy === undefined ? {} : { proxy }), ...(ca === undefined ? {} : { ca }) }
  const startedAt = new Date().toISOString()
  const grace = options.grace === undefined ? {} : { grace: options.grace }
  const note: Note = { pid: process.pid, endpoint, ...doors, region: options.region, startedAt, ...grace }
  try {
    writeNote(folder, note)
  } catch (error) {
    await running.close()
    throw error
  }
  if (!isLoopback(options.host)) {
    warn(`listening on \`${options.host}\`, not on loopback: whoever reaches this machine reaches the server`)
  }
  const kept = readCredentials(folder)?.accessKeyId === founded.administrator.accessKeyId
  const source = administrator !== undefined ? 'environment' : kept ? 'file' : 'unknown'
  const isDefault = options.data === undefined && options.ephemeral === undefined
  const dataArgument = isDefault ? {} : { dataArgument: folder.given }
  announce({ note, folder, founded, accounts, source, ...dataArgument }, options.json === true)
}

function temporaryFolder(): Folder {
  return folderAt(mkdtempSync(join(tmpdir(), 'sallyport-')))
}

/** The data folder, made where there is none, once it is known that no server runs on it. */
export async function freeFolder(data: string): Promise<Folder> {
  const folder = folderAt(data)
  try {
    mkdirSync(folder.path, { recursive: true, mode: 0o700 })
  } catch (error) {
    if (isSystemError(error)) throw new Failure(`\`${data}\` cannot be the data folder: ${error.message}`)
    throw error
  }
  const note = readNote(folder)
  if (note !== undefined && (await isHealthy(noted(note)))) {
    throw new Failure(
      `a server runs on \`${data}\` already, at ${note.endpoint}: stop it with \`sallyport down\`, or give this one another \`--data\` folder`,
    )
  }
  return folder
}
