/**
 * What lies under a bucket's name. A bucket that goes takes its uploads with it, and a new one must not inherit what a
 * lost race, or a crash in the middle of one, left under its name.
 */

import type { AccountId, Upload } from '@sallyport/estate'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Call } from '../../call.ts'
import { remove, type Change } from '../../store/store.ts'
import { PART, removeBlobs, type StoredPart } from './bytes.ts'
import { ACLS, OBJECT, TAGS, VERSION, type StoredObject } from './object.ts'

const BATCH = 1000

export interface Leftovers {
  readonly changes: readonly Change[]
  readonly afterwards: () => Promise<void>
}

export interface Named {
  readonly owner: AccountId
  readonly bucket: string
}

/** Whether there are objects, versions or markers, once every write on its way has come in. */
export async function occupied(call: Call, { owner, bucket }: Named): Promise<boolean> {
  await nextTurn()
  const query = { prefix: `${bucket}/`, limit: 1 }
  const found = await Promise.all([OBJECT, VERSION].map((kind) => call.shelves.shelf(owner, kind, query)))
  return found.some(({ length }) => length > 0)
}

/** Every row of shelves under the name, and the blobs that they name. */
export async function leftovers(call: Call, named: Named): Promise<Leftovers> {
  await nextTurn()
  const changes: Change[] = []
  const blobs: string[] = []
  for (const kind of [OBJECT, VERSION, TAGS, ACLS, PART]) await sweep(call, { ...named, kind }, { changes, blobs })
  return {
    changes,
    afterwards: () =>
      removeBlobs(
        call.blobs,
        blobs.map((blob) => ({ blob })),
      ),
  }
}

async function sweep(
  call: Call,
  { owner, bucket, kind }: Named & { readonly kind: string },
  into: { readonly changes: Change[]; readonly blobs: string[] },
): Promise<void> {
  for (let after = ''; ;) {
    const rows = await call.shelves.shelf(owner, kind, { prefix: `${bucket}/`, after, limit: BATCH })
    for (const { key, value } of rows) {
      into.changes.push(remove(owner, kind, key))
      // objects and parts alone name one
      const { blob } = value as Partial<StoredObject | StoredPart>
      if (blob !== undefined) into.blobs.push(blob)
    }
    after = rows.at(-1)?.key ?? ''
    if (rows.length < BATCH) return
  }
}

/** The uploads under way, which go with their bucket. */
export function uploadsGone(uploads: ReadonlyMap<string, Upload>, { owner, bucket }: Named): readonly Change[] {
  return [...uploads].flatMap(([row, upload]) => (upload.bucket === bucket ? remove(owner, 'upload', row) : []))
}
