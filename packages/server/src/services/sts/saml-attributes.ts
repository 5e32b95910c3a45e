/** Attributes of an assertion that mean something here: AWS's own, and those of directories that are condition keys. */

import type { Tag } from '@sallyport/estate'
import type { Assertion } from './saml-assertion.ts'
import { invalid } from './saml-refusals.ts'

type Attributes = Assertion['attributes']

/** UG id_roles_providers_create_saml_assertions. */
const OURS = 'https://aws.amazon.com/SAML/Attributes/'
const NAME = /^[a-zA-Z_0-9+=,.@-]{2,64}$/

/** What the provider asks of the session. */
export interface Wishes {
  readonly name: string
  readonly tags: readonly Tag[]
  readonly transitive: readonly string[]
  readonly sourceIdentity?: string
  /** Seconds that it may last at the most. */
  readonly seconds?: number
}

/** A person has several roles: each value pairs one with a provider, in either order. */
export function refuseOtherRole(attributes: Attributes, role: string, provider: string): void {
  const pairs = (attributes.get(`${OURS}Role`) ?? []).map((pair) => pair.split(',').map((arn) => arn.trim()))
  const asked = [role, provider].toSorted().join()
  if (pairs.some((pair) => pair.toSorted().join() === asked)) return
  throw invalid("SAML Assertion doesn't contain the requested Role and Metadata in the attributes")
}

export function wishesOf(attributes: Attributes): Wishes {
  const sourceIdentity = single(attributes, 'SourceIdentity')
  if (sourceIdentity !== undefined && !NAME.test(sourceIdentity)) {
    throw invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
  }
  return {
    name: nameOf(attributes),
    tags: tagsOf(attributes),
    transitive: attributes.get(`${OURS}TransitiveTagKeys`) ?? [],
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...secondsOf(attributes),
  }
}

function nameOf(attributes: Attributes): string {
  const name = single(attributes, 'RoleSessionName')
  if (name === undefined || name === '') throw invalid('RoleSessionName is required in AuthnResponse')
  if (!NAME.test(name)) throw invalid('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}')
  return name
}

/** Each tag is an attribute of its own. */
function tagsOf(attributes: Attributes): readonly Tag[] {
  const prefix = 'PrincipalTag:'
  return [...attributes.keys()].flatMap((name) => {
    const key = name.startsWith(OURS + prefix) ? name.slice(OURS.length + prefix.length) : undefined
    return key === undefined ? [] : [{ key, value: single(attributes, prefix + key) ?? '' }]
  })
}

function secondsOf(attributes: Attributes): Pick<Wishes, 'seconds'> {
  const text = single(attributes, 'SessionDuration')
  if (text === undefined) return {}
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (seconds >= 900 && seconds <= 43_200) return { seconds }
  throw invalid('SessionDuration in AuthnResponse must be between 900 and 43200 seconds')
}

/** One value, or none: of several nobody knows which was meant. */
function single(attributes: Attributes, name: string): string | undefined {
  const values = attributes.get(OURS + name) ?? []
  if (values.length > 1) throw invalid(`${name} in AuthnResponse must have one value`)
  return values[0]
}

const AD = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/'
const PERSON = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.'
const ORGANIZATION = 'urn:oid:1.3.6.1.4.1.5923.1.2.1.'

/**
 * Attributes by their names, and the keys that they are (UG id_roles_providers_create_saml_assertions, "Mapping SAML
 * attributes"). X.500's are also taken by their right numbers where that page misspells them.
 */
const LISTS: Readonly<Record<string, string>> = {
  [`${PERSON}1`]: 'edupersonaffiliation',
  [`${PERSON}2`]: 'edupersonnickname',
  [`${PERSON}4`]: 'edupersonorgunitdn',
  [`${PERSON}7`]: 'edupersonentitlement',
  [`${PERSON}9`]: 'edupersonscopedaffiliation',
  [`${PERSON}10`]: 'edupersontargetedid',
  [`${PERSON}11`]: 'edupersonassurance',
  [`${ORGANIZATION}2`]: 'eduorghomepageuri',
  [`${ORGANIZATION}3`]: 'eduorgidentityauthnpolicyuri',
  [`${ORGANIZATION}4`]: 'eduorglegalname',
  [`${ORGANIZATION}5`]: 'eduorgsuperioruri',
  [`${ORGANIZATION}6`]: 'eduorgwhitepagesuri',
  'urn:oid:2.5.4.3': 'cn',
}
const SINGLES: Readonly<Record<string, string>> = {
  [`${PERSON}3`]: 'edupersonorgdn',
  [`${PERSON}5`]: 'edupersonprimaryaffiliation',
  [`${PERSON}6`]: 'edupersonprincipalname',
  [`${PERSON}8`]: 'edupersonprimaryorgunitdn',
  [`${AD}name`]: 'name',
  'http://schemas.xmlsoap.org/claims/CommonName': 'commonName',
  [`${AD}givenname`]: 'givenName',
  [`${AD}surname`]: 'surname',
  [`${AD}emailaddress`]: 'mail',
  'http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid': 'primaryGroupSID',
  '2.5.4.3': 'commonName',
  '2.5.4.4': 'surname',
  '2.4.5.42': 'givenName',
  '2.5.4.42': 'givenName',
  '2.5.4.45': 'x500UniqueIdentifier',
  '0.9.2342.19200300100.1.1': 'uid',
  '0.9.2342.19200300.100.1.1': 'uid',
  '0.9.2342.19200300100.1.3': 'mail',
  '0.9.2342.19200300.100.1.3': 'mail',
  '0.9.2342.19200300.100.1.45': 'organizationStatus',
}

/** Of a key that holds one value the first is taken: AWS maps one claim, and does not say which. */
export function attributeKeys(attributes: Attributes): Readonly<Record<string, string | readonly string[]>> {
  const keys: Record<string, string | readonly string[]> = {}
  for (const [name, values] of attributes) {
    const list = LISTS[name]
    const single = SINGLES[name]
    const [first] = values
    if (list !== undefined && values.length > 0) keys[`saml:${list}`] = values
    if (single !== undefined && first !== undefined) keys[`saml:${single}`] ??= first
  }
  return keys
}
