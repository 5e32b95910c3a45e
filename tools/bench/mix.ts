/** A mixed load without an end: what it makes it removes again, so that the state does not grow. */

import { BROKEN, open, type Line, type Reply } from './line.ts'
import { assumeRole, createRole, ROLE, type Target } from './calls.ts'
import { bytesOf, query, rest, type Plain } from './sign.ts'

export interface Tally {
  calls: number
  throttled: number
  /** By what was answered, how often. */
  readonly errors: Map<string, number>
}

const THROTTLED = /Throttling|TooManyRequests|RequestLimitExceeded|SlowDown/
/** A signature holds for five minutes. */
const SIGNED_FOR = 60_000
const BREATH = 50
const DIFFERENT_POLICIES = 8

/** What one caller does over and over, to things of its own: seven reads in ten. */
function round({ account }: Target, who: number): readonly Plain[] {
  const RoleName = `mix-${who}`
  const role = (Action: string, form: Readonly<Record<string, string>> = {}): Plain =>
    query('iam', { Action, RoleName, ...form })
  const put = (turn: number): Plain =>
    role('PutRolePolicy', { PolicyName: 'access', PolicyDocument: policy(`arn:aws:s3:::mix-${turn}/*`) })
  const whoAmI = query('sts', { Action: 'GetCallerIdentity' })
  const enter = assumeRole(`arn:aws:iam::${account}:role/${ROLE}`)
  const list = query('iam', { Action: 'ListRoles', MaxItems: '20' })
  return [
    createRole(account, RoleName),
    role('GetRole'),
    enter,
    put(who % DIFFERENT_POLICIES),
    role('GetRolePolicy', { PolicyName: 'access' }),
    whoAmI,
    enter,
    put((who + 1) % DIFFERENT_POLICIES),
    role('GetRole'),
    list,
    enter,
    role('DeleteRolePolicy', { PolicyName: 'access' }),
    role('GetRole'),
    whoAmI,
    enter,
    role('DeleteRole'),
    rest('PUT', `/mix-${who}`),
    rest('GET', `/mix-${who}?location=`),
    rest('GET', '/'),
    rest('DELETE', `/mix-${who}`),
    whoAmI,
    enter,
    role('GetRole', { RoleName: ROLE }),
  ]
}

/** Resolves when `isOver`, with what it has begun removed again. */
export async function mix(target: Target, who: number, tally: Tally, isOver: () => boolean): Promise<void> {
  const calls = round(target, who)
  const lane: { line?: Line } = {}
  let signed: readonly Buffer[] = []
  let until = 0
  while (!isOver()) {
    if (Date.now() > until) {
      signed = calls.map((plain) => Buffer.from(bytesOf(target.port, target.keys, plain)))
      until = Date.now() + SIGNED_FOR
    }
    for (const bytes of signed) await ask(lane, target.port, bytes, tally)
  }
  lane.line?.close()
}

/** Again, where there were too many at once: the next call counts on this one. */
async function ask(lane: { line?: Line }, port: number, bytes: Buffer, tally: Tally): Promise<void> {
  for (;;) {
    lane.line ??= await open(port)
    const reply = await lane.line.ask(bytes)
    tally.calls += 1
    if (reply.closes) delete lane.line
    if (reply.status >= 200 && reply.status < 300) return
    if (!THROTTLED.test(reply.text)) return note(tally, reply)
    tally.throttled += 1
    await new Promise((resolve) => setTimeout(resolve, BREATH))
  }
}

function note({ errors }: Tally, { status, text }: Reply): void {
  const what = status === BROKEN.status ? text : `${status} ${text.slice(0, 300)}`
  errors.set(what, (errors.get(what) ?? 0) + 1)
}

function policy(resource: string): string {
  const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: resource }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}
