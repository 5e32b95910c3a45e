/** Decision → sentences: the only place with prose, AWS's own wording of a refusal included. */

import type { Decision, Finding, Miss, Reason, ReasonLayer, StatementRef } from './reason.ts'
import type { Caller, Request } from './request.ts'

/** What AWS calls each layer: `because no … allows`, `with an explicit deny in …`. */
const NAMES: Readonly<Record<ReasonLayer, { readonly noun: string; readonly article: string }>> = {
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

/** A decision for people: a line for each layer, the statements that spoke, and those that nearly did. */
export function tree({ effect, reason, request, findings }: Decision): string {
  const head = `${effect === 'Allow' ? 'ALLOWED' : 'DENIED'}  ${nameOf(request.caller)}  ${request.action}  ${request.resource}`
  const lines = findings.flatMap((finding) => [
    `  ${titleOf(finding)}: ${VERDICTS[finding.effect]}`,
    ...finding.spoke.map((statement) => `    spoke   ${placeOf(statement)}`),
    ...finding.missed.map((statement) => `    missed  ${placeOf(statement)}: ${missText(statement.miss)}`),
  ])
  return [head, `  why: ${why(reason)}`, ...lines].join('\n')
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

function why(reason: Reason): string {
  switch (reason.code) {
    case 'Allowed':
      return reason.by.length === 0
        ? 'the root user needs no policy'
        : `allowed by ${reason.by.map(named).join(' and ')}`
    case 'AlwaysAllowed':
      return 'a valid signature is enough for this action'
    case 'ExplicitDeny':
      return `explicit deny in ${named(reason.layer)}: ${placeOf(reason.statement)}`
    case 'ImplicitDeny':
      return `no ${NAMES[reason.layer].noun} allows it${reason.level === undefined ? '' : ` at ${reason.level}`}`
  }
}

function named(layer: ReasonLayer): string {
  const { noun, article } = NAMES[layer]
  return `${article} ${noun}`
}

const VERDICTS: Readonly<Record<Finding['effect'], string>> = {
  Allow: 'allows',
  ExplicitDeny: 'denies',
  ImplicitDeny: 'says nothing',
}

function titleOf({ layer, level }: Finding): string {
  return level === undefined ? NAMES[layer].noun : `${NAMES[layer].noun} at ${level}`
}

function placeOf({ policy, index, sid }: StatementRef): string {
  const name = policy.arn ?? policy.name ?? NAMES_OF_KIND[policy.policy.kind]
  const unreadable = policy.policy.unreadable === true ? ' (cannot be read, so it denies)' : ''
  const on = policy.on === undefined ? '' : ` on ${policy.on}`
  return `${name}${on}, Statement[${index}]${sid === undefined ? '' : ` ${sid}`}${unreadable}`
}

const NAMES_OF_KIND = {
  identity: 'an inline policy',
  boundary: 'the boundary',
  session: 'the session policy',
  resource: "the resource's policy",
  trust: 'the trust policy',
  scp: 'an SCP',
  rcp: 'an RCP',
  endpoint: 'the endpoint policy',
} as const

function missText(miss: Miss): string {
  if (miss.element !== 'Condition') return `its ${miss.element} is another`
  const had = miss.had === undefined ? 'nothing' : quoted(miss.had)
  return `${miss.operator} ${miss.key} wanted ${quoted(miss.wanted)}, had ${had}`
}

function quoted(value: string | readonly string[]): string {
  return typeof value === 'string' ? `\`${value}\`` : value.map((one) => `\`${one}\``).join(' or ')
}

function nameOf(caller: Caller): string {
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
