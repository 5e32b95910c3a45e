/** A value for every shape, from the model alone, so that tests can go through each operation there is. */
import { shapeOf, structureOf } from '../../src/wire/shape.ts'
import type { Values } from '../../src/wire/codec.ts'
import type { Member, Model, Shape } from '../../src/wire/model.ts'

const DEEPEST = 5

/** The model without its constraints: what codecs do with any value, not only with those that a service takes. */
export function unconstrained(model: Model): Model {
  const shapes = Object.entries(model.shapes).map(([name, shape]) => [name, loosened(shape)] as const)
  return { ...model, shapes: Object.fromEntries(shapes) }
}

function loosened(shape: Shape): Shape {
  if (!('c' in shape)) return shape
  const { c: _, ...rest } = shape
  return rest as Shape // only the optional constraints are gone
}

/** A structure with every member set; unions with their first. */
export function sample(model: Model, name: string, depth = 0): Values {
  const shape = structureOf(model, name)
  const entries = Object.entries(shape.members)
  const kept = shape.kind === 'union' ? entries.slice(0, 1) : entries
  const values = kept.map(([name, member]) => [name, sampleMember(model, member, `${name} value`, depth)] as const)
  return Object.fromEntries(values.filter(([, value]) => value !== undefined))
}

function sampleMember(model: Model, member: Member, hint: string, depth: number): unknown {
  const shape = shapeOf(model, member.target)
  if (depth > DEEPEST && !member.required) return undefined
  const kept = member.required && { required: member.required }
  switch (shape.kind) {
    case 'simple':
      return sampleSimple(shape.type, member, hint)
    case 'list': {
      const one = sampleMember(model, { ...shape.member, ...kept }, hint, depth + 1)
      return one === undefined ? undefined : [one, one]
    }
    case 'map': {
      const inHeader = member.binding === 'prefixHeaders' && { binding: member.binding }
      const value = sampleMember(model, { ...shape.value, ...inHeader, ...kept }, hint, depth + 1)
      return value === undefined ? undefined : { 'key-a': value, 'key-b': value }
    }
    case 'structure':
    case 'union':
    case 'error': {
      const inner = 'streaming' in shape && shape.streaming ? {} : sample(model, member.target, depth + 1)
      return Object.keys(inner).length > 0 ? inner : undefined
    }
  }
}

function sampleSimple(type: string, { binding }: Member, hint: string): unknown {
  const plain = binding === 'header' || binding === 'prefixHeaders'
  if (type === 'integer') return 201
  if (type === 'float') return 1.5
  if (type === 'boolean') return true
  if (type === 'timestamp') return new Date('2026-01-02T03:04:05.000Z')
  if (type === 'blob') return new Uint8Array([0, 1, 254, 255])
  if (type === 'document') return { any: ['thing', 1, null] }
  return plain ? hint : `${hint} <&> "é" 日本 100%/+`
}
