/** The door by which a copy of everything leaves a running server: `/_sallyport/archive`. */

import { makeArchive } from './archive/write.ts'
import type { StoreKind } from './archive/format.ts'
import { QuestionError } from './explain/question.ts'
import type { OwnDoor } from './http.ts'
import { Flow, membersOf, signedDoor, type Errand } from './signed-door.ts'
import type { Message } from './wire/message.ts'
import type { World } from './world.ts'

export const ARCHIVE_PATH = '/_sallyport/archive'

export function archiveDoor(world: World, from: StoreKind, onBug: (error: unknown) => void): OwnDoor {
  const copy: Errand = {
    action: 'sallyport:MakeArchive',
    answer: async (message) => {
      const copying = { from, now: world.clock.host(), ...wantedBy(message) }
      return new Flow('application/gzip', await makeArchive(world, copying))
    },
  }
  const methods = 'POST what is wanted: `records` and `objects`, true or false'
  return signedDoor(world, { path: ARCHIVE_PATH, errands: { POST: copy }, methods }, onBug)
}

function wantedBy(message: Message): { readonly records: boolean; readonly objects: boolean } {
  const { records, objects } = membersOf(message)
  if (typeof records === 'boolean' && typeof objects === 'boolean') return { records, objects }
  throw new QuestionError('say of `records` and `objects` whether they are wanted, true or false')
}
