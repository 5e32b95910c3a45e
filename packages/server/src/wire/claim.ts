/**
 * What a request says of who signed it, before anything is checked: the header form, the query form, S3's SigV2 query, and
 * the fields of its browser forms.
 * S3 has words of its own for almost every way in which that can be half said.
 */
import { hash } from 'node:crypto'
import { Refusal, type RefusalDetail } from '../refusal.ts'
import type { Message } from './message.ts'

/** What a request says of who signed it, before anything is checked. */
export interface Claim {
  readonly form: 'header' | 'query' | 'v2query' | 'post' | 'v2post'
  readonly accessKeyId: string
  /** YYYYMMDD, region and service of the credential scope; all but the service are empty for `v2query`. */
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** x-amz-date, or `Date` in the same form; empty for `v2query`. */
  readonly time: string
  /** `query`: seconds after `time`. `v2query`: seconds since 1970. */
  readonly expires?: number
  readonly token?: string
  readonly payload: Payload
  /** `post` and `v2post`: the policy as it came, which is what was signed. */
  readonly signed?: string
  /** The hash that an S3 body must have; other services' bodies are hashed while the signature is verified. */
  readonly payloadHash?: string
}

export type Payload =
  | 'hash'
  | 'unsigned'
  | 'streaming-signed'
  | 'streaming-signed-trailer'
  | 'streaming-unsigned-trailer'

export const ALGORITHM = 'AWS4-HMAC-SHA256'
export const TERMINATOR = 'aws4_request'
const WEEK = 604_800
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
const S3_CREDENTIAL = 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'

/** What `x-amz-content-sha256` may say instead of a hash. */
export const PAYLOADS: ReadonlyMap<string, Payload> = new Map([
  [UNSIGNED_PAYLOAD, 'unsigned'],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'streaming-signed'],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', 'streaming-signed-trailer'],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'streaming-unsigned-trailer'],
])

/** S3 and its kin sign the path as sent and let the body be unsigned. */
export const AS_SENT: ReadonlySet<string> = new Set(['s3', 's3-outposts', 's3-object-lambda', 's3express'])

/**
 * What the request says of its signer; undefined where it is not signed. `service` decides in whose words a request
 * that is half signed is refused; without it, the credential scope does.
 */
export function readClaim(message: Message, service?: string): Claim | undefined {
  const authorization = message.headers['authorization']
  const parameters = readQuery(message.query)
  const v4 = QUERY_MARKS.some((name) => parameters.has(name))
  const v2 =
    parameters.has('AWSAccessKeyId') || (service === 's3' && parameters.has('Signature') && parameters.has('Expires'))
  if (authorization?.startsWith('AWS')) {
    if (v4 || v2) throw twoMechanisms(authorization, service)
    return headerClaim(authorization, message, service)
  }
  if (v4) return queryClaim(message, parameters, service)
  if (v2) return claimSignedByV2(message, parameters)
  if (authorization !== undefined && service === 's3') {
    throw new Refusal('InvalidArgument', 'Unsupported Authorization Type', argument('Authorization', authorization))
  }
  return undefined
}

const QUERY_MARKS = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature']
const QUERY_NEEDS = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date']
const HEADER_NEEDS = ['Credential', 'Signature', 'SignedHeaders']

function headerClaim(authorization: string, message: Message, service?: string): Claim {
  const [algorithm = '', ...rest] = authorization.trim().split(/\s+/)
  if (algorithm === 'AWS') throw unsupported(algorithm, true)
  const fields = readFields(rest.join(' '), authorization)
  const s3 = AS_SENT.has(service ?? fields.get('Credential')?.split('/')[3] ?? '')
  if (algorithm !== ALGORITHM) throw unsupported(algorithm, s3)
  const time = message.headers['x-amz-date'] ?? message.headers['date']
  const missing = HEADER_NEEDS.filter((name) => !fields.get(name))
  if (s3 && missing.length > 0) {
    throw s3Malformed('header', '', `Authorization header requires '${missing[0]}' parameter.`)
  }
  if (missing.length > 0 || time === undefined) {
    if (s3) throw new Refusal('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
    const faults = missing.map((name) => `Authorization header requires '${name}' parameter. `)
    if (time === undefined) {
      faults.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
    }
    throw new Refusal('incompleteSignature', `${faults.join('')}${digested('Authorization', authorization)}`)
  }
  const token = message.headers['x-amz-security-token']
  return {
    form: 'header',
    ...readCredential(fields.get('Credential') ?? '', 'header', s3),
    signedHeaders: readSignedHeaders(fields.get('SignedHeaders') ?? ''),
    signature: fields.get('Signature') ?? '',
    time: basicTime(time, s3, 'header'),
    ...(token === undefined ? {} : { token }),
    ...readPayload(message.headers['x-amz-content-sha256'], s3),
  }
}

function queryClaim(message: Message, parameters: ReadonlyMap<string, readonly string[]>, service?: string): Claim {
  const one = (name: string): string => parameters.get(name)?.[0] ?? ''
  const s3 = AS_SENT.has(service ?? one('X-Amz-Credential').split('/')[3] ?? '')
  checkQueryForm(parameters, s3)
  const signedHeaders = readSignedHeaders(one('X-Amz-SignedHeaders'))
  const token = parameters.get('X-Amz-Security-Token')?.[0] ?? message.headers['x-amz-security-token']
  const expires = readExpires(parameters.get('X-Amz-Expires')?.[0], s3)
  const header = signedHeaders.includes('x-amz-content-sha256') ? message.headers['x-amz-content-sha256'] : undefined
  const payload = parameters.get('X-Amz-Content-Sha256')?.[0] ?? header ?? UNSIGNED_PAYLOAD
  return {
    form: 'query',
    ...readCredential(one('X-Amz-Credential'), 'query', s3),
    signedHeaders,
    signature: one('X-Amz-Signature'),
    time: basicTime(one('X-Amz-Date'), s3, 'query'),
    ...(expires === undefined ? {} : { expires }),
    ...(token === undefined ? {} : { token }),
    ...readPayload(payload, s3),
  }
}

/** Every parameter of the query form once, and none that is needed missing. */
function checkQueryForm(parameters: ReadonlyMap<string, readonly string[]>, s3: boolean): void {
  const twice = [...parameters].find(([name, values]) => name.startsWith('X-Amz-') && values.length > 1)?.[0]
  const missing = [...QUERY_NEEDS, ...(s3 ? ['X-Amz-Expires'] : [])].filter((name) => !parameters.get(name)?.[0])
  if (s3 && (twice !== undefined || missing.length > 0)) {
    throw new Refusal(
      'AuthorizationQueryParametersError',
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    )
  }
  if (twice !== undefined || missing.length > 0) {
    const faults = missing.map((name) => `AWS query-string parameters must include '${name}'. `)
    throw new Refusal('incompleteSignature', `${faults.join('')}Re-examine the query-string parameters.`)
  }
  const algorithm = parameters.get('X-Amz-Algorithm')?.[0] ?? ''
  if (algorithm === ALGORITHM) return
  if (!s3) throw unsupported(algorithm, s3)
  throw new Refusal('AuthorizationQueryParametersError', 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"')
}

/** Only S3 minds X-Amz-Expires. */
function readExpires(text: string | undefined, s3: boolean): number | undefined {
  if (text === undefined) return undefined
  const seconds = /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
  if (!s3) return seconds
  if (seconds === undefined) throw new Refusal('AuthorizationQueryParametersError', 'X-Amz-Expires should be a number')
  if (seconds < 0) throw new Refusal('AuthorizationQueryParametersError', 'X-Amz-Expires must be non-negative')
  if (seconds <= WEEK) return seconds
  const week = 'X-Amz-Expires must be less than a week (in seconds)'
  const bound = `${week}; that is, the given X-Amz-Expires must be less than ${WEEK} seconds`
  throw new Refusal('AuthorizationQueryParametersError', bound)
}

/** A SigV2 query claim. Its parameters have plain names, so all three must be there. */
function claimSignedByV2(message: Message, parameters: ReadonlyMap<string, readonly string[]>): Claim {
  const [accessKeyId, signature, expires] = ['AWSAccessKeyId', 'Signature', 'Expires'].map((name) => {
    const values = parameters.get(name) ?? []
    return values.length === 1 ? values[0] : undefined
  })
  if (!accessKeyId || !signature || !expires) {
    const needs = 'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters'
    throw new Refusal('AccessDenied', needs)
  }
  if (!/^\d{1,12}$/.test(expires)) {
    throw new Refusal('AccessDenied', `Invalid date (should be seconds since epoch): ${expires}`)
  }
  const token = parameters.get('x-amz-security-token')?.[0] ?? message.headers['x-amz-security-token']
  return {
    form: 'v2query',
    accessKeyId,
    date: '',
    region: '',
    service: 's3',
    signedHeaders: [],
    signature,
    time: '',
    expires: Number(expires),
    ...(token === undefined ? {} : { token }),
    payload: 'unsigned',
  }
}

/** `Credential=…, SignedHeaders=…, Signature=…`, in any order, parted by commas or blanks. */
function readFields(text: string, authorization: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const part of text.split(/[,\s]+/).filter(Boolean)) {
    const at = part.indexOf('=')
    if (at < 0 || fields.has(part.slice(0, at))) {
      const where = 'in Authorization header (hashed with SHA-256 and encoded with Base64)'
      const fault = `'${part}' not a valid key=value pair (missing equal-sign) ${where}`
      throw new Refusal('incompleteSignature', `${fault}: '${hash('sha256', authorization, 'base64')}'.`)
    }
    fields.set(part.slice(0, at), part.slice(at + 1))
  }
  return fields
}

type Scope = Pick<Claim, 'accessKeyId' | 'date' | 'region' | 'service'>

function readCredential(text: string, form: 'header' | 'query', s3: boolean): Scope {
  const [accessKeyId = '', date = '', region = '', service = '', terminator = '', ...more] = text.split('/')
  const whole = more.length === 0 && [accessKeyId, date, region, service, terminator].every((part) => part !== '')
  if (s3 && (!whole || terminator !== TERMINATOR || !/^\d{8}$/.test(date))) {
    throw s3Malformed(form, 'X-Amz-Credential', S3_CREDENTIAL)
  }
  if (!whole) {
    const shape = 'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term'
    throw new Refusal('incompleteSignature', `${shape}, got '${text}'`)
  }
  if (terminator !== TERMINATOR) {
    const fault = `Credential should be scoped with a valid terminator: '${TERMINATOR}', not '${terminator}'. `
    throw new Refusal('badSignature', fault)
  }
  return { accessKeyId, date, region, service }
}

/** The credential scope that a browser's form gives. */
export function credentialOf(text: string): Scope {
  return readCredential(text, 'query', true)
}

function readSignedHeaders(text: string): readonly string[] {
  return text.toLowerCase().split(';').filter(Boolean)
}

function readPayload(text: string | undefined, s3: boolean): Pick<Claim, 'payload' | 'payloadHash'> {
  if (!s3) return { payload: 'hash' }
  if (text === undefined) {
    throw new Refusal('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  }
  const named = PAYLOADS.get(text)
  if (named !== undefined) return { payload: named }
  if (/^[0-9a-f]{64}$/.test(text)) return { payload: 'hash', payloadHash: text }
  throw new Refusal(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.',
    argument('x-amz-content-sha256', text),
  )
}

/** `20130101T000000Z` out of that, or out of an HTTP date. */
function basicTime(text: string, s3: boolean, form: 'header' | 'query'): string {
  const trimmed = text.trim()
  if (Number.isFinite(momentOf(trimmed))) return trimmed
  const http = /^[A-Z][a-z]{2}, /.test(trimmed) && form === 'header' ? Date.parse(trimmed) : Number.NaN
  if (Number.isFinite(http)) return stamp(http)
  if (s3 && form === 'query') {
    const iso = `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`
    throw new Refusal('AuthorizationQueryParametersError', iso)
  }
  if (s3) throw new Refusal('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
  const iso = `Date must be in ISO-8601 'basic format'. Got '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`
  throw new Refusal('incompleteSignature', iso)
}

/** Milliseconds since 1970 of `20130101T000000Z`; NaN where that is no moment. */
export function momentOf(basic: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(basic)
  if (!parts) return Number.NaN
  const [, year, month, day, hour, minute, second] = parts
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isFinite(at) && stamp(at) === basic ? at : Number.NaN
}

export function stamp(moment: number): string {
  return isoSecond(moment).replaceAll(/[-:]/g, '')
}

export function isoSecond(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`
}

/** The parameters of a query string by their decoded names. */
export function readQuery(query: string): ReadonlyMap<string, readonly string[]> {
  const parameters = new Map<string, string[]>()
  for (const pair of query.split('&').filter(Boolean)) {
    const at = pair.indexOf('=')
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    const values = parameters.get(decode(name))
    if (values) values.push(decode(value))
    else parameters.set(decode(name), [decode(value)])
  }
  return parameters
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function unsupported(algorithm: string, s3: boolean): Refusal {
  if (s3) {
    const use = 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.'
    return new Refusal('InvalidRequest', use)
  }
  return new Refusal('incompleteSignature', `Unsupported AWS 'algorithm': '${algorithm}' (only ${ALGORITHM} for now). `)
}

function twoMechanisms(authorization: string, service?: string): Refusal {
  if (service !== undefined && !AS_SENT.has(service)) {
    return new Refusal('incompleteSignature', digested('Authorization', authorization))
  }
  const only =
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified'
  return new Refusal('InvalidArgument', only, argument('Authorization', authorization))
}

export function s3Malformed(
  form: Claim['form'],
  parameter: string,
  fault: string,
  detail: RefusalDetail = {},
): Refusal {
  if (form === 'header') {
    return new Refusal('AuthorizationHeaderMalformed', `The authorization header is malformed; ${fault}`, detail)
  }
  return new Refusal('AuthorizationQueryParametersError', `Error parsing the ${parameter} parameter; ${fault}`, detail)
}

function digested(name: string, value: string): string {
  return `(Hashed with SHA-256 and encoded with Base64) ${name}=${hash('sha256', value, 'base64')}`
}

function argument(name: string, value: string): RefusalDetail {
  return { ArgumentName: name, ArgumentValue: value }
}
