/** Many callers at once on the same few roles and policies, at one node and at three: there is an order that explains it. */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { ROLE } from '../tools/torture/registers.ts'
import { hold, STAGES } from '../tools/torture/stages.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const PATIENT = { timeout: 120_000 }

beforeAll(() => {
  execFileSync(process.execPath, [join(import.meta.dirname, '../tools/build.ts')], { stdio: 'ignore' })
})

test.each(STAGES)(`$name: what was called has an order (SEED=${seed})`, PATIENT, async (stage) => {
  const { violations, calls, history } = await hold(stage, seed, 1000)
  expect(violations).toEqual([])
  expect(calls).toBeGreaterThan(300)

  // and none without the first creation, of which nobody could have read
  const [, played = []] = Object.entries(history).find(([thing]) => thing.startsWith('role')) ?? []
  const made = played.findIndex(({ call, said }) => call === 'CreateRole' && said.code === '')
  expect(ROLE.judge(played.toSpliced(made, 1), stage.bound)).toMatch(/none goes on/)
})
