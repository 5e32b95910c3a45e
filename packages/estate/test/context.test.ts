/** Facts 92–98 of the papers: which condition keys there are for whom. */

import { describe, expect, test } from 'vitest'
import type { Principal } from '../src/index.ts'
import {
  account,
  contextOf,
  estate,
  MANAGEMENT,
  MEMBER,
  NOW,
  organization,
  ORGANIZATION,
  role,
  SESSION,
  STRANGER,
  user,
} from './land.ts'

const alice = user('alice', { path: '/team/', tags: [{ key: 'Team', value: 'a' }] })
const app = role('app', {
  path: '/team/',
  tags: [
    { key: 'Team', value: 'role' },
    { key: 'stage', value: 'prod' },
  ],
})
const land = estate([account(MEMBER, [alice, app])])

const USER: Principal = { type: 'User', account: MEMBER, user: alice, accessKeyId: 'AKIA' }
const TOKEN: Principal = { ...USER, session: { ...SESSION, name: 'alice' } }
const MFA: Principal = { ...USER, session: { ...SESSION, mfaAt: NOW - 90_500 } }
const ROLE: Principal = { type: 'AssumedRole', account: MEMBER, role: app, accessKeyId: 'ASIA', session: SESSION }
const FEDERATED: Principal = {
  type: 'FederatedUser',
  account: MEMBER,
  user: alice,
  accessKeyId: 'ASIA',
  session: { ...SESSION, name: 'guest' },
}
const ROOT: Principal = { type: 'Root', account: MEMBER }
const ANONYMOUS: Principal = { type: 'Anonymous' }
const SERVICE: Principal = { type: 'Service', service: 'lambda.amazonaws.com' }
const OUTSIDER: Principal = { ...USER, account: STRANGER }

const SESSION_ARN = `arn:aws:iam::${MEMBER}:role/team/app`
const ORG_PATH = `${ORGANIZATION}/r-root/ou-root-a/ou-root-b/`

describe('of the caller', () => {
  const ROWS: readonly [string, Principal, string, string | readonly string[] | undefined, string][] = [
    ['a user', USER, 'aws:PrincipalType', 'User', 'fact 92'],
    ['a session', ROLE, 'aws:PrincipalType', 'AssumedRole', 'fact 92'],
    ['the root user', ROOT, 'aws:PrincipalType', 'Account', 'fact 92'],
    ['a federated user', FEDERATED, 'aws:PrincipalType', 'FederatedUser', 'fact 92'],
    ['nobody', ANONYMOUS, 'aws:PrincipalType', 'Anonymous', 'fact 92'],
    ['a user', USER, 'aws:userid', 'AIDAALICE', 'fact 92'],
    ['a session', ROLE, 'aws:userid', 'AROAAPP:session', 'fact 92'],
    ['the root user', ROOT, 'aws:userid', MEMBER, 'fact 92'],
    ['a federated user', FEDERATED, 'aws:userid', `${MEMBER}:guest`, 'fact 92'],
    ['nobody', ANONYMOUS, 'aws:userid', 'anonymous', 'fact 93: always there'],
    ['a user', USER, 'aws:username', 'alice', 'fact 92: users alone have it'],
    ['a session', ROLE, 'aws:username', undefined, 'fact 92'],
    ['the root user', ROOT, 'aws:username', undefined, 'fact 92'],
    ['a federated user', FEDERATED, 'aws:username', undefined, 'fact 92'],
    ['a user', USER, 'aws:PrincipalArn', `arn:aws:iam::${MEMBER}:user/team/alice`, 'with its path'],
    ['a session', ROLE, 'aws:PrincipalArn', SESSION_ARN, 'fact 94: the role, path and all'],
    ['the root user', ROOT, 'aws:PrincipalArn', `arn:aws:iam::${MEMBER}:root`, 'fact 31'],
    ['a federated user', FEDERATED, 'aws:PrincipalArn', `arn:aws:sts::${MEMBER}:federated-user/guest`, 'fact 13'],
    ['nobody', ANONYMOUS, 'aws:PrincipalArn', undefined, 'fact 94'],
    ['nobody', ANONYMOUS, 'aws:PrincipalAccount', 'anonymous', 'fact 94'],
    ['a user', USER, 'aws:PrincipalAccount', MEMBER, 'fact 94'],
    ['a service', SERVICE, 'aws:PrincipalIsAWSService', 'true', 'fact 93'],
    ['a service', SERVICE, 'aws:PrincipalServiceName', 'lambda.amazonaws.com', 'the key’s page'],
    ['a user', USER, 'aws:PrincipalIsAWSService', 'false', 'fact 93'],
    ['a member', USER, 'aws:PrincipalOrgID', ORGANIZATION, 'fact 95'],
    ['a member', ROLE, 'aws:PrincipalOrgPaths', [ORG_PATH], 'fact 95: several values, a slash at the end'],
    [
      'the management account',
      { ...ROOT, account: MANAGEMENT },
      'aws:PrincipalOrgPaths',
      [`${ORGANIZATION}/r-root/`],
      'fact 95',
    ],
    ['a stranger', OUTSIDER, 'aws:PrincipalOrgID', undefined, 'fact 95: members alone have it'],
    ['a stranger', OUTSIDER, 'aws:PrincipalOrgPaths', undefined, 'fact 95'],
    ['nobody', ANONYMOUS, 'aws:PrincipalOrgID', undefined, 'fact 95'],
    ['a user', USER, 'aws:PrincipalTag/team', 'a', 'fact 97: whatever the case of the key'],
    ['a session', ROLE, 'aws:PrincipalTag/Team', 'role', 'fact 97: the role’s'],
    [
      'a session with a tag',
      { ...ROLE, session: { ...SESSION, tags: [{ key: 'TEAM', value: 'session' }] } },
      'aws:PrincipalTag/Team',
      'session',
      'fact 50: a session tag goes before the role’s',
    ],
    [
      'a session with a tag',
      { ...ROLE, session: { ...SESSION, tags: [{ key: 'TEAM', value: 'session' }] } },
      'aws:PrincipalTag/stage',
      'prod',
      'the others stay',
    ],
    ['the root user', ROOT, 'aws:PrincipalTag/team', undefined, 'it has no tags'],
  ]
  test.each(ROWS)('%s: %s %s = %s (%s)', (_who, principal, key, wanted) => {
    expect(contextOf(land, principal).get(key.toLowerCase())).toEqual(wanted)
  })
})

describe('of the session', () => {
  const ROWS: readonly [string, Principal, string, string | undefined, string][] = [
    ['long-term keys', USER, 'aws:TokenIssueTime', undefined, 'fact 98: temporary credentials alone'],
    ['a session', ROLE, 'aws:TokenIssueTime', '2026-01-02T03:03:05Z', 'fact 98'],
    ['GetSessionToken', TOKEN, 'aws:TokenIssueTime', '2026-01-02T03:03:05Z', 'fact 98'],
    ['long-term keys', USER, 'aws:MultiFactorAuthPresent', undefined, 'fact 83: absent, not false'],
    ['GetSessionToken', TOKEN, 'aws:MultiFactorAuthPresent', 'false', 'fact 83'],
    ['a session', ROLE, 'aws:MultiFactorAuthPresent', 'false', 'fact 83'],
    ['GetSessionToken with MFA', MFA, 'aws:MultiFactorAuthPresent', 'true', 'fact 83'],
    ['GetSessionToken with MFA', MFA, 'aws:MultiFactorAuthAge', '90', 'whole seconds'],
    ['GetSessionToken', TOKEN, 'aws:MultiFactorAuthAge', undefined, 'fact 83: only with MFA'],
    ['a session', ROLE, 'aws:SourceIdentity', undefined, 'none was set'],
    [
      'a session with a source identity',
      { ...ROLE, session: { ...SESSION, sourceIdentity: 'alice' } },
      'aws:SourceIdentity',
      'alice',
      'fact 51',
    ],
  ]
  test.each(ROWS)('%s: %s %s = %s (%s)', (_who, principal, key, wanted) => {
    expect(contextOf(land, principal).get(key.toLowerCase())).toBe(wanted)
  })
})

describe('of the request', () => {
  const ALWAYS: readonly [string, string][] = [
    ['aws:CurrentTime', '2026-01-02T03:04:05Z'],
    ['aws:EpochTime', String(NOW / 1000)],
    ['aws:SecureTransport', 'true'],
    ['aws:RequestedRegion', 'eu-west-1'],
    ['aws:SourceIp', '192.0.2.1'],
    ['aws:UserAgent', 'test/1'],
    ['aws:ViaAWSService', 'false'],
  ]
  test.each(ALWAYS)('%s is there for everybody', (key, wanted) => {
    for (const principal of [USER, ROLE, ROOT, FEDERATED, ANONYMOUS, SERVICE]) {
      expect(contextOf(land, principal).get(key.toLowerCase())).toBe(wanted)
    }
  })

  test('services that stand between are named in order', () => {
    const calledVia = ['athena.amazonaws.com', 'glue.amazonaws.com']
    const context = contextOf(land, USER, {}, { calledVia })
    expect(
      ['aws:calledvia', 'aws:calledviafirst', 'aws:calledvialast', 'aws:viaawsservice'].map((key) => context.get(key)),
    ).toEqual([calledVia, calledVia[0], calledVia[1], 'true'])
    expect(contextOf(land, USER).has('aws:calledvia')).toBe(false)
  })
})

describe('of the resource', () => {
  const ROWS: readonly [string, string, string, string | readonly string[] | undefined][] = [
    ['a member’s', MEMBER, 'aws:ResourceAccount', MEMBER],
    ['a member’s', MEMBER, 'aws:ResourceOrgID', ORGANIZATION],
    ['a member’s', MEMBER, 'aws:ResourceOrgPaths', [ORG_PATH]],
    ['a stranger’s', STRANGER, 'aws:ResourceAccount', STRANGER],
    ['a stranger’s', STRANGER, 'aws:ResourceOrgID', undefined],
    ['a stranger’s', STRANGER, 'aws:ResourceOrgPaths', undefined],
  ]
  test.each(ROWS)('%s: %s %s', (_whose, owner, key, wanted) => {
    expect(contextOf(land, USER, { account: owner }).get(key.toLowerCase())).toEqual(wanted)
  })

  test('keys of the question are there in lower case, absent where they have no value, and go before the global ones', () => {
    const context = contextOf(land, USER, {
      context: { 's3:prefix': 'a/', 'aws:RequestTag/Team': 'x', 'aws:TagKeys': ['Team'], 's3:delimiter': undefined },
    })
    expect(context.get('s3:prefix')).toBe('a/')
    expect(context.get('aws:requesttag/team')).toBe('x')
    expect(context.get('aws:tagkeys')).toEqual(['Team'])
    expect(context.has('s3:delimiter')).toBe(false)
  })

  test('nothing of an organisation is there before there is one', () => {
    const alone = estate([account(MEMBER, [alice])], organization({}))
    const keys = [...contextOf(alone, USER).keys()]
    expect(keys.filter((key) => key.includes('org'))).toEqual([])
  })
})
