/** Whatever is killed, what was acknowledged is there, whole and with its record; and the torture would see it if it were not. */

import { execFileSync } from 'node:child_process'
import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AuditRecord } from '@sallyport/server'
import type { Done } from '../tools/torture/book.ts'
import { LATE } from '../tools/torture/lane.ts'
import { MODES, type Mode } from '../tools/torture/modes.ts'
import { torture } from '../tools/torture/torture.ts'
import { weigh } from '../tools/torture/verdict.ts'

/** Three nodes take their time to start, to restart and to agree. */
const ROUNDS = { alone: 10, many: 6 }
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const PATIENT = { timeout: 180_000 }

beforeAll(
  () => void execFileSync(process.execPath, [join(import.meta.dirname, '../tools/build.ts')], { stdio: 'ignore' }),
)

test.each(MODES)(
  `$name: nothing acknowledged is lost, nothing is there by half (SEED=${seed})`,
  PATIENT,
  async (mode) => {
    const rounds = mode.nodes === 1 ? ROUNDS.alone : ROUNDS.many
    const { violations, tally, history } = await torture(mode, { rounds, seed })
    expect({ violations, complaints: violations.length === 0 ? [] : history?.complaints }).toEqual({
      violations: [],
      complaints: [],
    })
    expect(tally.kills).toBeGreaterThanOrEqual(rounds)
    expect(tally.acknowledged).toBeGreaterThan(100)
  },
)

describe('the torture', () => {
  const [sqlite] = MODES

  test('finds out a disk that forgets the last of what it was given', PATIENT, async () => {
    const forgetful: Mode = {
      ...(sqlite as Mode), // there are four
      async kill(epoch, blow) {
        await sqlite?.kill(epoch, blow)
        const log = join(epoch.place.args(0)[1] ?? '', 'sallyport.db-wal')
        truncateSync(log, Math.floor(statSync(log).size * 0.7))
      },
    }
    const { violations } = await torture(forgetful, { rounds: 3, seed })
    expect(violations.join('\n')).toMatch(/was acknowledged and has no record/)
    expect(violations.join('\n')).toMatch(/should be there/)
  })

  const DONE: Done = {
    mark: 'm1',
    deed: 'CreateUser',
    thing: { noun: 'user', account: '111111111111', name: 'u' },
    node: 'node 1',
    outcome: 'acknowledged',
    status: 200,
    requestId: 'r1',
  }
  const RECORD = { userAgent: 'm1', eventName: 'CreateUser', requestID: 'r1', recipientAccountId: '111111111111' }
  const OPEN: Partial<Done> = { outcome: 'open', status: 0, requestId: '' }
  const REFUSED: Partial<Done> = { outcome: 'refused', status: 409, requestId: 'r1', text: 'EntityAlreadyExists' }

  const CASES: readonly [Partial<Done>, readonly object[], RegExp | undefined, string][] = [
    [{}, [RECORD], undefined, 'told of a success, and it is recorded'],
    [{}, [], /has no record/, 'told of a success that was lost'],
    [{}, [{ ...RECORD, errorCode: 'ServiceUnavailable' }], /has no record/, 'told of a success that failed'],
    [{}, [RECORD, RECORD], /recorded 2 times/, 'done twice'],
    [{}, [{ ...RECORD, requestID: 'r2' }], /recorded as r2/, 'another request did it'],
    [{}, [{ ...RECORD, eventName: 'CreateRole' }], /something else/, 'something else was done'],
    [{}, [{ ...RECORD, recipientAccountId: '222222222222' }], /something else/, 'it was done elsewhere'],
    [{}, [RECORD, { ...RECORD, userAgent: 'm2' }], /nobody did/, 'somebody did what nobody asked for'],
    [OPEN, [RECORD], undefined, 'no answer came, and it had happened'],
    [OPEN, [], undefined, 'no answer came, and it had not'],
    [OPEN, [RECORD, RECORD], /recorded 2 times/, 'no answer came, and it happened twice'],
    [{ ...OPEN, text: LATE.text }, [], /no answer within/, 'a server that hangs'],
    [REFUSED, [RECORD], /refused and happened/, 'told of a failure that was none'],
    [REFUSED, [], /refused for no reason/, 'what nobody else touches is refused'],
    [{ ...REFUSED, text: 'ThrottlingException' }, [], undefined, 'more at once than is served'],
  ]
  test.each(CASES)('weighs %j against %j: %s, as %s', (told, records, wrong) => {
    const { violations } = weigh([{ ...DONE, ...told }], records as readonly AuditRecord[], new Set(['m1'])) // as much of one as is read
    if (wrong === undefined) expect(violations).toEqual([])
    else expect(violations.join('\n')).toMatch(wrong)
  })
})
