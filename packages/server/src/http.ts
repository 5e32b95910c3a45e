/** The socket side: node:http in front of the gate. It bounds what a client may send and never lets one stall the rest. */

import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttps, type ServerOptions as TlsOptions } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { AddressInfo, Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import type { Admission } from './admission.ts'
import type { Connections } from './connections.ts'
import type { Exchanges } from './exchanges.ts'
import type { Gate } from './gate.ts'
import type { Limits } from './limits.ts'
import { turnAway } from './overload.ts'
import type { Random } from './random.ts'
import type { Incoming } from './reception.ts'
import { Refusal } from './refusal.ts'
import type { Answer, Message } from './wire/message.ts'

/** Paths of our own, before AWS's: `/healthz`, `/_sallyport/…`. False leaves the request to the gate. */
export type OwnDoor = (request: IncomingMessage, response: ServerResponse) => boolean

/** What stands between the sockets and the gate. */
export interface Porch {
  readonly limits: Limits
  readonly connections: Connections
  readonly exchanges: Exchanges
  readonly admission: Admission
}

export interface ListenerOptions extends Porch {
  readonly gate: Gate
  readonly own: OwnDoor
  readonly random: Random
  readonly onBug: (error: unknown) => void
}

export function listener(options: ListenerOptions): RequestListener {
  const { gate, own, random, onBug, connections, exchanges, admission } = options
  return (request, response) => {
    const { socket } = request
    exchanges.begin(request, response)
    if (connections.isExtra(socket)) response.shouldKeepAlive = false
    if (own(request, response)) return void response.once('close', () => exchanges.end(response))
    if (!admission.enter(socket)) {
      response.once('close', () => exchanges.end(response))
      return leaveUnread(request, response, turnAway(head(request), random))
    }
    void answer(gate, request, response)
      .catch((error: unknown) => {
        // the client went away, or an answer's stream broke: nothing more can be said on this connection
        if (!isHangUp(error)) onBug(error)
        response.destroy()
      })
      .finally(() => {
        admission.leave()
        exchanges.end(response)
      })
  }
}

/** A connection is told that there were too many while so many more of them are open; then node drops them. */
const RESERVE = 0.1
const RESERVE_AT_LEAST = 16

export function httpServer(handler: RequestListener, porch: Porch, tls?: TlsOptions): Server {
  const { limits, connections, exchanges, admission } = porch
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerTime,
    connectionsCheckingInterval: Math.min(Math.max(limits.headerTime / 4, 10), 5_000),
    // an upload may take hours: `Exchanges` ends the bodies that stand still
    requestTimeout: 0,
    keepAliveTimeout: 65_000,
  }
  const secure = { ...options, handshakeTimeout: limits.headerTime, ...tls }
  const server = tls === undefined ? createHttp(options, handler) : createHttps(secure, handler)
  server.maxConnections = limits.connections + Math.max(Math.ceil(limits.connections * RESERVE), RESERVE_AT_LEAST)
  server.on('connection', (socket: Socket) => connections.take(socket))
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => connections.use(socket))
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (admission.hasRoom(request.socket)) response.writeContinue()
    handler(request, response)
  })
  // of a connection on which nothing is being answered: one that waits for its next request, or does not read
  server.setTimeout(2 * limits.idleTime, (socket) => {
    if (!exchanges.isOn(socket)) socket.destroy()
  })
  // node takes it for a client's error too, and what is said there waits for a handshake that does not come
  server.on('tlsClientError', (_error, socket: Socket) => socket.destroy())
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  })
  return server
}

export async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port // it listens on a port, not on a pipe
}

async function answer(gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = await gate.answer(incoming(request))
  await send(request, response, reply)
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
): Promise<void> {
  if (!request.complete && status >= 300) response.setHeader('connection', 'close')
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    response.writeHead(status, { ...length, ...headers })
    // text goes out in one piece with the head; bytes would be a second one
    response.end(body)
    return
  }
  response.writeHead(status, headers)
  await pipeline(Readable.from(body, { objectMode: false }), response)
}

/** What is left of a body that is no longer than this is read and forgotten, so that its connection may go on. */
const WORTH_READING = 64 * 1024

/** An answer before the body was read; nobody will. */
function leaveUnread(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding, expect } = request.headers
  const goesOn = encoding === undefined && expect === undefined && Number(length) <= WORTH_READING
  if (!goesOn) response.shouldKeepAlive = false
  const bytes = Buffer.from(typeof body === 'string' || body instanceof Uint8Array ? body : '')
  response.writeHead(status, { 'content-length': String(bytes.length), ...headers }).end(bytes)
}

/** A request as the gate and our own doors take it. */
export function incoming(request: IncomingMessage): Incoming {
  return { head: head(request), bytes: flowing(request), whole: (limit) => whole(request, limit) }
}

function head(request: IncomingMessage): Message {
  const target = request.url ?? '/'
  const absolute = /^https?:\/\/[^/?]*/i.exec(target)?.[0].length ?? 0
  const [path = '', ...query] = target.slice(absolute).split('?')
  const socket = request.socket as Partial<TLSSocket> & IncomingMessage['socket'] // `encrypted` is there on TLS sockets alone
  return {
    method: request.method ?? 'GET',
    path: path === '' ? '/' : path,
    query: query.join('?'),
    headers: joined(request),
    body: new Uint8Array(),
    source: { ip: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''), ...securityOf(socket) },
  }
}

function securityOf(socket: Partial<TLSSocket>): Pick<Message['source'], 'tls' | 'tlsVersion'> {
  if (socket.encrypted !== true) return { tls: false }
  const [, version] = /^TLSv(1(?:\.\d)?)$/.exec(socket.getProtocol?.() ?? '') ?? []
  return { tls: true, ...(version === undefined ? {} : { tlsVersion: version }) }
}

/** Every header in lower case, several of one name joined as they came; Node's own `headers` drops some repeated ones. */
function joined({ rawHeaders }: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string> // no prototype: names come from outside
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    const value = rawHeaders[at + 1] ?? ''
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`
  }
  return headers
}

async function whole(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new Refusal('tooLarge')
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    request.on('data', (part: Buffer) => {
      parts.push(part)
      size += part.length
      if (size <= limit) return
      request.pause()
      reject(new Refusal('tooLarge'))
    })
    request.once('end', () => resolve(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)))
    request.once('error', (error) => reject(asRefusal(error)))
    request.once('close', () => {
      if (!request.complete) reject(brokenOff())
    })
  })
}

/** The body as it flows; where the client goes away in the middle of it, or stands still, that is a refusal like any other. */
async function* flowing(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of request) yield part as Buffer // no encoding is set: parts are buffers
  } catch (error) {
    throw asRefusal(error)
  }
}

/** A body that stands still is refused by `Exchanges`; with any other error it broke off. */
function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : brokenOff()
}

function brokenOff(): Refusal {
  return new Refusal('IncompleteBody', 'The request ended before its body did')
}

/** Whether the client went away. */
export function isHangUp(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNABORTED'].includes(String(code))
}
