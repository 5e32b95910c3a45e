/** Where an archive comes from: a server that runs, by its door, or a state that nobody serves, which is opened for it. */

import type { Wanted } from '@sallyport/server'
import { administratorOf } from '../administrator.ts'
import { openAlone, serverFor, type Asked } from '../alone.ts'
import type { Target } from '../client.ts'
import { knock } from '../door.ts'

export interface Origin {
  readonly bytes: AsyncIterable<Uint8Array>
  close(): Promise<void>
}

export async function originOf(asked: Asked, wanted: Wanted): Promise<Origin> {
  const server = await serverFor(asked)
  return server === undefined ? opened(asked, wanted) : behindDoor(server, asked, wanted)
}

async function behindDoor(server: Target, asked: Asked, wanted: Wanted): Promise<Origin> {
  const { ARCHIVE_PATH } = await import('@sallyport/server')
  const sent = { method: 'POST', path: ARCHIVE_PATH, body: JSON.stringify(wanted) }
  const bytes = await knock(server, sent, administratorOf(asked, 'an archive'))
  return {
    bytes,
    async close() {
      bytes.destroy()
    },
  }
}

async function opened(asked: Asked, wanted: Wanted): Promise<Origin> {
  const server = await openAlone(asked)
  try {
    const bytes = await server.archive(wanted)
    return {
      bytes,
      async close() {
        bytes.destroy()
        await server.close()
      },
    }
  } catch (error) {
    await server.close()
    throw error
  }
}
