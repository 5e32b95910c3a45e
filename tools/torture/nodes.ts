/** Servers as processes of their own, by the built command: started, killed, started again. */

import { spawn } from 'node:child_process'
import { AS_KEYS, BIN } from '../bench/contestants.ts'

export interface Node {
  readonly name: string
  readonly port: number
  readonly pid: number
  readonly isOver: boolean
  /** What it said on its standard error, the end of it. */
  readonly complaints: string
  /** Resolves when the process is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

const START_SECONDS = 60
const KEPT_CHARACTERS = 20_000

/** Resolves when it is ready. */
export async function startNode(name: string, args: readonly string[]): Promise<Node> {
  const { child, ready, node } = spawnNode(name, args)
  const late = setTimeout(() => child.kill('SIGKILL'), START_SECONDS * 1000)
  const port = await ready
  clearTimeout(late)
  if (port === undefined) throw new Error(`${name} does not start: ${node(0).complaints}`)
  return node(port)
}

/** Starts one and kills it so many milliseconds later, ready or not. */
export async function startAndKill(name: string, args: readonly string[], milliseconds: number): Promise<void> {
  const { node } = spawnNode(name, args)
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  await node(0).end('SIGKILL')
}

function spawnNode(name: string, args: readonly string[]) {
  const child = spawn(process.execPath, [BIN, 'up', '--port', '0', '--json', ...args], {
    env: { ...process.env, ...AS_KEYS },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const leave = (): void => void child.kill('SIGKILL')
  process.on('exit', leave)
  void gone.then(() => process.off('exit', leave))
  child.stderr.on('data', (part: Buffer) => (output.stderr = (output.stderr + String(part)).slice(-KEPT_CHARACTERS)))
  const ready = new Promise<number | undefined>((resolve) => {
    child.stdout.on('data', (part: Buffer) => {
      output.stdout += String(part)
      if (output.stdout.includes('\n')) resolve(portIn(output.stdout))
    })
    void gone.then(() => resolve(undefined))
  })
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
  const node = (port: number): Node => ({
    name,
    port,
    pid: child.pid ?? 0,
    get isOver() {
      return isOver()
    },
    get complaints() {
      return output.stderr
    },
    async end(signal) {
      if (!isOver()) child.kill(signal)
      await gone
    },
  })
  return { child, ready, node }
}

function portIn(line: string): number {
  const { endpoint } = JSON.parse(line) as { endpoint: string } // what `up --json` prints
  return Number(new URL(endpoint).port)
}
