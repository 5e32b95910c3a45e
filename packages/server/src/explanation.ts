/**
 * The words that go with a denial, for people: kept in the audit record, and inside the sealed authorization message.
 * AWS's decoded message has no member for them, so sts:DecodeAuthorizationMessage gives AWS's JSON alone; whoever holds
 * the message and may explain (explain-door.ts) reads the rest.
 */

import { authorizationMessage, tree, type Decision } from '@sallyport/policy'
import type { Keyring } from './keyring.ts'

const LONGEST = 4000
/** Statements told of each layer. */
const MOST = 4
/** An encoded message has 10,240 characters at the most (STS API_DecodeAuthorizationMessage): so many bytes before sealing. */
const SEALED_LONGEST = 7600
const CUT = '\n  … cut'

export function explanationOf(decision: Decision, longest = LONGEST): string {
  const text = tree(decision, { most: MOST })
  return text.length <= longest ? text : text.slice(0, Math.max(0, longest - CUT.length)) + CUT
}

export interface SealedMessage {
  /** AWS's JSON, as sts:DecodeAuthorizationMessage gives it. */
  readonly message: string
  readonly explanation?: string
}

export function sealMessage(keyring: Keyring, decision: Decision): string {
  const message = JSON.stringify(authorizationMessage(decision))
  const explanation = explanationOf(decision)
  const whole: SealedMessage = { message, explanation }
  const text = JSON.stringify(whole)
  const fits = Buffer.byteLength(text) <= SEALED_LONGEST
  const clear = fits ? text : JSON.stringify({ message } satisfies SealedMessage)
  // AWS's have letters, digits, `-` and `_` alone, and scripts cut them out of the text by that
  return keyring.seal('authorization-message', Buffer.from(clear)).toString('base64url')
}

/** `undefined` where it was not sealed here. */
export function openMessage(keyring: Keyring, encoded: string): SealedMessage | undefined {
  const text = keyring.openText('authorization-message', encoded)
  return text === undefined ? undefined : (JSON.parse(text) as SealedMessage) // sealed by `sealMessage`
}
