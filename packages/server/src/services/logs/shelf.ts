/**
 * Streams and events as they lie on shelves: a row a stream, and a row for what was written at once. Rows of events are in
 * the order of time within their group, so that the oldest go first where there are too many.
 */

import { draw, type Random } from '../../random.ts'
import { put, remove, type Change, type Row } from '../../store/store.ts'
import type { Shelves } from '../../call.ts'
import type { Place } from './shared.ts'

const STREAM = 'logStream'
const CHUNK = 'logChunk'

/** Bytes of events that are kept of one group. */
const KEPT = 16 * 1024 * 1024
const BATCH = 1000
const DAY = 86_400_000
/** What AWS counts for an event beside its message. */
const EVENT_BYTES = 26

export interface LogStream {
  readonly name: string
  readonly createdAt: number
  readonly firstAt?: number
  readonly lastAt?: number
  readonly ingestedAt?: number
}

export interface LogEvent {
  /** In the order of time, and of arrival within a millisecond. */
  readonly id: string
  readonly at: number
  readonly ingestedAt: number
  readonly message: string
}

interface Chunk {
  readonly stream: string
  readonly events: readonly LogEvent[]
}

export interface StreamEvent extends LogEvent {
  readonly stream: string
}

export async function readStream(shelves: Shelves, place: Place, name: string): Promise<LogStream | undefined> {
  const row = await shelves.shelved(place.account, STREAM, start(place) + name)
  return row as LogStream | undefined // written by `putStream` alone
}

export function putStream(place: Place, stream: LogStream): Change {
  return put(place.account, STREAM, start(place) + stream.name, stream)
}

function removeStream(place: Place, name: string): Change {
  return remove(place.account, STREAM, start(place) + name)
}

export async function readStreams(shelves: Shelves, place: Place, prefix = ''): Promise<readonly LogStream[]> {
  const rows = await all(shelves, place, STREAM, prefix)
  return rows.map(({ value }) => value as LogStream) // as above
}

export interface Writing {
  readonly place: Place
  readonly stream: LogStream
  readonly events: readonly { readonly at: number; readonly message: string }[]
  readonly now: number
  readonly random: Random
}

/** The changes that add events, which are in the order of time, to a stream. */
export function append({ place, stream, events, now, random }: Writing): readonly Change[] {
  const [first] = events
  const last = events.at(-1)
  if (first === undefined || last === undefined) return []
  const stamp = draw(random, 12, '0123456789')
  const chunk: Chunk = {
    stream: stream.name,
    events: events.map(({ at, message }, number) => ({
      id: digits(at, 14) + digits(now, 14) + stamp + digits(number, 16),
      at,
      ingestedAt: now,
      message,
    })),
  }
  const written: LogStream = {
    ...stream,
    firstAt: Math.min(stream.firstAt ?? first.at, first.at),
    lastAt: Math.max(stream.lastAt ?? last.at, last.at),
    ingestedAt: now,
  }
  const key = `${start(place)}${digits(first.at, 14)}-${digits(now, 14)}${stamp}`
  return [put(place.account, CHUNK, key, chunk), putStream(place, written)]
}

/** All events of a group, or of one stream, that are not too old, in order. */
export async function readEvents(
  shelves: Shelves,
  place: Place,
  { since, stream: wanted }: { readonly since: number; readonly stream?: string },
): Promise<readonly StreamEvent[]> {
  const chunks = await chunksOf(shelves, place, wanted)
  const found = chunks.flatMap(({ stream, events }) =>
    events.filter(({ at }) => at >= since).map((event) => ({ ...event, stream })),
  )
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** The earliest time that a group still has. */
export function horizon(now: number, retentionDays: number | undefined): number {
  return retentionDays === undefined ? 0 : now - retentionDays * DAY
}

/** Removes a group's streams and events, or those of one stream. */
export async function emptied(shelves: Shelves, place: Place, stream?: string): Promise<readonly Change[]> {
  const going = await chunksOf(shelves, place, stream)
  const streams = stream === undefined ? await readStreams(shelves, place) : [{ name: stream }]
  return [
    ...going.map(({ key }) => remove(place.account, CHUNK, key)),
    ...streams.map(({ name }) => removeStream(place, name)),
  ]
}

/** Removes what is too old or too much. Looked for now and then, since it reads all that the group has. */
export async function surplus(shelves: Shelves, place: Place, since: number): Promise<readonly Change[]> {
  const chunks = await chunksOf(shelves, place)
  let kept = 0
  const going = chunks.toReversed().filter(({ events }) => {
    kept += bytesOf(events)
    return kept > KEPT || events.every(({ at }) => at < since)
  })
  return going.map(({ key }) => remove(place.account, CHUNK, key))
}

export function bytesOf(events: readonly Pick<LogEvent, 'message'>[]): number {
  return events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_BYTES, 0)
}

interface KeyedChunk extends Chunk {
  readonly key: string
}

async function chunksOf(shelves: Shelves, place: Place, stream?: string): Promise<readonly KeyedChunk[]> {
  const rows = await all(shelves, place, CHUNK)
  const chunks = rows.map(({ key, value }) => ({ key, ...(value as Chunk) })) // written by `append` alone
  return stream === undefined ? chunks : chunks.filter((chunk) => chunk.stream === stream)
}

async function all(shelves: Shelves, place: Place, kind: string, prefix = ''): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (;;) {
    const after = rows.at(-1)?.key
    const query = { prefix: start(place) + prefix, ...(after !== undefined && { after }), limit: BATCH }
    const batch = await shelves.shelf(place.account, kind, query)
    rows.push(...batch)
    if (batch.length < BATCH) return rows
  }
}

/** Names of groups and streams have no colon. */
function start({ region, group }: Place): string {
  return `${region}:${group}:`
}

function digits(number: number, length: number): string {
  return String(number).padStart(length, '0')
}
