/** Whom AWS would write to about an account: its primary contact, and those for bills, operations and security. */

import type { Account, AlternateContact, PrimaryContact } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { about, reach, REFUSALS, touches } from './shared.ts'

const PRIMARY = 'primary'

/** account:GetContactInformation. */
export const getContactInformation = operation('account:GetContactInformation', {
  needs: touches,
  asks: (input, call) => about(input, call),
  refusals: [...REFUSALS, 'ResourceNotFoundException'],
  run(input, call) {
    const contact = accountAt(call, reach(input, call, 'GetContactInformation'))
      ?.all('contact')
      .get(PRIMARY)
    if (contact === undefined) {
      throw new Refusal('ResourceNotFoundException', 'No contact information was found for the account.')
    }
    // `PutContactInformation` wrote it, by this service's model
    return { output: { ContactInformation: contact as unknown as Shown, VerificationStatus: 'UNVERIFIED' as const } }
  },
})

/** account:PutContactInformation. The whole of it: what is not given is not there afterwards. */
export const putContactInformation = operation('account:PutContactInformation', {
  needs: touches,
  asks: (input, call) => about(input, call),
  refusals: REFUSALS,
  run(input, call) {
    const id = open(call, reach(input, call, 'PutContactInformation'))
    const contact: PrimaryContact = { ...input.ContactInformation }
    return { output: {}, changes: [put(id, 'contact', PRIMARY, contact)] }
  },
})

/** account:GetAlternateContact. */
export const getAlternateContact = operation('account:GetAlternateContact', {
  needs: touches,
  asks: (input, call) => about(input, call, keys(input)),
  refusals: [...REFUSALS, 'ResourceNotFoundException'],
  run(input, call) {
    const contact = accountAt(call, reach(input, call, 'GetAlternateContact'))
      ?.all('alternateContact')
      .get(input.AlternateContactType)
    if (contact === undefined) throw noContact()
    return { output: { AlternateContact: show(contact) } }
  },
})

/** account:PutAlternateContact. */
export const putAlternateContact = operation('account:PutAlternateContact', {
  needs: touches,
  asks: (input, call) => about(input, call, keys(input)),
  refusals: REFUSALS,
  run(input, call) {
    const id = open(call, reach(input, call, 'PutAlternateContact'))
    const { AlternateContactType: type, Name, Title, EmailAddress, PhoneNumber } = input
    const contact: AlternateContact = { type, name: Name, title: Title, email: EmailAddress, phone: PhoneNumber }
    return { output: {}, changes: [put(id, 'alternateContact', type, contact)] }
  },
})

/** account:DeleteAlternateContact. */
export const deleteAlternateContact = operation('account:DeleteAlternateContact', {
  needs: touches,
  asks: (input, call) => about(input, call, keys(input)),
  refusals: [...REFUSALS, 'ResourceNotFoundException'],
  run(input, call) {
    const id = reach(input, call, 'DeleteAlternateContact')
    const { AlternateContactType: type } = input
    if (accountAt(call, id)?.all('alternateContact').has(type) !== true) throw noContact()
    return { output: {}, changes: [remove(id, 'alternateContact', type)] }
  },
})

function accountAt({ estate }: Call, id: string): Account | undefined {
  return estate.account(id)
}

/** An account that is closed takes nothing in. */
function open(call: Call, id: string): string {
  if (accountAt(call, id) === undefined) throw new Refusal('ValidationException', 'The account is closed.')
  return id
}

function noContact(): Refusal {
  return new Refusal('ResourceNotFoundException', 'No contact of the inputted alternate contact type found.')
}

function keys({ AlternateContactType }: { readonly AlternateContactType: string }) {
  return { 'account:AlternateContactTypes': [AlternateContactType] }
}

/** The members that every contact has. */
type Shown = Readonly<
  Record<'FullName' | 'AddressLine1' | 'City' | 'PostalCode' | 'CountryCode' | 'PhoneNumber', string>
>

function show({ type, name, title, email, phone }: AlternateContact) {
  return { AlternateContactType: type, Name: name, Title: title, EmailAddress: email, PhoneNumber: phone }
}
