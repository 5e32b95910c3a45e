/** Requests by hand: signed or not, well-formed or not, over HTTP or a bare socket. */

import { createHash, createHmac } from 'node:crypto'
import { request } from 'node:http'
import { connect } from 'node:net'
import type { Keys, TestServer } from './harness.ts'

export interface RawCall {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** The scope to sign for. */
  readonly service?: string
  readonly region?: string
  /** `null`: not signed. */
  readonly keys?: Keys | null
  /** Sent although it was not this that was signed. */
  readonly bodySent?: string | Uint8Array
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly bytes: Buffer
}

export function send(server: TestServer, call: RawCall): Promise<RawAnswer> {
  const { method = 'POST', path = '/', query = '', body = '', keys = server.administrator } = call
  const { hostname, port, host } = new URL(server.endpoint)
  const headers = { host, ...call.headers }
  const signed = keys === null ? headers : { ...headers, ...signature(call, headers, keys) }
  const sent = call.bodySent ?? body
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        method,
        path: query === '' ? path : `${path}?${query}`,
        headers: { ...signed, 'content-length': String(Buffer.byteLength(sent)) },
        agent: false,
      },
      (incoming) => {
        const parts: Buffer[] = []
        incoming.on('data', (part: Buffer) => parts.push(part))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const answered = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])
          const bytes = Buffer.concat(parts)
          resolve({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(answered),
            body: bytes.toString(),
            bytes,
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(sent)
  })
}

/** A query call as the SDKs send it. */
export function form(parameters: Readonly<Record<string, string>>): Pick<RawCall, 'headers' | 'body'> {
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
  }
}

export const WHO_AM_I = form({ Action: 'GetCallerIdentity', Version: '2011-06-15' })

/** Everything that comes back on a socket that `bytes` are written to, until it is closed or `patience` milliseconds are over. */
export function overSocket(
  server: TestServer,
  bytes: readonly (string | Uint8Array)[],
  patience = 300,
): Promise<string> {
  const { hostname, port } = new URL(server.endpoint)
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), hostname)
    const end = (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(patience, end)
    socket.on('data', (part) => (answer += part.toString('latin1')))
    socket.on('error', end)
    socket.on('close', end)
    socket.on('connect', () => {
      for (const part of bytes) socket.write(part)
    })
  })
}

/** The headers that sign a call, by AWS's description of Signature Version 4. */
export function signature(
  call: RawCall,
  headers: Readonly<Record<string, string>>,
  keys: Keys,
): Record<string, string> {
  const { method = 'POST', path = '/', query = '', body = '', service = 'sts', region = 'us-east-1' } = call
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`
  const hash = digest(body)
  const signing: Record<string, string> = {
    ...headers,
    'x-amz-date': time,
    ...(keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken }),
    ...(service === 's3' ? { 'x-amz-content-sha256': hash } : {}),
  }
  const names = Object.keys(signing)
    .map((name) => name.toLowerCase())
    .toSorted()
  const valueOf = (name: string) => Object.entries(signing).find(([one]) => one.toLowerCase() === name)?.[1] ?? ''
  const canonical = [
    method,
    service === 's3' ? path : path.split('/').map(encodeURIComponent).join('/'),
    query
      .split('&')
      .filter(Boolean)
      .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
      .toSorted()
      .join('&'),
    ...names.map((name) => `${name}:${valueOf(name).trim().replaceAll(/ +/g, ' ')}`),
    '',
    names.join(';'),
    hash,
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', time, scope, digest(canonical)].join('\n')
  const { host: _, ...added } = signing
  return {
    ...added,
    authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${sign(text, scope, keys)}`,
  }
}

/** The query string that signs a GET of S3's for whoever has it. */
export function presigned(path: string, host: string, keys: Keys): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${time.slice(0, 8)}/us-east-1/s3/aws4_request`
  const parameters: readonly (readonly [string, string])[] = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${keys.accessKeyId}/${scope}`],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', '300'],
    ...(keys.sessionToken === undefined ? [] : [['X-Amz-Security-Token', keys.sessionToken] as const]),
    ['X-Amz-SignedHeaders', 'host'],
  ]
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  const canonical = ['GET', path, query, `host:${host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n')
  return `${query}&X-Amz-Signature=${sign(['AWS4-HMAC-SHA256', time, scope, digest(canonical)].join('\n'), scope, keys)}`
}

function sign(text: string, scope: string, keys: Keys): string {
  const key = scope
    .split('/')
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${keys.secretAccessKey}`)
  return hmac(key, text).toString('hex')
}

function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}
