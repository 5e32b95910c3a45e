/** The ways in which servers are killed. */

import type { Dice } from '../duel/dice.ts'
import type { Epoch } from './epoch.ts'
import type { Node } from './nodes.ts'
import type { StoreName } from './places.ts'
import { pause, type Shift } from './shift.ts'

export interface Mode {
  readonly name: string
  readonly store: StoreName
  readonly nodes: number
  readonly callers: number
  /** Resolves when it is done, and what comes back by itself is back. */
  kill(epoch: Epoch, blow: Blow): Promise<void>
}

export interface Blow {
  readonly shift: Shift
  readonly victim: Node
  readonly dice: Dice
}

/** Milliseconds that a database stays dead; now and then for longer than a node lets a write wait for it. */
const OUTAGE = { short: 300, long: 6_500, chance: 0.06 }

const killNode: Mode['kill'] = async (_epoch, { shift, victim }) => {
  shift.nodes.splice(shift.nodes.indexOf(victim), 1)
  await victim.end('SIGKILL')
}

const killDatabase: Mode['kill'] = async ({ place }, { dice }) => {
  await place.database?.kill('SIGKILL')
  await pause(dice.chance(OUTAGE.chance) ? OUTAGE.long : dice.below(OUTAGE.short))
  await place.database?.restart()
}

export const MODES: readonly Mode[] = [
  { name: 'one server on SQLite, killed', store: 'sqlite', nodes: 1, callers: 24, kill: killNode },
  { name: 'one node on PostgreSQL, killed', store: 'postgres', nodes: 1, callers: 24, kill: killNode },
  { name: 'three nodes on PostgreSQL, one killed', store: 'postgres', nodes: 3, callers: 24, kill: killNode },
  {
    name: 'three nodes on PostgreSQL, the database killed',
    store: 'postgres',
    nodes: 3,
    callers: 24,
    kill: killDatabase,
  },
]
