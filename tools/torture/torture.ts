/** Rounds of one mode, some to a store: what they come to, and what went wrong. */

import type { Done } from './book.ts'
import { begin, finish, leave, round, type Epoch, type Tally } from './epoch.ts'
import type { Mode } from './modes.ts'

export interface Plan {
  readonly rounds: number
  readonly seed: number
  readonly onRound?: (turn: number, tally: Tally) => void
}

export interface Outcome {
  readonly tally: Tally
  /** The first round that has any is the last. */
  readonly violations: readonly string[]
  /** Of the store on which they were found. */
  readonly history: { readonly done: readonly Done[]; readonly complaints: readonly string[] } | undefined
}

/** An organisation takes six accounts more than it begins with, and every other round makes one. */
const ROUNDS_PER_STORE = 12

export async function torture(mode: Mode, { rounds, seed, onRound }: Plan): Promise<Outcome> {
  const tally: Tally = { kills: 0, acknowledged: 0, open: 0, unanswered: 0, found: 0, refused: 0, accounts: 0 }
  for (let turn = 0; turn < rounds;) {
    const epoch = await begin(mode, seed, `t${turn}`)
    const end = Math.min(rounds, turn + ROUNDS_PER_STORE)
    for (; turn < end; turn += 1) {
      const violations = await round(epoch, turn, tally)
      if (violations.length > 0) return failed(epoch, tally, violations)
      onRound?.(turn + 1, tally)
    }
    const violations = await finish(epoch)
    if (violations.length > 0) return failed(epoch, tally, violations)
  }
  return { tally, violations: [], history: undefined }
}

async function failed(epoch: Epoch, tally: Tally, violations: readonly string[]): Promise<Outcome> {
  const { done, nodes } = epoch
  const complaints = nodes.map(({ name, complaints }) => `${name}: ${complaints}`)
  await leave(epoch)
  return { tally, violations, history: { done, complaints } }
}
