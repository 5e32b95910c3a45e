/** What an account asks of its users' passwords. */

import { SELF, type PasswordPolicy } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { policyOf } from './password-rules.ts'

/** iam:UpdateAccountPasswordPolicy. What is left out gets its default, and not what it was. */
export const updateAccountPasswordPolicy = operation('iam:UpdateAccountPasswordPolicy', {
  asks: () => ({ resource: '*' }),
  refusals: [],
  run(input, { account }) {
    const { MaxPasswordAge, PasswordReusePrevention } = input
    const policy: PasswordPolicy = {
      minimumLength: input.MinimumPasswordLength ?? 6,
      symbols: input.RequireSymbols ?? false,
      numbers: input.RequireNumbers ?? false,
      uppercase: input.RequireUppercaseCharacters ?? false,
      lowercase: input.RequireLowercaseCharacters ?? false,
      usersMayChange: input.AllowUsersToChangePassword ?? false,
      ...(MaxPasswordAge === undefined ? {} : { maxAge: MaxPasswordAge }),
      ...(PasswordReusePrevention === undefined ? {} : { reusePrevention: PasswordReusePrevention }),
      hardExpiry: input.HardExpiry ?? false,
    }
    return { output: {}, changes: [put(account.id, 'passwordPolicy', SELF, policy)] }
  },
})

/** iam:GetAccountPasswordPolicy. */
export const getAccountPasswordPolicy = operation('iam:GetAccountPasswordPolicy', {
  asks: (_input, call) => ({ resource: '*', ...ownPasswordGrant(call) }),
  refusals: ['NoSuchEntity'],
  run(_input, call) {
    const policy = policyOf(call)
    if (policy === undefined) {
      const text = `The Password Policy with domain name ${call.account.id} cannot be found.`
      throw new Refusal('NoSuchEntity', text)
    }
    return { output: { PasswordPolicy: show(policy) } }
  },
})

/** iam:DeleteAccountPasswordPolicy. AWS's default policy holds again. */
export const deleteAccountPasswordPolicy = operation('iam:DeleteAccountPasswordPolicy', {
  asks: () => ({ resource: '*' }),
  refusals: ['NoSuchEntity'],
  run(_input, call) {
    if (policyOf(call) === undefined)
      throw new Refusal('NoSuchEntity', 'The account policy with name PasswordPolicy cannot be found.')
    return { output: {}, changes: [remove(call.account.id, 'passwordPolicy', SELF)] }
  },
})

const GRANT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: '*',
      Action: ['iam:ChangePassword', 'iam:GetAccountPasswordPolicy'],
      Resource: '*',
    },
  ],
})

/**
 * AllowUsersToChangePassword attaches nothing to anybody: the account itself allows its users the two actions
 * (API_PasswordPolicy). A Deny of theirs, or a guardrail, holds all the same.
 */
export function ownPasswordGrant(call: Pick<Call, 'account' | 'principal'>): Pick<Asking, 'resourcePolicy'> {
  if (call.principal.type !== 'User' || policyOf(call)?.usersMayChange !== true) return {}
  return { resourcePolicy: { document: GRANT, kind: 'resource', name: 'account password policy' } }
}

function show(policy: PasswordPolicy) {
  const { maxAge, reusePrevention } = policy
  return {
    MinimumPasswordLength: policy.minimumLength,
    RequireSymbols: policy.symbols,
    RequireNumbers: policy.numbers,
    RequireUppercaseCharacters: policy.uppercase,
    RequireLowercaseCharacters: policy.lowercase,
    AllowUsersToChangePassword: policy.usersMayChange,
    ExpirePasswords: maxAge !== undefined,
    MaxPasswordAge: maxAge,
    PasswordReusePrevention: reusePrevention,
    HardExpiry: policy.hardExpiry,
  }
}
