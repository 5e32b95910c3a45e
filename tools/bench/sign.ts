/** Signed requests as bytes, and one sent at once: what the benchmarks need of a client. */

import { createHash, createHmac } from 'node:crypto'
import { request } from 'node:http'

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

type Form = Readonly<Record<string, string>>

interface Signed {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A whole HTTP request, ready to be written to a socket. */
export function bytesOf(port: number, keys: Keys, service: string, form: Form): string {
  const { headers, body } = sign(port, keys, service, form)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** Sends one call and resolves to its status. */
export function send(port: number, keys: Keys, service: string, form: Form): Promise<number> {
  const { headers, body } = sign(port, keys, service, form)
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method: 'POST', path: '/', headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    call.on('error', reject)
    call.end(body)
  })
}

function sign(port: number, { accessKeyId, secretAccessKey }: Keys, service: string, form: Form): Signed {
  const body = new URLSearchParams(form).toString()
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const signed = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host: `127.0.0.1:${port}`,
    'x-amz-date': time,
  }
  const names = Object.keys(signed).join(';')
  const lines = Object.entries(signed).map(([name, value]) => `${name}:${value}\n`)
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n')
  const scope = `${time.slice(0, 8)}/us-east-1/${service}/aws4_request`
  const key = scope.split('/').reduce<Buffer>((under, part) => hmac(under, part), Buffer.from(`AWS4${secretAccessKey}`))
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  return { body, headers: { ...signed, authorization, 'content-length': String(Buffer.byteLength(body)) } }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
