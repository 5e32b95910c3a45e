/** What `backup` and `export` do: from a server or a state to a file that was read through before it is found. */

import type { Wanted } from '@sallyport/server'
import { keySourcesOf, placeOf, type Asked } from '../alone.ts'
import { findKey, keySource } from '../folder.ts'
import { bold, dim } from '../say.ts'
import { undoOnSignal } from '../signals.ts'
import { archiveName, inOurWords } from './failing.ts'
import { originOf, type Origin } from './origin.ts'
import { outletOf, type Outlet } from './outlet.ts'
import { progressOf } from './progress.ts'
import { asJson, inWords, readAll, sizeInWords, watched, type Told } from './tally.ts'

export interface Saving extends Asked {
  readonly force?: true
  readonly json?: true
}

export async function save(file: string, saving: Saving, wanted: Wanted): Promise<void> {
  process.umask(0o077)
  const outlet = await outletOf(file, saving.force === true)
  const stay = undoOnSignal(() => outlet.abandon())
  try {
    const told = await through(outlet, () => originOf(saving, wanted))
    await outlet.settle()
    summarise({ file, outlet, told, saving })
  } catch (error) {
    outlet.abandon()
    throw inOurWords(error, archiveName(file))
  } finally {
    stay()
  }
}

/** What is written is read on its way: an archive that would be refused one day is refused now. */
async function through(outlet: Outlet, begin: () => Promise<Origin>): Promise<Told> {
  const { readArchive } = await import('@sallyport/server')
  const origin = await begin()
  try {
    return await readAll(watched(readArchive(outlet.take(origin.bytes)), progressOf('saving')))
  } finally {
    await origin.close()
  }
}

interface Saved {
  readonly file: string
  readonly outlet: Outlet
  readonly told: Told
  readonly saving: Saving
}

/** Where the archive itself goes to standard output, this goes to the other. */
function summarise({ file, outlet: { size }, told, saving }: Saved): void {
  const stream = file === '-' ? process.stderr : process.stdout
  const words = [
    `${bold('saved')} ${inWords(told.counts)}`,
    ...(file === '-' ? [] : [`in ${file}, ${sizeInWords(size)}`]),
    dim(`it opens with the master key alone, which is not in it: keep ${keyOf(saving)} too`),
  ]
  stream.write(`${saving.json === true ? JSON.stringify({ file, size, ...asJson(told) }) : words.join('\n')}\n`)
}

/** Where the key lies, as far as this side can see. */
function keyOf(saving: Saving): string {
  const [{ folder }, sources] = [placeOf(saving), keySourcesOf(saving)]
  const seen = saving.endpoint === undefined && findKey(folder, sources) !== undefined
  return seen ? keySource(folder, sources) : 'that key'
}
