/**
 * Temporary credentials: sealed, self-contained tokens. Opening a session writes nothing; any node that has the key can
 * check one. A token says who, issued when and until when, from which chain, with which policies and tags.
 */

import { createHash } from 'node:crypto'
import type { SessionFacts, Tag } from '@sallyport/estate'
import { accessKeyId, secretAccessKey } from './ids.ts'
import type { Keyring } from './keyring.ts'
import type { Random } from './random.ts'

export type SessionType = 'AssumedRole' | 'User' | 'FederatedUser' | 'Root'

export interface Session {
  readonly type: SessionType
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly account: string
  /** The unique id of the role or user; the account's id for its root user. */
  readonly identity: string
  readonly facts: SessionFacts
}

export interface Opened {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly session: Session
}

/** As it lies in a token: short names, no defaults. */
interface Packed {
  readonly t: SessionType
  readonly k: string
  readonly s: string
  readonly a: string
  readonly i: string
  readonly n: string
  readonly b: number
  readonly e: number
  readonly p?: string
  readonly pa?: readonly string[]
  readonly tg?: readonly (readonly [string, string])[]
  readonly tt?: readonly string[]
  readonly si?: string
  readonly m?: number
  readonly c?: 1
  readonly x?: SessionFacts['keys']
}

const REMEMBERED = 10_000

export class Sessions {
  readonly #keyring: Keyring
  /** Tokens that were opened lately, so that a busy client costs one decryption. Keyed by digest: no token is kept. */
  readonly #opened = new Map<string, Session>()

  constructor(keyring: Keyring) {
    this.#keyring = keyring
  }

  /** `atLeast`: the bytes that the token is to have, whatever is in it. */
  open(
    random: Random,
    who: { type: SessionType; account: string; identity: string },
    facts: SessionFacts,
    atLeast = 0,
  ): Opened {
    const session = {
      ...who,
      accessKeyId: accessKeyId(random, 'ASIA', who.account),
      secretAccessKey: secretAccessKey(random),
      facts,
    }
    return {
      accessKeyId: session.accessKeyId,
      secretAccessKey: session.secretAccessKey,
      sessionToken: this.#keyring.sealText('session', JSON.stringify(pack(session)).padEnd(clearFor(atLeast))),
      session,
    }
  }

  /** The session that a token holds, or `undefined` where it was not issued here or was tampered with. Expiry is the gate's. */
  check(token: string): Session | undefined {
    const digest = createHash('sha256').update(token).digest('base64')
    const known = this.#opened.get(digest)
    if (known !== undefined) return known
    const clear = this.#keyring.openText('session', token)
    if (clear === undefined) return undefined
    const session = unpack(JSON.parse(clear) as Packed) // sealed by `open`: authenticated, so of this shape
    if (this.#opened.size >= REMEMBERED) this.#opened.delete(this.#opened.keys().next().value ?? '')
    this.#opened.set(digest, session)
    return session
  }
}

/** Characters in clear whose seal has so many in base64: a seal adds 33 bytes. White space after JSON says nothing. */
function clearFor(sealed: number): number {
  return Math.ceil((sealed * 3) / 4) - 33
}

function pack({ type, accessKeyId: k, secretAccessKey: s, account, identity, facts }: Session): Packed {
  const { name, issuedAt, expiresAt, policy, policyArns, tags, transitive, sourceIdentity, mfaAt, chained, keys } =
    facts
  return {
    t: type,
    k,
    s,
    a: account,
    i: identity,
    n: name,
    b: issuedAt,
    e: expiresAt,
    ...(policy === undefined ? {} : { p: policy }),
    ...(policyArns === undefined ? {} : { pa: policyArns }),
    ...(tags.length === 0 ? {} : { tg: tags.map(({ key, value }) => [key, value] as const) }),
    ...(transitive.length === 0 ? {} : { tt: transitive }),
    ...(sourceIdentity === undefined ? {} : { si: sourceIdentity }),
    ...(mfaAt === undefined ? {} : { m: mfaAt }),
    ...(chained ? { c: 1 as const } : {}),
    ...(keys === undefined ? {} : { x: keys }),
  }
}

function unpack({ t, k, s, a, i, n, b, e, p, pa, tg = [], tt = [], si, m, c, x }: Packed): Session {
  const tags: readonly Tag[] = tg.map(([key, value]) => ({ key, value }))
  const facts: SessionFacts = {
    name: n,
    issuedAt: b,
    expiresAt: e,
    ...(p === undefined ? {} : { policy: p }),
    ...(pa === undefined ? {} : { policyArns: pa }),
    tags,
    transitive: tt,
    ...(si === undefined ? {} : { sourceIdentity: si }),
    ...(m === undefined ? {} : { mfaAt: m }),
    chained: c === 1,
    ...(x === undefined ? {} : { keys: x }),
  }
  return { type: t, accessKeyId: k, secretAccessKey: s, account: a, identity: i, facts }
}
