/** Which documents hang on an identity: inline, attached, through groups, as boundary, as session policy. */

import type { Attached, PolicyKind } from '@sallyport/policy'
import type { Account, Group, ManagedPolicy, Role, User } from './account.ts'
import { identityArn } from './arns.ts'
import type { Estate } from './estate.ts'
import { nameKey } from './keys.ts'
import type { SessionFacts } from './principal.ts'

const AWS_OWNED = 'arn:aws:iam::aws:policy/'

/** A managed policy of the account by its ARN, as AWS finds it: the whole ARN counts, path included. */
export function managedPolicy(account: Account, arn: string): ManagedPolicy | undefined {
  const policy = account.all('policy').get(nameKey(arn.slice(arn.lastIndexOf('/') + 1)))
  return policy !== undefined && identityArn(account.id, policy) === arn ? policy : undefined
}

/** The text of a managed policy's default version, whether the account's own or AWS's. */
export function managedText(estate: Estate, account: Account, arn: string): string | undefined {
  const policy = arn.startsWith(AWS_OWNED) ? estate.catalogue.policy(arn) : managedPolicy(account, arn)
  return policy?.versions.find(({ id }) => id === policy.defaultVersion)?.document
}

/** The policies of a user: inline, attached, and those of the user's groups. */
export function userPolicies(estate: Estate, account: Account, user: User): readonly Attached[] {
  const groups = user.groups.flatMap((key) => account.all('group').get(key) ?? [])
  return [user, ...groups].flatMap((holder) => holderPolicies(estate, account, holder))
}

export function holderPolicies(estate: Estate, account: Account, holder: User | Group | Role): readonly Attached[] {
  const on = `${holder.kind} ${holder.name}`
  const inline = holder.inline.map(({ name, document }) => ({
    policy: estate.library.policyFor(document, 'identity'),
    name,
    on,
  }))
  return [...inline, ...holder.attached.map((arn) => attached(estate, account, arn, 'identity', on))]
}

/** A boundary, or `undefined` where there is none: absent is no limit. */
export function boundaryPolicies(
  estate: Estate,
  account: Account,
  holder: User | Role,
): readonly Attached[] | undefined {
  if (holder.boundary === undefined) return undefined
  return [attached(estate, account, holder.boundary, 'boundary', `${holder.kind} ${holder.name}`)]
}

/** A session's own policies, as one set: their union meets the role's. */
export function sessionPolicies(
  estate: Estate,
  account: Account,
  session: SessionFacts,
): readonly Attached[] | undefined {
  if (session.policy === undefined && session.policyArns === undefined) return undefined
  const on = `session ${session.name}`
  const inline =
    session.policy === undefined ? [] : [{ policy: estate.library.policyFor(session.policy, 'session'), on }]
  return [...inline, ...(session.policyArns ?? []).map((arn) => attached(estate, account, arn, 'session', on))]
}

/** INVARIANT: a managed policy that cannot be found denies: the empty text does not parse, and what does not parse refuses. */
function attached(estate: Estate, account: Account, arn: string, kind: PolicyKind, on: string): Attached {
  return { policy: estate.library.policyFor(managedText(estate, account, arn) ?? '', kind), arn, on }
}
