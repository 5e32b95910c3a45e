/** Who a call comes from, with what the estate knows about them; `lawCaller` says it in the law's terms. */

import type { Caller } from '@sallyport/policy'
import type { AccountId, Role, Tag, User } from './account.ts'
import { federatedArn, identityArn, rootArn, sessionArn } from './arns.ts'

/** What a temporary credential carries besides whose it is. Times are epoch milliseconds. */
export interface SessionFacts {
  /** The role session's name, or the federated user's. */
  readonly name: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** Session policies: texts and ARNs of managed policies. Absent: no limit. */
  readonly policy?: string
  readonly policyArns?: readonly string[]
  readonly tags: readonly Tag[]
  /** Keys of the session tags that pass on to the next role. */
  readonly transitive: readonly string[]
  readonly sourceIdentity?: string
  /** When the user proved a second factor. */
  readonly mfaAt?: number
  /** The session was opened by another session: one hour at the most. */
  readonly chained: boolean
  /** Condition keys that the credentials themselves bring, of sessions that a service opened: which instance they are of. */
  readonly keys?: Readonly<Record<string, string | readonly string[]>>
}

export type Principal =
  | {
      readonly type: 'Root'
      readonly account: AccountId
      /** Of AssumeRoot, with the task's policy as its limit: nobody comes in as root for good here. */
      readonly accessKeyId?: string
      readonly session?: SessionFacts
    }
  | {
      readonly type: 'User'
      readonly account: AccountId
      readonly user: User
      readonly accessKeyId: string
      /** Of GetSessionToken. */
      readonly session?: SessionFacts
    }
  | {
      readonly type: 'AssumedRole'
      readonly account: AccountId
      readonly role: Role
      readonly accessKeyId: string
      readonly session: SessionFacts
    }
  | {
      readonly type: 'FederatedUser'
      readonly account: AccountId
      readonly user: User
      readonly accessKeyId: string
      readonly session: SessionFacts
    }
  /** Somebody whom a provider of `account` vouches for, on the way to a session: they sign nothing. */
  | {
      readonly type: 'Federated'
      readonly by: 'WebIdentity' | 'SAML'
      readonly account: AccountId
      /** The provider's ARN, as trust policies name it. */
      readonly provider: string
      /** How the provider and its client are called in records: `principalId` without the subject. */
      readonly realm: string
      readonly subject: string
    }
  | { readonly type: 'Service'; readonly service: string }
  | { readonly type: 'Anonymous' }

/** The caller's ARN as GetCallerIdentity and denials show it; who comes from outside has none, nor have services and the anonymous. */
export function principalArn(principal: Principal): string | undefined {
  switch (principal.type) {
    case 'Root':
      return rootArn(principal.account)
    case 'User':
      return identityArn(principal.account, principal.user)
    case 'AssumedRole':
      return sessionArn(principal.account, principal.role.name, principal.session.name)
    case 'FederatedUser':
      return federatedArn(principal.account, principal.session.name)
    case 'Federated':
    case 'Service':
    case 'Anonymous':
      return undefined
  }
}

/** `aws:userid`. UG reference_policies_variables, "Principal key values". */
export function userId(principal: Principal): string | undefined {
  switch (principal.type) {
    case 'Root':
      return principal.account
    case 'User':
      return principal.user.id
    case 'AssumedRole':
      return `${principal.role.id}:${principal.session.name}`
    case 'FederatedUser':
      return `${principal.account}:${principal.session.name}`
    case 'Federated':
    case 'Service':
      return undefined
    case 'Anonymous':
      return 'anonymous'
  }
}

/** The account whose identity policies speak for the caller. */
export function accountOf(principal: Principal): AccountId | undefined {
  switch (principal.type) {
    case 'Federated':
    case 'Service':
    case 'Anonymous':
      return undefined
    case 'Root':
    case 'User':
    case 'AssumedRole':
    case 'FederatedUser':
      return principal.account
  }
}

export function sessionOf(principal: Principal): SessionFacts | undefined {
  return 'session' in principal ? principal.session : undefined
}

/** Service-linked roles live under this path and nowhere else. */
export function isServiceLinked(role: Pick<Role, 'path'>): boolean {
  return role.path.startsWith('/aws-service-role/')
}

export function lawCaller(principal: Principal): Caller {
  switch (principal.type) {
    case 'Root':
      return { type: 'Root', arn: rootArn(principal.account), account: principal.account }
    case 'User': {
      const { account, user } = principal
      return { type: 'User', arn: identityArn(account, user), account, id: user.id }
    }
    case 'AssumedRole': {
      const { account, role, session } = principal
      return {
        type: 'AssumedRole',
        arn: sessionArn(account, role.name, session.name),
        account,
        role: identityArn(account, role),
        roleId: role.id,
        serviceLinked: isServiceLinked(role),
      }
    }
    case 'FederatedUser': {
      const { account, user, session } = principal
      const arn = federatedArn(account, session.name)
      return { type: 'FederatedUser', arn, account, user: identityArn(account, user), userId: user.id }
    }
    case 'Federated':
      return { type: 'Federated', provider: principal.provider }
    case 'Service':
      return { type: 'Service', service: principal.service }
    case 'Anonymous':
      return { type: 'Anonymous' }
  }
}
