/**
 * The keys of identity providers: read from where a provider says they are, as OpenID Connect Discovery has it, or given by
 * the operator for providers that this machine does not reach. UG id_roles_providers_create_oidc.
 */

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { JSONWebKeySet } from 'jose'
import { Refusal } from './refusal.ts'

/** By issuer, without `https://`. */
export type GivenKeys = ReadonlyMap<string, JSONWebKeySet>

interface Provider {
  readonly url: string
  readonly thumbprints: readonly string[]
}

/** Of an answer of a provider's. */
const BYTES_AT_MOST = 512 * 1024
/** Milliseconds. */
const PATIENCE = 5_000
/** How long keys are used before they are read again; sooner where a token names one that is not among them. */
const KEPT = 10 * 60_000
const REMEMBERED = 1_000

export class Issuers {
  readonly #given: GivenKeys
  readonly #own: (url: string) => Promise<JSONWebKeySet | undefined>
  readonly #now: () => number
  readonly #read = new Map<string, { readonly keys: JSONWebKeySet; readonly at: number }>()

  /** `own`: the keys of accounts of ours that are providers themselves. `now`: the machine's time, since the others are outside. */
  constructor(given: GivenKeys, own: (url: string) => Promise<JSONWebKeySet | undefined>, now: () => number) {
    this.#given = given
    this.#own = own
    this.#now = now
  }

  /** The provider's keys, among them the one called `kid` if it has one of that name. */
  async keysOf(provider: Provider, kid: string | undefined): Promise<JSONWebKeySet> {
    const given = this.#given.get(provider.url) ?? (await this.#own(provider.url))
    if (given !== undefined) return given
    const place = JSON.stringify([provider.url, provider.thumbprints])
    const known = this.#read.get(place)
    const fresh = known !== undefined && known.at + KEPT > this.#now()
    if (fresh && (kid === undefined || known.keys.keys.some((key) => key.kid === kid))) return known.keys
    const keys = await readKeys(provider)
    if (this.#read.size >= REMEMBERED) this.#read.clear()
    this.#read.set(place, { keys, at: this.#now() })
    return keys
  }
}

async function readKeys(provider: Provider): Promise<JSONWebKeySet> {
  const discovered = await readJson(`https://${provider.url}/.well-known/openid-configuration`, provider)
  const place = memberOf(discovered, 'jwks_uri')
  if (typeof place !== 'string' || !place.startsWith('https://')) throw noKeys()
  const keys = await readJson(place, provider)
  if (!Array.isArray(memberOf(keys, 'keys'))) throw noKeys()
  return keys as JSONWebKeySet // `jose` looks at each key before it uses it
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

async function readJson(url: string, provider: Provider): Promise<unknown> {
  const response = await ask(url, provider)
  if (response.statusCode !== 200) throw noKeys()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BYTES_AT_MOST) throw noKeys()
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw noKeys()
  }
}

/** No redirect is followed, and nothing is sent before the other side has shown who it is. */
function ask(url: string, { thumbprints }: Provider): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const unreachable = () => reject(noKeys())
    // `secureConnect` comes before the request is written: the check below is the one that Node would make, and ours beside it
    const asked = request(url, { agent: false, rejectUnauthorized: false, timeout: PATIENCE }, resolve)
    asked.on('timeout', () => asked.destroy(new Error('timeout')))
    asked.on('error', (error) => (error instanceof Refusal ? reject(error) : unreachable()))
    asked.on('socket', (socket) =>
      socket.once('secureConnect', () => {
        if (!isTrusted(socket as TLSSocket, new URL(url).hostname, thumbprints)) asked.destroy(otherCertificate()) // of https
      }),
    )
    asked.end()
  })
}

function isTrusted(socket: TLSSocket, host: string, thumbprints: readonly string[]): boolean {
  if (socket.authorized) return true
  const own = socket.getPeerCertificate(true)
  if (checkServerIdentity(host, own) !== undefined) return false
  const wanted = new Set(thumbprints.map((one) => one.toLowerCase()))
  return chainOf(own).some(({ raw }) => wanted.has(createHash('sha1').update(raw).digest('hex')))
}

/** Each certificate points to its issuer's, and the last one to itself. */
function chainOf(own: PeerCertificate): readonly PeerCertificate[] {
  const chain: PeerCertificate[] = []
  let at: PeerCertificate | undefined = own
  while (at?.raw !== undefined && !chain.includes(at) && chain.length < 10) {
    chain.push(at)
    at = 'issuerCertificate' in at ? (at.issuerCertificate as PeerCertificate | undefined) : undefined // `getPeerCertificate(true)` has it
  }
  return chain
}

function noKeys(): Refusal {
  return new Refusal(
    'InvalidIdentityToken',
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  )
}

function otherCertificate(): Refusal {
  return new Refusal(
    'InvalidIdentityToken',
    "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
  )
}
