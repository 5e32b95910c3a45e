/** The door by which an operator sees and changes what sessions are sealed with: `/_sallyport/keys`. No key goes through it. */

import { QuestionError } from './explain/question.ts'
import type { OwnDoor } from './http.ts'
import { membersOf, signedDoor, type Errand } from './signed-door.ts'
import type { World } from './world.ts'

export const KEYS_PATH = '/_sallyport/keys'

export interface SessionKeyRow {
  readonly number: number
  /** Absent for the first ones of an older release, which did not say. */
  readonly madeAt?: string
  /** Whether new sessions are sealed with it. */
  readonly current: boolean
}

export interface SessionKeys {
  readonly keys: readonly SessionKeyRow[]
}

export function keysDoor(world: World, onBug: (error: unknown) => void): OwnDoor {
  const list: Errand = { action: 'sallyport:ListSessionKeys', answer: () => sessionKeysOf(world) }
  const rotate: Errand = {
    action: 'sallyport:RotateSessionKey',
    answer(message) {
      if (membersOf(message)['rotate'] !== true) throw new QuestionError('give `rotate`, which is true')
      return rotateSessionKey(world)
    },
  }
  const methods = 'GET shows the keys, POST rotates them'
  return signedDoor(world, { path: KEYS_PATH, errands: { GET: list, POST: rotate }, methods }, onBug)
}

export function sessionKeysOf(world: World): SessionKeys {
  const keys = [...world.directory.all('sessionKey').values()].toSorted((a, b) => a.number - b.number)
  return {
    keys: keys.map(({ number, createdAt }, at) => ({
      number,
      ...(createdAt === undefined ? {} : { madeAt: new Date(createdAt).toISOString() }),
      current: at === keys.length - 1,
    })),
  }
}

export async function rotateSessionKey(world: World): Promise<SessionKeys> {
  await world.rotateSessionKey()
  return sessionKeysOf(world)
}
