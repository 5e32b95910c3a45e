/**
 * `npm run bench`: signed calls against Sallyport and, in the same run, against moto's server. Prints a table;
 * `npm run bench -- --write` also puts it into docs/performance.md. Server and load have a core each (`taskset`).
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { moto, pinned, sallyport, start, type Contestant, type Running } from './bench/contestants.ts'
import type { Figures, Plan } from './bench/load.ts'
import { bytesOf, send } from './bench/sign.ts'

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4)
const ROLE = 'bench'
const IAM = { Version: '2010-05-08' }
const STS = { Version: '2011-06-15' }

const CALLS: readonly {
  readonly name: string
  readonly service: string
  form(account: string): Record<string, string>
}[] = [
  { name: 'sts:GetCallerIdentity', service: 'sts', form: () => ({ Action: 'GetCallerIdentity', ...STS }) },
  {
    name: 'sts:AssumeRole',
    service: 'sts',
    form: (account) => ({
      Action: 'AssumeRole',
      RoleArn: `arn:aws:iam::${account}:role/${ROLE}`,
      RoleSessionName: 'bench',
      ...STS,
    }),
  },
  { name: 'iam:GetRole', service: 'iam', form: () => ({ Action: 'GetRole', RoleName: ROLE, ...IAM }) },
]
const CONNECTIONS = [1, 16]

interface Row extends Figures {
  readonly contestant: string
  readonly call: string
  readonly connections: number
}

interface Standing {
  readonly contestant: string
  readonly firstAnswer: number
  readonly memoryIdle: number
  readonly memoryAfter: number
}

async function measure(contestant: Contestant): Promise<{ rows: Row[]; standing: Standing }> {
  const starts: number[] = []
  for (let again = 0; again < 4; again += 1) {
    const tried = await start(contestant)
    starts.push(tried.firstAnswer)
    await tried.stop()
  }
  const running = await start(contestant)
  const memoryIdle = running.memory()
  await makeRole(running, contestant)
  const rows: Row[] = []
  for (const call of CALLS) {
    for (const connections of CONNECTIONS) {
      const request = bytesOf(running.port, contestant.keys, call.service, call.form(contestant.account))
      const figures = await load({ port: running.port, request, connections, warmUpSeconds: 1, seconds: SECONDS })
      rows.push({ contestant: contestant.name, call: call.name, connections, ...figures })
      process.stderr.write(
        `${contestant.name} ${call.name} ${connections}: ${figures.perSecond.toFixed(0)}/s ${figures.firstError ?? ''}\n`,
      )
    }
  }
  const memoryAfter = running.memory()
  await running.stop()
  const firstAnswer = starts.toSorted((a, b) => a - b)[Math.floor(starts.length / 2)] ?? 0
  return { rows, standing: { contestant: contestant.name, firstAnswer, memoryIdle, memoryAfter } }
}

async function makeRole({ port }: Running, { keys, account }: Contestant): Promise<void> {
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
  const status = await send(port, keys, 'iam', {
    Action: 'CreateRole',
    RoleName: ROLE,
    AssumeRolePolicyDocument,
    ...IAM,
  })
  if (status !== 200) throw new Error(`CreateRole answered ${status}`)
}

function load(plan: Plan): Promise<Figures> {
  const [command, ...rest] = pinned(1, [process.execPath, new URL('bench/load.ts', import.meta.url).pathname])
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(plan))
  let text = ''
  child.stdout.on('data', (part) => (text += String(part)))
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(text) as Figures) : reject(new Error(`load ended with ${code}`)),
    ) // printed by load.ts
  })
}

function table(rows: readonly Row[], standings: readonly Standing[]): string {
  const last = moto.name
  const lines = rows.map((row) => {
    const other = rows.find(
      ({ contestant, call, connections }) =>
        contestant === last && call === row.call && connections === row.connections,
    )
    const times = other === undefined || other === row ? '' : `${(row.perSecond / other.perSecond).toFixed(0)} ×`
    const { call, connections, contestant, perSecond, p50, p99, errors } = row
    return `| ${call} | ${connections} | ${contestant} | ${perSecond.toFixed(0)} | ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${errors} | ${times} |`
  })
  const standing = standings.map(
    (one) =>
      `| ${one.contestant} | ${one.firstAnswer.toFixed(0)} | ${one.memoryIdle.toFixed(0)} | ${one.memoryAfter.toFixed(0)} |`,
  )
  return [
    '| call | connections | server | calls/s | p50 ms | p99 ms | errors | against moto |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
    '| server | cold start to first signed answer, ms (median of 4) | memory when idle, MiB | after the run, MiB |',
    '|---|---|---|---|',
    ...standing,
  ].join('\n')
}

function isThere(command: string): boolean {
  return spawnSync('which', [command]).status === 0
}

function write(text: string): void {
  const page = new URL('../docs/performance.md', import.meta.url)
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim()
  const head = `<!-- bench -->\n\nMeasured on ${new Date().toISOString().slice(0, 10)} at ${commit} with Node ${process.version}, ${cpus()[0]?.model ?? ''}, ${SECONDS} s a row.\n\n`
  const before = readFileSync(page, 'utf8')
  writeFileSync(page, before.replace(/<!-- bench -->[\s\S]*<!-- \/bench -->/, `${head}${text}\n\n<!-- /bench -->`))
}

const peer = isThere('moto_server') ? [moto] : []
if (peer.length === 0) console.error('moto_server is not on this machine: measured without a peer')
const contestants = [sallyport('sqlite'), sallyport('memory'), ...peer]
const measured: Awaited<ReturnType<typeof measure>>[] = []
for (const contestant of contestants) measured.push(await measure(contestant))
const rows = CALLS.flatMap(({ name }) =>
  CONNECTIONS.flatMap((connections) =>
    measured.flatMap((one) => one.rows.filter((row) => row.call === name && row.connections === connections)),
  ),
)
const text = table(
  rows,
  measured.map(({ standing }) => standing),
)
console.log(text)
if (process.argv.includes('--write')) write(text)
