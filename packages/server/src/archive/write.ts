/** Making an archive: a stream of what a store had at one moment, as fast as it is taken. Calls go on meanwhile. */

import { createHash, hash, type Hash } from 'node:crypto'
import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Blobs } from '../blobs.ts'
import type { Keyring } from '../keyring.ts'
import { encode } from '../store/documents.ts'
import { StoreTrouble, type Change, type Snapshot, type Store } from '../store/store.ts'
import { ArchiveError, blobOf, FITS, FORMAT, isOfObjects, PIECE, VERSION, WINDOW } from './format.ts'
import type { Counts, Ending, Header, Line, StoreKind } from './format.ts'
import { Texts } from './texts.ts'

export interface Original {
  readonly store: Store
  readonly blobs: Blobs
  readonly keyring: Keyring
}

export interface Wanted {
  readonly records: boolean
  readonly objects: boolean
}

export interface Copying extends Wanted {
  readonly from: StoreKind
  /** The machine's time, epoch milliseconds. */
  readonly now: number
}

/** Characters of lines that are pressed at once. Between two of them others have their turn. */
const BATCH = 128 * 1024

/** Throws `StoreTrouble` where the store cannot be copied. What was taken for the copy is let go when the stream closes. */
export async function makeArchive(original: Original, copying: Copying): Promise<Readable> {
  // before the copy is taken: what it names must still be there when its turn comes
  const release = original.blobs.hold()
  const snapshot = await original.store.snapshot().catch(async (error: unknown) => {
    await release()
    throw error
  })
  let open = true
  const close = async (): Promise<void> => {
    if (!open) return
    open = false
    await snapshot.close()
    await release()
  }
  // most of a long one are the bytes of objects, which no effort makes much shorter
  const gzip = createGzip({ level: 3, chunkSize: BATCH })
  const lines = batched(new Writer(original, copying, snapshot).text(), close)
  // what cannot be thrown away now is swept when the store opens next
  pipeline(Readable.from(lines, { highWaterMark: 1 }), gzip, () => void close().catch(() => undefined))
  return gzip
}

async function* batched(lines: AsyncIterable<string>, close: () => Promise<void>): AsyncGenerator<Buffer> {
  try {
    let batch = ''
    for await (const line of lines) {
      batch += line
      if (batch.length < BATCH) continue
      yield Buffer.from(batch)
      batch = ''
    }
    yield Buffer.from(batch)
  } finally {
    await close()
  }
}

class Writer {
  readonly #original: Original
  readonly #copying: Copying
  readonly #snapshot: Snapshot
  readonly #hash: Hash = createHash('sha256')
  readonly #texts = new Texts(WINDOW)
  readonly #counts = { rows: 0, blobs: 0, bytes: 0, documents: 0, records: 0 }

  constructor(original: Original, copying: Copying, snapshot: Snapshot) {
    this.#original = original
    this.#copying = copying
    this.#snapshot = snapshot
  }

  async *text(): AsyncGenerator<string> {
    try {
      for await (const text of this.#lines()) {
        this.#hash.update(text)
        yield text
      }
      yield lineOf(this.#ending())
    } catch (error) {
      if (!(error instanceof ArchiveError) && !(error instanceof StoreTrouble)) throw error
      yield lineOf({ broken: error.message })
    }
  }

  async *#lines(): AsyncGenerator<string> {
    yield lineOf(this.#header())
    for await (const change of this.#snapshot.rows()) {
      if (isOfObjects(change) && !this.#copying.objects) continue
      yield* this.#row(change)
    }
    if (!this.#copying.records) return
    for await (const record of this.#snapshot.records()) {
      this.#counts.records += 1
      yield lineOf({ record })
    }
  }

  #header(): Header {
    const { from, now, records, objects } = this.#copying
    return {
      archive: 'sallyport',
      format: FORMAT,
      version: VERSION,
      madeAt: new Date(now).toISOString(),
      store: from,
      records,
      objects,
      key: this.#original.keyring.sealText('archive', FITS),
    }
  }

  async *#row(change: Change): AsyncGenerator<string> {
    const { partition, kind, key } = change
    const documents: string[] = []
    const value = encode(change.value, (text) => this.#keep(text, documents))
    yield* documents
    this.#counts.rows += 1
    const blob = blobOf(change)
    const bytes = blob === undefined ? '' : `,"bytes":${blob.size}`
    yield `{"row":${JSON.stringify([partition, kind, key])},"value":${value}${bytes}}\n`
    if (blob !== undefined) yield* this.#pieces(change, blob)
  }

  /** The digest of a text, which is written where it was not written lately. */
  #keep(text: string, lines: string[]): string {
    const digest = hash('sha256', text, 'base64url')
    if (this.#texts.get(digest) !== undefined) return digest
    this.#texts.add(digest, text)
    this.#counts.documents += 1
    lines.push(lineOf({ document: digest, text }))
    return digest
  }

  async *#pieces({ partition, kind, key }: Change, { id, size }: { id: string; size: number }): AsyncGenerator<string> {
    let length = 0
    try {
      for await (const part of this.#original.blobs.read(id)) {
        length += part.length
        for (let at = 0; at < part.length; at += PIECE) {
          yield lineOf({ piece: Buffer.from(part.subarray(at, at + PIECE)).toString('base64') })
        }
      }
    } catch (error) {
      throw lost(`${kind} \`${key}\` of ${partition}`, error)
    }
    if (length !== size) throw lost(`${kind} \`${key}\` of ${partition}`)
    this.#counts.blobs += 1
    this.#counts.bytes += size
  }

  #ending(): Ending {
    const sha256 = this.#hash.digest('hex')
    const end: Counts = { ...this.#counts }
    return { end, sha256, seal: this.#original.keyring.sealText('archive', sha256) }
  }
}

function lost(what: string, cause?: unknown): ArchiveError {
  return new ArchiveError(
    `the bytes of ${what} are not there: write it again, or delete it, then make the copy again`,
    {
      cause,
    },
  )
}

function lineOf(line: Line): string {
  return `${JSON.stringify(line)}\n`
}
