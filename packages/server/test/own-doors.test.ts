import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client, startServer, type TestServer } from './harness.ts'
import { send, type RawCall } from './raw.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const DOORS = [
  ['/healthz', /^ok\n$/],
  ['/readyz', /^ready\n$/],
  ['/metrics', /^# HELP process_cpu_user_seconds_total /],
] as const

describe.each(DOORS)('%s', (path, says) => {
  test('answers without a signature, to GET and HEAD', async () => {
    const { status, headers, body } = await send(server, { keys: null, method: 'GET', path })
    expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
    expect(headers['content-type']).toMatch(/^text\/plain/)
    expect(body).toMatch(says)
    expect(await send(server, { keys: null, method: 'HEAD', path })).toMatchObject({ status: 200, body: '' })
  })

  const OTHERS: readonly [RawCall, string][] = [
    [{ keys: null, method: 'POST', path }, 'another method'],
    [{ keys: null, method: 'GET', path: `${path}/` }, 'another path'],
    [{ keys: null, method: 'GET', path: `${path}/key` }, 'a key in a bucket of that name'],
    [{ keys: null, method: 'GET', path, query: 'list-type=2' }, 'a query'],
    [{ keys: null, method: 'GET', path, headers: { host: 'bucket.s3.amazonaws.com' } }, 'a key in a bucket of a host'],
    [{ method: 'GET', path, service: 's3' }, 'a signature'],
  ]
  test.each(OTHERS)('leaves %j to the gate: %s', async (call) => {
    const { body } = await send(server, call)
    expect(body).not.toMatch(says)
    expect(body).toContain('<Error')
  })

  test('hides no bucket of that name from who signs', async () => {
    const s3 = client(S3Client, server)
    const Bucket = path.slice(1)
    await s3.send(new CreateBucketCommand({ Bucket }))
    expect((await send(server, { method: 'PUT', path: `${path}/key`, service: 's3', body: 'x' })).status).toBe(200)
    const listed = await send(server, { method: 'GET', path, service: 's3' })
    expect(listed.body).toContain('<ListBucketResult')
    const named = await send(server, { method: 'HEAD', path, service: 's3' })
    expect(named.headers['x-amz-request-id']).toBeDefined()
  })
})
