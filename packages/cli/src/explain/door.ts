/** Asks the running server why, or whether: by the door that opens to its administrator alone. */

import type { ExplainAnswer, Question } from '@sallyport/server'
import { administratorOf } from '../administrator.ts'
import { ask } from '../door.ts'
import { Usage } from '../failure.ts'
import { targetOf, type Whereabouts } from '../whereabouts.ts'

export async function askServer(where: Whereabouts, asked: Question): Promise<ExplainAnswer> {
  const target = targetOf(where)
  const { EXPLAIN_PATH } = await import('@sallyport/server')
  const keys = administratorOf(where, 'the question')
  const sent = { method: 'POST', path: EXPLAIN_PATH, body: JSON.stringify(asked) }
  return (await ask(target, sent, { keys, member: 'text' })) as ExplainAnswer // what the door says it gives
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
