/** A server as this command runs it: a store, a key, doors, and the organisation that was declared. */

import type { Tracer } from '@opentelemetry/api'
import {
  createServer,
  FoundingError,
  hostClock,
  isStoreTrouble,
  memoryBlobs,
  memoryStore,
  reachable,
  SANDBOXES,
  sweepIncoming,
  systemRandom,
  testClock,
  UnusableState,
  type Declaration,
  type Founded,
  type GivenKeys,
  type Limits,
  type Log,
  type QuotaSettings,
  type Retention,
  type SallyportServer,
} from '@sallyport/server'
import { randomBytes } from 'node:crypto'
import { accountRows, type AccountRow } from './accounts.ts'
import { authorityOf } from './authority.ts'
import type { Keys } from './credentials.ts'
import { Failure, isSystemError, Usage } from './failure.ts'
import { openState, reportBug, type StatePlace } from './state.ts'

export interface Serving {
  /** Where the state lies; in memory where it is absent. */
  readonly state?: StatePlace & { readonly masterKey: Buffer }
  /** Where the certificate authority lives. */
  readonly authorityFolder: string
  readonly declaration?: Declaration | undefined
  readonly administrator?: Keys | undefined
  readonly host: string
  readonly port: number
  readonly region: string
  readonly strictScope?: boolean
  readonly testClock?: boolean
  readonly tls?: boolean
  readonly proxyPort?: number | undefined
  /** Bytes of the state that are kept in memory. */
  readonly cache?: number
  /** Of audit records; the server's own where it says nothing. */
  readonly retention?: Partial<Retention>
  readonly limits?: Partial<Limits>
  readonly jwks?: GivenKeys
  /** Grants what is asked for of quotas, up to AWS's highest. */
  readonly approveQuotas?: boolean
  readonly consistency?: 'strong' | 'eventual'
  /** In the place of AWS's defaults, for every account. */
  readonly quotas?: QuotaSettings
  /** How functions run; they do not where it is absent. `folder` is theirs alone. */
  readonly functions?: FunctionsGiven | undefined
  readonly log: Log
  readonly tracer?: Tracer | undefined
  /** Given the administrator's key where it was drawn, as soon as it is in the store: it cannot be told again. */
  readonly keep?: (keys: Keys) => void
}

export interface FunctionsGiven {
  readonly mode: 'auto' | 'unisolated'
  readonly folder: string
}

export interface Running {
  readonly endpoint: string
  readonly proxy?: string
  readonly ca?: string
  readonly founded: Founded
  readonly accounts: readonly AccountRow[]
  close(): Promise<void>
}

const ALONE = { id: '123456789012', name: 'Management', email: 'management@example.com' }

/** Resolves once it answers. Where anything fails, what was opened is closed again. */
export async function serve(serving: Serving): Promise<Running> {
  const server = await openServer(serving)
  try {
    const founded = await foundOn(server, serving)
    const { administrator, secretAccessKey } = founded
    if (secretAccessKey !== undefined) serving.keep?.({ accessKeyId: administrator.accessKeyId, secretAccessKey })
    return { ...(await openDoors(server, serving)), founded, accounts: accountRows(server.world, serving.declaration) }
  } catch (error) {
    await server.close()
    if (error instanceof FoundingError) throw new Usage(error.message)
    throw error
  }
}

/** What is opened and what it is opened with, before anybody is founded and any door is open. */
export type Opening = Pick<
  Serving,
  | 'state'
  | 'region'
  | 'strictScope'
  | 'testClock'
  | 'cache'
  | 'retention'
  | 'limits'
  | 'jwks'
  | 'approveQuotas'
  | 'consistency'
  | 'quotas'
  | 'functions'
  | 'log'
  | 'tracer'
>

/** Opens the store that the options name, and a server on it. */
export async function openServer(opening: Opening): Promise<SallyportServer> {
  const {
    state,
    region,
    strictScope = false,
    testClock: movable,
    limits = {},
    cache,
    retention,
    jwks,
    approveQuotas = false,
    consistency = 'strong',
    quotas,
    log,
    tracer,
  } = opening
  const clock = movable === true ? testClock() : undefined
  const { functions } = opening
  const common = {
    region,
    random: systemRandom(),
    clock: clock ?? hostClock(),
    onBug: reporting(log),
    strictScope,
    limits,
    ...(cache === undefined ? {} : { cache }),
    ...(jwks === undefined ? {} : { jwks }),
    approveQuotas,
    consistency,
    ...(quotas === undefined ? {} : { quotas }),
    log,
    ...(functions !== undefined && {
      functions: { ...functions, path: process.env['PATH'] ?? '', sandboxes: SANDBOXES },
    }),
    ...(clock === undefined ? {} : { testClock: clock }),
    ...(tracer === undefined ? {} : { tracer }),
  }
  if (state === undefined) {
    return createServer({ ...common, store: memoryStore(), blobs: memoryBlobs(), masterKey: randomBytes(32) })
  }
  const { kind, store, blobs } = await openState(state, log, retention)
  try {
    if (state.url === undefined) await sweepIncoming(state.folder.objects)
    return await createServer({ ...common, store, blobs, storeKind: kind, masterKey: state.masterKey })
  } catch (error) {
    await store.close()
    await blobs.close?.()
    throw error instanceof UnusableState ? new Failure(error.message, { cause: error }) : error
  }
}

/** Without a declaration: what the data says, else a management account alone. */
function foundOn({ world, found }: SallyportServer, { declaration, administrator }: Serving): Promise<Founded> {
  const before = world.directory.all('administrator').get('self')?.account
  return found(declaration ?? { management: { ...ALONE, id: before ?? ALONE.id } }, administrator)
}

/** The endpoint and, where it is wanted, the proxy; each closes again where the next one cannot be opened. */
async function openDoors(
  server: SallyportServer,
  serving: Serving,
): Promise<Pick<Running, 'endpoint' | 'proxy' | 'ca' | 'close'>> {
  const { host, port, proxyPort, tls = false, authorityFolder } = serving
  const { listener: onRequest, connections, limits } = server
  const secure = tls || proxyPort !== undefined ? await authorityOf(authorityFolder) : undefined
  const options = tls ? await secure?.options([host]) : undefined
  const bound = await server
    .listen({ host, port, ...(options !== undefined && secure !== undefined && { tls: options, ca: secure.file }) })
    .catch(taken(port, host, '--port'))
  const proxy =
    proxyPort === undefined
      ? undefined
      : await secure
          ?.proxy({ host, port: proxyPort, onRequest, connections, limits })
          .catch(taken(proxyPort, host, '--proxy'))
  return {
    endpoint: `${tls ? 'https' : 'http'}://${reachable(host)}:${bound}`,
    ...(proxy === undefined ? {} : { proxy: `http://${reachable(host)}:${proxy.port}` }),
    ...(secure === undefined ? {} : { ca: secure.file }),
    async close() {
      server.drain()
      await Promise.all([proxy?.close(), server.close()])
    },
  }
}

function taken(port: number, host: string, option: string): (error: unknown) => never {
  return (error) => {
    if (isSystemError(error, 'EADDRINUSE')) {
      throw new Failure(
        `port \`${port}\` is taken: choose another with \`${option}\`, or \`${option} 0\` for any that is free`,
      )
    }
    if (isSystemError(error, 'EACCES'))
      throw new Failure(`port \`${port}\` may not be opened by this user: choose one above 1023 with \`${option}\``)
    if (isSystemError(error, 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN')) {
      throw new Usage(`\`${host}\` is no address of this machine: give one of its own with \`--host\``)
    }
    throw error
  }
}

export function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|::1|localhost)$/i.test(host)
}

/** A store that fails is no bug, and the server tells of it itself. */
function reporting(log: Log): (error: unknown, requestId: string) => void {
  return (error, requestId) => {
    if (isStoreTrouble(error)) return
    reportBug(log, error, requestId === '' ? {} : { requestId })
  }
}
