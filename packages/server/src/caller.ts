/** From a claim to a principal: whose key is this, is it alive, and did its secret sign the request? */

import type { Account as AccountView, Principal, SessionFacts } from '@sallyport/estate'
import type { World } from './world.ts'
import { accountOfKey } from './ids.ts'
import { Refusal } from './refusal.ts'
import type { Session } from './sessions.ts'
import type { Claim } from './wire/claim.ts'
import type { Message } from './wire/message.ts'
import { verify, type SigningKeys, type Verified } from './wire/signature.ts'
import { verifyPost } from './wire/signature-post.ts'
import { verifyV2 } from './wire/signature-v2.ts'

export interface Signed {
  readonly claim: Claim | Verified
  readonly principal: Principal
}

/**
 * Proves a claim and finds who made it. Refuses unknown and inactive keys, wrong secrets, tokens that were tampered with,
 * expired, or whose user or role is gone. `bucket` is the one in the host: SigV2 signs it.
 */
export async function identify(
  world: World,
  keys: SigningKeys,
  message: Message,
  claim: Claim,
  bucket?: string,
): Promise<Signed> {
  try {
    return await proved(world, keys, message, claim, bucket)
  } catch (error) {
    // A stranger here may be somebody whom another node has just made.
    if (!(error instanceof Refusal) || (error.code !== 'unknownKey' && error.code !== 'invalidToken')) throw error
    if (!(await world.wasBehind(homeOf(world, claim)))) throw error
    return proved(world, keys, message, claim, bucket)
  }
}

async function proved(
  world: World,
  keys: SigningKeys,
  message: Message,
  claim: Claim,
  bucket: string | undefined,
): Promise<Signed> {
  const found = claim.accessKeyId.startsWith('ASIA') ? await temporary(world, claim) : await longTerm(world, claim)
  const verified = check(world, keys, message, { claim, bucket, secret: found.secret })
  // The secret is proved before the expiry is told: a stranger learns nothing of a token that is not theirs.
  if (found.expiresAt !== undefined && found.expiresAt <= world.clock.now()) throw new Refusal('expiredToken')
  return { claim: verified, principal: found.principal }
}

interface Checked {
  readonly claim: Claim
  readonly bucket: string | undefined
  readonly secret: string
}

function check(
  world: World,
  keys: SigningKeys,
  message: Message,
  { claim, bucket, secret }: Checked,
): Claim | Verified {
  const times = { host: world.clock.host(), test: world.clock.now() }
  switch (claim.form) {
    case 'v2query':
      return verifyV2(claim, message, secret, times, bucket)
    case 'post':
    case 'v2post':
      return verifyPost(claim, secret, keys)
    case 'header':
    case 'query':
      return verify(claim, message, secret, keys, times)
  }
}

interface Found {
  readonly secret: string
  readonly principal: Principal
  readonly expiresAt?: number
}

function homeOf(world: World, { accessKeyId: id }: Claim): string | undefined {
  return accountOfKey(id) ?? world.directory.all('foreignKey').get(id)?.account
}

async function longTerm(world: World, claim: Claim): Promise<Found> {
  // A token with a long-term key belongs to nobody.
  if (claim.token !== undefined) throw new Refusal('invalidToken')
  const id = claim.accessKeyId
  const account = homeOf(world, claim)
  const home = account === undefined ? undefined : await world.meet(account)
  const key = home?.all('accessKey').get(id)
  if (home === undefined || key === undefined || key.status !== 'Active') throw new Refusal('unknownKey')
  const user = home.byId('user', key.userId)
  const secret = world.secretOf(key)
  if (user === undefined || secret === undefined) throw new Refusal('unknownKey')
  return { secret, principal: { type: 'User', account: home.id, user, accessKeyId: id } }
}

async function temporary(world: World, claim: Claim): Promise<Found> {
  const session = claim.token === undefined ? undefined : world.sessions.check(claim.token)
  if (claim.token === undefined) throw new Refusal('unknownKey')
  if (session === undefined || session.accessKeyId !== claim.accessKeyId) throw new Refusal('invalidToken')
  const home = await world.meet(session.account)
  const principal = home === undefined ? undefined : principalOf(home, session)
  if (principal === undefined) throw new Refusal('unknownKey')
  return { secret: session.secretAccessKey, principal, expiresAt: session.facts.expiresAt }
}

/** By unique id: a role or user made anew under the old name is somebody else. */
function principalOf(account: AccountView, session: Session): Principal | undefined {
  const { accessKeyId, facts } = session
  const common: { account: string; accessKeyId: string; session: SessionFacts } = {
    account: account.id,
    accessKeyId,
    session: facts,
  }
  if (session.type === 'AssumedRole') {
    const role = account.byId('role', session.identity)
    return role === undefined ? undefined : { type: 'AssumedRole', role, ...common }
  }
  if (session.type === 'Root') return { type: 'Root', ...common }
  const user = account.byId('user', session.identity)
  return user === undefined ? undefined : { type: session.type, user, ...common }
}
