/** Callers at work on the nodes, each on a connection of its own, until they are told to stop or have no node left. */

import { Dice } from '../duel/dice.ts'
import type { Book, Done, Entry } from './book.ts'
import { DEEDS, type DeedName, type Thing } from './deeds.ts'
import { laneTo, requestIdOf, type Keyring, type Lane } from './lane.ts'
import type { Node } from './nodes.ts'

export interface Shift {
  readonly book: Book
  readonly keyring: Keyring
  /** Those that callers may turn to now: one that is about to be killed is taken out before. */
  readonly nodes: Node[]
  /** Begins the marks of its deeds. */
  readonly name: string
  readonly seed: number
  readonly turn: number
  isOver: boolean
  readonly done: Done[]
}

/** Who is told that the server is in trouble waits this long, in milliseconds. */
const BREATH = 10

/** Resolves when the last caller has gone home. */
export async function work(shift: Shift, callers: number): Promise<void> {
  await Promise.all(Array.from({ length: callers }, (_, who) => call(shift, who)))
}

async function call(shift: Shift, who: number): Promise<void> {
  const { book, nodes } = shift
  const dice = new Dice(shift.seed, shift.turn * 1000 + who)
  let node = nodes[who % nodes.length]
  let lane = node && laneTo(node.port, shift.keyring)
  // What one node has acknowledged another may not have heard of yet: whoever moves leaves his things behind.
  let left: ReadonlySet<Entry> = new Set()
  for (let at = 0; !shift.isOver && node !== undefined && lane !== undefined; at += 1) {
    const { entry, deed } = book.choose(who, dice, (it) => !left.has(it))
    const done = await act({ lane, node, mark: `${shift.name}w${who}a${at}` }, deed, entry.thing)
    shift.done.push(done)
    book.note(done)
    if (done.status >= 500) await pause(BREATH)
    if (done.status !== 0) continue
    await pause(BREATH)
    lane.close()
    node = nodes.length === 0 ? undefined : dice.one(nodes)
    lane = node && laneTo(node.port, shift.keyring)
    left = new Set(book.entries().filter(({ caller }) => caller === who))
  }
  lane?.close()
}

export interface Way {
  readonly lane: Lane
  readonly node: Node
  readonly mark: string
}

/** Does one deed, and says what came of it. */
export async function act({ lane, node, mark }: Way, deed: DeedName, thing: Thing): Promise<Done> {
  const reply = await lane.ask(thing.account, DEEDS[deed].plain(thing, mark), mark)
  const common = { mark, deed, thing, node: node.name, status: reply.status, requestId: requestIdOf(reply) }
  if (reply.status >= 200 && reply.status < 300) return { ...common, outcome: 'acknowledged' }
  return { ...common, outcome: reply.status >= 400 && reply.status < 500 ? 'refused' : 'open', text: reply.text }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
