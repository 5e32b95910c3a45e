/** Asks the running server why, or whether: by the door that opens to its administrator alone. */

import type { ExplainAnswer, Question } from '@sallyport/server'
import { administratorOf } from '../administrator.ts'
import { sendSigned, type Reply } from '../client.ts'
import { Failure, Usage } from '../failure.ts'
import { findTarget, type Whereabouts } from '../whereabouts.ts'

export async function askServer(where: Whereabouts, asked: Question): Promise<ExplainAnswer> {
  const target = findTarget(where, process.env)
  if (target === undefined) throw new Failure('there is no server here: name one with `--endpoint` or `--data`')
  const { DOOR_SERVICE, EXPLAIN_PATH } = await import('@sallyport/server')
  const keys = administratorOf(where, 'the question')
  const headers = { 'content-type': 'application/json' }
  const sent = { method: 'POST', path: EXPLAIN_PATH, headers, body: JSON.stringify(asked) }
  return read(await sendSigned(target, sent, { keys, service: DOOR_SERVICE }))
}

function read({ status, body }: Reply): ExplainAnswer {
  const answer = parsed(body)
  if (status === 200 && 'text' in answer) return answer as ExplainAnswer // what the door says it gives
  const error = 'error' in answer ? String(answer.error) : `what answers there is no sallyport: it said ${status}`
  throw status === 400 ? new Usage(error) : new Failure(error)
}

function parsed(body: string): object {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** `key=value`; the same key again makes a list. */
export function contextOf(pairs: readonly string[]): Readonly<Record<string, string | readonly string[]>> {
  const context = new Map<string, string | readonly string[]>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1) throw new Usage(`\`${pair}\` is no condition key with its value: give one as aws:SourceIp=192.0.2.1`)
    const [key, value] = [pair.slice(0, at), pair.slice(at + 1)]
    const before = context.get(key)
    context.set(key, before === undefined ? value : [...[before].flat(), value])
  }
  return Object.fromEntries(context)
}
