/**
 * The doors by which an operator's tools look in: `/healthz`, `/readyz` and `/metrics`. They take no signature and are
 * never throttled.
 *
 * INVARIANT: they hide no bucket and no object of these names. A request that is signed, that has a query, or that comes
 * to a host of AWS's is not theirs.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exposition } from './exposition.ts'
import { hostService } from './wire/hosts.ts'

export interface OwnDoors {
  /** Why calls should go elsewhere; undefined where they may come. */
  readonly unready: () => string | undefined
  readonly expose: () => Promise<Exposition>
  readonly onBug: (error: unknown) => void
}

export function ownDoors({
  unready,
  expose,
  onBug,
}: OwnDoors): (request: IncomingMessage, response: ServerResponse) => boolean {
  const doors: Readonly<Record<string, (response: ServerResponse) => void>> = {
    '/healthz': (response) => say(response, 200, 'ok\n'),
    '/readyz'(response) {
      const why = unready()
      if (why === undefined) say(response, 200, 'ready\n')
      else say(response, 503, `${why}\n`)
    },
    '/metrics'(response) {
      expose().then(
        ({ type, text }) => say(response, 200, text, type),
        (error: unknown) => {
          onBug(error)
          say(response, 500, 'the server failed\n')
        },
      )
    },
  }

  return (request, response) => {
    const { url = '', headers } = request
    const door = Object.hasOwn(doors, url) ? doors[url] : undefined
    if (door === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    if (headers.authorization !== undefined || hostService(headers.host ?? '') !== undefined) return false
    door(response)
    return true
  }
}

function say(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store' }
  response.writeHead(status, headers).end(text)
}
