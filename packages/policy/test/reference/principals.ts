/** Who calls, and whom a Principal or NotPrincipal means. (UG reference_policies_elements_principal, _notprincipal) */

import { list } from './conditions.ts'
import type { Asked, Json } from './world.ts'

export interface Who {
  readonly is: 'root' | 'user' | 'session' | 'federated' | 'web' | 'service' | 'anonymous'
  readonly account: string | undefined
  /** What names the caller as it calls. */
  readonly itself: readonly string[]
  /** What names the role or user behind a session. */
  readonly behind: readonly string[]
  readonly serviceLinked: boolean
}

export function whoCalls({ principal, principalInfo = {} }: Asked): Who {
  const serviceLinked = principalInfo.isServiceLinkedRole === true
  const nobody = { account: undefined, itself: [], behind: [], serviceLinked }
  if (typeof principal !== 'string') return { ...nobody, is: 'anonymous' }
  const [scheme, partition = '', , , account, ...rest] = principal.split(':')
  if (scheme !== 'arn') return { ...nobody, is: 'service', itself: [principal] }
  const resource = rest.join(':')
  const own = { account, itself: [principal], behind: [], serviceLinked }
  const id = principalInfo.uniqueId === undefined ? [] : [principalInfo.uniqueId]
  if (resource === 'root') return { ...own, is: 'root' }
  if (resource.startsWith('user/')) return { ...own, is: 'user', itself: [principal, ...id] }
  if (resource.startsWith('assumed-role/')) {
    const name = resource.split('/')[1] ?? ''
    const role = principalInfo.roleArn ?? `arn:${partition}:iam::${account}:role/${name}`
    return { ...own, is: 'session', behind: [role, ...id] }
  }
  if (resource.startsWith('federated-user/')) {
    return { ...own, is: 'federated', behind: [principalInfo.federatedBy ?? '', ...id] }
  }
  return { ...nobody, is: 'web', itself: [principal] }
}

/** How a Principal names the caller: itself (everyone included), what is behind it, or just its account. */
export type Named = 'itself' | 'behind' | 'account'

export function named(principal: unknown, who: Who): Named | undefined {
  const values = valuesFor(principal, who)
  if (values === 'everyone' || values.some((value) => who.itself.includes(value) && !isAccount(value, who))) {
    return 'itself'
  }
  if (values.some((value) => who.behind.includes(value))) return 'behind'
  return values.some((value) => isAccount(value, who)) ? 'account' : undefined
}

/** A NotPrincipal leaves the caller alone only if it lists all that the caller is: session, role and account. */
export function excepted(notPrincipal: unknown, who: Who): boolean {
  const values = valuesFor(notPrincipal, who)
  if (values === 'everyone') return true
  if (who.is === 'anonymous') return false
  const account = values.some((value) => isAccount(value, who))
  if (who.is === 'root') return account
  const itself = values.some((value) => who.itself.includes(value))
  if (who.account === undefined) return itself
  const behind = who.behind.length === 0 || values.some((value) => who.behind.includes(value))
  return account && itself && behind
}

/** The values that could name this kind of caller. */
function valuesFor(principal: unknown, who: Who): readonly string[] | 'everyone' {
  if (principal === '*') return 'everyone'
  const { AWS = [], Service = [], Federated = [] } = principal as Json
  if (list(AWS).includes('*')) return 'everyone'
  if (who.is === 'service') return list(Service)
  if (who.is === 'web') return list(Federated)
  return who.is === 'anonymous' ? [] : list(AWS)
}

function isAccount(value: string, { account }: Who): boolean {
  return (
    account !== undefined &&
    (value === account || (/^arn:[^:]+:iam::/.test(value) && value.endsWith(`::${account}:root`)))
  )
}
