/**
 * AWS's service authorisation reference, from generated files: an index that is read at the first question, and one line
 * a service, read when somebody asks about that service.
 */

import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import type { AccessLevel, AuthorizationReference, ConditionKey, KeyType, KnownAction } from '@sallyport/policy'
import { dataFile } from './data.ts'

/** `data/iam/services.json`, as tools/iam-data.ts writes it. */
interface Index {
  readonly services: Readonly<Record<string, readonly [offset: number, length: number, rcp: 0 | 1, title: string]>>
  /** Prefixes of keys that are no services: under which service they are listed. */
  readonly elsewhere: Readonly<Record<string, readonly string[]>>
}

/** A line of `data/iam/services.txt`. Actions name resources and keys by their places in the lists. */
interface Line {
  readonly keys: readonly (readonly [name: string, type: KeyType, multivalued?: 1])[]
  readonly resources: readonly (readonly [name: string, arn: string])[]
  readonly actions: readonly (readonly [
    name: string,
    level: AccessLevel,
    resources: readonly number[],
    keys: readonly number[],
  ])[]
}

interface Service {
  readonly actions: ReadonlyMap<string, KnownAction>
  readonly names: readonly string[]
  readonly keys: ReadonlyMap<string, ConditionKey>
  /** Keys with a part that is free, `ssm:resourceTag/${TagKey}`: what stands before and after it. */
  readonly families: readonly { readonly start: string; readonly end: string; readonly key: ConditionKey }[]
}

/** The reference, and the services that it knows. */
export interface Reference extends AuthorizationReference {
  /** Their prefixes in actions, in ascending order. */
  services(): readonly string[]
  /** As AWS's pages call it: `Amazon S3`. */
  title(service: string): string | undefined
}

export class ServiceReference implements Reference {
  #index: Index | undefined
  readonly #services = new Map<string, Service>()

  action(name: string): KnownAction | undefined {
    const [service = '', action = ''] = name.toLowerCase().split(':')
    return this.#service(service)?.actions.get(action)
  }

  actionsOf(service: string): readonly string[] | undefined {
    return this.#service(service.toLowerCase())?.names
  }

  conditionKey(name: string): ConditionKey | undefined {
    const key = name.toLowerCase()
    const prefix = key.slice(0, key.indexOf(':'))
    const services = Object.hasOwn(this.#read().services, prefix) ? [prefix] : this.#listedUnder(prefix)
    for (const service of services) {
      const { keys, families } = this.#service(service) ?? {}
      const fits = ({ start, end }: Service['families'][number]): boolean =>
        key.length > start.length + end.length && key.startsWith(start) && key.endsWith(end)
      const found = keys?.get(key) ?? families?.find(fits)?.key
      if (found !== undefined) return found
    }
    return undefined
  }

  services(): readonly string[] {
    return Object.keys(this.#read().services)
  }

  title(service: string): string | undefined {
    const { services } = this.#read()
    return Object.hasOwn(services, service) ? services[service]?.[3] : undefined
  }

  supportsRcp(service: string): boolean {
    const { services } = this.#read()
    return Object.hasOwn(services, service) && services[service]?.[2] === 1
  }

  servicesWithRcpSupport(): readonly string[] {
    return Object.keys(this.#read().services).filter((service) => this.supportsRcp(service))
  }

  #listedUnder(prefix: string): readonly string[] {
    const { elsewhere } = this.#read()
    return Object.hasOwn(elsewhere, prefix) ? (elsewhere[prefix] ?? []) : []
  }

  #service(name: string): Service | undefined {
    const known = this.#services.get(name)
    if (known !== undefined) return known
    const { services } = this.#read()
    const place = Object.hasOwn(services, name) ? services[name] : undefined
    if (place === undefined) return undefined
    const service = serviceOf(name, readLine(place[0], place[1]))
    this.#services.set(name, service)
    return service
  }

  #read(): Index {
    this.#index ??= JSON.parse(readFileSync(dataFile('iam/services.json'), 'utf8')) as Index // written in this form
    return this.#index
  }
}

function readLine(offset: number, length: number): Line {
  const file = openSync(dataFile('iam/services.txt'), 'r')
  try {
    const bytes = Buffer.allocUnsafe(length)
    readSync(file, bytes, 0, length, offset)
    return JSON.parse(bytes.toString()) as Line // written in this form
  } finally {
    closeSync(file)
  }
}

function serviceOf(service: string, line: Line): Service {
  const keys = line.keys.map(keyOf)
  const actions = line.actions.map(([name, level, resources, places]): KnownAction => {
    return {
      name: `${service}:${name}`,
      level,
      resourceTypes: resources.map((at) => ({
        name: line.resources[at]?.[0] ?? '',
        arn: line.resources[at]?.[1] ?? '',
      })),
      conditionKeys: places.map((at) => line.keys[at]?.[0] ?? ''),
    }
  })
  return {
    actions: new Map(line.actions.map(([name], i) => [name.toLowerCase(), actions[i] as KnownAction])), // made of it above
    names: line.actions.map(([name]) => name),
    keys: new Map(keys.map((key) => [key.name.toLowerCase(), key])),
    families: keys.filter(({ name }) => FREE.test(name)).map(familyOf),
  }
}

/** `${TagKey}`, and S3's `<key>`. */
const FREE = /\$\{.*\}|<[^>]*>/

function familyOf(key: ConditionKey): Service['families'][number] {
  const [start = '', end = ''] = key.name.toLowerCase().split(FREE)
  return { start, end, key }
}

function keyOf([name, type, multivalued]: Line['keys'][number]): ConditionKey {
  return multivalued === 1 ? { name, type, multivalued: true } : { name, type }
}
