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
