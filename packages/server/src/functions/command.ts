/** The command line that starts a function's process, by how it is kept apart from the machine. */

import { join } from 'node:path'
import type { Environment } from './environment.ts'
import type { Isolation } from './isolation.ts'
import type { Places } from './places.ts'

export interface Program {
  readonly kind: 'node' | 'python'
  /** The interpreter. */
  readonly file: string
  readonly args: readonly string[]
  /** What it needs beyond the system's own folders. */
  readonly folders: readonly string[]
}

export interface Start {
  /** The folder of the unpacked code. */
  readonly task: string
  /** MiB. */
  readonly memory: number
  /** MiB of `/tmp`. */
  readonly storage: number
  /** Tells it from the others that run. */
  readonly slot: number
  readonly environment: Environment
  readonly program: Program
  /** The certificate to trust, where the server speaks TLS. */
  readonly ca?: string | undefined
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** What goes to its standard input: the function's variables, which must not reach what runs before the walls stand. */
  readonly script: string
}

/** What an interpreter takes for itself before a function has anything: Node reserves more than half of it. */
const OVERHEAD = 1024
/** Users that systemd keeps for what it runs for a while: nobody has them. https://systemd.io/UIDS-GIDS/ */
const FIRST_USER = 61_184
const USERS = 4_000
const MIB = 1024 * 1024
const WALLS = ['--mount', '--pid', '--fork', '--ipc', '--uts', '--kill-child=KILL']

export function commandIn(isolation: Isolation, places: Places, start: Start): Command {
  return isolation === 'namespaces' ? namespaced(places, start) : plain(isolation, places, start)
}

function namespaced({ folder, runtime, sdk = '' }: Places, start: Start): Command {
  const { task, memory, storage, slot, environment, program, ca = '' } = start
  const root = process.getuid?.() === 0
  const [file, prefixes] = program.kind === 'node' ? ['/var/lang/bin/node', []] : [program.file, program.folders]
  return {
    file: 'setpriv',
    args: [
      // Where the server dies, so does what it started; and with the first process of a namespace all others in it.
      '--pdeathsig',
      'KILL',
      'unshare',
      ...(root ? [] : ['--user', '--map-root-user']),
      ...WALLS,
      '/bin/sh',
      join(runtime, 'sandbox.sh'),
      file,
      ...program.args,
    ],
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      SBX_ROOT: join(folder, 'root'),
      SBX_TASK: task,
      SBX_RUNTIME: runtime,
      SBX_SDK: sdk,
      SBX_NODE: program.kind === 'node' ? program.file : '',
      SBX_CA: ca,
      SBX_PREFIXES: prefixes.join('\n'),
      SBX_TMP: String(storage),
      SBX_UID: root ? String(FIRST_USER + (slot % USERS)) : '',
      SBX_DATA: String((memory + OVERHEAD) * MIB),
    },
    cwd: '/',
    script: Object.entries({ ...environment.given, ...environment.own })
      .map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
      .join(''),
  }
}

/** INVARIANT: `permission` is asked for functions in Node.js alone. */
function plain(isolation: Isolation, { runtime, sdk }: Places, { task, program, environment, ca }: Start): Command {
  const modules = sdk === undefined ? [] : [join(task, '..', 'node_modules'), sdk]
  const open = [task, runtime, ...modules, ...(ca === undefined ? [] : [ca])]
  const { given, own } = environment
  const temporary = own['TMPDIR'] ?? ''
  const walls = [
    '--permission',
    // it opens files beside the permission model
    '--no-experimental-sqlite',
    ...open.map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-read=${temporary}`,
    `--allow-fs-write=${temporary}`,
  ]
  if (isolation === 'none')
    return { file: program.file, args: program.args, env: { ...given, ...own }, cwd: task, script: '' }
  const env = { ...own, SALLYPORT_PERMISSION: '1' }
  return { file: program.file, args: [...walls, ...program.args], env, cwd: task, script: JSON.stringify(given) }
}
