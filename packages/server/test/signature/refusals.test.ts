import { describe, expect, test } from 'vitest'
import type { Message } from '../../src/wire/message.ts'
import { readClaim } from '../../src/wire/claim.ts'
import { checkScope, signingKeys } from '../../src/wire/signature.ts'
import { KEY, NOW, asMessage, at, message, prove, refusalOf, sdkSigner, type Sent } from './sign.ts'

const HOST = { host: 'example.amazonaws.com' }
const SCOPE = '20260102/us-east-1/sts/aws4_request'
const WHOLE = `AWS4-HMAC-SHA256 Credential=AKIA/${SCOPE}, SignedHeaders=host;x-amz-date, Signature=abc`
const DATE = { 'x-amz-date': '20260102T030405Z' }

async function signed(service: string, headers: Record<string, string> = {}, token?: string): Promise<Message> {
  const plain = {
    protocol: 'https:',
    hostname: HOST.host,
    method: 'POST',
    path: '/',
    query: {},
    headers: { ...HOST, ...headers },
  }
  const sent = await sdkSigner(service, token).sign({ ...plain, body: '' }, { signingDate: new Date(NOW) })
  return asMessage({ ...(sent as Sent), body: '' }) // the SDK's own bag of the same members
}

/** The message with this header, which the signer did not see. */
function beside(sent: Message, headers: Record<string, string>): Message {
  return { ...sent, headers: { ...sent.headers, ...headers } }
}

describe('what is not signed is no claim', () => {
  test.each<[Record<string, string>, string]>([
    [{}, 'nothing at all'],
    [{ authorization: 'Bearer abc' }, 'a token of another kind'],
    [{ 'x-amz-security-token': 'abc' }, 'a token without a signature'],
  ])('%j: %s', (headers) => {
    expect(readClaim(message({ headers }))).toBeUndefined()
  })
})

describe('half a signature says what is missing', () => {
  const hashed = /\(Hashed with SHA-256 and encoded with Base64\) Authorization=[A-Za-z0-9+/]{43}=$/
  test.each([
    [
      'AWS4-HMAC-SHA256',
      {},
      "requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed",
    ],
    [
      'AWS4-HMAC-SHA256 Credential=broken',
      DATE,
      "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed",
    ],
    [WHOLE, {}, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed"],
  ])('%s', (authorization, headers, text) => {
    const refused = refusalOf(() => readClaim(message({ headers: { ...HOST, ...headers, authorization } })))
    expect(refused.code).toBe('incompleteSignature')
    expect(refused.message).toContain(text)
    expect(refused.message).toMatch(hashed)
  })

  test.each([
    [
      WHOLE.replace('/us-east-1', ''),
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIA/20260102/sts/aws4_request'",
    ],
    [
      WHOLE.replace('AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1'),
      "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1' (only AWS4-HMAC-SHA256 for now). ",
    ],
    [
      WHOLE.replace('Signature=abc', 'Signature'),
      "'Signature' not a valid key=value pair (missing equal-sign) in Authorization header",
    ],
    [`${WHOLE}, Signature=d`, "'Signature=d' not a valid key=value pair"],
  ])('%s', (authorization, text) => {
    const refused = refusalOf(() => readClaim(message({ headers: { ...HOST, ...DATE, authorization } })))
    expect(refused.code).toBe('incompleteSignature')
    expect(refused.message).toContain(text)
  })

  test.each(['20260230T000000Z', '20260102', 'yesterday', '2026-01-02T03:04:05Z'])('the date `%s` is none', (date) => {
    const headers = { ...HOST, 'x-amz-date': date, authorization: WHOLE }
    expect(refusalOf(() => readClaim(message({ headers }))).message).toBe(
      `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    )
  })

  test('a query names the parameters that it lacks', () => {
    const query = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260102T030405Z'
    expect(refusalOf(() => readClaim(message({ query, headers: HOST }))).message).toBe(
      "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.",
    )
  })
})

describe('time', () => {
  test.each([
    [-300_000, 'ok'],
    [
      -301_000,
      'Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z + 5 min.)',
    ],
    [300_000, 'ok'],
    [301_000, 'Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)'],
  ])('of others, %d ms off: %s', async (off, text) => {
    const sent = await signed('sts')
    if (text === 'ok') return void expect(prove(sent, at(NOW + off)).time).toBe('20260102T030405Z')
    expect(refusalOf(() => prove(sent, at(NOW + off)))).toMatchObject({ code: 'skewed', message: text })
  })

  test('of S3 may be 15 minutes off', async () => {
    const sent = await signed('s3')
    expect(prove(sent, at(NOW + 900_000)).time).toBe('20260102T030405Z')
    const refused = refusalOf(() => prove(sent, at(NOW + 901_000)))
    expect(refused).toMatchObject({
      code: 'skewed',
      message: 'The difference between the request time and the current time is too large.',
    })
    expect(refused.detail).toEqual({
      RequestTime: '20260102T030405Z',
      ServerTime: '2026-01-02T03:19:06Z',
      MaxAllowedSkewMilliseconds: 900_000,
    })
  })

  test('a presigned STS URL holds for 15 minutes of the host, whatever it says', async () => {
    const request = {
      protocol: 'https:',
      hostname: HOST.host,
      method: 'GET',
      path: '/',
      query: { Action: 'GetCallerIdentity' },
      headers: HOST,
    }
    const url = await sdkSigner('sts').presign(request, { signingDate: new Date(NOW), expiresIn: 60 })
    const sent = asMessage(url as Sent) // the SDK's own bag of the same members
    expect(prove(sent, at(NOW + 900_000, NOW + 9e9)).service).toBe('sts')
    expect(refusalOf(() => prove(sent, at(NOW + 901_000))).message).toContain('- 15 min.)')
  })

  test('may come as an HTTP date', () => {
    const claim = readClaim(
      message({ headers: { ...HOST, date: 'Fri, 02 Jan 2026 03:04:05 GMT', authorization: WHOLE } }),
    )
    expect(claim?.time).toBe('20260102T030405Z')
  })
})

describe('scope', () => {
  test('its day is that of the time', async () => {
    const sent = await signed('sts')
    const authorization = (sent.headers['authorization'] ?? '').replace('/20260102/', '/20260101/')
    expect(refusalOf(() => prove(beside(sent, { authorization }))).message).toBe(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260101' != '20260102', from '20260102T030405Z'.",
    )
  })

  test.each([
    ['sts', { service: 'iam' }, 'badSignature', "Credential should be scoped to correct service: 'iam'. "],
    ['iam', { service: 'iam', region: 'eu-west-1' }, 'badSignature', 'Credential should be scoped to a valid region. '],
    ['s3', { service: 'sts' }, 'badSignature', "Credential should be scoped to correct service: 'sts'. "],
    [
      'sts',
      { service: 's3' },
      'AuthorizationHeaderMalformed',
      'The authorization header is malformed; incorrect service "sts". This endpoint belongs to "s3".',
    ],
    [
      's3',
      { service: 's3', region: 'eu-west-1' },
      'AuthorizationHeaderMalformed',
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    ],
  ])('%s is not %j', async (service, expected, code, text) => {
    const claim = prove(await signed(service))
    expect(refusalOf(() => checkScope(claim, expected))).toMatchObject({ code, message: text })
    checkScope(claim, { service, region: 'us-east-1' })
  })

  test('its end is aws4_request', () => {
    const headers = { ...HOST, ...DATE, authorization: WHOLE.replace('aws4_request', 'aws5') }
    expect(refusalOf(() => readClaim(message({ headers }))).message).toBe(
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. ",
    )
  })
})

describe('headers that must be signed', () => {
  test.each([
    [
      'sts',
      'x-amz-security-token',
      'badSignature',
      "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    ['sts', 'x-amz-target', 'badSignature', "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."],
    ['s3', 'x-amz-security-token', 'AccessDenied', 'There were headers present in the request which were not signed'],
    ['s3', 'x-amz-acl', 'AccessDenied', 'There were headers present in the request which were not signed'],
  ])('%s refuses a %s put beside the signature', async (service, name, code, text) => {
    const sent = await signed(service)
    const refused = refusalOf(() => prove(beside(sent, { [name]: 'x' })))
    expect(refused).toMatchObject({ code, message: text })
    if (service === 's3') expect(refused.detail).toEqual({ HeadersNotSigned: name })
  })

  test('host', async () => {
    const sent = await signed('sts')
    const authorization = (sent.headers['authorization'] ?? '').replace('host;', '')
    expect(refusalOf(() => prove(beside(sent, { authorization }))).message).toBe(
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    )
  })

  test('but a token beside a presigned S3 URL may be unsigned', async () => {
    const request = {
      protocol: 'https:',
      hostname: HOST.host,
      method: 'GET',
      path: '/b/k',
      query: {},
      headers: { ...HOST, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    }
    const url = await sdkSigner('s3').presign(request, { signingDate: new Date(NOW), expiresIn: 60 })
    const sent = asMessage(url as Sent) // the SDK's own bag of the same members
    expect(prove({ ...sent, query: `${sent.query}&X-Amz-Security-Token=abc` }).token).toBe('abc')
  })
})

describe('S3 has words of its own', () => {
  const credential = `Credential=AKIA/20260102/us-east-1/s3/aws4_request`
  const whole = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=abc`
  const hash = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
  test.each([
    [whole, { ...DATE }, '', 'InvalidRequest', 'Missing required header for this request: x-amz-content-sha256'],
    [whole, { ...DATE, 'x-amz-content-sha256': 'abc' }, '', 'InvalidArgument', 'or a valid sha256 value.'],
    [whole, { ...hash }, '', 'AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header'],
    ['AWS AKIA:abc', { ...hash }, '', 'InvalidRequest', 'Please use AWS4-HMAC-SHA256.'],
    ['Basic abc', { ...hash }, '', 'InvalidArgument', 'Unsupported Authorization Type'],
    [
      whole,
      { ...DATE, ...hash },
      'X-Amz-Algorithm=AWS4-HMAC-SHA256',
      'InvalidArgument',
      'Only one auth mechanism allowed',
    ],
    [
      whole.replace('/us-east-1', ''),
      { ...DATE, ...hash },
      '',
      'AuthorizationHeaderMalformed',
      'the Credential is mal-formed',
    ],
    [
      whole.replace('SignedHeaders=host, ', ''),
      { ...DATE, ...hash },
      '',
      'AuthorizationHeaderMalformed',
      "requires 'SignedHeaders'",
    ],
  ])('%s %j %s: %s', (authorization, headers, query, code, text) => {
    const refused = refusalOf(() =>
      readClaim(message({ query, headers: { ...HOST, ...headers, authorization } }), 's3'),
    )
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(text)
  })

  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260102%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-SignedHeaders=host&X-Amz-Signature=abc&X-Amz-Expires=`
  test.each([
    [query, 'requires the X-Amz-Algorithm, X-Amz-Credential'],
    [`${query}1&X-Amz-Expires=2`, 'requires the X-Amz-Algorithm, X-Amz-Credential'],
    [`${query}soon`, 'X-Amz-Expires should be a number'],
    [`${query}-1`, 'X-Amz-Expires must be non-negative'],
    [
      `${query}604801`,
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    ],
    [`${query}60`.replace('SHA256', 'SHA1'), 'X-Amz-Algorithm only supports'],
    [`${query}60`.replace('T030405Z', ''), 'X-Amz-Date must be in the ISO8601 Long Format'],
    [
      `${query}60`.replace('%2Fus-east-1', ''),
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed',
    ],
  ])('%s', (text, words) => {
    const refused = refusalOf(() => readClaim(message({ query: text, headers: HOST }), 's3'))
    expect(refused.code).toBe('AuthorizationQueryParametersError')
    expect(refused.message).toContain(words)
  })
})

test('a refused signature of S3 says what was signed, and nothing of the secret', async () => {
  const sent = await signed('s3', { 'x-amz-meta-a': 'b' })
  const refused = refusalOf(() => prove(beside(sent, { 'x-amz-meta-a': 'c' })))
  expect(refused.code).toBe('badSignature')
  expect(refused.detail).toMatchObject({
    AWSAccessKeyId: KEY.accessKeyId,
    CanonicalRequest: expect.stringContaining('x-amz-meta-a:c\n'),
  })
  expect(JSON.stringify(refused)).not.toContain(KEY.secretAccessKey)
})

test('keys are remembered, within bounds, and never for another secret', () => {
  const keys = signingKeys(2)
  const first = keys.keyFor('a', 's', 'd', 'r', 'x')
  expect(keys.keyFor('a', 's', 'd', 'r', 'x')).toBe(first)
  expect(keys.keyFor('a', 'other', 'd', 'r', 'x').equals(first)).toBe(false)
  const again = keys.keyFor('a', 's', 'd', 'r', 'x')
  for (const id of ['b', 'c']) keys.keyFor(id, 's', 'd', 'r', 'x')
  expect(keys.keyFor('a', 's', 'd', 'r', 'x')).not.toBe(again)
})
