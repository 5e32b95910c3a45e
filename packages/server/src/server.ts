/** A whole server: the world, the gate, and the doors that lead to it. */

import type { Tracer } from '@opentelemetry/api'
import type { RequestListener, Server } from 'node:http'
import type { ServerOptions as TlsOptions } from 'node:https'
import { Admission } from './admission.ts'
import type { StoreKind } from './archive/format.ts'
import { archiveDoor, archiver, type Archiver } from './archive-door.ts'
import type { MovableClock } from './clock.ts'
import { clockDoor } from './clock-door.ts'
import { Connections } from './connections.ts'
import { containerDoor } from './container-door.ts'
import { closeDoors } from './drain.ts'
import { Exchanges } from './exchanges.ts'
import { explainDoor } from './explain-door.ts'
import { exposition } from './exposition.ts'
import { found, type Declaration, type Founded } from './founding.ts'
import { Runner } from './functions/runner.ts'
import { createGate, type Gate } from './gate.ts'
import { httpServer, listen, listener, type OwnDoor, type Porch } from './http.ts'
import { instanceDoor } from './instance-door.ts'
import { emailCodesDoor } from './email-codes-door.ts'
import { issuerDoor } from './issuer-door.ts'
import { keysDoor } from './keys-door.ts'
import { Ledger } from './ledger.ts'
import { LIMITS, type Limits } from './limits.ts'
import { seldom, SILENT, type Log } from './log.ts'
import type { ServerOptions } from './options.ts'
import { ownDoors } from './own-doors.ts'
import { quotasDoor } from './quotas-door.ts'
import { standardsDoor } from './standards-door.ts'
import type { Healthy, Measured } from './telemetry.ts'
import { createWatch } from './watch.ts'
import { World } from './world.ts'

export interface ListenOptions {
  /** 0 lets the system choose. */
  readonly port: number
  readonly host: string
  readonly tls?: TlsOptions
  /** The file of the certificate by which clients trust that. */
  readonly ca?: string
}

export interface SallyportServer {
  readonly world: World
  readonly gate: Gate
  /** What answers HTTP requests; a TLS proxy hands its own to it. */
  readonly listener: RequestListener
  /** Where it counts the connections that it hands them from. */
  readonly connections: Pick<Connections, 'take' | 'use'>
  readonly limits: Limits
  /** A copy of all that is there now, for a file. */
  readonly archive: Archiver
  found(declaration: Declaration, given?: { accessKeyId: string; secretAccessKey: string }): Promise<Founded>
  /** Resolves to the port. */
  listen(options: ListenOptions): Promise<number>
  /** Is not ready any more, and closes each connection with its next answer. The first step of `close`. */
  drain(): void
  /** Takes no more connections, lets calls under way finish, and closes the store. */
  close(): Promise<void>
}

export interface CreateOptions extends ServerOptions {
  /** Present where clients may move the server's clock. */
  readonly testClock?: MovableClock
  readonly limits?: Partial<Limits>
  /** Silent where it is absent. */
  readonly log?: Log
  /** Spans are made where it is given. */
  readonly tracer?: Tracer
  /** What the store is: a copy of it says so. Absent where the master key ends with the server: no copy would open. */
  readonly storeKind?: StoreKind
}

export async function createServer(options: CreateOptions): Promise<SallyportServer> {
  const { log = SILENT, clock, random, store, tracer } = options
  const world = await World.open(options)
  const ledger = new Ledger()
  for (const part of [store, world.land]) if (isMeasured(part)) part.measure(ledger)
  const trace = tracer && (await import('./tracing.ts')).spans(tracer, clock)
  const runner = options.functions && new Runner(world, options.functions, { log, onBug: options.onBug })
  const gate = createGate(world, { ...options, runner }, createWatch({ meter: ledger, log, clock, trace }))
  const porch = openPorch(options, ledger, log)
  world.usage.start()
  const archive = archiver(world, options.storeKind)
  const onBug = (error: unknown): void => options.onBug(error, '')
  const own = oneOf(
    ownDoors({ unready: readiness(store, porch, log), expose: exposition(ledger), onBug }),
    clockDoor(options.testClock),
    explainDoor(world, onBug),
    standardsDoor(world, onBug),
    archiveDoor(world, archive, onBug),
    keysDoor(world, onBug),
    quotasDoor(world, onBug),
    instanceDoor(world, onBug),
    issuerDoor(world, onBug),
    containerDoor(world, onBug),
    emailCodesDoor(world, onBug),
  )
  const handler = listener({ ...porch, gate, own, random, onBug })
  const servers: Server[] = []

  return {
    world,
    gate,
    listener: handler,
    connections: porch.connections,
    limits: porch.limits,
    archive,
    found: (declaration, given) => found(world, declaration, given),
    async listen({ port, host, tls, ca }) {
      const server = httpServer(handler, porch, tls)
      servers.push(server)
      const bound = await listen(server, port, host)
      runner?.listensAt(`${tls === undefined ? 'http' : 'https'}://${reachable(host)}:${bound}`, ca)
      log.info?.({ host, port: bound, tls: tls !== undefined }, 'listening')
      return bound
    },
    drain: () => porch.exchanges.drain(),
    async close() {
      log.info?.({ calls: porch.admission.calls }, 'draining')
      await closeDoors(servers, porch)
      await runner?.close()
      await world.usage.close()
      await store.close()
      await options.blobs.close?.()
      log.info?.({}, 'stopped')
    },
  }
}

function openPorch({ limits: given, clock }: CreateOptions, ledger: Ledger, log: Log): Porch {
  const limits = { ...LIMITS, ...given }
  const connections = new Connections(limits.connections)
  const admission = new Admission(limits, connections, ledger, log)
  return { limits, connections, admission, exchanges: new Exchanges(limits, clock) }
}

/** Why calls should go elsewhere now. */
function readiness(store: object, { exchanges }: Porch, log: Log): () => string | undefined {
  const warn = seldom((fields) => log.warn?.(fields, 'not ready'))
  return () => {
    if (exchanges.draining) return 'draining'
    const reason = isHealthy(store) ? store.health() : undefined
    if (reason === undefined) return undefined
    warn({ reason })
    return `store: ${reason}`
  }
}

/** The host to connect to, as a URL spells it, where that to listen on is "all of them". */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

function oneOf(...doors: readonly OwnDoor[]): OwnDoor {
  return (request, response) => doors.some((opens) => opens(request, response))
}

function isMeasured(part: object): part is Measured {
  return 'measure' in part && typeof part.measure === 'function'
}

function isHealthy(part: object): part is Healthy {
  return 'health' in part && typeof part.health === 'function'
}
