/** A whole server: the world, the gate, and the doors that lead to it. */

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { ServerOptions as TlsOptions } from 'node:https'
import type { StoreKind } from './archive/format.ts'
import { archiveDoor, archiver, type Archiver } from './archive-door.ts'
import type { MovableClock } from './clock.ts'
import { clockDoor } from './clock-door.ts'
import { explainDoor } from './explain-door.ts'
import { found, type Declaration, type Founded } from './founding.ts'
import { createGate, type Gate } from './gate.ts'
import { httpServer, listen, listener } from './http.ts'
import { keysDoor } from './keys-door.ts'
import type { ServerOptions } from './options.ts'
import { World } from './world.ts'

export interface ListenOptions {
  /** 0 lets the system choose. */
  readonly port: number
  readonly host: string
  readonly tls?: TlsOptions
}

export interface SallyportServer {
  readonly world: World
  readonly gate: Gate
  /** What answers HTTP requests; a TLS proxy hands its own to it. */
  readonly listener: RequestListener
  /** A copy of all that is there now, for a file. */
  readonly archive: Archiver
  found(declaration: Declaration, given?: { accessKeyId: string; secretAccessKey: string }): Promise<Founded>
  /** Resolves to the port. */
  listen(options: ListenOptions): Promise<number>
  /** Takes no more connections, lets calls under way finish, and closes the store. */
  close(): Promise<void>
}

export interface CreateOptions extends ServerOptions {
  /** Present where clients may move the server's clock. */
  readonly testClock?: MovableClock
  /** What the store is: a copy of it says so. Absent where the master key ends with the server: no copy would open. */
  readonly storeKind?: StoreKind
}

export async function createServer(options: CreateOptions): Promise<SallyportServer> {
  const world = await World.open(options)
  const gate = createGate(world, options)
  const archive = archiver(world, options.storeKind)
  const onBug = (error: unknown): void => options.onBug(error, '')
  const doors = [
    health,
    clockDoor(options.testClock),
    explainDoor(world, onBug),
    archiveDoor(world, archive, onBug),
    keysDoor(world, onBug),
  ]
  const own = (request: IncomingMessage, response: ServerResponse): boolean =>
    doors.some((opens) => opens(request, response))
  const handler = listener(gate, own, onBug)
  const servers: Server[] = []

  return {
    world,
    gate,
    listener: handler,
    archive,
    found: (declaration, given) => found(world, declaration, given),
    async listen({ port, host, tls }) {
      const server = httpServer(handler, tls)
      servers.push(server)
      return listen(server, port, host)
    },
    async close() {
      await Promise.all(servers.map(shut))
      await options.store.close()
    },
  }
}

function health({ method, url }: IncomingMessage, response: ServerResponse): boolean {
  if (url !== '/healthz' || (method !== 'GET' && method !== 'HEAD')) return false
  response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n')
  return true
}

/** How long calls under way may take to finish, in milliseconds. */
const GRACE = 5_000

async function shut(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const late = setTimeout(() => server.closeAllConnections(), GRACE)
  await closed
  clearTimeout(late)
}
