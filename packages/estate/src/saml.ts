/** Identity providers of SAML 2.0, whose responses AssumeRoleWithSAML takes. */

import type { Tag } from './account.ts'

export interface SamlProvider {
  readonly kind: 'samlProvider'
  readonly name: string
  /** What AWS puts at the end of the sign-in address of providers that encrypt. */
  readonly uuid: string
  /** The provider's own description of itself, as it was given: its name, and the certificates that it signs with. */
  readonly metadata: string
  readonly validUntil: number
  /** Whether assertions must, or may, be encrypted; absent where nobody said. */
  readonly encryption?: SamlEncryption
  /** What decrypts its assertions: two at the most, so that one can follow the other. */
  readonly privateKeys: readonly SamlPrivateKey[]
  readonly createdAt: number
  readonly tags: readonly Tag[]
}

export type SamlEncryption = 'Required' | 'Allowed'

export interface SamlPrivateKey {
  readonly id: string
  readonly createdAt: number
  /** The key in PEM, encrypted at rest. Only the server can open it. */
  readonly sealed: string
}

export function samlProviderArn(account: string, name: string): string {
  return `arn:aws:iam::${account}:saml-provider/${name}`
}
