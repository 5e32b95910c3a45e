/** How a step's question travels, and how its answer is read: just as much of each protocol as the story needs. */

import type { Reply, Sent } from '../client.ts'

export interface Ask {
  readonly service: string
  readonly sent: Sent
}

type Parameters = Readonly<Record<string, string>>

const VERSIONS: Readonly<Record<string, string>> = { sts: '2011-06-15', iam: '2010-05-08' }

/** A call in the query protocol: STS, IAM. */
export function query(name: `${'sts' | 'iam'}:${string}`, parameters: Parameters = {}): Ask {
  const [service = '', Action = ''] = name.split(':')
  const body = new URLSearchParams({ Action, Version: VERSIONS[service] ?? '', ...parameters }).toString()
  return {
    service,
    sent: { method: 'POST', path: '/', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body },
  }
}

/** A call in JSON that names its target in a header: Organizations. */
export function targeted(service: string, target: string, body: object): Ask {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  return { service, sent: { method: 'POST', path: '/', headers, body: JSON.stringify(body) } }
}

/** A call whose path and method name it: Lambda. */
export function rest(service: string, method: string, path: string, body?: object): Ask {
  const content =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return { service, sent: { method, path, ...content } }
}

/** What came back: `code` is `done`, or AWS's code of the refusal. */
export interface Answer {
  readonly code: string
  readonly message: string
  readonly body: string
}

export function readAnswer({ status, headers, body }: Reply): Answer {
  if (status < 300) return { code: 'done', message: '', body }
  if (body.startsWith('<')) return { code: tag(body, 'Code'), message: tag(body, 'Message'), body }
  const answer = json(body)
  const type = String(headers['x-amzn-errortype'] ?? answer['__type'] ?? `status ${status}`)
  const code = type.replace(/:.*$/, '').replace(/^.*#/, '')
  return { code, message: String(answer['Message'] ?? answer['message'] ?? ''), body }
}

/** The text of the first element of that name. */
export function tag(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
  return text.replaceAll(/&(#\d+|#x[\da-f]+|\w+);/gi, (whole, entity: string) => decode(entity) ?? whole)
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decode(entity: string): string | undefined {
  if (!entity.startsWith('#')) return ENTITIES[entity]
  return String.fromCodePoint(Number(entity.replace(/^#x/i, '0x').replace('#', '')))
}

export function json(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
