/**
 * The store that several nodes share: PostgreSQL, or what speaks its protocol. One writer a node (writer.ts), a few
 * readers, and a feed of what other nodes write (feed.ts).
 */

import type pg from 'pg'
import type { AuditRecord } from '../../audit/record.ts'
import { hostClock } from '../../clock.ts'
import type { Meter } from '../../telemetry.ts'
import { expiredSlots, lookUp, pageOf } from '../audit-row.ts'
import { decode, digestsIn, Documents } from '../documents.ts'
import { countOf, NEVER, RETENTION } from '../store.ts'
import type {
  AuditPage,
  AuditQuery,
  Commit,
  Follower,
  LoadedPartition,
  PartitionId,
  Retention,
  Row,
  ShelfQuery,
  Snapshot,
  Store,
  Version,
} from '../store.ts'
import { Vitals, type TellTrouble } from '../vitals.ts'
import { connect, drop, messageOf, poolOf, reach } from './connection.ts'
import { Feed } from './feed.ts'
import { migrate } from './schema.ts'
import { postgresSnapshot } from './snapshot.ts'
import { Writer } from './writer.ts'

export interface PostgresOptions {
  /** Tells this node from every other: letters, drawn anew at each start. */
  readonly node: string
  /** The machine's time, epoch milliseconds. */
  readonly now?: () => number
  readonly retention?: Retention
  readonly onTrouble?: TellTrouble
  /** Told of what can never be written: a bug of ours. */
  readonly onBug: (error: unknown) => void
}

/** Houses are kept so often, in milliseconds. */
const KEEP_EVERY = 60_000
const FORGET_AT_ONCE = 2_000
/** A partition with more removed rows than this is swept. */
const GONE_AT_MOST = 500

/** Connects, and brings the database to the schema of this release. What it throws says what the operator can do. */
export async function postgresStore(url: string, options: PostgresOptions): Promise<Store> {
  // bringing up a large database may take long, and so may waiting for another node that does
  const client = await connect(url, { patience: 0 }).catch((error: unknown) => {
    throw new Error(`the database cannot be reached: ${messageOf(error)}`, { cause: error })
  })
  try {
    await migrate(client)
  } finally {
    drop(client)
  }
  return new PostgresStore(url, options)
}

class PostgresStore implements Store {
  readonly #url: string
  readonly #options: PostgresOptions
  readonly #now: () => number
  readonly #pool: pg.Pool
  readonly #documents = new Documents()
  readonly #writer: Writer
  readonly #keeping: NodeJS.Timeout
  readonly #vitals: Vitals
  #feed: Feed | undefined

  constructor(url: string, options: PostgresOptions) {
    const { node, onBug, onTrouble, now = hostClock().host } = options
    this.#vitals = new Vitals(onTrouble)
    this.#url = url
    this.#options = options
    this.#now = now
    this.#pool = poolOf(url)
    this.#keeping = setInterval(() => void this.#keepHouse().catch(() => {}), KEEP_EVERY).unref()
    this.#writer = new Writer({
      url,
      node,
      now,
      documents: this.#documents,
      notifies: () => this.#feed?.notifies ?? true,
      vitals: this.#vitals,
      onBug,
    })
  }

  async load(partition: PartitionId, since?: Version): Promise<LoadedPartition> {
    const rows = await this.#rows(partition, since === undefined ? -1 : countOf(since))
    const [first] = rows
    if (first === undefined) return { version: NEVER, rows: [], bytes: 0 }
    // what was removed is not remembered for ever, and a database that was put back has another past
    const base = since === undefined ? -1 : countOf(since)
    const whole = base < 0 || (Number(first.swept) <= base && base <= countOf(first.version))
    if (!whole) return this.load(partition)
    const found = rows.filter((row) => row.kind !== null)
    const values = found.map(({ value }) => (value === null ? undefined : (JSON.parse(value) as unknown)))
    const texts = await this.#texts(values)
    return {
      version: first.version,
      rows: found.map(({ kind, key }, at) => ({ kind: kind ?? '', key: key ?? '', value: decode(values[at], texts) })),
      bytes: found.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
      ...(since === undefined ? {} : { since }),
    }
  }

  commit(commit: Commit): Promise<void> {
    return this.#writer.commit(commit)
  }

  note(record: AuditRecord): Promise<void> | undefined {
    return this.#writer.note(record)
  }

  async shelved(partition: PartitionId, kind: string, key: string): Promise<unknown> {
    const text = 'SELECT value FROM shelf WHERE partition = $1 AND kind = $2 AND key = $3'
    const [row] = await this.#ask<{ value: string }>('shelved', text, [partition, kind, Buffer.from(key)])
    return row === undefined ? undefined : (await this.#decoded([row.value]))[0]
  }

  async shelf(
    partition: PartitionId,
    kind: string,
    { prefix = '', after = '', limit }: ShelfQuery,
  ): Promise<readonly Row[]> {
    const text = `SELECT key, value FROM shelf WHERE partition = $1 AND kind = $2 AND key > $3 AND key >= $4 AND key < $5
      ORDER BY key LIMIT $6`
    const values = [partition, kind, Buffer.from(after), Buffer.from(prefix), behind(prefix), limit]
    const rows = await this.#ask<{ key: Buffer; value: string }>('shelf', text, values)
    const decoded = await this.#decoded(rows.map(({ value }) => value))
    return rows.map(({ key }, at) => ({ kind, key: key.toString(), value: decoded[at] }))
  }

  async audited(query: AuditQuery): Promise<AuditPage> {
    await this.#writer.flush()
    const { sql, parameters } = await lookUp('postgres', query)
    return pageOf(await this.#ask(undefined, sql, parameters), query.limit)
  }

  async snapshot(): Promise<Snapshot> {
    await this.#writer.flush()
    return reach(() => postgresSnapshot(this.#url))
  }

  async follow(follower: Follower): Promise<void> {
    const { node } = this.#options
    const onLost = (): void => this.#writer.forget()
    this.#feed = new Feed({ url: this.#url, node, pool: this.#pool, follower, onLost })
    await this.#feed.start()
  }

  async current(partition: PartitionId): Promise<Version> {
    const text = 'SELECT version FROM partition WHERE id = $1'
    const [row] = await this.#ask<{ version: string }>('current', text, [partition])
    return row?.version ?? NEVER
  }

  health(): string | undefined {
    return this.#vitals.trouble ?? this.#feed?.health
  }

  behind(): boolean {
    return this.#feed?.behind ?? false
  }

  measure(meter: Meter): void {
    this.#vitals.measure(meter, () => this.#writer.waiting)
    const help = 'Seconds since all that is in memory was known to be what the database has.'
    meter.gauge('feed_lag_seconds', help, () => (this.#feed?.lag ?? 0) / 1000)
  }

  async close(): Promise<void> {
    clearInterval(this.#keeping)
    await this.#writer.close()
    this.#feed?.close()
    await this.#pool.end()
  }

  /** The rows written after the count `since`, removed ones too; below zero, all that are there. One statement, so one moment. */
  #rows(partition: PartitionId, since: number) {
    const text = `SELECT p.version, p.swept, i.kind, i.key, i.value FROM partition p
      LEFT JOIN item i ON i.partition = p.id AND i.seq > $2 AND (i.value IS NOT NULL OR $2 >= 0) WHERE p.id = $1`
    return this.#ask<{ version: string; swept: string; kind: string | null; key: string | null; value: string | null }>(
      'load',
      text,
      [partition, since],
    )
  }

  async #decoded(texts: readonly string[]): Promise<readonly unknown[]> {
    const values = texts.map((text) => JSON.parse(text) as unknown)
    const textOf = await this.#texts(values)
    return values.map((value) => decode(value, textOf))
  }

  /** What the digests in these values stand for. */
  async #texts(values: readonly unknown[]): Promise<(digest: string) => string> {
    const digests = new Set<string>()
    for (const value of values) digestsIn(value, digests)
    const found = new Map<string, string>()
    const unknown: string[] = []
    for (const digest of digests) {
      const text = this.#documents.textOf(digest)
      if (text === undefined) unknown.push(digest)
      else found.set(digest, text)
    }
    if (unknown.length > 0) {
      const text = 'SELECT digest, text FROM document WHERE digest = ANY($1)'
      for (const row of await this.#ask<{ digest: string; text: string }>('texts', text, [unknown])) {
        this.#documents.remember(row.digest, row.text)
        found.set(row.digest, row.text)
      }
    }
    return (digest) => found.get(digest) ?? ''
  }

  #ask<R extends object>(
    name: string | undefined,
    text: string,
    values: readonly unknown[],
  ): Promise<readonly (R & Record<string, unknown>)[]> {
    return reach(async () => {
      const query = { ...(name === undefined ? {} : { name }), text, values: [...values] }
      return (await this.#pool.query<R & Record<string, unknown>>(query)).rows
    })
  }

  /** Throws away old records, and rows that were removed long ago. Whichever node comes first does it. */
  async #keepHouse(): Promise<void> {
    const slots = await this.#ask<{ slot: string; bytes: string }>(
      'slots',
      'SELECT slot, sum(bytes) AS bytes FROM audit_slot GROUP BY slot',
      [],
    )
    const told = slots.map(({ slot, bytes }) => ({ slot: Number(slot), bytes: Number(bytes) }))
    for (const slot of expiredSlots(told, this.#now(), this.#options.retention ?? RETENTION)) await this.#forget(slot)
    await this.#sweep()
  }

  async #forget(slot: number): Promise<void> {
    const text = `DELETE FROM audit WHERE (account, id) IN (SELECT account, id FROM audit WHERE slot = $1 LIMIT ${FORGET_AT_ONCE})`
    for (let gone = FORGET_AT_ONCE; gone === FORGET_AT_ONCE;) {
      const result = await reach(() => this.#pool.query({ name: 'forget', text, values: [slot] }))
      gone = result.rowCount ?? 0
    }
    await this.#ask('forget-slot', 'DELETE FROM audit_slot WHERE slot = $1', [slot])
  }

  /** INVARIANT: a partition says up to which count its removed rows are forgotten, before they are. */
  async #sweep(): Promise<void> {
    const full = await this.#ask<{ partition: string; top: string }>(
      'full',
      `SELECT partition, max(seq) AS top FROM item WHERE value IS NULL GROUP BY partition HAVING count(*) > ${GONE_AT_MOST}`,
      [],
    )
    for (const { partition, top } of full) {
      await this.#ask('swept', 'UPDATE partition SET swept = greatest(swept, $2) WHERE id = $1', [partition, top])
      await this.#ask('sweep', 'DELETE FROM item WHERE partition = $1 AND value IS NULL AND seq <= $2', [
        partition,
        top,
      ])
    }
  }
}

/** The least of all bytes that come behind every key with the prefix: no text ends with the last byte there is. */
function behind(prefix: string): Buffer {
  const bytes = Buffer.from(prefix)
  if (bytes.length === 0) return Buffer.from([0xff])
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + 1
  return bytes
}
