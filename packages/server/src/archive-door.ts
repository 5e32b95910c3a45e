/** The door by which a copy of everything leaves a running server: `/_sallyport/archive`. */

import type { Readable } from 'node:stream'
import type { StoreKind } from './archive/format.ts'
import { makeArchive, type Wanted } from './archive/write.ts'
import { QuestionError } from './explain/question.ts'
import type { OwnDoor } from './http.ts'
import { Flow, membersOf, signedDoor, type Errand } from './signed-door.ts'
import type { Message } from './wire/message.ts'
import type { World } from './world.ts'

export const ARCHIVE_PATH = '/_sallyport/archive'

export type Archiver = (wanted: Wanted) => Promise<Readable>

/** Without `from` the master key ends with the server. */
export function archiver(world: World, from: StoreKind | undefined): Archiver {
  return async (wanted) => {
    if (from !== undefined) return makeArchive(world, { from, now: world.clock.host(), ...wanted })
    throw new QuestionError(
      'this server keeps nothing, and its master key ends with it: an archive would open for nobody; start one with `--data`',
    )
  }
}

export function archiveDoor(world: World, archive: Archiver, onBug: (error: unknown) => void): OwnDoor {
  const copy: Errand = {
    action: 'sallyport:MakeArchive',
    answer: async (message) => new Flow('application/gzip', await archive(wantedBy(message))),
  }
  const methods = 'POST what is wanted: `records` and `objects`, true or false'
  return signedDoor(world, { path: ARCHIVE_PATH, errands: { POST: copy }, methods }, onBug)
}

function wantedBy(message: Message): Wanted {
  const { records, objects } = membersOf(message)
  if (typeof records === 'boolean' && typeof objects === 'boolean') return { records, objects }
  throw new QuestionError('say of `records` and `objects` whether they are wanted, true or false')
}
