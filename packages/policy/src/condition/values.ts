/** How condition values are read: numbers, dates, booleans, addresses, bytes. What cannot be read matches nothing. */

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/
const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Whole numbers too long to be exact otherwise are big ones: the two kinds compare exactly, but are never `===`. */
export function readNumber(text: string): number | bigint | undefined {
  if (!NUMBER.test(text)) return undefined
  return text.length > 15 && !text.includes('.') ? BigInt(text) : Number(text)
}

export function readBool(text: string): boolean | undefined {
  if (text === 'true') return true
  const word = text.toLowerCase()
  if (word === 'true') return true
  return word === 'false' ? false : undefined
}

/** Milliseconds since 1970, from a W3C date (a year … a fraction of a second, with a zone) or from epoch seconds. */
export function readDate(text: string): number | undefined {
  const match = DATE.exec(text)
  if (match === null) return epoch(text)
  const year = Number(match[1])
  const month = Number(match[2] ?? 1)
  const day = Number(match[3] ?? 1)
  const hour = Number(match[4] ?? 0)
  const minute = Number(match[5] ?? 0)
  const second = Number(match[6] ?? 0)
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  // Date.UTC reads the years 0 to 99 as 1900 to 1999.
  if (year < 100 || hour > 23 || minute > 59 || second > 59) return undefined
  const zone = readZone(match[8] ?? 'Z')
  if (zone === undefined) return undefined
  return Date.UTC(year, month - 1, day, hour, minute, second) + millis(match[7]) - zone
}

/** The bytes of a base64 text in one spelling: without padding, and without the bits that the last letter has to spare. */
export function readBytes(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  const letters = text.replace(/={1,2}$/, '')
  const rest = letters.length % 4
  if (rest === 0) return letters
  if (rest === 1) return undefined
  const last = LETTERS.indexOf(letters.slice(-1))
  return letters.slice(0, -1) + LETTERS.charAt(last & (rest === 2 ? 0b110000 : 0b111100))
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** `prefix` says how many leading bits count. */
export type Network =
  | { readonly family: 4; readonly address: number; readonly prefix: number }
  | { readonly family: 6; readonly address: bigint; readonly prefix: number }

/** An address with or without `/prefix`; bits past the prefix are ignored when matched. */
export function readNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const bare = slash === -1 ? text : text.slice(0, slash)
  const written = slash === -1 ? undefined : text.slice(slash + 1)
  if (!bare.includes(':')) {
    const address = readIpv4(bare)
    const prefix = readPrefix(written, 32)
    return address === undefined || prefix === undefined ? undefined : { family: 4, address, prefix }
  }
  const address = readIpv6(bare)
  const prefix = readPrefix(written, 128)
  return address === undefined || prefix === undefined ? undefined : { family: 6, address, prefix }
}

/** Families never match each other. */
export function within(network: Network, host: Network): boolean {
  if (network.family === 4) return host.family === 4 && host.prefix === 32 && shareHead(network, host.address)
  if (host.family === 4 || host.prefix !== 128) return false
  const rest = BigInt(128 - network.prefix)
  return network.address >> rest === host.address >> rest
}

/** A shift by 32 would be one by 0. */
function shareHead({ address, prefix }: Network & { readonly family: 4 }, host: number): boolean {
  return prefix === 0 || (address ^ host) >>> (32 - prefix) === 0
}

function epoch(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined
  const dot = text.indexOf('.')
  // `-` alone, before a dot, is no number.
  const seconds = Math.abs(Number(dot === -1 ? text : text.slice(0, dot)) || 0)
  const size = seconds * 1000 + millis(dot === -1 ? '' : text.slice(dot))
  return text.startsWith('-') ? -size : size
}

/** [I] A fraction of a second counts to the millisecond, as it does in the times that AWS hands out. */
function millis(fraction = ''): number {
  return Number(fraction.slice(1, 4).padEnd(3, '0'))
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0)
}

function readZone(text: string): number | undefined {
  if (text === 'Z') return 0
  const hours = Number(text.slice(1, 3))
  const minutes = Number(text.slice(-2))
  if (hours > 23 || minutes > 59) return undefined
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function readPrefix(text: string | undefined, width: number): number | undefined {
  if (text === undefined) return width
  if (!/^\d{1,3}$/.test(text)) return undefined
  const prefix = Number(text)
  return prefix <= width ? prefix : undefined
}

const DOT = 46
const ZERO = 48

/** Four bytes of one to three digits each. */
function readIpv4(text: string): number | undefined {
  let address = 0
  let bytes = 0
  let byte = 0
  let digits = 0
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? DOT : text.charCodeAt(i)
    if (code === DOT) {
      if (digits === 0 || byte > 255) return undefined
      address = address * 256 + byte
      bytes++
      byte = digits = 0
    } else {
      if (code < ZERO || code > ZERO + 9 || digits === 3) return undefined
      byte = byte * 10 + code - ZERO
      digits++
    }
  }
  return bytes === 4 ? address : undefined
}

function readIpv6(text: string): bigint | undefined {
  const halves = text.split('::', 3)
  if (halves.length > 2) return undefined
  const head = readGroups(halves[0] ?? '')
  const tail = readGroups(halves[1] ?? '')
  if (head === undefined || tail === undefined) return undefined
  const gap = 8 - head.length - tail.length
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined
  return [...head, ...Array.from({ length: gap }, () => 0), ...tail].reduce(
    (sum, group) => (sum << 16n) | BigInt(group),
    0n,
  )
}

/** Groups of sixteen bits; the last may be written as an IPv4 address. */
function readGroups(text: string): readonly number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const words = text.split(':', 9)
  for (const [i, word] of words.entries()) {
    const ipv4 = i === words.length - 1 && word.includes('.') ? readIpv4(word) : undefined
    if (ipv4 !== undefined) groups.push(ipv4 >>> 16, ipv4 & 0xffff)
    else if (/^[0-9a-fA-F]{1,4}$/.test(word)) groups.push(Number.parseInt(word, 16))
    else return undefined
  }
  return groups
}
