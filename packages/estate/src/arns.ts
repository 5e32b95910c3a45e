/** The ARNs of what an estate holds. */

import type { AccountId, Group, InstanceProfile, ManagedPolicy, Role, User } from './account.ts'

export function identityArn(account: AccountId, it: User | Group | Role | ManagedPolicy): string {
  return `arn:aws:iam::${account}:${it.kind}${it.path}${it.name}`
}

export function profileArn(account: AccountId, { path, name }: Pick<InstanceProfile, 'path' | 'name'>): string {
  return `arn:aws:iam::${account}:instance-profile${path}${name}`
}

export function rootArn(account: AccountId): string {
  return `arn:aws:iam::${account}:root`
}

/** A role session's ARN has no path. */
export function sessionArn(account: AccountId, role: string, session: string): string {
  return `arn:aws:sts::${account}:assumed-role/${role}/${session}`
}

export function federatedArn(account: AccountId, name: string): string {
  return `arn:aws:sts::${account}:federated-user/${name}`
}
