/** Decision → AWS's own sentences: its wording of a refusal, and of the message that explains one. People read `tree.ts`. */

import type { Decision, Reason, ReasonLayer, StatementRef } from './reason.ts'
import type { Caller, Request } from './request.ts'

/** What AWS calls each layer: `because no … allows`, `with an explicit deny in …`. */
export const NAMES: Readonly<Record<ReasonLayer, { readonly noun: string; readonly article: string }>> = {
  rcp: { noun: 'resource control policy', article: 'a' },
  scp: { noun: 'service control policy', article: 'a' },
  resource: { noun: 'resource-based policy', article: 'a' },
  trust: { noun: 'role trust policy', article: 'the' },
  identity: { noun: 'identity-based policy', article: 'an' },
  boundary: { noun: 'permissions boundary', article: 'a' },
  session: { noun: 'session policy', article: 'a' },
  endpoint: { noun: 'VPC endpoint policy', article: 'a' },
}

/** Recorded of AWS: STS names no reason when nothing allows one of these. */
const SHORT: ReadonlySet<string> = new Set(['sts:assumerole', 'sts:tagsession', 'sts:setsourceidentity'])

/** AWS's AccessDenied text. Outsiders (`disclose: false`) learn that they may not, and no more. */
export function denial({ reason, request }: Decision, { disclose }: { readonly disclose: boolean }): string {
  if (request.caller.type === 'Federated') return `Not authorized to perform ${request.action}`
  const refusal = `User: ${nameOf(request.caller)} is not authorized to perform: ${request.action} on resource: ${request.resource}`
  return disclose ? refusal + because(reason, request) : refusal
}

/** In the shape that sts:DecodeAuthorizationMessage returns. */
export function authorizationMessage(decision: Decision): Readonly<Record<string, unknown>> {
  const { effect, reason, request } = decision
  return {
    allowed: effect === 'Allow',
    explicitDeny: reason.code === 'ExplicitDeny',
    matchedStatements: { items: reason.code === 'ExplicitDeny' ? [statementItem(reason.statement)] : [] },
    failures: { items: [] },
    context: {
      principal: { id: idOf(request), arn: nameOf(request.caller) },
      action: request.action,
      resource: request.resource,
      conditions: { items: [...request.context].map(([key, value]) => ({ key, values: valueItems(value) })) },
    },
  }
}

function because(reason: Reason, { action }: Request): string {
  switch (reason.code) {
    case 'ExplicitDeny': {
      const { noun, article } = NAMES[reason.layer]
      const { arn } = reason.statement.policy
      return ` with an explicit deny in ${article} ${noun}${arn === undefined ? '' : `: ${arn}`}`
    }
    case 'ImplicitDeny':
      if (SHORT.has(action.toLowerCase())) return ''
      return ` because no ${NAMES[reason.layer].noun} allows the ${action} action`
    case 'Allowed':
    case 'AlwaysAllowed':
      return ''
  }
}

export function named(layer: ReasonLayer): string {
  const { noun, article } = NAMES[layer]
  return `${article} ${noun}`
}

export function nameOf(caller: Caller): string {
  switch (caller.type) {
    case 'Root':
    case 'User':
    case 'AssumedRole':
    case 'FederatedUser':
      return caller.arn
    case 'Federated':
      return caller.provider
    case 'Service':
      return caller.service
    case 'Anonymous':
      return 'anonymous'
  }
}

function idOf({ caller, context }: Request): string {
  const id = context.get('aws:userid')
  if (typeof id === 'string') return id
  return caller.type === 'User' ? (caller.id ?? caller.arn) : nameOf(caller)
}

function statementItem({ policy, index, sid }: StatementRef): Readonly<Record<string, unknown>> {
  const statement = policy.policy.document.statements[index]
  const { principal, actions, notActions, resources, notResources, conditions = [] } = statement ?? {}
  const everyone = principal?.everyone === true ? ['*'] : []
  return {
    statementId: sid ?? '',
    effect: statement?.effect === 'Allow' ? 'ALLOW' : 'DENY',
    principals: valueItems([...everyone, ...Object.values(principal?.by ?? {}).flat()]),
    principalGroups: { items: [] },
    actions: valueItems(actions ?? notActions ?? []),
    resources: valueItems(resources ?? notResources ?? []),
    conditions: { items: conditions.map(({ key, values }) => ({ key, values: valueItems(values) })) },
  }
}

function valueItems(values: string | readonly string[]): { readonly items: readonly { readonly value: string }[] } {
  return { items: (typeof values === 'string' ? [values] : values).map((value) => ({ value })) }
}
