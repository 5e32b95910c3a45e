/** What the operations that open sessions share: how long, from whom, and the answer's `Credentials`. */

import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import type { Opened } from '../../sessions.ts'

export const HOUR = 3600

export function credentials({ accessKeyId, secretAccessKey, sessionToken, session }: Opened) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(session.facts.expiresAt),
  }
}

/** Session times are whole seconds, as AWS's are. */
export function startOf(call: Call): number {
  return Math.floor(call.now / 1000) * 1000
}

/** Root users may not open role sessions (STS API_AssumeRole). */
export function refuseRoot(call: Call): void {
  if (call.principal.type === 'Root') throw new Refusal('AccessDenied', 'Roles may not be assumed by root accounts.')
}
