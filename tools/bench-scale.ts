/**
 * `npm run bench:scale`: organisations of 10 to 10,000 accounts with 50 roles each, drawn from a seed. Prints a table;
 * `--write` also puts it into docs/performance.md. `--accounts 10,100` measures fewer, `--store postgres` elsewhere.
 */

import { parseArgs } from 'node:util'
import { measuredWith, table, write } from './bench/page.ts'
import { measureScale, type Scale } from './bench/scale.ts'

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '10,100,1000,10000' },
    store: { type: 'string', default: 'sqlite' },
    seconds: { type: 'string', default: '4' },
    write: { type: 'boolean', default: false },
  },
})
const { store } = values
if (store !== 'sqlite' && store !== 'postgres') throw new Error('`--store` is sqlite or postgres')

const scales: Scale[] = []
for (const accounts of values.accounts.split(',').map(Number)) {
  process.stderr.write(`${accounts} accounts\n`)
  scales.push(await measureScale(store, accounts, Number(values.seconds)))
}

const ROWS: readonly (readonly [string, (scale: Scale) => string])[] = [
  ['generated, s', ({ generatedSeconds }) => generatedSeconds.toFixed(1)],
  ['on disk, MiB', ({ onDisk }) => onDisk.toFixed(1)],
  ['start to first signed answer, ms', ({ firstAnswer }) => firstAnswer.toFixed(0)],
  ['AssumeRole into a cold account, ms: p50', ({ cold }) => cold.p50.toFixed(2)],
  ['… p99', ({ cold }) => cold.p99.toFixed(2)],
  ['… at the most', ({ cold }) => cold.most.toFixed(2)],
  ['AssumeRole into a warm account, calls/s', ({ warm }) => warm.perSecond.toFixed(0)],
  ['… p50 ms', ({ warm }) => warm.p50.toFixed(2)],
  ['… p99 ms', ({ warm }) => warm.p99.toFixed(2)],
  ['ListAccounts, pages/s', ({ pagesPerSecond }) => pagesPerSecond.toFixed(0)],
  ['memory when idle, MiB', ({ memoryIdle }) => memoryIdle.toFixed(0)],
  ['… with that many accounts touched', ({ memoryTouched, touched }) => `${memoryTouched.toFixed(0)} (${touched})`],
]
const text = table(
  ['accounts', ...scales.map(({ accounts }) => accounts.toLocaleString('en'))],
  ROWS.map(([name, cell]) => [name, ...scales.map(cell)]),
)
console.log(text)
if (values.write) write('scale', `${measuredWith(`on ${store === 'sqlite' ? 'SQLite' : 'PostgreSQL'}`)}\n\n${text}`)
