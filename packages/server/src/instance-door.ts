/**
 * The door by which `sallyport imds` plays an instance's metadata service: `/_sallyport/instance`. It tells what the
 * instance is told about itself and, where that is asked for, opens a session of its role, as EC2 does for an instance.
 */

import { nameKey, type MetadataOptions, type Role } from '@sallyport/estate'
import { accountAt, QuestionError } from './explain/question.ts'
import type { OwnDoor } from './http.ts'
import { openServiceSession } from './service-role.ts'
import { metadataOf, type Metadata, type Station } from './services/ec2/metadata.ts'
import { membersOf, signedDoor, type SignedDoor } from './signed-door.ts'
import { credentialsOf, type SessionCredentials } from './session-credentials.ts'
import type { World } from './world.ts'

export const INSTANCE_PATH = '/_sallyport/instance'

/** EC2's sessions last six hours, whatever the role allows others. */
const SECONDS = 6 * 3600

/** Which of the two metadata services asks for the credentials: policies may tell them apart by `ec2:RoleDelivery`. */
export type Delivery = '1.0' | '2.0'

export interface InstanceAnswer {
  /** The server's time. */
  readonly now: string
  readonly state: Metadata['state']
  readonly options: MetadataOptions
  readonly paths: Metadata['paths']
  readonly identity: Metadata['identity']
  readonly userData?: string
  readonly profile?: {
    readonly arn: string
    readonly id: string
    /** Whether the profile is there still. */
    readonly found: boolean
    /** The name and the unique id of the role that it has. */
    readonly role?: { readonly name: string; readonly id: string }
  }
  /** Where they were asked for. `untrusted`: the role lets EC2 not in. */
  readonly credentials?: SessionCredentials | 'untrusted'
}

export function instanceDoor(world: World, onBug: (error: unknown) => void): OwnDoor {
  const errands: SignedDoor['errands'] = {
    POST: { action: 'sallyport:ActAsInstance', answer: (message) => answer(world, membersOf(message)) },
  }
  return signedDoor(world, { path: INSTANCE_PATH, errands, methods: 'POST asks for an instance' }, onBug)
}

async function answer(world: World, asked: Readonly<Record<string, unknown>>): Promise<InstanceAnswer> {
  const { instance, region = world.region } = asked
  if (typeof instance !== 'string' || typeof region !== 'string')
    throw new QuestionError('give `instance`, and perhaps `account` and `region`')
  const station = { account: await accountAt(world, accountIn(world, asked)), region, now: world.clock.now() }
  const metadata = metadataOf(station, instance)
  if (metadata === undefined) throw new QuestionError(missing(station, instance))
  const { keys: _, profile, ...told } = metadata
  const role = station.account.all('role').get(nameKey(profile?.found?.role ?? ''))
  const errand = { station, instance, metadata, role, delivery: asked['credentials'] }
  const credentials = await open(world, errand)
  return {
    now: new Date(station.now).toISOString(),
    ...told,
    ...(profile === undefined ? {} : { profile: shown(profile, role) }),
    ...(credentials === undefined ? {} : { credentials }),
  }
}

interface Errand {
  readonly station: Station
  readonly instance: string
  readonly metadata: Metadata
  readonly role: Role | undefined
  readonly delivery: unknown
}

/** Nothing where none were asked for, or there is no role to have them of. */
async function open(world: World, errand: Errand): Promise<InstanceAnswer['credentials']> {
  const { station, instance, metadata, role, delivery } = errand
  if (role === undefined || (delivery !== '1.0' && delivery !== '2.0')) return undefined
  const opened = await openServiceSession(world, {
    service: 'ec2.amazonaws.com',
    account: station.account.id,
    role,
    source: metadata.keys['ec2:SourceInstanceARN'] ?? '',
    tellsSource: false,
    name: instance,
    seconds: SECONDS,
    region: station.region,
    keys: { ...metadata.keys, 'ec2:RoleDelivery': delivery },
  })
  return opened === undefined ? 'untrusted' : credentialsOf(opened)
}

function missing({ account, region }: Station, instance: string): string {
  const there = [...account.all('instance').values()].find(({ id }) => id === instance)
  const elsewhere = there === undefined || there.region === region ? '' : `: it is in ${there.region}`
  return `there is no instance \`${instance}\` in ${region} of account ${account.id}${elsewhere}`
}

function shown({ arn, id, found }: NonNullable<Metadata['profile']>, role: Role | undefined) {
  const has = role === undefined ? {} : { role: { name: role.name, id: role.id } }
  return { arn, id, found: found !== undefined, ...has }
}

/** The account that is named, or the management account. */
function accountIn(world: World, { account }: Readonly<Record<string, unknown>>): string {
  if (typeof account === 'string') return account
  return world.directory.all('administrator').get('self')?.account ?? ''
}
