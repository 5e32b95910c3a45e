/** One process that runs a function's code, an event at a time, and what it says over the pipe that is its alone. */

import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import type { Duplex } from 'node:stream'
import type { Command } from './command.ts'
import { Output } from './output.ts'
import { familyOf, usedBy, type Processes } from './processes.ts'

/** What a runtime says: it is ready, it cannot begin, or what came of an event. */
type Said =
  | { readonly type: 'ready' }
  | { readonly type: 'unable'; readonly body: string }
  | { readonly type: 'done' | 'failed'; readonly body: string; readonly id: string }

/** Why it says no more. */
export type Silence =
  | { readonly type: 'late' }
  | { readonly type: 'memory' | 'storage' }
  | { readonly type: 'exit'; readonly code: number | null; readonly signal: string | null }

export interface Bounds {
  /** MiB. */
  readonly memory: number
  readonly temporary?: { readonly folder: string; readonly storage: number } | undefined
}

/** For the last lines to come in, in milliseconds. */
const LAST_LINES = 500
/** What a runtime may say at once: an answer is 6 MB at the most, and escaped it may be six times that. */
const SAYING = 48 * 1024 * 1024

export class Sandbox {
  readonly output = new Output()
  /** The most that was used of the memory, in MiB, since it was last asked. */
  #used = 0
  readonly #child: ChildProcess
  readonly #pipe: Duplex
  readonly #gone: Promise<void>
  readonly #unwatch: () => void
  #silence: Silence | undefined
  /** Its number may be another's by now: no signal goes there any more. */
  #dead = false
  #heard: Said[] = []
  #event: string | undefined
  #listener: ((it: Said | Silence) => void) | undefined

  constructor(command: Command, bounds: Bounds, processes: Processes) {
    const { file, args, env, cwd, script } = command
    const child = spawn(file, args, {
      env: { ...env },
      cwd,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#pipe = child.stdio[3] as Duplex // what `pipe` makes of a fourth stream
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(script)
    for (const [at, stream] of [child.stdout, child.stderr].entries()) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => this.output.take(at, text))
      stream?.on('error', () => undefined)
    }
    this.#listen()
    child.once('exit', () => this.#died())
    this.#gone = new Promise((resolve) => {
      child.once('error', () => this.#end({ type: 'exit', code: 127, signal: null }, resolve))
      child.once('close', (code, signal) => this.#end({ type: 'exit', code, signal }, resolve))
    })
    this.#unwatch = processes.watch({
      pid: child.pid ?? 0,
      ...bounds,
      used: (mib) => (this.#used = Math.max(this.#used, mib)),
      over: (type) => this.#stop({ type }),
    })
  }

  get ended(): boolean {
    return this.#silence !== undefined
  }

  /** MiB, the most since it was last asked. */
  get used(): number {
    const used = Math.max(this.#used, usedBy(this.#child.pid ?? 0))
    this.#used = 0
    return used
  }

  /** Resolves to what it says next; it is ended where it takes longer than `patience` milliseconds. */
  hear(patience: number): Promise<Said | Silence> {
    const said = this.#heard.shift() ?? this.#silence
    if (said !== undefined) return Promise.resolve(said)
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#stop({ type: 'late' }), patience)
      this.#listener = (it) => {
        clearTimeout(late)
        this.#listener = undefined
        resolve(it)
      }
    })
  }

  /** Gives it an event; what it says of another is not heard any more. */
  tell(message: { readonly id: string; readonly [more: string]: unknown }): void {
    this.#event = message.id
    if (this.#silence === undefined) this.#pipe.write(`${JSON.stringify(message)}\n`)
  }

  /** All that it printed, once it said that it printed it. */
  async lines(mark: string): Promise<readonly string[]> {
    if (this.#silence === undefined) await this.output.marked(mark, LAST_LINES)
    else await this.#gone
    return this.output.drain()
  }

  /** Ends it with all that it started. Resolves once it is gone. */
  end(): Promise<void> {
    this.#stop({ type: 'exit', code: null, signal: 'SIGKILL' })
    return this.#gone
  }

  #listen(): void {
    let rest = ''
    this.#pipe.setEncoding('utf8')
    this.#pipe.on('error', () => undefined)
    this.#pipe.on('data', (text: string) => {
      const lines = text.split('\n')
      lines[0] = rest + (lines[0] ?? '') // what came before has no end of a line, and is not looked through again
      rest = lines.pop() ?? ''
      if (rest.length > SAYING) return this.#stop({ type: 'memory' })
      for (const line of lines) this.#said(line)
    })
  }

  /** The function's own code can write to the pipe: what makes no sense is not heard. */
  #said(line: string): void {
    const said = understood(line)
    if (said === undefined || ('id' in said && said.id !== this.#event)) return
    if (this.#listener === undefined) this.#heard = [...this.#heard.slice(-1), said]
    else this.#listener(said)
  }

  #stop(silence: Silence): void {
    if (this.#silence !== undefined) return
    const { pid } = this.#child
    if (pid !== undefined && !this.#dead) {
      for (const each of familyOf(pid).toReversed()) signal(each)
      signal(-pid)
    }
    this.#fall(silence)
  }

  /** What it left behind ends too, and keeps nobody waiting for the end of its output. */
  #died(): void {
    const { pid, stdout, stderr } = this.#child
    if (pid !== undefined) signal(-pid)
    this.#dead = true
    this.#unwatch()
    setTimeout(() => {
      for (const stream of [stdout, stderr, this.#pipe]) stream?.destroy()
    }, LAST_LINES).unref()
  }

  #end(silence: Silence, gone: () => void): void {
    this.#fall(silence)
    this.#pipe.destroy()
    gone()
  }

  #fall(silence: Silence): void {
    this.#unwatch?.()
    this.#silence ??= silence
    this.#listener?.(this.#silence)
  }
}

function understood(line: string): Said | undefined {
  try {
    const it: unknown = JSON.parse(line)
    if (typeof it !== 'object' || it === null || !('type' in it)) return undefined
    if (it.type === 'ready') return { type: 'ready' }
    if (!('body' in it) || typeof it.body !== 'string') return undefined
    const { type, body } = it
    if (type === 'unable') return { type, body }
    if (!('id' in it) || typeof it.id !== 'string') return undefined
    return type === 'done' || type === 'failed' ? { type, body, id: it.id } : undefined
  } catch {
    return undefined
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it is gone already
  }
}

const SIGNAL_WORDS: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGBUS: 'bus error',
  SIGTRAP: 'trace/breakpoint trap',
  SIGILL: 'illegal instruction',
}

/** How the process ended, in Lambda's words. A shell tells of a signal by a status past 128. */
export function wordsOfExit({
  code,
  signal: given,
}: {
  readonly code: number | null
  readonly signal: string | null
}): string {
  const number = (code ?? 0) - 128
  const name = given ?? Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
  if (name !== undefined) return `Runtime exited with error: signal: ${SIGNAL_WORDS[name] ?? name}`
  return code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`
}
