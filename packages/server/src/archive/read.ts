/**
 * Reading an archive, whatever it is: it may be torn, altered, or somebody else's work. INVARIANT: the ending comes last,
 * and only where everything before it is what was written; who writes nothing before it came writes nothing wrong.
 */

import { createHash } from 'node:crypto'
import type { AuditRecord } from '../audit/record.ts'
import type { Keyring } from '../keyring.ts'
import { decode } from '../store/documents.ts'
import { put, type Change } from '../store/store.ts'
import { altered, broken, foreign, newer, OtherKey, torn } from './faults.ts'
import { FITS, FORMAT, WINDOW, type Counts, type Ending, type Header, type Line } from './format.ts'
import { linesOf } from './lines.ts'
import { Texts } from './texts.ts'

export type Entry =
  | { readonly kind: 'header'; readonly header: Header }
  /** `size` is that of its line. Pieces of `bytes` bytes in all follow. */
  | { readonly kind: 'row'; readonly change: Change; readonly size: number; readonly bytes?: number }
  | { readonly kind: 'piece'; readonly bytes: Buffer }
  | { readonly kind: 'record'; readonly record: AuditRecord; readonly size: number }
  | { readonly kind: 'ending'; readonly counts: Counts; readonly sha256: string }

/** Without `keyring` nothing is asked of the seals: who has no key may still see that all is there. */
export async function* readArchive(bytes: AsyncIterable<Uint8Array>, keyring?: Keyring): AsyncGenerator<Entry> {
  const reader = new Reader(keyring)
  for await (const line of linesOf(bytes)) {
    const entry = reader.read(line)
    if (entry !== undefined) yield entry
  }
  yield reader.ending()
}

class Reader {
  readonly #keyring: Keyring | undefined
  readonly #hash = createHash('sha256')
  /** Twice as much as the writer remembers: what one row names may push out what it names too. */
  readonly #texts = new Texts(2 * WINDOW)
  readonly #counts = { rows: 0, blobs: 0, bytes: 0, documents: 0, records: 0 }
  #begun = false
  #ending: Ending | undefined
  /** Bytes of the last row that have not come. */
  #owed = 0

  constructor(keyring: Keyring | undefined) {
    this.#keyring = keyring
  }

  read(text: Buffer): Entry | undefined {
    if (this.#ending !== undefined) throw altered()
    const line = this.#begun ? parsed(text) : this.#header(text)
    if ('end' in line) {
      this.#end(line)
      return undefined
    }
    this.#hash.update(text).update('\n')
    if ('archive' in line) return { kind: 'header', header: line }
    if ('broken' in line) throw broken(line.broken)
    if ('piece' in line) return this.#piece(line.piece)
    if (this.#owed > 0) throw altered()
    if ('row' in line) return this.#row(line, text.length)
    if ('record' in line) {
      this.#counts.records += 1
      return { kind: 'record', record: line.record, size: text.length }
    }
    this.#counts.documents += 1
    this.#texts.add(line.document, line.text)
    return undefined
  }

  ending(): Entry {
    if (this.#ending === undefined) throw torn()
    return { kind: 'ending', counts: this.#ending.end, sha256: this.#ending.sha256 }
  }

  #header(text: Buffer): Header {
    this.#begun = true
    const header = headerIn(text)
    if (header.format > FORMAT) throw newer(header)
    if (typeof header.key !== 'string') throw foreign()
    if (this.#keyring !== undefined && this.#keyring.openText('archive', header.key) !== FITS) throw new OtherKey()
    return header
  }

  #row({ row: [partition, kind, key], value, bytes }: Extract<Line, { row: unknown }>, size: number): Entry {
    this.#counts.rows += 1
    const whole = decode(value, (digest) => {
      const text = this.#texts.get(digest)
      if (text === undefined) throw altered()
      return text
    })
    const change = put(partition, kind, key, whole)
    if (bytes === undefined) return { kind: 'row', change, size }
    this.#counts.blobs += 1
    this.#counts.bytes += bytes
    this.#owed = bytes
    return { kind: 'row', change, size, bytes }
  }

  #piece(text: string): Entry {
    const bytes = Buffer.from(text, 'base64')
    this.#owed -= bytes.length
    if (this.#owed < 0) throw altered()
    return { kind: 'piece', bytes }
  }

  #end(ending: Ending): void {
    const { end, sha256, seal } = ending
    const same = Object.entries(this.#counts).every(([name, count]) => end[name as keyof Counts] === count) // its own names
    const sealed = this.#keyring === undefined || this.#keyring.openText('archive', seal) === sha256
    if (!same || !sealed || this.#owed !== 0 || this.#hash.digest('hex') !== sha256) throw altered()
    this.#ending = ending
  }
}

function headerIn(text: Buffer): Header {
  const line = objectIn(text)
  if (line === undefined || !('archive' in line) || line.archive !== 'sallyport') throw foreign()
  if (!('format' in line) || typeof line.format !== 'number' || !('version' in line)) throw foreign()
  return line as Header // a later format may have more, and is refused
}

/** INVARIANT: what is read here is what a `Writer` wrote, or the ending will not hold; until then its shape alone is looked at. */
function parsed(text: Buffer): Line {
  const line = objectIn(text)
  if (line === undefined || !LINES.some((fits) => fits(line))) throw altered()
  return line as Line // one of `LINES` fits
}

const LINES: readonly ((line: object) => boolean)[] = [
  (line) => hasTexts(line, 'document', 'text'),
  (line) =>
    'row' in line &&
    'value' in line &&
    Array.isArray(line.row) &&
    line.row.length === 3 &&
    line.row.every((name) => typeof name === 'string') &&
    (!('bytes' in line) || (Number.isSafeInteger(line.bytes) && Number(line.bytes) >= 0)),
  (line) => hasTexts(line, 'piece'),
  (line) => 'record' in line && typeof line.record === 'object',
  (line) => hasTexts(line, 'broken'),
  (line) => 'end' in line && typeof line.end === 'object' && line.end !== null && hasTexts(line, 'sha256', 'seal'),
]

function hasTexts(line: object, ...names: readonly string[]): boolean {
  return names.every((name) => typeof (line as Readonly<Record<string, unknown>>)[name] === 'string') // any object may be asked
}

function objectIn(text: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(text.toString())
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
