import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { Limits } from '../src/index.ts'
import { client, startServer, type TestServer } from './harness.ts'
import { form, overSocket, send, signature, WHO_AM_I, type RawCall } from './raw.ts'

const servers: TestServer[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) {
    expect(server.bugs).toEqual([])
    await server.close()
  }
})

interface Warning {
  readonly limit: string
  readonly times: number
}

async function limited(limits: Partial<Limits>): Promise<TestServer & { readonly warnings: Warning[] }> {
  const warnings: Warning[] = []
  const server = await startServer({ limits, log: { warn: (fields) => warnings.push(fields as Warning) } }) // what `Admission` tells
  servers.push(server)
  return { ...server, warnings }
}

/** A socket on which `text` has been said. */
async function open({ endpoint }: TestServer, text = ''): Promise<Socket> {
  const { hostname, port } = new URL(endpoint)
  const socket = connect(Number(port), hostname)
  sockets.push(socket)
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  if (text !== '') await new Promise((resolve) => socket.write(text, resolve))
  return socket
}

/** A call that holds a place: its body does not end. */
async function occupy(server: TestServer): Promise<Socket> {
  const socket = await open(server, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nA')
  await until(async () => (await figures(server)).includes('sallyport_calls_in_flight 1'))
  return socket
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200 && !(await holds()); tries += 1) await pause(10)
}

async function figures(server: TestServer): Promise<string> {
  return (await send(server, { keys: null, method: 'GET', path: '/metrics' })).body
}

/** Everything that comes back, and how long until the socket closed. */
async function endOf(socket: Socket): Promise<{ readonly text: string; readonly took: number }> {
  const begun = performance.now()
  let text = ''
  socket.on('data', (part) => (text += String(part)))
  await new Promise((resolve) => socket.once('close', resolve))
  return { text, took: performance.now() - begun }
}

describe('calls past the limit', () => {
  const json = (target: string): RawCall => ({
    headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
    body: '{}',
  })
  const hostless = form({ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15' })
  const ROWS: readonly [string, RawCall, RegExp][] = [
    ['sts', WHO_AM_I, /<Code>Throttling<\/Code>/],
    ['iam', { service: 'iam', ...form({ Action: 'ListUsers', Version: '2010-05-08' }) }, /<Code>Throttling<\/Code>/],
    ['organizations', { service: 'organizations', ...json('AWSOrganizationsV20161128.ListRoots') }, /TooManyRequests/],
    ['s3', { service: 's3', method: 'PUT', path: '/bucket/key', body: 'x' }, /<Error><Code>SlowDown<\/Code>/],
    ['ec2', { service: 'ec2', ...form({ Action: 'DescribeVpcs', Version: '2016-11-15' }) }, /RequestLimitExceeded/],
    ['lambda', { service: 'lambda', method: 'GET', path: '/2015-03-31/functions/' }, /TooManyRequestsException/],
    ['a service that nobody has', { service: 'teapot', ...json('Teapot.Brew') }, /ThrottlingException/],
    ['a form that is not signed', { keys: null, ...hostless }, /<ErrorResponse[\s\S]*<Code>Throttling<\/Code>/],
    ['a bucket, by anybody', { keys: null, method: 'GET', path: '/bucket/key' }, /<Code>SlowDown<\/Code>/],
    ['who is half signed', { keys: null, ...WHO_AM_I, headers: { authorization: 'AWS4-HMAC-SHA256 ' } }, /<Code>/],
    ['a host of AWS’s', { keys: null, headers: { host: 'ec2.eu-west-1.amazonaws.com' } }, /RequestLimitExceeded/],
  ]

  test('are told to come back, in the words of the service, before they are read', async () => {
    const server = await limited({ calls: 1 })
    await occupy(server)
    for (const [what, call, words] of ROWS) {
      const { status, headers, body } = await send(server, call)
      expect([what, status, headers['retry-after']]).toEqual([what, 503, '1'])
      expect(`${headers['x-amzn-errortype']}${body}`).toMatch(words)
    }
    const head = await send(server, { service: 's3', method: 'HEAD', path: '/bucket' })
    expect(head).toMatchObject({ status: 503, body: '' })
    expect(await figures(server)).toContain(`sallyport_calls_throttled_total{limit="calls"} ${ROWS.length + 1}`)
    expect(server.warnings).toEqual([{ limit: 'calls', times: 1 }])
  })

  test('leave no record, and their connection goes on', async () => {
    const server = await limited({ calls: 1 })
    const busy = await occupy(server)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    const call = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = { host: new URL(server.endpoint).host, ...WHO_AM_I.headers }
        const signed = { ...headers, ...signature(WHO_AM_I, headers, server.administrator) }
        request(server.endpoint, { method: 'POST', agent, headers: signed }, (answer: IncomingMessage) => {
          ports.add(answer.socket.localPort)
          answer.resume().on('end', () => resolve(answer.statusCode))
        })
          .on('error', reject)
          .end(WHO_AM_I.body)
      })
    expect([await call(), await call()]).toEqual([503, 503])
    busy.destroy()
    await until(async () => (await figures(server)).includes('sallyport_calls_in_flight 0'))
    expect(await call()).toBe(200)
    agent.destroy()
    expect(ports.size).toBe(1)
    const { records } = await server.world.store.audited({ limit: 10 })
    expect(records.filter(({ eventName }) => eventName === 'GetCallerIdentity')).toHaveLength(1)
  })

  test('close their connection where a long body is still to come, which they are not asked to send', async () => {
    const server = await limited({ calls: 1 })
    await occupy(server)
    const head = 'PUT /bucket/key HTTP/1.1\r\nHost: s3.amazonaws.com\r\nContent-Length: 100000000\r\n'
    for (const expects of ['', 'Expect: 100-continue\r\n']) {
      const { text } = await endOf(await open(server, `${head}${expects}\r\n`))
      expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*connection: close/i)
    }
  })

  test('are retried by the SDK, which then succeeds', async () => {
    const server = await limited({ calls: 1 })
    const busy = await occupy(server)
    const { endpoint, administrator: credentials } = server
    const sts = new STSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 5 })
    const asked = sts.send(new GetCallerIdentityCommand({}))
    await until(async () => (await figures(server)).includes('limit="calls"} 1'))
    busy.destroy()
    const { $metadata } = await asked
    expect($metadata.attempts).toBeGreaterThan(1)
  })

  test('do not count the doors that look in', async () => {
    const server = await limited({ calls: 1 })
    await occupy(server)
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect((await send(server, { keys: null, method: 'GET', path })).status).toBe(200)
    }
  })
})

describe('connections past the limit', () => {
  test('are told that there is no room, and closed; the doors that look in still open', async () => {
    const server = await limited({ connections: 2 })
    const held = [await open(server), await open(server)]
    const { status, headers, body } = await send(server, WHO_AM_I)
    expect([status, headers['retry-after'], headers['connection']]).toEqual([503, '1', 'close'])
    expect(body).toContain('<Code>Throttling</Code>')
    expect((await send(server, { keys: null, method: 'GET', path: '/readyz' })).body).toBe('ready\n')
    expect(await figures(server)).toContain('sallyport_calls_throttled_total{limit="connections"} 1')
    expect(server.warnings).toEqual([{ limit: 'connections', times: 1 }])
    for (const socket of held) socket.destroy()
    await until(async () => (await send(server, WHO_AM_I)).status === 200)
    expect((await send(server, WHO_AM_I)).status).toBe(200)
  })

  test('are closed unheard where there are far too many', async () => {
    const server = await limited({ connections: 1 })
    const opened = await Promise.all(Array.from({ length: 17 }, () => open(server)))
    const { text } = await endOf(await open(server, 'GET / HTTP/1.1\r\n\r\n'))
    expect(text).toBe('')
    expect(opened.filter(({ destroyed }) => destroyed)).toEqual([])
  })
})

describe('clients that keep the server waiting', () => {
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n'

  test('have so long for the head of a request', async () => {
    const server = await limited({ headerTime: 100 })
    const { took } = await endOf(await open(server, 'POST / HTTP/1.1\r\nHost'))
    expect(took).toBeLessThan(1000)
  })

  test('have so many bytes for it', async () => {
    const server = await limited({ headerBytes: 2048 })
    const within = await overSocket(server, [`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(1000)}\r\n\r\n`])
    expect(within).toMatch(/^HTTP\/1\.1 403 /)
    const past = await overSocket(server, [`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(3000)}\r\n\r\n`])
    expect(past).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('are refused when a body stands still', async () => {
    const server = await limited({ idleTime: 200 })
    const { text, took } = await endOf(await open(server, `${head}Content-Length: 1000\r\n\r\nAction=`))
    expect(text).toMatch(/^HTTP\/1\.1 400 [\s\S]*<Code>RequestTimeout<\/Code>/)
    expect(took).toBeLessThan(1000)
    expect(await figures(server)).toContain('sallyport_calls_in_flight 0')
  })

  test('are refused when it drips', async () => {
    const server = await limited({ idleTime: 200 })
    const socket = await open(server, `${head}Content-Length: 100000\r\n\r\nAction=`)
    const drip = setInterval(() => socket.write('x'), 20)
    const { text } = await endOf(socket)
    clearInterval(drip)
    expect(text).toContain('<Code>RequestTimeout</Code>')
  })

  test('are refused when a body that is read whole takes too long, though it moves', async () => {
    const server = await limited({ idleTime: 100, bodyTime: 400 })
    const socket = await open(server, `${head}Content-Length: 1000000\r\n\r\n`)
    const flow = setInterval(() => socket.write('x'.repeat(2048)), 20)
    const { text, took } = await endOf(socket)
    clearInterval(flow)
    expect(text).toContain('<Code>RequestTimeout</Code>')
    expect(took).toBeGreaterThan(300)
  })

  test('may take as long as they like over an upload that moves', async () => {
    const server = await limited({ idleTime: 100, bodyTime: 200 })
    await client(S3Client, server).send(new CreateBucketCommand({ Bucket: 'slow' }))
    const body = 'x'.repeat(40 * 2048)
    const upload = await uploading(server, '/slow/key', body)
    for (let at = 0; at < body.length; at += 2048) {
      upload.socket.write(body.slice(at, at + 2048))
      await pause(20)
    }
    expect((await upload.answer).split('\r\n')[0]).toBe('HTTP/1.1 200 OK')
    const stored = await send(server, { service: 's3', method: 'HEAD', path: '/slow/key' })
    expect(stored.headers['content-length']).toBe(String(body.length))
  })

  test('are refused when an upload stands still, and its place is free again', async () => {
    const server = await limited({ idleTime: 150 })
    await client(S3Client, server).send(new CreateBucketCommand({ Bucket: 'stuck' }))
    const { socket, answer } = await uploading(server, '/stuck/key', 'x'.repeat(100_000))
    socket.write('x'.repeat(50_000))
    expect(await answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*<Code>RequestTimeout<\/Code>/)
    expect(await figures(server)).toContain('sallyport_calls_in_flight 0')
  })

  test('are cut off when they do not read a long answer', async () => {
    const server = await limited({ idleTime: 1000 }) // a busy machine needs more than a blink for the upload
    await client(S3Client, server).send(new CreateBucketCommand({ Bucket: 'unread' }))
    const body = 'x'.repeat(32 * 1024 * 1024)
    expect((await send(server, { service: 's3', method: 'PUT', path: '/unread/key', body })).status).toBe(200)
    const headers = { host: new URL(server.endpoint).host }
    const call: RawCall = { service: 's3', method: 'GET', path: '/unread/key' }
    const lines = Object.entries({ ...headers, ...signature(call, headers, server.administrator) })
    const socket = await open(
      server,
      `GET /unread/key HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    )
    socket.pause()
    await until(async () => (await figures(server)).includes('sallyport_calls_in_flight 1'))
    await until(async () => (await figures(server)).includes('sallyport_calls_in_flight 0'))
    expect(await figures(server)).toContain('sallyport_calls_in_flight 0')
  })

  test('are given up on the doors of our own too', async () => {
    const server = await limited({ idleTime: 150 })
    for (const path of ['/_sallyport/clock', '/_sallyport/explain']) {
      const told = `POST ${path} HTTP/1.1\r\nHost: x\r\nx-sallyport: 1\r\nContent-Length: 100\r\n\r\n{`
      const { took } = await endOf(await open(server, told))
      expect(took).toBeLessThan(1000)
    }
  })
})

/** A signed upload whose head is sent; its body is the test's to write. */
async function uploading(
  server: TestServer,
  path: string,
  body: string,
): Promise<{ readonly socket: Socket; readonly answer: Promise<string> }> {
  const headers = { host: new URL(server.endpoint).host, 'content-length': String(body.length), connection: 'close' }
  const call: RawCall = { service: 's3', method: 'PUT', path, body }
  const lines = Object.entries({ ...headers, ...signature(call, headers, server.administrator) })
  const socket = await open(
    server,
    `PUT ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  )
  return { socket, answer: endOf(socket).then(({ text }) => text) }
}
