/** The command as users run it: real processes of the built bin, in a folder of their own, with a clean environment. */

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
export const BIN = join(ROOT, 'packages/cli/bin/sallyport.cjs')
export const NODE = join(ROOT, 'node_modules/node/bin/node')
export const THREE_ACCOUNTS = join(ROOT, 'examples/three-accounts.yaml')
export const VEGETA_BATMAN = join(ROOT, 'examples/vegeta-batman.yaml')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What `up --json` prints. */
export interface Ready {
  readonly endpoint: string
  readonly proxy?: string
  readonly ca?: string
  readonly pid: number
  readonly data: string
  readonly administrator: { readonly account: string; readonly accessKeyId: string; readonly credentials?: string }
  readonly accounts: readonly { readonly id: string; readonly name: string; readonly path?: string }[]
  readonly next: readonly string[]
}

export interface Up {
  readonly ready: Ready
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

type Environment = Readonly<Record<string, string>>

export interface Workshop {
  /** A temporary folder, in which everything runs. */
  readonly folder: string
  run(args: readonly string[], environment?: Environment): Promise<Ended>
  /** As `run`, while it runs. */
  start(
    args: readonly string[],
    environment?: Environment,
  ): { readonly child: ChildProcess; readonly ended: Promise<Ended> }
  /** `up`, on a free port, resolved when it is ready. */
  up(args?: readonly string[], environment?: Environment): Promise<Up>
}

/** Call it in a `describe` or at the top of a file: what it starts has ended after the last test. */
export function workshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'))
  const children = new Set<ChildProcess>()

  const start = (
    args: readonly string[],
    environment: Environment = {},
  ): { child: ChildProcess; ended: Promise<Ended> } => {
    const child = spawn(NODE, [BIN, ...args], { cwd: folder, env: { ...clean(), ...environment } })
    children.add(child)
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (part: Buffer) => (output.stdout += part))
    child.stderr.on('data', (part: Buffer) => (output.stderr += part))
    const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...output })))
    return { child, ended }
  }

  beforeAll(() => void execFileSync(NODE, [join(ROOT, 'tools/build.ts')], { stdio: 'ignore' }))
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    rmSync(`${folder}.key`, { force: true })
  })

  return {
    folder,
    start,
    run: (args, environment) => start(args, environment).ended,
    async up(args = [], environment = {}) {
      const { child, ended } = start(['up', '--port', '0', '--json', ...args], environment)
      const line = await Promise.race([firstLine(child), ended])
      if (typeof line !== 'string') throw new Error(`up ended with ${line.code}: ${line.stderr}`)
      return { ready: JSON.parse(line) as Ready, child, ended } // what the next test says of it
    },
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout?.on('data', (part: Buffer) => {
      text += part
      if (text.includes('\n')) resolve(text)
    })
  })
}

/** Nothing of the machine's that AWS's clients or ours would read. */
function clean(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|ROOT_AWS_|SALLYPORT_|OTEL_|NO_COLOR|FORCE_COLOR|NODE_)/.test(name),
  )
  return {
    ...Object.fromEntries(kept),
    HOME: tmpdir(),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}
