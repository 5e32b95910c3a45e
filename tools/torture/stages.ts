/** Where contests are held, and what disturbs them. */

import { contest, type Result } from './contest.ts'
import { startNode, type Node } from './nodes.ts'
import { placeOn, type Place, type StoreName } from './places.ts'
import { pause } from './shift.ts'

export interface Stage {
  readonly name: string
  readonly store: StoreName
  readonly nodes: number
  /** Milliseconds within which a node hears of what others write. */
  readonly bound: number
  disturb(place: Place, nodes: readonly Node[]): Promise<void>
}

/** What docs/guides/several-nodes.md promises. */
const BOUND = 2_000
const CALLERS = 12
/** Milliseconds of calm before a disturbance. */
const CALM = 300

const POSTGRES = { store: 'postgres', nodes: 3, bound: BOUND } as const

export const STAGES: readonly Stage[] = [
  { name: 'one node on SQLite', store: 'sqlite', nodes: 1, bound: 0, disturb: async () => {} },
  { name: 'three nodes on PostgreSQL', ...POSTGRES, disturb: async () => {} },
  {
    name: 'three nodes on PostgreSQL, one killed',
    ...POSTGRES,
    async disturb(_place, nodes) {
      await pause(CALM)
      await nodes.at(-1)?.end('SIGKILL')
    },
  },
  {
    name: 'three nodes on PostgreSQL, the database killed',
    ...POSTGRES,
    async disturb({ database }) {
      await pause(CALM)
      await database?.kill('SIGKILL')
      await database?.restart()
    },
  },
]

export async function hold(stage: Stage, seed: number, calls: number): Promise<Result> {
  const { store, bound, disturb } = stage
  const place = await placeOn(store)
  const nodes: Node[] = []
  for (let at = 0; at < stage.nodes; at += 1) nodes.push(await startNode(`node ${at + 1}`, place.args(at)))
  try {
    return await contest({ place, nodes, seed, calls, callers: CALLERS, bound, disturb: () => disturb(place, nodes) })
  } finally {
    await Promise.all(nodes.map((node) => node.end('SIGKILL')))
    await place.clear()
  }
}
