/**
 * The proxy for clients with hard-wired hosts: `HTTPS_PROXY` points here, `AWS_CA_BUNDLE` at the local authority.
 *
 * It ends the TLS of a CONNECT to an AWS host itself and gives the requests inside to the same listener as the main
 * server, `Host` intact. It opens no connection to anywhere: what is not AWS's is refused, so it is never an open proxy.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket, createSecureContext, type TlsOptions } from 'node:tls'
import { tlsServerOptions, type Authority } from './ca.ts'
import { isAwsHost } from './hosts.ts'

export interface ProxyOptions {
  readonly port: number
  /** Loopback unless said otherwise. */
  readonly host?: string
  readonly ca: Authority
  readonly onRequest: RequestListener
  /** Counts its connections with those of the main server: each that is taken, and each that requests come on. */
  readonly connections?: { take(socket: Socket): void; use(socket: Socket): void }
  readonly limits?: ProxyLimits
}

export interface ProxyLimits {
  /** Past this many connections node drops them. */
  readonly connections: number
  readonly headerBytes: number
  /** Milliseconds, as the next. */
  readonly headerTime: number
  /** How long `close` lets requests finish. */
  readonly grace: number
}

export interface Proxy {
  readonly port: number
  /** What `HTTPS_PROXY` should say. */
  readonly url: string
  close(): Promise<void>
}

const HANDSHAKE = 10_000
const LIMITS: ProxyLimits = { connections: 4096, headerBytes: 65_536, headerTime: 30_000, grace: 1000 }
/** How often `close` looks for connections that have become idle, in milliseconds. */
const TIDY = 25

export async function startProxy({
  port,
  host = '127.0.0.1',
  ca,
  onRequest,
  connections,
  limits = LIMITS,
}: ProxyOptions): Promise<Proxy> {
  const tls = await tlsServerOptions(ca)
  const secureContext = createSecureContext(tls)
  const open = new Set<Duplex>()
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerTime,
    // whoever answers the requests looks after bodies that stand still
    requestTimeout: 0,
    keepAliveTimeout: 60_000,
    connectionsCheckingInterval: 5000,
  }
  const server = createServer(options, (request, response) => {
    if (request.socket instanceof TLSSocket) return onRequest(request, response)
    return forwarded(request, response, onRequest)
  })
  server.maxConnections = limits.connections
  server.on('connection', (socket: Socket) => {
    if (!(socket instanceof TLSSocket)) connections?.take(socket)
    connections?.use(socket)
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => open.delete(socket))
  })
  server.on('connect', (request, socket, head) => {
    const refused = request.socket instanceof TLSSocket || !isTarget(request.url ?? '')
    if (refused) return void socket.end(plainAnswer('403 Forbidden', REFUSED))
    if (head.length > 0) socket.unshift(head)
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    return void server.emit('connection', endTls(socket, { ...tls, secureContext }))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    return void socket.end(plainAnswer('400 Bad Request', 'the request cannot be read\n'))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  // A server that listens on a port and not on a pipe has an address of this form.
  const { port: bound } = server.address() as AddressInfo
  return {
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const socket of open) socket.destroy()
        }, limits.grace)
        const tidy = setInterval(() => server.closeIdleConnections(), TIDY)
        server.close(() => {
          clearTimeout(timer)
          clearInterval(tidy)
          resolve()
        })
      }),
  }
}

const REFUSED = 'this proxy answers for hosts of AWS alone\n'

/** `host:443` of an AWS host. */
function isTarget(authority: string): boolean {
  const parts = /^([^:]+):443$/.exec(authority)
  return parts !== null && isAwsHost(parts[1] ?? '')
}

function endTls(socket: Duplex, options: TlsOptions): TLSSocket {
  const secure = new TLSSocket(socket, { ...options, isServer: true })
  const timer = setTimeout(() => secure.destroy(), HANDSHAKE)
  secure.once('secure', () => clearTimeout(timer))
  secure.once('close', () => {
    clearTimeout(timer)
    socket.destroy()
  })
  socket.once('close', () => secure.destroy())
  return secure
}

/** `GET http://sts.amazonaws.com/…`, as a client sends over a proxy without TLS. The path goes on byte for byte. */
function forwarded(request: IncomingMessage, response: ServerResponse, onRequest: RequestListener): void {
  const parts = /^http:\/\/([^/?#]+)([^#]*)$/i.exec(request.url ?? '')
  const authority = parts?.[1] ?? ''
  if (!isAwsHost(authority.replace(/:80$/, ''))) return refuse(response, 403, REFUSED)
  if (request.headers.host !== undefined && request.headers.host.toLowerCase() !== authority.toLowerCase()) {
    return refuse(response, 400, 'the host of the request line is not that of the header\n')
  }
  const rest = parts?.[2] ?? ''
  request.url = rest.startsWith('/') ? rest : `/${rest}`
  return onRequest(request, response)
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(text)
}

function plainAnswer(status: string, text: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`
}
