/** Account Management: names, addresses and contacts of one's own account and of members', and regions. */

import * as account from '@aws-sdk/client-account'
import * as org from '@aws-sdk/client-organizations'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ORGANIZATION } from '../src/directory.ts'
import { emailCodesOf } from '../src/email-codes-door.ts'
import { put } from '../src/store/store.ts'
import { client, MANAGEMENT, PRODUCTION, STAGING, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, newUser, pagesOf, userAllowed } from './people.ts'

let server: TestServer

beforeEach(async () => {
  server = await startServer()
})
afterEach(async () => {
  await server.close()
  expect(server.bugs).toEqual([])
})

function accounts(keys?: Keys): account.Account {
  return client(account.Account, server, keys)
}

function organizations(keys?: Keys): org.Organizations {
  return client(org.Organizations, server, keys)
}

/** The organisation lets Account Management reach into its members. */
async function trust(): Promise<void> {
  const service = 'account.amazonaws.com'
  await server.world.land.commit([put(ORGANIZATION, 'serviceAccess', service, { service, enabledAt: 0 })], [])
}

const AccountId = STAGING
const AlternateContactType = 'SECURITY'
const alternate = {
  AlternateContactType,
  Name: 'Ada',
  Title: 'CISO',
  EmailAddress: 'ada@example.com',
  PhoneNumber: '+1 555 0100',
} as const
const primary = {
  FullName: 'Ada',
  AddressLine1: '1 Street',
  City: 'Town',
  PostalCode: '12345',
  CountryCode: 'US',
  PhoneNumber: '+1 555 0100',
  StateOrRegion: 'WA',
}
const NO_CONTACT = 'No contact of the inputted alternate contact type found.'
const ARN = `arn:aws:iam::${MANAGEMENT}:user/administrator`

describe('one’s own account', () => {
  test('tells its name, and takes another', async () => {
    expect(await accounts().getAccountInformation({})).toMatchObject({
      AccountId: MANAGEMENT,
      AccountName: 'Management',
      AccountCreatedDate: expect.any(Date),
      AccountState: 'ACTIVE',
    })
    await accounts().putAccountName({ AccountName: 'Head' })
    expect((await accounts().getAccountInformation({})).AccountName).toBe('Head')
    expect((await organizations().describeAccount({ AccountId: MANAGEMENT })).Account?.Name).toBe('Head')
    await expectRefusal(accounts().putAccountName({ AccountName: '<b>' }), 'Validation', /./, 400)
    await expectRefusal(accounts().putAccountName({ AccountName: '' }), 'Validation')
  })

  test('keeps its name when it stands alone', async () => {
    server.clock.move(4 * 86_400_000)
    await organizations().removeAccountFromOrganization({ AccountId })
    const alone = accounts(await enter(server, STAGING))
    expect((await alone.getAccountInformation({})).AccountName).toBe('Staging')
    await alone.putAccountName({ AccountName: 'Free' })
    expect((await alone.getAccountInformation({})).AccountName).toBe('Free')
  })

  test('has contacts: put, told, replaced and deleted', async () => {
    const own = accounts(await enter(server, STAGING))
    await expectRefusal(own.getAlternateContact({ AlternateContactType }), 'ResourceNotFound', NO_CONTACT, 404)
    await own.putAlternateContact(alternate)
    expect((await own.getAlternateContact({ AlternateContactType })).AlternateContact).toEqual(alternate)
    await own.putAlternateContact({ ...alternate, Title: 'CTO' })
    expect((await own.getAlternateContact({ AlternateContactType })).AlternateContact?.Title).toBe('CTO')
    await expectRefusal(own.getAlternateContact({ AlternateContactType: 'BILLING' }), 'ResourceNotFound')
    await own.deleteAlternateContact({ AlternateContactType })
    await expectRefusal(own.deleteAlternateContact({ AlternateContactType }), 'ResourceNotFound', NO_CONTACT)
    await expectRefusal(own.putAlternateContact({ ...alternate, EmailAddress: 'nobody' }), 'Validation')
    await expectRefusal(own.putAlternateContact({ ...alternate, PhoneNumber: 'call me' }), 'Validation')

    await expectRefusal(own.getContactInformation({}), 'ResourceNotFound')
    await own.putContactInformation({ ContactInformation: primary })
    expect((await own.getContactInformation({})).ContactInformation).toEqual(primary)
    const { StateOrRegion: _, ...less } = primary
    await own.putContactInformation({ ContactInformation: less })
    expect((await own.getContactInformation({})).ContactInformation).toEqual(less)
    await expectRefusal(
      own.putContactInformation({ ContactInformation: { ...primary, PhoneNumber: '555' } }),
      'Validation',
    )
  })

  test('leaves no contact in the audit records', async () => {
    await accounts().putAlternateContact(alternate)
    const { records } = await server.world.store.audited({ limit: 10 })
    const one = records.find(({ eventName }) => eventName === 'PutAlternateContact')
    expect(one).toBeDefined()
    expect(JSON.stringify(records)).not.toContain('ada@example.com')
  })

  test('may use the regions that need no opt-in', async () => {
    const all = await accounts().listRegions({})
    expect(all.Regions?.length).toBeGreaterThan(20)
    expect(all.Regions).toContainEqual({ RegionName: 'eu-west-1', RegionOptStatus: 'ENABLED_BY_DEFAULT' })
    const RegionOptStatusContains = ['DISABLED' as const]
    const pages = await pagesOf(
      account.paginateListRegions({ client: accounts(), pageSize: 5 }, { RegionOptStatusContains }),
      ({ Regions }) => Regions,
    )
    const names = pages.flat().map(({ RegionName }) => RegionName)
    expect(pages[0]).toHaveLength(5)
    expect(names).toEqual(names.toSorted())
    expect(names).toContain('af-south-1')
    expect(await accounts().getRegionOptStatus({ RegionName: 'me-south-1' })).toMatchObject({
      RegionName: 'me-south-1',
      RegionOptStatus: 'DISABLED',
    })
    await expectRefusal(accounts().getRegionOptStatus({ RegionName: 'mars-1' }), 'Validation')
    await expectRefusal(accounts().listRegions({ NextToken: 'x' }), 'Validation')
    await expectRefusal(accounts().enableRegion({ RegionName: 'me-south-1' }), 'UnknownOperation')
  })

  test('is linked to none in GovCloud', async () => {
    await expectRefusal(accounts().getGovCloudAccountInformation({}), 'ResourceNotFound', /./, 404)
  })
})

describe('a member', () => {
  test.each([
    [MANAGEMENT, false, AccountId, '(Your organization must first enable trusted access with AWS Account Management.)'],
    [
      MANAGEMENT,
      true,
      MANAGEMENT,
      '(The management account can only be managed using the standalone context from the management account.)',
    ],
    [MANAGEMENT, true, '999999999999', ''],
    [PRODUCTION, true, AccountId, ''],
    [PRODUCTION, true, PRODUCTION, ''],
  ])('is out of reach for %s (trusted access: %s) as %s', async (from, trusted, of, why) => {
    if (trusted) await trust()
    const caller = accounts(from === MANAGEMENT ? undefined : await enter(server, from))
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      GetAccountInformation: () => caller.getAccountInformation({ AccountId: of }),
      PutAccountName: () => caller.putAccountName({ AccountId: of, AccountName: 'x' }),
      GetPrimaryEmail: () => caller.getPrimaryEmail({ AccountId: of }),
      StartPrimaryEmailUpdate: () => caller.startPrimaryEmailUpdate({ AccountId: of, PrimaryEmail: 'x@example.com' }),
      GetAlternateContact: () => caller.getAlternateContact({ AccountId: of, AlternateContactType }),
      PutAlternateContact: () => caller.putAlternateContact({ AccountId: of, ...alternate }),
      DeleteAlternateContact: () => caller.deleteAlternateContact({ AccountId: of, AlternateContactType }),
      GetContactInformation: () => caller.getContactInformation({ AccountId: of }),
      PutContactInformation: () => caller.putContactInformation({ AccountId: of, ContactInformation: primary }),
      ListRegions: () => caller.listRegions({ AccountId: of }),
      GetRegionOptStatus: () => caller.getRegionOptStatus({ AccountId: of, RegionName: 'us-east-1' }),
    }
    const who = from === MANAGEMENT ? ARN : `arn:aws:sts::${from}:assumed-role/OrganizationAccountAccessRole/admin`
    for (const [action, call] of Object.entries(calls)) {
      const text = `User: ${who} is not authorized to perform: account:${action}${why === '' ? '' : ` ${why}`}`
      await expectRefusal(call(), 'AccessDenied', text, 403)
    }
  })

  test('is reached by the management account, where access is trusted', async () => {
    await trust()
    await accounts().putAccountName({ AccountId, AccountName: 'Stage' })
    expect(await accounts().getAccountInformation({ AccountId })).toMatchObject({ AccountName: 'Stage', AccountId })
    await accounts().putAlternateContact({ AccountId, ...alternate })
    const own = accounts(await enter(server, STAGING))
    expect((await own.getAlternateContact({ AlternateContactType })).AlternateContact).toEqual(alternate)
    await own.putContactInformation({ ContactInformation: primary })
    expect((await accounts().getContactInformation({ AccountId })).ContactInformation).toEqual(primary)
    expect((await accounts().getPrimaryEmail({ AccountId })).PrimaryEmail).toBe('staging@example.com')
    await organizations().closeAccount({ AccountId })
    expect((await accounts().getAccountInformation({ AccountId })).AccountState).toBe('CLOSED')
    await expectRefusal(accounts().putContactInformation({ AccountId, ContactInformation: primary }), 'Validation')
  })

  test('is asked of the law by its ARN in the organisation, with the contact’s type', async () => {
    await trust()
    const house = (await organizations().describeOrganization()).Organization?.Id ?? ''
    const Resource = `arn:aws:account::${MANAGEMENT}:account/${house}/${STAGING}`
    const Condition = { 'ForAllValues:StringEquals': { 'account:AlternateContactTypes': ['SECURITY'] } }
    const Action = 'account:PutAlternateContact'
    const clerk = accounts(await userAllowed(server, 'clerk', { Action, Resource, Condition }))
    await clerk.putAlternateContact({ AccountId, ...alternate })
    const nobody = accounts(await newUser(server, 'nobody'))
    const refused = [
      () => clerk.putAlternateContact({ AccountId, ...alternate, AlternateContactType: 'BILLING' }),
      () => clerk.putAlternateContact({ AccountId: PRODUCTION, ...alternate }),
      () => clerk.putAlternateContact(alternate),
      () => nobody.getAccountInformation({}),
    ]
    for (const call of refused) await expectRefusal(call(), 'AccessDenied', /no identity-based policy allows/)
  })
})

describe('an address', () => {
  const PrimaryEmail = 'new@example.com'
  const code = (): string => emailCodesOf(server.world).codes.find(({ account: of }) => of === AccountId)?.code ?? ''
  const wrong = (): string => (code() === '000000' ? '000001' : '000000')

  beforeEach(trust)

  test('is another once its code was given, and the old one is free', async () => {
    expect((await accounts().startPrimaryEmailUpdate({ AccountId, PrimaryEmail })).Status).toBe('PENDING')
    expect((await accounts().getPrimaryEmail({ AccountId })).PrimaryEmail).toBe('staging@example.com')
    expect(code()).toMatch(/^\d{6}$/)
    const status = async () => (await accounts().getPrimaryEmailUpdateStatus({ AccountId })).Status
    expect(await status()).toBe('PENDING')
    const Otp = code()
    expect((await accounts().acceptPrimaryEmailUpdate({ AccountId, PrimaryEmail, Otp })).Status).toBe('ACCEPTED')
    expect(await status()).toBe('COMPLETED')
    expect((await accounts().getPrimaryEmail({ AccountId })).PrimaryEmail).toBe(PrimaryEmail)
    expect((await organizations().describeAccount({ AccountId })).Account?.Email).toBe(PrimaryEmail)
    await expectRefusal(accounts().acceptPrimaryEmailUpdate({ AccountId, PrimaryEmail, Otp }), 'ResourceNotFound')
    expect(emailCodesOf(server.world).codes).toEqual([])
  })

  test.each([
    ['another address', { PrimaryEmail: 'other@example.com' }, 'ResourceNotFound'],
    ['another code', {}, 'Validation'],
  ])('is not confirmed by %s', async (_what, more, error) => {
    await accounts().startPrimaryEmailUpdate({ AccountId, PrimaryEmail })
    const given = { AccountId, PrimaryEmail, Otp: wrong(), ...more }
    await expectRefusal(accounts().acceptPrimaryEmailUpdate(given), error)
    await accounts().acceptPrimaryEmailUpdate({ AccountId, PrimaryEmail, Otp: code() })
  })

  test('is not guessed: after five wrong codes the right one is worth nothing', async () => {
    await accounts().startPrimaryEmailUpdate({ AccountId, PrimaryEmail })
    const [right, Otp] = [code(), wrong()]
    for (let at = 0; at < 5; at += 1) {
      await expectRefusal(accounts().acceptPrimaryEmailUpdate({ AccountId, PrimaryEmail, Otp }), 'Validation')
    }
    await expectRefusal(
      accounts().acceptPrimaryEmailUpdate({ AccountId, PrimaryEmail, Otp: right }),
      'ResourceNotFound',
    )
  })

  test('is not confirmed by a code that is older than a day', async () => {
    await accounts().startPrimaryEmailUpdate({ AccountId, PrimaryEmail })
    const Otp = code()
    server.clock.move(86_400_000)
    await expectRefusal(accounts().acceptPrimaryEmailUpdate({ AccountId, PrimaryEmail, Otp }), 'ResourceNotFound')
    expect((await accounts().getPrimaryEmailUpdateStatus({ AccountId })).Status).toBe('FAILED')
  })

  test('is nobody else’s, and an address', async () => {
    const start = (email: string) => accounts().startPrimaryEmailUpdate({ AccountId, PrimaryEmail: email })
    await expectRefusal(start('Production@example.com'), 'Conflict', /./, 409)
    await expectRefusal(accounts().getPrimaryEmailUpdateStatus({ AccountId }), 'ResourceNotFound', /./, 404)
    await expectRefusal(start('nobody'), 'Validation')
    await expectRefusal(start('a@b'), 'Validation')
  })

  test('leaves neither itself nor its code in the store or the audit records', async () => {
    await accounts().startPrimaryEmailUpdate({ AccountId, PrimaryEmail })
    const [Otp, row] = [code(), server.world.organization.all('emailUpdate').get(AccountId)]
    expect(JSON.stringify(row)).not.toContain(`"${Otp}"`)
    await accounts().acceptPrimaryEmailUpdate({ AccountId, PrimaryEmail, Otp })
    const { records } = await server.world.store.audited({ limit: 10 })
    expect(JSON.stringify(records)).not.toMatch(new RegExp(`${PrimaryEmail}|"${Otp}"`))
  })
})
