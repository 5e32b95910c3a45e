/** Which bucket, key and operation an S3 request means: by host or path, method, sub-resource and two headers. */
import { hostName, type Message } from './message.ts'
import { structureOf } from './shape.ts'
import type { Model, OperationModel } from './model.ts'

export interface S3Address {
  readonly bucket?: string
  readonly key?: string
}

const AMAZON = /^(?:(.+)\.)?s3(?:-[a-z0-9-]+)?(?:\.dualstack)?(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?$/
const LOCAL = /^(?:(.+?)\.)??(?:s3(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.)?localhost$/

/** The bucket from the host where the host has one, else from the path. `domains` are the server's own names. */
export function s3Address(message: Message, domains: readonly string[] = []): S3Address {
  const { path } = message
  const hosted = hostedBucket(message, domains)
  const rest = path.startsWith('/') ? path.slice(1) : path
  if (hosted !== undefined) return { bucket: hosted, ...keyOf(rest) }
  const slash = rest.indexOf('/')
  if (rest === '') return {}
  return slash < 0
    ? { bucket: decode(rest) }
    : { bucket: decode(rest.slice(0, slash)), ...keyOf(rest.slice(slash + 1)) }
}

function keyOf(raw: string): { key?: string } {
  return raw === '' ? {} : { key: decode(raw) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const ACCESS_POINT =
  /^([a-z0-9][a-z0-9-]*)-(\d{12})\.s3-accesspoint(?:-fips)?(?:\.dualstack)?\.([a-z0-9-]+)\.amazonaws\.com$/

/** The bucket that the host names, and not the path. */
export function hostedBucket(message: Message, domains: readonly string[] = []): string | undefined {
  return hostBucket(hostName(message), domains)
}

function hostBucket(host: string, domains: readonly string[]): string | undefined {
  const [, point, account, region] = ACCESS_POINT.exec(host) ?? []
  if (point !== undefined) return `arn:aws:s3:${region}:${account}:accesspoint/${point}`
  const amazon = AMAZON.exec(host)
  if (amazon) return amazon[1]
  const local = LOCAL.exec(host)
  if (local) return local[1]
  const domain = domains.find((name) => host.endsWith(`.${name}`))
  const left = domain === undefined ? '' : host.slice(0, -domain.length - 1).replace(/(?:^|\.)s3(?:\.[a-z0-9-]+)?$/, '')
  return left === '' ? undefined : left
}

/** True where the host names a bucket or S3 itself. */
export function isS3Host(host: string): boolean {
  return AMAZON.test(host)
}

type Table = ReadonlyMap<string, readonly OperationModel[]>

const tables = new WeakMap<Model, { readonly table: Table; readonly subs: ReadonlySet<string> }>()

/** The operation, or undefined where S3 has no such method on such a sub-resource. */
export function s3Operation(model: Model, message: Message, address: S3Address): OperationModel | undefined {
  const { table, subs } = tableOf(model)
  const query = queryNames(message.query)
  const { method } = message
  const level = address.bucket === undefined ? 'service' : address.key === undefined ? 'bucket' : 'key'
  if (isFormUpload(message, level)) return model.operations['PutObject']
  const sub = [...query.keys()].find((name) => subs.has(name) && !(name === 'uploadId' && level !== 'key')) ?? ''
  const found = table.get(`${method} ${level} ${sub}`) ?? []
  return found.length > 1 ? choose(found, message, query) : found[0]
}

/** A browser's form: the key and the policy are in the body, which the gate reads. */
export function isFormUpload({ method, headers }: Message, level: 'service' | 'bucket' | 'key'): boolean {
  return method === 'POST' && level === 'bucket' && (headers['content-type'] ?? '').startsWith('multipart/form-data')
}

function queryNames(query: string): ReadonlyMap<string, string> {
  const pairs = query === '' ? [] : query.split('&')
  const named = pairs.map((pair) => {
    const equals = pair.indexOf('=')
    return equals < 0
      ? ([decode(pair), ''] as const)
      : ([decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))] as const)
  })
  return new Map(named)
}

function tableOf(model: Model): { readonly table: Table; readonly subs: ReadonlySet<string> } {
  const known = tables.get(model)
  if (known) return known
  const table = new Map<string, OperationModel[]>()
  const subs = new Set<string>()
  for (const operation of Object.values(model.operations)) {
    const place = placeOf(model, operation)
    if (place === undefined) continue
    if (place.sub !== '') subs.add(place.sub)
    const key = `${operation.http?.method} ${place.level} ${place.sub}`
    table.set(key, [...(table.get(key) ?? []), operation])
  }
  const made = { table, subs }
  tables.set(model, made)
  return made
}

/** Where an operation stands in the table: its level and its sub-resource. */
function placeOf(model: Model, operation: OperationModel): { level: string; sub: string } | undefined {
  const [path, query = ''] = (operation.http?.uri ?? '').split('?')
  if (path !== '/' && path !== '/{Key+}') return undefined
  const literal = query.split('&').map((pair) => pair.split('=')[0] ?? '')
  const named = literal.find((name) => name !== '' && name !== 'x-id' && name !== 'list-type' && name !== 'select-type')
  const members = structureOf(model, operation.input).members
  const upload = Object.hasOwn(members, 'UploadId') && members['UploadId']?.required ? 'uploadId' : ''
  const level = path !== '/' ? 'key' : Object.hasOwn(members, 'Bucket') ? 'bucket' : 'service'
  return { level, sub: named ?? upload }
}

/** Operations that share method, level and sub-resource, told apart as S3 does. */
function choose(
  found: readonly OperationModel[],
  { headers }: Message,
  query: ReadonlyMap<string, string>,
): OperationModel | undefined {
  const named = (name: string): OperationModel | undefined => found.find((operation) => operation.name === name)
  const copies = headers['x-amz-copy-source'] !== undefined
  const pick = (yes: string, no: string, when: boolean): OperationModel | undefined => named(when ? yes : no)
  if (named('PutObject')) return pick('CopyObject', 'PutObject', copies)
  if (named('UploadPart')) return pick('UploadPartCopy', 'UploadPart', copies)
  if (named('ListObjectsV2')) return pick('ListObjectsV2', 'ListObjects', query.get('list-type') === '2')
  if (named('ListBuckets')) {
    // On AWS directory buckets have a host of their own; at one endpoint only what is asked tells.
    const directory = query.get('x-id') === 'ListDirectoryBuckets' || query.has('max-directory-buckets')
    return pick('ListDirectoryBuckets', 'ListBuckets', directory)
  }
  // The rest are a Get and a List of one sub-resource: `?analytics&id=x` is one, `?analytics` all.
  const one = query.has('id') || query.has('annotationName')
  const byHint = named(query.get('x-id') ?? '')
  return byHint ?? found.find(({ name }) => name.startsWith(one ? 'Get' : 'List'))
}
