/** The little of an AWS client that this command needs itself: signed calls, and plain ones to the server's own doors. */

import { createHash, createHmac } from 'node:crypto'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Keys } from './credentials.ts'
import { Failure, isSystemError } from './failure.ts'

export interface Target {
  readonly endpoint: string
  readonly region: string
  /** The authority's certificate, in PEM, where the endpoint speaks TLS. */
  readonly ca?: string | undefined
}

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

const PATIENCE = 30_000

/** Where nobody listens, a `Failure` that names the endpoint. */
export async function send(target: Target, sent: Sent): Promise<Reply> {
  const answer = await begin(target, sent)
  try {
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) }
  } catch (error) {
    throw unreachable(error, target.endpoint)
  }
}

/** As `send`, resolved as soon as the answer begins: who asked reads its body. `patience` is how long it may stand still. */
export function begin({ endpoint, ca }: Target, sent: Sent, patience = PATIENCE): Promise<IncomingMessage> {
  const { method, path, headers = {}, body = '' } = sent
  const url = new URL(path, endpoint)
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const options = { method, headers, timeout: patience, agent: false, ...(ca === undefined ? {} : { ca }) }
    const outgoing = request(url, options, resolve)
    outgoing.on('error', (error) => reject(unreachable(error, endpoint)))
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer came')))
    outgoing.end(body)
  })
}

function unreachable(error: unknown, endpoint: string): Error {
  const help = isSystemError(error, 'ECONNREFUSED')
    ? 'nobody listens there: `sallyport up` starts a server'
    : String(error instanceof Error ? error.message : error)
  return new Failure(`\`${endpoint}\` cannot be reached: ${help}`, { cause: error })
}

/** Whether a server of ours answers there. */
export async function isHealthy(target: Target): Promise<boolean> {
  try {
    const { status, body } = await send(target, { method: 'GET', path: '/healthz' })
    return status === 200 && body === 'ok\n'
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}

export interface Signing {
  readonly keys: Keys
  readonly service: string
}

export function sendSigned(target: Target, sent: Sent, signing: Signing): Promise<Reply> {
  return send(target, signed(target, sent, signing))
}

/** The request with the headers that sign it by Signature Version 4, all its headers included. */
export function signed(target: Target, sent: Sent, { keys, service }: Signing): Sent {
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const digest = sha256(sent.body ?? '')
  const headers: Record<string, string> = {
    ...sent.headers,
    host: new URL(target.endpoint).host,
    'x-amz-content-sha256': digest,
    'x-amz-date': stamp,
    ...(keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken }),
  }
  const names = Object.keys(headers).toSorted()
  const canonical = [
    sent.method,
    sent.path,
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    digest,
  ].join('\n')
  const scope = [stamp.slice(0, 8), target.region, service, 'aws4_request']
  const key = scope.reduce<Buffer | string>((above, part) => hmac(above, part), `AWS4${keys.secretAccessKey}`)
  const signature = hmac(key, ['AWS4-HMAC-SHA256', stamp, scope.join('/'), sha256(canonical)].join('\n')).toString(
    'hex',
  )
  const credential = `Credential=${keys.accessKeyId}/${scope.join('/')}`
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...sent, headers: { ...headers, authorization } }
}

function sha256(message: string): string {
  return createHash('sha256').update(message).digest('hex')
}

function hmac(key: Buffer | string, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest()
}
