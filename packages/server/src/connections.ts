/** The connections that clients hold open: how many there are, and which of them came when there were enough. */

import type { Socket } from 'node:net'

export class Connections {
  readonly #most: number
  readonly #open = new Set<Socket>()
  /** What requests come on: the connections themselves, or what TLS made of them. */
  readonly #carrying = new Set<Socket>()
  readonly #extra = new WeakSet<Socket>()

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#open.size
  }

  /** Counts a connection until it closes. */
  take(socket: Socket): void {
    keep(this.#open, socket)
  }

  /** `socket` is ready for requests, on a connection that was taken: it is that one, or what TLS made of it. */
  use(socket: Socket): void {
    keep(this.#carrying, socket)
    if (this.#open.size > this.#most) this.#extra.add(socket)
  }

  /** It is told that there is no room, and closed. */
  isExtra(socket: Socket): boolean {
    return this.#extra.has(socket)
  }

  /** Those on which nothing was ever said: node takes them for busy, and would wait for them. */
  closeSilent(): void {
    for (const socket of [...this.#open, ...this.#carrying]) if (socket.bytesRead === 0) socket.destroy()
  }

  closeAll(): void {
    for (const socket of this.#open) socket.destroy()
  }
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
}
