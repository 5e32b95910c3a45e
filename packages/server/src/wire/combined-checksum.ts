/**
 * The checksum of a whole from those of its parts: a sum of sums, or, for CRCs, the very sum that the whole has. To put
 * `n` bytes behind what a CRC was reckoned of multiplies it by x^8n, modulo the CRC's polynomial.
 */
import { createHash } from 'node:crypto'
import { checksumOf, type Checksum } from './checksum.ts'

export interface Summed {
  /** In base64. */
  readonly value: string
  readonly size: number
}

interface Field {
  readonly width: bigint
  /** Reflected: the lowest bit is the highest power. */
  readonly polynomial: bigint
}

const FIELDS: Readonly<Partial<Record<Checksum, Field>>> = {
  crc32: { width: 32n, polynomial: 0xedb88320n },
  crc32c: { width: 32n, polynomial: 0x82f63b78n },
  crc64nvme: { width: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
}

/** Whether a whole's checksum follows from its parts'. */
export function isLinear(name: Checksum): boolean {
  return FIELDS[name] !== undefined
}

/** The checksum of all parts' checksums, with how many there were. */
export function compositeOf(name: Checksum, parts: readonly Summed[]): string {
  const all = Buffer.concat(parts.map(({ value }) => Buffer.from(value, 'base64')))
  return `${checksumOf(name, all)}-${parts.length}`
}

/** The checksum of the parts one after the other. */
export function combined(name: Checksum, parts: readonly Summed[]): string {
  const field = FIELDS[name]
  if (field === undefined) throw new Error(`the \`${name}\` of a whole does not follow from its parts'`)
  const shifts = new Map<number, bigint>()
  const shift = (size: number): bigint => {
    const known = shifts.get(size) ?? power(BigInt(size) * 8n, field)
    shifts.set(size, known)
    return known
  }
  const sum = parts.reduce((before, { value, size }) => multiply(shift(size), before, field) ^ numberOf(value), 0n)
  return Buffer.from(sum.toString(16).padStart(Number(field.width / 4n), '0'), 'hex').toString('base64')
}

/** The MD5s' MD5, as S3 names an object that came in parts. */
export function etagOfParts(etags: readonly string[]): string {
  const all = Buffer.concat(etags.map((etag) => Buffer.from(etag, 'hex')))
  return `${createHash('md5').update(all).digest('hex')}-${etags.length}`
}

function numberOf(base64: string): bigint {
  return BigInt(`0x${Buffer.from(base64, 'base64').toString('hex')}`)
}

/** x to the `exponent`. */
function power(exponent: bigint, field: Field): bigint {
  let result = 1n << (field.width - 1n)
  let square = 1n << (field.width - 2n)
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = multiply(square, result, field)
    square = multiply(square, square, field)
  }
  return result
}

function multiply(one: bigint, other: bigint, { width, polynomial }: Field): bigint {
  let product = 0n
  let shifted = other
  for (let bit = 1n << (width - 1n); bit > 0n; bit >>= 1n) {
    if ((one & bit) !== 0n) product ^= shifted
    shifted = (shifted & 1n) === 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n
  }
  return product
}
