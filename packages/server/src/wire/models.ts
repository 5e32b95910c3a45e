/** The service models, read when they are first asked for; and their index, which is all that dispatch mostly needs. */
import { readFileSync } from 'node:fs'
import { dataFile } from '../data.ts'
import type { Model, ProtocolName } from './model.ts'

export interface ModelIndex {
  readonly signingName: string
  readonly version: string
  readonly protocols: readonly ProtocolName[]
  /** First labels of the service's host names: `portal` of `portal.sso.us-east-1.amazonaws.com`. */
  readonly hosts: readonly string[]
  readonly target?: string
}

/** By our own name of the service. */
export const MODELS: Readonly<Record<string, ModelIndex>> = read('index')

const loaded = new Map<string, Model>()

/** A service's model. A service that `MODELS` does not list is a bug of the caller's. */
export function loadModel(service: string): Model {
  const known = loaded.get(service)
  if (known) return known
  if (!Object.hasOwn(MODELS, service)) throw new Error(`no model of a service \`${service}\``)
  const model: Model = read(service)
  loaded.set(service, model)
  return model
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(dataFile(`models/${name}.json`), 'utf8'))
}
