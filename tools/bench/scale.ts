/** One organisation of some size: how long it takes to make, to start on, and to go into accounts nobody has touched. */

import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startPostgres } from '../postgres.mjs'
import { assumeRole } from './calls.ts'
import { AS_KEYS, BIN, KEYS, pinned, start, up, type Contestant, type Ground, type Running } from './contestants.ts'
import { load } from './generator.ts'
import { open, type Line } from './line.ts'
import type { Figures } from './load.ts'
import { bytesOf, json, type Plain } from './sign.ts'

export interface Scale {
  readonly accounts: number
  readonly generatedSeconds: number
  /** MiB. */
  readonly onDisk: number
  /** Milliseconds from the start of the process. */
  readonly firstAnswer: number
  /** Milliseconds of AssumeRole into accounts that were not in memory, one after the other. */
  readonly cold: Latencies
  readonly warm: Figures
  readonly pagesPerSecond: number
  /** MiB. */
  readonly memoryIdle: number
  readonly memoryTouched: number
  readonly touched: number
}

export interface Latencies {
  readonly p50: number
  readonly p99: number
  readonly most: number
}

const ROLES = 50
const TOUCHED = 1000
const STARTS = 3
const WARM_CONNECTIONS = 16

export async function measureScale(store: 'sqlite' | 'postgres', accounts: number, seconds: number): Promise<Scale> {
  const site = store === 'sqlite' ? onDisk() : await inDatabase()
  const begun = performance.now()
  const words = ['--accounts', String(accounts), '--roles', String(ROLES), '--seed', '1', '--json']
  await promisify(execFile)(process.execPath, [BIN, 'org', 'generate', ...words, ...site.args], {
    env: { ...process.env, ...AS_KEYS },
  })
  const generatedSeconds = (performance.now() - begun) / 1000
  const bytes = await site.bytes()
  const ground: Ground = { command: async (port) => up(port, site.args), clear: site.clear }
  const starts: number[] = []
  for (let again = 1; again < STARTS; again += 1) {
    const tried = await start(WHO, ground)
    starts.push(tried.firstAnswer)
    await tried.stop()
  }
  const running = await start(WHO, ground)
  starts.push(running.firstAnswer)
  const found = await touchAll(running, seconds)
  await running.stop()
  await site.clear()
  const firstAnswer = starts.toSorted((a, b) => a - b)[Math.floor(starts.length / 2)] ?? 0
  return { accounts, generatedSeconds, onDisk: bytes / 2 ** 20, firstAnswer, ...found }
}

const WHO: Pick<Contestant, 'name' | 'keys'> = { name: 'sallyport', keys: KEYS }

async function touchAll(running: Running, seconds: number) {
  const { port } = running
  const memoryIdle = running.memory().server
  const line = await open(port)
  const { ids, pagesPerSecond } = await listAccounts(line, port)
  const others = shuffled(ids).slice(0, TOUCHED)
  const latencies: number[] = []
  for (const id of others) {
    const begun = performance.now()
    await insist(line, port, entry(id))
    latencies.push(performance.now() - begun)
  }
  line.close()
  const memoryTouched = running.memory().server
  const plan = {
    port,
    keys: KEYS,
    call: entry(others[0] ?? ''),
    prepared: 0,
    firstTurn: 0,
    connections: WARM_CONNECTIONS,
  }
  const warm = await load({ ...plan, warmUpSeconds: 1, seconds }, (argv) => pinned(1, argv))
  if (warm.errors > 0) throw new Error(`a warm AssumeRole was answered ${warm.firstError}`)
  return { memoryIdle, memoryTouched, touched: others.length, cold: spread(latencies), warm, pagesPerSecond }
}

/** The whole list, page by page; every account but the management account's own. */
async function listAccounts(line: Line, port: number): Promise<{ ids: readonly string[]; pagesPerSecond: number }> {
  const { Organization } = JSON.parse(await insist(line, port, organizations('DescribeOrganization', {}))) as {
    readonly Organization: { readonly MasterAccountId: string }
  } // the service's own form
  const ids: string[] = []
  const begun = performance.now()
  let pages = 0
  for (let NextToken: string | undefined, more = true; more; more = NextToken !== undefined) {
    const text = await insist(line, port, organizations('ListAccounts', NextToken === undefined ? {} : { NextToken }))
    const page = JSON.parse(text) as {
      readonly Accounts: readonly { readonly Id: string }[]
      readonly NextToken?: string
    } // likewise
    ids.push(...page.Accounts.map(({ Id }) => Id))
    NextToken = page.NextToken
    pages += 1
  }
  const pagesPerSecond = (pages * 1000) / (performance.now() - begun)
  return { ids: ids.filter((id) => id !== Organization.MasterAccountId), pagesPerSecond }
}

async function insist(line: Line, port: number, plain: Plain): Promise<string> {
  const { status, text } = await line.ask(bytesOf(port, KEYS, plain))
  if (status !== 200) throw new Error(`a call was answered ${status}: ${text}`)
  return text
}

function organizations(name: string, input: object): Plain {
  return json('organizations', `AWSOrganizationsV20161128.${name}`, input)
}

function entry(id: string): Plain {
  return assumeRole(`arn:aws:iam::${id}:role/OrganizationAccountAccessRole`)
}

/** In the order of their ids read backwards: as good as drawn by lot, and the same each time. */
function shuffled(ids: readonly string[]): readonly string[] {
  return ids.map(backwards).toSorted().map(backwards)
}

function backwards(text: string): string {
  return text.split('').toReversed().join('')
}

function spread(latencies: readonly number[]): Latencies {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99), most: at(1) }
}

/** Where the organisation lies. */
interface Site {
  readonly args: readonly string[]
  bytes(): Promise<number>
  clear(): Promise<void>
}

function onDisk(): Site {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-scale-'))
  const data = join(folder, 'data')
  return {
    args: ['--data', data],
    bytes: async () => sizeOf(data),
    clear: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function inDatabase(): Promise<Site> {
  const { args, clear } = onDisk()
  const database = await startPostgres()
  return {
    args: [...args, '--store', database.url],
    async bytes() {
      const [row] = await database.psql('SELECT pg_database_size(current_database()) AS bytes')
      return Number(row?.['bytes'])
    },
    async clear() {
      await database.stop()
      await clear()
    },
  }
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}
