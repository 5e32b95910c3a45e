/** Private keys of SAML providers, which decrypt assertions. The texts are those of UG troubleshoot_saml. */

import type { SamlPrivateKey, SamlProvider } from '@sallyport/estate'
import { createPrivateKey } from 'node:crypto'
import type { Call } from '../../call.ts'
import { samlKeyId } from '../../ids.ts'
import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'

const KEYS_AT_MOST = 2
/** Bits of an RSA key: what a provider's certificates must have. */
const SMALLEST = 1024

type Keys = readonly SamlPrivateKey[]
type Sealing = Pick<Call, 'now' | 'random' | 'keyring'>

export function addKey(before: Keys, pem: string, { now, random, keyring }: Sealing): Keys {
  if (!isPrivateKey(pem)) throw new Refusal('InvalidInput', 'Invalid private key.')
  if (before.length >= KEYS_AT_MOST)
    throw new Refusal('LimitExceeded', `Private key limit of ${KEYS_AT_MOST} is reached.`)
  return [...before, { id: samlKeyId(random), createdAt: now, sealed: keyring.sealText('saml-key', pem) }]
}

/** The keys after an update. */
export function changeKeys(before: SamlProvider, input: Input<'iam:UpdateSAMLProvider'>, sealing: Sealing): Keys {
  const { AddPrivateKey: added, RemovePrivateKey: removed, SAMLMetadataDocument, AssertionEncryptionMode } = input
  const { privateKeys, encryption } = before
  if ([added, removed, SAMLMetadataDocument, AssertionEncryptionMode].every((one) => one === undefined)) {
    throw wrong('Unable to update identity provider. No updates are defined for metadata or encryption assertion.')
  }
  if (added !== undefined && removed !== undefined) {
    throw wrong(
      'Unable to add and remove private keys in the same request. Set a value for only one of the two parameters.',
    )
  }
  if (added !== undefined) return addKey(privateKeys, added, sealing)
  if (removed === undefined) return privateKeys
  const rest = privateKeys.filter(({ id }) => id !== removed)
  if (rest.length === privateKeys.length) {
    throw wrong('Failed to remove private key because the Key ID does not match a private key.')
  }
  const required = (AssertionEncryptionMode ?? encryption) === 'Required'
  if (rest.length === 0 && required) throw wrong('Failed to remove private key.')
  return rest
}

/** Gives the provider back if it can decrypt what it is to require. */
export function checkEncryption(provider: SamlProvider): SamlProvider {
  if (provider.encryption !== 'Required' || provider.privateKeys.length > 0) return provider
  throw wrong('Unable to set assertion encryption mode to Required because no private key is provided.')
}

function isPrivateKey(pem: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem)
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= SMALLEST
  } catch {
    return false // no key, or one behind a passphrase
  }
}

function wrong(text: string): Refusal {
  return new Refusal('InvalidInput', text)
}
