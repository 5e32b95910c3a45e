/** The middle of the road: asking the law, and wording its no. */

import {
  accountOf,
  gather,
  organizationOf,
  principalArn,
  type Circumstances,
  type Estate,
  type Principal,
} from '@sallyport/estate'
import { decide, denial, type Decision } from '@sallyport/policy'
import { sealMessage } from './explanation.ts'
import type { Keyring } from './keyring.ts'
import type { Asking } from './operation.ts'
import { Refusal } from './refusal.ts'

/** Whose call it is and how it came in: the same for every question that it asks. */
export interface Petition {
  readonly principal: Principal
  readonly circumstances: Circumstances
}

/** One question. `name` is the action where the question does not say another. */
export function ask(estate: Estate, { principal, circumstances }: Petition, asking: Asking, name: string): Decision {
  const account = asking.account ?? accountOf(principal) ?? ''
  const full = { ...asking, action: asking.action ?? name, account }
  const { request, bearing } = gather(estate, principal, full, circumstances)
  return decide(request, bearing)
}

/** A question, and before it the one that must be allowed first. */
export function inTurn(asking: Asking): readonly Asking[] {
  const { before, ...rest } = asking
  return before === undefined ? [rest] : [...inTurn(before), rest]
}

/** A denial as the service says it. STS names no resource where there is none (recorded); EC2 puts the reason into a sealed message; the anonymous are told nothing. */
export function denied(
  decision: Decision,
  estate: Estate,
  keyring: Keyring,
  service: string,
  principal: Principal,
): Refusal {
  if (principal.type === 'Federated')
    return new Refusal('denied', `Not authorized to perform ${decision.request.action}`)
  if (principalArn(principal) === undefined) return new Refusal('denied')
  const disclose = sameHouse(estate, accountOf(principal), decision.request.resourceAccount)
  const text = denial(decision, { disclose })
  if (service === 's3' || service === 's3control')
    return new Refusal('denied', disclose ? inS3(text, decision.request.resource) : '')
  if (service === 'sts') return new Refusal('denied', text.replace(' on resource: *', ''))
  if (service !== 'ec2') return new Refusal('denied', text)
  const encoded = sealMessage(keyring, decision)
  const opening = 'You are not authorized to perform this operation.'
  return new Refusal('denied', `${opening} ${text} Encoded authorization failure message: ${encoded}`)
}

/** AWS names the policy type and the policy to callers of the same account or organisation alone (UG troubleshoot_access-denied). */
function sameHouse({ organization }: Estate, caller: string | undefined, owner: string): boolean {
  if (caller === undefined) return false
  if (caller === owner) return true
  const members = organization.all('member')
  return organizationOf(organization) !== undefined && members.has(caller) && members.has(owner)
}

/** S3 puts the resource in quotes, and leaves out the one that is none (S3 User Guide, troubleshoot-403-errors). */
function inS3(text: string, resource: string): string {
  return text.replace(` on resource: ${resource}`, resource === '*' ? '' : ` on resource: "${resource}"`)
}
