/** Who is measured: each starts as a process of its own on core 0, and says when it answers. */

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { send, type Keys } from './sign.ts'

export interface Contestant {
  readonly name: string
  readonly keys: Keys
  readonly account: string
  /** The command and its environment, for a port. */
  command(port: number): {
    readonly argv: readonly [string, ...string[]]
    readonly env: Readonly<Record<string, string>>
  }
}

export interface Running {
  readonly port: number
  /** Milliseconds from the start of the process to its first 200 answer. */
  readonly firstAnswer: number
  /** MiB. */
  memory(): number
  stop(): Promise<void>
}

const KEYS: Keys = { accessKeyId: 'AKIABENCHMARKEXAMPLE', secretAccessKey: 'benchmarkbenchmarkbenchmarkbenchmarkbenc' }
const ROOT = new URL('../../', import.meta.url).pathname

export function sallyport(kind: 'sqlite' | 'memory'): Contestant {
  return {
    name: `sallyport (${kind === 'sqlite' ? 'SQLite, durable' : 'in memory'})`,
    keys: KEYS,
    account: '123456789012',
    command(port) {
      const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
      const where = kind === 'sqlite' ? ['--data', join(data, 'state')] : ['--ephemeral']
      const bin = join(ROOT, 'packages/cli/bin/sallyport.cjs')
      return {
        argv: [bin, 'up', '--port', String(port), ...where],
        env: { ROOT_AWS_ACCESS_KEY_ID: KEYS.accessKeyId, ROOT_AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey },
      }
    },
  }
}

/** The nearest neighbour that is on the machine. It checks no signature and writes nothing to disk. */
export const moto: Contestant = {
  name: 'moto server',
  keys: KEYS,
  account: '123456789012',
  command: (port) => ({ argv: ['moto_server', '-H', '127.0.0.1', '-p', String(port)], env: {} }),
}

export async function start(contestant: Contestant): Promise<Running> {
  const port = await freePort()
  const { argv, env } = contestant.command(port)
  const [command, ...rest] = pinned(0, argv)
  const begin = performance.now()
  const child = spawn(command, rest, { stdio: 'ignore', env: { ...process.env, ...env } })
  const pid = child.pid
  if (pid === undefined) throw new Error(`\`${command}\` does not start`)
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${contestant.name} ended with ${code}`)))
  })
  failed.catch(() => {})
  await Promise.race([answers(port, contestant.keys), failed])
  const firstAnswer = performance.now() - begin
  return { port, firstAnswer, memory: () => memoryOf(pid), stop: () => stop(child) }
}

/** `taskset` keeps server and load apart, each on a core of its own. */
export function pinned(core: number, argv: readonly [string, ...string[]]): [string, ...string[]] {
  return ['taskset', '-c', String(core), ...argv]
}

async function answers(port: number, keys: Keys): Promise<void> {
  const give = performance.now() + 60_000
  while (performance.now() < give) {
    const status = await send(port, keys, 'sts', { Action: 'GetCallerIdentity', Version: '2011-06-15' }).catch(() => 0)
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`nothing answers on port ${port}`)
}

/** Of the process and, as `taskset` replaces itself by what it runs, of nothing else. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(late)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
