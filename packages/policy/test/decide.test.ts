import { describe, expect, test } from 'vitest'
import {
  compile,
  decide,
  GLOBAL_KEYS,
  globalKey,
  OPERATORS,
  readOperator,
  type Bearing,
  type Caller,
  type Request,
  type Statement,
} from '../src/index.ts'
import { attached, policyCases } from './cases.ts'

const A = '111111111111'
const B = '222222222222'
const ALICE = { type: 'User', arn: `arn:aws:iam::${A}:user/alice`, account: A, id: 'AIDAALICE0000000000001' } as const
const APP: Caller = {
  type: 'AssumedRole',
  arn: `arn:aws:sts::${A}:assumed-role/app/s1`,
  account: A,
  role: `arn:aws:iam::${A}:role/team/app`,
  roleId: 'AROAAPP000000000000001',
}
const CAROL: Caller = {
  type: 'FederatedUser',
  arn: `arn:aws:sts::${A}:federated-user/carol`,
  account: A,
  user: `arn:aws:iam::${A}:user/alice`,
  userId: 'AIDAALICE0000000000001',
}
const ROOT: Caller = { type: 'Root', arn: `arn:aws:iam::${A}:root`, account: A }
const SERVICE: Caller = { type: 'Service', service: 'lambda.amazonaws.com' }
const WEB: Caller = { type: 'Federated', provider: `arn:aws:iam::${A}:oidc-provider/idp.example.com` }
const ANYBODY: Caller = { type: 'Anonymous' }

const ALL_OF_US = { everyone: true, by: {} } as const
const ALL = identity({ Effect: 'Allow', Action: '*', Resource: '*' })
const NOTHING = identity({ Effect: 'Allow', Action: 'none:None', Resource: '*' })

describe('a principal names', () => {
  test.each<[object | string, Caller, boolean, string]>([
    ['*', ANYBODY, true, 'everyone, even unsigned'],
    ['*', SERVICE, true, 'and services'],
    [{ AWS: ['*'] }, ALICE, true, 'spelt as a list'],
    [{ AWS: A }, ROOT, true, 'the account is its root user too'],
    [{ AWS: A }, ALICE, false, 'to others it only delegates'],
    [{ AWS: `arn:aws:iam::${A}:user/alice` }, ALICE, true, 'a user by ARN'],
    [{ AWS: `arn:aws:iam::${A}:user/Alice` }, ALICE, false, 'to the letter'],
    [{ AWS: 'AIDAALICE0000000000001' }, ALICE, true, 'a user by unique id'],
    [{ AWS: 'AIDAALICE0000000000002' }, ALICE, false, 'the id of her deleted namesake'],
    [{ AWS: `arn:aws:iam::${A}:role/team/app` }, APP, true, 'a role with its path'],
    [{ AWS: `arn:aws:iam::${A}:role/app` }, APP, false, 'not without'],
    [{ AWS: 'AROAAPP000000000000001' }, APP, true, 'a role by unique id'],
    [{ AWS: `arn:aws:sts::${A}:assumed-role/app/s1` }, APP, true, 'one session'],
    [{ AWS: `arn:aws:sts::${A}:assumed-role/app/s2` }, APP, false, 'not another'],
    [{ AWS: `arn:aws:sts::${A}:federated-user/carol` }, CAROL, true, 'a federated user'],
    [{ AWS: 'AIDAALICE0000000000001' }, CAROL, true, 'the user behind it by unique id'],
    [{ Service: 'lambda.amazonaws.com' }, SERVICE, true, 'a service'],
    [{ Service: 'lambda.amazonaws.com' }, ALICE, false, 'which no user is'],
    [{ Federated: `arn:aws:iam::${A}:oidc-provider/idp.example.com` }, WEB, true, 'a provider'],
    [{ AWS: `arn:aws:iam::${A}:oidc-provider/x` }, ANYBODY, false, 'nobody in particular'],
  ])('%j, asked of %o: %j (%s)', (Principal, caller, allowed) => {
    const policy = resource({ Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: '*' })
    const rule = caller === ROOT ? 'gate' : 'grants'
    expect(decide(get(caller), { identity: [], resource: policy, resourceRule: rule }).effect).toBe(
      allowed ? 'Allow' : 'Deny',
    )
  })
})

describe('the first layer that blocks is the reason', () => {
  const allowing = resource({ Effect: 'Allow', Principal: { AWS: A }, Action: 's3:*', Resource: '*' })
  const foreign = get(ALICE, B)
  const aliceNamed = resource({ Effect: 'Allow', Principal: { AWS: ALICE.arn }, Action: 's3:*', Resource: '*' })
  test.each<[string, Request, Bearing, string, string]>([
    ['nobody allows', get(ALICE), { identity: [] }, 'identity', 'in one account the identity answers'],
    ['no boundary', get(ALICE), { identity: [ALL], boundary: [] }, 'boundary', 'an empty layer allows nothing'],
    ['boundary', get(ALICE), { identity: [ALL], boundary: [NOTHING], session: [] }, 'boundary', 'before the session'],
    ['session', get(APP), { identity: [ALL], session: [NOTHING] }, 'session', 'a session policy limits its role'],
    [
      'no session policy',
      get(CAROL),
      { identity: [ALL] },
      'session',
      'GetFederationToken without a policy carries nothing',
    ],
    [
      'nor abroad',
      get(CAROL, B),
      { identity: [ALL], resource: aliceNamed },
      'session',
      'not even where its user is named',
    ],
    ['endpoint', get(ALICE), { identity: [ALL], endpoint: [] }, 'endpoint', 'last of all'],
    ['scp', get(ALICE), { identity: [], scp: [] }, 'scp', 'an organisation without levels allows nothing'],
    ['other account', foreign, { identity: [ALL] }, 'resource', 'another account must allow'],
    ['own account', foreign, { identity: [], resource: allowing }, 'identity', 'and so must the own'],
    ['no key policy', get(ALICE), { identity: [ALL], resourceRule: 'gate' }, 'resource', 'a gate must allow'],
    ['unsigned', get(ANYBODY), { identity: [] }, 'resource', 'who has no identity needs the resource'],
    ['foreign root', get(ROOT, B), { identity: [] }, 'resource', 'root rules at home only'],
  ])('%s', (_name, request, bearing, layer) => {
    expect(decide(request, bearing).reason).toMatchObject({ code: 'ImplicitDeny', layer })
  })

  test('a silent level of the organisation is named', () => {
    const scp = [
      { target: 'r-1', policies: [control({ Effect: 'Allow', Action: '*', Resource: '*' })] },
      { target: 'ou-1', policies: [] },
    ]
    expect(decide(get(ALICE), { identity: [ALL], scp }).reason).toEqual({
      code: 'ImplicitDeny',
      layer: 'scp',
      level: 'ou-1',
    })
  })

  test('denies are reported in the order of the layers', () => {
    const deny = { Effect: 'Deny', Action: '*', Resource: '*' }
    const bearing = { identity: [identity(deny)], boundary: [ALL], scp: [{ target: 'r-1', policies: [control(deny)] }] }
    expect(decide(get(ALICE), bearing).reason).toMatchObject({ code: 'ExplicitDeny', layer: 'scp' })
  })
})

describe('a session of the root user', () => {
  const task = identity({ Effect: 'Deny', NotAction: 's3:DeleteBucketPolicy', Resource: '*' })
  const decided = (action: string) => decide({ ...get(ROOT), action }, { identity: [], session: [task] }).reason.code

  test('may do what its task does not forbid, though the task allows nothing', () => {
    expect(decided('s3:DeleteBucketPolicy')).toBe('Allowed')
  })

  test('may do nothing that its task forbids', () => {
    expect(decided('s3:GetObject')).toBe('ExplicitDeny')
  })
})

describe('control policies pass over', () => {
  const none = { Effect: 'Deny', Action: '*', Resource: '*' }
  const linked: Caller = { ...APP, serviceLinked: true }
  const open = resource({ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' })
  test.each<[Caller, 'scp' | 'rcp', boolean, string]>([
    [linked, 'scp', true, 'service-linked roles'],
    [linked, 'rcp', true, 'service-linked roles'],
    [SERVICE, 'scp', true, 'services: SCPs bind the organisation only'],
    [ANYBODY, 'scp', true, 'strangers likewise'],
    [SERVICE, 'rcp', false, 'but RCPs bind everybody'],
    [ROOT, 'scp', false, 'the root user of a member is bound'],
    [ROOT, 'rcp', false, 'by both'],
  ])('%o under an %s: %j (%s)', (caller, layer, allowed) => {
    const policy = layer === 'scp' ? control(none) : attached(document({ ...none, Principal: '*' }), 'rcp')
    const bearing = { identity: [ALL], resource: open, [layer]: [{ target: 'r-1', policies: [policy] }] }
    expect(decide(get(caller), bearing).effect).toBe(allowed ? 'Allow' : 'Deny')
  })
})

test('a call that needs no permission passes even against a deny', () => {
  const bearing = { identity: [identity({ Effect: 'Deny', Action: '*', Resource: '*' })], always: true }
  expect(decide(get(ALICE), bearing).reason).toEqual({ code: 'AlwaysAllowed' })
})

test('a text that cannot be read denies', () => {
  const policy = attached({ Statement: 'nonsense' }, 'identity')
  expect(policy.policy.unreadable).toBe(true)
  expect(decide(get(ALICE), { identity: [ALL, policy] }).reason).toMatchObject({
    code: 'ExplicitDeny',
    layer: 'identity',
  })
})

describe('a pattern of fewer than six segments', () => {
  test.each<[string, 'identity' | 'resource', boolean, string]>([
    ['arn:aws:s3', 'identity', true, 'stands for all that begins so'],
    ['arn:aws:sqs', 'identity', false, 'of its service'],
    ['arn:aws:s3', 'resource', false, 'on resources only with a star'],
    ['arn:aws:s*', 'resource', true, 'on resources with a star'],
  ])('%s in an %s policy: %j (%s)', (Resource, kind, allowed) => {
    const statement = { Effect: 'Allow', Action: 's3:*', Resource }
    const bearing =
      kind === 'identity'
        ? { identity: [identity(statement)] }
        : { identity: [], resource: resource({ ...statement, Principal: '*' }) }
    expect(decide(get(ALICE), bearing).effect).toBe(allowed ? 'Allow' : 'Deny')
  })

  test('and an action without a resource is covered by a star alone', () => {
    const request = { ...get(ALICE), action: 's3:ListAllMyBuckets', resource: '*' }
    expect([decide(request, aboutOnly('*')).effect, decide(request, aboutOnly('arn:aws:s3:::*')).effect]).toEqual([
      'Allow',
      'Deny',
    ])
  })
})

describe('a NotPrincipal', () => {
  const user = `arn:aws:iam::${A}:user/alice`
  const role = `arn:aws:iam::${A}:role/team/app`
  const session = `arn:aws:sts::${A}:assumed-role/app/s1`
  test.each<[object | string, Caller, boolean, string]>([
    [{ AWS: [A, user] }, ALICE, true, 'spares who is listed with her account'],
    [{ AWS: user }, ALICE, false, 'not without the account'],
    [{ AWS: A }, ALICE, false, 'nor by the account alone'],
    [{ AWS: A }, ROOT, true, 'but for the root user, who is the account'],
    [{ AWS: [A, role, session] }, APP, true, 'spares a session with role and account'],
    [{ AWS: [A, session] }, APP, false, 'not without the role'],
    [{ AWS: [A, role] }, APP, false, 'nor the role without the session'],
    [{ Service: 'lambda.amazonaws.com' }, SERVICE, true, 'spares a service'],
    [{ AWS: A }, SERVICE, false, 'but not one that it does not list'],
    [{ AWS: A }, WEB, false, 'nor whoever comes from outside'],
    [{ AWS: A }, ANYBODY, false, 'never spares a stranger'],
  ])('%j, asked of %o: %j (%s)', (NotPrincipal, caller, allowed) => {
    const deny = { Effect: 'Deny', NotPrincipal, Action: '*', Resource: '*' }
    const open = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }
    const policy = attached({ Version: '2012-10-17', Statement: [open, deny] }, 'resource')
    expect(decide(get(caller), { identity: [], resource: policy }).effect).toBe(allowed ? 'Allow' : 'Deny')
  })
})

describe('a document that the parser would refuse grants nothing', () => {
  const base = { effect: 'Allow', actions: ['*'], resources: ['*'], conditions: [] } as const
  test.each<[string, Statement]>([
    ['an Allow for all but some', { ...base, notPrincipal: { everyone: false, by: {} } }],
    ['an Allow that says not for whom', base],
    [
      'a condition of no known operator',
      { ...base, principal: ALL_OF_US, conditions: [{ operator: 'Is', key: 'a:b', values: [] }] },
    ],
    ['no resource', { effect: 'Allow', principal: ALL_OF_US, actions: ['*'], conditions: [] }],
    ['no action', { effect: 'Allow', principal: ALL_OF_US, resources: ['*'], conditions: [] }],
  ])('%s', (_name, statement) => {
    const policy = compile({ version: '2012-10-17', statements: [statement] }, 'resource')
    expect(decide(get(ALICE), { identity: [], resource: { policy } }).effect).toBe('Deny')
  })
})

test.each([[0], [1]])('the closest of several grants counts, in any order', (first) => {
  const grants = [A, ALICE.arn].map((AWS) => ({ Effect: 'Allow', Principal: { AWS }, Action: '*', Resource: '*' }))
  const Statement = [grants[first], grants[1 - first]]
  const bearing = { identity: [], resource: attached({ Version: '2012-10-17', Statement }, 'resource') }
  expect(decide(get(ALICE), bearing).reason).toEqual({ code: 'Allowed', by: ['resource'] })
})

test('an RCP pattern of fewer than six segments matches nothing', () => {
  const rcp = attached(document({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3*' }), 'rcp')
  expect(decide(get(ALICE), { identity: [ALL], rcp: [{ target: 'r-1', policies: [rcp] }] }).effect).toBe('Allow')
})

describe('a variable in a Resource', () => {
  const request: Request = {
    ...get(ALICE),
    resource: 'arn:aws:sqs:us-east-1:111111111111:alice',
    action: 'sqs:SendMessage',
    context: new Map([
      ['aws:username', 'alice'],
      ['aws:requestedregion', 'us-east-1'],
      ['aws:tagkeys', 'alice'],
    ]),
  }
  test.each([
    ['arn:aws:sqs:*:*:${aws:username}', true, 'stands in the last segment'],
    ['arn:aws:sqs:${aws:RequestedRegion}:*:alice', false, 'and in no other'],
    ['arn:aws:sqs:*:*:${aws:TagKeys}', false, 'and is a key of one value'],
  ])('%s: %j (%s)', (Resource, allowed) => {
    const bearing = { identity: [identity({ Effect: 'Allow', Action: 'sqs:*', Resource })] }
    expect(decide(request, bearing).effect).toBe(allowed ? 'Allow' : 'Deny')
  })
})

describe('an action', () => {
  test.each([
    ['S3:getOBJECT', true, 'matches in any case'],
    ['s3:*Obj*t', true, 'with stars anywhere in its name'],
    ['*:Get*', true, 'over all services'],
    ['s3:', false, 'not without a name'],
    ['s3:Get Object', false, 'not with a space'],
    ['s3:Get,Object', false, 'a comma is a letter like others'],
  ])('%s: %j (%s)', (Action, allowed) => {
    const bearing = { identity: [identity({ Effect: 'Allow', Action, Resource: '*' })] }
    expect(decide(get(ALICE), bearing).effect).toBe(allowed ? 'Allow' : 'Deny')
  })
})

describe('the tables', () => {
  const written = policyCases('conditions/generated-operators.json').map((one) => JSON.stringify(one.identityPolicies))
  // [I] Bytes are compared as base64 text; no recorded case exists.
  const uncovered = new Set(['BinaryEquals'])

  test.each(Object.keys(OPERATORS).filter((name) => !uncovered.has(name)))('%s has cases', (name) => {
    expect(written.some((text) => new RegExp(`"(?:For\\w+:)?${name}(?:IfExists)?"`).test(text))).toBe(true)
  })

  test('operators are found in any case, with prefix and suffix', () => {
    expect(readOperator('foranyvalue:STRINGLIKEifexists')).toMatchObject({ ifExists: true, set: 'any' })
    expect(readOperator('ForSomeValues:StringLike')).toBeUndefined()
  })

  test('global keys are unique whatever their case', () => {
    expect(new Set(GLOBAL_KEYS.map(({ name }) => name.toLowerCase())).size).toBe(GLOBAL_KEYS.length)
  })

  test('a tag finds the row of its family', () => {
    expect(globalKey('AWS:principaltag/Team')).toMatchObject({ name: 'aws:PrincipalTag/' })
    expect(globalKey('aws:nothing')).toBeUndefined()
  })
})

function get(caller: Caller, resourceAccount = A): Request {
  return { caller, action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key', resourceAccount, context: new Map() }
}

function aboutOnly(Resource: string): Bearing {
  return { identity: [identity({ Effect: 'Allow', Action: 's3:*', Resource })] }
}

function document(statement: object): { readonly Version: string; readonly Statement: readonly object[] } {
  return { Version: '2012-10-17', Statement: [statement] }
}

function identity(statement: object) {
  return attached(document(statement), 'identity')
}

function control(statement: object) {
  return attached(document(statement), 'scp')
}

function resource(statement: object) {
  return attached(document(statement), 'resource')
}
