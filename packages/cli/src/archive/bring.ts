/** What `restore` and `import` do: from a file, looked at from end to end first, into a place where nothing is. */

import type { Entry } from '@sallyport/server'
import { existsSync } from 'node:fs'
import { keySourcesOf, placeOf, type Asked } from '../alone.ts'
import { writeCredentials } from '../credentials.ts'
import { Failure, Usage } from '../failure.ts'
import { findKey, keySource } from '../folder.ts'
import { bold, cyan, say } from '../say.ts'
import { quote } from '../shell.ts'
import { undoOnSignal } from '../signals.ts'
import { archiveName, inOurWords } from './failing.ts'
import { inletOf } from './inlet.ts'
import { closed, emptyPlace, type EmptyPlace } from './place.ts'
import { progressOf } from './progress.ts'
import { asJson, inWords, readAll, watched, type Told } from './tally.ts'

export interface Bringing extends Omit<Asked, 'endpoint'> {
  readonly json?: true
}

/** `always`: the records that the archive has; `wanted`: it must have some. */
export type Records = 'always' | 'wanted' | 'never'

export async function bring(file: string, bringing: Bringing, records: Records): Promise<void> {
  process.umask(0o077)
  const { key, source } = keyOf(file, bringing)
  const place = await emptyPlace(placeOf(bringing))
  const stay = undoOnSignal(() => place.abandon())
  try {
    const told = await into(place, { file, key, records })
    await place.settle()
    summarise(bringing, told)
  } catch (error) {
    // it may be closed already
    await closed(place.state).catch(() => undefined)
    place.abandon()
    throw inOurWords(error, archiveName(file), source)
  } finally {
    stay()
  }
}

interface GivenKey {
  readonly key: Buffer
  /** In the words of messages. */
  readonly source: string
}

/** A key is not drawn here: the archive has its own. */
function keyOf(file: string, bringing: Bringing): GivenKey {
  const { folder } = placeOf(bringing)
  const sources = keySourcesOf(bringing)
  const source = keySource(folder, sources)
  const key = findKey(folder, sources)
  if (key !== undefined) return { key, source }
  throw new Failure(
    `${archiveName(file)} opens with the master key of the installation that it was made from, and ${source} is not there: ` +
      'give it with `--key-file` or SALLYPORT_KEY, or put a copy there',
  )
}

interface Into {
  readonly file: string
  readonly key: Buffer
  readonly records: Records
}

async function into(place: EmptyPlace, { file, key, records }: Into): Promise<Told> {
  const { drawnAdministrator, fill, Keyring, readArchive, systemRandom } = await import('@sallyport/server')
  const random = systemRandom()
  const keyring = new Keyring(key, random)
  const inlet = await inletOf(file, place.room)
  const entries = (doing: string): AsyncGenerator<Entry> =>
    watched(readArchive(inlet.bytes(), keyring), progressOf(doing, inlet.share))
  const told = await readAll(entries('checking'))
  if (records === 'wanted' && !told.header.records) {
    throw new Usage(`${archiveName(file)} has no audit records: leave \`--with-records\` out`)
  }
  const wanted = records === 'never' ? withoutRecords(entries('bringing in')) : entries('bringing in')
  await fill({ ...place.state, random }, wanted)
  const administrator = await drawnAdministrator(place.state.store, keyring)
  if (administrator !== undefined && !existsSync(place.folder.credentials)) {
    writeCredentials(place.folder, administrator)
  }
  return records === 'never' ? { ...told, counts: { ...told.counts, records: 0 } } : told
}

async function* withoutRecords(entries: AsyncGenerator<Entry>): AsyncGenerator<Entry> {
  for await (const entry of entries) if (entry.kind !== 'record') yield entry
}

function summarise(bringing: Bringing, told: Told): void {
  const { folder, url } = placeOf(bringing)
  if (bringing.json === true) return say(JSON.stringify({ data: folder.path, ...asJson(told) }))
  const options = [
    ...(bringing.data === undefined ? [] : ['--data', quote(bringing.data)]),
    ...(url === undefined ? [] : ['--store', '…']),
    ...(bringing.keyFile === undefined ? [] : ['--key-file', quote(bringing.keyFile)]),
  ]
  const { madeAt, version } = told.header
  say(`${bold('brought in')} ${inWords(told.counts)}`)
  say(`as it was on ${madeAt}, by sallyport ${version}`)
  return say(`start it with ${cyan(['sallyport', 'up', ...options].join(' '))}`)
}
