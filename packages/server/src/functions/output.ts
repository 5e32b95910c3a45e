/** What a function writes, line by line, and the lines that Lambda writes around it. */

import type { Logging } from '../services/lambda/shared.ts'

const TAIL = 4096
/** Characters of one invocation's log that are kept: a function that writes without end fills no memory. */
const KEPT = 1024 * 1024

/** Both streams of a process, with the marks by which its runtime says that all it printed before has left it. */
export class Output {
  #lines: string[] = []
  #size = 0
  readonly #rests = ['', '']
  readonly #marks = new Map<string, number>()
  readonly #waiting = new Map<string, () => void>()

  /** `stream`: 0 or 1. */
  take(stream: number, text: string): void {
    const lines = text.split('\n')
    lines[0] = (this.#rests[stream] ?? '') + (lines[0] ?? '') // what came before has no end of a line
    const rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
    this.#rests[stream] = rest.length > KEPT ? '' : rest
    if (rest.length > KEPT) this.#line(rest)
  }

  /** Resolves once both streams have brought the mark, or after `patience` milliseconds. */
  marked(mark: string, patience: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(late)
        this.#marks.delete(mark)
        this.#waiting.delete(mark)
        resolve()
      }
      const late = setTimeout(done, patience)
      if ((this.#marks.get(mark) ?? 0) >= 2) done()
      else this.#waiting.set(mark, done)
    })
  }

  /** What was written since it was last asked for. */
  drain(): readonly string[] {
    const lines = [...this.#lines, ...this.#rests.filter((rest) => rest !== '')]
    this.#rests.fill('')
    this.#lines = []
    this.#size = 0
    return lines
  }

  #line(line: string): void {
    const [, before = '', mark] = /^([^\0]*)\0([^\0]+)\0$/.exec(line) ?? []
    if (mark === undefined) return this.#keep(line)
    if (before !== '') this.#keep(before)
    const seen = (this.#marks.get(mark) ?? 0) + 1
    this.#marks.set(mark, seen)
    if (seen >= 2) this.#waiting.get(mark)?.()
  }

  /** Runtimes write a line break inside a message as a carriage return, so that the message stays one. */
  #keep(line: string): void {
    if (this.#size > KEPT) return
    this.#size += line.length
    this.#lines.push(line.replaceAll('\r', '\n'))
  }
}

/** What Lambda reports of an invocation. Times are milliseconds, memory MiB. */
export interface Report {
  readonly requestId: string
  readonly version: string
  readonly duration: number
  readonly memory: number
  readonly used: number
  /** Where the process began for it. */
  readonly init?: number | undefined
  readonly status?: 'timeout' | 'error' | undefined
  readonly errorType?: string | undefined
  readonly at: number
}

/** The lines of one invocation as they stand in its log. */
export function logLines(lines: readonly string[], report: Report, logging: Logging): readonly string[] {
  const { start, end } = logging.format === 'JSON' ? asJson(report, logging) : asText(report)
  return [...start, ...lines, ...end]
}

interface Around {
  readonly start: readonly string[]
  readonly end: readonly string[]
}

function asText({ requestId, version, duration, memory, used, init, status, errorType }: Report): Around {
  const figures = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${duration.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(duration + (init ?? 0))} ms`,
    `Memory Size: ${memory} MB`,
    `Max Memory Used: ${used} MB`,
    ...(init === undefined ? [] : [`Init Duration: ${init.toFixed(2)} ms`]),
    ...(status === undefined ? [] : [`Status: ${status}`]),
    ...(errorType === undefined ? [] : [`Error Type: ${errorType}`]),
    '',
  ]
  return {
    start: [`START RequestId: ${requestId} Version: ${version}`],
    end: [`END RequestId: ${requestId}`, figures.join('\t')],
  }
}

function asJson(report: Report, { systemLevel }: Logging): Around {
  if (systemLevel === 'WARN') return { start: [], end: [] }
  const { requestId, version, duration, memory, used, init, status = 'success', errorType, at } = report
  const time = new Date(at).toISOString()
  const metrics = {
    durationMs: Number(duration.toFixed(3)),
    billedDurationMs: Math.ceil(duration + (init ?? 0)),
    memorySizeMB: memory,
    maxMemoryUsedMB: used,
    ...(init === undefined ? {} : { initDurationMs: Number(init.toFixed(3)) }),
  }
  const row = (type: string, record: object): string => JSON.stringify({ time, type, record })
  return {
    start: [row('platform.start', { requestId, version })],
    end: [row('platform.report', { requestId, metrics, status, ...(errorType && { errorType }) })],
  }
}

/** The last of a log, as an invoker is told it. */
export function tailOf(lines: readonly string[]): Buffer {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  return bytes.subarray(Math.max(0, bytes.length - TAIL))
}
