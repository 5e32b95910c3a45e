/**
 * The one writer of a node: what arrives while a batch is under way makes the next one.
 *
 * INVARIANT: a commit resolves only after its COMMIT returned, or after the database said that the batch is in. Where the
 * answer to a COMMIT was lost the same batch is sent again: it finds its own number, or waits for the first one's locks.
 */

import type pg from 'pg'
import { setTimeout as pause } from 'node:timers/promises'
import type { AuditRecord } from '../../audit/record.ts'
import type { Documents } from '../documents.ts'
import { Notes } from '../notes.ts'
import type { Vitals } from '../vitals.ts'
import { NEVER, StoreTrouble, type Commit, type PartitionId, type Version } from '../store.ts'
import { planOf, sift, type Batch, type Waiting } from './batch.ts'
import { codeOf, connect, drop, meaningOf, messageOf } from './connection.ts'
import { statementsOf } from './statements.ts'

export interface WriterOptions {
  readonly url: string
  readonly node: string
  /** The machine's time, epoch milliseconds. */
  readonly now: () => number
  readonly documents: Documents
  readonly notifies: () => boolean
  readonly vitals: Vitals
  /** Told of what can never be written, and was given up: a bug of ours. */
  readonly onBug: (error: unknown) => void
}

/** A commit waits so long for a database that does not answer, in milliseconds. */
const PATIENCE = 5_000
/** Records of reads wait this long for others, in milliseconds. */
const NOTE_DELAY = 20
const COMMITS_AT_MOST = 500
/** Between tries, in milliseconds; the last one goes on. */
const PAUSES = [10, 25, 50, 100, 250] as const
const DIGESTS_KNOWN = 200_000

/** It ends when all before it has. */
const NOTHING: Commit = { moves: new Map(), changes: [], records: [] }

export class Writer {
  readonly #options: WriterOptions
  readonly #notes = new Notes()
  readonly #digests = new Set<string>()
  #waiting: Waiting[] = []
  #client: pg.Client | undefined
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #batches = 0
  #closing = false

  constructor(options: WriterOptions) {
    this.#options = options
  }

  get waiting(): number {
    return this.#waiting.length + this.#notes.size
  }

  commit(commit: Commit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commit, until: performance.now() + PATIENCE, resolve, reject })
      this.#start()
    })
  }

  note(record: AuditRecord): Promise<void> | undefined {
    const full = this.#notes.push(record)
    if (this.#running === undefined) this.#timer ??= setTimeout(() => this.#start(), NOTE_DELAY)
    return full
  }

  /** Resolves when all that waits now is written, whatever comes meanwhile. */
  async flush(): Promise<void> {
    if (this.waiting > 0 || this.#running !== undefined) await this.commit(NOTHING)
  }

  /** The database is not what it was: of no text is it known to be there. */
  forget(): void {
    this.#digests.clear()
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#start()
    await this.#running
    drop(this.#client)
    if (this.waiting > 0) this.#options.onBug(new StoreTrouble(`${this.waiting} audit records were never written`))
  }

  #start(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.waiting > 0 && !this.#closing) this.#start()
    })
  }

  async #run(): Promise<void> {
    // those of one turn of the event loop go together
    await new Promise((resolve) => setImmediate(resolve))
    while (this.waiting > 0) {
      const commits = this.#waiting.splice(0, COMMITS_AT_MOST)
      const written = await this.#write(this.#batch(commits, this.#notes.take()))
      this.#notes.settle()
      if (!written && this.#closing) return
    }
  }

  #batch(commits: readonly Waiting[], notes: readonly AuditRecord[]): Batch {
    this.#batches += 1
    return { number: this.#batches, at: this.#options.now(), commits, notes }
  }

  /** Until it is in, or given up. False where the database was not to be had. */
  async #write(batch: Batch): Promise<boolean> {
    const { kept, lost } = sift(batch.commits, undefined)
    for (const [{ reject }, conflict] of lost) reject(conflict)
    let rest: Batch = { ...batch, commits: kept }
    const begun = performance.now()
    for (let tries = 0, doubt = false; rest.commits.length + rest.notes.length > 0; tries += 1) {
      try {
        if (doubt && (await this.#isIn(batch.number))) return settle(rest)
        const sent = performance.now()
        await this.#send(rest)
        this.#options.vitals.wrote(rest.commits.length, performance.now() - sent)
        return settle(rest)
      } catch (error) {
        const meaning = meaningOf(error)
        if (meaning === 'wrong') return this.#divide(rest, error)
        if (meaning === 'lost') {
          doubt = true
          this.#lose(error)
          rest = expire(rest, error)
          if (rest.commits.length === 0 && performance.now() - begun > PATIENCE) {
            this.#notes.giveBack(rest.notes)
            return false
          }
        }
        if (meaning === 'moved') rest = await this.#outrun(rest)
        else await pause(PAUSES[Math.min(tries, PAUSES.length - 1)])
      }
    }
    return true
  }

  async #send(batch: Batch): Promise<void> {
    const client = await this.#connected()
    const { node, documents, notifies } = this.#options
    const has = (digest: string): boolean => this.#digests.has(digest)
    const { statements, digests } = statementsOf(batch, planOf(batch), { node, documents, has, notifies: notifies() })
    const ends = await Promise.allSettled([
      client.query('BEGIN'),
      ...statements.map(({ name, text, values }) => client.query({ name, text, values: [...values] })),
      client.query('COMMIT'),
    ])
    // what follows the first error says only that there was one (25P02, in_failed_sql_transaction)
    const failed = ends.find((end) => end.status === 'rejected' && codeOf(end.reason) !== '25P02')
    if (failed?.status === 'rejected') throw failed.reason
    const last = ends.at(-1)
    if (last?.status !== 'fulfilled' || last.value.command !== 'COMMIT')
      throw new Error('the transaction did not commit')
    if (this.#digests.size > DIGESTS_KNOWN) this.#digests.clear()
    for (const digest of digests) this.#digests.add(digest)
  }

  /** Leaves the commits that another node has outrun behind. */
  async #outrun(batch: Batch): Promise<Batch> {
    try {
      const { kept, lost } = sift(batch.commits, await this.#versions(batch))
      this.#options.vitals.lost(lost.length)
      for (const [{ reject }, conflict] of lost) reject(conflict)
      return { ...batch, commits: kept }
    } catch (error) {
      if (meaningOf(error) === 'wrong') throw error
      this.#lose(error)
      return expire(batch, error)
    }
  }

  async #versions({ commits }: Batch): Promise<ReadonlyMap<PartitionId, Version>> {
    const ids = [...new Set(commits.flatMap(({ commit }) => [...commit.moves.keys()]))]
    const text = 'SELECT id, version FROM partition WHERE id = ANY($1)'
    const { rows } = await (await this.#connected()).query<{ id: string; version: string }>(text, [ids])
    const found = new Map(rows.map(({ id, version }) => [id, version]))
    return new Map(ids.map((id) => [id, found.get(id) ?? NEVER]))
  }

  /** Whether a batch of ours came in, though nobody told. */
  async #isIn(number: number): Promise<boolean> {
    const text = 'SELECT max(batch) AS batch FROM audit_slot WHERE node = $1'
    const { rows } = await (await this.#connected()).query<{ batch: string | null }>(text, [this.#options.node])
    return Number(rows[0]?.batch ?? 0) >= number
  }

  /** Something in it cannot be written: each goes alone, and only what is wrong is given up. */
  async #divide({ commits, notes }: Batch, error: unknown): Promise<boolean> {
    const [first] = commits
    if (commits.length + notes.length === 1) {
      if (first === undefined) this.#options.onBug(error)
      else first.reject(error)
      return true
    }
    for (const one of commits) await this.#write(this.#batch([one], []))
    const half = Math.ceil(notes.length / 2)
    if (commits.length > 0) return notes.length === 0 || this.#write(this.#batch([], notes))
    return (await this.#write(this.#batch([], notes.slice(0, half)))) && this.#write(this.#batch([], notes.slice(half)))
  }

  async #connected(): Promise<pg.Client> {
    this.#client ??= await connect(this.#options.url, { pipeline: true })
    return this.#client
  }

  #lose(error: unknown): void {
    drop(this.#client)
    this.#client = undefined
    this.#options.vitals.trouble = `the database does not answer: ${messageOf(error)}`
  }
}

function settle({ commits }: Batch): true {
  for (const { resolve } of commits) resolve()
  return true
}

/** Those whose time is over are refused; whether they are in, nobody knows. */
function expire(batch: Batch, error: unknown): Batch {
  const now = performance.now()
  const late = batch.commits.filter(({ until }) => until <= now)
  for (const { reject } of late) reject(new StoreTrouble('the database does not answer', error))
  return { ...batch, commits: batch.commits.filter(({ until }) => until > now) }
}
