/** `sallyport down`: stops the server of a data folder. */

import { Command } from 'commander'
import { setTimeout as pause } from 'node:timers/promises'
import { isHealthy } from '../client.ts'
import { Failure, isSystemError } from '../failure.ts'
import { dropNote, folderAt, readNote } from '../folder.ts'
import { dataOption } from '../options.ts'
import { say } from '../say.ts'
import { noted } from '../whereabouts.ts'

/** Seconds that a server lets calls under way finish, and what a slow disk may take after them. */
const GRACE = 5
const SLOW = 10
const LOOK_EVERY = 20

export function down(): Command {
  return new Command('down')
    .description('stop the server')
    .addOption(dataOption())
    .action(async ({ data }: { data: string }) => {
      const folder = folderAt(data)
      const note = readNote(folder)
      if (note === undefined) return say(`no server runs on \`${data}\``)
      if (!lives(note.pid)) {
        dropNote(folder)
        return say(`no server runs on \`${data}\`: the last one, process ${note.pid}, ended without saying so`)
      }
      // The system gives a number to another process once its owner has gone: only one that answers as ours is stopped.
      if (!(await isHealthy(noted(note)))) {
        throw new Failure(
          `process ${note.pid} lives, but nothing answers at ${note.endpoint}: if it is a sallyport, stop it yourself, then remove \`${folder.note}\``,
        )
      }
      process.kill(note.pid, 'SIGTERM')
      const patience = (note.grace ?? GRACE) + SLOW
      const until = Date.now() + patience * 1000
      while (lives(note.pid) && Date.now() < until) await pause(LOOK_EVERY)
      if (lives(note.pid)) throw new Failure(`process ${note.pid} was told to stop and still runs after ${patience} s`)
      return say(`stopped the server at ${note.endpoint}`)
    })
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isSystemError(error, 'EPERM')
  }
}
