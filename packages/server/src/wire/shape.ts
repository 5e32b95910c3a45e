/** The ground of all codecs: finding shapes, and the simple values (numbers, booleans, timestamps, blobs) as text. */
import { Refusal } from '../refusal.ts'
import type { Member, Model, Shape, SimpleType } from './model.ts'

export type SimpleShape = Extract<Shape, { kind: 'simple' }>
export type StructureShape = Extract<Shape, { members: unknown }>
export type ListShape = Extract<Shape, { kind: 'list' }>
export type MapShape = Extract<Shape, { kind: 'map' }>
export type TimestampFormat = NonNullable<Member['format']>

/** Shapes deeper than this are refused: AWS's own inputs stay below twenty. */
export const DEPTH = 200

const SIMPLE: ReadonlyMap<string, SimpleShape> = new Map(
  (['string', 'integer', 'float', 'boolean', 'timestamp', 'blob', 'document'] satisfies SimpleType[]).map((type) => [
    type,
    { kind: 'simple', type },
  ]),
)

/** The shape that a member's target names. */
export function shapeOf(model: Model, target: string): Shape {
  const shape = Object.hasOwn(model.shapes, target) ? model.shapes[target] : SIMPLE.get(target)
  if (!shape) throw new Error(`${model.service} has no shape \`${target}\``)
  return shape
}

/** A structure, union or error by its name. */
export function structureOf(model: Model, name: string): StructureShape {
  const shape = shapeOf(model, name)
  if (!('members' in shape)) throw new Error(`${model.service}: \`${name}\` is not a structure`)
  return shape
}

const entries = new WeakMap<StructureShape, readonly (readonly [string, Member])[]>()

export function entriesOf(shape: StructureShape): readonly (readonly [string, Member])[] {
  const known = entries.get(shape)
  if (known) return known
  const found = Object.entries(shape.members)
  entries.set(shape, found)
  return found
}

/** The error shape that the wire knows by this code, or that has this name. */
export function errorShape(model: Model, code: string): string | undefined {
  if (Object.hasOwn(model.shapes, code) && model.shapes[code]?.kind === 'error') return code
  let table = errorNames.get(model)
  if (!table) {
    table = new Map()
    for (const [name, shape] of Object.entries(model.shapes)) if (shape.kind === 'error') table.set(shape.code, name)
    errorNames.set(model, table)
  }
  return table.get(code)
}

const errorNames = new WeakMap<Model, Map<string, string>>()

/** Sets a key that a client chose: `__proto__` becomes a property like any other. */
export function put(record: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') {
    record[key] = value
    return
  }
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true })
}

/** A simple value from text: a form's parameter, an XML element, a header, a query string. */
export function readText(shape: SimpleShape, text: string, format: TimestampFormat): unknown {
  switch (shape.type) {
    case 'string':
    case 'document':
      return text
    case 'integer':
      return readInteger(text)
    case 'float':
      return readFloat(text)
    case 'boolean':
      return readBoolean(text)
    case 'timestamp':
      return readTimestamp(text, format)
    case 'blob':
      return readBase64(text)
  }
}

/** A simple value as text. `format` is the protocol's own for timestamps; a shape or member may have another. */
export function writeText(shape: SimpleShape, value: unknown, format: TimestampFormat, millis: boolean): string {
  switch (shape.type) {
    case 'timestamp':
      return writeTimestamp(value, shape.format ?? format, millis)
    case 'blob':
      return writeBase64(value)
    case 'document':
      return JSON.stringify(value) ?? ''
    case 'string':
    case 'integer':
    case 'float':
    case 'boolean':
      return String(value)
  }
}

function readInteger(text: string): number {
  const value = Number(text)
  if (!/^[+-]?\d{1,19}$/.test(text.trim()))
    throw new Refusal('malformed', `${clip(text)} can not be converted to an Integer`)
  return value
}

function readFloat(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const named = /^(NaN|-?Infinity)$/.test(text)
  if (Number.isNaN(value) && !named) throw new Refusal('malformed', `${clip(text)} can not be converted to a Double`)
  return value
}

function readBoolean(text: string): boolean {
  const word = text.trim().toLowerCase()
  if (word === 'true' || word === '1') return true
  if (word === 'false' || word === '0') return false
  throw new Refusal('malformed', `${clip(text)} can not be converted to a Boolean`)
}

export function readBase64(text: string): Uint8Array {
  const bare = text.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(bare)) throw new Refusal('malformed', 'the value is not valid base64')
  return new Uint8Array(Buffer.from(bare, 'base64'))
}

export function writeBase64(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
  return Buffer.from(String(value)).toString('base64')
}

/** Reads any of the three forms, since clients mix them; `format` only breaks the tie for bare numbers. */
export function readTimestamp(text: string, format: TimestampFormat): Date {
  const bare = text.trim()
  const number = /^-?\d{1,16}(\.\d{1,9})?([eE]\+?\d{1,2})?$/.test(bare)
  const iso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i
  const date = number ? new Date(Number(bare) * 1000) : new Date(iso.test(bare) ? zoned(bare) : httpDate(bare))
  if (Number.isNaN(date.getTime())) throw new Refusal('malformed', `${clip(text)} is not a valid ${format} timestamp`)
  return date
}

/** Without a zone AWS means UTC; JavaScript would mean the machine's. */
function zoned(text: string): string {
  const hasTime = text.length > 10
  return hasTime && !/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? `${text}Z` : text
}

function httpDate(text: string): string {
  return /^[A-Z][a-z]{2},? \d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT$/.test(text) ? text : 'not a date'
}

/** A `Date`, an ISO text, or a number of seconds: what operations may give for a timestamp. */
export function dateOf(value: unknown): Date {
  if (value instanceof Date) return value
  return typeof value === 'number' ? new Date(value * 1000) : new Date(String(value))
}

export function writeTimestamp(value: unknown, format: TimestampFormat, millis = false): string {
  const date = dateOf(value)
  if (format === 'http-date') return date.toUTCString()
  if (format === 'epoch-seconds') return String(date.getTime() / 1000)
  const text = date.toISOString()
  return millis ? text : `${text.slice(0, 19)}Z`
}

/** Text of a client's in an error, cut where it grows long. */
export function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** A body as text; a body that is not UTF-8 is malformed. */
export function textOf(body: Uint8Array): string {
  try {
    return UTF8.decode(body)
  } catch {
    throw new Refusal('malformed', 'the body is not valid UTF-8')
  }
}
