/**
 * What the machine offers to keep functions apart from it, found out once by trying.
 *
 * `namespaces`: Linux namespaces by util-linux: a file system of its own in which the machine's data is not, processes of
 * its own, an unprivileged user. `permission`: Node's permission model, for functions in Node.js alone.
 */

import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { commandIn } from './command.ts'
import type { Places } from './places.ts'

export type Isolation = 'namespaces' | 'permission' | 'none'

const TOOLS = ['unshare', 'setpriv', 'prlimit', 'mount', 'umount', 'pivot_root', 'sh', 'cat', 'dirname', 'readlink']
const FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin']
const PROBE_TIME = 10_000

export interface Found {
  readonly isolation: Isolation
  /** Why it is not better. */
  readonly because?: string
}

/** Tries the best there is. What it says is logged, once. */
export async function findIsolation(places: Places, log: Log): Promise<Found> {
  const because = await whyNoNamespaces(places)
  if (because === undefined) {
    log.info?.({ isolation: 'namespaces' }, 'functions run in namespaces of their own')
    return { isolation: 'namespaces' }
  }
  const words = 'no namespaces for functions: those in Node.js run under its permission model, others are refused'
  log.warn?.({ isolation: 'permission', because }, words)
  return { isolation: 'permission', because }
}

async function whyNoNamespaces(places: Places): Promise<string | undefined> {
  if (process.platform !== 'linux') return `${process.platform} has none`
  const missing = TOOLS.find((tool) => !FOLDERS.some((folder) => existsSync(join(folder, tool))))
  if (missing !== undefined) return `\`${missing}\` is not there`
  return tried(places)
}

/** Runs Node in a sandbox that must not see the folder that the code lies in. */
function tried(places: Places): Promise<string | undefined> {
  const task = join(places.folder, 'probe')
  mkdirSync(task, { recursive: true })
  mkdirSync(join(places.folder, 'root'), { recursive: true })
  chmodSync(task, 0o755)
  const { file, args, env, script } = commandIn('namespaces', places, {
    task,
    memory: 128,
    storage: 16,
    slot: 0,
    environment: { given: {}, own: {} },
    program: { kind: 'node', file: process.execPath, args: ['/var/runtime/probe.mjs', task], folders: [] },
  })
  return new Promise((resolve) => {
    const child = execFile(file, args, { env, timeout: PROBE_TIME, killSignal: 'SIGKILL' }, (error, out, said) => {
      if (error === null && out.trim() === 'closed 65534') return resolve(undefined)
      resolve(said.trim().split('\n').at(-1) || error?.message || `it said \`${out.trim()}\``)
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(script)
  })
}
