/**
 * Principals kept by unique id. AWS replaces the users and roles that a saved policy names by their unique ids, and
 * shows ARNs again as long as they exist: an identity that is deleted and made anew is somebody else.
 * UG reference_policies_elements_principal, "IAM role principals".
 */

import { parseArn } from '@sallyport/policy'
import type { Account, AccountId, Role, User } from './account.ts'
import { identityArn } from './arns.ts'
import type { Estate } from './estate.ts'
import { nameKey } from './keys.ts'

/** A policy with its principals bound: `principals` tells the ARN of each unique id, as it was when it was saved. */
export interface BoundPolicy {
  readonly document: string
  readonly principals?: Readonly<Record<string, string>>
}

export type Bound =
  | ({ readonly ok: true } & BoundPolicy)
  | { readonly ok: false; readonly principal: string; readonly type: string }

/** The accounts that a policy's principals name: what must be at hand before `bindPrincipals`. */
export function accountsNamed(text: string): readonly AccountId[] {
  return [...new Set(text.match(/(?<![0-9])[0-9]{12}(?![0-9])/g))]
}

/** The accounts whose users and roles a bound policy names: what must be at hand before `showPrincipals`. */
export function accountsBound({ principals = {} }: BoundPolicy): readonly AccountId[] {
  return Object.values(principals).map((arn) => parseArn(arn)?.account ?? '')
}

/** Replaces users and roles by their unique ids. `text` has been parsed before: it is well-formed JSON. */
export function bindPrincipals(estate: Estate, exists: (account: AccountId) => boolean, text: string): Bound {
  let unknown: { principal: string; type: string } | undefined
  const principals: Record<string, string> = {}
  const document = mapPrincipals(text, (type, value) => {
    const bound = type === 'AWS' ? bind(estate, exists, value) : bindOther(type, value)
    if (bound === undefined) unknown ??= { principal: value, type: type === 'Service' ? 'SERVICE' : type }
    else if (bound !== value) principals[bound] = value
    return bound ?? value
  })
  if (unknown !== undefined) return { ok: false, ...unknown }
  return Object.keys(principals).length === 0 ? { ok: true, document } : { ok: true, document, principals }
}

/** The inverse, for display: an id stays where its user or role is known to be gone. */
export function showPrincipals(estate: Estate, { document, principals }: BoundPolicy): string {
  if (principals === undefined) return document
  return mapPrincipals(document, (type, value) => {
    const arn = type === 'AWS' && Object.hasOwn(principals, value) ? principals[value] : undefined
    return arn === undefined || isGone(estate, value, arn) ? value : arn
  })
}

function isGone(estate: Estate, id: string, arn: string): boolean {
  const account = estate.account(parseArn(arn)?.account ?? '')
  return account !== undefined && account.byId(id.startsWith('AIDA') ? 'user' : 'role', id) === undefined
}

function bindOther(type: string, value: string): string | undefined {
  if (type !== 'Service') return value
  return /^[a-z0-9.-]+\.(?:amazonaws\.com|amazonaws\.com\.cn|aws\.internal|amazon\.com)$/.test(value)
    ? value
    : undefined
}

function bind(estate: Estate, exists: (account: AccountId) => boolean, value: string): string | undefined {
  if (value === '*' || /^arn:aws:cloudfront::|^arn:aws:iam::cloudfront:/.test(value)) return value
  if (/^\d{12}$/.test(value)) return exists(value) ? value : undefined
  const arn = parseArn(value)
  if (arn === undefined || !/^\d{12}$/.test(arn.account) || !exists(arn.account)) return undefined
  if (arn.service === 'iam' && arn.resource === 'root') return value
  const account = estate.account(arn.account)
  if (account === undefined) return undefined
  if (arn.service === 'sts') return sessionExists(account, arn.resource) ? value : undefined
  return identityNamed(account, value)?.id
}

/** A session ARN is kept as it stands; its role, or any user for a federated one, must be there. */
function sessionExists(account: Account, resource: string): boolean {
  const [type, name, session] = resource.split('/')
  if (type === 'federated-user') return name !== undefined && name !== ''
  return type === 'assumed-role' && session !== undefined && account.all('role').has(nameKey(name ?? ''))
}

/** The user or role that an ARN names; the path counts and so does the case. */
export function identityNamed(account: Account, arn: string): User | Role | undefined {
  const [, kind] = /^arn:aws:iam::\d{12}:(user|role)\//.exec(arn) ?? []
  if (kind !== 'user' && kind !== 'role') return undefined
  const it = account.all(kind).get(nameKey(arn.slice(arn.lastIndexOf('/') + 1)))
  return it !== undefined && identityArn(account.id, it) === arn ? it : undefined
}

/** Rewrites each principal of each statement and keeps the rest of the text's meaning; the text is re-spelled only where a principal changes. */
function mapPrincipals(text: string, change: (type: string, value: string) => string): string {
  let changed = false
  const rename = (type: string, value: unknown): unknown => {
    if (typeof value !== 'string') return value
    const next = change(type, value)
    changed ||= next !== value
    return next
  }
  const document: unknown = JSON.parse(text, function revive(this: unknown, key: string, value: unknown) {
    if ((key !== 'Principal' && key !== 'NotPrincipal') || typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([type, names]) => [
        type,
        Array.isArray(names) ? names.map((name) => rename(type, name)) : rename(type, names),
      ]),
    )
  })
  return changed ? JSON.stringify(document) : text
}
