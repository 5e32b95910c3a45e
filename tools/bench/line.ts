/** A connection that is kept alive, with one request in flight on it: as little client as can put load on a server. */

import { connect, type Socket } from 'node:net'

export interface Reply {
  /** 0 where the connection broke before the whole answer was there. */
  readonly status: number
  /** The status line and the headers, as they came. */
  readonly head: string
  readonly text: string
  readonly closes: boolean
}

export interface Line {
  ask(bytes: string | Buffer): Promise<Reply>
  close(): void
}

const HEAD_END = Buffer.from('\r\n\r\n')
export const BROKEN: Reply = { status: 0, head: '', text: 'connection closed', closes: true }

/** Rejects where nobody listens. */
export async function open(port: number): Promise<Line> {
  const socket = await connected(port)
  socket.setNoDelay(true)
  let parts: Buffer[] = []
  let length = 0
  /** How many bytes the whole answer has, once its head is there. */
  let size: number | undefined
  let waiting: ((reply: Reply) => void) | undefined
  let isBroken = false

  const settle = (reply: Reply): void => {
    const resolve = waiting
    waiting = undefined
    resolve?.(reply)
  }
  socket.on('error', () => {})
  socket.on('close', () => {
    isBroken = true
    settle(BROKEN)
  })
  socket.on('data', (part) => {
    parts.push(part)
    length += part.length
    size ??= sizeOf(parts.length === 1 ? part : (parts = [Buffer.concat(parts)])[0])
    if (size === undefined || length < size) return
    const answer = read(Buffer.concat(parts))
    parts = []
    length = 0
    size = undefined
    settle(answer)
  })
  return {
    ask: (bytes) =>
      new Promise((resolve) => {
        if (isBroken) return resolve(BROKEN)
        waiting = resolve
        socket.write(bytes)
      }),
    close: () => socket.destroy(),
  }
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

function sizeOf(buffer: Buffer | undefined): number | undefined {
  const head = buffer?.indexOf(HEAD_END) ?? -1
  if (buffer === undefined || head < 0) return undefined
  const declared = /\r\ncontent-length: *(\d+)/i.exec(buffer.toString('latin1', 0, head))?.[1]
  return head + HEAD_END.length + Number(declared ?? 0)
}

function read(buffer: Buffer): Reply {
  const end = buffer.indexOf(HEAD_END)
  const head = buffer.toString('latin1', 0, end)
  return {
    status: Number(head.slice(9, 12)),
    head,
    text: buffer.toString('utf8', end + HEAD_END.length),
    closes: /\r\nconnection: *close/i.test(head) || head.startsWith('HTTP/1.0'),
  }
}
