/** What hangs on a user and has an id, an owner and a status: found for the owner alone, listed by id. */

import { nameKey, type Account, type AccountKinds } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove, type Change } from '../../store/store.ts'
import { find, iamPage } from './shared.ts'
import { isOwnRoot, ownName } from './user.ts'

export type RecordKind = 'signingCertificate' | 'sshPublicKey' | 'serviceCredential'

interface Owner {
  readonly id: string
  readonly name: string
}

/** The user who is named, or who calls. The root user has none of these: nobody can give it any. */
export function ownerOf(call: Pick<Call, 'account' | 'principal'>, name: string | undefined): Owner {
  return isOwnRoot(call, name) ? { id: 'root', name: 'root' } : find(call.account, 'user', name ?? ownName(call))
}

export function recordsOf<K extends RecordKind>(account: Account, kind: K, { id }: Owner): readonly AccountKinds[K][] {
  return [...account.all(kind).values()].filter(({ userId }) => userId === id)
}

/** A record of the owner's, or the refusal that `missing` words. */
export function recordOf<K extends RecordKind>(
  account: Account,
  kind: K,
  { owner, id, missing }: { readonly owner: Owner; readonly id: string; readonly missing: string },
): AccountKinds[K] {
  const record = account.all(kind).get(id)
  if (record === undefined || record.userId !== owner.id) throw new Refusal('NoSuchEntity', missing)
  return record
}

export function recordPage<K extends RecordKind>(
  call: Call,
  kind: K,
  { owner, ...paging }: { readonly owner: Owner; readonly Marker?: string; readonly MaxItems?: number },
) {
  const listing = `${kind}/${owner.id}`
  return iamPage(call, recordsOf(call.account, kind, owner), { listing, keyOf: ({ id }) => id, ...paging })
}

/** The record with another status. `Expired` is AWS's own to set. */
export function withStatus<K extends RecordKind>(
  account: Account,
  kind: K,
  record: AccountKinds[K],
  status: string,
): Change {
  if (status !== 'Active' && status !== 'Inactive') {
    throw new Refusal('InvalidInput', 'The status can be set to Active or Inactive only.')
  }
  return put(account.id, kind, record.id, { ...record, status })
}

/** What goes when the record goes. */
export function withoutRecord(account: Account, kind: RecordKind, { id }: { readonly id: string }): Change {
  return remove(account.id, kind, id)
}

/** The name of the user to whom a record belongs. */
export function nameOfOwner(account: Account, userId: string): string {
  const user = account.byId('user', userId)
  return user === undefined ? '' : (account.all('user').get(nameKey(user.name))?.name ?? user.name)
}
