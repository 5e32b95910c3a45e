/** What an invoker is told where a function did not answer, in AWS's words. */

import type { Order } from './order.ts'
import { wordsOfExit, type Silence } from './sandbox.ts'

export interface Verdict {
  readonly body: string
  readonly failed: boolean
  readonly status?: 'timeout' | 'error'
  readonly errorType?: string
  /** A line for the log. */
  readonly line?: string
}

/** The runtime takes this much of an answer. */
const ANSWER = 6 * 1024 * 1024 + 100

export function answered(type: 'done' | 'failed' | 'unable', body: string): Verdict {
  if (type === 'done' && Buffer.byteLength(body) > ANSWER) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${ANSWER} bytes).`
    return failure('Function.ResponseSizeTooLarge', errorMessage)
  }
  return type === 'done'
    ? { body, failed: false }
    : { body, failed: true, ...(type === 'unable' && { status: 'error' }) }
}

export function silent(silence: Silence, { row, requestId }: Order, at: number): Verdict {
  const error = `RequestId: ${requestId} Error: `
  switch (silence.type) {
    case 'late': {
      const words = `Task timed out after ${row.timeout.toFixed(2)} seconds`
      const line = `${new Date(at).toISOString()} ${requestId} ${words}\n`
      return { ...failure('Sandbox.Timedout', error + words), status: 'timeout', line }
    }
    case 'memory':
      return failure('Runtime.OutOfMemory', `${error}Runtime exited with error: signal: killed`, true)
    case 'storage':
      return failure('Runtime.ExitError', `${error}Runtime exited with error: signal: killed`, true)
    case 'exit':
      return failure('Runtime.ExitError', error + wordsOfExit(silence), true)
  }
}

/** The machine cannot run it at all. */
export function unrunnable(reason: string): Verdict {
  return failure('Runtime.InvalidRuntime', reason, true)
}

function failure(errorType: string, errorMessage: string, ended = false): Verdict {
  const told = { body: JSON.stringify({ errorType, errorMessage }), failed: true }
  return ended ? { ...told, status: 'error', errorType, line: errorMessage } : told
}
