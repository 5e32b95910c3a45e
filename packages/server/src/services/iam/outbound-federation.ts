/** Outbound identity federation: whether the account vouches for its users and roles before others. */

import { SELF, tokenIssuerHost, type TokenIssuer } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { DIRECTORY } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { issuerOf, newTokenKeys } from '../../token-keys.ts'

/** iam:EnableOutboundWebIdentityFederation. An account that did so before has the issuer and the keys that it had. */
export const enableOutboundWebIdentityFederation = operation<
  'iam:EnableOutboundWebIdentityFederation',
  Pick<TokenIssuer, 'keys'>
>('iam:EnableOutboundWebIdentityFederation', {
  asks: () => ({ resource: '*' }),
  refusals: ['FeatureEnabled'],
  async prepare(_input, { account, keyring }) {
    return { keys: issuerOf(account)?.keys ?? (await newTokenKeys(keyring)) }
  },
  run(_input, { account, now, random, prepared }) {
    const before = issuerOf(account)
    if (before?.enabled === true) {
      throw new Refusal(
        'FeatureEnabled',
        'Outbound Web Identity Federation feature is already enabled for this account',
      )
    }
    const issuer = before ?? { id: uuid(random), createdAt: now, keys: prepared.keys }
    const changes = [
      put(account.id, 'tokenIssuer', SELF, { ...issuer, enabled: true }),
      put(DIRECTORY, 'tokenIssuer', issuer.id, { account: account.id }),
    ]
    return { output: { IssuerIdentifier: `https://${tokenIssuerHost(issuer.id)}` }, changes }
  },
})

/** iam:DisableOutboundWebIdentityFederation. Tokens that are out stay good until they expire, for whoever has the keys. */
export const disableOutboundWebIdentityFederation = operation('iam:DisableOutboundWebIdentityFederation', {
  asks: () => ({ resource: '*' }),
  refusals: ['FeatureDisabled'],
  run(_input, call) {
    const issuer = enabled(call)
    return { output: {}, changes: [put(call.account.id, 'tokenIssuer', SELF, { ...issuer, enabled: false })] }
  },
})

/** iam:GetOutboundWebIdentityFederationInfo. */
export const getOutboundWebIdentityFederationInfo = operation('iam:GetOutboundWebIdentityFederationInfo', {
  asks: () => ({ resource: '*' }),
  refusals: ['FeatureDisabled'],
  run: (_input, call) => ({
    output: { IssuerIdentifier: `https://${tokenIssuerHost(enabled(call).id)}`, JwtVendingEnabled: true },
  }),
})

function enabled({ account }: Call): TokenIssuer {
  const issuer = issuerOf(account)
  if (issuer?.enabled === true) return issuer
  throw new Refusal('FeatureDisabled', 'Outbound Web Identity Federation feature is disabled for this account')
}
