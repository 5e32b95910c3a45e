/** Which account or role somebody means: by number, name or alias; by name with its path or without. */

import { Failure, Usage } from '../failure.ts'
import { nearest } from '../organization/nearest.ts'
import { progress } from '../progress.ts'
import type { AccountFacts, Inquiry, RoleFacts } from './inquiry.ts'

const AT_ONCE = 8

export async function accountMeant(inquiry: Inquiry, given: string): Promise<AccountFacts> {
  const accounts = await inquiry.accounts()
  const same = given.toLowerCase()
  const named = accounts.filter(({ id, name }) => id === given || name.toLowerCase() === same)
  if (named.length > 1) {
    throw new Usage(`several accounts are called \`${given}\`: give one of ${named.map(({ id }) => id).join(', ')}`)
  }
  const found = named[0] ?? (/^\d+$/.test(given) ? undefined : await aliased(inquiry, accounts, same))
  if (found !== undefined) return found
  const meant = accountLike(accounts, given)
  throw new Failure(`there is no account \`${given}\`${meant === undefined ? '' : `: did you mean \`${meant}\``}`)
}

/** An alias stands in its account alone: every account is asked. */
async function aliased(
  inquiry: Inquiry,
  accounts: readonly AccountFacts[],
  alias: string,
): Promise<AccountFacts | undefined> {
  const bar = progress(accounts.length, 'accounts')
  try {
    for (let at = 0; at < accounts.length; at += AT_ONCE) {
      const some = accounts.slice(at, at + AT_ONCE)
      const aliases = await Promise.all(some.map(({ id }) => inquiry.aliasOf(id)))
      const found = aliases.indexOf(alias)
      if (found >= 0) return some[found]
      bar.at(at)
    }
    return undefined
  } finally {
    bar.end()
  }
}

/** The account that a number or a name with a slip in it means. */
export function accountLike(accounts: readonly AccountFacts[], given: string): string | undefined {
  if (!/^\d+$/.test(given))
    return nearest(
      given,
      accounts.map(({ name }) => name),
    )
  return accounts.find(({ id }) => isSlip(given, id))?.id
}

/** A digit that is wrong, missing or too many; two that changed places; noughts in front that were lost. */
export function isSlip(given: string, id: string): boolean {
  if (given.length < id.length && given.padStart(id.length, '0') === id) return true
  const ahead = [...id].findIndex((digit, at) => digit !== given[at])
  if (ahead < 0) return given.length === id.length + 1
  const [rest, other] = [given.slice(ahead), id.slice(ahead)]
  const swapped = (rest[1] ?? '') + (rest[0] ?? '') + rest.slice(2)
  return rest.slice(1) === other.slice(1) || rest.slice(1) === other || rest === other.slice(1) || swapped === other
}

export type RoleFound =
  | { readonly kind: 'found'; readonly role: RoleFacts }
  /** The name is right and the rest is not: its case, or its path. */
  | { readonly kind: 'case' | 'path' | 'like'; readonly role: RoleFacts }
  | { readonly kind: 'absent' }

/** `given` is a name, with its path in front where it has one. */
export function roleMeant(roles: readonly RoleFacts[], given: string): RoleFound {
  const resource = given.replace(/^\//, '')
  const exact = roles.find((role) => pathed(role) === resource)
  if (exact !== undefined) return { kind: 'found', role: exact }
  const name = resource.slice(resource.lastIndexOf('/') + 1)
  const named = roles.find((role) => role.name.toLowerCase() === name.toLowerCase())
  if (named !== undefined) return { kind: named.name === name ? 'path' : 'case', role: named }
  const meant = nearest(
    name,
    roles.map((role) => role.name),
  )
  const like = roles.find((role) => role.name === meant)
  return like === undefined ? { kind: 'absent' } : { kind: 'like', role: like }
}

/** The path and the name, as they stand in the role's ARN. */
export function pathed({ path, name }: RoleFacts): string {
  return `${path}${name}`.slice(1)
}
