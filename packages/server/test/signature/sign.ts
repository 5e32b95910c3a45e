/** What the tests of signatures share: messages, a fixed key, and the JS SDK's own signer. */
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SignatureV4 } from '@smithy/signature-v4'
import { expect } from 'vitest'
import { Refusal } from '../../src/refusal.ts'
import type { Message } from '../../src/wire/message.ts'
import { readClaim } from '../../src/wire/claim.ts'
import { signingKeys, verify, type Times, type Verified } from '../../src/wire/signature.ts'

export const KEY = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
export const keys = signingKeys()

export function message(parts: Partial<Message> = {}): Message {
  const source = { ip: '127.0.0.1', tls: false }
  return { method: 'GET', path: '/', query: '', headers: {}, body: new Uint8Array(), source, ...parts }
}

/** Headers as pairs, joined as the server joins them. */
export function joined(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of pairs) headers[name] = name in headers ? `${headers[name]},${value}` : value
  return headers
}

export function at(host: number, test = host): Times {
  return { host, test }
}

/** Reads the claim and proves it. */
export function prove(sent: Message, times: Times = at(NOW), secret = KEY.secretAccessKey): Verified {
  const claim = readClaim(sent)
  if (!claim) throw new Error('the message is not signed')
  return verify(claim, sent, secret, keys, times)
}

export function refusalOf(run: () => unknown): Refusal {
  try {
    run()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('nothing was refused')
}

export async function refusalFrom(run: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(Refusal)
  return error as Refusal // asserted in the line above
}

export function readCases<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../../cases/sigv4/${name}.json`, import.meta.url), 'utf8'))
}

/** Node's digests in the shape that the SDK asks for. */
class Sha256 {
  readonly #inner

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === 'string' || secret === undefined ? secret : new Uint8Array(bufferOf(secret))
    this.#inner = key === undefined ? createHash('sha256') : createHmac('sha256', key)
  }

  update(data: Uint8Array | string): void {
    this.#inner.update(data)
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(Uint8Array.from(this.#inner.digest()))
  }

  reset(): void {
    throw new Error('not asked for')
  }
}

function bufferOf(data: ArrayBuffer | ArrayBufferView): ArrayBuffer | ArrayBufferLike {
  return ArrayBuffer.isView(data) ? data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) : data
}

/** The signer of the JS SDK, as its clients set it up for S3 and for all others. */
export function sdkSigner(service: string, token?: string): SignatureV4 {
  return new SignatureV4({
    service,
    region: 'us-east-1',
    credentials: token === undefined ? KEY : { ...KEY, sessionToken: token },
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: true,
  })
}

/** A request of the SDK, as the socket would carry it. */
export interface Sent {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

export function asMessage(sent: Sent): Message {
  const pairs = Object.entries(sent.query ?? {}).flatMap(([name, value]) =>
    [value].flat().map((one) => (one === null ? escape(name) : `${escape(name)}=${escape(one)}`)),
  )
  const headers = Object.fromEntries(Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), value]))
  return message({
    method: sent.method,
    path: sent.path,
    query: pairs.join('&'),
    headers,
    body: Buffer.from(sent.body ?? ''),
  })
}

export function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}
