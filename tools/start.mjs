/** `npm start`: sets the checkout up and starts the three accounts. What follows `npm start --` goes on to `sallyport up`. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensure, NODE, ROOT } from './setup.mjs'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

try {
  await ensure()
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}

const given = process.argv.slice(2)
const organization = given.includes('--org') ? [] : ['--org', join('examples', 'three-accounts.yaml')]
const bin = join(ROOT, 'packages', 'cli', 'bin', 'sallyport.cjs')
const child = spawn(NODE, [bin, 'up', ...organization, ...given], {
  cwd: ROOT,
  stdio: 'inherit',
})

// A terminal sends its signal to the child too; a second one would end it at once.
for (const signal of SIGNALS)
  process.on(signal, () => (process.stdin.isTTY && signal === 'SIGINT' ? undefined : child.kill(signal)))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128)
})
