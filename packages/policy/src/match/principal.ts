/** Whom a Principal names, and how closely: that decides what else has to allow. */

import { parseArn } from '../arn.ts'
import type { PrincipalElement } from '../document.ts'
import type { Caller } from '../request.ts'

/**
 * `self`: the caller as it calls (user, session, service, or simply everyone). `origin`: the role or user from which its
 * session comes. `account`: its account, which delegates to the account's own policies and grants nothing by itself.
 */
export type Naming = 'self' | 'origin' | 'account'

/** The caller's names in principals: as it calls, and where its session comes from, each also by unique id. */
interface Faces {
  readonly type: 'AWS' | 'Service' | 'Federated'
  readonly self: string
  readonly selfId?: string | undefined
  readonly origin?: string | undefined
  readonly originId?: string | undefined
  readonly account?: string | undefined
}

export interface PrincipalSet {
  readonly everyone: boolean
  readonly accounts: ReadonlySet<string>
  readonly names: Readonly<Record<'AWS' | 'Service' | 'Federated', ReadonlySet<string>>>
}

const ACCOUNT = /^\d{12}$/

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
export function naming(set: PrincipalSet, caller: Caller): Naming | undefined {
  if (set.everyone) return 'self'
  const faces = facesOf(caller)
  if (faces === undefined) return undefined
  const names = set.names[faces.type]
  if (names.has(faces.self) || lists(names, faces.selfId)) return 'self'
  if (lists(names, faces.origin) || lists(names, faces.originId)) return 'origin'
  return lists(set.accounts, faces.account) ? 'account' : undefined
}

/**
 * Does a NotPrincipal spare the caller? Only when it lists every one of its faces: the account, the role and the session.
 * (UG reference_policies_elements_notprincipal)
 */
export function spares(set: PrincipalSet, caller: Caller): boolean {
  if (set.everyone) return true
  const faces = facesOf(caller)
  if (faces === undefined) return false
  const { self, selfId, origin, originId, account } = faces
  const names = set.names[faces.type]
  if (account !== undefined && !set.accounts.has(account)) return false
  if (origin !== undefined && !names.has(origin) && !lists(names, originId)) return false
  // The root user is its account: there is no other name to list.
  return names.has(self) || lists(names, selfId) || caller.type === 'Root'
}

/** The account that `arn:aws:iam::111122223333:root` or `111122223333` stands for. */
export function accountOf(value: string): string | undefined {
  if (ACCOUNT.test(value)) return value
  const arn = parseArn(value)
  return arn?.service === 'iam' && arn.resource === 'root' ? arn.account : undefined
}

/** Nobody who signs nothing has a name. */
function facesOf(caller: Caller): Faces | undefined {
  switch (caller.type) {
    case 'Root':
      return { type: 'AWS', self: caller.arn, account: caller.account }
    case 'User':
      return { type: 'AWS', self: caller.arn, selfId: caller.id, account: caller.account }
    case 'AssumedRole': {
      const { arn, role, roleId, account } = caller
      return { type: 'AWS', self: arn, origin: role, originId: roleId, account }
    }
    case 'FederatedUser': {
      const { arn, user, userId, account } = caller
      return { type: 'AWS', self: arn, origin: user, originId: userId, account }
    }
    case 'Federated':
      return { type: 'Federated', self: caller.provider }
    case 'Service':
      return { type: 'Service', self: caller.service }
    case 'Anonymous':
      return undefined
  }
}

function lists(names: ReadonlySet<string>, name: string | undefined): boolean {
  return name !== undefined && names.has(name)
}
