/** Numbers, dates, booleans, addresses and bytes of conditions, read exactly. What cannot be read is `undefined`. */

/** `units / 10 ** places`. */
export interface Decimal {
  readonly units: bigint
  readonly places: number
}

export function decimal(text: string): Decimal | undefined {
  const found = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text)
  if (found === null) return undefined
  const [, sign = '', whole = '', fraction = ''] = found
  if (whole + fraction === '') return undefined
  const units = BigInt(whole + fraction)
  return { units: sign === '-' ? -units : units, places: fraction.length }
}

/** Negative, zero or positive, as `one` is less than, equal to or greater than `other`. */
export function compare(one: Decimal, other: Decimal): number {
  const left = one.units * 10n ** BigInt(other.places)
  const right = other.units * 10n ** BigInt(one.places)
  return left < right ? -1 : left > right ? 1 : 0
}

/** Seconds since 1970, from a date of the W3C's note (https://www.w3.org/TR/NOTE-datetime) or from epoch seconds. */
export function date(text: string): Decimal | undefined {
  const [day = '', time, ...more] = text.split('T')
  const [year = '', month = '01', dayOfMonth = '01', ...rest] = day.split('-')
  if (!/^\d{4}$/.test(year)) return decimal(text.replace(FINER, '$1'))
  if (![month, dayOfMonth].every((part) => /^\d\d$/.test(part)) || rest.length > 0 || more.length > 0) return undefined
  // Years before 100 are nothing that IAM's guide knows.
  if (Number(year) < 100) return undefined
  const days = daysSince1970(Number(year), Number(month), Number(dayOfMonth))
  if (days === undefined) return undefined
  if (time === undefined) return { units: days * 86_400n, places: 0 }
  return day.length === 10 ? withTime(days, time) : undefined
}

/** [I] Digits past the millisecond do not count. */
const FINER = /^([+-]?\d*\.\d{3})\d+$/

function withTime(days: bigint, time: string): Decimal | undefined {
  const found = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])(\d\d):?(\d\d))?$/.exec(time)
  if (found === null) return undefined
  const [, hour = '', minute = '', second = '00', finest = '', sign = '+', zoneHour = '00', zoneMinute = '00'] = found
  const fraction = finest.slice(0, 3)
  if ([hour, zoneHour].some((part) => Number(part) > 23)) return undefined
  if ([minute, second, zoneMinute].some((part) => Number(part) > 59)) return undefined
  const local = days * 86_400n + BigInt(hour) * 3_600n + BigInt(minute) * 60n + BigInt(second)
  const ahead = BigInt(zoneHour) * 3_600n + BigInt(zoneMinute) * 60n
  const seconds = sign === '-' ? local + ahead : local - ahead
  return { units: seconds * 10n ** BigInt(fraction.length) + BigInt(fraction || '0'), places: fraction.length }
}

/** Counted year by year and month by month. */
function daysSince1970(year: number, month: number, day: number): bigint | undefined {
  const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  const length = lengths[month - 1]
  if (length === undefined || day < 1 || day > length) return undefined
  let days = day - 1
  for (let before = 0; before < month - 1; before++) days += lengths[before] ?? 0
  for (let y = 1970; y < year; y++) days += isLeap(y) ? 366 : 365
  for (let y = year; y < 1970; y++) days -= isLeap(y) ? 366 : 365
  return BigInt(days)
}

function isLeap(year: number): boolean {
  return year % 400 === 0 || (year % 4 === 0 && year % 100 !== 0)
}

export function bool(text: string): boolean | undefined {
  if (/^true$/i.test(text)) return true
  return /^false$/i.test(text) ? false : undefined
}

/** The bytes that a base64 text stands for, as text. */
export function bytes(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  try {
    return atob(text.replaceAll('=', ''))
  } catch {
    return undefined
  }
}

/** The address as zeros and ones, 32 or 128 of them; `length` of them count. */
export interface Range {
  readonly bits: string
  readonly length: number
}

export function range(text: string): Range | undefined {
  const [address = '', prefix, ...more] = text.split('/')
  const bits = address.includes(':') ? bits6(address) : bits4(address)
  if (bits === undefined || more.length > 0) return undefined
  if (prefix === undefined) return { bits, length: bits.length }
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits.length ? { bits, length: Number(prefix) } : undefined
}

export function inRange(address: Range, { bits, length }: Range): boolean {
  if (address.length < address.bits.length || address.bits.length !== bits.length) return false
  return address.bits.slice(0, length) === bits.slice(0, length)
}

function bits4(text: string): string | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined
  return parts.map((part) => Number(part).toString(2).padStart(8, '0')).join('')
}

function bits6(text: string): string | undefined {
  const [head = '', tail, ...more] = text.split('::')
  const before = groups(head)
  const after = tail === undefined ? '' : groups(tail)
  if (before === undefined || after === undefined || more.length > 0) return undefined
  const missing = 128 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 16) return undefined
  return before + '0'.repeat(missing) + after
}

function groups(text: string): string | undefined {
  if (text === '') return ''
  const parts = text.split(':')
  const bits = parts.map((part, i) => {
    if (part.includes('.') && i === parts.length - 1) return bits4(part)
    return /^[0-9a-f]{1,4}$/i.test(part) ? Number.parseInt(part, 16).toString(2).padStart(16, '0') : undefined
  })
  return bits.includes(undefined) ? undefined : bits.join('')
}
