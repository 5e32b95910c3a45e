/** A proved assertion: of whom it speaks, to whom, and for how long. */

import { Refusal } from '../../refusal.ts'
import { attributeOf, childrenOf, onlyChild, textOf, timeOf, type Element } from '../../saml/xml.ts'
import { invalid } from './saml-refusals.ts'

export interface Assertion {
  readonly id: string
  readonly issuer: string
  readonly subject: string
  /** `persistent`, `transient`, or the whole name of a form. */
  readonly subjectType: string
  /** Where it was sent to. */
  readonly recipient: string
  /** By their names, in their order. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
  /** When the provider's own session with the person ends. */
  readonly sessionEnds?: number
}

/** UG troubleshoot_saml: a response must be used within five minutes. */
const GOOD_FOR = 300_000
/** By how much the provider's clock may be ahead. `[I]` */
const LEEWAY = 300_000

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
const UNSPECIFIED = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'
const ENDPOINT = /^https:\/\/(?:[a-z]{2}(?:-[a-z]+)+-\d\.)?signin\.aws\.amazon\.com\/saml(?:\/acs\/([A-Z0-9]+))?$/
const AUDIENCE = 'urn:amazon:webservices'

/** `uuid` is the provider's: where AWS has an address for it alone, that is the last part. */
export function readAssertion(assertion: Element, uuid: string, now: number): Assertion {
  if (attributeOf(assertion, 'Version') !== '2.0') throw invalid('The SAML assertion must be of version 2.0')
  refuseOld(assertion, now)
  refuseConditions(onlyChild(assertion, 'assertion', 'Conditions'), uuid, now)
  const subject = onlyChild(assertion, 'assertion', 'Subject')
  const recipient = recipientOf(subject, uuid, now)
  const nameId = onlyChild(subject, 'assertion', 'NameID')
  // UG troubleshoot_saml: a response without a NameID is not authorised.
  if (textOf(nameId) === '') throw new Refusal('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithSAML')
  return {
    id: attributeOf(assertion, 'ID') ?? '',
    issuer: textOf(onlyChild(assertion, 'assertion', 'Issuer')),
    subject: textOf(nameId),
    subjectType: (attributeOf(nameId, 'Format') ?? UNSPECIFIED).replace(
      'urn:oasis:names:tc:SAML:2.0:nameid-format:',
      '',
    ),
    recipient,
    attributes: attributesOf(assertion),
    ...sessionEnd(assertion, now),
  }
}

function refuseOld(assertion: Element, now: number): void {
  const issued = timeIn(assertion, 'IssueInstant')
  if (issued === undefined || issued > now + LEEWAY) throw invalid('The SAML assertion is not valid yet')
  if (issued + GOOD_FOR > now) return
  throw new Refusal('ExpiredTokenException', 'Token must be redeemed within 5 minutes of issuance')
}

function refuseConditions(conditions: Element | undefined, uuid: string, now: number): void {
  if (conditions === undefined) throw noAudience()
  const from = timeIn(conditions, 'NotBefore')
  const until = timeIn(conditions, 'NotOnOrAfter')
  if (from !== undefined && from > now + LEEWAY) throw invalid('The SAML assertion is not valid yet')
  if (until !== undefined && until <= now) throw expired()
  const restrictions = childrenOf(conditions, 'assertion', 'AudienceRestriction')
  const admits = (restriction: Element) =>
    childrenOf(restriction, 'assertion', 'Audience').some((audience) => isAudience(textOf(audience), uuid))
  if (restrictions.length === 0 || !restrictions.every(admits)) throw noAudience()
}

function isAudience(text: string, uuid: string): boolean {
  return text === AUDIENCE || isEndpoint(text, uuid)
}

function isEndpoint(text: string, uuid: string): boolean {
  const [whole, id = uuid] = ENDPOINT.exec(text) ?? []
  return whole !== undefined && id === uuid
}

/** Exactly one confirmation, of whoever bears it, that says to whom and until when (UG id_roles_providers_create_saml_assertions). */
function recipientOf(subject: Element | undefined, uuid: string, now: number): string {
  const confirmation = onlyChild(subject, 'assertion', 'SubjectConfirmation')
  const data = onlyChild(confirmation, 'assertion', 'SubjectConfirmationData')
  const recipient = attributeOf(data, 'Recipient')
  const until = timeIn(data, 'NotOnOrAfter')
  if (attributeOf(confirmation, 'Method') !== BEARER || recipient === undefined || until === undefined) {
    // AWS spells it so.
    throw invalid('Responses must contain SubjectConfirmatonData with a Recipient and NotOnOrAfter')
  }
  if (!isEndpoint(recipient, uuid)) throw invalid('Response does not contain the required recipient.')
  if (until <= now) throw expired()
  return recipient
}

function attributesOf(assertion: Element): ReadonlyMap<string, readonly string[]> {
  const found = childrenOf(assertion, 'assertion', 'AttributeStatement').flatMap((statement) =>
    childrenOf(statement, 'assertion', 'Attribute').map((attribute) => ({
      name: attributeOf(attribute, 'Name') ?? '',
      values: childrenOf(attribute, 'assertion', 'AttributeValue').map(textOf),
    })),
  )
  const attributes = new Map<string, readonly string[]>()
  for (const { name, values } of found) attributes.set(name, [...(attributes.get(name) ?? []), ...values])
  return attributes
}

function sessionEnd(assertion: Element, now: number): Pick<Assertion, 'sessionEnds'> {
  const ends = childrenOf(assertion, 'assertion', 'AuthnStatement').flatMap(
    (statement) => timeIn(statement, 'SessionNotOnOrAfter') ?? [],
  )
  if (ends.length === 0) return {}
  const sessionEnds = Math.min(...ends)
  if (sessionEnds <= now) throw expired()
  return { sessionEnds }
}

/** A time that is there but cannot be read is no time that nobody set. */
function timeIn(element: Element | undefined, name: string): number | undefined {
  const text = attributeOf(element, name)
  const time = timeOf(text)
  if (text !== undefined && time === undefined) throw invalid(`${name} of the SAML assertion is not a time`)
  return time
}

function expired(): Refusal {
  return new Refusal('ExpiredTokenException', 'Response has expired')
}

function noAudience(): Refusal {
  return invalid('Response does not contain the required audience.')
}
