/** Whose account a call of Account Management is about, and whether the caller may reach it. */

import { organizationOf, principalArn, type AccountId } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { DIRECTORY, ORGANIZATION } from '../../directory.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'

/** What every operation may refuse with. */
export const REFUSALS = ['denied', 'ValidationException'] as const

interface Named {
  readonly AccountId?: string
}

/** What an operation touches: its own account is brought in anyway. */
export function touches({ AccountId }: Named): readonly string[] {
  return [ORGANIZATION, DIRECTORY, ...(AccountId === undefined ? [] : [AccountId])]
}

/** One's own account, or a member of the organisation that one speaks for. */
export function about({ AccountId }: Named, call: Call, context: NonNullable<Asking['context']> = {}): Asking {
  const { account, estate } = call
  if (AccountId === undefined) return { resource: `arn:aws:account::${account.id}:account`, context }
  const organization = organizationOf(estate.organization)
  const head = `arn:aws:account::${organization?.managementAccount ?? account.id}:account`
  return { resource: organization === undefined ? '*' : `${head}/${organization.id}/${AccountId}`, context }
}

const TRUSTED = 'account.amazonaws.com'
const NOT_TRUSTED = 'Your organization must first enable trusted access with AWS Account Management.'
const STANDALONE =
  'The management account can only be managed using the standalone context from the management account.'

/**
 * The account that is meant. Another than one's own only the management account reaches, with all features and trusted
 * access (AWS Account Management reference, using-orgs-trusted-access).
 */
export function reach({ AccountId }: Named, call: Call, action: string): AccountId {
  if (AccountId === undefined) return call.account.id
  const { organization: land } = call.estate
  const organization = organizationOf(land)
  if (organization?.managementAccount !== call.account.id) throw unreachable(call, action)
  if (organization.featureSet !== 'ALL' || !land.all('serviceAccess').has(TRUSTED)) {
    throw unreachable(call, action, NOT_TRUSTED)
  }
  if (AccountId === call.account.id) throw unreachable(call, action, STANDALONE)
  if (!land.all('member').has(AccountId)) throw unreachable(call, action)
  return AccountId
}

function unreachable({ principal }: Call, action: string, why?: string): Refusal {
  const text = `User: ${principalArn(principal) ?? ''} is not authorized to perform: account:${action}`
  return new Refusal('denied', why === undefined ? text : `${text} (${why})`)
}
