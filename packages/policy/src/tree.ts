/** Decision → what people read: a verdict a layer, the account that owns it, near misses, and what would have to change. */

import { nameOf, NAMES, named } from './explain.ts'
import type { Decision, Finding, Miss, Reason, ReasonLayer, StatementRef } from './reason.ts'

/** A decision as plain data, with the words for it: for programs that show it themselves. */
export interface Explained {
  readonly effect: Decision['effect']
  readonly why: string
  readonly caller: string
  readonly action: string
  readonly resource: string
  readonly layers: readonly ExplainedLayer[]
  /** What would have to change for the call to pass. Empty where it passes. */
  readonly remedies: readonly Remedy[]
}

export interface ExplainedLayer extends Pick<
  Finding,
  'layer' | 'level' | 'account' | 'effect' | 'blocks' | 'policies'
> {
  readonly title: string
  readonly spoke: readonly Place[]
  readonly missed: readonly (Place & { readonly misses: readonly Miss[] })[]
}

/** Where a statement stands, in words and in parts. */
export interface Place {
  readonly place: string
  readonly effect: 'Allow' | 'Deny'
  readonly statement: number
  readonly sid?: string
  readonly policy?: string
}

export interface Remedy {
  readonly account?: string
  readonly change: string
}

export function explained(decision: Decision): Explained {
  const { effect, reason, request, findings } = decision
  const { caller, action, resource } = request
  return {
    effect,
    why: why(reason),
    caller: nameOf(caller),
    action,
    resource,
    layers: findings.map(layerOf),
    remedies: effect === 'Allow' ? [] : findings.flatMap((finding) => remediesOf(finding, decision)),
  }
}

export interface TreeOptions {
  /** Of so many statements that spoke or nearly did each layer tells. */
  readonly most?: number
}

/** The same as text. Its last line says what would have to change, and in which account. */
export function tree(decision: Decision, { most = 20 }: TreeOptions = {}): string {
  const { effect, why: reason, caller, action, resource, layers, remedies } = explained(decision)
  const head = `${effect === 'Allow' ? 'ALLOWED' : 'DENIED'}  ${caller}  ${action}  ${resource}`
  const accounts = [...new Set(layers.map(({ account }) => account))]
  const lines = accounts.flatMap((account) => [
    `  ${accountTitle(account, decision)}`,
    ...layers.filter((layer) => layer.account === account).flatMap((layer) => layerLines(layer, action, most)),
  ])
  return [head, `  why: ${reason}`, ...lines, ...(remedies.length === 0 ? [] : [remedyLine(remedies)])].join('\n')
}

function layerLines(layer: ExplainedLayer, action: string, most: number): readonly string[] {
  const { title, effect, blocks, spoke, missed } = layer
  // Only an Allow that nearly spoke could have helped.
  const near = effect === 'ImplicitDeny' ? missed.filter((one) => one.effect === 'Allow') : []
  return [
    `    ${blocks ? '✗' : effect === 'Allow' ? '✓' : '·'} ${title}: ${verdict(layer, action)}`,
    ...atMost(spoke, most).map((one) => `        spoke   ${one.place}`),
    ...more(spoke, most),
    ...atMost(near, most).map((one) => `        missed  ${one.place}: ${one.misses.map(missText).join('; ')}`),
    ...more(near, most),
  ]
}

function verdict({ effect, blocks, policies, spoke, missed }: ExplainedLayer, action: string): string {
  if (effect === 'Allow') return spoke.length === 0 ? 'does not deny' : 'allows'
  if (effect === 'ExplicitDeny') return 'denies'
  const needed = blocks ? '' : ', and need not'
  if (policies === 0) return `says nothing${needed}: there is none`
  return missed.length === 0 ? `says nothing of ${action}${needed}` : `says nothing${needed}`
}

function accountTitle(account: string | undefined, { request }: Decision): string {
  if (account === undefined) return 'on the way'
  const { caller, resourceAccount } = request
  const own = 'account' in caller && caller.account === account
  if (own && account === resourceAccount) return `account ${account}, of the caller and the resource`
  return `account ${account}, of the ${own ? 'caller' : 'resource'}`
}

function remedyLine(remedies: readonly Remedy[]): string {
  const changes = remedies.map(({ account, change }) => (account === undefined ? change : `in ${account} ${change}`))
  return `  to allow it: ${changes.join('; ')}`
}

/** What a layer must come to say where it says nothing. An RCP never has to allow. */
const REMEDIES: Readonly<Record<ReasonLayer, string>> = {
  rcp: 'no resource control policy may deny it',
  scp: 'a service control policy must allow it',
  resource: "the resource's policy must allow it to this caller",
  trust: "the role's trust policy must allow it to this caller",
  identity: 'an identity-based policy of the caller must allow it',
  boundary: "the caller's permissions boundary must allow it",
  session: 'the session must be opened with a session policy that allows it',
  endpoint: 'the VPC endpoint policy must allow it',
}

function remediesOf(finding: Finding, { request }: Decision): readonly Remedy[] {
  const { layer, level, account, effect, blocks, spoke } = finding
  if (!blocks) return []
  const where = account === undefined ? {} : { account }
  if (effect === 'ExplicitDeny') {
    const denying = spoke.map(placeOf).filter((place) => place.effect === 'Deny')
    return denying.map(({ place }) => ({ ...where, change: `${place} must no longer deny it` }))
  }
  const own = 'account' in request.caller && request.caller.account === request.resourceAccount
  const orElse = layer === 'identity' && own ? ", or the resource's policy must name the caller" : ''
  const at = level === undefined ? '' : ` at ${level}`
  return [{ ...where, change: `${REMEDIES[layer]}${at}${orElse}` }]
}

function layerOf(finding: Finding): ExplainedLayer {
  const { spoke, missed, ...rest } = finding
  const { noun } = NAMES[finding.layer]
  return {
    ...rest,
    title: finding.level === undefined ? noun : `${noun} at ${finding.level}`,
    spoke: spoke.map(placeOf),
    missed: missed.map(({ misses, ...ref }) => ({ ...placeOf(ref), misses })),
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
      return `explicit deny in ${named(reason.layer)}: ${placeOf(reason.statement).place}`
    case 'ImplicitDeny':
      return `no ${NAMES[reason.layer].noun} allows it${reason.level === undefined ? '' : ` at ${reason.level}`}`
  }
}

function placeOf({ policy, index, sid }: StatementRef): Place {
  const name = policy.arn ?? policy.name
  const unreadable = policy.policy.unreadable === true ? ' (cannot be read, so it denies)' : ''
  const on = policy.on === undefined ? '' : ` on ${policy.on}`
  const effect = policy.policy.document.statements[index]?.effect ?? 'Deny'
  const said = sid === undefined ? '' : ` ${sid}`
  return {
    place: `${name ?? NAMES_OF_KIND[policy.policy.kind]}${on}, Statement[${index}]${said}${unreadable}`,
    effect,
    statement: index,
    ...(sid !== undefined && { sid }),
    ...(name !== undefined && { policy: name }),
  }
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
  if (miss.element === 'Condition') {
    const had = miss.had === undefined ? 'nothing' : quoted(miss.had, 'and')
    return `${miss.operator} ${miss.key} wanted ${quoted(miss.wanted, 'or')}, had ${had}`
  }
  const element = miss.not === true ? `Not${miss.element}` : miss.element
  return miss.wanted.length === 0 ? `it names no ${element}` : `its ${element} is ${quoted(miss.wanted, 'or')}`
}

/** So many values of a list are told. */
const VALUES = 5

function quoted(value: string | readonly string[], word: 'and' | 'or'): string {
  const values = typeof value === 'string' ? [value] : value
  if (values.length === 0) return 'nothing'
  const told = values.slice(0, VALUES).map((one) => `\`${one}\``)
  const rest = values.length - told.length
  return [...told, ...(rest > 0 ? [`${rest} more`] : [])].join(` ${word} `)
}

function atMost<T>(items: readonly T[], most: number): readonly T[] {
  return items.slice(0, most)
}

function more(items: readonly unknown[], most: number): readonly string[] {
  return items.length > most ? [`        … and ${items.length - most} more`] : []
}
