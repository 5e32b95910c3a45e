/** Who signed the policy of a browser's form: Signature Version 4, and the older one that some forms still carry. */

import { createHmac } from 'node:crypto'
import { Refusal } from '../refusal.ts'
import type { Claim } from './claim.ts'
import { hmac, S3_MISMATCH, sameSignature, type SigningKeys } from './signature.ts'

/** Proves a `post` or `v2post` claim. When it holds is the policy's own to say. */
export function verifyPost(claim: Claim, secret: string, keys: SigningKeys): Claim {
  const { accessKeyId, date, region, service, signed = '', signature } = claim
  const computed =
    claim.form === 'v2post'
      ? createHmac('sha1', secret).update(signed).digest('base64')
      : hmac(keys.keyFor(accessKeyId, secret, date, region, service), signed)
  if (sameSignature(computed, signature)) return claim
  throw new Refusal('badSignature', S3_MISMATCH, {
    AWSAccessKeyId: accessKeyId,
    StringToSign: signed,
    SignatureProvided: signature,
  })
}
