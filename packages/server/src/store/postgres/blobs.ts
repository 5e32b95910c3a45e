/** The bytes of objects in the database, so that every node has them: parts of one size, each a row. */

import { randomUUID } from 'node:crypto'
import type { Blobs, ByteRange } from '../../blobs.ts'
import { hostClock } from '../../clock.ts'
import { poolOf, reach } from './connection.ts'

const PART = 256 * 1024

/** What is removed stays for an hour: another node may be reading it, or copying all that was there. */
const STAYS = 3_600_000
const SWEEP_EVERY = 60_000

/** A blob that is named by nothing, since its writer died, is garbage, as a file would be. */
export function postgresBlobs(url: string, now: () => number = hostClock().host): Blobs {
  const pool = poolOf(url)
  const sweeping = setInterval(() => void sweep().catch(() => {}), SWEEP_EVERY).unref()

  async function remove(id: string): Promise<void> {
    const text = 'INSERT INTO blob_gone (id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING'
    await reach(() => pool.query({ name: 'blob-remove', text, values: [id, now()] }))
  }

  async function sweep(): Promise<void> {
    const { rows } = await pool.query<{ id: string }>('SELECT id FROM blob_gone WHERE at < $1 LIMIT 1000', [
      now() - STAYS,
    ])
    const ids = rows.map(({ id }) => id)
    if (ids.length === 0) return
    await pool.query('DELETE FROM blob WHERE id = ANY($1)', [ids])
    await pool.query('DELETE FROM blob_gone WHERE id = ANY($1)', [ids])
  }

  async function* read(id: string, range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
    const { from, to } = range ?? { from: 0, to: Number.MAX_SAFE_INTEGER }
    const text = 'SELECT bytes FROM blob WHERE id = $1 AND part = $2'
    for (let part = Math.floor(from / PART); part * PART <= to; part += 1) {
      const { rows } = await reach(() => pool.query<{ bytes: Buffer }>({ name: 'blob', text, values: [id, part] }))
      const bytes = rows[0]?.bytes
      if (bytes === undefined) return
      yield bytes.subarray(Math.max(0, from - part * PART), to + 1 - part * PART)
      if (bytes.length < PART) return
    }
  }

  return {
    async write(bytes) {
      const id = randomUUID()
      const text = 'INSERT INTO blob (id, part, bytes) VALUES ($1, $2, $3)'
      try {
        let part = 0
        for await (const piece of ofSize(bytes)) {
          const at = part
          await reach(() => pool.query({ name: 'blob-write', text, values: [id, at, piece] }))
          part += 1
        }
        return id
      } catch (error) {
        await remove(id).catch(() => {})
        throw error
      }
    },
    read,
    remove,
    hold: () => async () => {},
    async close() {
      clearInterval(sweeping)
      await pool.end()
    },
  }
}

/** The same bytes in pieces of `PART`, the last one shorter. */
async function* ofSize(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = []
  let size = 0
  for await (const piece of bytes) {
    for (let rest = piece; rest.length > 0;) {
      const taken = rest.subarray(0, PART - size)
      waiting.push(taken)
      size += taken.length
      rest = rest.subarray(taken.length)
      if (size < PART) continue
      yield Buffer.concat(waiting)
      waiting = []
      size = 0
    }
  }
  if (size > 0) yield Buffer.concat(waiting)
}
