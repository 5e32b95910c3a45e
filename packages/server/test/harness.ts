/** A real server on a free port, with a frozen clock that tests move, and the three accounts. */

import {
  createServer,
  memoryBlobs,
  memoryStore,
  testClock,
  type Blobs,
  type CreateOptions,
  type Declaration,
  type ListenOptions,
  type SallyportServer,
  type Store,
} from '../src/index.ts'
import type { LookupFunction } from 'node:net'
import { systemRandom } from '../src/random.ts'

export const MANAGEMENT = '444444444444'
export const PRODUCTION = '111111111111'
export const STAGING = '222222222222'
export const DEVELOPMENT = '333333333333'

export const THREE_ACCOUNTS: Declaration = {
  management: { id: MANAGEMENT, name: 'Management', email: 'management@example.com' },
  root: {
    accounts: [
      { id: PRODUCTION, name: 'Production', email: 'production@example.com' },
      { id: STAGING, name: 'Staging', email: 'staging@example.com' },
      { id: DEVELOPMENT, name: 'Development', email: 'development@example.com' },
    ],
    units: [],
  },
}

export const MASTER_KEY = Buffer.alloc(32, 7)

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface TestServer {
  readonly endpoint: string
  readonly server: SallyportServer
  readonly world: SallyportServer['world']
  readonly clock: ReturnType<typeof testClock>
  readonly administrator: Keys
  /** What went wrong inside: a test that meets a bug fails by it. */
  readonly bugs: unknown[]
  close(): Promise<void>
}

export interface TestOptions extends Partial<
  Pick<
    CreateOptions,
    | 'approveQuotas'
    | 'cache'
    | 'consistency'
    | 'functions'
    | 'jwks'
    | 'limits'
    | 'log'
    | 'onDecision'
    | 'quotas'
    | 'tracer'
  >
> {
  readonly declaration?: Declaration
  readonly store?: Store
  readonly blobs?: Blobs
  /** Another door, opened before the one that tests use. */
  readonly listenFirst?: ListenOptions
  /** The administrator's key where several servers are to have one. */
  readonly administrator?: Keys
}

export async function startServer({
  declaration = THREE_ACCOUNTS,
  store = memoryStore(),
  blobs = memoryBlobs(),
  administrator: given,
  listenFirst,
  ...others
}: TestOptions = {}): Promise<TestServer> {
  const clock = testClock()
  const bugs: unknown[] = []
  const server = await createServer({
    ...others,
    store,
    storeKind: 'memory',
    blobs,
    clock,
    testClock: clock,
    random: systemRandom(),
    masterKey: MASTER_KEY,
    region: 'us-east-1',
    onBug: (error) => bugs.push(error),
  })
  const { administrator, secretAccessKey = given?.secretAccessKey ?? '' } = await server.found(declaration, given)
  if (listenFirst !== undefined) await server.listen(listenFirst)
  const port = await server.listen({ port: 0, host: '127.0.0.1' })
  return {
    endpoint: `http://127.0.0.1:${port}`,
    server,
    world: server.world,
    clock,
    administrator: { accessKeyId: administrator.accessKeyId, secretAccessKey },
    bugs,
    close: () => server.close(),
  }
}

interface ClientOptions {
  readonly endpoint: string
  readonly region: string
  readonly credentials: Keys
  readonly maxAttempts: number
  readonly forcePathStyle: boolean
  readonly requestHandler: { readonly httpAgent: { readonly lookup?: LookupFunction } }
}

/** S3 Control puts the account's id before the host's name: it needs one, and whoever knows that it means this machine. */
const TO_THIS_MACHINE: LookupFunction = (_name, _options, found) => {
  found(null, [{ address: '127.0.0.1', family: 4 }])
}

/** An unmodified SDK client that talks to the server. */
export function client<C>(
  Client: new (options: ClientOptions) => C,
  { endpoint: own, administrator }: TestServer,
  credentials: Keys = administrator,
  region = 'us-east-1',
): C {
  const named = Client.name === 'S3ControlClient'
  const endpoint = named ? own.replace('127.0.0.1', 'localhost') : own
  const requestHandler = { httpAgent: named ? { lookup: TO_THIS_MACHINE } : {} }
  return new Client({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true, requestHandler })
}
