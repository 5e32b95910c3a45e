/** The CRCs that Node has not: eight bytes at once. */

/**
 * CRCs take eight bytes at once, each through rows of its own: those of a byte with so many more behind it. A view never
 * reads past its end, so its numbers need no second look.
 */
const AT_ONCE = 8
const ROWS = 256 * AT_ONCE
const WORD = 4

/** Where the rows of the byte that has `behind` more behind it begin. */
const START = Array.from({ length: AT_ONCE }, (_, behind) => behind * 256) as unknown as Eight // as long as it says
type Eight = readonly [number, number, number, number, number, number, number, number]

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** CRC-32C (Castagnoli), reflected. */
const CRC32C = new DataView(new ArrayBuffer(ROWS * WORD))
for (let row = 0; row < ROWS; row++) CRC32C.setInt32(row * WORD, row < 256 ? crc32cOf(row) : crc32cBehind(row), true)

function crc32cOf(byte: number): number {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1
  return sum
}

function crc32cBehind(row: number): number {
  const before = CRC32C.getInt32((row - 256) * WORD, true)
  return CRC32C.getInt32((before & 0xff) * WORD, true) ^ (before >>> 8)
}

function row32c(row: number): number {
  return CRC32C.getInt32(row << 2, true)
}

export function crc32c(before: number, bytes: Uint8Array): number {
  const view = viewOf(bytes)
  const [h, g, f, e, d, c, b, a] = START
  let sum = ~before
  let at = 0
  for (; at + AT_ONCE <= bytes.length; at += AT_ONCE) {
    const low = sum ^ view.getInt32(at, true)
    const high = view.getInt32(at + WORD, true)
    sum =
      row32c(a | (low & 0xff)) ^
      row32c(b | ((low >>> 8) & 0xff)) ^
      row32c(c | ((low >>> 16) & 0xff)) ^
      row32c(d | (low >>> 24)) ^
      row32c(e | (high & 0xff)) ^
      row32c(f | ((high >>> 8) & 0xff)) ^
      row32c(g | ((high >>> 16) & 0xff)) ^
      row32c(h | (high >>> 24))
  }
  for (; at < bytes.length; at++) sum = row32c((sum ^ view.getUint8(at)) & 0xff) ^ (sum >>> 8)
  return ~sum >>> 0
}

/** CRC-64/NVME in two halves of 32 bits, because BigInt is a hundred times slower. */
export type Halves = readonly [high: number, low: number]
const HIGH = new DataView(new ArrayBuffer(ROWS * WORD))
const LOW = new DataView(new ArrayBuffer(ROWS * WORD))
for (let row = 0; row < ROWS; row++) {
  const [high, low] = row < 256 ? crc64Of(row) : crc64Behind(row)
  HIGH.setInt32(row * WORD, high, true)
  LOW.setInt32(row * WORD, low, true)
}

function crc64Of(byte: number): Halves {
  let [high, low] = [0, byte]
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1
    low = (low >>> 1) | (high << 31)
    high >>>= 1
    if (odd) [high, low] = [high ^ 0x9a6c9329, low ^ 0xac4bc9b5]
  }
  return [high, low]
}

function crc64Behind(row: number): Halves {
  const at = (row - 256) * WORD
  const [high, low] = [HIGH.getInt32(at, true), LOW.getInt32(at, true)]
  const last = (low & 0xff) * WORD
  return [HIGH.getInt32(last, true) ^ (high >>> 8), LOW.getInt32(last, true) ^ ((low >>> 8) | (high << 24))]
}

export function crc64nvme(before: Halves, bytes: Uint8Array): Halves {
  const view = viewOf(bytes)
  const [h8, g8, f8, e8, d8, c8, b8, a8] = START
  let [high, low] = [~before[0], ~before[1]]
  let at = 0
  for (; at + AT_ONCE <= bytes.length; at += AT_ONCE) {
    low ^= view.getInt32(at, true)
    high ^= view.getInt32(at + WORD, true)
    const a = (a8 | (low & 0xff)) << 2
    const b = (b8 | ((low >>> 8) & 0xff)) << 2
    const c = (c8 | ((low >>> 16) & 0xff)) << 2
    const d = (d8 | (low >>> 24)) << 2
    const e = (e8 | (high & 0xff)) << 2
    const f = (f8 | ((high >>> 8) & 0xff)) << 2
    const g = (g8 | ((high >>> 16) & 0xff)) << 2
    const h = (h8 | (high >>> 24)) << 2
    low = two(LOW, a, b) ^ two(LOW, c, d) ^ two(LOW, e, f) ^ two(LOW, g, h)
    high = two(HIGH, a, b) ^ two(HIGH, c, d) ^ two(HIGH, e, f) ^ two(HIGH, g, h)
  }
  for (; at < bytes.length; at++) {
    const last = ((low ^ view.getUint8(at)) & 0xff) << 2
    low = ((low >>> 8) | (high << 24)) ^ LOW.getInt32(last, true)
    high = (high >>> 8) ^ HIGH.getInt32(last, true)
  }
  return [~high >>> 0, ~low >>> 0]
}

function two(table: DataView, one: number, other: number): number {
  return table.getInt32(one, true) ^ table.getInt32(other, true)
}
