/** ID tokens: what a provider of OpenID Connect says of somebody, once it is proved that the provider said it. */

import type { Account, OpenIdProvider, Tag } from '@sallyport/estate'
import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWTPayload } from 'jose'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'

/** UG id_roles_providers_create_oidc, "Prerequisites". */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']
const TAGS_CLAIM = 'https://aws.amazon.com/tags'
const SOURCE_CLAIM = 'https://aws.amazon.com/source_identity'

export interface IdToken {
  readonly provider: OpenIdProvider
  /** As the token spells it, scheme and all. */
  readonly issuer: string
  readonly subject: string
  /** The client that the token was issued to. */
  readonly audience: string
  readonly tags: readonly Tag[]
  readonly transitive: readonly string[]
  readonly sourceIdentity?: string
  /** Condition keys, by the provider's name: `token.example.com:sub`. */
  readonly keys: Readonly<Record<string, string | readonly string[]>>
}

/** A token that a provider of the account signed, for a client that the provider was registered with, and that is not over. */
export async function readIdToken(
  text: string,
  home: Account | undefined,
  { now, issuers }: Pick<Call, 'now' | 'issuers'>,
): Promise<IdToken> {
  const { claims, kid } = decoded(text)
  const issuer = claim(claims, 'iss')
  const provider = providerOf(home, issuer)
  const subject = claim(claims, 'sub')
  const audience = audienceOf(claims, provider)
  refuseExpired(claims, now)
  await prove(text, await issuers.keysOf(provider, kid))
  const source = claims[SOURCE_CLAIM]
  return {
    provider,
    issuer,
    subject,
    audience,
    ...tagsOf(claims[TAGS_CLAIM]),
    ...(typeof source === 'string' ? { sourceIdentity: source } : {}),
    keys: keysOf(provider.url, claims, audience),
  }
}

function decoded(text: string): { readonly claims: JWTPayload; readonly kid: string | undefined } {
  try {
    return { claims: decodeJwt(text), kid: decodeProtectedHeader(text).kid }
  } catch {
    throw invalid('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)')
  }
}

function claim(claims: JWTPayload, name: string): string {
  const value = claims[name]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(`Missing a required claim: ${name}`)
}

function providerOf(home: Account | undefined, issuer: string): OpenIdProvider {
  const url = issuer.replace(/^https:\/\//, '')
  const provider = issuer.startsWith('https://') ? home?.all('oidcProvider').get(url) : undefined
  if (provider === undefined) throw invalid(`No OpenIDConnect provider found in your account for ${issuer}`)
  return provider
}

/** Where a token says to which of several clients it was issued (`azp`), that one counts. */
function audienceOf(claims: JWTPayload, { clientIds }: OpenIdProvider): string {
  const { aud, azp } = claims
  if (aud === undefined) throw invalid('Missing a required claim: aud')
  const wanted = typeof azp === 'string' ? [azp] : [aud].flat()
  const found = wanted.find((one) => clientIds.includes(one))
  if (found === undefined) throw invalid('Incorrect token audience')
  return found
}

function refuseExpired({ exp, nbf, iat }: JWTPayload, now: number): void {
  if (exp === undefined) throw invalid('Missing a required claim: exp')
  if (iat === undefined) throw invalid('Missing a required claim: iat')
  const seconds = Math.floor(now / 1000)
  if (exp <= seconds) {
    throw new Refusal(
      'ExpiredTokenException',
      `Token expired: current date/time ${seconds} must be before the expiration date/time ${exp}`,
    )
  }
  if ((nbf ?? 0) > seconds + LEEWAY) throw invalid('Token is not valid yet')
}

/** Seconds that clocks may differ by. */
const LEEWAY = 300

async function prove(text: string, keys: Parameters<typeof createLocalJWKSet>[0]): Promise<void> {
  try {
    await compactVerify(text, createLocalJWKSet(keys), { algorithms: ALGORITHMS })
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys && (await provedByOne(text, error))) return
    if (!(error instanceof errors.JOSEError) && !(error instanceof TypeError)) throw error
    throw invalid('The web identity token that was passed could not be validated: its signature is not the provider’s')
  }
}

/** A token that does not say which of the provider's keys signed it. */
async function provedByOne(text: string, candidates: errors.JWKSMultipleMatchingKeys): Promise<boolean> {
  for await (const key of candidates) {
    const proved = await compactVerify(text, key, { algorithms: ALGORITHMS }).catch(() => undefined)
    if (proved !== undefined) return true
  }
  return false
}

/** Session tags nested in one claim, a list of one value each (UG id_session-tags, "Passing session tags using AssumeRoleWithWebIdentity"). */
function tagsOf(claimed: unknown): Pick<IdToken, 'tags' | 'transitive'> {
  const { principal_tags: tags, transitive_tag_keys: keys } = recordOf(claimed)
  return {
    tags: Object.entries(recordOf(tags)).map(([key, value]) => ({ key, value: String([value].flat()[0] ?? '') })),
    transitive: Array.isArray(keys) ? keys.map(String) : [],
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** `aud` is the client; where `azp` says it, what the token has as `aud` is `oaud`. UG reference_policies_iam-condition-keys. */
function keysOf(url: string, claims: JWTPayload, audience: string): IdToken['keys'] {
  const { aud, azp } = claims
  const own = Object.entries(claims).filter(([name]) => !UNKEYED.has(name))
  const named = own.flatMap(([name, value]) => {
    const text = textOf(value)
    return text === undefined ? [] : [[`${url}:${name}`, text] as const]
  })
  const original = azp === undefined || aud === undefined ? [] : [[`${url}:oaud`, [aud].flat()[0] ?? ''] as const]
  return { ...Object.fromEntries([...named, ...original]), [`${url}:aud`]: audience }
}

/** Claims that are no condition keys. */
const UNKEYED: ReadonlySet<string> = new Set([
  'aud',
  'azp',
  'exp',
  'iat',
  'nbf',
  'iss',
  'jti',
  TAGS_CLAIM,
  SOURCE_CLAIM,
])

function textOf(value: unknown): string | readonly string[] | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const all = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
  return all.length === 0 ? undefined : all
}

function invalid(text: string): Refusal {
  return new Refusal('InvalidIdentityToken', text)
}
