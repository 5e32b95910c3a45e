/**
 * `npm run torture -- --rounds 200 --store sqlite|postgres|both [--seed N]`: kills a loaded server, one of three nodes, or
 * the database below them at random moments, and looks whether every write that was acknowledged is there, whole and with
 * its audit record, and no half of any other. On a violation the history goes into a file, and it exits with 1.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { MODES } from './torture/modes.ts'
import { torture, type Outcome } from './torture/torture.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    store: { type: 'string', default: 'both' },
    seed: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const seed = values.seed === undefined ? Date.now() % 1_000_000_007 : Number(values.seed)
if (![rounds, seed].every(Number.isSafeInteger)) throw new Error('`--rounds` and `--seed` are numbers')
if (!['sqlite', 'postgres', 'both'].includes(values.store)) throw new Error('`--store` is sqlite, postgres or both')

for (const mode of MODES.filter(({ store }) => values.store === 'both' || store === values.store)) {
  const begun = performance.now()
  const outcome = await torture(mode, {
    rounds,
    seed,
    onRound: (turn, tally) => process.stderr.write(`${mode.name}: round ${turn} of ${rounds}, ${tally.kills} kills\r`),
  })
  report(mode.name, outcome, (performance.now() - begun) / 1000)
}

function report(name: string, { tally, violations, history }: Outcome, seconds: number): void {
  const { kills, acknowledged, open, unanswered, found, refused, accounts } = tally
  process.stdout.write(
    `${name}: ${kills} kills in ${seconds.toFixed(0)} s (seed ${seed}): ${acknowledged} writes acknowledged and there; ` +
      `${open} left open (${unanswered} unanswered), ${found} of them found; ${refused} refused; ${accounts} accounts begun; ` +
      `${violations.length === 0 ? 'no violation' : `${violations.length} VIOLATIONS`}\n`,
  )
  if (violations.length === 0) return
  const folder = new URL('../reports/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const file = new URL(`torture-${seed}.json`, folder)
  writeFileSync(file, JSON.stringify({ name, seed, violations, history }, null, 1))
  for (const one of violations.slice(0, 20)) process.stdout.write(`  ${one}\n`)
  process.stdout.write(`the history is in ${file.pathname}\n`)
  process.exitCode = 1
}
