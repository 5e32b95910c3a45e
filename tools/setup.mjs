/**
 * Brings a checkout into a state in which it runs: what is missing is installed, what is stale is built. It is all that
 * a machine with an old node can run, so it is JavaScript, and it needs nothing that is not node's own.
 */

import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** The node that the checkout brings along, whatever runs this. */
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json')

/** Installs and builds as far as is needed; throws where that fails. */
export async function ensure() {
  if (isOutdated()) {
    process.stderr.write('installing what is missing (npm ci)\n')
    await succeed('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { shell: process.platform === 'win32' })
  }
  await succeed(NODE, [join(ROOT, 'tools', 'build.ts')])
}

/** npm leaves its own copy of the lock file behind when it is done. */
function isOutdated() {
  if (!existsSync(INSTALLED) || !existsSync(NODE)) return true
  return statSync(INSTALLED).mtimeMs < statSync(join(ROOT, 'package-lock.json')).mtimeMs
}

async function succeed(command, args, options = {}) {
  const code = await run(command, args, options)
  if (code !== 0) throw new Error(`\`${[command, ...args].join(' ')}\` ended with ${code}`)
}

/** Runs in the checkout with its own node first on the path. Resolves to the exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    // What it prints is progress: the closing line of whoever asked stays alone on the standard output.
    const env = { ...process.env, PATH: [dirname(NODE), process.env.PATH].join(delimiter) }
    const child = spawn(command, args, { cwd: ROOT, env, stdio: ['inherit', 2, 2], ...options })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)))
  })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  ensure().catch((error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  })
}
