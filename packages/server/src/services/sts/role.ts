/** The role that somebody wants to become: where it is, whom it lets in, and for how long. */

import { nameKey, type Estate, type Role } from '@sallyport/estate'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { requestTags, resourceTags, type TagInput } from '../tags.ts'
import { HOUR } from './credentials.ts'

export function roleAt(arn: string): { readonly account: string; readonly path: string } {
  const [, account, path] = /^arn:aws[a-z-]*:iam::(\d{12}):role(\/.+)$/.exec(arn) ?? []
  if (account === undefined || path === undefined) throw new Refusal('ValidationError', `${arn} is invalid`)
  return { account, path }
}

export function findRole(estate: Estate, arn: string): { readonly account: string; readonly role: Role | undefined } {
  const { account, path } = roleAt(arn)
  const role = estate
    .account(account)
    ?.all('role')
    .get(nameKey(path.slice(path.lastIndexOf('/') + 1)))
  return { account, role: role !== undefined && role.path + role.name === path ? role : undefined }
}

/** The role, once the law has let the caller in. */
export function roleIn(estate: Estate, arn: string): { readonly account: string; readonly role: Role } {
  const { account, role } = findRole(estate, arn)
  if (role === undefined) throw new Error('the law let a caller into a role that is not there')
  return { account, role }
}

interface Wish {
  readonly RoleArn: string
  readonly RoleSessionName?: string
  readonly SourceIdentity?: string | undefined
  readonly Tags?: readonly TagInput[] | undefined
  readonly TransitiveTagKeys?: readonly string[] | undefined
}

/** One question at the role's door. A role that is not there asks too, and is refused in the same words: nobody learns which it was. */
export function door(action: string, wish: Wish, estate: Estate, context: Asking['context'] = {}): Asking {
  const { account, role } = findRole(estate, wish.RoleArn)
  return {
    action,
    resource: wish.RoleArn,
    account,
    resourceRule: 'gate',
    ...(role === undefined
      ? {}
      : { resourcePolicy: { document: role.trust.document, kind: 'trust' as const, name: role.name } }),
    context: {
      'sts:RoleSessionName': wish.RoleSessionName,
      'sts:SourceIdentity': wish.SourceIdentity,
      'sts:TransitiveTagKeys': wish.TransitiveTagKeys,
      ...requestTags(wish.Tags),
      ...resourceTags(role?.tags ?? [], 'iam'),
      ...context,
    },
  }
}

/** One hour unless asked otherwise, never longer than the role allows, and one hour at the most out of another session. */
export function duration(asked: number = HOUR, role: Role, chained = false): number {
  if (chained && asked > HOUR) {
    throw new Refusal(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  }
  if (asked > role.maxSession) {
    throw new Refusal(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }
  return asked
}
