/**
 * Requests with their answers while they cross the sockets. A call holds a place until it is answered, so a client that
 * keeps the server waiting is given up: a body has to move, and an answer has to be read.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from './clock.ts'
import type { Limits } from './limits.ts'
import { Refusal } from './refusal.ts'

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** A request whose body was left in the middle has none of its own any more. */
  readonly socket: Socket
  readonly begun: number
  /** The bytes that had crossed when it last moved, and the milliseconds for which it has stood still since. */
  moved: number
  still: number
}

type Patience = Pick<Limits, 'idleTime' | 'bodyTime'>

/** Fewer bytes than this in the whole idle time are standing still: one byte now and then is not an upload. */
const LEAST = 1024
/** As S3 says it (API Reference, "Error Responses"). */
const TIMED_OUT =
  'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.'

export class Exchanges {
  readonly #patience: Patience
  readonly #clock: Clock
  readonly #open = new Map<ServerResponse, Exchange>()
  readonly #often: number
  readonly #timer: NodeJS.Timeout
  #looked: number
  #draining = false

  constructor(patience: Patience, clock: Clock) {
    this.#patience = patience
    this.#clock = clock
    this.#often = Math.min(Math.max(patience.idleTime / 8, 10), 5_000)
    this.#timer = setInterval(() => this.#look(), this.#often).unref()
    this.#looked = clock.ticks()
  }

  get draining(): boolean {
    return this.#draining
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    const begun = this.#clock.ticks()
    this.#open.set(response, { request, response, socket: request.socket, begun, moved: 0, still: 0 })
    if (this.#draining) response.shouldKeepAlive = false
  }

  /** The answer has been given. What is still to come of the request is looked after until it has gone by. */
  end(response: ServerResponse): void {
    const exchange = this.#open.get(response)
    if (exchange === undefined) return
    const { request, socket } = exchange
    if (request.complete || request.destroyed || socket.destroyed) this.#open.delete(response)
    else request.once('close', () => this.#open.delete(response))
  }

  /** Whether a request on this socket is still being answered. */
  isOn(socket: Socket): boolean {
    return [...this.#open.values()].some((exchange) => exchange.socket === socket)
  }

  /** From now on each answer is the last of its connection. */
  drain(): void {
    this.#draining = true
    for (const { response } of this.#open.values()) if (!response.headersSent) response.shouldKeepAlive = false
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = this.#clock.ticks()
    // where this process was held up, nobody else stood still
    const passed = Math.min(now - this.#looked, this.#often)
    this.#looked = now
    for (const exchange of this.#open.values()) {
      const moved = crossed(exchange)
      const stands = waitsForClient(exchange) && moved - exchange.moved < LEAST
      exchange.still = stands ? exchange.still + passed : 0
      if (!stands) exchange.moved = moved
      if (exchange.still > this.#patience.idleTime || this.#isTooLong(exchange, now)) giveUp(exchange)
    }
  }

  /** A body that is read whole flows; one that streams is drawn, piece by piece, and may take as long as it moves. */
  #isTooLong({ request, begun }: Exchange, now: number): boolean {
    return !request.complete && request.readableFlowing === true && now - begun >= this.#patience.bodyTime
  }
}

/** It is not we who are slow: nothing of the body lies here unread, or part of the answer lies here unsent. */
function waitsForClient({ request, response }: Exchange): boolean {
  return (!request.complete && request.readableLength === 0) || response.writableLength > 0
}

function crossed({ socket, response }: Exchange): number {
  return socket.bytesRead + socket.bytesWritten - response.writableLength
}

/** Whoever reads the body refuses the call; where nobody does, there is nobody to tell. */
function giveUp(exchange: Exchange): void {
  const { request, response, socket } = exchange
  exchange.still = 0
  response.shouldKeepAlive = false
  if (response.headersSent || request.listenerCount('error') === 0) socket.destroy()
  else request.emit('error', new Refusal('RequestTimeout', TIMED_OUT))
}
