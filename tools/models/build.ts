/** SDK schemas and overlay → the compact `Model`. Facts of the overlay join on names: structure member → target. */
import type {
  Binding,
  Constraints,
  Member,
  Model,
  OperationModel,
  Shape,
} from '../../packages/server/src/wire/model.ts'
import type { Overlay } from './overlay.ts'
import type { Node, SchemaMember } from './schema.ts'
import type { ServiceRow } from './services.ts'

export interface Source {
  readonly service: string
  readonly row: ServiceRow
  readonly schemas: readonly Node[]
  readonly overlay: Overlay
  readonly settings: { readonly version: string; readonly serviceTarget?: string; readonly xmlNamespace?: string }
}

const BINDINGS: Readonly<Record<string, Binding>> = {
  httpLabel: 'label',
  httpQuery: 'query',
  httpQueryParams: 'queryParams',
  httpHeader: 'header',
  httpPrefixHeaders: 'prefixHeaders',
  httpPayload: 'payload',
  httpResponseCode: 'statusCode',
}

const TYPES: ReadonlySet<string> = new Set(['string', 'integer', 'float', 'boolean', 'timestamp', 'blob', 'document'])

export function buildModel(source: Source): Model {
  const { service, row, schemas, overlay, settings } = source
  const shapes = new Shapes(overlay, row.protocols.includes('awsQuery'))
  const operations = schemas.filter(({ kind }) => kind === 'operation').map((node) => shapes.operation(node))
  for (const node of schemas) if (node.kind === 'error') shapes.add(node)
  const known = operations.map((operation) => withErrors(operation, overlay, shapes.table))
  const namespace = row.namespace ?? settings.xmlNamespace
  const speaksXml = row.protocols.some((name) => name === 'awsQuery' || name === 'ec2Query' || name === 'restXml')
  const speaksTargets = row.protocols.some((name) => name.startsWith('awsJson') || name === 'rpcv2Cbor')
  return {
    service,
    signingName: row.signingName,
    version: settings.version,
    protocols: row.protocols,
    ...(namespace && speaksXml && { namespace }),
    ...(speaksTargets && settings.serviceTarget && { target: settings.serviceTarget }),
    operations: sorted(known.map((operation) => [operation.name, operation])),
    shapes: sorted([...shapes.table]),
  }
}

function withErrors(operation: OperationModel, overlay: Overlay, shapes: ReadonlyMap<string, Shape>): OperationModel {
  const errors = (overlay.errors[operation.name] ?? []).filter((name) => shapes.get(name)?.kind === 'error')
  const unsigned = overlay.unsigned?.includes(operation.name) && { unsigned: true as const }
  return { ...operation, ...unsigned, ...(errors.length > 0 && { errors }) }
}

/** The table of shapes as it grows. A shape without a name in the SDK gets botocore's, or one that says what it is. */
class Shapes {
  readonly table = new Map<string, Shape>()
  readonly #overlay: Overlay
  readonly #queryCodes: boolean

  constructor(overlay: Overlay, queryCodes: boolean) {
    this.#overlay = overlay
    this.#queryCodes = queryCodes
  }

  operation({ name = '', traits, members }: Node): OperationModel {
    const [input, output] = members.map((member) => this.add(member.target()))
    const { http, endpoint } = traits as { http?: [string, string, number]; endpoint?: [string] }
    return {
      name,
      input: input as string,
      output: output as string,
      ...(http && { http: { method: http[0], uri: http[1], status: http[2] } }),
      ...(endpoint?.[0] && { hostPrefix: endpoint[0] }),
    }
  }

  /** Puts a node into the table, once, and says under which name. `known` is botocore's name of it. */
  add(node: Node, known?: string): string {
    if (node.kind === 'simple') return this.#simple(node, known)
    const name = node.name ?? known ?? `${node.kind}Of${anonymousName(node)}`
    if (this.table.has(name)) return name
    this.table.set(name, { kind: 'structure', members: {} })
    this.table.set(name, this.#shape(node, name))
    return name
  }

  #simple({ name, type = 'string', traits }: Node, known?: string): string {
    const { float, ...c } = { ...(known === undefined ? undefined : this.#overlay.shapes[known]) }
    const marks = pick(traits, ['streaming', 'sensitive', 'format'])
    const given = known ?? name
    // Some services call a shape `string` or `timestamp`, which in our model are types.
    const own = given !== undefined && TYPES.has(given) ? `${given}Shape` : given
    const plain = Object.keys(c).length === 0 && Object.keys(marks).length === 0
    const named = float && type === 'integer' ? 'float' : type
    if (plain || own === undefined) return Object.keys(marks).length > 0 ? this.#marked(type, marks) : named
    this.table.set(own, { kind: 'simple', type: named, ...marks, ...(Object.keys(c).length > 0 && { c }) })
    return own
  }

  /** A type without a name that is more than the type: `timestamp` in a format. */
  #marked(type: NonNullable<Node['type']>, marks: object): string {
    const name = `${type}:${Object.values(marks).join(':')}`
    this.table.set(name, { kind: 'simple', type, ...marks })
    return name
  }

  #shape(node: Node, name: string): Shape {
    const members = node.members.map((member) => [member.name, this.#member(member, name, node.kind)] as const)
    const facts: Constraints | undefined = this.#overlay.shapes[name]
    const c = facts && { c: facts }
    if (node.kind === 'list') return { kind: 'list', member: part(members, 'member'), ...c }
    if (node.kind === 'map') return { kind: 'map', key: part(members, 'key'), value: part(members, 'value'), ...c }
    const table = Object.fromEntries(members)
    if (node.kind === 'error') return { kind: 'error', members: table, ...this.#fault(node, name) }
    const kind = node.kind === 'union' ? 'union' : 'structure'
    const wire = node.traits['xmlName']
    return {
      kind,
      members: table,
      ...(typeof wire === 'string' && wire !== name && { wire }),
      ...(node.traits['streaming'] !== undefined && { streaming: true as const }),
    }
  }

  #fault({ traits }: Node, name: string): { code: string; status?: number; fault?: 'client' | 'server' } {
    const { awsQueryError, httpError, error } = traits as {
      awsQueryError?: [string, number]
      httpError?: number
      error?: 'client' | 'server'
    }
    const code = this.#queryCodes ? (awsQueryError?.[0] ?? name) : name
    return { code, ...(httpError !== undefined && { status: httpError }), ...(error && { fault: error }) }
  }

  #member(member: SchemaMember, owner: string, kind: Node['kind']): Member {
    const { traits } = member
    if (traits['jsonName'] !== undefined)
      throw new Error(`${owner}.${member.name} has a JSON name: the codecs know none`)
    const bound = Object.keys(BINDINGS).find((trait) => Object.hasOwn(traits, trait))
    const bindingWire = bound === undefined ? undefined : traits[bound]
    const wire = typeof bindingWire === 'string' ? bindingWire : traits['xmlName']
    const { xmlNamespace } = traits as { xmlNamespace?: readonly [string, string] | string }
    const namespace = Array.isArray(xmlNamespace) ? xmlNamespace.join('=') : xmlNamespace
    const node = member.target()
    return {
      target: this.add(node, this.#overlay.targets[owner]?.[member.name]),
      ...(member.required && kind !== 'list' && kind !== 'map' && { required: true as const }),
      ...(bound !== undefined && { binding: BINDINGS[bound] as Binding }),
      ...(typeof wire === 'string' && wire !== member.name && { wire }),
      ...(typeof traits['ec2QueryName'] === 'string' && { ec2: traits['ec2QueryName'] }),
      ...(traits['xmlFlattened'] !== undefined && { flat: true as const }),
      ...(traits['xmlAttribute'] !== undefined && { attribute: true as const }),
      // What is a secret is said where it is used, since a list or structure has no place to say it.
      ...((traits['sensitive'] ?? node.traits['sensitive']) !== undefined && { sensitive: true as const }),
      ...(traits['idempotencyToken'] !== undefined && { token: true as const }),
      ...(typeof namespace === 'string' && { namespace }),
    }
  }
}

function pick(traits: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, never> {
  const kept = names.filter((name) => traits[name] !== undefined)
  // Marks are `1` in the SDK and `true` in our model; a format keeps its word.
  return Object.fromEntries(kept.map((name) => [name, (traits[name] === 1 ? true : traits[name]) as never]))
}

function anonymousName(node: Node): string {
  const target = node.members.at(-1)?.target()
  if (!target) return ''
  return target.kind === 'simple' ? `:${target.type}` : (target.name ?? `:${target.kind}${anonymousName(target)}`)
}

function part(members: readonly (readonly [string, Member])[], name: string): Member {
  const found = members.find(([own]) => own === name)
  if (!found) throw new Error(`a list or map without \`${name}\``)
  return found[1]
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}
