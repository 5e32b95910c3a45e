import { CreateAccessKeyCommand, CreateUserCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryStore, type Log, type Store } from '../src/index.ts'
import { seldom } from '../src/log.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf } from './people.ts'
import { form, overSocket, presigned, send, signature, WHO_AM_I, type RawCall } from './raw.ts'

interface Line {
  readonly level: string
  readonly message: string
  readonly [field: string]: unknown
}

function listening(): { readonly log: Required<Log>; readonly lines: Line[] } {
  const lines: Line[] = []
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, message, ...fields })
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines }
}

describe('the log of a server', () => {
  const { log, lines } = listening()
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ log })
  })
  afterAll(() => server.close())

  function callOf(operation: string): Line | undefined {
    return lines.findLast((line) => line.message === 'call' && line['operation'] === operation)
  }

  test('tells of every call who asked for what, and what became of it', async () => {
    const iam = iamOf(server)
    const { $metadata } = await iam.send(new CreateUserCommand({ UserName: 'dana' }))
    expect(callOf('CreateUser')).toEqual({
      level: 'debug',
      message: 'call',
      requestId: $metadata.requestId,
      service: 'iam',
      operation: 'CreateUser',
      account: MANAGEMENT,
      principal: `arn:aws:iam::${MANAGEMENT}:user/administrator`,
      status: 200,
      ms: expect.any(Number),
    })
    await expectRefusal(iam.send(new GetUserCommand({ UserName: 'nobody' })), 'NoSuchEntity')
    expect(callOf('GetUser')).toMatchObject({ status: 404, code: 'NoSuchEntity' })
    await send(server, { ...WHO_AM_I, keys: null })
    expect(callOf('GetCallerIdentity')).not.toHaveProperty('principal')
  })

  test('says when it listens, when it drains and when it has stopped', async () => {
    const other = listening()
    const stopping = await startServer({ log: other.log })
    await stopping.close()
    expect(other.lines).toEqual([
      { level: 'info', message: 'listening', host: '127.0.0.1', port: expect.any(Number), tls: false },
      { level: 'info', message: 'draining', calls: 0 },
      { level: 'info', message: 'stopped' },
    ])
  })

  /** INVARIANT: whatever kind of call it is. */
  test('has no secret, token, signature, header or query string in any line', async () => {
    const secrets = new Set<string>()
    const keep = (...texts: readonly (string | undefined)[]): void => {
      for (const text of texts) if (text !== undefined && text.length > 3) secrets.add(text)
    }
    const session = await enter(server, PRODUCTION)
    const { AccessKey } = await iamOf(server).send(new CreateAccessKeyCommand({ UserName: 'dana' }))
    const keysOf: readonly Keys[] = [
      server.administrator,
      session,
      { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
      { ...session, sessionToken: `${session.sessionToken}tampered` },
      { accessKeyId: 'AKIANOBODYEXAMPLE000', secretAccessKey: 'nobodynobodynobodynobodynobodynobodynobo' },
    ]
    const host = new URL(server.endpoint).host
    await client(S3Client, server).send(new CreateBucketCommand({ Bucket: 'secrets' }))
    const calls: readonly RawCall[] = [
      WHO_AM_I,
      { service: 'iam', ...form({ Action: 'secretaction', Version: '2010-05-08' }) },
      { service: 'iam', ...form({ Action: 'GetUser', UserName: 'secretname', Version: '2010-05-08' }) },
      { service: 'secretservice', ...form({ Action: 'GetUser', Version: '2010-05-08' }) },
      { service: 's3', method: 'PUT', path: '/secrets/secretkey', body: 'secretbody' },
      { service: 's3', method: 'GET', path: '/secrets', query: 'list-type=2&prefix=secretprefix' },
      { service: 's3', method: 'GET', path: '/secrets/secretkey', headers: { 'x-secret': 'secretheader' } },
      { service: 'lambda', method: 'GET', path: '/2015-03-31/functions/secretfunction' },
      { service: 'iam', headers: { 'x-amz-target': 'secret.Target' }, body: '{"secret":"secretjson"}' },
    ]
    keep('secretaction', 'secretname', 'secretservice', 'secretkey', 'secretbody', 'secretprefix', 'secretheader')
    keep('secretfunction', 'secretjson', 'list-type', 'X-Amz-', 'AWS4-HMAC', 'Credential=')
    for (const keys of keysOf) {
      keep(keys.secretAccessKey, keys.sessionToken)
      for (const call of calls) {
        const headers = { host, ...call.headers }
        keep(/Signature=(\w+)/.exec(signature(call, headers, keys)['authorization'] ?? '')?.[1])
        await send(server, { ...call, keys })
        await send(server, { ...call, keys: null })
      }
      const query = presigned('/secrets/secretkey', host, keys)
      keep(query, /X-Amz-Signature=(\w+)/.exec(query)?.[1])
      await send(server, { keys: null, method: 'GET', path: '/secrets/secretkey', query })
      const v2 = `AWSAccessKeyId=${keys.accessKeyId}&Expires=1&Signature=secretsignature`
      await send(server, { keys: null, method: 'GET', path: '/secrets/secretkey', query: v2 })
    }
    const query = presigned('/secrets/secretkey', host, server.administrator)
    expect((await send(server, { keys: null, method: 'GET', path: '/secrets/secretkey', query })).body).toBe(
      'secretbody',
    )
    keep('secretsignature', 'secretauthorization')
    for (const authorization of ['AWS4-HMAC-SHA256 secretauthorization', 'Bearer secretauthorization']) {
      await send(server, { keys: null, ...WHO_AM_I, headers: { ...WHO_AM_I.headers, authorization } })
    }
    await overSocket(server, ['GET /secretpath HTTP/1.1\r\nsecretbroken\r\n\r\n'])
    keep('secretpath', 'secretbroken')
    const told = lines.map((line) => JSON.stringify(line))
    expect(told.length).toBeGreaterThan(calls.length * keysOf.length * 2)
    const leaks = [...secrets].filter((secret) => told.some((line) => line.includes(secret)))
    expect(leaks).toEqual([])
    expect(server.bugs).toEqual([])
  })
})

test('a store that fails is told of at once, and then now and then', async () => {
  const { log, lines } = listening()
  const store = memoryStore()
  let broken = false
  const failing: Store & { health(): string | undefined } = {
    ...store,
    async commit(asked) {
      if (broken) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      return store.commit(asked)
    },
    health: () => (broken ? 'no space' : undefined),
  }
  const server = await startServer({ log, store: failing })
  const iam = client(IAMClient, server)
  broken = true
  for (const UserName of ['a', 'b', 'c']) {
    await expectRefusal(iam.send(new CreateUserCommand({ UserName })), 'ServiceUnavailable', /./, 503)
    await send(server, { keys: null, method: 'GET', path: '/readyz' })
  }
  const warnings = lines.filter(({ level }) => level === 'warn')
  expect(warnings).toEqual([
    {
      level: 'warn',
      message: 'the store fails',
      requestId: expect.any(String),
      code: 'ENOSPC',
      reason: 'no space left on device',
      times: 1,
    },
    { level: 'warn', message: 'not ready', reason: 'no space', times: 1 },
  ])
  await server.close()
})

test('what happens often is told the first time, and then with how often it was', async () => {
  const told: object[] = []
  const tell = seldom((fields) => told.push(fields), 50)
  for (let at = 1; at <= 100; at += 1) tell({ at })
  expect(told).toEqual([{ at: 1, times: 1 }])
  await pause(80)
  expect(told).toEqual([
    { at: 1, times: 1 },
    { at: 100, times: 99 },
  ])
  await pause(80)
  tell({ at: 101 })
  expect(told[2]).toEqual({ at: 101, times: 1 })
})
