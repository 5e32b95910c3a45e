/** Where an archive is read from, twice: a file, or what came in by standard input and was put down. */

import { createReadStream, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, Usage } from '../failure.ts'

export interface Inlet {
  /** From its beginning. */
  bytes(): AsyncGenerator<Uint8Array>
  /** How much of it has been read since, from 0 to 1. */
  share(): number
}

/** `room` is a folder where something may be put down. */
export async function inletOf(file: string, room: string): Promise<Inlet> {
  const path = file === '-' ? await putDown(room) : file
  const size = sizeOf(path)
  let taken = 0
  return {
    async *bytes() {
      taken = 0
      for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
        // no encoding is set: parts are buffers
        taken += part.length
        yield part
      }
    },
    share: () => (size === 0 ? 1 : taken / size),
  }
}

async function putDown(room: string): Promise<string> {
  if (process.stdin.isTTY) throw new Usage('nothing comes in: name a file, or send an archive in by a pipe')
  const path = join(room, 'archive')
  const handle = await open(path, 'wx', 0o600)
  try {
    for await (const part of process.stdin as AsyncIterable<Buffer>) await handle.writeFile(part) // no encoding is set
  } finally {
    await handle.close()
  }
  return path
}

function sizeOf(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) throw new Failure(`there is no file \`${file}\``)
  if (!stat.isFile()) throw new Failure(`\`${file}\` is no file`)
  return stat.size
}
