/**
 * What a kind of credential may not call, whatever its policies say.
 * UG id_credentials_sts-comparison, "Comparing features of STS credentials".
 */

import { sessionOf, type Principal } from '@sallyport/estate'
import { Refusal } from './refusal.ts'

interface Limits {
  /** STS operations that are left. */
  readonly sts: ReadonlySet<string>
  readonly iam: boolean
}

const SESSION_TOKEN: Limits = { sts: new Set(['AssumeRole', 'GetCallerIdentity']), iam: false }
const SESSION_TOKEN_WITH_MFA: Limits = { ...SESSION_TOKEN, iam: true }
const FEDERATION_TOKEN: Limits = { sts: new Set(['GetCallerIdentity']), iam: false }

export function checkCredential(principal: Principal, service: string, operation: string): void {
  const limits = limitsOf(principal)
  if (limits === undefined) return
  // AWS answers as if the token were bad
  if (service === 'iam' && !limits.iam) throw new Refusal('unknownKey')
  if (service === 'sts' && !limits.sts.has(operation)) {
    throw new Refusal('AccessDenied', `Cannot call ${operation} with session credentials`)
  }
}

function limitsOf(principal: Principal): Limits | undefined {
  const session = sessionOf(principal)
  if (session === undefined || principal.type === 'AssumedRole' || principal.type === 'Root') return undefined
  if (principal.type === 'FederatedUser') return FEDERATION_TOKEN
  return session.mfaAt === undefined ? SESSION_TOKEN : SESSION_TOKEN_WITH_MFA
}
