/** Who vouches for people that an account does not know: identity providers of OpenID Connect. */

import type { Tag } from './account.ts'

/** Its ARN ends in the URL without its scheme, and so does its key. */
export interface OpenIdProvider {
  readonly kind: 'oidcProvider'
  /** Without `https://`. */
  readonly url: string
  /** For whom its tokens may be: their `aud`. */
  readonly clientIds: readonly string[]
  /** SHA-1 of certificates, 40 hexadecimal digits each, of which its server must show one where no public authority vouches for it. */
  readonly thumbprints: readonly string[]
  readonly createdAt: number
  readonly tags: readonly Tag[]
}

export function openIdProviderArn(account: string, url: string): string {
  return `arn:aws:iam::${account}:oidc-provider/${url}`
}

/** The account as a provider itself: it vouches for its users and roles before others (UG id_roles_providers_outbound). */
export interface TokenIssuer {
  /** The first label of its host: a UUID. */
  readonly id: string
  readonly enabled: boolean
  readonly createdAt: number
  readonly keys: readonly TokenKey[]
}

export interface TokenKey {
  readonly kid: string
  readonly alg: 'RS256' | 'ES384'
  /** The public half, as a JSON Web Key. */
  readonly jwk: Readonly<Record<string, unknown>>
  /** The private half in PEM, encrypted at rest. Only the server can open it. */
  readonly sealed: string
}

export function tokenIssuerHost(id: string): string {
  return `${id}.tokens.sts.global.api.aws`
}
