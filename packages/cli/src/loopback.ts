/**
 * A small server on this machine's loopback address, for what instances and containers are told about themselves. It
 * answers to loopback's own names alone: a page that found its way here by a name of its own gets nothing.
 */

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure, isSystemError } from './failure.ts'
import { warn } from './say.ts'

export interface Asked {
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

export interface Told {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** Whoever asks gets no answer: there is nobody. */
export const SILENCE = 'silence'

export interface Loopback {
  readonly endpoint: string
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const NAMES = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i

export async function serveLoopback(
  port: number,
  answer: (asked: Asked) => Promise<Told | typeof SILENCE>,
): Promise<Loopback> {
  const server = createServer((request, response) => {
    request.resume()
    void told(request)
      .then((reply) => {
        if (reply === SILENCE) return void request.socket.destroy()
        response.writeHead(reply.status, { 'content-type': 'text/plain', server: 'EC2ws', ...reply.headers })
        return response.end(request.method === 'HEAD' ? undefined : reply.body)
      })
      .catch((error: unknown) => {
        warn(error instanceof Error ? error.message : String(error))
        response.writeHead(500, { 'content-type': 'text/plain' }).end()
      })
  })

  async function told({ method = '', url = '/', headers }: IncomingMessage): Promise<Told | typeof SILENCE> {
    if (!NAMES.test(headers.host ?? '')) return { status: 403, body: '' }
    const flat = Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat().join(', ')])
    return answer({ method, path: url.replace(/\?.*$/s, ''), headers: Object.fromEntries(flat) })
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(isSystemError(error, 'EADDRINUSE') ? taken(port) : error))
    server.listen(port, HOST, resolve)
  })
  const { port: bound } = server.address() as AddressInfo // it listens on TCP
  return {
    endpoint: `http://${HOST}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function taken(port: number): Failure {
  return new Failure(`port \`${port}\` is taken: choose another with \`--port\`, or \`--port 0\` for any that is free`)
}
