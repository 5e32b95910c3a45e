/** The name that an account has for itself, unique over all accounts. */

import { SELF, type Account, type AccountSelf } from '@sallyport/estate'
import { DIRECTORY } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'

/** iam:CreateAccountAlias. An account has one: another takes its place (UG account-alias-create). */
export const createAccountAlias = operation('iam:CreateAccountAlias', {
  needs: () => [DIRECTORY],
  asks: () => ({ resource: '*' }),
  refusals: ['EntityAlreadyExists'],
  run({ AccountAlias }, { account, directory }) {
    if (directory.all('accountAlias').has(AccountAlias)) {
      throw new Refusal('EntityAlreadyExists', `The account alias ${AccountAlias} already exists.`)
    }
    const self = selfOf(account)
    const before = self.alias === undefined ? [] : [remove(DIRECTORY, 'accountAlias', self.alias)]
    const named: AccountSelf = { ...self, alias: AccountAlias }
    return {
      output: {},
      changes: [
        ...before,
        put(DIRECTORY, 'accountAlias', AccountAlias, { account: account.id }),
        put(account.id, 'self', SELF, named),
      ],
    }
  },
})

/** iam:DeleteAccountAlias. */
export const deleteAccountAlias = operation('iam:DeleteAccountAlias', {
  needs: () => [DIRECTORY],
  asks: () => ({ resource: '*' }),
  refusals: ['NoSuchEntity'],
  run({ AccountAlias }, { account }) {
    const { alias, ...unnamed } = selfOf(account)
    if (alias !== AccountAlias) {
      throw new Refusal('NoSuchEntity', `The account alias ${AccountAlias} cannot be found.`)
    }
    return {
      output: {},
      changes: [remove(DIRECTORY, 'accountAlias', alias), put(account.id, 'self', SELF, unnamed)],
    }
  },
})

/** iam:ListAccountAliases. One at the most. */
export const listAccountAliases = operation('iam:ListAccountAliases', {
  asks: () => ({ resource: '*' }),
  refusals: [],
  run(_input, { account }) {
    const { alias } = selfOf(account)
    return { output: { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false } }
  },
})

function selfOf(account: Account): AccountSelf {
  const self = account.all('self').get(SELF)
  if (self === undefined) throw new Error(`account ${account.id} has no row of its own`)
  return self
}
