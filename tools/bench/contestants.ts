/** Who is measured: each starts as a process of its own on core 0, and says when it answers. */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../postgres.mjs'
import { cpuOf, memoryOf, pin, residentOf } from './family.ts'
import { query, send, type Keys } from './sign.ts'

export type ContestantId = 'sqlite' | 'memory' | 'postgres' | 'moto'

export interface Contestant {
  readonly id: ContestantId
  readonly name: string
  readonly keys: Keys
  readonly account: string
  /** Why it cannot be measured here; nothing where it can. */
  lacks(): string | undefined
  /** A place for its state, whatever that takes. */
  prepare(): Promise<Ground>
}

/** Where the servers of one contestant keep their state. Each server that starts finds it empty. */
export interface Ground {
  /** The process that keeps the state, where that is not the server. */
  readonly database?: number
  command(port: number): Promise<Command>
  clear(): Promise<void>
}

export interface Command {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
}

/** Of the server, and of the database where it has one. */
export interface Share {
  readonly server: number
  readonly database?: number
}

export interface Running {
  readonly port: number
  readonly pid: number
  /** Milliseconds from the start of the process to its first 200 answer. */
  readonly firstAnswer: number
  /** MiB. */
  memory(): Share
  /** Microseconds so far. */
  cpu(): Share
  stop(): Promise<void>
}

export const KEYS: Keys = {
  accessKeyId: 'AKIABENCHMARKEXAMPLE',
  secretAccessKey: 'benchmarkbenchmarkbenchmarkbenchmarkbenc',
}
export const AS_KEYS = { ROOT_AWS_ACCESS_KEY_ID: KEYS.accessKeyId, ROOT_AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey }
export const BIN = new URL('../../packages/cli/bin/sallyport.cjs', import.meta.url).pathname
const ALONE = '123456789012'

const sqlite: Contestant = {
  id: 'sqlite',
  name: 'sallyport (SQLite, durable)',
  keys: KEYS,
  account: ALONE,
  lacks: () => undefined,
  async prepare() {
    const parent = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
    let turn = 0
    return {
      command: async (port) => up(port, ['--data', join(parent, `state${(turn += 1)}`)]),
      clear: async () => rmSync(parent, { recursive: true }),
    }
  },
}

const memory: Contestant = {
  id: 'memory',
  name: 'sallyport (in memory)',
  keys: KEYS,
  account: ALONE,
  lacks: () => undefined,
  prepare: async () => ({ command: async (port) => up(port, ['--ephemeral']), clear: async () => {} }),
}

const postgres: Contestant = {
  id: 'postgres',
  name: 'sallyport (PostgreSQL, durable)',
  keys: KEYS,
  account: ALONE,
  lacks: () => undefined,
  async prepare() {
    const parent = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
    const database = await startPostgres()
    pin(database.pid, 0)
    let turn = 0
    return {
      database: database.pid,
      async command(port) {
        const name = `bench${(turn += 1)}`
        await database.psql(`CREATE DATABASE ${name}`)
        return up(port, ['--data', join(parent, name), '--store', urlOf(database.url, name)])
      },
      async clear() {
        await database.stop()
        rmSync(parent, { recursive: true, force: true })
      },
    }
  },
}

/** The nearest neighbour that is on the machine. It checks no signature and writes nothing to disk. */
const moto: Contestant = {
  id: 'moto',
  name: 'moto server',
  keys: KEYS,
  account: ALONE,
  lacks: () => (spawnSync('which', ['moto_server']).status === 0 ? undefined : 'moto_server is not on this machine'),
  prepare: async () => ({
    command: async (port) => ({ argv: ['moto_server', '-H', '127.0.0.1', '-p', String(port)], env: {} }),
    clear: async () => {},
  }),
}

export const CONTESTANTS: readonly Contestant[] = [sqlite, memory, postgres, moto]

/** Another database of the same server. */
export function urlOf(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href
}

/** `sallyport up`, by the node that runs this. */
export function up(port: number, args: readonly string[]): Command {
  return { argv: [process.execPath, BIN, 'up', '--port', String(port), ...args], env: AS_KEYS }
}

export async function start(
  { name, keys }: Pick<Contestant, 'name' | 'keys'>,
  { command, database }: Ground,
): Promise<Running> {
  const port = await freePort()
  const { argv, env } = await command(port)
  const [program, ...rest] = pinned(0, argv)
  const begin = performance.now()
  const child = spawn(program, rest, { stdio: 'ignore', env: { ...process.env, ...env } })
  const pid = child.pid
  if (pid === undefined) throw new Error(`\`${program}\` does not start`)
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
  })
  failed.catch(() => {})
  await Promise.race([answers(port, keys), failed])
  const firstAnswer = performance.now() - begin
  const share = (server: number, other: (pid: number) => number): Share =>
    database === undefined ? { server } : { server, database: other(database) }
  return {
    port,
    pid,
    firstAnswer,
    memory: () => share(residentOf(pid), memoryOf),
    cpu: () => share(cpuOf(pid), cpuOf),
    stop: () => stop(child),
  }
}

/** `taskset` keeps server and load apart, each on a core of its own, and becomes what it starts. */
export function pinned(core: number, argv: readonly [string, ...string[]]): [string, ...string[]] {
  return ['taskset', '-c', String(core), ...argv]
}

export async function answers(port: number, keys: Keys): Promise<void> {
  const whoAmI = query('sts', { Action: 'GetCallerIdentity' })
  const give = performance.now() + 60_000
  while (performance.now() < give) {
    const { status } = await send(port, keys, whoAmI).catch(() => ({ status: 0 }))
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`nothing answers on port ${port}`)
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(late)
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
