import { describe, expect, test } from 'vitest'
import {
  authorizationMessage,
  decide,
  denial,
  explained,
  tree,
  type Bearing,
  type Caller,
  type Request,
} from '../src/index.ts'
import { attached, bearingOf, policyCases, requestOf } from './cases.ts'

const A = '111111111111'
const ALICE: Caller = { type: 'User', arn: `arn:aws:iam::${A}:user/alice`, account: A, id: 'AIDAALICE' }
const GET = `User: arn:aws:iam::${A}:user/alice is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k`
const ROLE = `arn:aws:iam::${A}:role/r`
const denyAll = { Effect: 'Deny', Action: '*', Resource: '*' }
const scpArn = `arn:aws:organizations::${A}:policy/o-1/service_control_policy/p-1`

describe('a refusal in the words of AWS', () => {
  test.each<[string, Request, Bearing, boolean]>([
    [`${GET} because no identity-based policy allows the s3:GetObject action`, get(), { identity: [] }, true],
    [GET, get(), { identity: [] }, false],
    [`${GET} with an explicit deny in an identity-based policy`, get(), { identity: [policy(denyAll)] }, true],
    [
      `${GET} with an explicit deny in a service control policy: ${scpArn}`,
      get(),
      { identity: [], scp: [{ target: 'r-1', policies: [policy(denyAll, 'scp', { arn: scpArn })] }] },
      true,
    ],
    [
      `${GET} because no VPC endpoint policy allows the s3:GetObject action`,
      get(),
      { identity: [policy(allow())], endpoint: [] },
      true,
    ],
    [
      `User: arn:aws:iam::${A}:user/alice is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`,
      { ...get(), action: 'sts:AssumeRole', resource: ROLE },
      { identity: [], resourceRule: 'gate' },
      true,
    ],
    [
      `User: arn:aws:iam::${A}:user/alice is not authorized to perform: sts:AssumeRole on resource: ${ROLE} with an explicit deny in the role trust policy`,
      { ...get(), action: 'sts:AssumeRole', resource: ROLE },
      {
        identity: [],
        resource: policy({ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' }, 'trust'),
        resourceRule: 'gate',
      },
      true,
    ],
    [
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      { ...get(), caller: { type: 'Federated', provider: 'idp' }, action: 'sts:AssumeRoleWithWebIdentity' },
      { identity: [] },
      true,
    ],
  ])('%s', (text, request, bearing, disclose) => {
    expect(denial(decide(request, bearing), { disclose })).toBe(text)
  })
})

test('the tree shows what was wanted and what was had', () => {
  const near = allow({ Condition: { StringEquals: { 'aws:PrincipalTag/team': ['red', 'blue'] } } })
  const request = { ...get(), context: new Map([['aws:principaltag/team', 'green']]) }
  expect(
    tree(
      decide(request, {
        identity: [{ ...policy(near), name: 'inline', on: 'user alice' }],
        boundary: [policy(allow())],
      }),
    ),
  ).toBe(`DENIED  arn:aws:iam::${A}:user/alice  s3:GetObject  arn:aws:s3:::b/k
  why: no identity-based policy allows it
  account ${A}, of the caller and the resource
    ✗ identity-based policy: says nothing
        missed  inline on user alice, Statement[0]: StringEquals aws:PrincipalTag/team wanted \`red\` or \`blue\`, had \`green\`
    ✓ permissions boundary: allows
        spoke   an inline policy, Statement[0]
  to allow it: in ${A} an identity-based policy of the caller must allow it, or the resource's policy must name the caller`)
})

test('findings are worked out once, and only when read', () => {
  const decision = decide(get(), { identity: [policy(allow())] })
  expect(decision.findings).toBe(decision.findings)
  expect(decision.findings).toMatchObject([{ layer: 'identity', effect: 'Allow', spoke: [{ index: 0 }], missed: [] }])
})

test.each(['decisions/doc-semantics.json', 'conditions/generated-operators.json'])(
  'some layer blocks a call exactly where it is refused, and what would help is told: %s',
  (path) => {
    for (const one of policyCases(path)) {
      const decision = decide(requestOf(one), bearingOf(one))
      const blocked = decision.findings.some(({ blocks }) => blocks)
      expect([one.id, blocked]).toEqual([one.id, decision.effect === 'Deny'])
      expect([one.id, explained(decision).remedies.length > 0]).toEqual([one.id, blocked])
    }
  },
)

test('every blocker is told, in both accounts, with the policy that is not there at all', () => {
  const abroad: Request = { ...get(), resourceAccount: '222222222222' }
  const bearing: Bearing = {
    identity: [],
    scp: [{ target: 'r-1', policies: [{ ...policy(denyAll, 'scp'), arn: scpArn }] }],
    boundary: [policy(allow({ Action: 'ec2:*' }))],
  }
  expect(tree(decide(abroad, bearing))).toBe(`DENIED  arn:aws:iam::${A}:user/alice  s3:GetObject  arn:aws:s3:::b/k
  why: explicit deny in a service control policy: ${scpArn}, Statement[0]
  account ${A}, of the caller
    ✗ service control policy at r-1: denies
        spoke   ${scpArn}, Statement[0]
    ✗ identity-based policy: says nothing: there is none
    ✗ permissions boundary: says nothing of s3:GetObject
  account 222222222222, of the resource
    ✗ resource-based policy: says nothing: there is none
  to allow it: in ${A} ${scpArn}, Statement[0] must no longer deny it; in 222222222222 the resource's policy must allow it to this caller; in ${A} an identity-based policy of the caller must allow it; in ${A} the caller's permissions boundary must allow it`)
})

test('a miss tells every element that stood in the way', () => {
  const far = {
    Effect: 'Allow',
    Principal: { AWS: ['222222222222'] },
    Action: 's3:*',
    NotResource: 'arn:aws:s3:::b/*',
    Condition: { Bool: { 'aws:SecureTransport': 'true' }, Null: { 'aws:username': 'false' } },
  }
  const { findings } = decide(get(), { identity: [], resource: policy(far, 'resource') })
  expect(findings[0]).toMatchObject({
    layer: 'resource',
    account: A,
    blocks: false,
    missed: [
      {
        misses: [
          { element: 'Principal', wanted: ['arn:aws:iam::222222222222:root'] },
          { element: 'Resource', wanted: ['arn:aws:s3:::b/*'], not: true },
          { element: 'Condition', operator: 'Bool', key: 'aws:SecureTransport', wanted: ['true'], had: undefined },
          { element: 'Condition', operator: 'Null', key: 'aws:username', wanted: ['false'] },
        ],
      },
    ],
  })
})

test('a tree tells of so many statements and no more', () => {
  const near = allow({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } })
  const bearing: Bearing = {
    identity: [attached({ Version: '2012-10-17', Statement: Array(9).fill(near) }, 'identity')],
  }
  expect(tree(decide(get(), bearing), { most: 2 }).split('\n')).toHaveLength(2 + 1 + 1 + 2 + 1 + 1)
  expect(tree(decide(get(), bearing), { most: 2 })).toContain('… and 7 more')
})

test('an authorization message names the statement that denied', () => {
  const decision = decide(
    { ...get(), context: new Map([['aws:userid', 'AIDAALICE']]) },
    { identity: [policy(denyAll)] },
  )
  expect(authorizationMessage(decision)).toMatchObject({
    allowed: false,
    explicitDeny: true,
    matchedStatements: { items: [{ effect: 'DENY', actions: { items: [{ value: '*' }] } }] },
    failures: { items: [] },
    context: {
      principal: { id: 'AIDAALICE', arn: `arn:aws:iam::${A}:user/alice` },
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::b/k',
      conditions: { items: [{ key: 'aws:userid', values: { items: [{ value: 'AIDAALICE' }] } }] },
    },
  })
})

function get(): Request {
  return { caller: ALICE, action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', resourceAccount: A, context: new Map() }
}

function allow(more: object = {}): object {
  return { Effect: 'Allow', Action: 's3:*', Resource: '*', ...more }
}

function policy(
  statement: object,
  kind: 'identity' | 'scp' | 'trust' | 'resource' = 'identity',
  names: { readonly arn?: string } = {},
) {
  return attached({ Version: '2012-10-17', Statement: [statement] }, kind, names)
}
