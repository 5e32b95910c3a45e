/** Holds what the servers say now against what the book says must be there. */

import { rest } from '../bench/sign.ts'
import { Dice } from '../duel/dice.ts'
import type { Done, Entry } from './book.ts'
import { keyOf, shown } from './deeds.ts'
import type { Epoch } from './epoch.ts'
import { laneTo, type Lane } from './lane.ts'
import { look } from './look.ts'
import { ACCOUNTS } from './places.ts'
import { pause } from './shift.ts'

const AT_ONCE = 8
/** What one node has written every other shows within this, in milliseconds. */
const SETTLED_WITHIN = 5_000

/** Every entry, at some node. */
export async function looks(epoch: Epoch, entries: readonly Entry[], turn: number): Promise<string[]> {
  const { nodes, keyring, seed } = epoch
  const dice = new Dice(seed, 900_000 + turn)
  const waiting = [...entries]
  const wrong: string[] = []
  const until = performance.now() + SETTLED_WITHIN
  const observer = async (port: number): Promise<void> => {
    const lane = laneTo(port, keyring)
    for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
      const sight = await lookUntil(lane, entry, nodes.length === 1 ? 0 : until)
      if (sight !== undefined) wrong.push(sight)
    }
    lane.close()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, () => observer(dice.one(nodes).port)))
  return wrong
}

/** What is wrong with it at `until`, if it still is. */
async function lookUntil(lane: Lane, { thing, state }: Entry, until: number): Promise<string | undefined> {
  for (;;) {
    const seen = await look(lane, thing).then(shown, (error: unknown) => String(error))
    if (seen === shown(state)) return undefined
    if (performance.now() > until) return `${keyOf(thing)} should be ${shown(state)}, and is ${seen}`
    await pause(20)
  }
}

/** A bucket's name lies in two partitions: where its making or unmaking was cut short, another account asks for the name. */
export async function probes({ nodes, keyring, book }: Epoch, open: readonly Done[]): Promise<readonly string[]> {
  const lane = laneTo(nodes[0]?.port ?? 0, keyring)
  const wrong: string[] = []
  for (const { thing } of open.filter(({ deed }) => deed.endsWith('Bucket'))) {
    const other = ACCOUNTS.find((account) => account !== thing.account) ?? ''
    const { status } = await lane.ask(other, rest('PUT', `/${thing.name}`))
    const isFree = book.entry(thing).state === undefined
    if (status !== (isFree ? 200 : 409))
      wrong.push(`${keyOf(thing)} is ${isFree ? 'free' : 'taken'}, and another who asks for it is answered ${status}`)
    if (status === 200) await lane.ask(other, rest('DELETE', `/${thing.name}`))
  }
  lane.close()
  return wrong
}
