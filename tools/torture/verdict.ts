/** Weighs what the callers were told against what the audit records say: whoever was told of a success has exactly one. */

import type { AuditRecord } from '@sallyport/server'
import type { Done } from './book.ts'
import { DEEDS, keyOf } from './deeds.ts'
import { LATE, UNMARKED } from './lane.ts'

export interface Verdict {
  /** The marks of deeds that have a record of success. */
  readonly happened: ReadonlySet<string>
  /** One sentence each. */
  readonly violations: readonly string[]
}

/** What may be refused though nobody did anything wrong: quotas, and more calls at once than are served. */
const EXPECTED = /Throttling|TooManyRequests|SlowDown|ConstraintViolation/

/** `known` are all marks that were ever used on this store: a record with any other is nobody's. */
export function weigh(done: readonly Done[], records: readonly AuditRecord[], known: ReadonlySet<string>): Verdict {
  const successes = records.filter((record) => record.errorCode === undefined && Object.hasOwn(DEEDS, record.eventName))
  const byMark = Map.groupBy(successes, ({ userAgent }) => userAgent)
  return {
    happened: new Set(byMark.keys()),
    violations: [
      ...done.flatMap((one) => wrongWith(one, byMark.get(one.mark) ?? [])),
      ...successes.filter((record) => isStray(record, known)).map((it) => `nobody did what is recorded: ${told(it)}`),
    ],
  }
}

function wrongWith(done: Done, records: readonly AuditRecord[]): readonly string[] {
  const { deed, thing, mark, outcome, requestId, node, status, text = '' } = done
  const what = `${deed} ${keyOf(thing)} (${mark}, by ${node})`
  const [record] = records
  if (records.length > 1) return [`${what} is recorded ${records.length} times`]
  if (record !== undefined && (record.eventName !== deed || record.recipientAccountId !== thing.account))
    return [`${what} is recorded as something else: ${told(record)}`]
  if (outcome === 'acknowledged' && record === undefined) return [`${what} was acknowledged and has no record`]
  if (outcome === 'acknowledged' && record?.requestID !== requestId)
    return [`${what} was acknowledged as request ${requestId} and recorded as ${record?.requestID}`]
  if (text === LATE.text) return [`${what} got ${text}`]
  if (outcome === 'refused' && record !== undefined) return [`${what} was refused and happened: ${status} ${text}`]
  if (outcome === 'refused' && !EXPECTED.test(text)) return [`${what} was refused for no reason: ${status} ${text}`]
  return []
}

function isStray({ userAgent }: AuditRecord, known: ReadonlySet<string>): boolean {
  return userAgent !== UNMARKED && !known.has(userAgent)
}

function told({ eventName, userAgent, requestID, recipientAccountId = '' }: AuditRecord): string {
  return `${eventName} in ${recipientAccountId} (${userAgent}, request ${requestID})`
}
