/** What a certificate must be for IAM to keep it: readable, within its time, and where it has a key or a chain, theirs. */

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'

const UNREADABLE = 'Unable to parse certificate. Please ensure the certificate is in PEM format.'

/** A server certificate, whose key must be its own and whose chain must lead on from it. */
export function checkPair(
  { CertificateBody, PrivateKey, CertificateChain: chain }: Input<'iam:UploadServerCertificate'>,
  now: number,
) {
  const certificate = certificateIn(CertificateBody)
  if (certificate === undefined) throw malformed(UNREADABLE)
  const key = keyIn(PrivateKey)
  if (key === undefined) throw malformed('Unable to parse key; the body must contain only a PEM encoded private key')
  if (!certificate.checkPrivateKey(key)) {
    throw new Refusal('KeyPairMismatch', 'Public key does not match the private key.')
  }
  refuseOutdated(certificate, now)
  if (chain !== undefined) refuseBroken(certificate, chain)
  return { body: CertificateBody.trim(), expiresAt: Date.parse(certificate.validTo), chain: chain?.trim() }
}

export function certificateIn(text: string): X509Certificate | undefined {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) return undefined
  try {
    return new X509Certificate(text)
  } catch {
    return undefined
  }
}

/** Recorded. AWS says of one whose time is to come that it could not read it. */
export function refuseOutdated({ validFrom, validTo }: X509Certificate, now: number): void {
  if (now < Date.parse(validFrom)) throw malformed(UNREADABLE)
  if (now <= Date.parse(validTo)) return
  throw malformed("Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed.")
}

/** One that is encrypted cannot be read. */
function keyIn(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text)
  } catch {
    return undefined
  }
}

const PEM = /-----BEGIN CERTIFICATE-----[\w\s+/=]+-----END CERTIFICATE-----/g

/** Each certificate must have been issued by the one after it. AWS counts from the chain's first: the certificate itself is -1. */
function refuseBroken(first: X509Certificate, chain: string): void {
  let at = first
  for (const [index, text] of (chain.match(PEM) ?? ['']).entries()) {
    const next = certificateIn(text)
    if (next === undefined || !at.checkIssued(next) || !at.verify(next.publicKey)) {
      throw malformed(
        `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${index - 1}`,
      )
    }
    at = next
  }
}

function malformed(text: string): Refusal {
  return new Refusal('MalformedCertificate', text)
}
