/** The doors of a running server that open to its administrator alone: what is asked there, and what comes back. */

import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { begin, signed, type Sent, type Target } from './client.ts'
import type { Keys } from './credentials.ts'
import { Failure, Usage } from './failure.ts'

/** A copy of a large store is made before its first byte comes. */
const PATIENCE = 600_000

/** What comes back as it comes in. */
export async function knock(target: Target, sent: Sent, keys: Keys): Promise<IncomingMessage> {
  const { DOOR_SERVICE } = await import('@sallyport/server')
  const headers = { 'content-type': 'application/json' }
  const answer = await begin(target, signed(target, { ...sent, headers }, { keys, service: DOOR_SERVICE }), PATIENCE)
  if (answer.statusCode === 200) return answer
  const said = objectIn(await text(answer))
  const error = 'error' in said ? String(said.error) : noSallyport(answer)
  throw answer.statusCode === 400 ? new Usage(error) : new Failure(error)
}

/** The object that comes back, which has what `member` names. */
export async function ask(
  target: Target,
  sent: Sent,
  { keys, member }: { keys: Keys; member: string },
): Promise<object> {
  const answer = await knock(target, sent, keys)
  const said = objectIn(await text(answer))
  if (member in said) return said
  throw new Failure(noSallyport(answer))
}

function noSallyport({ statusCode }: IncomingMessage): string {
  return `what answers there is no sallyport: it said ${statusCode}`
}

function objectIn(body: string): object {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
