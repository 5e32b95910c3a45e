/** What an account asks of a password: its own policy, or AWS's where it has none (UG id_credentials_passwords_account-policy). */

import { SELF, type PasswordPolicy } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'

type Class = 'uppercase' | 'lowercase' | 'numbers' | 'symbols'

const CLASSES: Readonly<Record<Class, readonly [of: RegExp, words: string]>> = {
  uppercase: [/[A-Z]/, 'Password should have at least one uppercase letter'],
  lowercase: [/[a-z]/, 'Password should have at least one lowercase letter'],
  numbers: [/[0-9]/, 'Password should have at least one number'],
  symbols: [/[!@#$%^&*()_+\-=[\]{}|']/, 'Password should have at least one symbol'],
}
const ALL = ['uppercase', 'lowercase', 'numbers', 'symbols'] as const satisfies readonly Class[]

const DEFAULT_LENGTH = 8
/** Of the four classes. */
const DEFAULT_CLASSES = 3

type Ruling = Pick<Call, 'account' | 'estate'>

export function policyOf({ account }: Pick<Call, 'account'>): PasswordPolicy | undefined {
  return account.all('passwordPolicy').get(SELF)
}

export function refuseWeak(call: Ruling, password: string): void {
  const policy = policyOf(call)
  const complaints = policy === undefined ? byDefault(call, password) : byPolicy(policy, password)
  if (complaints.length > 0) throw new Refusal('PasswordPolicyViolation', complaints.join(', '))
}

function byPolicy(policy: PasswordPolicy, password: string): readonly string[] {
  const asked = ALL.filter((name) => policy[name])
  return [...tooShort(password, policy.minimumLength), ...lacking(password, asked)]
}

function byDefault(call: Ruling, password: string): readonly string[] {
  const missing = lacking(password, ALL)
  const more = missing.length - (ALL.length - DEFAULT_CLASSES)
  const mixed =
    more > 0 ? [`Password should meet ${more} more of the following requirements: ${missing.join(', ')}`] : []
  return [...tooShort(password, DEFAULT_LENGTH), ...mixed, ...telling(call, password)]
}

function tooShort(password: string, minimum: number): readonly string[] {
  return password.length < minimum ? [`Password should have a minimum length of ${minimum}`] : []
}

function lacking(password: string, classes: readonly Class[]): readonly string[] {
  return classes.filter((name) => !CLASSES[name][0].test(password)).map((name) => CLASSES[name][1])
}

function telling({ account, estate }: Ruling, password: string): readonly string[] {
  const { name, email } = estate.organization.all('member').get(account.id) ?? {}
  const told = [name, email].some((it) => it?.toLowerCase() === password.toLowerCase())
  return told ? ['Password should not be identical to your AWS account name or email address'] : []
}
