import { describe, expect, test } from 'vitest'
import { decide, type Attached, type Level } from '@sallyport/policy'
import { gather, organizationPolicyArn, type Ask, type Estate, type Principal } from '../src/index.ts'
import {
  account,
  ALLOW,
  ASK,
  CIRCUMSTANCES,
  estate,
  group,
  managed,
  MANAGEMENT,
  MEMBER,
  organization,
  ORGANIZATION,
  role,
  SESSION,
  STRANGER,
  user,
} from './land.ts'

const LIMIT = `arn:aws:iam::${MEMBER}:policy/limit`
const alice = user('alice', {
  inline: [{ name: 'own', document: ALLOW }],
  attached: [LIMIT],
  groups: ['crew', 'gone'],
  boundary: LIMIT,
})
const app = role('app', { inline: [{ name: 'own', document: ALLOW }], boundary: LIMIT })
const crew = group('Crew', { inline: [{ name: 'of the crew', document: ALLOW }] })
const things = [alice, app, crew, managed('limit', ALLOW)]
const land = estate([account(MEMBER, things), account(MANAGEMENT, things), account(STRANGER, things)])

const USER: Principal = { type: 'User', account: MEMBER, user: alice, accessKeyId: 'AKIA' }
const ROLE: Principal = { type: 'AssumedRole', account: MEMBER, role: app, accessKeyId: 'ASIA', session: SESSION }
const LINKED: Principal = { ...ROLE, role: { ...app, path: '/aws-service-role/x.amazonaws.com/' } }
const FEDERATED: Principal = {
  type: 'FederatedUser',
  account: MEMBER,
  user: alice,
  accessKeyId: 'ASIA',
  session: SESSION,
}
const ROOT: Principal = { type: 'Root', account: MEMBER }
const ANONYMOUS: Principal = { type: 'Anonymous' }
const SERVICE: Principal = { type: 'Service', service: 'lambda.amazonaws.com' }

const bearing = (principal: Principal, ask: Partial<Ask> = {}, on: Estate = land) =>
  gather(on, principal, { ...ASK, ...ask }, CIRCUMSTANCES).bearing
const names = (policies: readonly Attached[] | undefined) =>
  policies?.map(({ name, arn, on }) => `${name ?? arn} on ${on}`)
const targets = (levels: readonly Level[] | undefined) =>
  levels?.map(({ target, policies }) => [target, ...policies.map(({ arn }) => arn)])

describe('a principal brings', () => {
  const OWN = ['own on user alice', `${LIMIT} on user alice`, 'of the crew on group Crew']
  const ROWS: readonly [string, Principal, object][] = [
    [
      'a user: inline, attached, and of the groups that are there',
      USER,
      { identity: OWN, boundary: [`${LIMIT} on user alice`], session: undefined },
    ],
    [
      'a session of a role: the role’s, and no limit where there is no session policy',
      ROLE,
      { identity: ['own on role app'], boundary: [`${LIMIT} on role app`], session: undefined },
    ],
    [
      'a federated user without a session policy: an empty layer, which allows nothing',
      FEDERATED,
      { identity: OWN, boundary: [`${LIMIT} on user alice`], session: [] },
    ],
    ['the root user: nothing', ROOT, { identity: [], boundary: undefined, session: undefined }],
    ['a service: nothing', SERVICE, { identity: [], boundary: undefined, session: undefined }],
    ['nobody: nothing', ANONYMOUS, { identity: [], boundary: undefined, session: undefined }],
  ]
  test.each(ROWS)('%s', (_who, principal, wanted) => {
    const { identity, boundary, session } = bearing(principal)
    expect({ identity: names(identity), boundary: names(boundary), session: names(session) }).toEqual(wanted)
  })

  test('the policies of a session as one layer', () => {
    const session = { ...SESSION, policy: ALLOW, policyArns: [LIMIT, `${LIMIT}-gone`] }
    const { session: layer } = bearing({ ...ROLE, session })
    expect(names(layer)).toEqual([
      'undefined on session session',
      `${LIMIT} on session session`,
      `${LIMIT}-gone on session session`,
    ])
  })

  test('a managed policy that is gone as one that refuses', () => {
    for (const principal of [
      { ...USER, user: { ...alice, attached: [`${LIMIT}-gone`] } },
      { ...ROLE, role: { ...app, boundary: `${LIMIT}-gone` } },
    ]) {
      const { request, bearing: layers } = gather(land, principal, ASK, CIRCUMSTANCES)
      expect(decide(request, layers).effect).toBe('Deny')
    }
  })
})

describe('the organisation brings', () => {
  const FULL = 'arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess'
  const OWN = `arn:aws:organizations::${MANAGEMENT}:policy/${ORGANIZATION}/service_control_policy/p-own`
  const RCP = 'arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess'
  const SCPS = [
    ['r-root', FULL],
    ['ou-root-a', FULL],
    ['ou-root-b', FULL, OWN],
    [MEMBER, FULL],
  ]
  const RCPS = [['r-root', RCP], ['ou-root-a'], ['ou-root-b'], [MEMBER]]

  const ROWS: readonly [string, Principal, string, unknown, unknown][] = [
    ['a member on its own resource: both, root first', USER, MEMBER, SCPS, RCPS],
    ['the root user of a member: both', ROOT, MEMBER, SCPS, RCPS],
    ['a service-linked role: neither', LINKED, MEMBER, undefined, undefined],
    [
      'the management account on a member’s resource: the resource’s alone',
      { ...USER, account: MANAGEMENT },
      MEMBER,
      undefined,
      RCPS,
    ],
    ['a member on a resource of the management account: the caller’s alone', USER, MANAGEMENT, SCPS, undefined],
    [
      'a stranger on a member’s resource: the resource’s alone',
      { ...USER, account: STRANGER },
      MEMBER,
      undefined,
      RCPS,
    ],
    ['a member on a stranger’s resource: the caller’s alone', USER, STRANGER, SCPS, undefined],
    ['nobody on a member’s resource: the resource’s alone', ANONYMOUS, MEMBER, undefined, RCPS],
    ['a service on a member’s resource: the resource’s alone', SERVICE, MEMBER, undefined, RCPS],
  ]
  test.each([
    ['sts:AssumeRole', true],
    ['KMS:Decrypt', true],
    ['iam:CreateUser', false],
    ['ec2:RunInstances', false],
  ])('RCPs bear on %s: %j (fact 43: on some services alone)', (action, expected) => {
    const layers = bearing(USER, { action, account: MEMBER })
    expect([layers.rcp !== undefined, layers.scp !== undefined]).toEqual([expected, true])
  })

  test.each(ROWS)('%s', (_who, principal, owner, scp, rcp) => {
    const layers = bearing(principal, { account: owner })
    expect({ scp: targets(layers.scp), rcp: targets(layers.rcp) }).toEqual({ scp, rcp })
  })

  test('nothing where there is none', () => {
    const alone = estate([account(MEMBER, things)], organization({}))
    const { scp, rcp } = bearing(USER, {}, alone)
    expect([scp, rcp]).toEqual([undefined, undefined])
  })

  test('policies under ARNs of the management account, AWS’s under its own', () => {
    const organisation = { id: ORGANIZATION, managementAccount: MANAGEMENT }
    const about = (awsManaged: boolean) =>
      organizationPolicyArn(organisation, { id: 'p-own', type: 'SERVICE_CONTROL_POLICY', awsManaged })
    expect([about(false), about(true)]).toEqual([OWN, 'arn:aws:organizations::aws:policy/service_control_policy/p-own'])
  })
})

describe('the question brings', () => {
  test('its resource’s policy and rules, and says what it is about', () => {
    const resourcePolicy = { document: ALLOW, kind: 'resource' as const, name: 'b' }
    const { request, bearing: layers } = gather(
      land,
      USER,
      { ...ASK, resourcePolicy, resourceRule: 'gate', always: true },
      CIRCUMSTANCES,
    )
    expect(request).toMatchObject({ action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', resourceAccount: MEMBER })
    expect(request.caller).toEqual({
      type: 'User',
      arn: `arn:aws:iam::${MEMBER}:user/alice`,
      account: MEMBER,
      id: 'AIDAALICE',
    })
    expect(layers).toMatchObject({ resource: { name: 'b' }, resourceRule: 'gate', always: true })
  })

  test('nothing more where it has nothing more', () => {
    expect(Object.keys(bearing(ROOT, { account: STRANGER })).toSorted()).toEqual(['identity', 'scp'])
  })
})
