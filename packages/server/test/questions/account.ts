/** Account Management, of one's own account and of a member's. */

import { STAGING, THREE_ACCOUNTS } from '../harness.ts'
import { refused, step, type Story } from './story.ts'

const AlternateContactType = 'SECURITY' as const
const ContactInformation = {
  FullName: 'Ada',
  AddressLine1: '1 Street',
  City: 'Town',
  PostalCode: '12345',
  CountryCode: 'US',
  PhoneNumber: '+1 555',
}
const contact = { AlternateContactType, Name: 'Ada', Title: 'CISO', EmailAddress: 'a@example.com', PhoneNumber: '555' }
const AccountId = STAGING
const PrimaryEmail = 'other@example.com'

export const account: Story = {
  options: { declaration: THREE_ACCOUNTS },
  steps: [
    step('account:GetAccountInformation', {}),
    step('account:PutAccountName', { AccountName: 'Mine' }),
    refused(step('account:GetGovCloudAccountInformation', {})),
    step('account:PutContactInformation', { ContactInformation }),
    step('account:GetContactInformation', {}),
    step('account:PutAlternateContact', contact),
    step('account:GetAlternateContact', { AlternateContactType }),
    step('account:DeleteAlternateContact', { AlternateContactType }),
    step('account:ListRegions', {}),
    step('account:GetRegionOptStatus', { RegionName: 'eu-west-1' }),
    ...[
      step('account:GetAccountInformation', { AccountId }),
      step('account:GetPrimaryEmail', { AccountId }),
      step('account:GetPrimaryEmailUpdateStatus', { AccountId }),
      step('account:StartPrimaryEmailUpdate', { AccountId, PrimaryEmail }),
      step('account:AcceptPrimaryEmailUpdate', { AccountId, PrimaryEmail, Otp: '000000' }),
    ].map(refused),
  ],
}
