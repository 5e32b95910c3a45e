/** AWS's own policies that AWS has withdrawn, what took their place, and what that no longer allows. */

import type { Estate } from '@sallyport/estate'
import { globMatches, parse } from '@sallyport/policy'

const SUCCESSORS: Readonly<Record<string, string>> = {
  // Lambda Developer Guide, "AWS managed policies for AWS Lambda": withdrawn on 2021-03-01.
  'arn:aws:iam::aws:policy/AWSLambdaReadOnlyAccess': 'arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess',
}

/** Our own words after AWS's: where to go instead, and at what loss. Empty where we know of no successor. */
export function withdrawnNote(estate: Estate, arn: string): string {
  const successor = SUCCESSORS[arn]
  if (successor === undefined) return ''
  const lost = actionsOf(estate, arn).filter(
    (action) => !actionsOf(estate, successor).some((kept) => globMatches(kept, action)),
  )
  return ` (sallyport: AWS withdrew ${name(arn)}; its successor is ${name(successor)}, which does not allow ${lost.join(', ')})`
}

function name(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}

function actionsOf(estate: Estate, arn: string): readonly string[] {
  const policy = estate.catalogue.policy(arn)
  const text = policy?.versions.find(({ id }) => id === policy.defaultVersion)?.document ?? ''
  const parsed = parse(text, 'identity')
  return parsed.ok ? parsed.document.statements.flatMap(({ actions = [] }) => actions) : []
}
