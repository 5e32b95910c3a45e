/** The load as a process of its own. */

import { spawn } from 'node:child_process'
import type { Figures, Plan } from './load.ts'

/** `within` puts a command before it: on which core it runs. */
export function load(plan: Plan, within: (argv: [string, ...string[]]) => [string, ...string[]]): Promise<Figures> {
  const [command, ...rest] = within([process.execPath, new URL('load.ts', import.meta.url).pathname])
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(plan))
  let text = ''
  child.stdout.on('data', (part) => (text += String(part)))
  return new Promise((resolve, reject) => {
    child.once('close', (code) =>
      code === 0 ? resolve(JSON.parse(text) as Figures) : reject(new Error(`load ended with ${code}`)),
    ) // printed by load.ts
  })
}
