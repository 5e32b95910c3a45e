/** Connections to PostgreSQL, and what their errors mean. */

import { Client, Pool } from 'pg'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreTrouble } from '../store.ts'

/** No statement of ours takes longer than this, in milliseconds; one that does is given up, with its connection. */
const PATIENCE = 4_000
const READERS = 4

interface Wanted {
  readonly pipeline?: boolean
  /** Milliseconds; 0 for a transaction that goes on for as long as somebody reads. */
  readonly patience?: number
}

function settings(url: string, { pipeline = false, patience = PATIENCE }: Wanted = {}) {
  return {
    connectionString: url,
    application_name: 'sallyport',
    keepAlive: true,
    connectionTimeoutMillis: 2_000,
    query_timeout: patience,
    statement_timeout: patience,
    idle_in_transaction_session_timeout: patience,
    pipeline,
  }
}

export function poolOf(url: string): Pool {
  const pool = new Pool({ ...settings(url), max: READERS, idleTimeoutMillis: 60_000 })
  // a connection that breaks while nobody uses it is replaced when somebody does
  pool.on('error', () => {})
  return pool
}

/** A connection of one's own. Its loss is told by `onEnd`, and by whatever was asked on it. */
export async function connect(url: string, wanted: Wanted = {}, onEnd: () => void = () => {}): Promise<Client> {
  const client = new Client(settings(url, wanted))
  client.on('error', onEnd)
  client.on('end', onEnd)
  await client.connect()
  return client
}

/** Ends a connection, whatever state it is in. */
export function drop(client: Client | undefined): void {
  client?.end().catch(() => {})
}

/**
 * - `lost`: the connection or the server; whether the statement took effect is not known.
 * - `again`: the server undid it for another's sake.
 * - `moved`: a partition has not the version that was expected (writer.ts has the server say it by a null).
 * - `wrong`: what was sent cannot be written, now or later.
 */
export type Meaning = 'lost' | 'again' | 'moved' | 'wrong'

const AGAIN: ReadonlySet<string> = new Set(['40001', '40P01', '55P03'])
/** Classes 08 connection, 53 resources, 57 intervention, 58 system; 25006 a server that is read-only for now, F0 and XX its own failures. */
const LOST = /^(?:08|53|57|58|F0|XX|25006)/

/** PostgreSQL's codes have a digit in them; `EPIPE` is the socket's. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/

/** PostgreSQL's appendix A, "Error Codes". What has no such code came from the connection. */
export function meaningOf(error: unknown): Meaning {
  const code = codeOf(error)
  if (code === undefined || !SQLSTATE.test(code) || LOST.test(code)) return 'lost'
  if (AGAIN.has(code)) return 'again'
  return code === '23502' ? 'moved' : 'wrong'
}

export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined
}

/** A reader waits so long for a database that is away, in milliseconds, and asks again so often. */
const ABSENCE = 2_000
const ASK_EVERY = 50

/** Asks the database, which may be away for a moment; where it stays away, that is `StoreTrouble`. */
export async function reach<T>(act: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + ABSENCE; ;) {
    try {
      return await act()
    } catch (error) {
      if (meaningOf(error) === 'wrong') throw error
      if (performance.now() > until) throw new StoreTrouble(`the database does not answer: ${messageOf(error)}`, error)
    }
    await pause(ASK_EVERY)
  }
}

/** A connection that was refused on every address of a host has a message on each, and none of its own. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || codeOf(error) || error.name
}
