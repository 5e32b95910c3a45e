/** Whose an account is: its name and its address. A member's lie in the organisation, another's in the directory. */

import { organizationOf, type Member, type OrganizationLand } from '@sallyport/estate'
import { DIRECTORY, ORGANIZATION, type Directory, type Owner } from './directory.ts'
import { put, type Change } from './store/store.ts'

interface Books {
  readonly estate: { readonly organization: OrganizationLand }
  readonly directory: Directory
}

export function ownerOf({ estate, directory }: Books, id: string): Owner {
  return estate.organization.all('member').get(id) ?? directory.all('account').get(id)?.owner ?? unknownOwner(id)
}

/** The account that an address belongs to, for good: closed ones keep theirs. */
export function accountOfEmail({ estate, directory }: Books, email: string): string | undefined {
  const wanted = email.toLowerCase()
  const member = [...estate.organization.all('member').values()].find((one) => one.email.toLowerCase() === wanted)
  if (member !== undefined) return member.id
  return [...directory.all('account').values()].find(({ owner }) => owner?.email.toLowerCase() === wanted)?.id
}

/** Where a member's name and address go when its row does. */
export function ownerRow(directory: Directory, member: Member | undefined): readonly Change[] {
  const row = directory.all('account').get(member?.id ?? '')
  if (member === undefined || row === undefined) return []
  const { id, name, email } = member
  return [put(DIRECTORY, 'account', id, { ...row, owner: { name, email } })]
}

/** The rows that say whose an account is, with another name or address. */
export function renamed(books: Books, id: string, change: Partial<Owner>): readonly Change[] {
  const { organization: land } = books.estate
  const member = land.all('member').get(id)
  const row = books.directory.all('account').get(id)
  if (member === undefined) {
    return row === undefined
      ? []
      : [put(DIRECTORY, 'account', id, { ...row, owner: { ...ownerOf(books, id), ...change } })]
  }
  const after = { ...member, ...change }
  const house = organizationOf(land)
  return [
    put(ORGANIZATION, 'member', id, after),
    ...(house?.managementAccount === id
      ? [put(ORGANIZATION, 'organization', 'self', { ...house, managementEmail: after.email })]
      : []),
  ]
}

/** An account that was founded without a name and an address has these, by which nobody can be reached. */
function unknownOwner(id: string): Owner {
  return { name: `account-${id}`, email: `${id}@example.com` }
}
