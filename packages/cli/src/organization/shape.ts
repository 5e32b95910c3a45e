/** The file against its published schema, with findings in our own words. */

import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import schema from '../../schema/organization.schema.json' with { type: 'json' }
import type { Finding, Path } from './finding.ts'
import { nearest } from './nearest.ts'

/** Every place where `value` is not what the schema says. */
export function missedShape(value: unknown): readonly Finding[] {
  const validate = new Ajv2020({ allErrors: true, verbose: true, unicodeRegExp: true }).compile(schema)
  validate(value)
  return (validate.errors ?? []).map((error) => ({ ...finding(error), path: pathOf(error.instancePath, value) }))
}

/** One row a keyword of the schema; `parentSchema` is the part of it that says what the value should be. */
const SENTENCES: Readonly<Record<string, (error: ErrorObject) => Omit<Finding, 'path'>>> = {
  type: ({ data, params, parentSchema }) => ({
    says: (source) => mistyped(data, source, { type: params['type'], title: parentSchema?.['title'] }),
  }),
  required: ({ params }) => ({ says: () => `has no \`${params['missingProperty']}\`` }),
  additionalProperties: ({ params, parentSchema }) => {
    const key = String(params['additionalProperty'])
    const known = Object.keys((parentSchema?.['properties'] ?? {}) as object) // a schema's `properties` is an object
    const meant = nearest(key, known)
    const help =
      meant === undefined ? `it may have ${known.map((name) => `\`${name}\``).join(', ')}` : `did you mean \`${meant}\``
    return { key, says: () => `has \`${key}\`, which nobody knows: ${help}` }
  },
  pattern: ({ data, parentSchema }) => ({
    says: () => `is \`${shorten(String(data))}\`: it must be ${parentSchema?.['title']}`,
  }),
}

function finding(error: ErrorObject): Omit<Finding, 'path'> {
  return SENTENCES[error.keyword]?.(error) ?? { says: () => error.message ?? 'is not as it must be' }
}

function mistyped(data: unknown, source: string, { type, title }: { type: string; title: string | undefined }): string {
  if (data === null) return `is empty: it must be ${title ?? type}`
  if (type !== 'string' || typeof data === 'object') return `is ${kindOf(data)}: it must be ${title ?? type}`
  return `is ${kindOf(data)}: quote it, as "${source}"`
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a mapping' : typeof value === 'string' ? 'text' : `a ${typeof value}`
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** From a JSON pointer; a number is an index only where there is a list. */
function pathOf(pointer: string, value: unknown): Path {
  let at = value
  return pointer
    .split('/')
    .slice(1)
    .map((step) => {
      const key = Array.isArray(at) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')
      at = (at as Record<string | number, unknown>)[key] // the pointer comes from a walk over this very value
      return key
    })
}
