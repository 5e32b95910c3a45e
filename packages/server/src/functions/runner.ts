/** Runs functions: finds or makes a sandbox, gives it the event, and says what came of it. */

import { identityNamed, type Role } from '@sallyport/estate'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { Refusal } from '../refusal.ts'
import { openServiceSession } from '../service-role.ts'
import type { Opened } from '../sessions.ts'
import type { World } from '../world.ts'
import { commandIn, type Program } from './command.ts'
import { environmentOf, runtimeFile } from './environment.ts'
import { Interpreters, NoInterpreter } from './interpreter.ts'
import { findIsolation, type Found, type Isolation } from './isolation.ts'
import { LogWriter } from './log-writer.ts'
import type { Functions, Order, Patience, Ran } from './order.ts'
import { logLines, tailOf } from './output.ts'
import { Packages } from './packages.ts'
import { placesWith, type Places } from './places.ts'
import { Pool, type Room } from './pool.ts'
import { Processes } from './processes.ts'
import { Waiting } from './waiting.ts'
import { Sandbox, type Silence } from './sandbox.ts'
import { answered, silent, unrunnable, type Verdict } from './verdict.ts'

/** How functions run, where they do. */
export interface Running {
  /** Theirs alone: it is emptied. */
  readonly folder: string
  /** `auto`: kept apart from the machine, or not run. `unisolated`: run in any case. */
  readonly mode: 'auto' | 'unisolated'
  /** Where interpreters are looked for. */
  readonly path: string
  /** Sandboxes at once. */
  readonly sandboxes: number
  /** Milliseconds until an event is tried again, and again. */
  readonly pauses?: readonly number[]
  /** For tests: as if the machine offered no more. */
  readonly isolation?: Isolation
}

/** Who is told what happens. */
interface Telling {
  readonly log: Log
  readonly onBug: (error: unknown, requestId: string) => void
}

/** Sandboxes at once, where nobody says more: each takes some 50 MiB. */
export const SANDBOXES = 32

/** Lambda's own bound for what stands outside of the handler, in milliseconds. */
const INIT = 10_000
/** Seconds. The credentials of a sandbox are never renewed: it ends before they do. */
const SESSION = 43_200
const MARGIN = 300_000
const SERVICE = 'lambda.amazonaws.com'
const CONCURRENT = 1000

export class Runner implements Functions {
  readonly #world: World
  readonly #options: Running & Places
  readonly #log: Log
  readonly #packages: Packages
  readonly #interpreters: Interpreters
  readonly #processes = new Processes()
  readonly #pool = new Pool()
  readonly #logs: LogWriter
  readonly #waiting: Waiting
  readonly #running = new Map<string, number>()
  readonly #under = new Set<Promise<unknown>>()
  #found: Promise<Found> | undefined
  #slots = 0
  #endpoint = ''
  #ca: string | undefined
  #closed = false

  constructor(world: World, options: Running, { log, onBug }: Telling) {
    this.#world = world
    this.#options = { ...options, ...placesWith(options.folder) }
    this.#log = log
    rmSync(options.folder, { recursive: true, force: true })
    mkdirSync(join(options.folder, 'root'), { recursive: true, mode: 0o755 })
    this.#packages = new Packages(world.blobs, this.#options)
    this.#interpreters = new Interpreters(options.path)
    this.#logs = new LogWriter(world)
    this.#waiting = new Waiting((order) => this.invoke(order), world.clock, { onBug, pauses: options.pauses })
  }

  /** Where functions reach the server, and whose certificates they trust there. */
  listensAt(endpoint: string, ca?: string): void {
    if (this.#endpoint !== '') return
    this.#endpoint = endpoint
    this.#ca = ca
  }

  refuseCrowd({ account, region, row }: Pick<Order, 'account' | 'region' | 'row'>): void {
    const { reserved } = row
    const under = this.#running.get(nameKey(account, region, row.name)) ?? 0
    if (reserved !== undefined && under >= reserved) throw crowded('ReservedFunctionConcurrentInvocationLimitExceeded')
    const all = [...this.#running].filter(([key]) => key.startsWith(`${account}/${region}/`))
    const busy = all.reduce((sum, [, count]) => sum + count, 0)
    if (busy >= Math.min(CONCURRENT, this.#options.sandboxes)) throw crowded('ConcurrentInvocationLimitExceeded')
  }

  async invoke(order: Order): Promise<Ran> {
    this.refuseCrowd(order)
    const key = nameKey(order.account, order.region, order.row.name)
    this.#running.set(key, (this.#running.get(key) ?? 0) + 1)
    const ran = this.#run(order).finally(() => {
      const left = (this.#running.get(key) ?? 1) - 1
      if (left === 0) this.#running.delete(key)
      else this.#running.set(key, left)
      this.#under.delete(ran)
    })
    this.#under.add(ran)
    return ran
  }

  queue(order: Order, patience: Patience): void {
    this.#waiting.take(order, patience)
  }

  forget(account: string, region: string, name: string): void {
    this.#pool.forget(`${nameKey(account, region, name)}/`)
  }

  /** Ends all that runs. */
  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.close()
    await this.#pool.close()
    await Promise.allSettled(this.#under)
    await this.#pool.close()
    rmSync(this.#options.folder, { recursive: true, force: true })
  }

  async #run(order: Order): Promise<Ran> {
    const role = await this.#roleOf(order)
    const begun = await this.#begin(order, role)
    if ('body' in begun) return { body: begun.body, failed: true, tail: Buffer.alloc(0) }
    const { room, init, failed } = begun
    try {
      return await this.#serve(order, room, { role, init, failed })
    } finally {
      this.#pool.release(room)
    }
  }

  async #roleOf({ account, row }: Order): Promise<Role> {
    const home = await this.#world.enter(account)
    const it = home === undefined ? undefined : identityNamed(home, row.role)
    if (it?.kind === 'role') return it
    throw untrusted()
  }

  /** A sandbox that waits, or a new one. */
  async #begin(order: Order, role: Role): Promise<Begun | Verdict> {
    const { account, region, row, version } = order
    const key = [nameKey(account, region, row.name), version, row.revisionId, row.blob, role.id].join('/')
    const until = this.#world.clock.now() + row.timeout * 1000 + MARGIN
    const known = this.#pool.take(key, until)
    if (known !== undefined) return { room: known }
    const ground = await this.#ground(order)
    if ('body' in ground) return ground
    const session = await this.#session(order, role)
    if (session === undefined) throw untrusted()
    const begun = await this.#start(order, { key, session, ...ground })
    // A second try has the function's own time, as on AWS.
    if (begun.failed?.type !== 'late') return begun
    this.#pool.release(begun.room)
    return this.#start(order, { key, session, ...ground, patience: row.timeout * 1000 })
  }

  async #ground({ row }: Order): Promise<Ground | Verdict> {
    const { mode, isolation: fixed } = this.#options
    this.#found ??=
      fixed === undefined ? findIsolation(this.#options, this.#log) : Promise.resolve({ isolation: fixed })
    const { isolation, because = 'it has no namespaces' } = await this.#found
    try {
      const program = await this.#interpreters.of(row.runtime ?? '')
      const open = isolation === 'permission' && program.kind !== 'node'
      if (open && mode === 'auto') {
        return unrunnable(
          `this machine offers nothing to keep Python apart from it (${because}): sallyport runs it only with \`--functions unisolated\``,
        )
      }
      return { program, isolation: mode === 'unisolated' && isolation !== 'namespaces' ? 'none' : isolation }
    } catch (error) {
      if (error instanceof NoInterpreter) return unrunnable(error.message)
      throw error
    }
  }

  #session({ account, region, row }: Order, role: Role): Promise<Opened | undefined> {
    const source = `arn:aws:lambda:${region}:${account}:function:${row.name}`
    const asked = { service: SERVICE, account, role, source, name: row.name, seconds: SESSION, region }
    return openServiceSession(this.#world, asked)
  }

  async #start(order: Order, { key, session, program, isolation, patience = INIT }: Starting): Promise<Begun> {
    if (this.#closed) throw new Refusal('unavailable')
    if (this.#pool.size >= this.#options.sandboxes) this.#pool.makeRoom()
    const task = await this.#packages.of(order.row.blob)
    const temporary = isolation === 'namespaces' ? '' : temporaryFolder(this.#options.folder)
    const stream = this.#streamOf(order)
    const around = {
      isolation,
      places: this.#options,
      endpoint: this.#endpoint,
      ca: this.#ca,
      session,
      stream,
      task,
      temporary,
    }
    const { memory, ephemeralStorage: storage } = order.row
    const command = commandIn(isolation, this.#options, {
      task,
      memory,
      storage,
      slot: (this.#slots += 1),
      environment: environmentOf(order, around),
      program: { ...program, args: [runtimeFile(isolation, this.#options, program.kind)] },
      ca: this.#ca,
    })
    const bounded = temporary === '' ? {} : { temporary: { folder: temporary, storage } }
    const sandbox = new Sandbox(command, { memory, ...bounded }, this.#processes)
    const leave = (): void => (temporary === '' ? undefined : rmSync(temporary, { recursive: true, force: true }))
    const room: Room = { key, sandbox, session, stream, leave }
    this.#pool.hold(room)
    const begun = this.#world.clock.ticks()
    const said = await sandbox.hear(patience)
    const init = this.#world.clock.ticks() - begun
    if (said.type === 'ready') return { room, init }
    return { room, init, failed: 'body' in said ? { type: 'unable', body: said.body } : said }
  }

  #streamOf({ row, version }: Order): string {
    const day = new Date(this.#world.clock.now()).toISOString().slice(0, 10).replaceAll('-', '/')
    const own = row.logging.group === `/aws/lambda/${row.name}` ? '' : row.name
    return `${day}/${own}[${version}]${this.#world.random.bytes(16).toString('hex')}`
  }

  async #serve(order: Order, room: Room, { role, init, failed }: Serving): Promise<Ran> {
    const { sandbox } = room
    const { row, version, requestId } = order
    const { ticks, host, now } = this.#world.clock
    const begun = ticks()
    if (failed === undefined) this.#tell(order, sandbox, host() + row.timeout * 1000)
    const heard = failed ?? (await sandbox.hear(row.timeout * 1000))
    const duration = ticks() - begun
    const verdict = verdictOn(heard, order, now())
    const written = await sandbox.lines(failed === undefined ? requestId : 'init')
    const { body, status, errorType, line } = verdict
    const used = Math.min(sandbox.used, row.memory)
    const report = { requestId, version, duration, memory: row.memory, used, init, status, errorType, at: now() }
    const lines = logLines([...written, ...(line === undefined ? [] : [line])], report, row.logging)
    // Where it did not begin, or something of it may still run, it is not used again.
    if (heard.type !== 'done' && heard.type !== 'failed') void sandbox.end()
    await this.#logs.write({ order, role, session: room.session, stream: room.stream, lines })
    return { body, failed: verdict.failed, tail: tailOf(lines) }
  }

  #tell({ requestId, arn, event, clientContext }: Order, sandbox: Sandbox, deadline: number): void {
    sandbox.tell({ id: requestId, arn, event, clientContext, deadline })
  }
}

interface Ground {
  readonly program: Program
  readonly isolation: Isolation
}

interface Starting extends Ground {
  readonly key: string
  readonly session: Opened
  /** Milliseconds. */
  readonly patience?: number
}

type Failed = Silence | { readonly type: 'unable'; readonly body: string }

interface Begun {
  readonly room: Room
  /** How long it took to begin, where it began now. */
  readonly init?: number
  /** Why it did not. */
  readonly failed?: Failed | undefined
}

interface Serving {
  readonly role: Role
  readonly init: number | undefined
  readonly failed: Failed | undefined
}

type Heard = Awaited<ReturnType<Sandbox['hear']>>

function verdictOn(heard: Heard, order: Order, at: number): Verdict {
  if (heard.type === 'ready') return silent({ type: 'exit', code: 0, signal: null }, order, at)
  if ('body' in heard) return answered(heard.type, heard.body)
  return silent(heard, order, at)
}

function nameKey(account: string, region: string, name: string): string {
  return `${account}/${region}/${name}`
}

function temporaryFolder(folder: string): string {
  const made = mkdtempSync(join(folder, 'tmp-'))
  chmodSync(made, 0o700)
  return made
}

function crowded(Reason: string): Refusal {
  return new Refusal('TooManyRequestsException', 'Rate Exceeded.', { Reason })
}

function untrusted(): Refusal {
  return new Refusal('denied', 'The role defined for the function cannot be assumed by Lambda.')
}
