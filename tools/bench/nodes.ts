/**
 * One node against two over one PostgreSQL, for calls that only read. On a machine of few cores the nodes, the database and
 * the load would fight for them, and the figure would be of that fight: so each node gets a fixed share of a core.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../postgres.mjs'
import { startNode, type Node } from '../torture/nodes.ts'
import { CALLS, type Measured } from './calls.ts'
import { KEYS } from './contestants.ts'
import { load } from './generator.ts'
import { hindrance, limit } from './limits.ts'
import type { Figures } from './load.ts'
import { table } from './page.ts'

const ACCOUNT = '123456789012'
/** Of one core. Two nodes, the database and the load have room on two cores then. */
const SHARE = 0.3
const CONNECTIONS = 32
const READS = ['iam:GetRole', 'sts:AssumeRole']
/** A program that has run for a while is faster, and a limited one takes long to get there. */
const WARM_UP_SECONDS = 4
/** Alone and together in turn, so often: the machine has its moods. */
const TURNS = 3

/** A table and how it came about; where it cannot be measured, why. */
export async function measureNodes(seconds: number): Promise<string> {
  const missing = hindrance()
  if (missing !== undefined) return `One node against two cannot be measured here: ${missing}.`
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const database = await startPostgres()
  const common = ['--key-file', join(folder, 'key'), '--store', database.url]
  const start = (name: string): Promise<Node> => startNode(name, ['--data', join(folder, name), ...common])
  const nodes = [await start('one'), await start('two')]
  const calls = CALLS.filter(({ name }) => READS.includes(name))
  const [first] = nodes
  for (const call of calls) await call.setUp?.({ port: first?.port ?? 0, keys: KEYS, account: ACCOUNT })
  for (const call of calls) await together(nodes, call, { warmUpSeconds: 0, seconds: WARM_UP_SECONDS })
  const free = nodes.map(({ pid }) => limit(pid, SHARE))
  const rows = []
  for (const call of calls) rows.push(await compare(nodes, call, seconds))
  await Promise.all(nodes.map((node) => node.end('SIGTERM')))
  for (const remove of free) remove()
  await database.stop()
  rmSync(folder, { recursive: true, force: true })
  return [
    table(['call', '1 node, calls/s', '2 nodes, calls/s', 'ratio'], rows),
    '',
    `Each node had ${SHARE * 100} % of a core (a control group's quota), whether it was measured alone or with the other; the ` +
      `database and the load had the rest of the machine. ${CONNECTIONS} connections a node, ${seconds} s a figure, the median ` +
      `of ${TURNS} turns. With a whole core each, one machine of two cores cannot show it.`,
  ].join('\n')
}

async function compare(nodes: readonly Node[], call: Measured, seconds: number): Promise<readonly string[]> {
  const [alone, both]: [number[], number[]] = [[], []]
  const times = { warmUpSeconds: 1, seconds }
  for (let turn = 0; turn < TURNS; turn += 1) {
    alone.push(await together(nodes.slice(0, 1), call, times))
    both.push(await together(nodes, call, times))
  }
  const [one, two] = [median(alone), median(both)]
  process.stderr.write(`${call.name}: ${one.toFixed(0)}/s and ${two.toFixed(0)}/s\n`)
  return [call.name, one.toFixed(0), two.toFixed(0), `${(two / one).toFixed(2)} ×`]
}

/** Calls a second of all nodes, each under a load of its own. */
async function together(
  nodes: readonly Node[],
  call: Measured,
  times: { readonly warmUpSeconds: number; readonly seconds: number },
): Promise<number> {
  const loads = nodes.map(({ port }) =>
    load(
      { port, keys: KEYS, call: call.call(ACCOUNT), prepared: 0, firstTurn: 0, connections: CONNECTIONS, ...times },
      (argv) => argv,
    ),
  )
  return (await Promise.all(loads)).reduce((sum, figures) => sum + checked(figures), 0)
}

function checked({ perSecond, errors, firstError = '' }: Figures): number {
  if (errors > 0) throw new Error(`${errors} calls were answered with an error: ${firstError}`)
  return perSecond
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0
}
