/** Values ↔ JSON (and CBOR, whose data model is JSON's with bytes and dates), driven by shapes. */
import { Refusal } from '../refusal.ts'
import { DEPTH, dateOf, entriesOf, put, readBase64, readTimestamp, shapeOf, textOf, writeBase64 } from './shape.ts'
import type { Values } from './codec.ts'
import type { Member, Model } from './model.ts'
import type { SimpleShape, StructureShape } from './shape.ts'

/** How dates and bytes stand in the notation: numbers and base64 in JSON, themselves in CBOR. */
export interface Notation {
  readonly date: (date: Date, format: string | undefined) => unknown
  readonly bytes: (bytes: unknown) => unknown
}

export const JSON_NOTATION: Notation = {
  date: (date, format) => {
    if (format === 'date-time') return date.toISOString().replace('.000Z', 'Z')
    return format === 'http-date' ? date.toUTCString() : date.getTime() / 1000
  },
  bytes: writeBase64,
}

/** Which members are in the body, and under which name. */
export type InBody = (name: string, member: Member) => boolean

const everything: InBody = () => true

/** A body's JSON. An empty body is an empty object, as AWS has it. */
export function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return {}
  refuseDeep(body)
  const text = textOf(body)
  try {
    return text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    throw new Refusal('malformed', '')
  }
}

/** A nesting beyond DEPTH is refused before any recursive reader sees it. */
function refuseDeep(body: Uint8Array): void {
  let depth = 0
  let quoted = false
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at]
    if (quoted) {
      if (byte === 0x5c) at += 1
      else if (byte === 0x22) quoted = false
    } else if (byte === 0x22) quoted = true
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1
      if (depth > DEPTH) throw new Refusal('malformed', 'the document is nested too deeply')
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1
  }
}

/** A parsed document as the values of a structure; `null` is absent, members that the shape lacks are ignored. */
export function readStructure(model: Model, shape: StructureShape, json: unknown, inBody = everything): Values {
  if (Array.isArray(json)) throw new Refusal('malformed', 'Unexpected list: expected a structure or map')
  if (typeof json !== 'object' || json === null) throw wrong(json, 'Structure')
  const values: Values = {}
  const record = json as Readonly<Record<string, unknown>>
  for (const [name, member] of entriesOf(shape)) {
    if (!inBody(name, member)) continue
    const value = Object.hasOwn(record, name) ? record[name] : undefined
    if (value !== undefined && value !== null) values[name] = readValue(model, member, value)
  }
  return values
}

export function readValue(model: Model, member: Member, json: unknown): unknown {
  const shape = shapeOf(model, member.target)
  switch (shape.kind) {
    case 'simple':
      return readSimple(shape, json)
    case 'list':
      if (!Array.isArray(json)) throw new Refusal('malformed', 'Expected list or null')
      // Coral drops nulls of lists that are not sparse; none of our inputs has a sparse list.
      return json.filter((one) => one !== null && one !== undefined).map((one) => readValue(model, shape.member, one))
    case 'map':
      return readMap(model, shape.value, json)
    case 'structure':
    case 'union':
    case 'error':
      return readStructure(model, shape, json)
  }
}

function readMap(model: Model, value: Member, json: unknown): Values {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Refusal('malformed', 'Expected map or null')
  }
  const map: Values = {}
  for (const [key, one] of Object.entries(json)) {
    if (one !== null && one !== undefined) put(map, key, readValue(model, value, one))
  }
  return map
}

function readSimple(shape: SimpleShape, json: unknown): unknown {
  switch (shape.type) {
    case 'string':
      if (typeof json !== 'string') throw wrong(json, 'String')
      return json
    case 'integer':
      if (typeof json !== 'number') throw wrong(json, 'Integer')
      // Coral truncates a fraction given for a whole number rather than refuse it.
      return Math.trunc(json)
    case 'float':
      if (typeof json === 'string' && /^(NaN|-?Infinity)$/.test(json)) return Number(json)
      if (typeof json !== 'number') throw wrong(json, 'Double')
      return json
    case 'boolean':
      if (typeof json !== 'boolean') throw wrong(json, 'Boolean')
      return json
    case 'timestamp':
      return readDate(shape, json)
    case 'blob':
      if (json instanceof Uint8Array) return json
      if (typeof json !== 'string') throw wrong(json, 'Blob')
      return readBase64(json)
    case 'document':
      return json
  }
}

function readDate(shape: SimpleShape, json: unknown): Date {
  if (json instanceof Date) return json
  if (typeof json === 'string') return readTimestamp(json, shape.format ?? 'epoch-seconds')
  if (typeof json !== 'number') throw wrong(json, 'Timestamp')
  const date = new Date(json * 1000)
  if (Number.isNaN(date.getTime())) throw new Refusal('malformed', `${json} is not a valid timestamp`)
  return date
}

/** AWS's words for a value of the wrong type. */
function wrong(json: unknown, wanted: string): Refusal {
  if (Array.isArray(json)) return new Refusal('malformed', 'Start of list found where not expected')
  if (typeof json === 'object' && json !== null) {
    return new Refusal('malformed', 'Start of structure or map found where not expected.')
  }
  const article = /^[AEIOU]/.test(wanted) ? 'an' : 'a'
  return new Refusal('malformed', `${token(json)} can not be converted to ${article} ${wanted}`)
}

function token(json: unknown): string {
  if (json === null || json === undefined) return 'NULL_VALUE'
  return typeof json === 'boolean'
    ? `${String(json).toUpperCase()}_VALUE`
    : `${typeof json}`.toUpperCase().concat('_VALUE')
}

/** A structure's values as a plain object, in the model's order; what the shape lacks is left out. `wire` is XML's name. */
export function writeStructure(
  model: Model,
  shape: StructureShape,
  values: Readonly<Record<string, unknown>>,
  notation: Notation,
  inBody = everything,
): Values {
  const json: Values = {}
  for (const [name, member] of entriesOf(shape)) {
    const value = values[name]
    if (value === undefined || value === null || !inBody(name, member)) continue
    json[name] = writeValue(model, member, value, notation)
  }
  return json
}

export function writeValue(model: Model, member: Member, value: unknown, notation: Notation): unknown {
  const shape = shapeOf(model, member.target)
  switch (shape.kind) {
    case 'simple':
      return writeSimple(shape, value, notation)
    case 'list':
      return (value as readonly unknown[]).map((one) => writeValue(model, shape.member, one, notation))
    case 'map': {
      const json: Values = {}
      for (const [key, one] of Object.entries(value as object)) {
        if (one !== undefined && one !== null) put(json, key, writeValue(model, shape.value, one, notation))
      }
      return json
    }
    case 'structure':
    case 'union':
    case 'error':
      return writeStructure(model, shape, value as Values, notation)
  }
}

function writeSimple(shape: SimpleShape, value: unknown, notation: Notation): unknown {
  if (shape.type === 'timestamp') return notation.date(dateOf(value), shape.format)
  if (shape.type === 'blob') return notation.bytes(value)
  if (shape.type === 'float' && typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return value
}
