/**
 * Hands what functions wrote to CloudWatch Logs, as their execution role: the law is asked whether it may, and where it may
 * not there are no logs, as on AWS.
 */

import type { Principal, Role } from '@sallyport/estate'
import { ask } from '../court.ts'
import { SERVICE } from '../services/lambda/role.ts'
import { SELDOM } from '../services/logs/event.ts'
import { kept } from '../services/logs/group.ts'
import { about, lookGroup, type Place } from '../services/logs/shared.ts'
import { append, horizon, putStream, readStream, surplus, type LogStream } from '../services/logs/shelf.ts'
import { circumstancesOf } from '../service-role.ts'
import type { Opened } from '../sessions.ts'
import { Conflict, type Change } from '../store/store.ts'
import type { World } from '../world.ts'
import type { Order } from './order.ts'

export interface Written {
  readonly order: Order
  readonly role: Role
  readonly session: Opened
  readonly stream: string
  readonly lines: readonly string[]
}

const RUNS = 20

export class LogWriter {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  async write(written: Written): Promise<void> {
    for (let runs = 1; ; runs += 1) {
      try {
        return await this.#write(written)
      } catch (error) {
        if (!(error instanceof Conflict) || runs >= RUNS) throw error
      }
    }
  }

  async #write(written: Written): Promise<void> {
    const { order, stream: name } = written
    const place: Place = { account: order.account, region: order.region, group: order.row.logging.group }
    const world = this.#world
    await world.ground()
    const known = await readStream(world.store, place, name)
    const account = await world.enter(place.account)
    const now = world.clock.now()
    // From here on nothing waits: what the law said is what is written.
    const group = lookGroup({ estate: world }, place)
    const may = this.#asker(written, place, now)
    if (account === undefined) return
    const changes = [...may('logs:CreateLogGroup', group === undefined, () => [newGroup(place, now)])]
    if (group !== undefined || changes.length > 0) changes.push(...this.#inStream(written, { place, known, now, may }))
    if (changes.length > 0) await world.land.commit(changes, [])
    if ((world.random.bytes(1)[0] ?? 0) % SELDOM === 0) await this.#sweep(place, horizon(now, group?.retentionDays))
  }

  async #sweep(place: Place, since: number): Promise<void> {
    const gone = await surplus(this.#world.store, place, since)
    if (gone.length > 0) await this.#world.land.commit(gone, [])
  }

  #inStream({ stream: name, lines }: Written, { place, known, now, may }: Writing): readonly Change[] {
    const stream: LogStream = known ?? { name, createdAt: now }
    const begun = may('logs:CreateLogStream', known === undefined, () => [putStream(place, stream)], name)
    if (known === undefined && begun.length === 0) return []
    const events = lines.map((message) => ({ at: now, message: `${message}\n` }))
    const { random } = this.#world
    return [...begun, ...may('logs:PutLogEvents', true, () => append({ place, stream, events, now, random }), name)]
  }

  /** What is to be changed, where it is needed and the role may. */
  #asker({ order, role, session }: Written, place: Place, now: number): May {
    const world = this.#world
    const { account, region } = order
    const principal: Principal = {
      type: 'AssumedRole',
      account,
      role,
      accessKeyId: session.accessKeyId,
      session: session.session.facts,
    }
    const circumstances = circumstancesOf(SERVICE, region, now)
    return (action, needed, changes, stream = '') => {
      if (!needed) return []
      const asking = { ...about({ estate: world }, place, { stream }), action }
      return ask(world, { principal, circumstances }, asking, action).effect === 'Allow' ? changes() : []
    }
  }
}

type May = (action: string, needed: boolean, changes: () => readonly Change[], stream?: string) => readonly Change[]

interface Writing {
  readonly place: Place
  readonly known: LogStream | undefined
  readonly now: number
  readonly may: May
}

function newGroup(place: Place, createdAt: number): Change {
  const { region, group: name } = place
  return kept(place, { name, region, createdAt, tags: [] })
}
