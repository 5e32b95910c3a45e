/** The canonical form of a request: what both sides sign. Other services encode the path twice; S3 takes it as sent. */
import { hash } from 'node:crypto'
import { AS_SENT, PAYLOADS, type Claim } from './claim.ts'
import type { Message } from './message.ts'

export function canonicalRequest(claim: Claim, message: Message, unsigned = ''): string {
  const s3 = AS_SENT.has(claim.service)
  // A header that is named and not there is left out, as AWS does: some clients name what their HTTP library drops.
  const present = claim.signedHeaders.filter((name) => Object.hasOwn(message.headers, name))
  const headers = present.map((name) => `${name}:${canonicalValue(message.headers[name] ?? '')}\n`)
  return [
    message.method,
    s3 ? asciiPath(message.path) : normalPath(message.path),
    canonicalQuery(message.query, unsigned),
    headers.join(''),
    claim.signedHeaders.join(';'),
    s3 ? payloadText(claim) : hash('sha256', message.body),
  ].join('\n')
}

function payloadText(claim: Claim): string {
  if (claim.payload === 'hash') return claim.payloadHash ?? ''
  return [...PAYLOADS].find(([, payload]) => payload === claim.payload)?.[0] ?? ''
}

/** Blanks around a value go, blanks within it become one. Not `\s`: that takes bytes out of UTF-8 text. */
function canonicalValue(text: string): string {
  return text.replaceAll(/[ \t\r\n]+/g, ' ').replaceAll(/^ | $/g, '')
}

/** Names and values percent-encoded once, sorted by name and then by value. A `+` is a `+`. */
function canonicalQuery(query: string, unsigned: string): string {
  if (query === '') return ''
  const pairs = query.split('&').filter(Boolean).map(canonicalPair)
  return pairs
    .filter(([name]) => name !== 'X-Amz-Signature' && name !== unsigned)
    .toSorted(([a, b], [c, d]) => (a === c ? compare(b, d) : compare(a, c)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function canonicalPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=')
  if (at < 0) return [encodeOnce(pair), '']
  return [encodeOnce(pair.slice(0, at)), encodeOnce(pair.slice(at + 1))]
}

/** Percent-encodes what is not, and brings what is to one spelling. */
function encodeOnce(text: string): string {
  if (/^[\w.~+-]*$/.test(text)) return text
  return text.replaceAll(/%([0-9A-Fa-f]{2})|[^\w.~+-]/gu, (found, hex?: string) => {
    if (hex === undefined) return percent(found)
    const byte = String.fromCharCode(Number.parseInt(hex, 16))
    return /[\w.~-]/.test(byte) ? byte : `%${hex.toUpperCase()}`
  })
}

/** S3's path: as sent, with bytes that no URL may hold percent-encoded. */
function asciiPath(path: string): string {
  return path.replaceAll(/[^!-~]/gu, percent) || '/'
}

/** The others' path: dot segments and doubled slashes resolved, then percent-encoded on top of what was sent. */
function normalPath(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  const closed = path.endsWith('/') && kept.length > 0 ? '/' : ''
  return `/${kept.join('/')}${closed}`.replaceAll(/[^\w.~/-]/gu, percent)
}

function percent(character: string): string {
  return [...bytesOf(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

/** Node hands over header values and paths a byte a character; what does not fit a byte was never Node's. */
export function bytesOf(text: string): Buffer {
  // oxlint-disable-next-line no-control-regex -- every byte, control characters included
  return Buffer.from(text, /[^\x00-\xff]/.test(text) ? 'utf8' : 'latin1')
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

export function hexBytes(text: string): string {
  return [...bytesOf(text)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
