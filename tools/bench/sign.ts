/** Signed requests as bytes, and one sent at once: what the benchmarks and the torture need of a client. */

import { createHash, createHmac } from 'node:crypto'
import { request } from 'node:http'

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** A call before it is signed. */
export interface Plain {
  readonly service: string
  readonly method: string
  /** With the query, where there is one: names in order, each with its `=`. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Stands for the body's hash where S3 takes it unsigned. */
  readonly hash?: string
}

export interface Reply {
  readonly status: number
  readonly text: string
}

interface Signed {
  readonly port: number
  readonly method: string
  readonly path: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

type Form = Readonly<Record<string, string>>

const VERSIONS: Readonly<Record<string, string>> = { iam: '2010-05-08', sts: '2011-06-15' }

/** Of IAM and STS. */
export function query(service: string, form: Form): Plain {
  const body = new URLSearchParams({ Version: VERSIONS[service] ?? '', ...form }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  return { service, method: 'POST', path: '/', headers, body }
}

/** Of Organizations. */
export function json(service: string, target: string, input: object): Plain {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  return { service, method: 'POST', path: '/', headers, body: JSON.stringify(input) }
}

/** Of S3, without a body. */
export function rest(method: string, path: string): Plain {
  return { service: 's3', method, path, headers: { 'x-amz-content-sha256': sha256('') }, body: '' }
}

/** A whole HTTP request, ready to be written to a socket. */
export function bytesOf(port: number, keys: Keys, plain: Plain): string {
  const { method, path, headers, body } = sign(port, keys, plain)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** Sends one call, on a connection of its own. */
export function send(port: number, keys: Keys, plain: Plain): Promise<Reply> {
  const { body, ...options } = sign(port, keys, plain)
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', ...options }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }))
      answer.on('error', reject)
    })
    call.on('error', reject)
    call.end(body)
  })
}

export function sign(port: number, { accessKeyId, secretAccessKey, sessionToken }: Keys, plain: Plain): Signed {
  const { service, method, path, body } = plain
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const signed: Readonly<Record<string, string>> = {
    ...plain.headers,
    host: `127.0.0.1:${port}`,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  }
  const sorted = Object.keys(signed).toSorted()
  const names = sorted.join(';')
  const lines = sorted.map((name) => `${name}:${signed[name]}\n`)
  const [place = '', search = ''] = path.split('?')
  const canonical = [method, place, search, lines.join(''), names, plain.hash ?? sha256(body)].join('\n')
  const scope = `${time.slice(0, 8)}/us-east-1/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const signature = hmac(signingKey(secretAccessKey, scope), text).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  const headers = { ...signed, authorization, 'content-length': String(Buffer.byteLength(body)) }
  return { port, method, path, body, headers }
}

const derived = new Map<string, Buffer>()

/** The same for a whole day, and four hashes dear. */
function signingKey(secret: string, scope: string): Buffer {
  const known = derived.get(`${secret}/${scope}`)
  if (known !== undefined) return known
  const key = scope.split('/').reduce<Buffer>((under, part) => hmac(under, part), Buffer.from(`AWS4${secret}`))
  derived.set(`${secret}/${scope}`, key)
  return key
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
