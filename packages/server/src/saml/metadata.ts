/** What an identity provider says of itself: its name, and the certificates that it signs with. */

import { X509Certificate } from 'node:crypto'
import {
  attributeOf,
  childrenOf,
  descendantsOf,
  is,
  NAMESPACES,
  parseXml,
  textOf,
  timeOf,
  type Element,
} from './xml.ts'

export interface SamlMetadata {
  readonly entityId: string
  /** Whose keys may sign, in PEM. */
  readonly certificates: readonly string[]
  readonly validUntil?: number
}

/** UG troubleshoot_saml, "Could not parse metadata". */
const SMALLEST_KEY = 1024

/** `undefined` where it is not the metadata of an identity provider, or no key to check it by is in it. */
export function readMetadata(text: string): SamlMetadata | undefined {
  const root = parseXml(text)
  if (root === undefined || !is(root, 'metadata', 'EntityDescriptor')) return undefined
  const entityId = attributeOf(root, 'entityID') ?? ''
  const roles = childrenOf(root, 'metadata', 'IDPSSODescriptor').filter(isSaml2)
  const certificates = roles.flatMap(certificatesOf)
  const until = attributeOf(root, 'validUntil')
  const validUntil = timeOf(until)
  if (entityId === '' || roles.length === 0 || !roles.every(signsOn)) return undefined
  if (certificates.length === 0 || !certificates.every(isStrong)) return undefined
  if (until !== undefined && validUntil === undefined) return undefined
  return { entityId, certificates, ...(validUntil === undefined ? {} : { validUntil }) }
}

function isSaml2(role: Element): boolean {
  return (attributeOf(role, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(NAMESPACES.protocol)
}

/** The schema asks for a place where people sign in. */
function signsOn(role: Element): boolean {
  const places = childrenOf(role, 'metadata', 'SingleSignOnService')
  return places.length > 0 && places.every((place) => (attributeOf(place, 'Location') ?? '') !== '')
}

/** A key that does not say what it is for is for everything. */
function certificatesOf(role: Element): readonly string[] {
  return childrenOf(role, 'metadata', 'KeyDescriptor')
    .filter((key) => (attributeOf(key, 'use') ?? 'signing') === 'signing')
    .flatMap((key) => descendantsOf(key, 'signature', 'X509Certificate'))
    .map((certificate) => pemOf(textOf(certificate)))
}

function pemOf(base64: string): string {
  const lines = base64.replace(/\s/g, '').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function isStrong(pem: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = new X509Certificate(pem).publicKey
    return asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) >= SMALLEST_KEY
  } catch {
    return false // no certificate
  }
}
