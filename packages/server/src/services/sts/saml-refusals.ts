/** What STS says of responses that it does not take. */

import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'

export type Told = Pick<Call, 'requestId'>

export function invalid(text: string): Refusal {
  return new Refusal('InvalidIdentityToken', text)
}

export function badSignature(): Refusal {
  return invalid('Response signature invalid')
}

export function noResponse(call: Told): Refusal {
  return passedOn('Invalid base64 SAMLResponse', 'AuthSamlInvalidSamlResponseException', call)
}

export function otherIssuer(call: Told): Refusal {
  return passedOn('Issuer not present in specified provider', 'AuthSamlInvalidSamlResponseException', call)
}

export function noProvider(call: Told): Refusal {
  return passedOn("Specified provider doesn't exist", 'AuthSamlManifestNotFoundException', call)
}

/** STS passes on what the service said that it asks, with all that its client adds. */
function passedOn(text: string, code: string, { requestId }: Told): Refusal {
  const rest = `Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: ${code}; Request ID: ${requestId}; Proxy: null`
  return invalid(`${text} (${rest})`)
}
