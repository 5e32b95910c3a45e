/** A session that a service opened, as the doors of our own tell it. */

import type { Opened } from './sessions.ts'
import { isoSecond } from './wire/claim.ts'

export interface SessionCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly issuedAt: string
  readonly expiresAt: string
}

export function credentialsOf({ accessKeyId, secretAccessKey, sessionToken, session }: Opened): SessionCredentials {
  const { issuedAt, expiresAt } = session.facts
  return { accessKeyId, secretAccessKey, sessionToken, issuedAt: isoSecond(issuedAt), expiresAt: isoSecond(expiresAt) }
}
