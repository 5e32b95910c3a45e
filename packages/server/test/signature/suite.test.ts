import { describe, expect, test } from 'vitest'
import { momentOf } from '../../src/wire/claim.ts'
import { verifyV2 } from '../../src/wire/signature-v2.ts'
import { readClaim } from '../../src/wire/claim.ts'
import { at, joined, message, prove, readCases, refusalOf } from './sign.ts'

interface Case {
  readonly name: string
  readonly why: string
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly signedHeaders: string
  readonly signature: string
}

interface Suite {
  readonly accessKeyId: string
  readonly secret: string
  readonly time: string
  readonly region: string
  readonly service: string
  readonly cases: readonly Case[]
}

interface Plain {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
}

const S3 = readCases<
  Suite & { readonly presigned: Plain; readonly v2: readonly (Plain & { readonly name: string })[] }
>('s3')

function signed(suite: Suite, one: Case): ReturnType<typeof message> {
  const scope = `${suite.time.slice(0, 8)}/${suite.region}/${suite.service}/aws4_request`
  const credential = `Credential=${suite.accessKeyId}/${scope}`
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${one.signedHeaders}, Signature=${one.signature}`
  const headers = { ...joined(one.headers), authorization }
  return message({ ...one, headers, body: Buffer.from(one.body) })
}

for (const suite of [readCases<Suite>('suite'), S3]) {
  describe(`published requests to ${suite.service}`, () => {
    test.each(suite.cases)('$name: $why', (one) => {
      const times = at(momentOf(suite.time))
      expect(prove(signed(suite, one), times, suite.secret).signature).toBe(one.signature)
      expect(refusalOf(() => prove(signed(suite, one), times, `${suite.secret}x`)).code).toBe('badSignature')
    })
  })
}

describe('published presigned URLs', () => {
  const sent = message({ ...S3.presigned, headers: { host: S3.presigned.host } })
  const start = momentOf(S3.time)

  test('holds from its start to its end', () => {
    expect(prove(sent, at(start), S3.secret).payload).toBe('unsigned')
    expect(prove(sent, at(start, start + 86_400_000), S3.secret).expires).toBe(86_400)
  })

  test('ends by the test clock alone', () => {
    const refused = refusalOf(() => prove(sent, at(start, start + 86_401_000), S3.secret))
    expect(refused).toMatchObject({ code: 'AccessDenied', message: 'Request has expired' })
    expect(refused.detail).toEqual({
      'X-Amz-Expires': 86_400,
      Expires: '2013-05-25T00:00:00Z',
      ServerTime: '2013-05-25T00:00:01Z',
    })
    expect(prove(sent, at(start + 9e9, start), S3.secret).form).toBe('query')
  })

  test('does not hold before its time', () => {
    const refused = refusalOf(() => prove(sent, at(start - 901_000), S3.secret))
    expect(refused).toMatchObject({ code: 'AccessDenied', message: 'Request is not yet valid' })
  })
})

describe('SigV2 URLs made by botocore', () => {
  const start = momentOf(S3.time)

  test.each(S3.v2)('$name holds for its hour and for its own query', ({ host, ...one }) => {
    const sent = message({ ...one, headers: { host } })
    const claim = readClaim(sent)
    if (!claim) throw new Error('the message is not signed')
    expect(claim.form).toBe('v2query')
    expect(verifyV2(claim, sent, S3.secret, at(start))).toBe(claim)
    const late = refusalOf(() => verifyV2(claim, sent, S3.secret, at(start, start + 3_601_000)))
    expect(late).toMatchObject({ code: 'AccessDenied', message: 'Request has expired' })
    for (const other of [{ method: 'PUT' }, { path: `${one.path}x` }, { query: `${one.query}&acl` }]) {
      const changed = { ...sent, ...other }
      expect(refusalOf(() => verifyV2(claim, changed, S3.secret, at(start))).code).toBe('badSignature')
    }
    expect(refusalOf(() => verifyV2(claim, sent, 'another', at(start))).code).toBe('badSignature')
  })

  test('a bucket in the host stands before the path', () => {
    const [one] = S3.v2
    if (!one) throw new Error('no case')
    const sent = message({
      ...one,
      path: one.path.replace('/examplebucket', ''),
      headers: { host: `examplebucket.${one.host}` },
    })
    const claim = readClaim(sent)
    if (!claim) throw new Error('the message is not signed')
    expect(verifyV2(claim, sent, S3.secret, at(start), 'examplebucket').accessKeyId).toBe(S3.accessKeyId)
  })

  test.each(['AWSAccessKeyId=A', 'AWSAccessKeyId=A&Signature=b', 'AWSAccessKeyId=A&Signature=b&Expires=soon'])(
    'half a signature is refused: %s',
    (query) => {
      expect(refusalOf(() => readClaim(message({ query }))).code).toBe('AccessDenied')
    },
  )
})
