import { describe, expect, test } from 'vitest'
import { accountsBound, accountsNamed, bindPrincipals, showPrincipals, type Account } from '../src/index.ts'
import { account, estate, MANAGEMENT, MEMBER, policyText, role, STRANGER, user } from './land.ts'

const alice = user('alice', { path: '/team/' })
const app = role('App')
const here = account(MEMBER, [alice, app])
const land = estate([here, account(MANAGEMENT, [user('m')])])
const exists = (id: string) => [MEMBER, MANAGEMENT].includes(id)

const ALICE = `arn:aws:iam::${MEMBER}:user/team/alice`
const APP = `arn:aws:iam::${MEMBER}:role/App`
const trust = (principal: unknown) => policyText({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' })
const bind = (principal: unknown) => bindPrincipals(land, exists, trust(principal))

describe('bindPrincipals', () => {
  const KEPT: readonly [string, unknown][] = [
    ['anybody', '*'],
    ['anybody in AWS', { AWS: '*' }],
    ['an account', { AWS: `arn:aws:iam::${MEMBER}:root` }],
    ['an account by its number', { AWS: MANAGEMENT }],
    ['a session of a role that is there', { AWS: `arn:aws:sts::${MEMBER}:assumed-role/App/x` }],
    ['a federated user', { AWS: `arn:aws:sts::${MEMBER}:federated-user/x` }],
    ['a service', { Service: 'ec2.amazonaws.com' }],
    ['a service of a region', { Service: 'logs.eu-west-1.amazonaws.com' }],
    ['a provider', { Federated: 'cognito-identity.amazonaws.com' }],
    ['a canonical user', { CanonicalUser: 'f'.repeat(64) }],
    ['an origin access identity', { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1' }],
  ]
  test.each(KEPT)('keeps %s as it stands', (_what, principal) => {
    expect(bind(principal)).toEqual({ ok: true, document: trust(principal) })
  })

  const BOUND: readonly [string, unknown, unknown, Record<string, string>][] = [
    ['a user', { AWS: ALICE }, { AWS: 'AIDAALICE' }, { AIDAALICE: ALICE }],
    ['a role', { AWS: APP }, { AWS: 'AROAAPP' }, { AROAAPP: APP }],
    [
      'both, in their order, between others',
      { AWS: [MEMBER, APP, ALICE], Service: 'ec2.amazonaws.com' },
      { AWS: [MEMBER, 'AROAAPP', 'AIDAALICE'], Service: 'ec2.amazonaws.com' },
      { AROAAPP: APP, AIDAALICE: ALICE },
    ],
  ]
  test.each(BOUND)('binds %s', (_what, principal, bound, principals) => {
    expect(bind(principal)).toEqual({ ok: true, document: trust(bound), principals })
  })

  test('binds NotPrincipal too, and leaves what only looks like a principal', () => {
    const document = policyText({
      Effect: 'Deny',
      NotPrincipal: { AWS: ALICE },
      Action: '*',
      Condition: { ArnEquals: { 'aws:PrincipalArn': ALICE } },
    })
    const bound = bindPrincipals(land, exists, document)
    expect(bound).toMatchObject({ ok: true, document: document.replace(ALICE, 'AIDAALICE') })
  })

  const REFUSED: readonly [string, unknown, string, string][] = [
    ['a user who is not there', { AWS: `arn:aws:iam::${MEMBER}:user/bob` }, 'AWS', `arn:aws:iam::${MEMBER}:user/bob`],
    [
      'a user without the path',
      { AWS: `arn:aws:iam::${MEMBER}:user/alice` },
      'AWS',
      `arn:aws:iam::${MEMBER}:user/alice`,
    ],
    ['a role in another case', { AWS: `arn:aws:iam::${MEMBER}:role/app` }, 'AWS', `arn:aws:iam::${MEMBER}:role/app`],
    [
      'a user where there is a role',
      { AWS: `arn:aws:iam::${MEMBER}:user/App` },
      'AWS',
      `arn:aws:iam::${MEMBER}:user/App`,
    ],
    ['an account that is not there', { AWS: STRANGER }, 'AWS', STRANGER],
    ['the first of two', { AWS: [ALICE, STRANGER, 'x'] }, 'AWS', STRANGER],
    ['text', { AWS: 'alice' }, 'AWS', 'alice'],
    ['a part of an ARN', { AWS: `arn:aws:iam::${MEMBER}:role/*` }, 'AWS', `arn:aws:iam::${MEMBER}:role/*`],
    [
      'a session of no role',
      { AWS: `arn:aws:sts::${MEMBER}:assumed-role/none/x` },
      'AWS',
      `arn:aws:sts::${MEMBER}:assumed-role/none/x`,
    ],
    ['a unique id that nobody has', { AWS: 'AIDANOBODY' }, 'AWS', 'AIDANOBODY'],
    ['a service that is none', { Service: 'ec2' }, 'SERVICE', 'ec2'],
    [
      'a host that ends like a service',
      { Service: 'evil.example/ec2.amazonaws.com' },
      'SERVICE',
      'evil.example/ec2.amazonaws.com',
    ],
  ]
  test.each(REFUSED)('refuses %s', (_what, principal, type, told) => {
    expect(bind(principal)).toEqual({ ok: false, type, principal: told })
  })
})

describe('showPrincipals', () => {
  const bound = {
    document: trust({ AWS: ['AIDAALICE', 'AROAAPP', MEMBER] }),
    principals: { AIDAALICE: ALICE, AROAAPP: APP },
  }
  const shown = (...accounts: readonly Account[]) => showPrincipals(estate(accounts), bound)

  test('says the ARNs of those who are there', () => {
    expect(shown(here)).toBe(trust({ AWS: [ALICE, APP, MEMBER] }))
  })

  test('says the unique id of who is gone, also where somebody has the name again', () => {
    expect(shown(account(MEMBER, [alice]))).toBe(trust({ AWS: [ALICE, 'AROAAPP', MEMBER] }))
    expect(shown(account(MEMBER, [alice, role('App', { id: 'AROAOTHER' })]))).toBe(
      trust({ AWS: [ALICE, 'AROAAPP', MEMBER] }),
    )
  })

  test('says the ARN as it was where the account is not at hand', () => {
    expect(shown()).toBe(trust({ AWS: [ALICE, APP, MEMBER] }))
  })

  test('gives back the very text where nobody was bound', () => {
    const document = ` ${trust('*')} `
    expect(showPrincipals(land, { document })).toBe(document)
  })
})

describe('the accounts that must be at hand', () => {
  test('before binding are those that the text names', () => {
    expect(accountsNamed(trust({ AWS: [ALICE, STRANGER, `arn:aws:iam::${MEMBER}:root`] }))).toEqual([MEMBER, STRANGER])
    expect(accountsNamed(trust({ Federated: `${MEMBER}1` }))).toEqual([])
  })

  test('before showing are those of the principals that were bound', () => {
    expect(accountsBound({ document: '', principals: { AIDAALICE: ALICE } })).toEqual([MEMBER])
    expect(accountsBound({ document: '' })).toEqual([])
  })
})
