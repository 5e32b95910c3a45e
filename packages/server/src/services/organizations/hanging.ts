/** The rows that say which policies hang where. INVARIANT: one commit changes the row of a target once, so it is computed whole. */

import type { Attachment } from '@sallyport/estate'
import { ORGANIZATION } from '../../directory.ts'
import { put, remove, type Change } from '../../store/store.ts'

/** From now on these policies hang on `target`, and no others. */
export function hang(target: string, policies: readonly string[]): Change {
  if (policies.length === 0) return remove(ORGANIZATION, 'attachment', target)
  const row: Attachment = { target, policies }
  return put(ORGANIZATION, 'attachment', target, row)
}
