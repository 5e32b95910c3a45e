/** What both REST protocols share: members that travel in the path, the query string and the headers. */
import { decodeForm } from './params.ts'
import { matchRoute } from './routes.ts'
import { entriesOf, put, readText, shapeOf, structureOf, writeText, type TimestampFormat } from './shape.ts'
import type { Labels, Values } from './codec.ts'
import type { AnswerBody, Message } from './message.ts'
import type { Member, Model, OperationModel } from './model.ts'

/** Everything of an input that is not in the body. */
export function readBindings(model: Model, operation: OperationModel, message: Message, labels?: Labels): Values {
  const shape = structureOf(model, operation.input)
  const query = parseQuery(message.query)
  const found = labels ?? matchRoute(model, message)?.labels ?? {}
  const bound = new Set(
    entriesOf(shape).flatMap(([name, { binding, wire }]) => (binding === 'query' ? [wire ?? name] : [])),
  )
  const values: Values = {}
  for (const [name, member] of entriesOf(shape)) {
    const value = readBinding(model, name, member, { message, query, labels: found, bound })
    if (value !== undefined) values[name] = value
  }
  return values
}

interface Sources {
  readonly message: Message
  readonly query: ReadonlyMap<string, readonly string[]>
  readonly labels: Labels
  readonly bound: ReadonlySet<string>
}

function readBinding(model: Model, name: string, member: Member, sources: Sources): unknown {
  const { message, query, labels, bound } = sources
  const wire = member.wire ?? name
  switch (member.binding) {
    case 'label':
      return Object.hasOwn(labels, name) ? readOne(model, member, labels[name] ?? '', 'date-time') : undefined
    case 'query': {
      const texts = query.get(wire)
      return texts && readSeveral(model, member, texts)
    }
    case 'queryParams':
      return readParams(model, member, query, bound)
    case 'header': {
      const text = header(message, wire.toLowerCase())
      return text === undefined ? undefined : readHeader(model, member, text)
    }
    case 'prefixHeaders':
      return prefixed(message, wire.toLowerCase())
    case 'payload':
    case 'statusCode':
    case undefined:
      return undefined
  }
}

function header({ headers }: Message, name: string): string | undefined {
  const text = Object.hasOwn(headers, name) ? headers[name] : undefined
  return text === undefined ? undefined : utf8Header(text)
}

/** Node gives headers byte by byte; clients that send more than ASCII send UTF-8. */
function utf8Header(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[\u0100-\uffff]/.test(text)) return text
  const decoded = Buffer.from(text, 'latin1').toString('utf8')
  return decoded.includes('\ufffd') ? text : decoded
}

function readOne(model: Model, member: Member, text: string, format: TimestampFormat): unknown {
  const shape = shapeOf(model, member.target)
  if (shape.kind !== 'simple') throw new Error(`a bound \`${shape.kind}\` cannot be one text`)
  return readText(shape, text, shape.format ?? format)
}

function readSeveral(model: Model, member: Member, texts: readonly string[]): unknown {
  const shape = shapeOf(model, member.target)
  if (shape.kind === 'list') return texts.map((text) => readOne(model, shape.member, text, 'date-time'))
  return readOne(model, member, texts[0] ?? '', 'date-time')
}

function readHeader(model: Model, member: Member, text: string): unknown {
  const shape = shapeOf(model, member.target)
  if (shape.kind !== 'list') return text === '' ? undefined : readOne(model, member, text, 'http-date')
  return listed(text).map((part) => readOne(model, shape.member, part, 'http-date'))
}

/** A header's list: parts between commas, some in quotes. The commas of HTTP dates are not of the list. */
function listed(text: string): readonly string[] {
  const parts = text.match(/"(?:[^"\\]|\\.)*"|[A-Z][a-z]{2}, [^,]+GMT|[^,]+/g) ?? []
  const trimmed = parts.map((part) => part.trim()).filter((part) => part !== '')
  return trimmed.map((part) => (/^".*"$/.test(part) ? part.slice(1, -1).replace(/\\(.)/g, '$1') : part))
}

function readParams(
  model: Model,
  member: Member,
  query: Sources['query'],
  bound: ReadonlySet<string>,
): Values | undefined {
  const shape = shapeOf(model, member.target)
  if (shape.kind !== 'map') return undefined
  const map: Values = {}
  for (const [key, texts] of query) if (!bound.has(key)) put(map, key, readSeveral(model, shape.value, texts))
  return map
}

function prefixed({ headers }: Message, prefix: string): Values | undefined {
  const map: Values = {}
  for (const [name, text] of Object.entries(headers)) {
    if (name.startsWith(prefix) && name.length > prefix.length) put(map, name.slice(prefix.length), utf8Header(text))
  }
  return Object.keys(map).length > 0 ? map : undefined
}

/** A query string's values by key, in order. */
export function parseQuery(query: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const pair of query === '' ? [] : query.split('&')) {
    const [key = '', ...rest] = pair.split('=')
    const name = decodeForm(key)
    const values = found.get(name)
    const value = decodeForm(rest.join('='))
    if (values) values.push(value)
    else if (name !== '') found.set(name, [value])
  }
  return found
}

/** Members of the body, as opposed to those bound elsewhere. */
export function unbound(_name: string, member: Member): boolean {
  return member.binding === undefined
}

/** The member that is the whole body, if the structure has one. */
export function payloadOf(model: Model, name: string): readonly [string, Member] | undefined {
  return entriesOf(structureOf(model, name)).find(([, { binding }]) => binding === 'payload')
}

/** The members of an output that travel as headers, and its status. */
export function writeBindings(
  model: Model,
  operation: OperationModel,
  output: Values,
): { readonly status: number; readonly headers: Record<string, string> } {
  const headers: Record<string, string> = {}
  let status = operation.http?.status ?? 200
  for (const [name, member] of entriesOf(structureOf(model, operation.output))) {
    const value = output[name]
    if (value === undefined || value === null) continue
    const wire = (member.wire ?? name).toLowerCase()
    if (member.binding === 'statusCode') status = Number(value)
    if (member.binding === 'header') headers[wire] = headerText(writeHeader(model, member, value))
    if (member.binding !== 'prefixHeaders') continue
    for (const [key, one] of Object.entries(value)) headers[wire + headerName(key)] = headerText(String(one))
  }
  return { status, headers }
}

function writeHeader(model: Model, member: Member, value: unknown): string {
  const shape = shapeOf(model, member.target)
  if (shape.kind === 'list')
    return (value as readonly unknown[]).map((one) => writeHeader(model, shape.member, one)).join(',')
  return shape.kind === 'simple' ? writeText(shape, value, 'http-date', true) : String(value)
}

function headerName(key: string): string {
  return key.toLowerCase().replace(/[^\w!#$%&'*+.^`|~-]/g, '-')
}

/** What a header cannot hold goes as an encoded word, as S3 answers metadata that is not ASCII. */
export function headerText(text: string): string {
  return /^[\t\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`
}

/** A payload that is bytes or text already passes as it is, streams included. */
export function rawPayload(value: unknown): AnswerBody {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  const stream = typeof value === 'object' && value !== null && Symbol.asyncIterator in value
  if (!stream) throw new Error('a payload is text, bytes or a stream of bytes')
  // The check above says that it can be iterated; what it yields is the operation's promise.
  return value as AsyncIterable<Uint8Array>
}
