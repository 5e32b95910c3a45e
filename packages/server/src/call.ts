/** One call, as an operation sees it: who, where, when, and the land it stands on. */

import type { AccessPoint, Account, AccountId, Circumstances, Estate, Principal } from '@sallyport/estate'
import type { Reference } from './authorization-reference.ts'
import type { Blobs } from './blobs.ts'
import type { Directory } from './directory.ts'
import type { Functions } from './functions/order.ts'
import type { Issuers } from './issuers.ts'
import type { Keyring } from './keyring.ts'
import type { Asking } from './operation.ts'
import type { QuotaName } from './quotas.ts'
import type { Random } from './random.ts'
import type { Sessions } from './sessions.ts'
import type { Row, ShelfQuery } from './store/store.ts'
import type { CallTurns } from './turns.ts'
import type { Usage } from './usage.ts'
import type { CheckedBody } from './wire/checksum.ts'
import type { Claim } from './wire/claim.ts'

/** Reading what does not live in memory: a bucket's objects. */
export interface Shelves {
  shelved(partition: string, kind: string, key: string): Promise<unknown>
  shelf(partition: string, kind: string, query: ShelfQuery): Promise<readonly Row[]>
}

export interface Call {
  readonly estate: Estate
  readonly directory: Directory
  /** AWS's tables of actions, resources and condition keys. */
  readonly reference: Reference
  readonly principal: Principal
  /** The caller's account. Anonymous callers have none, and reach no operation that reads it. */
  readonly account: Account
  /** What an account may have of something: the caller's, unless another is named, which was brought in. */
  readonly quota: (name: QuotaName, account?: AccountId) => number
  /** Whether what is asked for is granted at once, up to AWS's highest; else the operator decides. */
  readonly approvesQuotas: boolean
  readonly region: string
  /** The server's (test) clock, epoch milliseconds. */
  readonly now: number
  readonly random: Random
  readonly circumstances: Circumstances
  readonly requestId: string
  readonly sessions: Sessions
  readonly keyring: Keyring
  readonly issuers: Issuers
  /** Who used what, and when last. */
  readonly usage: Pick<Usage, 'of'>
  readonly shelves: Shelves
  readonly blobs: Blobs
  /** Absent where no functions run. */
  readonly functions?: Functions
  readonly headers: Readonly<Record<string, string>>
  /** Brings accounts into memory, for a `look` at what only the state can name. */
  readonly bring: (accounts: readonly string[]) => Promise<void>
  /** Whether the law would allow this too: where AWS words an answer by what else the caller may do. Throws nothing, records nothing. */
  readonly may: (ask: Asking) => boolean
  /** The access point that stood for the bucket, and whose it is. */
  readonly accessPoint?: { readonly account: AccountId; readonly point: AccessPoint }
  /** How it was signed; absent where it was not. */
  readonly claim?: Claim | undefined
  /** Of the connection: `1.3`. */
  readonly tlsVersion?: string
  /** It is a browser's form, whose file's length nobody said. */
  readonly form?: true
  /** Sees that what is known of an account is what the store has now, where other nodes write it too. */
  readonly confirm: (account: string) => Promise<unknown>
  /** Its turns at what it writes; the gate ends them when the call is over. */
  readonly turns: CallTurns
  /** The body of an operation that streams, checked as it flows. */
  readonly body: CheckedBody
}
