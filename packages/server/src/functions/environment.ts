/** What a function finds in its environment: what AWS puts there, its own variables, and nothing of the server's. */

import { join } from 'node:path'
import type { Opened } from '../sessions.ts'
import type { Isolation } from './isolation.ts'
import type { Order } from './order.ts'
import type { Places } from './places.ts'

export interface Surroundings {
  readonly isolation: Isolation
  readonly places: Places
  readonly endpoint: string
  readonly ca?: string | undefined
  readonly session: Opened
  readonly stream: string
  readonly task: string
  /** A folder for temporary files, where `/tmp` is not the function's own. */
  readonly temporary: string
}

type Variables = Readonly<Record<string, string>>

export interface Environment {
  /** The function's own variables. They may change how any program behaves, so they must reach none outside of the walls. */
  readonly given: Variables
  /** Set by us; these stand above those. */
  readonly own: Variables
}

const DEFAULTS: Variables = {
  PATH: '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
}

export function environmentOf(order: Order, around: Surroundings): Environment {
  return { given: { ...DEFAULTS, ...order.row.environment }, own: ownVariables(order, around) }
}

function ownVariables({ row, region, version }: Order, around: Surroundings): Variables {
  const { session, stream, endpoint } = around
  // Node would take from a function's own options what opens its permission model.
  const walled = around.isolation === 'permission'
  const { format, group, applicationLevel } = row.logging
  const { task, runtime, temporary, ca, modules } = placesIn(around)
  return {
    HOME: temporary,
    TMPDIR: temporary,
    _HANDLER: row.handler ?? '',
    LAMBDA_TASK_ROOT: task,
    LAMBDA_RUNTIME_DIR: runtime,
    AWS_EXECUTION_ENV: `AWS_Lambda_${row.runtime}`,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: row.name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(row.memory),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: group,
    AWS_LAMBDA_LOG_STREAM_NAME: stream,
    AWS_LAMBDA_LOG_FORMAT: format,
    ...(applicationLevel === undefined ? {} : { AWS_LAMBDA_LOG_LEVEL: applicationLevel }),
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
    AWS_ENDPOINT_URL: row.environment?.['AWS_ENDPOINT_URL'] ?? endpoint,
    ...(ca === undefined ? {} : { AWS_CA_BUNDLE: ca, NODE_EXTRA_CA_CERTS: ca }),
    ...languageOf(row.runtime, { row: walled ? { memory: row.memory } : row, modules, runtime }),
  }
}

/** Where things are as the function sees them. */
function placesIn({ isolation, places, task, temporary, ca }: Surroundings) {
  const modules = places.sdk === undefined ? [] : [isolation === 'namespaces' ? '/node_modules' : places.sdk]
  if (isolation !== 'namespaces') return { task, runtime: places.runtime, temporary, ca, modules }
  return {
    task: '/var/task',
    runtime: '/var/runtime',
    temporary: '/tmp',
    ca: ca === undefined ? undefined : '/var/runtime-ca.pem',
    modules,
  }
}

interface Language {
  readonly row: Pick<Order['row'], 'environment' | 'memory'>
  readonly modules: readonly string[]
  readonly runtime: string
}

/** Node's heap is told how much there is, so that it collects before the function is ended for what it did not need. */
function languageOf(name: string | undefined, { row, modules, runtime }: Language): Readonly<Record<string, string>> {
  const { environment = {}, memory } = row
  if (name?.startsWith('python') === true) {
    const own = environment['PYTHONPATH']
    return { PYTHONPATH: own === undefined ? runtime : `${own}:${runtime}`, MALLOC_ARENA_MAX: '2' }
  }
  const heap = `--max-old-space-size=${Math.floor(memory * 0.9)}`
  const own = environment['NODE_OPTIONS']
  return {
    NODE_OPTIONS: own === undefined ? heap : `${heap} ${own}`,
    NODE_PATH: environment['NODE_PATH'] ?? modules.join(':'),
  }
}

/** The runtime's own program, as the process sees it. */
export function runtimeFile(isolation: Isolation, { runtime }: Places, kind: 'node' | 'python'): string {
  return join(isolation === 'namespaces' ? '/var/runtime' : runtime, kind === 'node' ? 'node.mjs' : 'python.py')
}
