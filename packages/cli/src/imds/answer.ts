/**
 * What an instance's metadata service answers (EC2 User Guide, "Use the Instance Metadata Service to access instance
 * metadata"): tokens for those who put for one, and then a tree of what the instance may know.
 */

import type { Delivery, InstanceAnswer, SessionCredentials } from '@sallyport/server'
import { SILENCE, type Asked, type Told } from '../loopback.ts'
import { TTL, type Tokens } from './tokens.ts'

/** Through which the instance is seen, as it is at that moment. */
export interface Window {
  look(): Promise<InstanceAnswer>
  /** Credentials of the instance's role; the same ones until they are near their end. */
  credentials(seen: InstanceAnswer, delivery: Delivery): Promise<SessionCredentials | 'untrusted' | undefined>
}

const TOKEN_PATH = '/latest/api/token'
const TOKEN = 'x-aws-ec2-metadata-token'
const LEFT = 'x-aws-ec2-metadata-token-ttl-seconds'

const FORBIDDEN: Told = { status: 403, body: '' }
const UNAUTHORIZED: Told = { status: 401, body: '' }
const NOT_FOUND: Told = { status: 404, body: '' }

export async function answerImds(asked: Asked, window: Window, tokens: Tokens): Promise<Told | typeof SILENCE> {
  const seen = await window.look()
  // what does not run is not reached
  if (seen.state !== 'running' && seen.state !== 'pending') return SILENCE
  if (seen.options.endpoint === 'disabled') return FORBIDDEN
  if (asked.method === 'PUT') return asked.path === TOKEN_PATH ? giveToken(asked, tokens) : FORBIDDEN
  if (asked.method !== 'GET' && asked.method !== 'HEAD') return notAllowed('GET, HEAD, PUT')
  if (asked.path === TOKEN_PATH) return notAllowed('OPTIONS, PUT')
  const token = asked.headers[TOKEN]
  if (token === undefined && seen.options.tokens === 'required') return UNAUTHORIZED
  const left = token === undefined ? undefined : tokens.left(token)
  if (token !== undefined && left === undefined) return UNAUTHORIZED
  const told = await read(asked.path, seen, { window, delivery: token === undefined ? '1.0' : '2.0' })
  return left === undefined ? told : { ...told, headers: { ...told.headers, [LEFT]: String(left) } }
}

/** A request that came through a proxy gets none: it may be somebody else's. */
function giveToken({ headers }: Asked, tokens: Tokens): Told {
  if (headers['x-forwarded-for'] !== undefined) return FORBIDDEN
  const given = headers[LEFT] ?? ''
  const seconds = Number(given)
  if (!/^\d+$/.test(given) || seconds < TTL.least || seconds > TTL.most) return { status: 400, body: '' }
  return { status: 200, headers: { [LEFT]: given }, body: tokens.give(seconds) }
}

function notAllowed(allow: string): Told {
  return { status: 405, headers: { allow }, body: '' }
}

interface Reading {
  readonly window: Window
  readonly delivery: Delivery
}

async function read(path: string, seen: InstanceAnswer, reading: Reading): Promise<Told> {
  const inside = /^\/latest(?:\/(.*))?$/s.exec(path)
  if (inside === null) return path === '/' ? text('latest') : NOT_FOUND
  const place = decode(inside[1] ?? '').replace(/\/$/, '')
  if (place === 'user-data') return seen.userData === undefined ? NOT_FOUND : bytes(seen.userData)
  if (place === 'dynamic/instance-identity/document') return text(JSON.stringify(seen.identity, null, 2))
  const role = /^meta-data\/iam\/security-credentials\/([^/]+)$/.exec(place)?.[1]
  if (role !== undefined) return role === seen.profile?.role?.name ? credentials(seen, reading) : NOT_FOUND
  const tree = treeOf(seen)
  const leaf = tree.get(place)
  if (leaf !== undefined) return text(leaf)
  const below = listing(tree, place)
  return below === '' ? NOT_FOUND : text(below)
}

/** Every path with what lies there. Credentials are opened when they are read, and user data is no text. */
function treeOf(seen: InstanceAnswer): ReadonlyMap<string, string> {
  const { profile } = seen
  const iam: Readonly<Record<string, string>> =
    profile === undefined
      ? {}
      : {
          'iam/info': JSON.stringify(infoOf(seen, profile), null, 2),
          ...(profile.role === undefined ? {} : { [`iam/security-credentials/${profile.role.name}`]: '' }),
        }
  return new Map([
    ['dynamic/instance-identity/document', ''],
    ...Object.entries({ ...seen.paths, ...iam }).map(([path, value]) => [`meta-data/${path}`, value] as const),
    ...(seen.userData === undefined ? [] : [['user-data', ''] as const]),
  ])
}

function infoOf({ now }: InstanceAnswer, { arn, id, found }: NonNullable<InstanceAnswer['profile']>): object {
  const LastUpdated = seconds(now)
  if (found) return { Code: 'Success', LastUpdated, InstanceProfileArn: arn, InstanceProfileId: id }
  const Message = `Instance Profile ${arn} cannot be found. Please see documentation at ${HELP}.`
  return { Code: 'InstanceProfileNotFound', Message, LastUpdated }
}

const HELP =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc'

/** A role that does not trust EC2 is said so with a success of HTTP's: SDKs read the code. */
async function credentials(seen: InstanceAnswer, { window, delivery }: Reading): Promise<Told> {
  const given = await window.credentials(seen, delivery)
  if (given === undefined) return NOT_FOUND
  if (given === 'untrusted') {
    const Message = `EC2 cannot assume the role ${seen.profile?.role?.name}. Please see documentation at ${HELP}.`
    return text(
      JSON.stringify({ Code: 'AssumeRoleUnauthorizedAccess', Message, LastUpdated: seconds(seen.now) }, null, 2),
    )
  }
  const document = {
    Code: 'Success',
    LastUpdated: given.issuedAt,
    Type: 'AWS-HMAC',
    AccessKeyId: given.accessKeyId,
    SecretAccessKey: given.secretAccessKey,
    Token: given.sessionToken,
    Expiration: given.expiresAt,
  }
  return text(JSON.stringify(document, null, 2))
}

/** What lies under a path: folders end in a slash. Public keys are listed with their names. */
function listing(tree: ReadonlyMap<string, string>, place: string): string {
  const start = place === '' ? '' : `${place}/`
  if (place === 'meta-data/public-keys') {
    const [, , ...name] = (tree.get('meta-data/public-keys/0/openssh-key') ?? '').split(' ')
    return name.length === 0 ? '' : `0=${name.join(' ')}`
  }
  const names = [...tree.keys()].flatMap((path) => {
    if (!path.startsWith(start)) return []
    const [first = '', ...rest] = path.slice(start.length).split('/')
    return rest.length === 0 || place === 'meta-data/tags/instance' ? path.slice(start.length) : `${first}/`
  })
  const listed = [...new Set(names)].toSorted()
  // the top names its folders without a slash
  return listed.map((name) => (place === '' ? name.replace(/\/$/, '') : name)).join('\n')
}

function text(body: string): Told {
  return { status: 200, body }
}

function bytes(base64: string): Told {
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream' },
    body: Buffer.from(base64, 'base64'),
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function seconds(time: string): string {
  return time.replace(/\.\d{3}/, '')
}
