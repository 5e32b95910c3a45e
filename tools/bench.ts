/**
 * `npm run bench`: signed calls against Sallyport and, in the same run, against moto's server. Prints a table;
 * `npm run bench -- --write` also puts it into docs/performance.md. Servers (and the database) have one core and the load
 * has the other (`taskset`).
 *
 * `--nodes` measures instead what a second node over one PostgreSQL brings to reads.
 * `--only sqlite,postgres`, `--calls CreateRole,GetRole`, `--connections 1,16` and `--seconds 2` measure less.
 */

import { parseArgs } from 'node:util'
import { CALLS, type Measured } from './bench/calls.ts'
import { CONTESTANTS, pinned, start, type Contestant, type Running, type Share } from './bench/contestants.ts'
import { load } from './bench/generator.ts'
import { TURN, type Figures } from './bench/load.ts'
import { measureNodes } from './bench/nodes.ts'
import { measuredWith, table, write } from './bench/page.ts'

const WARM_UP_SECONDS = 1
/** More than anybody answers: what is not used costs a moment before the clock starts. */
const PREPARED_PER_SECOND = 12_000
const STARTS = 4

interface Row extends Figures {
  readonly contestant: Contestant
  readonly call: string
  readonly connections: number
  /** Microseconds a call. */
  readonly cpu: Share
}

interface Standing {
  readonly contestant: Contestant
  readonly firstAnswer: number
  readonly idle: Share
  readonly after: Share
}

interface Wanted {
  readonly calls: readonly Measured[]
  readonly connections: readonly number[]
  readonly seconds: number
}

async function measure(contestant: Contestant, wanted: Wanted): Promise<{ rows: Row[]; standing: Standing }> {
  const ground = await contestant.prepare()
  const starts: number[] = []
  for (let again = 0; again < STARTS; again += 1) {
    const tried = await start(contestant, ground)
    starts.push(tried.firstAnswer)
    await tried.stop()
  }
  const running = await start(contestant, ground)
  const idle = running.memory()
  const rows: Row[] = []
  for (const call of wanted.calls) {
    await call.setUp?.({ ...contestant, port: running.port })
    for (const connections of wanted.connections) {
      const row = await measureRow(contestant, running, { call, connections, seconds: wanted.seconds, rows })
      process.stderr.write(
        `${contestant.name} ${call.name} ${connections}: ${row.perSecond.toFixed(0)}/s ${row.firstError ?? ''}\n`,
      )
      rows.push(row)
    }
  }
  const after = running.memory()
  await running.stop()
  await ground.clear()
  const firstAnswer = starts.toSorted((a, b) => a - b)[Math.floor(starts.length / 2)] ?? 0
  return { rows, standing: { contestant, firstAnswer, idle, after } }
}

interface Cell {
  readonly call: Measured
  readonly connections: number
  readonly seconds: number
  /** Those before it: no turn is taken twice. */
  readonly rows: readonly Row[]
}

async function measureRow(
  contestant: Contestant,
  running: Running,
  { call, connections, seconds, rows }: Cell,
): Promise<Row> {
  const plain = call.call(contestant.account)
  const prepared = plain.body.includes(TURN) ? PREPARED_PER_SECOND * (seconds + WARM_UP_SECONDS) : 0
  const { keys } = contestant
  const common = { port: running.port, keys, call: plain, prepared, firstTurn: rows.length * prepared }
  const before = running.cpu()
  const plan = { ...common, connections, warmUpSeconds: WARM_UP_SECONDS, seconds }
  const figures = await load(plan, (argv) => pinned(1, argv))
  const cpu = perCall(before, running.cpu(), figures.answered)
  return { contestant, call: call.name, connections, cpu, ...figures }
}

function perCall(before: Share, after: Share, calls: number): Share {
  const server = (after.server - before.server) / calls
  return after.database === undefined
    ? { server }
    : { server, database: (after.database - (before.database ?? 0)) / calls }
}

function report(rows: readonly Row[], standings: readonly Standing[]): string {
  const calls = table(
    ['call', 'connections', 'server', 'calls/s', 'p50 ms', 'p99 ms', 'CPU µs a call', 'errors', 'against moto'],
    rows.map((row) => [
      row.call,
      String(row.connections),
      row.contestant.name,
      row.perSecond.toFixed(0),
      row.p50.toFixed(2),
      row.p99.toFixed(2),
      shown(row.cpu),
      String(row.errors),
      againstMoto(row, rows),
    ]),
  )
  const states = table(
    [
      'server',
      `cold start to first signed answer, ms (median of ${STARTS})`,
      'memory when idle, MiB',
      'after the run, MiB',
    ],
    standings.map((one) => [one.contestant.name, one.firstAnswer.toFixed(0), shown(one.idle), shown(one.after)]),
  )
  return `${calls}\n\n${states}`
}

function againstMoto(row: Row, rows: readonly Row[]): string {
  const other = rows.find(
    ({ contestant, call, connections }) =>
      contestant.id === 'moto' && call === row.call && connections === row.connections,
  )
  if (other === undefined || other === row || other.perSecond === 0) return ''
  const times = row.perSecond / other.perSecond
  return `${times.toFixed(times < 10 ? 1 : 0)} ×`
}

function shown({ server, database }: Share): string {
  return database === undefined ? server.toFixed(0) : `${server.toFixed(0)} + ${database.toFixed(0)} (database)`
}

function list(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((word) => word.trim().toLowerCase())
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    calls: { type: 'string' },
    connections: { type: 'string', default: '1,16,64' },
    seconds: { type: 'string', default: process.env['BENCH_SECONDS'] ?? '4' },
    write: { type: 'boolean', default: false },
    nodes: { type: 'boolean', default: false },
  },
})
const [only, named] = [list(values.only), list(values.calls)]
const seconds = Number(values.seconds)
const calls = CALLS.filter(({ name }) => named?.includes(name.split(':')[1]?.toLowerCase() ?? '') ?? true)
const connections = values.connections.split(',').map(Number)
if (values.write && (only ?? named) !== undefined) throw new Error('`--write` wants the whole table, and no filter')

const text = values.nodes ? await measureNodes(seconds) : await measureAll()
console.log(text)
if (values.write) write(values.nodes ? 'nodes' : 'bench', `${measuredWith(`${seconds} s a row`)}\n\n${text}`)

async function measureAll(): Promise<string> {
  const measured: Awaited<ReturnType<typeof measure>>[] = []
  for (const contestant of CONTESTANTS.filter(({ id }) => only?.includes(id) ?? true)) {
    const lack = contestant.lacks()
    if (lack === undefined) measured.push(await measure(contestant, { calls, connections, seconds }))
    else process.stderr.write(`left out: ${contestant.name}, as ${lack}\n`)
  }
  const all = measured.flatMap((one) => one.rows)
  const rows = calls.flatMap(({ name }) =>
    connections.flatMap((many) => all.filter((row) => row.call === name && row.connections === many)),
  )
  return report(
    rows,
    measured.map(({ standing }) => standing),
  )
}
