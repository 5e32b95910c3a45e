/** Runs functions: gives an event to a sandbox, and says what came of it. */

import { identityNamed, regionKey, type Role } from '@sallyport/estate'
import type { Log } from '../log.ts'
import { Refusal } from '../refusal.ts'
import { versionKey, type StoredFunction } from '../services/lambda/shared.ts'
import type { World } from '../world.ts'
import { Crowd } from './crowd.ts'
import { LogWriter } from './log-writer.ts'
import type { Functions, Order, Patience, Ran } from './order.ts'
import { logLines, tailOf } from './output.ts'
import { Rooms, untrusted, type Begun } from './rooms.ts'
import type { Running } from './running.ts'
import type { Sandbox } from './sandbox.ts'
import { answered, silent, type Verdict } from './verdict.ts'
import { Waiting } from './waiting.ts'

/** Who is told what happens. */
interface Telling {
  readonly log: Log
  readonly onBug: (error: unknown, requestId: string) => void
}

interface Serving extends Begun {
  readonly role: Role
}

export class Runner implements Functions {
  readonly #world: World
  readonly #rooms: Rooms
  readonly #crowd: Crowd
  readonly #logs: LogWriter
  readonly #waiting: Waiting
  readonly #under = new Set<Promise<unknown>>()

  constructor(world: World, options: Running, { log, onBug }: Telling) {
    this.#world = world
    this.#rooms = new Rooms(world, options, log)
    this.#crowd = new Crowd(options.sandboxes)
    this.#logs = new LogWriter(world)
    this.#waiting = new Waiting((order) => this.invoke(order), world.clock, { onBug, pauses: options.pauses })
  }

  listensAt(endpoint: string, ca?: string): void {
    this.#rooms.listensAt(endpoint, ca)
  }

  refuseCrowd(order: Pick<Order, 'account' | 'region' | 'row'>): void {
    this.#crowd.refuse(order)
  }

  async invoke(given: Order): Promise<Ran> {
    const { order, role } = await this.#now(given)
    const leave = this.#crowd.enter(order)
    const ran = this.#run(order, role).finally(leave)
    this.#under.add(ran)
    return ran.finally(() => this.#under.delete(ran))
  }

  queue(order: Order, patience: Patience): void {
    this.#waiting.take(order, patience)
  }

  forget(account: string, region: string, name: string): void {
    this.#rooms.forget(account, region, name)
  }

  /** Ends all that runs. */
  async close(): Promise<void> {
    this.#waiting.close()
    await this.#rooms.close()
    await Promise.allSettled(this.#under)
    await this.#rooms.close()
    this.#rooms.leave()
  }

  async #run(order: Order, role: Role): Promise<Ran> {
    const begun = await this.#rooms.begin(order, role)
    if ('body' in begun) return { body: begun.body, failed: true, tail: Buffer.alloc(0) }
    try {
      return await this.#serve(order, { ...begun, role })
    } finally {
      this.#rooms.release(begun.room)
    }
  }

  /** The function as it is now: an event may have waited. */
  async #now(order: Order): Promise<{ readonly order: Order; readonly role: Role }> {
    const { account, region, version } = order
    const { name } = order.row
    const home = await this.#world.enter(account)
    // Lambda's operations alone write these kinds, as `StoredFunction`.
    const latest = home?.all('function').get(regionKey(region, name)) as StoredFunction | undefined
    const published = home?.all('functionVersion').get(versionKey(region, name, version)) as StoredFunction | undefined
    const found = version === '$LATEST' ? latest : published
    if (home === undefined || latest === undefined || found === undefined)
      throw new Refusal('ResourceNotFoundException', `Function not found: ${order.arn}`)
    const role = identityNamed(home, found.role)
    if (role?.kind !== 'role') throw untrusted()
    const { reserved } = latest
    return { role, order: { ...order, row: { ...found, ...(reserved !== undefined && { reserved }) } } }
  }

  async #serve(order: Order, { room, init, failed, role }: Serving): Promise<Ran> {
    const { sandbox } = room
    const { row, version, requestId } = order
    const { ticks, host, now } = this.#world.clock
    const begun = ticks()
    if (failed === undefined) tell(order, sandbox, host() + row.timeout * 1000)
    const heard = failed ?? (await sandbox.hear(row.timeout * 1000))
    const duration = ticks() - begun
    const { body, status, errorType, line, failed: wrong } = verdictOn(heard, order, now())
    const written = await sandbox.lines(failed === undefined ? requestId : 'init')
    const used = Math.min(sandbox.used, row.memory)
    const report = { requestId, version, duration, memory: row.memory, used, init, status, errorType, at: now() }
    const lines = logLines([...written, ...(line === undefined ? [] : [line])], report, row.logging)
    // Where it did not begin, or something of it may still run, it is not used again.
    if (heard.type !== 'done' && heard.type !== 'failed') void sandbox.end()
    await this.#logs.write({ order, role, session: room.session, stream: room.stream, lines })
    return { body, failed: wrong, tail: tailOf(lines) }
  }
}

function tell({ requestId, arn, event, clientContext }: Order, sandbox: Sandbox, deadline: number): void {
  sandbox.tell({ id: requestId, arn, event, clientContext, deadline })
}

function verdictOn(heard: Awaited<ReturnType<Sandbox['hear']>>, order: Order, at: number): Verdict {
  if (heard.type === 'ready') return silent({ type: 'exit', code: 0, signal: null }, order, at)
  return 'body' in heard ? answered(heard.type, heard.body) : silent(heard, order, at)
}
