import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateBucketCommand, PutBucketCorsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { client, startServer, type TestServer } from './harness.ts'
import { send } from './raw.ts'

let server: TestServer
const PAGE = 'https://app.example.com'

beforeAll(async () => {
  server = await startServer()
  const s3 = client(S3Client, server)
  for (const Bucket of ['shared', 'unshared']) {
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello' }))
  }
  const CORSRules = [
    {
      AllowedOrigins: ['https://*.example.com'],
      AllowedMethods: ['GET', 'PUT'],
      AllowedHeaders: ['X-Amz-*', 'content-type'],
      ExposeHeaders: ['ETag', 'x-amz-version-id'],
      MaxAgeSeconds: 300,
    },
    { AllowedOrigins: ['*'], AllowedMethods: ['HEAD'] },
  ]
  await s3.send(new PutBucketCorsCommand({ Bucket: 'shared', CORSConfiguration: { CORSRules } }))
})
afterAll(() => {
  expect(server.bugs).toEqual([])
  return server.close()
})

const ask = (path: string, headers: Record<string, string>) =>
  send(server, { method: 'OPTIONS', path, headers, keys: null })
const asks = (method: string, names?: string, origin = PAGE) => ({
  origin,
  'access-control-request-method': method,
  ...(names === undefined ? {} : { 'access-control-request-headers': names }),
})

test('a browser that asks before it calls is told what its page may', async () => {
  const answer = await ask('/shared/k', asks('PUT', 'x-amz-date, Content-Type'))
  expect(answer).toMatchObject({ status: 200, body: '' })
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': PAGE,
    'access-control-allow-methods': 'GET, PUT',
    'access-control-allow-headers': 'x-amz-date, content-type',
    'access-control-expose-headers': 'ETag, x-amz-version-id',
    'access-control-max-age': '300',
    'access-control-allow-credentials': 'true',
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  })
  const anybody = await ask('/shared', asks('HEAD', undefined, 'https://elsewhere.org'))
  expect(anybody.headers['access-control-allow-origin']).toBe('*')
  expect(anybody.headers['access-control-allow-credentials']).toBeUndefined()
})

const REFUSED: readonly [string, string, Record<string, string>, number, string][] = [
  ['another origin', '/shared/k', asks('GET', undefined, 'https://example.com'), 403, 'not allowed. This is usually'],
  ['another method', '/shared/k', asks('DELETE'), 403, '<Method>DELETE</Method><ResourceType>OBJECT</ResourceType>'],
  ['another header', '/shared/k', asks('GET', 'authorization'), 403, 'AccessForbidden'],
  ['a bucket without rules', '/unshared', asks('GET'), 403, 'CORSResponse: CORS is not enabled for this bucket.'],
  ['no origin', '/shared/k', { 'access-control-request-method': 'GET' }, 400, 'Origin request header needed.'],
  ['no method', '/shared/k', { origin: PAGE }, 400, 'Invalid Access-Control-Request-Method: null'],
  ['a method that is none', '/shared/k', asks('BREW'), 400, 'Invalid Access-Control-Request-Method: BREW'],
]
test.each(REFUSED)('and is refused for %s', async (_why, path, headers, status, text) => {
  const answer = await ask(path, headers)
  expect(answer.status).toBe(status)
  expect(answer.body).toContain(text)
  expect(answer.headers['access-control-allow-origin']).toBeUndefined()
})

test('an answer says who may see it, a refusal too, and no page gets more than the law allows', async () => {
  const get = (path: string, origin: string, keys: null | undefined) =>
    send(server, { method: 'GET', path, headers: { origin }, service: 's3', ...(keys === null ? { keys } : {}) })
  const good = await get('/shared/k', PAGE, undefined)
  expect(good).toMatchObject({ status: 200, body: 'hello' })
  expect(good.headers['access-control-allow-origin']).toBe(PAGE)
  const bad = await get('/shared/k', PAGE, null)
  expect(bad.status).toBe(403)
  expect(bad.headers['access-control-allow-origin']).toBe(PAGE)
  for (const [path, origin] of [
    ['/shared/k', 'https://elsewhere.org'],
    ['/unshared/k', PAGE],
    ['/not-there/k', PAGE],
    ['/', PAGE],
  ] as const) {
    expect((await get(path, origin, undefined)).headers['access-control-allow-origin']).toBeUndefined()
  }
})

test('nobody else is asked: where there is no such bucket a call of that method is none', async () => {
  expect((await ask('/not-there/k', asks('GET'))).status).toBeGreaterThanOrEqual(400)
  const sts = { method: 'OPTIONS', path: '/', headers: asks('POST'), service: 'sts' }
  expect((await send(server, sts)).headers['access-control-allow-origin']).toBeUndefined()
})
