/** Which of the machine's interpreters runs a function, and what it needs of the machine. */

import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Program } from './command.ts'

/** The machine lacks what the function is to be run by. */
export class NoInterpreter extends Error {}

const ASK = `import json, os, sys, sysconfig
print(json.dumps([list(sys.version_info[:2]), os.path.realpath(sys.executable), sorted({sys.prefix, sys.base_prefix})]))`
const ASK_TIME = 10_000

/** Node runs every `nodejs…` runtime: the one that runs the server. Python must be of the very version. */
export class Interpreters {
  readonly #path: string
  readonly #pythons = new Map<string, Promise<Program>>()

  /** `path`: where programs are looked for. */
  constructor(path: string) {
    this.#path = path
  }

  async of(runtime: string): Promise<Program> {
    if (/^nodejs\d/.test(runtime)) return { kind: 'node', file: process.execPath, args: [], folders: [] }
    const [, version] = /^python(3\.\d+)$/.exec(runtime) ?? []
    if (version === undefined) throw new NoInterpreter(`sallyport runs Node.js and Python, and not \`${runtime}\``)
    const known = this.#pythons.get(version) ?? this.#find(version)
    this.#pythons.set(version, known)
    // One that was not there may be installed while the server runs.
    known.catch(() => this.#pythons.delete(version))
    return known
  }

  async #find(version: string): Promise<Program> {
    for (const name of [`python${version}`, 'python3', 'python']) {
      for (const folder of this.#path.split(delimiter)) {
        const found = await about(join(folder, name))
        if (found?.version === version) return { kind: 'python', args: [], ...found }
      }
    }
    throw new NoInterpreter(
      `the runtime \`python${version}\` needs \`python${version}\`, which is not on the server's PATH`,
    )
  }
}

interface Python {
  readonly version: string
  readonly file: string
  readonly folders: readonly string[]
}

function about(file: string): Promise<Python | undefined> {
  if (!isProgram(file)) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    execFile(file, ['-I', '-c', ASK], { timeout: ASK_TIME }, (error, out) => {
      if (error !== null) return resolve(undefined)
      const [version, real, prefixes] = JSON.parse(out) as [[number, number], string, string[]] // printed by `ASK`
      const folders = prefixes.filter((folder) => folder !== '/usr' && folder !== '/')
      resolve({ version: version.join('.'), file: real, folders })
    })
  })
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
