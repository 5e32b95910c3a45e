/** One store from its founding through some rounds of work, a kill and a reckoning each, to a last look at everything. */

import { query } from '../bench/sign.ts'
import { KEYS } from '../bench/contestants.ts'
import { Dice } from '../duel/dice.ts'
import { ENTRY, named } from './answers.ts'
import { Book, type Done } from './book.ts'
import { keyOf, type Thing } from './deeds.ts'
import { laneTo, type Keyring, type Lane } from './lane.ts'
import { inventory } from './look.ts'
import type { Mode } from './modes.ts'
import { startAndKill, startNode, type Node } from './nodes.ts'
import { ACCOUNTS, MANAGEMENT, MEMBERS, placeOn, type Place } from './places.ts'
import { looks, probes } from './reckoning.ts'
import { act, pause, work, type Shift } from './shift.ts'
import { weigh } from './verdict.ts'

/** Milliseconds of work before the kill. */
const WORK = { least: 20, most: 400 }
/** And after it, where there are nodes left. */
const AFTER = { least: 30, most: 250 }
/** An account is made so shortly before the kill, in milliseconds: there are few of them, and each is worth a try. */
const FOUNDING = 15
/** Every so often a server that comes back is killed once more, while it does. */
const RELAPSE = 0.1
/** A server lives through so many of these milliseconds at the most before its relapse. */
const RELAPSE_WITHIN = 250

export interface Tally {
  kills: number
  acknowledged: number
  open: number
  /** Of those left open, the ones that nobody answered; the others were told of a server in trouble. */
  unanswered: number
  /** Of those left open, the ones that had happened. */
  found: number
  refused: number
  accounts: number
}

export interface Epoch {
  readonly mode: Mode
  readonly place: Place
  readonly nodes: Node[]
  readonly keyring: Keyring
  readonly book: Book
  /** What was there before anybody worked, by account. */
  readonly before: ReadonlyMap<string, ReadonlySet<string>>
  readonly seed: number
  readonly name: string
  readonly done: Done[]
  readonly marks: Set<string>
}

export async function begin(mode: Mode, seed: number, name: string): Promise<Epoch> {
  const place = await placeOn(mode.store)
  const nodes: Node[] = []
  // one after the other: the first founds what the others find
  for (let at = 0; at < mode.nodes; at += 1) nodes.push(await startNode(`node ${at + 1}`, place.args(at)))
  const port = nodes[0]?.port ?? 0
  const keyring = await keysAt(port)
  const lane = laneTo(port, keyring)
  const before = new Map<string, ReadonlySet<string>>()
  for (const account of ACCOUNTS) before.set(account, await inventory(lane, account))
  lane.close()
  const book = new Book(name, ACCOUNTS)
  return { mode, place, nodes, keyring, book, before, seed, name, done: [], marks: new Set() }
}

/** Work, kill, come back, reckon. Returns what was found wrong, one sentence each. */
export async function round(epoch: Epoch, turn: number, tally: Tally): Promise<readonly string[]> {
  const { place, book } = epoch
  const done = await workAndKill(epoch, turn, tally)
  await place.quiet()
  const records = await place.records(ACCOUNTS, done.length * 2 + 2000)
  const { happened, violations } = weigh(done, records, epoch.marks)
  const open = done.filter(({ outcome }) => outcome === 'open')
  for (const one of open) book.settle(one, happened.has(one.mark))
  tally.acknowledged += done.filter(({ outcome }) => outcome === 'acknowledged').length
  tally.refused += done.filter(({ outcome }) => outcome === 'refused').length
  tally.open += open.length
  tally.unanswered += open.filter(({ status }) => status === 0).length
  tally.found += open.filter(({ mark }) => happened.has(mark)).length
  await comeBack(epoch, turn, tally)
  const touched = new Set(done.map(({ thing }) => book.entry(thing)))
  const seen = await looks(epoch, [...touched], turn)
  const probed = await probes(epoch, open)
  return [...violations, ...seen, ...probed]
}

/** A last look at everything, and the end of it. */
export async function finish(epoch: Epoch): Promise<readonly string[]> {
  const { book, nodes, keyring, before } = epoch
  const seen = await looks(epoch, book.entries(), 0)
  const lane = laneTo(nodes[0]?.port ?? 0, keyring)
  for (const account of ACCOUNTS) seen.push(...(await strangers(lane, book, account, before.get(account) ?? new Set())))
  lane.close()
  await leave(epoch)
  return seen
}

export async function leave({ nodes, place }: Epoch): Promise<void> {
  await Promise.all(nodes.map((node) => node.end('SIGKILL')))
  await place.clear()
}

async function workAndKill(epoch: Epoch, turn: number, tally: Tally): Promise<readonly Done[]> {
  const { mode, book, keyring, seed, name } = epoch
  const dice = new Dice(seed, turn)
  const nodes = [...epoch.nodes]
  const shift: Shift = { book, keyring, nodes, name: `${name}r${turn}`, seed, turn, isOver: false, done: [] }
  const victim = dice.one(nodes)
  const founding = turn % 2 === 0 ? found(epoch, shift, victim, tally) : undefined
  const working = work(shift, mode.callers)
  await pause(WORK.least + dice.below(WORK.most - WORK.least))
  founding?.start()
  await pause(dice.below(FOUNDING))
  await mode.kill(epoch, { shift, victim, dice })
  tally.kills += 1
  if (shift.nodes.length > 0) await pause(AFTER.least + dice.below(AFTER.most - AFTER.least))
  shift.isOver = true
  await Promise.all([working, founding?.ended])
  epoch.done.push(...shift.done)
  for (const { mark } of shift.done) epoch.marks.add(mark)
  return shift.done
}

/** The making of an account, which waits for its start. */
function found({ book, keyring }: Epoch, shift: Shift, node: Node, tally: Tally) {
  const started = Promise.withResolvers<void>()
  const thing: Thing = { noun: 'account', account: MANAGEMENT, name: `${shift.name}-account` }
  const lane = laneTo(node.port, keyring)
  const make = async (): Promise<void> => {
    await started.promise
    book.add(-1, thing)
    const done = await act({ lane, node, mark: `${shift.name}founds` }, 'CreateAccount', thing)
    lane.close()
    shift.done.push(done)
    book.note(done)
    tally.accounts += 1
  }
  return { start: started.resolve, ended: make() }
}

/** Starts again whoever is gone; now and then one is killed once more before it stands. */
async function comeBack({ nodes, place, seed }: Epoch, turn: number, tally: Tally): Promise<void> {
  const dice = new Dice(seed, 500_000 + turn)
  for (const [at, node] of nodes.entries()) {
    if (!node.isOver) continue
    if (dice.chance(RELAPSE)) {
      await startAndKill(node.name, place.args(at), dice.below(RELAPSE_WITHIN))
      tally.kills += 1
    }
    nodes[at] = await startNode(node.name, place.args(at))
  }
}

async function keysAt(port: number): Promise<Keyring> {
  const keyring = new Map([[MANAGEMENT, KEYS]])
  const lane = laneTo(port, keyring)
  for (const account of MEMBERS) {
    const RoleArn = `arn:aws:iam::${account}:role/${ENTRY}`
    const form = { Action: 'AssumeRole', RoleArn, RoleSessionName: 'torture' }
    const { status, text } = await lane.ask(MANAGEMENT, query('sts', form))
    const [accessKeyId] = named(text, 'AccessKeyId')
    const [secretAccessKey] = named(text, 'SecretAccessKey')
    const [sessionToken] = named(text, 'SessionToken')
    if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
      throw new Error(`AssumeRole was answered ${status}: ${text}`)
    keyring.set(account, { accessKeyId, secretAccessKey, sessionToken })
  }
  lane.close()
  return keyring
}

/** What is there and was made by nobody, and the other way round. */
async function strangers(
  lane: Lane,
  book: Book,
  account: string,
  before: ReadonlySet<string>,
): Promise<readonly string[]> {
  const there = await inventory(lane, account)
  const wanted = new Set(before)
  for (const { thing, state } of book.entries())
    if (thing.account === account && thing.noun !== 'account' && state !== undefined) wanted.add(keyOf(thing))
  return [
    ...[...there].filter((key) => !wanted.has(key)).map((key) => `${key} is listed and should not be there`),
    ...[...wanted].filter((key) => !there.has(key)).map((key) => `${key} is not listed and should be there`),
  ]
}
