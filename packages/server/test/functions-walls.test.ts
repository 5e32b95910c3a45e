import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Interpreters } from '../src/functions/interpreter.ts'
import { findIsolation, type Isolation } from '../src/functions/isolation.ts'
import { placesWith } from '../src/functions/places.ts'
import { startFunctions, type FunctionServer } from './functions.ts'
import { zipOf } from './package.ts'

/** Each starts a process, and the machine may be busy. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/** What an operator has on the machine, and a function must not have. */
const home = mkdtempSync(join(tmpdir(), 'sallyport-home-'))
const DATABASE = join(home, 'sallyport.db')
const KEY = join(home, 'sallyport.key')
const MARK = 'the-operators-own-secret'
process.env['SECRET_OF_THE_OPERATOR'] = MARK
writeFileSync(DATABASE, MARK, { mode: 0o600 })
writeFileSync(KEY, MARK, { mode: 0o644 })

const { isolation: best } = await findIsolation(placesWith(join(home, 'probe')), {})
const python = await pythonHere()
afterAll(() => rmSync(home, { recursive: true, force: true }))

async function pythonHere(): Promise<string | undefined> {
  const found = new Interpreters(process.env['PATH'] ?? '')
  for (const version of ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9']) {
    if ((await found.of(version).catch(() => undefined)) !== undefined) return version
  }
  return undefined
}

const CLOSED = /ENOENT|ESRCH|EPERM|EACCES|EROFS|ERR_ACCESS_DENIED/
const ENDED = /^(?:Runtime\.OutOfMemory|Runtime\.ExitError|RangeError)$/

/** A function's body; what it gives, or the code of what it throws, is what came of its attempt. */
const ATTEMPTS: readonly [name: string, body: string, ends: RegExp, why: string][] = [
  ['loops without end', 'for (;;);', /^Sandbox\.Timedout$/, 'its time is over'],
  [
    'waits without end',
    'await new Promise((done) => setTimeout(done, 60_000))',
    /^Sandbox\.Timedout$/,
    'so too asleep',
  ],
  [
    'eats memory outside of the heap',
    'const all = []; for (;;) all.push(Buffer.alloc(4e6, 1))',
    ENDED,
    'the limit is for all',
  ],
  ['eats the heap', 'const all = []; for (;;) all.push({ all: [...all] })', ENDED, 'Node itself ends it'],
  ['reads the database', `return readFileSync(${JSON.stringify(DATABASE)}, 'utf8')`, CLOSED, 'it is nobody else’s'],
  [
    'reads the master key',
    `return readFileSync(${JSON.stringify(KEY)}, 'utf8')`,
    CLOSED,
    'even where others may read it',
  ],
  ['lists the operator’s folder', `return readdirSync(${JSON.stringify(home)})`, CLOSED, 'nor what there is'],
  [
    'goes up by a link',
    `symlinkSync(${JSON.stringify(home)}, tmp + '/up'); return readdirSync(tmp + '/up')`,
    CLOSED,
    'a link leads nowhere',
  ],
  [
    'reads the server’s environment',
    `return readFileSync('/proc/${process.pid}/environ', 'utf8')`,
    CLOSED,
    'its process is not seen',
  ],
  [
    'reads its parent’s environment',
    'return readFileSync(`/proc/${process.ppid}/environ`, "utf8")',
    CLOSED,
    'nor what started it',
  ],
  ['looks through the first process', 'return readdirSync("/proc/1/root/root")', CLOSED, 'which is not its own'],
  ['kills the server', `process.kill(${process.pid}, 'SIGKILL'); return 'killed'`, CLOSED, 'no signal gets there'],
  [
    'opens a debugger in the server',
    `process._debugProcess(${process.pid}); return 'opened'`,
    CLOSED,
    'by a signal too',
  ],
  [
    'writes to its own code',
    'writeFileSync(process.env.LAMBDA_TASK_ROOT + "/x", ""); return 1',
    CLOSED,
    'the next call would run it',
  ],
  ['writes to a folder of all', 'writeFileSync("/var/tmp/x", ""); return 1', CLOSED, 'only /tmp is its own'],
  ['writes to the system', 'writeFileSync("/usr/x", ""); return 1', CLOSED, 'and nothing else'],
  [
    'fills its storage',
    'const part = Buffer.alloc(1e7); for (let n = 0; ; n += 1) { writeFileSync(tmp + "/" + n, part); await new Promise((done) => setTimeout(done, 3)) }',
    /ENOSPC|^Runtime\.ExitError$/,
    '512 MB are its own',
  ],
]

const HEAD = `import { readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
const tmp = process.env.TMPDIR
`

function walls(isolation: Isolation): void {
  let server: FunctionServer
  beforeAll(async () => {
    server = await startFunctions({ isolation })
  })
  afterAll(async () => {
    await server.make('after', 'export const handler = async () => "alive"')
    expect(await server.call('after')).toMatchObject({ answer: 'alive' })
    expect(server.bugs).toEqual([])
    await server.close()
  })

  test.each(ATTEMPTS)('is stopped where it %s', async (name, body, ends) => {
    const function_ = name.replaceAll(/\W/g, '-')
    const code = `${HEAD}export const handler = async () => { try { ${body} } catch (error) { return 'refused: ' + (error.code ?? error.name) } }`
    await server.make(function_, code, { Timeout: name.includes('without end') ? 1 : 30 })
    const { answer } = await server.call(function_)
    const said =
      typeof answer === 'string'
        ? answer.replace('refused: ', '')
        : String((answer as { errorType?: string }).errorType)
    expect(said).toMatch(ends)
    expect(JSON.stringify(answer)).not.toContain(MARK)
  })

  test('finds nothing of the server’s environment', async () => {
    await server.make('environment', 'export const handler = async () => process.env')
    const { answer } = await server.call('environment')
    expect(JSON.stringify(answer)).not.toMatch(/SECRET_OF_THE_OPERATOR|SBX_|SALLYPORT/)
  })

  test('opens no wall by its own variables', async () => {
    const code = `${HEAD}export const handler = async () => { try { return readFileSync(${JSON.stringify(KEY)}, 'utf8') } catch (error) { return error.code } }`
    const Variables = {
      NODE_OPTIONS: '--allow-fs-read=* --allow-fs-write=* --allow-child-process',
      LD_PRELOAD: '/var/task/index.mjs',
      PATH: '/var/task',
      IFS: '/',
    }
    await server.make('variables', code, { Environment: { Variables } })
    const { answer } = await server.call('variables')
    expect(JSON.stringify(answer)).toMatch(/ENOENT|ERR_ACCESS_DENIED|Runtime\.ExitError/)
  })

  test('finds none of the links out of its package', async () => {
    const code = `${HEAD}export const handler = async () => ['key', 'up', 'a/b/y', 'in'].map((name) => {
      try { return readFileSync(process.env.LAMBDA_TASK_ROOT + '/' + name, 'utf8') } catch (error) { return error.code }
    })`
    const link = 0o120_777
    const depth = home.split('/').length + 20
    const files = {
      'index.mjs': code,
      key: KEY,
      up: `${'../'.repeat(depth)}${KEY.slice(1)}`,
      'top/x': 'inside',
      'a/b/x': '../../top',
      'a/b/y': `x/${'../'.repeat(depth)}${KEY.slice(1)}`,
      in: 'top/x',
    }
    await server.make('links', zipOf(files, { key: link, up: link, 'a/b/x': link, 'a/b/y': link, in: link }))
    expect(await server.call('links')).toMatchObject({ answer: ['ENOENT', 'ENOENT', 'ENOENT', 'inside'] })
  })

  test('leaves no process behind', async () => {
    const code = `import { spawn } from 'node:child_process'
      export const handler = async () => {
        try { spawn('sh', ['-c', 'setsid sleep 98765 & sleep 98766'], { detached: true, stdio: 'ignore' }).unref() } catch (error) { return error.code }
        await new Promise((done) => setTimeout(done, 60_000))
      }`
    await server.make('behind', code, { Timeout: 1 })
    await server.call('behind')
    expect(running('sleep 9876')).toEqual([])
  })
}

/** Processes of the machine with this in their command lines. */
function running(text: string): readonly string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(commandOf).filter((command) => command.startsWith(text))
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

describe.runIf(best === 'namespaces')('a function in namespaces of its own', { timeout: 60_000 }, () => {
  walls('namespaces')

  describe('in itself', () => {
    let server: FunctionServer
    beforeAll(async () => {
      server = await startFunctions()
    })
    afterAll(() => server.close())

    test('may start processes, and no more than its share', async () => {
      const code = `import { spawn } from 'node:child_process'
        export const handler = async () => {
          for (let count = 0; ; count += 1) {
            const child = spawn('/bin/sleep', ['100'])
            const code = await new Promise((done) => { child.once('spawn', () => done()); child.once('error', ({ code }) => done(code)) })
            if (code !== undefined) return { count, code }
          }
        }`
      await server.make('bomb', code, { Timeout: 60, MemorySize: 1024 })
      expect(await server.call('bomb')).toMatchObject({
        answer: { count: expect.any(Number), code: expect.stringMatching(/EAGAIN|EMFILE/) },
      })
    })

    test('sees its own processes alone', async () => {
      const code = `import { readdirSync } from 'node:fs'
        export const handler = async () => readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length`
      await server.make('processes', code)
      expect(await server.call('processes')).toMatchObject({ answer: 2 })
    })

    test('keeps nothing of another function’s temporary files', async () => {
      const code = `import { existsSync, writeFileSync } from 'node:fs'
        export const handler = async () => { const was = existsSync('/tmp/mine'); writeFileSync('/tmp/mine', ''); return was }`
      await server.make('one', code)
      await server.make('other', code)
      const said = [await server.call('one'), await server.call('one'), await server.call('other')]
      expect(said.map(({ answer }) => answer)).toEqual([false, true, false])
    })
  })

  const PYTHON: readonly [name: string, body: string, ends: RegExp, why: string][] = [
    ['loops', 'while True: pass', /^Sandbox\.Timedout$/, 'its time is over'],
    [
      'eats memory',
      'all = []\n  while True: all.append(bytearray(4000000))',
      /^Runtime\.OutOfMemory$|MemoryError/,
      'the limit is the same',
    ],
    ['reads the master key', `return open(${JSON.stringify(KEY)}).read()`, /^FileNotFoundError$/, 'it is not there'],
    [
      'reads the server’s environment',
      `return open('/proc/${process.pid}/environ').read()`,
      /^FileNotFoundError$/,
      'nor is its process',
    ],
    ['kills the server', `os.kill(${process.pid}, 9)`, /^ProcessLookupError$/, 'which it cannot name'],
    ['writes to its own code', 'open("/var/task/x", "w")', /^OSError$/, 'it is read only'],
    ['makes itself root', 'os.setuid(0)', /^(?:PermissionError|OSError)$/, 'it has no right to'],
    [
      'mounts',
      'import ctypes; r = ctypes.CDLL(None, use_errno=True).mount(b"none", b"/tmp", b"tmpfs", 0, None)\n  raise OSError(ctypes.get_errno(), "mount") if r else ValueError()',
      /^PermissionError$/,
      'so too',
    ],
  ]
  describe.runIf(python !== undefined)('in Python', () => {
    let server: FunctionServer
    beforeAll(async () => {
      server = await startFunctions()
    })
    afterAll(() => server.close())

    test.each(PYTHON)('is stopped where it %s', async (name, body, ends) => {
      const function_ = name.replaceAll(/\W/g, '-')
      const Runtime = python as 'python3.13' // one of those that were looked for
      const more = { Runtime, Handler: 'app.handler', Timeout: name === 'loops' ? 1 : 30 }
      await server.make(function_, { 'app.py': `import os\ndef handler(event, context):\n  ${body}\n` }, more)
      const { answer, error } = await server.call(function_)
      expect(error).toBe('Unhandled')
      expect((answer as { errorType: string }).errorType).toMatch(ends)
    })
  })
})

describe('a function under Node’s permission model', { timeout: 60_000 }, () => {
  walls('permission')
})

describe('a machine without namespaces', () => {
  test.runIf(python !== undefined)('runs no Python, and says how it would', async () => {
    const server = await startFunctions({ isolation: 'permission' })
    const Runtime = python as 'python3.13' // as above
    await server.make(
      'snake',
      { 'app.py': 'def handler(event, context): return 1' },
      { Runtime, Handler: 'app.handler' },
    )
    expect(await server.call('snake')).toMatchObject({
      error: 'Unhandled',
      answer: { errorType: 'Runtime.InvalidRuntime', errorMessage: expect.stringContaining('--functions unisolated') },
    })
    await server.close()
  })

  test.runIf(python !== undefined)('runs it where the operator says so', async () => {
    const server = await startFunctions({ isolation: 'permission', mode: 'unisolated' })
    const Runtime = python as 'python3.13' // as above
    await server.make(
      'snake',
      { 'app.py': 'def handler(event, context): return 1' },
      { Runtime, Handler: 'app.handler' },
    )
    expect(await server.call('snake')).toMatchObject({ answer: 1 })
    await server.close()
  })
})
