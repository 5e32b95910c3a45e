/** Finds a sandbox for an event: one that waits, or a new one, with credentials of its own. */

import type { Role } from '@sallyport/estate'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { Refusal } from '../refusal.ts'
import { openServiceSession } from '../service-role.ts'
import { SERVICE } from '../services/lambda/role.ts'
import { arnOf } from '../services/lambda/shared.ts'
import type { Opened } from '../sessions.ts'
import type { World } from '../world.ts'
import { commandIn, type Program } from './command.ts'
import { environmentOf, runtimeFile } from './environment.ts'
import { Interpreters, NoInterpreter } from './interpreter.ts'
import { findIsolation, type Found, type Isolation } from './isolation.ts'
import { nameKey, type Order } from './order.ts'
import { Packages, Unpackable } from './packages.ts'
import { placesWith, type Places } from './places.ts'
import { Pool, type Room } from './pool.ts'
import { Processes } from './processes.ts'
import type { Running } from './running.ts'
import { Sandbox, type Silence } from './sandbox.ts'
import { unrunnable, type Verdict } from './verdict.ts'

/** Lambda's own bound for what stands outside of the handler, in milliseconds. */
const INIT = 10_000
/** Seconds. The credentials of a sandbox are never renewed: it ends before they do. */
const SESSION = 43_200
const MARGIN = 300_000

export type Failed = Silence | { readonly type: 'unable'; readonly body: string }

export interface Begun {
  readonly room: Room
  /** How long it took to begin, where it began now, in milliseconds. */
  readonly init?: number
  /** Why it did not. */
  readonly failed?: Failed | undefined
}

interface Ground {
  readonly program: Program
  readonly isolation: Isolation
  readonly task: string
}

interface Starting extends Ground {
  readonly key: string
  readonly session: Opened
  readonly patience: number
}

export class Rooms {
  readonly #world: World
  readonly #options: Running & Places
  readonly #log: Log
  readonly #packages: Packages
  readonly #interpreters: Interpreters
  readonly #processes = new Processes()
  readonly #pool = new Pool()
  #found: Promise<Found> | undefined
  #slots = 0
  #endpoint = ''
  #ca: string | undefined
  #closed = false

  constructor(world: World, options: Running, log: Log) {
    this.#world = world
    this.#options = { ...options, ...placesWith(options.folder) }
    this.#log = log
    rmSync(options.folder, { recursive: true, force: true })
    mkdirSync(join(options.folder, 'root'), { recursive: true })
    this.#packages = new Packages(world.blobs, this.#options)
    this.#interpreters = new Interpreters(options.path)
  }

  /** Where functions reach the server, and whose certificates they trust there. */
  listensAt(endpoint: string, ca?: string): void {
    if (this.#endpoint !== '') return
    this.#endpoint = endpoint
    if (ca === undefined) return
    // Where it lies, it may be for the server's user alone.
    this.#ca = join(this.#options.folder, 'ca.pem')
    copyFileSync(ca, this.#ca)
    chmodSync(this.#ca, 0o644)
  }

  async begin(order: Order, role: Role): Promise<Begun | Verdict> {
    const { account, region, row, version } = order
    const key = [nameKey(account, region, row.name), version, row.revisionId, row.blob, role.id].join('/')
    const until = this.#world.clock.now() + row.timeout * 1000 + MARGIN
    const known = this.#pool.take(key, until)
    if (known !== undefined) return { room: known }
    const session = await this.#session(order, role)
    if (session === undefined) throw untrusted()
    const begun = await this.#beginAnew(order, { key, session, patience: INIT })
    if ('body' in begun || begun.failed?.type !== 'late') return begun
    // A second try has the function's own time, as on AWS.
    this.#pool.release(begun.room)
    return this.#beginAnew(order, { key, session, patience: row.timeout * 1000 })
  }

  release(room: Room): void {
    this.#pool.release(room)
  }

  forget(account: string, region: string, name: string): void {
    this.#pool.forget(`${nameKey(account, region, name)}/`)
  }

  /** Ends all that runs, and lets nothing begin any more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#pool.close()
  }

  leave(): void {
    rmSync(this.#options.folder, { recursive: true, force: true })
  }

  async #beginAnew(order: Order, asked: Omit<Starting, keyof Ground>): Promise<Begun | Verdict> {
    try {
      return await this.#start(order, { ...asked, ...(await this.#ground(order)) })
    } catch (error) {
      if (error instanceof NoInterpreter) return unrunnable(error.message)
      if (error instanceof Unpackable) return unrunnable(`the deployment package cannot be unpacked: ${error.message}`)
      throw error
    }
  }

  /** What it would stand on. Throws `NoInterpreter` where it cannot run here. */
  async #ground({ row }: Order): Promise<Ground> {
    const { mode, isolation: fixed } = this.#options
    this.#found ??=
      fixed === undefined ? findIsolation(this.#options, this.#log) : Promise.resolve({ isolation: fixed })
    const { isolation, because = 'it has no namespaces' } = await this.#found
    const program = await this.#interpreters.of(row.runtime ?? '')
    if (isolation === 'permission' && program.kind !== 'node' && mode === 'auto') {
      throw new NoInterpreter(
        `this machine offers nothing to keep Python apart from it (${because}): sallyport runs it only with \`--functions unisolated\``,
      )
    }
    const task = await this.#packages.take(row.blob)
    return { program, task, isolation: mode === 'unisolated' && isolation !== 'namespaces' ? 'none' : isolation }
  }

  #session({ account, region, row }: Order, role: Role): Promise<Opened | undefined> {
    const source = arnOf({ region }, { account, name: row.name })
    const asked = { service: SERVICE, account, role, source, name: row.name, seconds: SESSION, region }
    return openServiceSession(this.#world, asked)
  }

  async #start(order: Order, starting: Starting): Promise<Begun> {
    const room = this.#open(order, starting)
    const begun = this.#world.clock.ticks()
    const said = await room.sandbox.hear(starting.patience)
    const init = this.#world.clock.ticks() - begun
    if (said.type === 'ready') return { room, init }
    return { room, init, failed: 'body' in said ? { type: 'unable', body: said.body } : said }
  }

  #open(order: Order, { key, session, program, isolation, task }: Starting): Room {
    if (this.#closed) throw new Refusal('unavailable')
    if (this.#pool.size >= this.#options.sandboxes) this.#pool.makeRoom()
    const places = this.#options
    const temporary = isolation === 'namespaces' ? '' : mkdtempSync(join(places.folder, 'tmp-'))
    const stream = this.#streamOf(order)
    const about = { isolation, places, endpoint: this.#endpoint, ca: this.#ca, session, stream, task, temporary }
    const { memory, ephemeralStorage: storage, blob } = order.row
    const command = commandIn(isolation, places, {
      task,
      memory,
      storage,
      slot: (this.#slots += 1),
      environment: environmentOf(order, about),
      program: { ...program, args: [runtimeFile(isolation, places, program.kind)] },
      ca: this.#ca,
    })
    const bounded = temporary === '' ? {} : { temporary: { folder: temporary, storage } }
    const sandbox = new Sandbox(command, { memory, ...bounded }, this.#processes)
    const leave = (): void => {
      if (temporary !== '') rmSync(temporary, { recursive: true, force: true })
      this.#packages.letGo(blob)
    }
    const room = { key, sandbox, session, stream, leave }
    this.#pool.hold(room)
    return room
  }

  #streamOf({ row, version }: Order): string {
    const day = new Date(this.#world.clock.now()).toISOString().slice(0, 10).replaceAll('-', '/')
    const own = row.logging.group === `/aws/lambda/${row.name}` ? '' : row.name
    return `${day}/${own}[${version}]${this.#world.random.bytes(16).toString('hex')}`
  }
}

export function untrusted(): Refusal {
  return new Refusal('denied', 'The role defined for the function cannot be assumed by Lambda.')
}
