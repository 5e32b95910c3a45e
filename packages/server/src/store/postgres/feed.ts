/**
 * What other nodes write. Two ways: news by LISTEN, at once; and a net, which asks again and again for the versions of all
 * that this node keeps in memory. The net alone is exact, and bounds how far behind the node may be; news make it short.
 */

import type pg from 'pg'
import { countOf, NEVER, type Follower, type PartitionId, type Version } from '../store.ts'
import { codeOf, connect, drop, messageOf } from './connection.ts'
import { newer, SCHEMA } from './schema.ts'
import { CHANNEL, MUCH_NEWS } from './statements.ts'

export interface FeedOptions {
  readonly url: string
  readonly node: string
  readonly pool: pg.Pool
  readonly follower: Follower
  /** The database went back behind what it had. */
  readonly onLost: () => void
}

/** The net is thrown so often, in milliseconds: with news, and where the database has none. */
const NET = 500
const NET_ALONE = 100
/** INVARIANT: a node that could not compare for so long, in milliseconds, decides nothing. docs/guides/several-nodes.md names it. */
export const BEHIND_AFTER = 2_000

export class Feed {
  readonly #options: FeedOptions
  #listening: pg.Client | undefined
  #canListen = true
  #confirmed = performance.now()
  #timer: NodeJS.Timeout | undefined
  #throwing = false
  #closed = false
  #trouble: string | undefined
  #tooOld: string | undefined

  constructor(options: FeedOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    await this.#listen()
    this.#throwSoon()
  }

  /** Whether others may count on hearing from us by news. */
  get notifies(): boolean {
    return this.#canListen
  }

  /** Milliseconds since all that is in memory was known to be what the database has. */
  get lag(): number {
    return performance.now() - this.#confirmed
  }

  get behind(): boolean {
    return this.#tooOld !== undefined || this.lag > BEHIND_AFTER
  }

  get health(): string | undefined {
    return this.#tooOld ?? (this.lag > BEHIND_AFTER ? (this.#trouble ?? 'the database answers too late') : undefined)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    drop(this.#listening)
  }

  #throwSoon(after = this.#listening === undefined ? NET_ALONE : NET): void {
    if (this.#closed || this.#throwing) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#throw(), after)
  }

  /** Compares all that is in memory with what the database has. */
  async #throw(): Promise<void> {
    this.#throwing = true
    const begun = performance.now()
    try {
      if (this.#listening === undefined && this.#canListen) await this.#listen()
      this.#compare(this.#options.follower.held(), await this.#versions())
      this.#confirmed = begun
      this.#trouble = undefined
    } catch (error) {
      this.#trouble = `the database does not answer: ${messageOf(error)}`
    } finally {
      this.#throwing = false
      this.#throwSoon()
    }
  }

  async #versions(): Promise<ReadonlyMap<PartitionId, Version>> {
    const { pool, follower } = this.#options
    const { rows } = await pool.query<{ id: string; version: string }>({
      name: 'net',
      text: `SELECT id, version FROM partition WHERE id = ANY($1) UNION ALL SELECT key, value FROM meta WHERE key = 'schema'`,
      values: [[...follower.held().keys()]],
    })
    return new Map(rows.map(({ id, version }) => [id, version]))
  }

  #compare(held: ReadonlyMap<PartitionId, Version>, found: ReadonlyMap<PartitionId, Version>): void {
    const schema = Number(found.get('schema'))
    this.#tooOld = schema > SCHEMA ? newer(schema) : undefined
    for (const [id, known] of held) {
      const version = found.get(id) ?? NEVER
      if (countOf(version) < countOf(known)) this.#lost(id)
      else this.#options.follower.moved(id, version)
    }
  }

  #lost(id: PartitionId): void {
    this.#options.onLost()
    this.#options.follower.lost(id)
  }

  /** Without news the net is thrown more often, and that is all. */
  async #listen(): Promise<void> {
    let mine: pg.Client | undefined
    const ended = (): void => {
      if (mine === undefined || this.#listening !== mine) return
      this.#listening = undefined
      this.#throwSoon(0)
    }
    try {
      const client = await connect(this.#options.url, {}, ended)
      mine = client
      client.on('notification', ({ payload = '' }) => this.#hear(payload))
      await client.query(`LISTEN ${CHANNEL}`)
      this.#listening = client
    } catch (error) {
      // syntax_error, feature_not_supported: a database without notifications, as CockroachDB
      if (codeOf(error) === '42601' || codeOf(error) === '0A000') this.#canListen = false
    }
  }

  #hear(payload: string): void {
    const [node, ...news] = payload.split(' ')
    if (node === this.#options.node) return
    if (news[0] === MUCH_NEWS) return this.#throwSoon(0)
    for (const one of news) {
      const at = one.indexOf('=')
      this.#options.follower.moved(one.slice(0, at), one.slice(at + 1))
    }
  }
}
