/**
 * `npm run torture -- --rounds 200 --store sqlite|postgres|both`: kills a loaded server, one of three nodes, or the database
 * below them at random moments, and looks whether every write that was acknowledged is there, whole and with its audit
 * record, and no half of any other. Then lets many callers contest the same things, and looks for an order in what they
 * saw. On a violation the history goes into a file, and it exits with 1.
 *
 * `--seed N` deals the same dice again, `--contests N` says how many histories, `--only WORDS` what is in the names of what runs.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { MODES, type Mode } from './torture/modes.ts'
import { hold, STAGES, type Stage } from './torture/stages.ts'
import { torture } from './torture/torture.ts'

const CALLS = 1200
const SHOWN = 20

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    contests: { type: 'string', default: '5' },
    store: { type: 'string', default: 'both' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
  },
})
const [rounds, contests] = [Number(values.rounds), Number(values.contests)]
const seed = values.seed === undefined ? Date.now() % 1_000_000_007 : Number(values.seed)
if (![rounds, contests, seed].every(Number.isSafeInteger))
  throw new Error('`--rounds`, `--contests` and `--seed` are numbers')
if (!['sqlite', 'postgres', 'both'].includes(values.store)) throw new Error('`--store` is sqlite, postgres or both')

const isWanted = ({ name, store }: Mode | Stage): boolean =>
  (values.store === 'both' || store === values.store) && name.includes(values.only)
for (const mode of MODES.filter(isWanted)) await kill(mode)
for (const stage of STAGES.filter(isWanted)) await compete(stage)

async function kill(mode: Mode): Promise<void> {
  const begun = performance.now()
  const onRound = (turn: number): void => void process.stderr.write(`${mode.name}: round ${turn} of ${rounds}\r`)
  const { tally, violations, history } = await torture(mode, { rounds, seed, onRound })
  const { kills, acknowledged, open, unanswered, found, refused, accounts } = tally
  process.stdout.write(
    `${mode.name}: ${kills} kills in ${secondsSince(begun)} s (seed ${seed}): ${acknowledged} writes acknowledged and there; ` +
      `${open} left open (${unanswered} unanswered), ${found} of them found; ${refused} refused; ${accounts} accounts begun; ` +
      `${sum(violations)}\n`,
  )
  if (violations.length > 0) keep(mode.name, violations, history)
}

async function compete(stage: Stage): Promise<void> {
  const begun = performance.now()
  let [calls, open, stalest] = [0, 0, 0]
  for (let at = 0; at < contests; at += 1) {
    const result = await hold(stage, seed + at, CALLS)
    calls += result.calls
    open += result.open
    stalest = Math.max(stalest, result.stalest)
    if (result.violations.length > 0) {
      process.stdout.write(`${stage.name}, seed ${seed + at}: ${sum(result.violations)}\n`)
      return keep(stage.name, result.violations, result.history)
    }
  }
  process.stdout.write(
    `${stage.name}, contested: ${calls} calls have an order, in ${contests} histories and ${secondsSince(begun)} s (seed ${seed}); ` +
      `${open} left open; no read was more than ${stalest} ms late\n`,
  )
}

function keep(name: string, violations: readonly string[], history: unknown): void {
  const folder = new URL('../reports/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const file = new URL(`torture-${seed}.json`, folder)
  writeFileSync(file, JSON.stringify({ name, seed, violations, history }, null, 1))
  for (const one of violations.slice(0, SHOWN)) process.stdout.write(`  ${one}\n`)
  process.stdout.write(`the history is in ${file.pathname}\n`)
  process.exitCode = 1
}

function sum(violations: readonly string[]): string {
  return violations.length === 0 ? 'no violation' : `${violations.length} VIOLATIONS`
}

function secondsSince(begun: number): string {
  return ((performance.now() - begun) / 1000).toFixed(0)
}
