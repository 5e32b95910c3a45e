/**
 * Whether a bucket takes a policy: what the parser asks, then what S3 alone does. Every resource lies in the bucket, every
 * action is S3's and applies to a resource of its statement, every condition to an action. The words are S3's.
 */

import type { AuthorizationReference, KnownAction, Statement } from '@sallyport/policy'
import { globMatches, parse } from '@sallyport/policy'
import { Refusal } from '../../refusal.ts'

/** S3 User Guide add-bucket-policy: 20 KB. */
export const POLICY_BYTES = 20 * 1024

/** What the policy hangs on: the ARNs that its resources may have. */
export interface Hanger {
  /** The ARN itself, and what the names of the things in it begin with. */
  readonly self: string
  readonly inside: string
  /** Types of resources in the reference: what `self` is, and what lies in it. */
  readonly types: readonly [self: string, inside: string]
}

export function bucketHanger(arn: string): Hanger {
  return { self: arn, inside: `${arn}/`, types: ['bucket', 'object'] }
}

export function checkPolicy(text: string, hanger: Hanger, reference: AuthorizationReference): void {
  if (Buffer.byteLength(text) > POLICY_BYTES) throw malformed('Policy exceeds the maximum allowed document size.')
  const parsed = parse(text, 'resource')
  if (!parsed.ok) throw malformed(parsed.findings[0]?.message ?? 'Invalid policy syntax.')
  const { statements } = parsed.document
  if (statements.length === 0) throw malformed('Missing required field Statement')
  for (const statement of statements) checkStatement(statement, hanger, reference)
}

export function malformed(message: string): Refusal {
  return new Refusal('MalformedPolicy', message)
}

function checkStatement(statement: Statement, hanger: Hanger, reference: AuthorizationReference): void {
  const { resources, notResources = [], actions, notActions = [], conditions } = statement
  const { principal = statement.notPrincipal } = statement
  if (principal?.by.CanonicalUser !== undefined) throw malformed('Invalid principal in policy') // none of our accounts
  const places = resources ?? notResources
  if (!places.every((place) => belongs(place, hanger))) throw malformed('Policy has invalid resource')
  const kinds = new Set(places.map((place) => (place.startsWith(hanger.inside) ? hanger.types[1] : hanger.types[0])))
  const named = (actions ?? notActions).map((action) => known(action, reference))
  if (named.some((found) => found.length === 0)) throw malformed('Policy has invalid action')
  if (actions === undefined || resources === undefined) return
  const applying = named.map((found) => found.filter((action) => applies(action, kinds, hanger)))
  if (applying.some((found) => found.length === 0)) {
    throw malformed('Action does not apply to any resource(s) in statement')
  }
  const keys = conditions.map(({ key }) => key.toLowerCase()).filter((key) => !key.startsWith('aws:'))
  for (const key of keys) checkKey(key, applying)
}

function belongs(place: string, { self, inside }: Hanger): boolean {
  return place === self || place.startsWith(inside)
}

/** The actions of S3 that a pattern names. `*` and `s3:*` name all. */
function known(pattern: string, reference: AuthorizationReference): readonly KnownAction[] {
  const [service = '', name = '*'] = pattern.toLowerCase().split(':')
  if (service !== '*' && service !== 's3') return []
  const names = reference.actionsOf('s3') ?? []
  return names
    .filter((one) => globMatches(name, one.toLowerCase()))
    .flatMap((one) => reference.action(`s3:${one}`) ?? [])
}

function applies({ resourceTypes }: KnownAction, kinds: ReadonlySet<string>, { types }: Hanger): boolean {
  return resourceTypes.some(({ name }) => kinds.has(name === 'accesspointobject' ? types[1] : name))
}

/** A condition bears on every action that the statement lists, or S3 refuses it: `s3:prefix` does not go with GetObject. */
function checkKey(key: string, applying: readonly (readonly KnownAction[])[]): void {
  const fits = applying.every((actions) =>
    actions.some((action) => action.conditionKeys.some((one) => isKey(one, key))),
  )
  if (!fits) throw malformed('Conditions do not apply to combination of actions and resources in statement')
}

/** A key of the reference may stand for a family: `s3:ExistingObjectTag/<key>`. */
function isKey(known: string, key: string): boolean {
  const name = known.toLowerCase()
  const slash = name.search(/\/[<$]/)
  return slash < 0 ? name === key : key.startsWith(name.slice(0, slash + 1)) && key.length > slash + 1
}
