import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { createServer, request as secureRequest } from 'node:https'
import { connect as connectSocket, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { incoming } from '../../src/http.ts'
import { openAuthority, tlsServerOptions, type Authority } from '../../src/tls/ca.ts'
import { isAwsHost } from '../../src/tls/hosts.ts'
import { startProxy, type Proxy } from '../../src/tls/proxy.ts'

const NOW = Date.now()
const DAY = 86_400_000
const days = (one: X509Certificate): number => (Date.parse(one.validTo) - Date.parse(one.validFrom)) / DAY
let dir = ''
let ca: Authority

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sallyport-tls-'))
  ca = await openAuthority({ dir, now: () => NOW })
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('the authority', () => {
  test('is kept, with a key that only its owner reads', async () => {
    const again = await openAuthority({ dir, now: () => NOW })
    expect(again.certificate).toBe(ca.certificate)
    expect(await readFile(again.file, 'utf8')).toBe(ca.certificate)
    expect((await stat(join(dir, 'tls', 'ca.key'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(dir, 'tls', 'ca.pem'))).mode & 0o777).toBe(0o644)
  })

  test('lasts ten years, and its certificates 397 days', async () => {
    const own = new X509Certificate(ca.certificate)
    const leaf = new X509Certificate((await ca.issue(['sts.amazonaws.com'], ['::1'])).certificate)
    expect(days(own)).toBeCloseTo(3651, 2)
    expect(days(leaf)).toBeCloseTo(397, 2)
    expect(own.ca).toBe(true)
    expect(leaf.ca).toBe(false)
    expect(leaf.checkIssued(own) && leaf.verify(own.publicKey)).toBe(true)
    expect(leaf.checkHost('sts.amazonaws.com')).toBe('sts.amazonaws.com')
    expect(leaf.checkIP('::1')).toBe('::1')
  })

  test('is made anew after its end', async () => {
    const old = await mkdtemp(join(tmpdir(), 'sallyport-tls-'))
    const first = await openAuthority({ dir: old, now: () => NOW - 3650 * DAY })
    const next = await openAuthority({ dir: old, now: () => NOW })
    expect(next.certificate).not.toBe(first.certificate)
    await rm(old, { recursive: true })
  })

  test('is one, though several servers start at once', async () => {
    const shared = await mkdtemp(join(tmpdir(), 'sallyport-tls-'))
    const all = await Promise.all([1, 2, 3, 4].map(() => openAuthority({ dir: shared, now: () => NOW })))
    expect(new Set(all.map((one) => one.certificate)).size).toBe(1)
    await rm(shared, { recursive: true })
  })

  test('that is damaged is not used and not overwritten', async () => {
    const bad = await mkdtemp(join(tmpdir(), 'sallyport-tls-'))
    await openAuthority({ dir: bad, now: () => NOW })
    await writeFile(join(bad, 'tls', 'ca.key'), 'nothing')
    await expect(openAuthority({ dir: bad, now: () => NOW })).rejects.toThrow('is damaged')
    await rm(bad, { recursive: true })
  })

  test('makes a certificate for a name once, and none for what is no name', async () => {
    expect(await ca.contextFor('sts.us-east-1.amazonaws.com')).toBe(await ca.contextFor('STS.us-east-1.amazonaws.com'))
    await expect(ca.contextFor('a b')).rejects.toThrow('is not a host name')
  })

  test('makes certificates that openssl accepts', async ({ skip }) => {
    const leaf = await ca.issue(['s3.amazonaws.com'])
    await writeFile(join(dir, 'leaf.pem'), leaf.certificate)
    try {
      execFileSync('openssl', ['version'])
    } catch {
      skip('openssl is not installed')
    }
    const told = execFileSync('openssl', [
      'verify',
      '-x509_strict',
      '-verify_hostname',
      's3.amazonaws.com',
      '-CAfile',
      ca.file,
      join(dir, 'leaf.pem'),
    ])
    expect(told.toString()).toContain('OK')
  })
})

test.each([
  ['sts.amazonaws.com', true],
  ['bucket.with.dots.s3.us-east-1.amazonaws.com', true],
  ['d-123.awsapps.com', true],
  ['ec2.us-east-1.api.aws', true],
  ['amazonaws.com', false],
  ['evilamazonaws.com', false],
  ['sts.amazonaws.com.evil.org', false],
  ['sts.amazonaws.com.', false],
  ['a b.amazonaws.com', false],
  ['..amazonaws.com', false],
  ['localhost', false],
])('%s is a host of AWS: %s', (name, is) => {
  expect(isAwsHost(name)).toBe(is)
})

/** A path and body of an answer. */
async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of answer.setEncoding('utf8')) text += part
  return text
}

function answerOf(made: ReturnType<typeof request>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => void made.once('response', resolve).once('error', reject).end())
}

describe('a server with these certificates', () => {
  test.each([
    'localhost',
    's3.us-east-1.amazonaws.com',
    'a.b.s3.amazonaws.com',
    'bucket.localhost',
    'my.dev',
    'bucket.my.dev',
  ])('is trusted as %s', async (name) => {
    const server = createServer(await tlsServerOptions(ca, ['my.dev', '10.0.0.1']), (_, response) =>
      response.end('yes'),
    )
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo // it listens on a port
    const made = secureRequest({
      host: '127.0.0.1',
      port,
      ca: ca.certificate,
      servername: name,
      headers: { host: name },
      agent: false,
    })
    expect(await textOf(await answerOf(made))).toBe('yes')
    server.close()
  })

  test('gives strangers nothing under their name', async () => {
    const server = createServer(await tlsServerOptions(ca), (_, response) => response.end('yes'))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo // it listens on a port
    const headers = { host: 'example.com' }
    const made = secureRequest({
      host: '127.0.0.1',
      port,
      ca: ca.certificate,
      servername: 'example.com',
      headers,
      agent: false,
    })
    await expect(answerOf(made)).rejects.toThrow('does not match')
    server.close()
  })

  test.each([
    ['TLSv1.2', '1.2'],
    ['TLSv1.3', '1.3'],
  ] as const)('knows that a call came over %s', async (version, said) => {
    const server = createServer(await tlsServerOptions(ca), (asked, response) => {
      response.end(JSON.stringify(incoming(asked).head.source))
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo // it listens on a port
    const versions = { minVersion: version, maxVersion: version }
    const made = secureRequest({ host: '127.0.0.1', port, ca: ca.certificate, agent: false, ...versions })
    expect(JSON.parse(await textOf(await answerOf(made)))).toMatchObject({ tls: true, tlsVersion: said })
    server.close()
  })

  test('is trusted by its address, without a name', async () => {
    const server = createServer(await tlsServerOptions(ca), (_, response) => response.end('yes'))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo // it listens on a port
    expect(
      await textOf(await answerOf(secureRequest({ host: '127.0.0.1', port, ca: ca.certificate, agent: false }))),
    ).toBe('yes')
    server.close()
  })
})

describe('the proxy', () => {
  let proxy: Proxy
  const failures: unknown[] = []
  const note = (error: unknown): void => void failures.push(error)

  beforeAll(async () => {
    process.on('uncaughtException', note)
    proxy = await startProxy({
      port: 0,
      ca,
      onRequest: (asked, response) => {
        const { url, method, headers, socket } = asked
        let size = 0
        asked.on('data', (part: Buffer) => void (size += part.length))
        asked.on('end', () => {
          const tls = 'encrypted' in socket
          response.end(JSON.stringify({ url, method, host: headers.host, tls, ip: socket.remoteAddress, size }))
        })
        asked.on('error', () => response.destroy())
      },
    })
  })
  afterAll(async () => {
    await proxy.close()
    process.off('uncaughtException', note)
    expect(failures).toEqual([])
  })

  function ask(path: string, host: string): Promise<IncomingMessage> {
    return answerOf(request({ host: '127.0.0.1', port: proxy.port, path, headers: { host }, agent: false }))
  }

  function tunnel(target: string): Promise<{ readonly status: number; readonly socket: Socket }> {
    return new Promise((resolve, reject) => {
      const made = request({ host: '127.0.0.1', port: proxy.port, method: 'CONNECT', path: target, agent: false })
      made.once('connect', (answer, socket) => resolve({ status: answer.statusCode ?? 0, socket: socket as Socket })) // it is one
      made.once('error', reject).end()
    })
  }

  async function secured(host: string): Promise<TLSSocket> {
    const { socket } = await tunnel(`${host}:443`)
    return new Promise((resolve, reject) => {
      const secure = connectTls({ socket, servername: host, ca: ca.certificate }, () => resolve(secure))
      secure.once('error', reject)
    })
  }

  test.each([
    'sts.amazonaws.com',
    'bucket.s3.eu-west-1.amazonaws.com',
    'd-1.awsapps.com',
    'ec2.us-east-1.api.aws',
    'signin.aws.amazon.com',
  ])('ends the TLS of %s', async (host) => {
    const secure = await secured(host)
    const made = request({ createConnection: () => secure, method: 'PUT', path: '/a%20b//c?x=%2F', headers: { host } })
    made.write('hello')
    const told: unknown = JSON.parse(await textOf(await answerOf(made)))
    expect(told).toEqual({ url: '/a%20b//c?x=%2F', method: 'PUT', host, tls: true, ip: '127.0.0.1', size: 5 })
    secure.destroy()
  })

  test('carries several requests and a large body through one tunnel', async () => {
    const secure = await secured('s3.amazonaws.com')
    const big = Buffer.alloc(5_000_000, 'x')
    for (const body of [big, Buffer.from('x'), big]) {
      const made = request({
        createConnection: () => secure,
        method: 'PUT',
        path: '/',
        headers: { host: 's3.amazonaws.com', connection: 'keep-alive', 'content-length': body.length },
      })
      made.write(body)
      expect(JSON.parse(await textOf(await answerOf(made)))).toMatchObject({ size: body.length })
    }
    secure.destroy()
  })

  test.each([
    'example.com:443',
    'sts.amazonaws.com:22',
    '127.0.0.1:443',
    'localhost:443',
    'amazonaws.com.evil.org:443',
    'nonsense',
  ])('refuses CONNECT to %s', async (target) => {
    const { status, socket } = await tunnel(target)
    expect(status).toBe(403)
    socket.destroy()
  })

  test('takes plain requests for the same hosts, and for no others', async () => {
    const taken = await ask('http://sts.amazonaws.com/a%20b?c', 'sts.amazonaws.com')
    expect(JSON.parse(await textOf(taken))).toMatchObject({ url: '/a%20b?c', host: 'sts.amazonaws.com', tls: false })
    const bare = await ask('http://sts.amazonaws.com?Action=A', 'sts.amazonaws.com')
    expect(JSON.parse(await textOf(bare))).toMatchObject({ url: '/?Action=A' })
    expect((await ask('http://example.com/', 'example.com')).statusCode).toBe(403)
    expect((await ask('/', 'sts.amazonaws.com')).statusCode).toBe(403)
    expect((await ask('http://sts.amazonaws.com/', 'iam.amazonaws.com')).statusCode).toBe(400)
  })

  test('opens no tunnel within a tunnel', async () => {
    const secure = await secured('sts.amazonaws.com')
    secure.write('CONNECT iam.amazonaws.com:443 HTTP/1.1\r\nHost: iam.amazonaws.com\r\n\r\n')
    const [answer] = await new Promise<Buffer[]>(
      (resolve) => void secure.once('data', (data: Buffer) => resolve([data])),
    )
    expect(answer?.toString()).toContain('403')
    secure.destroy()
  })

  test('lives through clients that break off', async () => {
    const { socket } = await tunnel('sts.amazonaws.com:443')
    socket.write('this is no handshake at all\r\n\r\n')
    await new Promise((resolve) => void socket.once('close', resolve).resume())
    const early = await tunnel('sts.amazonaws.com:443')
    early.socket.resetAndDestroy()
    const secure = await secured('sts.amazonaws.com')
    secure.write('PUT / HTTP/1.1\r\nHost: sts.amazonaws.com\r\nContent-Length: 100\r\n\r\nhalf')
    secure.destroy()
    const plain = connectSocket(proxy.port, '127.0.0.1')
    plain.write('CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n')
    plain.resetAndDestroy()
    const garbage = connectSocket(proxy.port, '127.0.0.1')
    garbage.write('\0\0\0\r\n\r\n')
    await new Promise((resolve) => void garbage.once('close', resolve).resume())
    const after = await secured('sts.amazonaws.com')
    expect(after.authorized).toBe(true)
    after.destroy()
  })

  test('takes a handshake that comes in one packet with CONNECT', async () => {
    const raw = connectSocket(proxy.port, '127.0.0.1')
    raw.write('CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: sts.amazonaws.com:443\r\n\r\n\x16\x03\x01')
    const first = await new Promise<Buffer>((resolve) => void raw.once('data', resolve))
    expect(first.toString()).toContain('200 Connection Established')
    raw.destroy()
  })

  test('closes with idle tunnels open, and takes no more', async () => {
    const other = await startProxy({
      port: 0,
      ca,
      limits: { connections: 9, headerBytes: 9999, headerTime: 9999, grace: 50 },
      onRequest: () => undefined,
    })
    const raw = connectSocket(other.port, '127.0.0.1')
    raw.on('error', () => undefined)
    raw.write('CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: sts.amazonaws.com:443\r\n\r\n')
    await new Promise((resolve) => void raw.once('data', resolve))
    const gone = new Promise((resolve) => void raw.once('close', resolve))
    await other.close()
    await gone
    const late = connectSocket(other.port, '127.0.0.1')
    const refused = await new Promise<unknown>((resolve) => void late.once('error', resolve))
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' })
  })
})
