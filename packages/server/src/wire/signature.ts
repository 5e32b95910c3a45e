/**
 * SigV4: who signed a request, and whether that is true.
 *
 * `readClaim` (claim.ts) reads what a request says of its signer; `verify` proves it with the signer's secret, pure over
 * its arguments. The order of refusals is the one that AWS shows: form, time, signed headers,
 * scope, signature. S3 has words of its own for almost every one of them.
 *
 * INVARIANT: the service in a claim is the caller's word. S3's rules (an unsigned payload, a path as sent) hold for a
 * claim that says `s3`, so the gate must also call `checkScope` with the service that really answers.
 */
import { createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from 'node:crypto'
import { Refusal } from '../refusal.ts'
import { bytesOf, canonicalRequest, hexBytes } from './canonical.ts'
import { ALGORITHM, AS_SENT, isoSecond, momentOf, s3Malformed, stamp, TERMINATOR, type Claim } from './claim.ts'
import type { Message } from './message.ts'

/** A claim that was proved, with what the signatures of its chunks hang on. */
export interface Verified extends Claim {
  readonly signingKey: KeyObject
  readonly scope: string
}

/** Derived signing keys. KeyObjects, because Node 24 makes an HMAC from a Buffer five times slower. */
export interface SigningKeys {
  keyFor(secretId: string, secret: string, date: string, region: string, service: string): KeyObject
}

/** `host` judges skew, `test` judges how long a presigned URL holds; both in milliseconds since 1970. */
export interface Times {
  readonly host: number
  readonly test: number
}

const MINUTE = 60_000
export const S3_MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.'
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
const NOT_SIGNED = 'There were headers present in the request which were not signed'

/** Proves a claim with the signer's secret. `v2query` claims have their own: see `signature-v2.ts`. */
export function verify(claim: Claim, message: Message, secret: string, keys: SigningKeys, times: Times): Verified {
  const s3 = AS_SENT.has(claim.service)
  checkTime(claim, times, s3)
  checkSignedHeaders(claim, message, s3)
  checkDate(claim, s3)
  const scope = `${claim.date}/${claim.region}/${claim.service}/${TERMINATOR}`
  const signingKey = keys.keyFor(claim.accessKeyId, secret, claim.date, claim.region, claim.service)
  const canonical = canonicalRequest(claim, message)
  const stringToSign = `${ALGORITHM}\n${claim.time}\n${scope}\n${hash('sha256', bytesOf(canonical))}`
  const proved = { ...claim, signingKey, scope }
  if (sameSignature(hmac(signingKey, stringToSign), claim.signature)) return proved
  // S3 lets a presigned URL carry its token beside what was signed.
  if (s3 && claim.form === 'query' && claim.token !== undefined) {
    const bare = hash('sha256', bytesOf(canonicalRequest(claim, message, 'X-Amz-Security-Token')))
    const signed = `${ALGORITHM}\n${claim.time}\n${scope}\n${bare}`
    if (sameSignature(hmac(signingKey, signed), claim.signature)) return proved
  }
  throw s3 ? s3Mismatch(claim, stringToSign, canonical) : new Refusal('badSignature', MISMATCH)
}

/** Refuses a claim scoped to another service, or to a region other than `region` where the endpoint has but one. */
export function checkScope(claim: Claim, expected: { readonly service: string; readonly region?: string }): void {
  if (claim.date === '' && expected.service === 's3') return // the older signature has no scope
  const wrongService = claim.service !== expected.service
  const wrongRegion = expected.region !== undefined && claim.region !== expected.region
  if (!wrongService && !wrongRegion) return
  if (!AS_SENT.has(expected.service)) {
    const faults = [
      ...(wrongRegion ? ['Credential should be scoped to a valid region. '] : []),
      ...(wrongService ? [`Credential should be scoped to correct service: '${expected.service}'. `] : []),
    ]
    throw new Refusal('badSignature', faults.join(''))
  }
  if (wrongService) {
    const fault = `incorrect service "${claim.service}". This endpoint belongs to "${expected.service}".`
    throw s3Malformed(claim.form, 'X-Amz-Credential', fault)
  }
  const fault = `the region '${claim.region}' is wrong; expecting '${expected.region}'`
  throw s3Malformed(claim.form, 'X-Amz-Credential', fault, { Region: expected.region ?? '' })
}

/** A bounded cache of signing keys; the one least recently used goes first. */
export function signingKeys(limit = 10_000): SigningKeys {
  const cache = new Map<string, { readonly secret: string; readonly key: KeyObject }>()
  return {
    keyFor(secretId, secret, date, region, service) {
      const name = `${secretId}/${date}/${region}/${service}`
      const found = cache.get(name)
      const entry = found?.secret === secret ? found : { secret, key: deriveKey(secret, date, region, service) }
      cache.delete(name)
      cache.set(name, entry)
      if (cache.size > limit) cache.delete(cache.keys().next().value ?? '')
      return entry.key
    },
  }
}

/** HMAC-SHA256 in hex. */
export function hmac(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

/** Compares without telling by time where two signatures part. */
export function sameSignature(computed: string, given: string): boolean {
  const [mine, theirs] = [Buffer.from(computed), Buffer.from(given)]
  return mine.length === theirs.length && timingSafeEqual(mine, theirs)
}

function deriveKey(secret: string, date: string, region: string, service: string): KeyObject {
  let key = Buffer.from(`AWS4${secret}`)
  for (const part of [date, region, service, TERMINATOR]) key = createHmac('sha256', key).update(part).digest()
  return createSecretKey(key)
}

function checkTime(claim: Claim, times: Times, s3: boolean): void {
  const at = momentOf(claim.time)
  if (s3) return claim.form === 'query' ? checkPresignedTime(claim, at, times) : checkS3Skew(claim, at, times)
  // A presigned STS URL holds for 15 minutes, whatever X-Amz-Expires says: EKS tokens live on that.
  const minutes = claim.form === 'query' ? 15 : 5
  const now = `${stamp(times.host)}`
  const early = times.host - minutes * MINUTE
  if (at < early) {
    const why = `is now earlier than ${stamp(early)} (${now} - ${minutes} min.)`
    throw new Refusal('skewed', `Signature expired: ${claim.time} ${why}`)
  }
  const late = times.host + 5 * MINUTE
  if (at <= late) return
  throw new Refusal(
    'skewed',
    `Signature not yet current: ${claim.time} is still later than ${stamp(late)} (${now} + 5 min.)`,
  )
}

function checkS3Skew(claim: Claim, at: number, times: Times): void {
  if (Math.abs(times.host - at) <= 15 * MINUTE) return
  throw new Refusal('skewed', 'The difference between the request time and the current time is too large.', {
    RequestTime: claim.time,
    ServerTime: isoSecond(times.host),
    MaxAllowedSkewMilliseconds: 15 * MINUTE,
  })
}

function checkPresignedTime(claim: Claim, at: number, times: Times): void {
  const expires = claim.expires ?? 0
  if (at > times.host + 15 * MINUTE) {
    const detail = { 'X-Amz-Date': claim.time, ServerTime: isoSecond(times.host) }
    throw new Refusal('AccessDenied', 'Request is not yet valid', detail)
  }
  const end = at + expires * 1000
  if (times.test <= end) return
  throw new Refusal('AccessDenied', 'Request has expired', {
    'X-Amz-Expires': expires,
    Expires: isoSecond(end),
    ServerTime: isoSecond(times.test),
  })
}

/** `host` and every `x-amz-*` header must be signed. The payload's hash is signed by standing in the request itself. */
function checkSignedHeaders(claim: Claim, message: Message, s3: boolean): void {
  const signed = new Set(claim.signedHeaders)
  const must = ['host', ...Object.keys(message.headers).filter((name) => name.startsWith('x-amz-'))]
  const missing = must.filter((name) => !signed.has(name) && name !== 'x-amz-content-sha256').toSorted()
  const [first] = missing
  if (first === undefined) return
  if (s3) throw new Refusal('AccessDenied', NOT_SIGNED, { HeadersNotSigned: missing.join(', ') })
  const name = first === 'host' ? "'Host' or ':authority'" : `'${first}'`
  throw new Refusal('badSignature', `${name} must be a 'SignedHeader' in the AWS Authorization.`)
}

function checkDate(claim: Claim, s3: boolean): void {
  const day = claim.time.slice(0, 8)
  if (claim.date === day) return
  if (s3) {
    const fault = `Invalid credential date "${claim.date}". This date is not the same as X-Amz-Date: "${day}".`
    throw s3Malformed(claim.form, 'X-Amz-Credential', fault)
  }
  const fault = 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP'
  throw new Refusal('badSignature', `${fault}: '${claim.date}' != '${day}', from '${claim.time}'.`)
}

function s3Mismatch(claim: Claim, stringToSign: string, canonical: string): Refusal {
  return new Refusal('badSignature', S3_MISMATCH, {
    AWSAccessKeyId: claim.accessKeyId,
    StringToSign: stringToSign,
    SignatureProvided: claim.signature,
    StringToSignBytes: hexBytes(stringToSign),
    CanonicalRequest: canonical,
    CanonicalRequestBytes: hexBytes(canonical),
  })
}
