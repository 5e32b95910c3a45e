/** The part of CBOR (RFC 8949) that Smithy's protocol uses: maps with text keys, lists, numbers, text, bytes, dates. */
import { Refusal } from '../refusal.ts'
import { DEPTH, put } from './shape.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true })

export function decodeCbor(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes)
  const value = reader.item(0)
  if (!reader.done()) throw malformed()
  return value
}

/** What ends a list, map or text of unknown length. */
const BREAK = Symbol('break')

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  done(): boolean {
    return this.#at === this.#bytes.length
  }

  item(depth: number): unknown {
    const value = this.#any(depth)
    if (value === BREAK) throw malformed()
    return value
  }

  #any(depth: number): unknown {
    if (depth > DEPTH) throw malformed()
    const head = this.#take(1)[0] as number
    const major = head >> 5
    const info = head & 31
    if (major === 7) return this.#simple(info)
    const endless = info === 31
    if (endless && (major < 2 || major > 5)) throw malformed()
    const size = endless ? Infinity : this.#size(info)
    switch (major) {
      case 0:
        return size
      case 1:
        return -1 - size
      case 2:
        return this.#bytesOf(size, 2)
      case 3:
        return this.#text(size)
      case 4:
        return this.#list(size, depth)
      case 5:
        return this.#map(size, depth)
      default:
        return this.#tagged(size, depth)
    }
  }

  #take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#at) throw malformed()
    const part = this.#bytes.subarray(this.#at, this.#at + count)
    this.#at += count
    return part
  }

  #size(info: number): number {
    if (info < 24) return info
    const width = { 24: 1, 25: 2, 26: 4, 27: 8 }[info]
    if (width === undefined) throw malformed()
    const at = this.#at
    this.#take(width)
    if (width === 1) return this.#view.getUint8(at)
    if (width === 2) return this.#view.getUint16(at)
    return width === 4 ? this.#view.getUint32(at) : Number(this.#view.getBigUint64(at))
  }

  #simple(info: number): unknown {
    if (info === 31) return BREAK
    if (info === 20 || info === 21) return info === 21
    if (info === 22 || info === 23) return null
    const at = this.#at
    if (info === 25) return half(new DataView(this.#take(2).slice().buffer).getUint16(0))
    if (info === 26) return this.#take(4) && this.#view.getFloat32(at)
    if (info === 27) return this.#take(8) && this.#view.getFloat64(at)
    throw malformed()
  }

  /** Bytes, or the chunks that bytes of unknown length come in, each of the same major type. */
  #bytesOf(size: number, major: number): Uint8Array {
    if (size !== Infinity) return this.#take(size).slice()
    const chunks: Uint8Array[] = []
    while (this.#bytes[this.#at] !== 0xff) {
      const head = this.#take(1)[0] as number
      if (head >> 5 !== major || (head & 31) === 31) throw malformed()
      chunks.push(this.#take(this.#size(head & 31)))
    }
    this.#take(1)
    return new Uint8Array(Buffer.concat(chunks))
  }

  #text(size: number): string {
    try {
      return UTF8.decode(this.#bytesOf(size, 3))
    } catch {
      throw malformed()
    }
  }

  #list(size: number, depth: number): unknown[] {
    const list: unknown[] = []
    while (list.length < size) {
      const value = this.#any(depth + 1)
      if (value === BREAK) return this.#ended(list, size)
      list.push(value)
    }
    return list
  }

  #map(size: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    for (let count = 0; count < size; count += 1) {
      const key = this.#any(depth + 1)
      if (key === BREAK) return this.#ended(map, size)
      if (typeof key !== 'string') throw malformed()
      put(map, key, this.item(depth + 1))
    }
    return map
  }

  #ended<T>(value: T, size: number): T {
    if (size !== Infinity) throw malformed()
    return value
  }

  /** Tag 1 is a date in seconds; other tags are read through. */
  #tagged(tag: number, depth: number): unknown {
    const value = this.item(depth + 1)
    if (tag !== 1) return value
    const date = new Date(typeof value === 'number' ? value * 1000 : Number.NaN)
    if (Number.isNaN(date.getTime())) throw malformed()
    return date
  }
}

function half(bits: number): number {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function malformed(): Refusal {
  return new Refusal('malformed', 'the body is not valid CBOR')
}

export function encodeCbor(value: unknown): Uint8Array {
  const parts: Uint8Array[] = []
  encode(value, parts)
  return new Uint8Array(Buffer.concat(parts))
}

function encode(value: unknown, parts: Uint8Array[]): void {
  if (value === null || value === undefined) parts.push(Uint8Array.of(0xf6))
  else if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? 0xf5 : 0xf4))
  else if (typeof value === 'number') encodeNumber(value, parts)
  else if (value instanceof Date) {
    parts.push(Uint8Array.of(0xc1))
    encodeNumber(value.getTime() / 1000, parts)
  } else if (value instanceof Uint8Array) parts.push(head(2, value.length), value)
  else if (Array.isArray(value)) {
    parts.push(head(4, value.length))
    for (const one of value) encode(one, parts)
  } else if (typeof value === 'object') encodeMap(value, parts)
  else encodeText(String(value), parts)
}

function encodeMap(value: object, parts: Uint8Array[]): void {
  const pairs = Object.entries(value).filter(([, one]) => one !== undefined)
  parts.push(head(5, pairs.length))
  for (const [key, one] of pairs) {
    encodeText(key, parts)
    encode(one, parts)
  }
}

function encodeText(text: string, parts: Uint8Array[]): void {
  const bytes = Buffer.from(text)
  parts.push(head(3, bytes.length), bytes)
}

function encodeNumber(value: number, parts: Uint8Array[]): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    parts.push(value < 0 ? head(1, -1 - value) : head(0, value))
    return
  }
  const bytes = new Uint8Array(9)
  bytes[0] = 0xfb
  new DataView(bytes.buffer).setFloat64(1, value)
  parts.push(bytes)
}

function head(major: number, size: number): Uint8Array {
  const high = major << 5
  if (size < 24) return Uint8Array.of(high | size)
  if (size < 0x100) return Uint8Array.of(high | 24, size)
  if (size < 0x10000) return Uint8Array.of(high | 25, size >> 8, size & 0xff)
  const bytes = new Uint8Array(size < 2 ** 32 ? 5 : 9)
  bytes[0] = high | (bytes.length === 5 ? 26 : 27)
  const view = new DataView(bytes.buffer)
  if (bytes.length === 5) view.setUint32(1, size)
  else view.setBigUint64(1, BigInt(size))
  return bytes
}
