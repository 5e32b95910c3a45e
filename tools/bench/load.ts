/**
 * A load generator for one scenario: raw sockets with keep-alive, one request in flight on each, the same signed bytes
 * again and again (a signature holds for five minutes). Run as a process of its own, so that it has a core of its own:
 * it reads a `Plan` as JSON on stdin and prints a `Figures` as JSON.
 */

import { connect, type Socket } from 'node:net'

export interface Plan {
  readonly port: number
  /** The whole request, head and body. */
  readonly request: string
  readonly connections: number
  readonly warmUpSeconds: number
  readonly seconds: number
}

export interface Figures {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly errors: number
  readonly firstError?: string
}

const HEAD_END = Buffer.from('\r\n\r\n')

async function run(plan: Plan): Promise<Figures> {
  const latencies: number[] = []
  let errors = 0
  let firstError: string | undefined
  const begin = performance.now() + plan.warmUpSeconds * 1000
  const end = begin + plan.seconds * 1000
  const bytes = Buffer.from(plan.request)

  const drive = async (): Promise<void> => {
    let line = await open(plan.port)
    while (performance.now() < end) {
      const sent = performance.now()
      const answer = await line.ask(bytes)
      const now = performance.now()
      if (answer.status === 200) {
        if (sent >= begin && now <= end) latencies.push(now - sent)
      } else {
        errors += 1
        firstError ??= `${answer.status} ${answer.text.slice(0, 300)}`
        if (answer.status === 0) line = await open(plan.port)
      }
      if (answer.closes) line = await open(plan.port)
    }
    line.close()
  }
  await Promise.all(Array.from({ length: plan.connections }, drive))
  latencies.sort((a, b) => a - b)
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return {
    perSecond: latencies.length / plan.seconds,
    p50: at(0.5),
    p99: at(0.99),
    errors,
    ...(firstError === undefined ? {} : { firstError }),
  }
}

interface Reply {
  readonly status: number
  readonly text: string
  readonly closes: boolean
}

interface Line {
  ask(bytes: Buffer): Promise<Reply>
  close(): void
}

async function open(port: number): Promise<Line> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const made = connect(port, '127.0.0.1', () => resolve(made))
    made.once('error', reject)
  })
  socket.setNoDelay(true)
  let buffer: Buffer = Buffer.alloc(0)
  let waiting: ((reply: Reply) => void) | undefined
  const settle = (reply: Reply): void => {
    const resolve = waiting
    waiting = undefined
    resolve?.(reply)
  }
  socket.on('error', () => {})
  socket.on('close', () => settle({ status: 0, text: 'connection closed', closes: true }))
  socket.on('data', (part) => {
    buffer = buffer.length === 0 ? part : Buffer.concat([buffer, part])
    const head = buffer.indexOf(HEAD_END)
    if (head < 0) return
    const text = buffer.toString('latin1', 0, head)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0)
    const size = head + 4 + length
    if (buffer.length < size) return
    const body = buffer.toString('utf8', head + 4, size)
    buffer = buffer.subarray(size)
    settle({
      status: Number(text.slice(9, 12)),
      text: body,
      closes: /\r\nconnection: *close/i.test(text) || text.startsWith('HTTP/1.0'),
    })
  })
  return {
    ask: (bytes) =>
      new Promise((resolve) => {
        waiting = resolve
        socket.write(bytes)
      }),
    close: () => socket.destroy(),
  }
}

const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(chunk as Buffer) // stdin has no encoding: buffers
console.log(JSON.stringify(await run(JSON.parse(Buffer.concat(chunks).toString()) as Plan)))
