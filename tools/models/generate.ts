/**
 * Makes `packages/server/data/models/`: one compact model a service and an index, from the pinned SDK clients and the
 * committed overlay. Part of `npm run build`; alone: `node tools/models/generate.ts`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { buildModel, type Source } from './build.ts'
import { schemasOf } from './schema.ts'
import { SERVICES } from './services.ts'
import type { ModelIndex } from '../../packages/server/src/wire/models.ts'
import type { Model } from '../../packages/server/src/wire/model.ts'

const require = createRequire(import.meta.url)
const ROOT = new URL('../../packages/server/', import.meta.url)

mkdirSync(new URL('data/models/', ROOT), { recursive: true })
const index: Record<string, ModelIndex> = {}
for (const service of Object.keys(SERVICES)) {
  const model = buildModel(sourceOf(service))
  write(service, model)
  index[service] = indexOf(model)
}
write('index', index)

function sourceOf(service: string): Source {
  const row = SERVICES[service]
  if (!row) throw new Error(`no service \`${service}\``)
  const client: Readonly<Record<string, unknown>> = require(`@aws-sdk/client-${row.client}`)
  const overlay = JSON.parse(readFileSync(new URL(`overlay/${service}.json`, ROOT), 'utf8'))
  return { service, row, schemas: schemasOf(client), overlay, settings: settingsOf(client) }
}

/** The client says its version and target only once it is made. */
function settingsOf(client: Readonly<Record<string, unknown>>): Source['settings'] {
  const name = Object.keys(client).find((key) => /^[A-Z]\w+Client$/.test(key))
  // The one export so named is the client's class, in every client of the SDK.
  const Client = client[name ?? ''] as new (options: object) => { config: { protocolSettings: Source['settings'] } }
  return new Client({ region: 'us-east-1' }).config.protocolSettings
}

function indexOf(model: Model): ModelIndex {
  const { service, signingName, version, protocols, target } = model
  const hosts = SERVICES[service]?.hosts ?? []
  return { signingName, version, protocols, hosts, ...(target !== undefined && { target }) }
}

function write(name: string, value: unknown): void {
  writeFileSync(new URL(`data/models/${name}.json`, ROOT), JSON.stringify(value))
}
