/** REST routing by the model's `http` traits: path templates, with query literals and required headers where paths agree. */
import { s3Address, s3Operation } from './s3-routes.ts'
import type { Labels } from './codec.ts'
import type { Message } from './message.ts'
import type { Model, OperationModel } from './model.ts'

export interface Routed {
  readonly operation: OperationModel | undefined
  readonly labels: Labels
}

export interface Route {
  readonly operation: OperationModel
  readonly method: string
  /** A segment is a literal or, in braces, a label; a label with `+` takes all the rest. */
  readonly segments: readonly string[]
  /** What the query string must have: `find=LayerVersion`. */
  readonly query: readonly (readonly [string, string])[]
  readonly literals: number
}

const tables = new WeakMap<Model, readonly Route[]>()

/** The operation and labels that a request's method and path name; undefined where no template fits. */
export function matchRoute(model: Model, message: Message, domains: readonly string[] = []): Routed | undefined {
  if (model.service === 's3') {
    const address = s3Address(message, domains)
    return { operation: s3Operation(model, message, address), labels: labelsOf(address) }
  }
  const segments = segmentsOf(message.path)
  const query = new Set(message.query.split('&'))
  for (const route of routesOf(model)) {
    const fits = route.method === message.method && route.query.every((literal) => has(query, literal))
    const labels = fits ? matchSegments(route.segments, segments) : undefined
    if (labels) return { operation: route.operation, labels }
  }
  return undefined
}

function labelsOf({ bucket, key }: { bucket?: string; key?: string }): Labels {
  return { ...(bucket !== undefined && { Bucket: bucket }), ...(key !== undefined && { Key: key }) }
}

/** The templates of a model, those with more literals first. */
function routesOf(model: Model): readonly Route[] {
  const known = tables.get(model)
  if (known) return known
  const routes = Object.values(model.operations)
    .flatMap((operation) => (operation.http ? [routeOf(operation, operation.http)] : []))
    .sort((a, b) => b.literals - a.literals)
  tables.set(model, routes)
  return routes
}

function routeOf(operation: OperationModel, { method, uri }: { method: string; uri: string }): Route {
  const [path = '', literals = ''] = uri.split('?')
  const segments = segmentsOf(path)
  const pairs = literals.split('&').filter((pair) => pair !== '')
  const query = pairs.map((pair) => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? ''] as const)
  const fixed = segments.filter((segment) => !segment.startsWith('{'))
  return { operation, method, segments, query, literals: fixed.length + query.length }
}

function has(query: ReadonlySet<string>, [name, value]: readonly [string, string]): boolean {
  return query.has(`${name}=${value}`) || (value === '' && query.has(name))
}

/** A slash at the end makes no difference: Lambda's own templates have it here and not there. */
function segmentsOf(path: string): readonly string[] {
  return path.replace(/^\/+/, '').replace(/\/+$/, '').split('/')
}

/** A greedy label takes all segments that those after it leave. */
function matchSegments(template: readonly string[], segments: readonly string[]): Labels | undefined {
  const greedy = template.findIndex((part) => part.endsWith('+}'))
  if (greedy >= 0 ? segments.length < template.length : segments.length !== template.length) return undefined
  const taken = greedy < 0 ? 1 : segments.length - template.length + 1
  const labels: Record<string, string> = {}
  for (const [at, part] of template.entries()) {
    const from = greedy >= 0 && at > greedy ? at + taken - 1 : at
    const segment = at === greedy ? segments.slice(at, at + taken).join('/') : (segments[from] ?? '')
    if (!part.startsWith('{')) {
      if (part !== segment) return undefined
    } else if (segment === '') return undefined
    else labels[part.replace(/^\{|\+?\}$/g, '')] = decodeLabel(segment)
  }
  return labels
}

/** Percent-decoded; a text that cannot be decoded stays as it came, for the operation to find nothing by. */
export function decodeLabel(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
