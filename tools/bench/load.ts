/**
 * A load generator for one scenario: raw sockets with keep-alive, one request in flight on each. Where the call has a
 * `TURN` in it, each is another one, signed before the clock starts; else it is the same signed bytes again and again (a
 * signature holds for five minutes). Run as a process of its own, so that it has a core of its own: it reads a `Plan` as
 * JSON on stdin and prints a `Figures` as JSON.
 */

import { open } from './line.ts'
import { bytesOf, type Keys, type Plain } from './sign.ts'

export interface Plan {
  readonly port: number
  readonly keys: Keys
  readonly call: Plain
  /** How many are signed beforehand, where each is another one. The load ends when they are used up. */
  readonly prepared: number
  /** The number of the first turn. */
  readonly firstTurn: number
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
  /** With those of the warm-up. */
  readonly answered: number
}

/** In a body, what becomes the number of the request: no encoding changes it. */
export const TURN = '__turn__'

async function run(plan: Plan): Promise<Figures> {
  const next = supply(plan)
  const latencies: number[] = []
  let errors = 0
  let answered = 0
  let firstError: string | undefined
  const begin = performance.now() + plan.warmUpSeconds * 1000
  const end = begin + plan.seconds * 1000
  let last = begin

  const drive = async (): Promise<void> => {
    let line = await open(plan.port)
    for (let bytes = next(); bytes !== undefined && performance.now() < end; bytes = next()) {
      const sent = performance.now()
      const answer = await line.ask(bytes)
      const now = performance.now()
      answered += 1
      if (answer.status === 200) {
        if (sent >= begin && now <= end) latencies.push(now - sent)
        last = Math.min(now, end)
      } else {
        errors += 1
        firstError ??= `${answer.status} ${answer.text.slice(0, 300)}`
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
    perSecond: latencies.length / Math.max((last - begin) / 1000, 0.001),
    p50: at(0.5),
    p99: at(0.99),
    errors,
    ...(firstError === undefined ? {} : { firstError }),
    answered,
  }
}

/** One request after the other; nothing where they have run out. */
function supply({ port, keys, call, prepared, firstTurn }: Plan): () => Buffer | undefined {
  if (!call.body.includes(TURN)) {
    const same = Buffer.from(bytesOf(port, keys, call))
    return () => same
  }
  const requests = Array.from({ length: prepared }, (_, at) => {
    const body = call.body.replaceAll(TURN, String(firstTurn + at))
    return Buffer.from(bytesOf(port, keys, { ...call, body }))
  })
  let at = 0
  return () => requests[at++]
}

if (import.meta.main) {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer) // stdin has no encoding: buffers
  const plan = JSON.parse(Buffer.concat(chunks).toString()) as Plan // what bench.ts wrote
  console.log(JSON.stringify(await run(plan)))
}
