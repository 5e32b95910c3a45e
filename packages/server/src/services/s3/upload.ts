/**
 * Uploads in parts: a row each in the bucket owner's partition, until they are completed or given up. Every part that is
 * written counts the row on, in the same commit. INVARIANT: whoever commits onto an upload whose parts it read sees by the
 * count that they are still the same, so nothing is completed out of bytes that another call replaced.
 */

import { accountOf, principalArn, type AccountId, type Tag, type Upload } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove, type Change } from '../../store/store.ts'
import type { Checksum } from '../../wire/checksum.ts'
import { canonicalId } from './canonical.ts'
import type { Place, StoredObject, Traits } from './object.ts'
import { find, type OfObject } from './shared.ts'

export const UPLOAD = 'upload'

export interface UploadChecksum {
  readonly name: Checksum
  readonly type: 'COMPOSITE' | 'FULL_OBJECT'
}

export interface StoredUpload extends Upload {
  readonly traits: Traits
  /** Whose the object will be and what its list grants, as far as the first call said; absent in rows from before. */
  readonly owning?: Pick<StoredObject, 'owner' | 'acl'>
  readonly storageClass: string
  readonly tags: readonly Tag[]
  /** Absent where the first call named none: then S3 reckons one of its own. */
  readonly checksum?: UploadChecksum
  /** The first call's condition keys: S3 holds the calls that follow to them too. */
  readonly keys: Readonly<Record<string, string>>
}

export interface OfUpload extends OfObject {
  readonly UploadId: string
}

export function uploadRow({ bucket }: Pick<Place, 'bucket'>, id: string): string {
  return `${bucket}/${id}`
}

export function findUpload(call: Call, input: OfUpload): StoredUpload | undefined {
  const { owner } = find(call, input)
  const row = uploadRow({ bucket: input.Bucket }, input.UploadId)
  const upload = call.estate.account(owner)?.all(UPLOAD).get(row)
  return upload?.key === input.Key ? (upload as StoredUpload) : undefined // `putUpload` alone writes them
}

/**
 * An upload goes on wherever its next call comes in: a node that knows nothing of it asks the store before it says so.
 * `anyway` asks in any case: whoever makes an object of the parts must know how often they were written.
 */
export async function lookForUpload(call: Call, input: OfUpload, anyway = false): Promise<void> {
  if (anyway || findUpload(call, input) === undefined) await call.confirm(find(call, input).owner)
}

export function uploadOf(call: Call, input: OfUpload): StoredUpload {
  const upload = findUpload(call, input)
  if (upload === undefined) throw noSuchUpload(input)
  return upload
}

export function noSuchUpload({ UploadId }: Pick<OfUpload, 'UploadId'>): Refusal {
  const message =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.'
  return new Refusal('NoSuchUpload', message, { UploadId })
}

export function putUpload(owner: AccountId, upload: StoredUpload): Change {
  return put(owner, UPLOAD, uploadRow(upload, upload.id), upload)
}

export function removeUpload(owner: AccountId, upload: StoredUpload): Change {
  return remove(owner, UPLOAD, uploadRow(upload, upload.id))
}

/** The parts are no longer those that were read: the client may come back. */
export function refuseMoved(read: StoredUpload, now: StoredUpload): void {
  if (read.writes === now.writes) return
  throw new Refusal(
    'OperationAborted',
    'A conflicting conditional operation is currently in progress against this resource. Please try again.',
  )
}

export function initiatorOf({ principal }: Call): Upload['initiator'] {
  return { account: accountOf(principal), arn: principalArn(principal) }
}

/** As listings name who began it: an account by its canonical id, all others by their ARN. */
export function showInitiator({ initiator: { account, arn } }: Upload): {
  readonly ID?: string
  readonly DisplayName?: string
} {
  if (arn === undefined || account === undefined) return {}
  if (arn.endsWith(':root')) return { ID: canonicalId(account) }
  return { ID: arn, DisplayName: arn.slice(arn.lastIndexOf('/') + 1) }
}
