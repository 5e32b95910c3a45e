/**
 * `npm run load`: ten minutes (`--minutes`) at the limit, 64 connections (`--connections`) that read and write, make and
 * remove. Nothing may be answered with an error but with throttling, and memory must stay flat. `--store sqlite`, `memory`
 * or `postgres`; `--write` puts the sum into docs/performance.md.
 */

import { parseArgs } from 'node:util'
import { createRole, insist, ROLE } from './bench/calls.ts'
import { CONTESTANTS, start } from './bench/contestants.ts'
import { pin } from './bench/family.ts'
import { mix, type Tally } from './bench/mix.ts'
import { measuredWith, write } from './bench/page.ts'

/** MiB a minute: what is less is the weather. */
const FLAT = 1

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    connections: { type: 'string', default: '64' },
    store: { type: 'string', default: 'sqlite' },
    write: { type: 'boolean', default: false },
  },
})
const [minutes, connections] = [Number(values.minutes), Number(values.connections)]
const contestant = CONTESTANTS.find(({ id }) => id === values.store && id !== 'moto')
if (contestant === undefined) throw new Error('`--store` is sqlite, memory or postgres')

pin(process.pid, 1)
const ground = await contestant.prepare()
const running = await start(contestant, ground)
const target = { port: running.port, keys: contestant.keys, account: contestant.account }
await insist(target, createRole(target.account, ROLE))

const tally: Tally = { calls: 0, throttled: 0, errors: new Map() }
const begun = performance.now()
const end = begun + minutes * 60_000
const samples: { readonly minute: number; readonly memory: number }[] = []
const sampling = setInterval(() => {
  const minute = (performance.now() - begun) / 60_000
  samples.push({ minute, memory: running.memory().server })
  process.stderr.write(
    `${minute.toFixed(1)} of ${minutes} minutes, ${tally.calls} calls, ${samples.at(-1)?.memory.toFixed(0)} MiB\r`,
  )
}, 1_000)
const isOver = (): boolean => performance.now() > end || tally.errors.size > 0
await Promise.all(Array.from({ length: connections }, (_, who) => mix(target, who, tally, isOver)))
clearInterval(sampling)
const lasted = (performance.now() - begun) / 1000
await running.stop()
await ground.clear()

const later = samples.slice(Math.floor(samples.length / 3))
const slope = slopeOf(later)
const sizes = later.map(({ memory }) => memory)
const text =
  `${contestant.name}: ${tally.calls.toLocaleString('en')} calls in ${(lasted / 60).toFixed(1)} minutes on ${connections} connections, ` +
  `${(tally.calls / lasted).toFixed(0)} a second; ${tally.throttled} throttled, ${[...tally.errors.values()].reduce((sum, times) => sum + times, 0)} errors; ` +
  `memory ${Math.min(...sizes).toFixed(0)} to ${Math.max(...sizes).toFixed(0)} MiB in the last two thirds, ` +
  `${slope < FLAT ? 'flat' : 'NOT FLAT'}: ${slope >= 0 ? '+' : ''}${slope.toFixed(2)} MiB a minute (least squares).`
console.log(text)
for (const [what, times] of tally.errors) console.log(`${times} × ${what}`)
if (values.write) write('load', `${measuredWith('one core for the server')}\n\n${text}`)
process.exitCode = tally.errors.size === 0 && slope < FLAT ? 0 : 1

/** Of the line that fits best, MiB a minute. */
function slopeOf(points: typeof samples): number {
  const mean = (of: (point: (typeof samples)[number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [middle, level] = [mean(({ minute }) => minute), mean(({ memory }) => memory)]
  const rise = points.reduce((sum, { minute, memory }) => sum + (minute - middle) * (memory - level), 0)
  return rise / points.reduce((sum, { minute }) => sum + (minute - middle) ** 2, 0)
}
