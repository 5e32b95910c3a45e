/** What a zip archive holds, as its directory says. */

const END = 0x06054b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const LOCAL_BYTES = 30
const COMMENT_BYTES = 65_535

export interface Archive {
  readonly files: number
  /** Bytes of all files, unpacked, as the archive says. */
  readonly unzipped: number
}

export interface Entry {
  readonly name: string
  /** As Unix has it; 0 where it was not made there. */
  readonly mode: number
  readonly method: number
  /** Where its bytes begin, and how many there are. */
  readonly start: number
  readonly packed: number
  readonly unzipped: number
}

/** `undefined` where the archive cannot be read. */
export function readZip(bytes: Uint8Array): Archive | undefined {
  try {
    let files = 0
    let unzipped = 0
    for (const entry of entriesOf(bytes)) {
      files += 1
      unzipped += entry.unzipped
    }
    return { files, unzipped }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Throws `RangeError` where the archive cannot be read. */
export function* entriesOf(bytes: Uint8Array): Generator<Entry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endOf(view)
  const files = view.getUint16(end + 10, true)
  let at = view.getUint32(end + 16, true)
  for (let file = 0; file < files; file += 1) {
    const { entry, next } = entryAt(view, at, end)
    yield entry
    at = next
  }
  if (at > end) throw new RangeError('the directory runs into its end')
}

function entryAt(view: DataView, at: number, end: number): { readonly entry: Entry; readonly next: number } {
  if (at + ENTRY_BYTES > end || view.getUint32(at, true) !== ENTRY) throw new RangeError('no entry')
  const nameLength = view.getUint16(at + 28, true)
  const next = at + ENTRY_BYTES + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  const name = Buffer.from(view.buffer, view.byteOffset + at + ENTRY_BYTES, nameLength).toString()
  const local = view.getUint32(at + 42, true)
  if (view.getUint32(local, true) !== LOCAL) throw new RangeError('no file')
  const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  const packed = view.getUint32(at + 20, true)
  if (start + packed > view.byteLength) throw new RangeError('a file runs out of the archive')
  const entry = {
    name,
    mode: view.getUint32(at + 38, true) >>> 16,
    method: view.getUint16(at + 10, true),
    start,
    packed,
    unzipped: view.getUint32(at + 24, true),
  }
  return { entry, next }
}

/** The end of the directory stands last, before a comment of any length. */
function endOf(view: DataView): number {
  const first = Math.max(0, view.byteLength - END_BYTES - COMMENT_BYTES)
  for (let at = view.byteLength - END_BYTES; at >= first; at -= 1) {
    if (view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength)
      return at
  }
  throw new RangeError('no end')
}
