/** The bytes of objects: files in the data folder, or memory. Metadata lies in the store; a blob that nothing names is garbage. */

import { randomUUID } from 'node:crypto'
import { createReadStream, mkdirSync, readdirSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

export interface ByteRange {
  /** First byte, from 0. */
  readonly from: number
  /** Last byte, included. */
  readonly to: number
}

export interface Blobs {
  /** Takes all bytes and resolves to the blob's id once they are durable. Where the source throws, nothing stays behind. */
  write(bytes: AsyncIterable<Uint8Array>): Promise<string>
  read(id: string, range?: ByteRange): AsyncIterable<Uint8Array>
  remove(id: string): Promise<void>
  /** Until what it returns is called, all that is removed can still be read: a copy of one moment needs it. */
  hold(): () => Promise<void>
  close?(): Promise<void>
}

const READ_AT_ONCE = 256 * 1024

export function memoryBlobs(): Blobs {
  const blobs = new Map<string, Buffer>()
  return {
    async write(bytes) {
      const parts: Uint8Array[] = []
      for await (const part of bytes) parts.push(part)
      const id = randomUUID()
      blobs.set(id, Buffer.concat(parts))
      return id
    },
    async *read(id, range) {
      const blob = blobs.get(id) ?? Buffer.alloc(0)
      yield range === undefined ? blob : blob.subarray(range.from, range.to + 1)
    },
    ...holding(async (id) => void blobs.delete(id)),
  }
}

/** Files under `folder`, spread over 256 folders. A file is written beside its place, synced, and then moved into it. */
export function fileBlobs(folder: string): Blobs {
  mkdirSync(join(folder, 'incoming'), { recursive: true, mode: 0o700 })
  const place = (id: string): string => join(folder, id.slice(0, 2), id)
  return {
    async write(bytes) {
      const id = randomUUID()
      const incoming = join(folder, 'incoming', id)
      try {
        await writeSynced(incoming, bytes)
      } catch (error) {
        await rm(incoming, { force: true })
        throw error
      }
      const home = join(folder, id.slice(0, 2))
      // a name that a crash takes back would leave a row without its bytes
      if (mkdirSync(home, { recursive: true, mode: 0o700 }) !== undefined) await syncFolder(folder)
      await rename(incoming, place(id))
      await syncFolder(home)
      return id
    },
    read(id, range) {
      const part = range === undefined ? {} : { start: range.from, end: range.to }
      return createReadStream(place(id), { ...part, highWaterMark: READ_AT_ONCE })
    },
    ...holding((id) => rm(place(id), { force: true })),
  }
}

/** Removals wait while anybody holds. Where the process ends before they are made, what they meant is garbage. */
function holding(erase: (id: string) => Promise<void>): Pick<Blobs, 'remove' | 'hold'> {
  let holders = 0
  let removed: string[] = []
  return {
    async remove(id) {
      if (holders > 0) removed.push(id)
      else await erase(id)
    },
    hold() {
      holders += 1
      return async () => {
        holders -= 1
        if (holders > 0) return
        const gone = removed
        removed = []
        for (const id of gone) await erase(id)
      }
    },
  }
}

async function writeSynced(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const part of bytes) await file.writeFile(part)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Uploads that a crash broke off: called once, before the server listens. */
export async function sweepIncoming(folder: string): Promise<void> {
  const incoming = join(folder, 'incoming')
  mkdirSync(incoming, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(incoming)) await rm(join(incoming, name), { force: true })
}
