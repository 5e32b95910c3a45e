/** What the operations that open sessions share: how long, from whom, and what their answers say of the credentials. */

import type { Role } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import type { Opened } from '../../sessions.ts'

export const HOUR = 3600

/** The longest token that AWS issues, in bytes (API_AssumeRole, `MinimumSessionTokenSize`). */
const TOKEN = 4096

export function credentials({ accessKeyId, secretAccessKey, sessionToken, session }: Opened) {
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: new Date(session.facts.expiresAt),
    },
    SessionTokenSize: sessionToken.length,
    SessionTokenUtilization: Math.min(100, Math.ceil((sessionToken.length / TOKEN) * 100)),
  }
}

/** Who the bearer of a role's session is. */
export function assumedRole(account: string, role: Role, session: string) {
  return {
    AssumedRoleId: `${role.id}:${session}`,
    Arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${session}`,
  }
}

/** Session times are whole seconds, as AWS's are. */
export function startOf(call: Pick<Call, 'now'>): number {
  return Math.floor(call.now / 1000) * 1000
}

/** From now on, for so many seconds. */
export function lasting(call: Pick<Call, 'now'>, seconds: number) {
  const issuedAt = startOf(call)
  return { issuedAt, expiresAt: issuedAt + seconds * 1000 }
}

/** Root users may not open role sessions (STS API_AssumeRole). */
export function refuseRoot(call: Call): void {
  if (call.principal.type === 'Root') throw new Refusal('AccessDenied', 'Roles may not be assumed by root accounts.')
}
