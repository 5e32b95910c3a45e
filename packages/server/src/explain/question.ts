/** A question as a person puts it, `may this one do that to this?`, in the estate's terms: whose, which policy, which owner. */

import {
  identityNamed,
  nameKey,
  regionKey,
  type Account,
  type BoundPolicy,
  type Principal,
  type Role,
  type SessionFacts,
  type Tag,
} from '@sallyport/estate'
import { parseArn } from '@sallyport/policy'
import type { Asking } from '../operation.ts'
import { isTrust } from '../services/iam/simulate-scenario.ts'
import type { World } from '../world.ts'

/** What was asked names something that is not there, or nothing at all. */
export class QuestionError extends Error {}

/** An ARN of a user, role, session or root user; `account:name`; a service; `anonymous`. */
export async function principalAt(world: World, text: string): Promise<Principal> {
  if (text === 'anonymous') return { type: 'Anonymous' }
  if (/^[a-z0-9.-]+\.amazonaws\.com$/.test(text)) return { type: 'Service', service: text }
  const arn = parseArn(text)
  const [, place = '', name = ''] = /^(.+):([^:]+)$/.exec(text) ?? []
  if (arn === undefined && name === '') {
    throw new QuestionError(`\`${text}\` is no principal: give an ARN, or account and name as 111111111111:alice`)
  }
  const account = await accountAt(world, arn?.account ?? place)
  const found = arn === undefined ? named(world, account, name) : owned(world, account, text, arn.resource)
  if (found === undefined) throw new QuestionError(`there is no \`${text}\``)
  return found
}

/** By number, or by the name that the organisation knows it by. */
export async function accountAt(world: World, text: string): Promise<Account> {
  const members = [...world.organization.all('member').values()]
  const called = members.filter(({ name }) => name.toLowerCase() === text.toLowerCase())
  if (called.length > 1) {
    throw new QuestionError(`several accounts are called \`${text}\`: ${called.map(({ id }) => id).join(', ')}`)
  }
  const account = await world.enter(called[0]?.id ?? text)
  if (account === undefined) throw new QuestionError(`there is no account \`${text}\``)
  return account
}

function named(world: World, account: Account, name: string): Principal | undefined {
  if (name === 'root') return { type: 'Root', account: account.id }
  const user = account.all('user').get(nameKey(name))
  if (user !== undefined) return { type: 'User', account: account.id, user, accessKeyId: '' }
  return sessionOf(world, account, account.all('role').get(nameKey(name)), 'explain')
}

function owned(world: World, account: Account, arn: string, resource: string): Principal | undefined {
  if (resource === 'root') return { type: 'Root', account: account.id }
  const [kind, role = '', session = 'explain'] = resource.split('/')
  if (kind === 'assumed-role') return sessionOf(world, account, account.all('role').get(nameKey(role)), session)
  const it = identityNamed(account, arn)
  if (it?.kind === 'role') return sessionOf(world, account, it, 'explain')
  return it && { type: 'User', account: account.id, user: it, accessKeyId: '' }
}

/** A role acts by a session of its own: one opened now, without session policies and tags. */
function sessionOf({ clock }: World, account: Account, role: Role | undefined, name: string): Principal | undefined {
  if (role === undefined) return undefined
  const issuedAt = clock.now()
  const expiresAt = issuedAt + role.maxSession * 1000
  const session: SessionFacts = { name, issuedAt, expiresAt, tags: [], transitive: [], chained: false }
  return { type: 'AssumedRole', account: account.id, role, accessKeyId: '', session }
}

/** The resource with its owner, its own policy and its tags, as far as they are known here. */
export async function resourceAt(world: World, action: string, resource: string): Promise<Asking> {
  const always = ALWAYS.has(action.toLowerCase())
  if (resource === '*') return { resource, ...(always && { always }) }
  const arn = parseArn(resource)
  if (arn === undefined) throw new QuestionError(`\`${resource}\` is no resource: give an ARN or \`*\``)
  const bucket = arn.service === 's3' ? (arn.resource.split('/')[0] ?? '') : undefined
  const owner = bucket === undefined ? arn.account : (world.directory.all('bucketName').get(bucket)?.account ?? '')
  const account = await world.enter(owner)
  if (account === undefined) return owner === '' ? { resource } : { resource, account: owner }
  const about = { resource, account: account.id, context: { 's3:ResourceAccount': bucket && account.id } }
  const held = holderOf(account, { ...arn, bucket })
  if (held === undefined) return isTrust(action) ? { ...about, resourceRule: 'gate' } : about
  const gate = 'trust' in held
  if (gate && !isTrust(action)) return { ...about, context: tagKeys(held.tags, arn.service) }
  const policy = gate ? held.trust : held.policy
  return {
    ...about,
    ...(gate && { resourceRule: 'gate' as const }),
    ...policyOf(policy, gate ? 'trust' : 'resource', held.name),
    context: { ...about.context, ...tagKeys(held.tags, arn.service) },
  }
}

const ALWAYS: ReadonlySet<string> = new Set(['sts:getcalleridentity', 'sts:getsessiontoken'])

type Held =
  | { readonly name: string; readonly tags: readonly Tag[]; readonly policy?: BoundPolicy | undefined }
  | { readonly name: string; readonly tags: readonly Tag[]; readonly trust: BoundPolicy }

interface Address {
  readonly service: string
  readonly region: string
  readonly resource: string
  readonly bucket: string | undefined
}

/** The thing itself, where it can have tags or a policy. */
function holderOf(account: Account, { service, region, resource, bucket }: Address): Held | undefined {
  if (bucket !== undefined) return account.all('bucket').get(bucket)
  const name = resource.slice(resource.lastIndexOf('/') + 1)
  if (service === 'iam' && resource.startsWith('role/')) return account.all('role').get(nameKey(name))
  if (service === 'iam' && resource.startsWith('user/')) return account.all('user').get(nameKey(name))
  if (service === 'iam' && resource.startsWith('policy/')) return account.all('policy').get(nameKey(name))
  if (service !== 'lambda') return undefined
  return account.all('function').get(regionKey(region, resource.split(':')[1] ?? ''))
}

function policyOf(policy: BoundPolicy | undefined, kind: 'trust' | 'resource', name: string) {
  return policy === undefined ? {} : { resourcePolicy: { document: policy.document, kind, name } }
}

function tagKeys(tags: readonly Tag[], service: string): Readonly<Record<string, string>> {
  const prefixes = ['aws', service]
  return Object.fromEntries(tags.flatMap(({ key, value }) => prefixes.map((it) => [`${it}:ResourceTag/${key}`, value])))
}
