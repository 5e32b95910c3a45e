/** The value of a file that has the schema's shape, as the server wants it: every email is there, every list too. */

import type { Declaration, DeclaredAccount, DeclaredStandards, DeclaredUnit } from '@sallyport/server'

export interface WrittenAccount {
  readonly id: string
  readonly name: string
  readonly email?: string
}

export interface WrittenUnit {
  readonly name: string
  readonly accounts?: readonly WrittenAccount[]
  readonly units?: readonly WrittenUnit[]
  readonly standards?: DeclaredStandards
}

export interface Written extends Omit<WrittenUnit, 'name'> {
  readonly management: WrittenAccount
}

/** `value` has passed the schema. */
export function declare(value: unknown): Declaration {
  const written = value as Written // the schema has been asked, and these types say what it says
  const taken = new Set([written.management, ...accountsOf(written)].flatMap(({ email }) => email?.toLowerCase() ?? []))
  const account = ({ id, name, email }: WrittenAccount): DeclaredAccount => ({
    id,
    name,
    email: email ?? addressOf(id, name, taken),
  })
  const unit = ({ name, ...inside }: WrittenUnit): DeclaredUnit => ({ name, ...children(inside) })
  const children = ({
    accounts = [],
    units = [],
    standards,
  }: Omit<WrittenUnit, 'name'>): Omit<DeclaredUnit, 'name'> => ({
    accounts: accounts.map(account),
    units: units.map(unit),
    ...(standards !== undefined && { standards }),
  })
  return { management: account(written.management), root: children(written) }
}

/** All accounts under a node, in the order of the file. */
export function accountsOf({ accounts = [], units = [] }: Omit<WrittenUnit, 'name'>): readonly WrittenAccount[] {
  return [...accounts, ...units.flatMap(accountsOf)]
}

/** `production@example.com`; with the account's id where another has that already. */
function addressOf(id: string, name: string, taken: Set<string>): string {
  const kebab = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 39)
  const plain = `${kebab || 'account'}@example.com`
  const address = taken.has(plain) ? plain.replace('@', `+${id}@`) : plain
  taken.add(address)
  return address
}
