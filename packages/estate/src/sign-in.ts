/** What a person signs in with: a password, what the account asks of passwords, and devices for a second factor. */

import type { Tag } from './account.ts'

/** A user's password. Its key is the user's unique id. */
export interface LoginProfile {
  readonly userId: string
  readonly createdAt: number
  /** When the password was last set. */
  readonly changedAt: number
  /** The user must choose another at the next sign-in. */
  readonly resetRequired: boolean
  /** Of all of this user's passwords: one hash of a new one is enough to compare it with them. */
  readonly salt: string
  /** The current password's hash, and before it those of earlier ones, newest first. */
  readonly hashes: readonly string[]
}

/** What an account asks of passwords. Where it has none, AWS's default policy holds. */
export interface PasswordPolicy {
  readonly minimumLength: number
  readonly symbols: boolean
  readonly numbers: boolean
  readonly uppercase: boolean
  readonly lowercase: boolean
  /** Every user may change their own password, whatever their policies do not say. */
  readonly usersMayChange: boolean
  /** Days; absent where passwords do not expire. */
  readonly maxAge?: number
  /** How many of a user's last passwords cannot be set again. */
  readonly reusePrevention?: number
  readonly hardExpiry: boolean
}

/** A second factor. Its key is the serial number in lower case. */
export interface MfaDevice {
  /** The ARN of a virtual device; the number on a hardware token. */
  readonly serial: string
  readonly createdAt: number
  readonly tags: readonly Tag[]
  /** What codes are made from, sealed. A hardware token's is known to its maker. */
  readonly sealedSeed?: string
  /** Whose it is; absent until it is enabled. */
  readonly enabled?: { readonly userId: string; readonly at: number }
  /** The time step of the last code that was taken: it and older ones are good no more. */
  readonly lastStep?: number
  /** By how many steps the device's clock is ahead of ours. */
  readonly drift?: number
}
