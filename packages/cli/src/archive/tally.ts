/** What an archive has so far, counted as it goes by, and in words. */

import type { Counts, Entry, Header } from '@sallyport/server'
import type { Progress } from './progress.ts'

export type Tally = Pick<Counts, 'rows' | 'bytes' | 'records'>

/** What an archive was, once all of it has gone by. */
export interface Told {
  readonly header: Header
  readonly counts: Counts
  readonly sha256: string
}

/** Passes entries on and tells how many there were. */
export async function* watched(entries: AsyncIterable<Entry>, progress: Progress): AsyncGenerator<Entry> {
  const tally = { rows: 0, bytes: 0, records: 0 }
  try {
    for await (const entry of entries) {
      if (entry.kind === 'row') tally.rows += 1
      if (entry.kind === 'piece') tally.bytes += entry.bytes.length
      if (entry.kind === 'record') tally.records += 1
      progress.tell(tally)
      yield entry
    }
  } finally {
    progress.end()
  }
}

/** Reads an archive to its end. */
export async function readAll(entries: AsyncIterable<Entry>): Promise<Told> {
  let header: Header | undefined
  for await (const entry of entries) {
    if (entry.kind === 'header') header = entry.header
    if (entry.kind === 'ending' && header !== undefined) {
      return { header, counts: entry.counts, sha256: entry.sha256 }
    }
  }
  throw new Error('an archive ended without its ending') // its reader throws before
}

export function inWords({ rows, bytes, records }: Tally): string {
  const parts = [plural(rows, 'row')]
  if (bytes > 0) parts.push(`${sizeInWords(bytes)} of objects`)
  if (records > 0) parts.push(plural(records, 'audit record'))
  return parts.join(', ')
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB']

export function sizeInWords(bytes: number): string {
  if (bytes < 1024) return plural(bytes, 'byte')
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length)
  return `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power - 1]}`
}

function plural(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`
}

/** For scripts. */
export function asJson({ header, counts, sha256 }: Told): object {
  const { format, version, madeAt, store } = header
  return { format, version, madeAt, store, ...counts, sha256 }
}
