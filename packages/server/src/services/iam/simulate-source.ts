/** The policies of a simulation: those of an identity, those given as text, and how the answer calls each of them. */

import { managedText, type Estate, type Group, type Role, type User } from '@sallyport/estate'
import { compile, globMatches, parse, type Attached, type PolicyKind } from '@sallyport/policy'
import type { Call } from '../../call.ts'
import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { about, find } from './shared.ts'

/** A policy with its text: a simulation tells where its statements stand. */
export interface Source {
  /** `SourcePolicyId`: a managed policy's name, `user_alice_Reading` for an inline one, `PolicyInputList.1` for a given one. */
  readonly id: string
  readonly text: string
  readonly attached: Attached
  /** What an exclusion list knows it by. */
  readonly origin: Origin
}

type Origin =
  | { readonly type: 'given' }
  | { readonly type: 'managed'; readonly arn: string }
  | { readonly type: 'inline'; readonly name: string; readonly holder: Entity }

export type Entity = User | Group | Role

/** The user, group or role that `PolicySourceArn` names, in the words with which IAM refuses anything else. */
export function entityAt({ account }: Call, arn: string): Entity {
  const { owner, kind, name } = entityArn(arn)
  if (owner !== account.id) {
    const access = `caller's account ${account.id} does not have access to policies in account ${owner}`
    throw new Refusal('InvalidInput', `Invalid Policy Source Arn: ${access}`)
  }
  const entity = find(account, kind, name.slice(name.lastIndexOf('/') + 1))
  if (entity.path + entity.name === `/${name}`) return entity
  throw new Refusal('NoSuchEntity', `The ${kind} with name ${name} cannot be found.`)
}

/** What a call on it asks the law: with its tags, where it is there. */
export function aboutEntity({ account }: Pick<Call, 'account'>, arn: string) {
  const [, kind, name = ''] = /:(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  const asked = kind === 'user' || kind === 'group' || kind === 'role' ? about(account, kind, name) : undefined
  return { ...(asked?.resource === arn ? asked : { resource: arn }), account: account.id }
}

/** An IAM identity's ARN taken apart. Sessions, federated users and services are none. */
export function entityArn(arn: string): { owner: string; kind: Entity['kind']; name: string } {
  const [, owner, kind, name] = /^arn:aws[a-z-]*:iam::(\d{12}):(user|group|role)\/(.+)$/.exec(arn) ?? []
  if (owner !== undefined && name !== undefined && (kind === 'user' || kind === 'group' || kind === 'role')) {
    return { owner, kind, name }
  }
  throw new Refusal('InvalidInput', `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`)
}

/** The policies of an identity, a user's groups included. */
export function sourcesOf({ account, estate }: Call, entity: Entity): readonly Source[] {
  const groups = entity.kind === 'user' ? entity.groups.flatMap((key) => account.all('group').get(key) ?? []) : []
  return [entity, ...groups].flatMap((holder) => [
    ...holder.inline.map(({ name, document }) =>
      stored(estate, document, 'identity', {
        id: `${holder.kind}_${holder.name}_${name}`,
        origin: { type: 'inline', name, holder },
      }),
    ),
    ...holder.attached.map((arn) => managedSource({ account, estate }, arn, 'identity')),
  ])
}

/** The boundary that an identity has, where it has one. */
export function boundaryOf(call: Call, entity: Entity): readonly Source[] | undefined {
  if (entity.kind === 'group' || entity.boundary === undefined) return undefined
  return [managedSource(call, entity.boundary, 'boundary')]
}

/** Texts that came with the call. They are compiled for this one call and remembered by nobody. */
export function given(texts: readonly string[], list: string, kind: PolicyKind): readonly Source[] {
  return texts.map((text, at) => givenAs(text, `${list}.${at + 1}`, kind))
}

export function givenAs(text: string, id: string, kind: PolicyKind): Source {
  const parsed = parse(text, kind)
  if (!parsed.ok) throw new Refusal('InvalidInput', parsed.findings[0]?.message ?? 'Syntax errors in policy.')
  return { id, text, attached: { policy: compile(parsed.document, kind), name: id }, origin: { type: 'given' } }
}

type Exclusion = NonNullable<Input<'iam:SimulatePrincipalPolicy'>['PolicyExclusionList']>[number]

/** Whether `PolicyExclusionList` takes a policy out of the simulation. What it names and nobody has is passed over. */
export function isExcluded(exclusions: readonly Exclusion[], { origin }: Source): boolean {
  return exclusions.some(({ PolicyType, PolicyArn, InlinePolicyIdentifier: inline }) => {
    if (origin.type === 'given') return false
    if (PolicyType !== undefined) return typeOf(origin) === PolicyType
    if (PolicyArn !== undefined) return origin.type === 'managed' && globMatches(PolicyArn, origin.arn)
    if (inline === undefined || origin.type !== 'inline') return false
    const { name, holder } = origin
    const ofHolder = inline.AttachmentType === holder.kind && globMatches(inline.AttachmentName ?? '', holder.name)
    return ofHolder && inline.PolicyName === name
  })
}

const TYPES = ['aws-managed', 'user-managed', 'inline', 'permission-boundary', 'scp', 'rcp']

/** Refuses an exclusion list that says what no policy could be called. */
export function checkExclusions(exclusions: readonly Exclusion[]): void {
  for (const { PolicyType, PolicyArn, InlinePolicyIdentifier } of exclusions) {
    if (PolicyType !== undefined && !TYPES.includes(PolicyType)) throw malformed(PolicyType)
    if (PolicyArn !== undefined && !/^arn:aws[a-z-]*:(?:iam|organizations)::[^*?]*\/[^/]+$/.test(PolicyArn)) {
      throw malformed(PolicyArn)
    }
    const wild = InlinePolicyIdentifier?.AttachmentName ?? PolicyArn ?? ''
    if (wild.split('*').length > 2) throw malformed(wild)
  }
}

function malformed(identifier: string): Refusal {
  return new Refusal('InvalidInput', `Invalid policy identifier: ${identifier}`)
}

function typeOf(origin: Exclude<Origin, { type: 'given' }>): string {
  if (origin.type === 'inline') return 'inline'
  return origin.arn.startsWith('arn:aws:iam::aws:policy/') ? 'aws-managed' : 'user-managed'
}

function managedSource({ estate, account }: Pick<Call, 'estate' | 'account'>, arn: string, kind: PolicyKind): Source {
  const id = arn.slice(arn.lastIndexOf('/') + 1)
  return stored(estate, managedText(estate, account, arn) ?? '', kind, { id, origin: { type: 'managed', arn } })
}

/** A stored policy that cannot be read stops the simulation: what it would have said is not known. */
export function stored(
  estate: Estate,
  text: string,
  kind: PolicyKind,
  { id, origin }: Pick<Source, 'id' | 'origin'>,
): Source {
  const policy = estate.library.policyFor(text, kind)
  if (policy.unreadable === true) throw new Refusal('PolicyEvaluation', `The policy ${id} could not be evaluated.`)
  return { id, text, attached: { policy, name: id }, origin }
}
