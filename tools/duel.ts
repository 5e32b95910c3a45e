/**
 * `npm run duel -- --cases 1e7 [--seed N] [--workers N]`: the engine against the reference evaluator on random worlds.
 * Prints where it is; on a difference, the case made small, ready for cases/decisions, and exits with 1.
 */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { foundAt, run, type Mix } from './duel/fight.ts'

/** Turns between two words of a worker. */
const STRETCH = 20_000

interface Share {
  readonly seed: number
  readonly cases: number
  readonly from: number
  readonly step: number
}

interface Word {
  readonly done: number
  readonly mix: Mix
  /** The turn of a difference. */
  readonly turn: number | undefined
}

if (isMainThread) await lead()
// `workerData` is what `lead` gave.
else work(workerData as Share)

async function lead(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '1e6' },
      seed: { type: 'string' },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  })
  const seed = values.seed === undefined ? Date.now() % 1_000_000_007 : Number(values.seed)
  const [cases, workers] = [Number(values.cases), Number(values.workers)]
  if (![seed, cases, workers].every(Number.isSafeInteger))
    throw new Error('`--cases`, `--seed` and `--workers` are numbers')
  const begun = performance.now()
  const tally: Mix = new Map()
  const differences: number[] = []
  let done = 0
  const report = setInterval(() => {
    process.stderr.write(`${done} of ${cases}, ${Math.round(done / seconds(begun))} a second\n`)
  }, 5_000)
  const running = Array.from({ length: workers }, (_, from) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { seed, cases, from, step: workers } })
    return new Promise<void>((resolve, reject) => {
      worker.on('message', (word: Word) => {
        done += word.done
        for (const [outcome, times] of word.mix) tally.set(outcome, (tally.get(outcome) ?? 0) + times)
        if (word.turn !== undefined) differences.push(word.turn)
      })
      worker.once('error', reject)
      worker.once('exit', () => resolve())
    })
  })
  await Promise.all(running)
  clearInterval(report)
  for (const [outcome, times] of [...tally].sort(([, one], [, other]) => other - one)) {
    process.stdout.write(`${((100 * times) / done).toFixed(2).padStart(6)} %  ${outcome}\n`)
  }
  for (const turn of differences) process.stdout.write(`${JSON.stringify(foundAt(seed, turn))}\n`)
  const result = differences.length === 0 ? 'no difference' : `${differences.length} differences`
  process.stdout.write(`${done} cases in ${seconds(begun).toFixed(0)} s with seed ${seed}: ${result}\n`)
  process.exitCode = differences.length === 0 ? 0 : 1
}

function work({ seed, cases, from, step }: Share): void {
  for (let turn = from * STRETCH; turn < cases; turn += STRETCH * step) {
    const mix: Mix = new Map()
    const differs = run(seed, { from: turn, to: Math.min(cases, turn + STRETCH) }, mix)
    const done = [...mix.values()].reduce((sum, times) => sum + times, 0)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    parentPort?.postMessage({ done, mix, turn: differs } satisfies Word)
    if (differs !== undefined) return
  }
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000
}
