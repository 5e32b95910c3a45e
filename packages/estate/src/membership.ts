/** How accounts come into an organisation and go out of it, as plain data: handshakes, and closures. */

import type { AccountId, Tag } from './account.ts'

export type HandshakeAction = 'INVITE' | 'ENABLE_ALL_FEATURES' | 'APPROVE_ALL_FEATURES'

/** What is proposed to an account, or to the organisation itself, until it is answered or too late. */
export interface Handshake {
  /** `h-` and 32 characters. */
  readonly id: string
  readonly action: HandshakeAction
  /** Who is asked, as they were named; absent where the organisation is. */
  readonly target?: { readonly type: 'ACCOUNT' | 'EMAIL'; readonly id: string }
  /** That it is too late the clock alone says. */
  readonly state: 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'CANCELED'
  readonly requestedAt: number
  readonly expiresAt: number
  /** When it was answered. */
  readonly endedAt?: number
  readonly notes?: string
  /** What the account will be tagged with when it joins. */
  readonly tags: readonly Tag[]
  /** The handshake that waits for this one. */
  readonly parent?: string
}

/** An account of the organisation that was closed: it stays visible for a while. Its key is the account's id. */
export interface Closure {
  readonly account: AccountId
  readonly at: number
}

/** A service that the organisation lets reach into its members. Its key is the service's principal. */
export interface ServiceAccess {
  readonly service: string
  readonly enabledAt: number
}

/** The latest change of a member's address, which whoever has the new one must confirm. Its key is the account's id. */
export interface EmailUpdate {
  readonly account: AccountId
  readonly email: string
  /** The code that was sent to it, sealed; absent once it was used, or tried too often. */
  readonly sealedCode?: string
  readonly wrong: number
  readonly at: number
  /** When it was confirmed. */
  readonly acceptedAt?: number
}
