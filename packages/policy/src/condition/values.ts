/** How condition values are read: numbers, dates, booleans, addresses, bytes. What cannot be read matches nothing. */

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/
const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function readNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined
}

export function readBool(text: string): boolean | undefined {
  const word = text.toLowerCase()
  if (word === 'true') return true
  return word === 'false' ? false : undefined
}

/** Milliseconds since 1970, from a W3C date (a year … a fraction of a second, with a zone) or from epoch seconds. */
export function readDate(text: string): number | undefined {
  const match = DATE.exec(text)
  if (match === null) return epoch(text)
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)))
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  // Date.UTC reads the years 0 to 99 as 1900 to 1999.
  if (year < 100 || hour > 23 || minute > 59 || second > 59) return undefined
  const zone = readZone(match[8] ?? 'Z')
  if (zone === undefined) return undefined
  return Date.UTC(year, month - 1, day, hour, minute, second) + Number(match[7] ?? 0) * 1000 - zone
}

/** Base64 without its padding, so that the same bytes are the same text. */
export function readBytes(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  return text.replace(/={1,2}$/, '')
}

export interface Network {
  readonly family: 4 | 6
  readonly address: bigint
  /** How many leading bits count. */
  readonly prefix: number
}

/** An address with or without `/prefix`; bits past the prefix are ignored when matched. */
export function readNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const bare = slash === -1 ? text : text.slice(0, slash)
  const family = bare.includes(':') ? 6 : 4
  const address = family === 6 ? readIpv6(bare) : readIpv4(bare)
  const width = family === 6 ? 128 : 32
  const prefix = slash === -1 ? width : readPrefix(text.slice(slash + 1), width)
  return address === undefined || prefix === undefined ? undefined : { family, address, prefix }
}

/** Families never match each other. */
export function within(network: Network, host: Network): boolean {
  if (network.family !== host.family) return false
  const width = network.family === 6 ? 128 : 32
  if (host.prefix !== width) return false
  const rest = BigInt(width - network.prefix)
  return network.address >> rest === host.address >> rest
}

function epoch(text: string): number | undefined {
  const seconds = readNumber(text)
  return seconds === undefined ? undefined : seconds * 1000
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

function readPrefix(text: string, width: number): number | undefined {
  if (!/^\d{1,3}$/.test(text)) return undefined
  const prefix = Number(text)
  return prefix <= width ? prefix : undefined
}

function readIpv4(text: string): bigint | undefined {
  const bytes = text.split('.', 5)
  if (bytes.length !== 4) return undefined
  let address = 0n
  for (const byte of bytes) {
    if (!/^\d{1,3}$/.test(byte) || Number(byte) > 255) return undefined
    address = (address << 8n) | BigInt(byte)
  }
  return address
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
    if (ipv4 !== undefined) groups.push(Number(ipv4 >> 16n), Number(ipv4 & 0xffffn))
    else if (/^[0-9a-fA-F]{1,4}$/.test(word)) groups.push(Number.parseInt(word, 16))
    else return undefined
  }
  return groups
}
