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
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import type { Gate } from './gate.ts'
import type { Incoming } from './reception.ts'
import { Refusal } from './refusal.ts'
import type { Answer, Message } from './wire/message.ts'

const HEADERS_AT_MOST = 32 * 1024
const HEADERS_TIMEOUT = 20_000
/** A body may take this long; a stream of bytes that stands still is ended by it too. */
const REQUEST_TIMEOUT = 300_000

/** Paths of our own, before AWS's: `/healthz`, `/_sallyport/…`. `undefined` leaves the request to the gate. */
export type OwnDoor = (request: IncomingMessage, response: ServerResponse) => boolean

export function listener(gate: Gate, own: OwnDoor, onBug: (error: unknown) => void): RequestListener {
  return (request, response) => {
    if (own(request, response)) return
    answer(gate, request, response).catch((error: unknown) => {
      // the client went away, or an answer's stream broke: nothing more can be said on this connection
      if (!isHangUp(error)) onBug(error)
      response.destroy()
    })
  }
}

export function httpServer(handler: RequestListener, tls?: TlsOptions): Server {
  const options = { maxHeaderSize: HEADERS_AT_MOST, keepAliveTimeout: 65_000 }
  const server = tls === undefined ? createHttp(options, handler) : createHttps({ ...options, ...tls }, handler)
  server.headersTimeout = HEADERS_TIMEOUT
  server.requestTimeout = REQUEST_TIMEOUT
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
    source: { ip: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''), tls: socket.encrypted === true },
  }
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
    request.once('close', () => {
      if (!request.complete) reject(brokenOff())
    })
  })
}

/** The body as it flows; where the client goes away in the middle of it, that is a refusal like any other. */
async function* flowing(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of request) yield part as Buffer // no encoding is set: parts are buffers
  } catch {
    throw brokenOff()
  }
}

function brokenOff(): Refusal {
  return new Refusal('IncompleteBody', 'The request ended before its body did')
}

/** Whether the client went away. */
export function isHangUp(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNABORTED'].includes(String(code))
}
