/** The keys by which an account vouches for its own: made when it begins to, shown to whoever asks. */

import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { SELF, tokenIssuerHost, type Account, type TokenIssuer, type TokenKey } from '@sallyport/estate'
import type { JSONWebKeySet, JWK } from 'jose'
import type { Keyring } from './keyring.ts'

const generate = promisify(generateKeyPair)

/** One of each algorithm, under the names that AWS gives to its first ones. */
export async function newTokenKeys(keyring: Keyring): Promise<readonly TokenKey[]> {
  const rsa = await generate('rsa', { modulusLength: 2048 })
  const ec = await generate('ec', { namedCurve: 'P-384' })
  return [keyOf(keyring, 'RSA_0', 'RS256', rsa), keyOf(keyring, 'EC384_0', 'ES384', ec)]
}

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

function keyOf(keyring: Keyring, kid: string, alg: TokenKey['alg'], { publicKey, privateKey }: Pair): TokenKey {
  const sealed = keyring.sealText('token-key', String(privateKey.export({ format: 'pem', type: 'pkcs8' })))
  return { kid, alg, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }, sealed }
}

export function issuerOf(account: Account | undefined): TokenIssuer | undefined {
  return account?.all('tokenIssuer').get(SELF)
}

export function keySet({ keys }: TokenIssuer): JSONWebKeySet {
  return { keys: keys.map(({ jwk }) => jwk as JWK) } // `keyOf` exported them so
}

/** What OpenID Connect Discovery tells of it; `base` is where it was asked. */
export function discovery({ id }: TokenIssuer, base = `https://${tokenIssuerHost(id)}`): object {
  return {
    issuer: `https://${tokenIssuerHost(id)}`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES384'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'jti', 'https://sts.amazonaws.com/'],
  }
}
