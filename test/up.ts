/** A `sallyport up` of its own on a free port, as a test of whole clients starts it, and its end. */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ROOT = new URL('..', import.meta.url).pathname
export const SALLYPORT = join(ROOT, 'packages/cli/bin/sallyport.cjs')
export const KEYS = {
  ROOT_AWS_ACCESS_KEY_ID: 'AKIAROOTEXAMPLE00000',
  ROOT_AWS_SECRET_ACCESS_KEY: 'rootsecretrootsecretrootsecretrootsecret',
}

export interface Up {
  readonly endpoint: string
  readonly proxy?: string
  readonly ca?: string
  /** Its data folder. */
  readonly data: string
  /** Ends it, and takes its data away. */
  stop(): Promise<void>
}

export async function up(options: readonly string[] = []): Promise<Up> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-up-'))
  const data = join(folder, 'data')
  const child = spawn(process.execPath, [SALLYPORT, 'up', '--port', '0', '--data', data, '--json', ...options], {
    env: { ...process.env, ...KEYS },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await gone
    rmSync(folder, { recursive: true, force: true })
  }
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part) => {
      text += String(part)
      if (text.includes('\n')) resolve({ ...(JSON.parse(text) as Omit<Up, 'data' | 'stop'>), data, stop }) // printed by `up --json`
    })
    child.once('exit', (code) => reject(new Error(`up ended with ${code}`)))
  })
}

/** Runs a program to its end: what it said, on both its channels, and its exit code. */
export function run(
  command: readonly string[],
  { cwd = ROOT, env }: { readonly cwd?: string; readonly env: NodeJS.ProcessEnv },
): Promise<{ readonly text: string; readonly code: number | null }> {
  const [program = '', ...rest] = command
  const child = spawn(program, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout.on('data', (part) => (text += String(part)))
  child.stderr.on('data', (part) => (text += String(part)))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ text, code }))
  })
}
