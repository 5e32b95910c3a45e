/** The clients that people carry objects with, unmodified: each lives through its story (`test/s3-clients`), on files. */

import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { client, clients as clientsHere, type ClientName } from '../tools/clients.mjs'

const ROOT = new URL('..', import.meta.url).pathname
const STORIES = join(ROOT, 'test/s3-clients')
const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAROOTEXAMPLE00000',
  AWS_SECRET_ACCESS_KEY: 'rootsecretrootsecretrootsecretrootsecret',
}
const TIME = 120_000

let server: ChildProcess | undefined
let folder: string | undefined

afterEach(async () => {
  const gone = new Promise((resolve) => server?.once('exit', resolve))
  server?.kill('SIGTERM')
  if (server !== undefined) await gone
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  server = undefined
})

async function up(data: string): Promise<string> {
  const argv = [join(ROOT, 'packages/cli/bin/sallyport.cjs'), 'up', '--port', '0', '--data', data, '--json']
  const env = {
    ...process.env,
    ROOT_AWS_ACCESS_KEY_ID: KEYS.AWS_ACCESS_KEY_ID,
    ROOT_AWS_SECRET_ACCESS_KEY: KEYS.AWS_SECRET_ACCESS_KEY,
  }
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  server = child
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part) => {
      text += String(part)
      if (text.includes('\n')) resolve((JSON.parse(text) as { endpoint: string }).endpoint) // printed by `up --json`
    })
    child.once('exit', (code) => reject(new Error(`up ended with ${code}`)))
  })
}

/** What a story says, and how it ended. */
async function live(command: readonly string[], cwd: string, env: Record<string, string>): Promise<string> {
  const [program = '', ...rest] = command
  const child = spawn(program, rest, { cwd, env: { ...process.env, ...env }, timeout: TIME })
  let text = ''
  child.stdout.on('data', (part) => (text += String(part)))
  child.stderr.on('data', (part) => (text += String(part)))
  const code = await new Promise((resolve) => child.once('close', resolve))
  return code === 0 ? text : `${text}\nended with ${String(code)}`
}

const CLIENTS: readonly (readonly [ClientName, string, (path: string) => readonly string[]])[] = [
  ['cli1', 'AWS', () => ['bash', join(STORIES, 'aws.sh')]],
  ['cli2', 'AWS', () => ['bash', join(STORIES, 'aws.sh')]],
  ['python', 'PYTHON', (path) => [path, join(STORIES, 'transfers.py')]],
  ['rclone', 'RCLONE', () => ['bash', join(STORIES, 'rclone.sh')]],
  ['s3cmd', 'S3CMD', () => ['bash', join(STORIES, 's3cmd.sh')]],
]

/** With AWS's CLI one version is enough: Debian and PyPI have another each. */
function pathOf(name: ClientName): string | undefined {
  const found = name === 'cli1' || name === 'cli2' ? clientOrNone(name) : client(name)
  if (found === undefined) process.stderr.write(`the story of \`${name}\` is left out: it is not on this machine\n`)
  return found
}

function clientOrNone(name: 'cli1' | 'cli2'): string | undefined {
  const other = name === 'cli1' ? 'cli2' : 'cli1'
  const here = clientsHere()
  return here[name] ?? (here[other] === undefined ? client(name) : undefined)
}

for (const [name, variable, command] of CLIENTS) {
  const path = pathOf(name)
  test.skipIf(path === undefined)(
    `${name} carries objects there and back, and leaves nothing`,
    { timeout: TIME },
    async () => {
      folder = mkdtempSync(join(tmpdir(), 'sallyport-s3-client-'))
      const data = join(folder, 'data')
      const endpoint = await up(data)
      const env = {
        ...KEYS,
        AWS_ENDPOINT_URL: endpoint,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EC2_METADATA_DISABLED: 'true',
      }
      const text = await live(command(path ?? ''), folder, { ...env, HERE: STORIES, [variable]: path ?? '' })
      expect(text.trimEnd().split('\n').at(-1), text).toBe('done')
      expect(existsSync(data) ? readdirSync(join(data, 'objects', 'incoming')) : ['no data']).toEqual([])
    },
  )
}
