/** Where an archive is written: a file, which is there whole or not at all, or standard output. */

import { once } from 'node:events'
import { existsSync, rmSync, statSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Failure, isSystemError, Usage } from '../failure.ts'
import { syncFolder } from '../files.ts'

export interface Outlet {
  /** Bytes that were written. */
  readonly size: number
  /** Passes parts on, each once it was written. */
  take(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  /** All is there: from now on it is found. */
  settle(): Promise<void>
  /** Leaves nothing behind. */
  abandon(): void
}

export function outletOf(file: string, force: boolean): Promise<Outlet> {
  return file === '-' ? Promise.resolve(standardOutput()) : beside(file, force)
}

function standardOutput(): Outlet {
  if (process.stdout.isTTY) throw new Usage('an archive is no text for a terminal: name a file, or send it into a pipe')
  let size = 0
  return {
    get size() {
      return size
    },
    async *take(parts) {
      for await (const part of parts) {
        size += part.length
        if (!process.stdout.write(part)) await once(process.stdout, 'drain')
        yield part
      }
    },
    settle: async () => {},
    abandon() {},
  }
}

async function beside(file: string, force: boolean): Promise<Outlet> {
  const place = resolve(file)
  refuseTaken(file, force)
  const aside = join(dirname(place), `.${basename(place)}.${process.pid}`)
  const handle = await open(aside, 'wx', 0o600).catch((error: unknown) => {
    throw isSystemError(error) ? new Failure(`\`${file}\` cannot be written: ${error.message}`) : error
  })
  let size = 0
  return {
    get size() {
      return size
    },
    async *take(parts) {
      for await (const part of parts) {
        size += part.length
        await handle.writeFile(part)
        yield part
      }
    },
    async settle() {
      await handle.sync()
      await handle.close()
      refuseTaken(file, force)
      await rename(aside, place)
      syncFolder(dirname(place))
    },
    abandon() {
      rmSync(aside, { force: true })
      void handle.close()
    },
  }
}

function refuseTaken(file: string, force: boolean): void {
  if (!existsSync(file)) return
  if (!statSync(file).isFile()) throw new Failure(`\`${file}\` is no file: give another name`)
  if (!force) throw new Failure(`\`${file}\` is there already: give another name, or \`--force\` to overwrite it`)
}
