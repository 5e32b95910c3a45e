/**
 * Many callers on several nodes at once create, change, read and remove the same few roles and policies. What each asked
 * and was answered, and when, is the history; whether it makes sense is judged thing by thing.
 */

import { KEYS } from '../bench/contestants.ts'
import { Dice } from '../duel/dice.ts'
import { named } from './answers.ts'
import { laneTo, type Keyring, type Lane } from './lane.ts'
import type { Node } from './nodes.ts'
import { MANAGEMENT, type Place } from './places.ts'
import { OPEN, POLICY, ROLE, type Played, type Register } from './registers.ts'
import { pause } from './shift.ts'

export interface Contest {
  readonly place: Place
  readonly nodes: readonly Node[]
  readonly seed: number
  /** Calls in all, of all callers. */
  readonly calls: number
  readonly callers: number
  /** Milliseconds within which each node has heard of what the others wrote. */
  readonly bound: number
  /** What happens meanwhile, besides the calls. */
  readonly disturb?: () => Promise<void>
}

export interface Result {
  readonly calls: number
  /** Those that no answer settled; the records did. */
  readonly open: number
  /** Milliseconds: with a smaller bound than this the history makes no sense. */
  readonly stalest: number
  readonly violations: readonly string[]
  readonly history: Readonly<Record<string, readonly Played[]>>
}

interface Thing {
  readonly name: string
  readonly register: Register
  played: Played[]
  /** The number of the version last heard of, where it has versions. */
  newest: number
}

/** The administrator of the management account does it all. */
const KEYRING: Keyring = new Map([[MANAGEMENT, KEYS]])
/** Who is not answered, or told of a server in trouble, waits this long, in milliseconds. */
const BREATH = 20
/** So many of the versions last heard of are called upon. */
const VERSIONS = 6

function things(seed: number): readonly Thing[] {
  const kinds = { role: ROLE, 'other-role': ROLE, policy: POLICY, 'other-policy': POLICY }
  return Object.entries(kinds).map(([kind, register]) => ({ name: `${kind}-${seed}`, register, played: [], newest: 1 }))
}

export async function contest(asked: Contest): Promise<Result> {
  const { seed, callers, place, nodes, bound } = asked
  const contested = things(seed)
  const counter = { left: asked.calls }
  const playing = Promise.all(Array.from({ length: callers }, (_, who) => play(asked, contested, who, counter)))
  await asked.disturb?.()
  await playing
  await place.quiet()
  const still = performance.now()
  await pause(bound)
  await lastLook(nodes, contested)
  const open = contested.flatMap(({ played }) => played).filter(({ ended }) => ended === Infinity)
  if (open.length > 0) await settle(asked, contested, still)
  return { ...judged(contested, bound), open: open.length }
}

/** What is recorded as a success has happened, and what is not has not: a history with few open ends has few orders. */
async function settle({ place, calls }: Contest, contested: readonly Thing[], still: number): Promise<void> {
  const records = await place.records([MANAGEMENT], calls * 2)
  const happened = new Set(records.flatMap((record) => (record.errorCode === undefined ? [record.userAgent] : [])))
  for (const thing of contested) {
    const kept = thing.played.filter(({ ended, aim }) => ended !== Infinity || happened.has(aim.tag))
    thing.played = kept.map((one) => (one.ended === Infinity ? { ...one, ended: still } : one))
  }
}

function judged(contested: readonly Thing[], bound: number): Omit<Result, 'open'> {
  const wrong = contested.flatMap(({ name, register, played }) => {
    const found = register.judge(played, bound)
    return found === undefined ? [] : [`${name}, ${found}`]
  })
  const played = contested.flatMap((thing) => thing.played)
  return {
    calls: played.length,
    stalest: wrong.length > 0 ? Infinity : stalest(contested, bound),
    violations: [...wrong, ...comebacks(played)],
    history: Object.fromEntries(contested.map((thing) => [thing.name, thing.played])),
  }
}

async function play(
  asked: Contest,
  contested: readonly Thing[],
  who: number,
  counter: { left: number },
): Promise<void> {
  const { nodes, seed } = asked
  const dice = new Dice(seed, who)
  const node = nodes[who % nodes.length]
  if (node === undefined) throw new Error('there is no node to play at')
  const lane = laneTo(node.port, KEYRING)
  for (let turn = 0; counter.left > 0 && !node.isOver; turn += 1) {
    counter.left -= 1
    const thing = dice.one(contested)
    const { name, register } = thing
    const call = dice.one(register.calls.flatMap((one) => Array.from({ length: register.weight(one) }, () => one)))
    const versionId = `v${Math.max(1, thing.newest - dice.below(VERSIONS))}`
    const aim = { account: MANAGEMENT, name, tag: `h${seed}c${who}t${turn}`, versionId }
    const one = await playOne(lane, node.name, { register, call, aim })
    if (one !== undefined) thing.played.push(one)
    if (one === undefined || one.ended === Infinity) await pause(BREATH)
    thing.newest = newestIn(one) ?? thing.newest
  }
  lane.close()
}

function newestIn(played: Played | undefined): number | undefined {
  const [text] = named(played?.said.text ?? '', '(?:Default)?VersionId')
  return text === undefined ? undefined : Number(text.slice(1))
}

interface Turn {
  readonly register: Register
  readonly call: string
  readonly aim: Played['aim']
}

/** `undefined` for a read that nobody answered: it says nothing. */
async function playOne(lane: Lane, node: string, { register, call, aim }: Turn): Promise<Played | undefined> {
  const begun = performance.now()
  const { status, text } = await lane.ask(aim.account, register.plain(call, aim), aim.tag)
  const told = { call, aim, node, begun }
  if (status === 200) return { ...told, said: { code: '', text }, ended: performance.now() }
  if (status >= 400 && status < 500)
    return { ...told, said: { code: named(text, 'Code')[0] ?? String(status), text }, ended: performance.now() }
  return register.isRead(call) ? undefined : { ...told, said: { code: OPEN, text }, ended: Infinity }
}

/** Every thing once more, at every node: by now all have heard of everything. */
async function lastLook(nodes: readonly Node[], contested: readonly Thing[]): Promise<void> {
  for (const node of nodes.filter(({ isOver }) => !isOver)) {
    const lane = laneTo(node.port, KEYRING)
    for (const { name, register, played } of contested) {
      const aim = { account: MANAGEMENT, name, tag: 'last', versionId: 'v1' }
      const call = register.calls.find((one) => one.startsWith('Get')) ?? ''
      const one = await playOne(lane, node.name, { register, call, aim })
      if (one !== undefined) played.push(one)
    }
    lane.close()
  }
}

/** By halving: the smallest bound, in whole milliseconds, with which all makes sense. */
function stalest(contested: readonly Thing[], bound: number): number {
  let [least, most] = [0, bound]
  while (least < most) {
    const middle = Math.floor((least + most) / 2)
    const fits = contested.every(({ register, played }) => register.judge(played, middle) === undefined)
    if (fits) most = middle
    else least = middle + 1
  }
  return most
}

/** AWS never gives an id twice. */
function comebacks(played: readonly Played[]): readonly string[] {
  const made = played
    .filter(({ call, said }) => /^Create(?:Role|Policy)$/.test(call) && said.code === '')
    .flatMap(({ said }) => named(said.text, '(?:Role|Policy)Id'))
  const given = new Set<string>()
  return made.flatMap((id) => {
    if (given.has(id)) return [`the id ${id} was given twice`]
    given.add(id)
    return []
  })
}
