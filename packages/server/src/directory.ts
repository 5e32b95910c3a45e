/** The directory partition: what is unique over all accounts, and so cannot lie in one of them. */

import type { PartitionView } from './store/partition.ts'
import type { PartitionId } from './store/store.ts'

export const DIRECTORY: PartitionId = 'directory'
export const ORGANIZATION: PartitionId = 'organization'

/** Whose an account is. */
export interface Owner {
  readonly name: string
  readonly email: string
}

export interface AccountRow {
  readonly id: string
  readonly createdAt: number
  /** Of one that is in no organisation; a member's row says whose it is. */
  readonly owner?: Owner
  /** Since then nobody of it may call, and nobody enter it. Its id never comes again. */
  readonly closedAt?: number
}

export interface DirectoryKinds {
  /** Every account there is, in an organisation or not. */
  readonly account: AccountRow
  /** The global name space of buckets. */
  readonly bucketName: { readonly account: string; readonly region: string }
  /** Names that accounts have taken for themselves, one each. */
  readonly accountAlias: { readonly account: string }
  /** What stands for an access point where a bucket's name is wanted; and where that point is. */
  readonly accessPointAlias: { readonly account: string; readonly region: string; readonly name: string }
  /** Accounts that vouch for their own, by the ids of their issuers. */
  readonly tokenIssuer: { readonly account: string }
  /** Access keys that were given to us and do not name their account. */
  readonly foreignKey: { readonly account: string }
  /** Keys that seal session tokens, themselves sealed with the master key. */
  readonly sessionKey: {
    readonly number: number
    readonly sealed: string
    /** By the machine's time; the first ones did not say. */
    readonly createdAt?: number
  }
  /** Increases of quotas that wait for the operator, by their ids. */
  readonly openQuotaRequest: { readonly account: string }
  /** The administrator that the server was first started with. */
  readonly administrator: { readonly account: string; readonly userName: string; readonly accessKeyId: string }
  /** An archive is being brought in, or was broken off: it is not all there. */
  readonly filling: object
}

export interface Directory {
  all<K extends keyof DirectoryKinds>(kind: K): ReadonlyMap<string, DirectoryKinds[K]>
}

/** INVARIANT: the directory's partition holds what `DirectoryKinds` says; only operations write it, through typed values. */
export function directoryOf(view: PartitionView): Directory {
  return view as unknown as Directory
}
