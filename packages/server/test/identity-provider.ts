/** A provider of OpenID Connect, as a pipeline or a cluster has one: it signs tokens, and shows its keys over HTTPS. */

import { createHash, X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet, type JWTPayload } from 'jose'
import { issueAuthority, issueLeaf } from '../src/tls/certificates.ts'

export interface Signer {
  readonly keys: JSONWebKeySet
  /** Epoch milliseconds; the token is good for an hour unless its claims say otherwise. */
  token(claims: JWTPayload, now: number): Promise<string>
}

export async function newSigner(kid = 'one', alg = 'RS256'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return {
    keys: { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }] },
    token(claims, now) {
      const iat = Math.floor(now / 1000)
      return new SignJWT({ iat, exp: iat + 3600, ...claims }).setProtectedHeader({ alg, kid }).sign(privateKey)
    },
  }
}

export interface IdentityProvider extends Signer {
  /** `https://localhost:…` */
  readonly issuer: string
  /** SHA-1 of its certificate, which nobody vouches for. */
  readonly thumbprint: string
  /** How often its keys were read. */
  readonly reads: () => number
  close(): void
}

const DAY = 86_400_000

export async function startProvider(): Promise<IdentityProvider> {
  const signer = await newSigner()
  const span = { from: Date.now() - DAY, until: Date.now() + DAY }
  const authority = await issueAuthority(span)
  const { certificate, key } = await issueLeaf(authority, { ...span, names: ['localhost'], addresses: [] })
  let reads = 0
  const server = createServer({ cert: certificate, key }, ({ url }, response) => {
    if (url === '/keys') reads += 1
    response.end(JSON.stringify(url === '/keys' ? signer.keys : { jwks_uri: `${issuer}/keys` }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}` // it listens on a port
  return {
    ...signer,
    issuer,
    thumbprint: createHash('sha1').update(new X509Certificate(certificate).raw).digest('hex'),
    reads: () => reads,
    close: () => server.close(),
  }
}
