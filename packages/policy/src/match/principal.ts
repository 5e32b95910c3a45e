/** Whom a Principal names, and how closely: that decides what else has to allow. */

import { parseArn } from '../arn.ts'
import type { PrincipalElement } from '../document.ts'
import type { Caller } from '../request.ts'

/**
 * `self`: the caller as it calls (user, session, service, or simply everyone). `origin`: the role or user from which its
 * session comes. `account`: its account, which delegates to the account's own policies and grants nothing by itself.
 */
export type Naming = 'self' | 'origin' | 'account'

/** The caller's names in principals. Worked out once a request. */
export interface Faces {
  readonly type: 'AWS' | 'Service' | 'Federated' | 'None'
  readonly self: readonly string[]
  readonly origin: readonly string[]
  readonly account?: string
}

export interface PrincipalSet {
  readonly everyone: boolean
  readonly accounts: ReadonlySet<string>
  readonly names: Readonly<Record<'AWS' | 'Service' | 'Federated', ReadonlySet<string>>>
}

const ACCOUNT = /^\d{12}$/

export function facesOf(caller: Caller): Faces {
  switch (caller.type) {
    case 'Root':
      return { type: 'AWS', self: [caller.arn], origin: [], account: caller.account }
    case 'User':
      return { type: 'AWS', self: known(caller.arn, caller.id), origin: [], account: caller.account }
    case 'AssumedRole':
      return { type: 'AWS', self: [caller.arn], origin: known(caller.role, caller.roleId), account: caller.account }
    case 'FederatedUser':
      return { type: 'AWS', self: [caller.arn], origin: known(caller.user, caller.userId), account: caller.account }
    case 'Federated':
      return { type: 'Federated', self: [caller.provider], origin: [] }
    case 'Service':
      return { type: 'Service', self: [caller.service], origin: [] }
    case 'Anonymous':
      return { type: 'None', self: [], origin: [] }
  }
}

export function principalSet({ everyone, by }: PrincipalElement): PrincipalSet {
  const accounts = new Set<string>()
  const named = new Set<string>()
  for (const value of by.AWS ?? []) {
    const account = accountOf(value)
    if (account === undefined) named.add(value)
    else accounts.add(account)
  }
  const names = { AWS: named, Service: new Set(by.Service), Federated: new Set(by.Federated) }
  return { everyone, accounts, names }
}

/** How closely the set names the caller; nothing when it does not. ARNs are compared to the letter, without wildcards. */
export function naming(set: PrincipalSet, faces: Faces): Naming | undefined {
  if (set.everyone) return 'self'
  if (faces.type === 'None') return undefined
  const names = set.names[faces.type]
  if (faces.self.some((face) => names.has(face))) return 'self'
  if (faces.origin.some((face) => names.has(face))) return 'origin'
  return faces.account !== undefined && set.accounts.has(faces.account) ? 'account' : undefined
}

/**
 * Does a NotPrincipal spare the caller? Only when it lists every one of its faces: the account, the role and the session.
 * (UG reference_policies_elements_notprincipal)
 */
export function spares(set: PrincipalSet, faces: Faces): boolean {
  if (set.everyone) return true
  if (faces.type === 'None') return false
  const names = set.names[faces.type]
  if (faces.account !== undefined && !set.accounts.has(faces.account)) return false
  if (faces.origin.length > 0 && !faces.origin.some((face) => names.has(face))) return false
  // The root user is its account: there is no other name to list.
  return faces.self.some((face) => names.has(face) || accountOf(face) === faces.account)
}

/** The account that `arn:aws:iam::111122223333:root` or `111122223333` stands for. */
export function accountOf(value: string): string | undefined {
  if (ACCOUNT.test(value)) return value
  const arn = parseArn(value)
  return arn?.service === 'iam' && arn.resource === 'root' ? arn.account : undefined
}

function known(name: string, id: string | undefined): readonly string[] {
  return id === undefined ? [name] : [name, id]
}
