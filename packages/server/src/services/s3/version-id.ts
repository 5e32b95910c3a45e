/**
 * Names of versions, and the rows that they lie in: a key's versions stand together, the newest first, and the keys in
 * the order of their bytes. A name tells its row without any index, and looks drawn by lot, as AWS's do.
 */

import { createHash } from 'node:crypto'
import type { Random } from '../../random.ts'

/** What a row is about. */
export interface RowName {
  readonly bucket: string
  readonly key: string
}

/** Six bits a character, in characters that need no escape anywhere. */
const FORM = /^[A-Za-z0-9._]{32}$/
const LOTS = 16
const ORDER = 8
const DIGITS = 16
const ID = 32
/** Stands between a key and its versions; in a key it is spelt otherwise, so that no key reaches into another's versions. */
const END = '\u0001'
const LAST = '\u{10FFFF}'

/** Sixteen bytes by lot, and the order under a mask that they give. */
export function newVersionId(random: Random, order: number): string {
  const lots = random.bytes(LOTS)
  const bytes = Buffer.alloc(ORDER)
  bytes.writeBigUInt64BE(BigInt(order))
  return toText(Buffer.concat([lots, masked(lots, bytes)]))
}

/** `undefined` where the text has not the form of a name. */
export function orderOfVersion(id: string): number | undefined {
  if (!FORM.test(id)) return undefined
  const bytes = Buffer.from(id.replaceAll('.', '-'), 'base64url')
  const order = masked(bytes.subarray(0, LOTS), bytes.subarray(LOTS)).readBigUInt64BE()
  // of a name that was never given, any number comes out
  return order > BigInt(Number.MAX_SAFE_INTEGER) ? 0 : Number(order)
}

export function isVersionId(id: string): boolean {
  return id === 'null' || FORM.test(id)
}

function masked(lots: Buffer, bytes: Buffer): Buffer {
  const mask = createHash('sha256').update(lots).digest()
  return Buffer.from(bytes.map((byte, at) => byte ^ (mask[at] ?? 0)))
}

function toText(bytes: Buffer): string {
  return bytes.toString('base64url').replaceAll('-', '.')
}

/** Before each row of one key's versions. */
export function versionPrefix(name: RowName): string {
  return `${bucketPrefix(name.bucket, name.key)}${END}`
}

/** Before the rows of all keys of a bucket that begin so. */
export function bucketPrefix(bucket: string, prefix: string): string {
  return `${bucket}/${escaped(prefix)}`
}

export function versionRow(name: RowName, id: string, order: number): string {
  return `${versionPrefix(name)}${String(Number.MAX_SAFE_INTEGER - order).padStart(DIGITS, '0')}${id}`
}

/** Behind the rows of a key's versions, or, with `LAST` at the key's end, behind those of every key that begins so. */
export function afterVersions(name: RowName): string {
  return name.key.endsWith(LAST) ? bucketPrefix(name.bucket, name.key) : `${versionPrefix(name)}${LAST}`
}

export function keyOfRow(bucket: string, row: string): string {
  return unescaped(row.slice(bucket.length + 1, -(END.length + DIGITS + ID)))
}

/** The order of the keys stays: what is spelt in two characters begins with the second lowest of all. */
function escaped(key: string): string {
  return key.replaceAll('\u0002', '\u0002\u0004').replaceAll(END, '\u0002\u0003')
}

function unescaped(text: string): string {
  return text.replaceAll('\u0002\u0003', END).replaceAll('\u0002\u0004', '\u0002')
}
