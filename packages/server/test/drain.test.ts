import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { memoryStore, type Limits, type Store } from '../src/index.ts'
import { openAuthority, startProxy, tlsServerOptions } from '../src/tls/index.ts'
import { client, startServer, type TestServer } from './harness.ts'
import { send, signature, WHO_AM_I, type RawCall } from './raw.ts'

const started: TestServer[] = []
afterEach(() => {
  for (const server of started.splice(0)) expect(server.bugs).toEqual([])
})

/** A server whose store says when it was closed and takes `delay` milliseconds for a commit. */
async function start(limits: Partial<Limits> = {}, delay = 0) {
  const store = memoryStore()
  const state = { closed: false, unwell: undefined as string | undefined }
  const slow: Store & { health(): string | undefined } = {
    ...store,
    async commit(asked) {
      if (delay > 0) await pause(delay)
      if (state.closed) throw new Error('written after it was closed')
      return store.commit(asked)
    },
    health: () => state.unwell,
    async close() {
      state.closed = true
    },
  }
  const server = await startServer({ store: slow, limits })
  started.push(server)
  return { server, state }
}

async function open({ endpoint }: TestServer, text = ''): Promise<Socket> {
  const { hostname, port } = new URL(endpoint)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  if (text !== '') await new Promise((resolve) => socket.write(text, resolve))
  return socket
}

function textOf(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (part) => (text += String(part)))
  return new Promise((resolve) => socket.once('close', () => resolve(text)))
}

/** The head of a signed request, as text. */
function headOf(server: TestServer, call: RawCall, others: Readonly<Record<string, string>> = {}): string {
  const headers = { host: new URL(server.endpoint).host, ...call.headers, ...others }
  const lines = Object.entries({ ...headers, ...signature(call, headers, server.administrator) })
  return `${call.method} ${call.path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

async function uploadTo(server: TestServer, path: string, body: string): Promise<Socket> {
  const call: RawCall = { service: 's3', method: 'PUT', path, body }
  return open(server, headOf(server, call, { 'content-length': String(body.length) }))
}

describe('a server that is told to stop', () => {
  test('takes no connection any more, is not ready, and lives', async () => {
    const { server } = await start()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        request(`${server.endpoint}${path}`, { agent }, (answer: IncomingMessage) => {
          let text = `${answer.statusCode} ${answer.headers.connection} `
          answer.on('data', (part) => (text += String(part))).on('end', () => resolve(text))
        })
          .on('error', reject)
          .end()
      })
    expect(await ask('/readyz')).toBe('200 keep-alive ready\n')
    server.server.drain()
    expect(await ask('/healthz')).toBe('200 close ok\n')
    expect(await ask('/readyz')).toBe('503 close draining\n')
    await server.close()
    await expect(send(server, WHO_AM_I)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('finishes a slow upload, says that its connection ends, and then closes the store', async () => {
    const { server, state } = await start()
    const s3 = client(S3Client, server)
    await s3.send(new CreateBucketCommand({ Bucket: 'uploads' }))
    const body = 'x'.repeat(100_000)
    const socket = await uploadTo(server, '/uploads/slow', body)
    const answer = textOf(socket)
    socket.write(body.slice(0, 1000))
    await pause(50)
    const closing = server.close()
    for (let at = 1000; at < body.length; at += 9000) {
      await pause(20)
      expect(state.closed).toBe(false)
      socket.write(body.slice(at, at + 9000))
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*connection: close/i)
    await closing
    expect(state.closed).toBe(true)
  })

  test('answers every call that is under way', async () => {
    const { server, state } = await start({}, 100)
    const iam = client(IAMClient, server)
    const names = Array.from({ length: 40 }, (_, at) => `user-${at}`)
    const calls = names.map((UserName) => iam.send(new CreateUserCommand({ UserName })))
    await until(server, 'sallyport_calls_in_flight 40')
    await server.close()
    expect(state.closed).toBe(true)
    const done = await Promise.allSettled(calls)
    expect(done.filter(({ status }) => status === 'rejected')).toEqual([])
  })

  test('serves who goes on calling on a connection, until it closes', async () => {
    const { server } = await start()
    const call: RawCall = { ...WHO_AM_I, method: 'POST', path: '/' }
    const text = headOf(server, call, { 'content-length': String(Buffer.byteLength(call.body ?? '')) }) + call.body
    const socket = await open(server, text)
    await new Promise((resolve) => socket.once('data', resolve))
    const closing = server.close()
    socket.write(text)
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*connection: close/i)
    await closing
  })

  test('lets a long answer be read to its end', async () => {
    const { server } = await start()
    const s3 = client(S3Client, server)
    await s3.send(new CreateBucketCommand({ Bucket: 'downloads' }))
    await s3.send(new PutObjectCommand({ Bucket: 'downloads', Key: 'long', Body: 'x'.repeat(20_000_000) }))
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'downloads', Key: 'long' }))
    const closing = server.close()
    await pause(100)
    expect(await Body?.transformToString()).toHaveLength(20_000_000)
    await closing
  })

  test('waits for nobody who never said a word', async () => {
    const { server } = await start()
    const silent = await open(server)
    const begun = performance.now()
    await server.close()
    expect(performance.now() - begun).toBeLessThan(1000)
    silent.destroy()
  })

  test('cuts off what takes longer than the grace, and closes the store all the same', async () => {
    const { server, state } = await start({ grace: 150 })
    const stuck = await open(server, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nA')
    await until(server, 'sallyport_calls_in_flight 1')
    const begun = performance.now()
    await server.close()
    expect(performance.now() - begun).toBeGreaterThan(140)
    expect(performance.now() - begun).toBeLessThan(1500)
    expect(state.closed).toBe(true)
    stuck.destroy()
  })

  test('lets what was cut off write to its end before the store is closed', async () => {
    const { server, state } = await start({ grace: 50 }, 300)
    const call = client(IAMClient, server).send(new CreateUserCommand({ UserName: 'late' }))
    const cut = expect(call).rejects.toThrow()
    await until(server, 'sallyport_calls_in_flight 1')
    await server.close()
    expect(state.closed).toBe(true)
    await cut
  })
})

describe('a store that is unwell', () => {
  test('makes the server unready, in a line that says why, and not dead', async () => {
    const { server, state } = await start()
    const look = async (path: string) => {
      const { status, body } = await send(server, { keys: null, method: 'GET', path })
      return `${status} ${body}`
    }
    expect(await look('/readyz')).toBe('200 ready\n')
    state.unwell = 'no connection to the database'
    expect(await look('/readyz')).toBe('503 store: no connection to the database\n')
    expect(await look('/healthz')).toBe('200 ok\n')
    state.unwell = undefined
    expect(await look('/readyz')).toBe('200 ready\n')
    await server.close()
  })
})

describe('over TLS', () => {
  test('a connection with nothing on it, and one whose handshake does not come, are given up', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-drain-'))
    const ca = await openAuthority({ dir, now: Date.now })
    const { server } = await start({ headerTime: 200, idleTime: 200 })
    const tls = await tlsServerOptions(ca, ['127.0.0.1'])
    const port = await server.server.listen({ port: 0, host: '127.0.0.1', tls })
    const mute = connect(port, '127.0.0.1')
    mute.on('error', () => undefined).resume()
    const begun = performance.now()
    await new Promise((resolve) => mute.once('close', resolve))
    expect(performance.now() - begun).toBeLessThan(1000)
    const secure = connectTls({ port, host: '127.0.0.1', ca: ca.certificate })
    await new Promise((resolve) => secure.once('secureConnect', resolve))
    secure.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nA')
    expect(await textOf(secure)).toContain('<Code>RequestTimeout</Code>')
    const idle = connectTls({ port, host: '127.0.0.1', ca: ca.certificate })
    idle.on('error', () => undefined)
    await new Promise((resolve) => idle.once('secureConnect', resolve))
    const closing = performance.now()
    await server.close()
    expect(performance.now() - closing).toBeLessThan(1000)
    rmSync(dir, { recursive: true, force: true })
  })

  test('a call that came by the proxy is answered before the store is closed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-drain-'))
    const ca = await openAuthority({ dir, now: Date.now })
    const { server, state } = await start({}, 200)
    const { listener: onRequest, connections, limits } = server.server
    const proxy = await startProxy({ port: 0, ca, onRequest, connections, limits })
    const call: RawCall = { service: 's3', method: 'PUT', path: '/by-proxy' }
    const host = 's3.us-east-1.amazonaws.com'
    const socket = await new Promise<Socket>((resolve) => {
      request({ host: '127.0.0.1', port: proxy.port, method: 'CONNECT', path: `${host}:443` })
        .once('connect', (_answer, raw: Socket) => {
          const secure = connectTls({ socket: raw, servername: host, ca: ca.certificate }, () => resolve(secure))
        })
        .end()
    })
    socket.write(headOf(server, call, { host, 'content-length': '0' }))
    const answer = textOf(socket)
    await until(server, 'sallyport_calls_in_flight 1')
    await Promise.all([proxy.close(), server.close()])
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*connection: close/i)
    expect(state.closed).toBe(true)
    rmSync(dir, { recursive: true, force: true })
  })
})

async function until(server: TestServer, line: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { body } = await send(server, { keys: null, method: 'GET', path: '/metrics' })
    if (body.includes(line)) return
    await pause(5)
  }
}
