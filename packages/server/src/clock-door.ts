/**
 * The door by which an operator moves the test clock: `/_sallyport/clock`. It is no AWS operation and takes no signature;
 * so it wants a header that no web page can send without asking, and answers only where a test clock was given.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MovableClock } from './clock.ts'

export const CLOCK_PATH = '/_sallyport/clock'
export const DOOR_HEADER = 'x-sallyport'
const BODY_AT_MOST = 1024

/** `by` in seconds, `to` in ISO 8601. */
type Move = { readonly by: number } | { readonly to: string } | { readonly reset: true }

export function clockDoor(
  clock: MovableClock | undefined,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    if (request.url !== CLOCK_PATH) return false
    if (request.headers[DOOR_HEADER] === undefined)
      return say(response, 403, { error: `the header \`${DOOR_HEADER}\` is missing` })
    if (clock === undefined)
      return say(response, 409, { error: 'this server has no test clock: start it with --test-clock' })
    if (request.method === 'GET') return say(response, 200, show(clock))
    if (request.method !== 'POST') return say(response, 405, { error: 'GET shows the clock, POST moves it' })
    void readMove(request).then((move) => {
      if (move === undefined) return say(response, 400, { error: 'give `by` (seconds), `to` (a time) or `reset`' })
      apply(clock, move)
      return say(response, 200, show(clock))
    })
    return true
  }
}

function show(clock: MovableClock): object {
  return { now: new Date(clock.now()).toISOString(), offsetSeconds: Math.round(clock.offset / 1000) }
}

function apply(clock: MovableClock, move: Move): void {
  if ('by' in move) clock.move(move.by * 1000)
  else if ('to' in move) clock.set(Date.parse(move.to))
  else clock.reset()
}

async function readMove(request: IncomingMessage): Promise<Move | undefined> {
  let text = ''
  try {
    for await (const part of request) {
      text += String(part)
      if (text.length > BODY_AT_MOST) return undefined
    }
    return asMove(JSON.parse(text))
  } catch {
    // no JSON, or a client that went away before its body ended
    return undefined
  }
}

/** A century either way: beyond it dates no longer print as AWS prints them. */
const FARTHEST = 100 * 365 * 24 * 3600

function asMove(value: unknown): Move | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if ('by' in value && typeof value.by === 'number' && Math.abs(value.by) <= FARTHEST) return { by: value.by }
  if ('to' in value && typeof value.to === 'string') {
    const away = Math.abs(Date.parse(value.to) - Date.now())
    return away <= FARTHEST * 1000 ? { to: value.to } : undefined
  }
  return 'reset' in value && value.reset === true ? { reset: true } : undefined
}

function say(response: ServerResponse, status: number, body: object): true {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
  return true
}
