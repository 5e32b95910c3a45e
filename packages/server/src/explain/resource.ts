/**
 * What a question is about, in the same words in which an operation would ask of it: its owner, the policy that hangs on
 * it, and the condition keys that it brings. The services say them, so that what is answered is what is enforced.
 */

import {
  identityArn,
  nameKey,
  profileArn,
  regionKey,
  type Account,
  type Circumstances,
  type InstanceProfile,
  type ManagedPolicy,
  type Principal,
  type Role,
  type User,
} from '@sallyport/estate'
import { parseArn, type Arn } from '@sallyport/policy'
import type { Call } from '../call.ts'
import { inTurn } from '../court.ts'
import type { Asking } from '../operation.ts'
import { quotaOf } from '../quotas.ts'
import { Refusal } from '../refusal.ts'
import { aboutAny } from '../services/ec2/noun.ts'
import { ownPasswordGrant } from '../services/iam/password-policy.ts'
import { isTrust } from '../services/iam/simulate-scenario.ts'
import { about as aboutFunction, nameOf } from '../services/lambda/shared.ts'
import { about as aboutGroup } from '../services/logs/shared.ts'
import { aboutSeen, lookAt } from '../services/s3/reading.ts'
import { aboutBucket } from '../services/s3/shared.ts'
import { resourceTags } from '../services/tags.ts'
import type { World } from '../world.ts'
import { QuestionError } from './question.ts'

export interface Asked {
  readonly principal: Principal
  readonly action: string
  readonly resource: string
  readonly circumstances: Circumstances
}

const ALWAYS: ReadonlySet<string> = new Set(['sts:getcalleridentity', 'sts:getsessiontoken'])

/** The questions, each of which must be allowed: more than one where an access point stands before a bucket. */
export async function questionsOn(world: World, asked: Asked): Promise<readonly Asking[]> {
  const { action, resource } = asked
  const always = ALWAYS.has(action.toLowerCase())
  if (resource === '*') return [{ resource, ...(always && { always }), ...ownPassword(world, asked) }]
  const arn = parseArn(resource)
  if (arn === undefined) throw new QuestionError(`\`${resource}\` is no resource: give an ARN or \`*\``)
  const found = await SERVICES[arn.service]?.(world, asked, arn).catch(unlessRefused)
  if (found !== undefined) return inTurn(found).map((asking) => ({ ...asking, action }))
  await world.enter(arn.account)
  const owned = arn.account === '' ? {} : { account: arn.account }
  return [{ resource, ...owned, ...(isTrust(action) && { resourceRule: 'gate' as const }) }]
}

/** What the service would refuse to ask about is asked about as it stands: a pattern, or what is not there. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error
}

type Service = (world: World, asked: Asked, arn: Arn) => Promise<Asking | undefined>

const SERVICES: Readonly<Record<string, Service>> = { s3, ec2, lambda, logs, iam }

async function s3(world: World, asked: Asked, { region, account, resource }: Arn): Promise<Asking | undefined> {
  const [, name, key] = /^accesspoint\/([^/]+)(?:\/object\/(.+))?$/s.exec(resource) ?? []
  if (name !== undefined) {
    const home = await world.enter(account)
    const point = home?.all('accessPoint').get(regionKey(region, name))
    if (point === undefined) return undefined
    return inBucket(world, asked, { bucket: point.bucket, key, accessPoint: { account, point } })
  }
  const slash = resource.indexOf('/')
  const bucket = slash < 0 ? resource : resource.slice(0, slash)
  return inBucket(world, asked, { bucket, key: slash < 0 ? undefined : resource.slice(slash + 1) })
}

interface InBucket extends Pick<Call, 'accessPoint'> {
  readonly bucket: string
  readonly key: string | undefined
}

async function inBucket(
  world: World,
  asked: Asked,
  { bucket, key, ...through }: InBucket,
): Promise<Asking | undefined> {
  const owner = world.directory.all('bucketName').get(bucket)
  const home = owner === undefined ? undefined : await world.enter(owner.account)
  if (home === undefined || owner === undefined) return undefined
  const call = { ...callOn(world, asked, home, owner.region), ...through }
  if (key === undefined) return aboutBucket(call, { Bucket: bucket })
  const object = { Bucket: bucket, Key: key }
  return aboutSeen(call, object, { action: asked.action, seen: await lookAt(call, object) })
}

async function ec2(world: World, asked: Asked, { region, account, resource }: Arn): Promise<Asking | undefined> {
  const home = await world.enter(account)
  if (home === undefined) return undefined
  const { context } = aboutAny(callOn(world, asked, home, region), resource.slice(resource.indexOf('/') + 1))
  return { resource: asked.resource, account, ...(context !== undefined && { context }) }
}

async function lambda(world: World, asked: Asked, { region, account }: Arn): Promise<Asking | undefined> {
  const home = await world.enter(account)
  if (home === undefined) return undefined
  return aboutFunction(callOn(world, asked, home, region), nameOf(asked.resource, { own: account, region }))
}

/** A group's tags speak for its streams too. */
async function logs(world: World, asked: Asked, { region, account, resource }: Arn): Promise<Asking | undefined> {
  const [, group] = /^log-group:([^:]+)/.exec(resource) ?? []
  if (group === undefined || (await world.enter(account)) === undefined) return undefined
  return { ...aboutGroup({ estate: world }, { account, region, group }), resource: asked.resource }
}

/** Trust policies are gates to roles; what else is asked of an identity has its tags. */
async function iam(world: World, asked: Asked, arn: Arn): Promise<Asking | undefined> {
  const { action, resource } = asked
  const home = await world.enter(arn.account)
  const [, kind, path = ''] = /^(role|user|policy|instance-profile)\/(.+)$/.exec(arn.resource) ?? []
  const it = home?.all(KINDS[kind as keyof typeof KINDS] ?? 'role').get(nameKey(path.slice(path.lastIndexOf('/') + 1)))
  if (home === undefined || kind === undefined || it === undefined || !isNamed(home, it, resource)) return undefined
  const about = { resource, account: home.id, context: resourceTags(it.tags, 'iam') }
  if (it.kind === 'user') return { ...about, ...ownPassword(world, asked, it) }
  if (!('trust' in it) || !isTrust(action)) return about
  const resourcePolicy = { document: it.trust.document, kind: 'trust' as const, name: it.name }
  return { ...about, resourceRule: 'gate', resourcePolicy }
}

/** What the account's password policy allows its users, on nothing or on themselves. */
function ownPassword(world: World, { principal, action }: Asked, user?: User): ReturnType<typeof ownPasswordGrant> {
  const asks = user === undefined ? 'iam:getaccountpasswordpolicy' : 'iam:changepassword'
  if (principal.type !== 'User' || action.toLowerCase() !== asks) return {}
  const account = world.account(principal.account)
  if (account === undefined || (user !== undefined && user.id !== principal.user.id)) return {}
  return ownPasswordGrant({ principal, account })
}

const KINDS = { role: 'role', user: 'user', policy: 'policy', 'instance-profile': 'instanceProfile' } as const

/** The path counts. */
function isNamed({ id }: Account, it: User | Role | ManagedPolicy | InstanceProfile, arn: string): boolean {
  return arn === (it.kind === 'instanceProfile' ? profileArn(id, it) : identityArn(id, it))
}

/** A call of the one who is asked about, that does nothing: for asking as an operation of the service would. */
function callOn(world: World, { principal, circumstances }: Asked, account: Account, region: string): Call {
  return {
    estate: world,
    directory: world.directory,
    reference: world.reference,
    principal,
    account,
    quota: (name, of) => quotaOf(world.quotas, of === undefined ? account : world.account(of), { name, region }),
    approvesQuotas: world.approvesQuotas,
    region,
    now: circumstances.now,
    random: world.random,
    circumstances,
    requestId: '',
    sessions: world.sessions,
    keyring: world.keyring,
    issuers: world.issuers,
    usage: world.usage,
    shelves: world.store,
    blobs: world.blobs,
    // Whoever must pay for reading is taken to say that they will.
    headers: { 'x-amz-request-payer': 'requester' },
    bring: (accounts) => world.bring(accounts),
    confirm: (id) => world.land.confirm(id),
    may: () => false,
    turns: { take: async () => {}, leave() {} },
    body: { bytes: nothing(), done: () => ({ size: 0, md5hex: '', checksums: {}, trailers: {} }) },
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
