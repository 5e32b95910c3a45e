/** Values ↔ XML, driven by shapes: what awsQuery, ec2Query and restXml share. */
import { Refusal } from '../refusal.ts'
import { entriesOf, put, readText, shapeOf, writeText } from './shape.ts'
import { attribute, escapeXml, textIn, type XmlElement } from './xml.ts'
import type { Values } from './codec.ts'
import type { Member, Model } from './model.ts'
import type { ListShape, MapShape, StructureShape } from './shape.ts'

/** How a protocol's XML differs: EC2's lists say `item` in the model itself, S3 and EC2 print milliseconds. */
export interface XmlStyle {
  readonly millis: boolean
  readonly inBody?: (name: string, member: Member) => boolean
}

/** The elements of a structure's members, in the model's order. */
export function writeMembers(model: Model, shape: StructureShape, values: Values, style: XmlStyle): string {
  let xml = ''
  for (const [name, member] of entriesOf(shape)) {
    const value = values[name]
    if (value === undefined || value === null || member.attribute) continue
    if (style.inBody && !style.inBody(name, member)) continue
    xml += writeMember(model, wireName(name, member), member, value, style)
  }
  return xml
}

/** One member as an element, or as many as a flattened list has. */
export function writeMember(model: Model, tag: string, member: Member, value: unknown, style: XmlStyle): string {
  const shape = shapeOf(model, member.target)
  switch (shape.kind) {
    case 'simple':
      return element(tag, '', escapeXml(writeText(shape, value, 'date-time', style.millis)))
    case 'list':
      return writeList(model, tag, member, shape, value as readonly unknown[], style)
    case 'map':
      return writeMap(model, tag, member, shape, value as Values, style)
    case 'structure':
    case 'union':
    case 'error': {
      const inner = writeMembers(model, shape, value as Values, { millis: style.millis })
      return element(tag, namespaceOf(member) + attributesOf(shape, value as Values), inner)
    }
  }
}

function writeList(
  model: Model,
  tag: string,
  member: Member,
  shape: ListShape,
  list: readonly unknown[],
  style: XmlStyle,
): string {
  const itemTag = member.flat ? tag : (shape.member.wire ?? 'member')
  let xml = ''
  for (const one of list)
    if (one !== undefined && one !== null) xml += writeMember(model, itemTag, shape.member, one, style)
  return member.flat ? xml : element(tag, namespaceOf(member), xml)
}

function writeMap(model: Model, tag: string, member: Member, shape: MapShape, map: Values, style: XmlStyle): string {
  const entryTag = member.flat ? tag : 'entry'
  let xml = ''
  for (const [key, one] of Object.entries(map)) {
    if (one === undefined || one === null) continue
    const inner =
      writeMember(model, shape.key.wire ?? 'key', shape.key, key, style) +
      writeMember(model, shape.value.wire ?? 'value', shape.value, one, style)
    xml += element(entryTag, '', inner)
  }
  return member.flat ? xml : element(tag, '', xml)
}

export function element(tag: string, attributes: string, inner: string): string {
  return inner === '' ? `<${tag}${attributes}/>` : `<${tag}${attributes}>${inner}</${tag}>`
}

/** The model keeps a member's namespace as `uri` or `prefix=uri`. */
function namespaceOf({ namespace }: Member): string {
  if (namespace === undefined) return ''
  const [, prefix, uri] = /^(?:(\w+)=)?(.*)$/.exec(namespace) ?? []
  return attribute(prefix === undefined ? 'xmlns' : `xmlns:${prefix}`, uri ?? '')
}

function attributesOf(shape: StructureShape, values: Values): string {
  return entriesOf(shape)
    .filter(([name, member]) => member.attribute && values[name] !== undefined)
    .map(([name, member]) => attribute(wireName(name, member), String(values[name])))
    .join('')
}

/** A bound member that stands in the body after all (a payload) goes by its own name. */
function wireName(name: string, member: Member): string {
  return member.binding === undefined ? (member.wire ?? name) : name
}

/** A structure's values from an element; elements that the shape lacks are ignored, as S3 ignores them. */
export function readElement(model: Model, shape: StructureShape, xml: XmlElement): Values {
  const values: Values = {}
  for (const [name, member] of entriesOf(shape)) {
    const wire = wireName(name, member)
    if (member.attribute) {
      // Prefixes are ignored in names, and so here: `xsi:type` is `type`.
      const text = xml.attributes.get(wire.slice(wire.indexOf(':') + 1))
      if (text !== undefined) values[name] = text
      continue
    }
    const found = xml.children.filter((child) => child.name === wire)
    if (found.length > 0) values[name] = readXml(model, member, found)
  }
  return values
}

/** The value of a member from the elements of its name: many for a flattened list, one for anything else. */
function readXml(model: Model, member: Member, found: readonly XmlElement[]): unknown {
  const [first] = found
  if (!first) throw new Refusal('malformed')
  const shape = shapeOf(model, member.target)
  switch (shape.kind) {
    case 'simple':
      return readText(shape, textIn(first), shape.format ?? 'date-time')
    case 'list': {
      const items = member.flat ? found : first.children.filter(({ name }) => name === (shape.member.wire ?? 'member'))
      return items.map((item) => readXml(model, shape.member, [item]))
    }
    case 'map':
      return readXmlMap(model, shape, member.flat ? found : first.children.filter(({ name }) => name === 'entry'))
    case 'structure':
    case 'union':
    case 'error':
      return readElement(model, shape, first)
  }
}

function readXmlMap(model: Model, shape: MapShape, items: readonly XmlElement[]): Values {
  const map: Values = {}
  for (const { children } of items) {
    const key = children.find(({ name }) => name === (shape.key.wire ?? 'key'))
    const value = children.find(({ name }) => name === (shape.value.wire ?? 'value'))
    if (key && value) put(map, textIn(key), readXml(model, shape.value, [value]))
  }
  return map
}
