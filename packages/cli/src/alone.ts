/** A state that nobody serves, opened for one verb: what that verb asks, and a server without doors. */

import type { SallyportServer } from '@sallyport/server'
import type { Target } from './client.ts'
import { Failure } from './failure.ts'
import { DEFAULT_FOLDER, findKey, folderAt, keySource, type KeySources } from './folder.ts'
import { openLog } from './logging.ts'
import { isThere, nameOf, type StatePlace } from './state.ts'
import { serverOf, type Whereabouts } from './whereabouts.ts'

/** The options of verbs that open a state, as their parser leaves them. */
export interface Asked extends Whereabouts {
  readonly store?: string
  readonly keyFile?: string
}

export function placeOf({ data, store }: Pick<Asked, 'data' | 'store'>): StatePlace {
  return { folder: folderAt(data ?? DEFAULT_FOLDER), url: store }
}

export function keySourcesOf({ keyFile }: Pick<Asked, 'keyFile'>): KeySources {
  return { keyFile, fromEnvironment: process.env['SALLYPORT_KEY'] || undefined }
}

/** The server to be asked, where there is one. A store that is named is opened: a server near by may have another. */
export async function serverFor(asked: Asked): Promise<Target | undefined> {
  if (asked.store !== undefined && asked.endpoint === undefined) return undefined
  return serverOf(asked, isThere(placeOf(asked)))
}

export async function openAlone(asked: Asked): Promise<SallyportServer> {
  const place = placeOf(asked)
  if (!isThere(place)) throw new Failure(`there is nothing in ${nameOf(place)}: name the data folder with \`--data\``)
  const sources = keySourcesOf(asked)
  const masterKey = findKey(place.folder, sources)
  if (masterKey === undefined) {
    throw new Failure(
      `${keySource(place.folder, sources)} is not there, and what is sealed in ${nameOf(place)} opens with its own key alone: ` +
        'give it with `--key-file` or SALLYPORT_KEY',
    )
  }
  const { openServer } = await import('./serving.ts')
  return openServer({ state: { ...place, masterKey }, region: 'us-east-1', log: openLog('warn').log })
}
