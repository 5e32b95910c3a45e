/** Large bodies to and from S3, signed but for their bytes: what a client with nothing else to do can carry. */

import { randomBytes } from 'node:crypto'
import { Agent, request, type IncomingMessage } from 'node:http'
import { rest, sign, type Keys, type Plain } from './sign.ts'

export interface Door {
  readonly port: number
  readonly keys: Keys
}

const PIECE = randomBytes(1024 * 1024)
const agent = new Agent({ keepAlive: true, maxSockets: 16 })
const UNSIGNED = 'UNSIGNED-PAYLOAD'

/** A body of `size` bytes, never more of it in memory than one piece. */
export async function put(door: Door, path: string, size: number): Promise<IncomingMessage['headers']> {
  const headers = { 'x-amz-content-sha256': UNSIGNED }
  const { incoming } = await send(door, { service: 's3', method: 'PUT', path, headers, body: '', hash: UNSIGNED }, size)
  return incoming.headers
}

/** How many bytes came. */
export async function get(door: Door, path: string, range?: readonly [from: number, to: number]): Promise<number> {
  const plain = rest('GET', path)
  const headers = range === undefined ? plain.headers : { ...plain.headers, range: `bytes=${range[0]}-${range[1]}` }
  return (await send(door, { ...plain, headers }, 0)).bytes
}

/** A call with an answer in XML. */
export async function ask(door: Door, method: string, path: string, body = ''): Promise<string> {
  const headers = { 'x-amz-content-sha256': UNSIGNED }
  const plain = { service: 's3', method, path, headers, body, hash: UNSIGNED }
  return (await send(door, plain, body.length)).text
}

interface Reply {
  readonly incoming: IncomingMessage
  readonly bytes: number
  readonly text: string
}

async function send({ port, keys }: Door, plain: Plain, size: number): Promise<Reply> {
  const { method, path, headers } = sign(port, keys, plain)
  const sized = { ...headers, 'content-length': String(size) }
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers: sized, agent })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
  })
  if (plain.body === '') await pour(outgoing, size)
  outgoing.end(plain.body)
  const incoming = await answered
  let bytes = 0
  let text = ''
  for await (const part of incoming as AsyncIterable<Buffer>) {
    bytes += part.length
    if (text.length < 10_000 && part.length < 10_000) text += String(part)
  }
  if ((incoming.statusCode ?? 0) >= 300) throw new Error(`${method} ${path}: ${incoming.statusCode} ${text}`)
  return { incoming, bytes, text }
}

async function pour(outgoing: ReturnType<typeof request>, size: number): Promise<void> {
  for (let left = size; left > 0; left -= PIECE.length) {
    const more = outgoing.write(left >= PIECE.length ? PIECE : PIECE.subarray(0, left))
    if (!more) await new Promise<void>((resolve) => outgoing.once('drain', () => resolve()))
  }
}
