/**
 * Wrong codes of MFA devices, counted so that six digits cannot be guessed (RFC 4226, section 7.3). In memory, by node and
 * device: it is no state of the account's, since a refused call changes nothing.
 */

import type { Call } from '../call.ts'

/** So many wrong codes, and then no code is looked at until the time since the first of them is over. */
const MOST = 10
const WHILE = 5 * 60_000
/** Devices that are remembered: of no more than these does anybody guess at once. */
const REMEMBERED = 10_000

interface Guesses {
  readonly since: number
  /** Requests: one that is run again guesses once. */
  readonly requests: ReadonlySet<string>
}

/** By a server's keyring, of which it has one. */
const BY_SERVER = new WeakMap<Call['keyring'], Map<string, Guesses>>()

type Guessing = Pick<Call, 'keyring' | 'now' | 'requestId'>

export function mayGuess(call: Guessing, device: string): boolean {
  return (current(call, device)?.requests.size ?? 0) < MOST
}

export function guessedWrong(call: Guessing, device: string): void {
  const all = guesses(call)
  const before = current(call, device)
  if (before !== undefined && before.requests.size >= MOST) return
  if (before === undefined && all.size >= REMEMBERED) all.clear()
  const requests = new Set(before?.requests).add(call.requestId)
  all.set(device, { since: before?.since ?? call.now, requests })
}

export function guessedRight(call: Guessing, device: string): void {
  guesses(call).delete(device)
}

function current(call: Guessing, device: string): Guesses | undefined {
  const found = guesses(call).get(device)
  return found === undefined || call.now - found.since >= WHILE ? undefined : found
}

function guesses({ keyring }: Guessing): Map<string, Guesses> {
  const all = BY_SERVER.get(keyring) ?? new Map<string, Guesses>()
  BY_SERVER.set(keyring, all)
  return all
}
