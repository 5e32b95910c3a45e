/** The pinned SDK's own schemas, read: tuples in, one named node out. The format is the SDK's private affair; only this file knows it. */

type Traits = Readonly<Record<string, unknown>>

export interface Node {
  readonly kind: 'simple' | 'list' | 'map' | 'structure' | 'union' | 'error' | 'operation'
  /** Undefined for shapes that the SDK leaves without a name: strings, lists of strings. */
  readonly name?: string
  readonly traits: Traits
  /** A simple node's type. */
  readonly type?: 'string' | 'integer' | 'boolean' | 'timestamp' | 'blob' | 'document'
  /** Members in order; `member` of lists, `key` and `value` of maps, `input` and `output` of operations. */
  readonly members: readonly SchemaMember[]
}

export interface SchemaMember {
  readonly name: string
  readonly required: boolean
  readonly traits: Traits
  readonly target: () => Node
}

const KINDS = { 0: 'simple', 1: 'list', 2: 'map', 3: 'structure', 4: 'union', [-3]: 'error', 9: 'operation' } as const
const MASK = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
]
const STREAM = 42
const LIST = 64
const MAP = 128

/** The exported schemas of one client, without the SDK's synthetic ones. */
export function schemasOf(client: Readonly<Record<string, unknown>>): readonly Node[] {
  return Object.entries(client)
    .filter(([name, value]) => name.endsWith('$') && Array.isArray(value) && !String(value[1]).includes('synthetic'))
    .map(([, value]) => readNode(value))
}

function readNode(reference: unknown): Node {
  const schema = typeof reference === 'function' ? reference() : reference
  if (schema === 'unit') return { kind: 'structure', name: 'Unit', traits: {}, members: [] }
  if (typeof schema === 'number') return anonymous(schema)
  const [code, , name, traits, ...rest] = schema as [keyof typeof KINDS, string, string, unknown, ...unknown[]]
  const kind = KINDS[code]
  const head = { kind, name, traits: readTraits(traits) }
  if (kind === 'simple') {
    const inner = readNode(rest[0])
    return { ...inner, ...head, traits: { ...inner.traits, ...head.traits } }
  }
  if (kind === 'list') return { ...head, members: [readMember('member', rest[0], true)] }
  if (kind === 'map')
    return { ...head, members: [readMember('key', rest[0], true), readMember('value', rest[1], true)] }
  if (kind === 'operation')
    return { ...head, members: [readMember('input', rest[0], true), readMember('output', rest[1], true)] }
  const [names = [], members = [], required = 0] = rest as [string[]?, unknown[]?, number?]
  return { ...head, members: names.map((name, at) => readMember(name, members[at], at < required)) }
}

function readMember(name: string, reference: unknown, required: boolean): SchemaMember {
  const withTraits = Array.isArray(reference) && reference.length === 2
  const [target, traits] = withTraits ? reference : [reference, 0]
  return { name, required, traits: readTraits(traits), target: () => readNode(target) }
}

function anonymous(id: number): Node {
  if (id & MAP) {
    const value = readMember('value', id & ~MAP, true)
    return { kind: 'map', traits: {}, members: [readMember('key', 0, true), value] }
  }
  if (id & LIST) return { kind: 'list', traits: {}, members: [readMember('member', id & ~LIST, true)] }
  return { kind: 'simple', traits: simpleTraits(id), type: simpleType(id), members: [] }
}

function simpleType(id: number): NonNullable<Node['type']> {
  if (id === 0) return 'string'
  if (id === 1 || id === 17 || id === 19) return 'integer'
  if (id === 2) return 'boolean'
  if (id >= 4 && id <= 7) return 'timestamp'
  if (id === 15) return 'document'
  if (id === 21 || id === STREAM) return 'blob'
  throw new Error(`the SDK has a simple schema \`${id}\` that we do not know`)
}

function simpleTraits(id: number): Traits {
  const format = { 5: 'date-time', 6: 'http-date', 7: 'epoch-seconds' }[id]
  return { ...(format && { format }), ...(id === STREAM && { streaming: 1 }) }
}

function readTraits(traits: unknown): Traits {
  if (typeof traits === 'object' && traits !== null) return traits as Traits
  const bits = Number(traits ?? 0)
  return Object.fromEntries(MASK.filter((_, bit) => bits & (1 << bit)).map((name) => [name, 1]))
}
