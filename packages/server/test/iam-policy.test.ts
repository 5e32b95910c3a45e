import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SetDefaultPolicyVersionCommand,
  paginateListAttachedUserPolicies,
  paginateListEntitiesForPolicy,
  paginateListPolicies,
  paginateListPolicyVersions,
  paginateListUserPolicies,
  waitUntilPolicyExists,
} from '@aws-sdk/client-iam'
import { MANAGEMENT, startServer, type Keys, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, pagesOf, policyText, trustText } from './people.ts'

let server: TestServer
let iam: IAMClient
let pat: Keys
const UserName = 'pat'
const ANY = policyText({ Effect: 'Allow', Action: '*', Resource: '*' })
const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess'
const arn = (name: string) => `arn:aws:iam::${MANAGEMENT}:policy/${name}`

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  pat = await newUser(server, UserName)
  await iam.send(new CreateGroupCommand({ GroupName: 'pats' }))
  await iam.send(new CreateRoleCommand({ RoleName: 'pats', AssumeRolePolicyDocument: trustText({ AWS: MANAGEMENT }) }))
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const create = (PolicyName: string, PolicyDocument = ANY, more = {}) =>
  iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument, ...more }))
const version = (PolicyArn: string, SetAsDefault = false, PolicyDocument = ANY) =>
  iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault }))
const asPat = () => iamOf(server, pat).send(new ListUsersCommand({}))

describe('iam:CreatePolicy', () => {
  test('answers the policy with its path in the ARN, a unique id and version v1', async () => {
    const { Policy } = await create('Doors', ANY, { Path: '/house/', Description: 'opens' })
    expect(Policy).toMatchObject({
      Arn: arn('house/Doors'),
      PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
      DefaultVersionId: 'v1',
      AttachmentCount: 0,
      PermissionsBoundaryUsageCount: 0,
      IsAttachable: true,
    })
  })

  test('has names unique whatever their case and path', async () => {
    const message = 'A policy called DOORS already exists. Duplicate names are not allowed.'
    await expectRefusal(create('DOORS'), 'EntityAlreadyExists', message, 409)
  })

  test('takes 6144 characters without their white space, and no more', async () => {
    const filled = (length: number) => {
      const bare = policyText({ Sid: '', Effect: 'Allow', Action: '*', Resource: '*' })
      return bare.replace('"Sid":""', `"Sid":"${'s'.repeat(length - bare.length)}"`).replaceAll(',', ', \n')
    }
    await expectRefusal(create('Long', filled(6145)), 'LimitExceeded', 'Cannot exceed quota for PolicySize: 6144', 409)
    await expect(create('Long', filled(6144))).resolves.toBeDefined()
  })
})

describe('documents that IAM refuses', () => {
  const allow = (more: object) => policyText({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...more })
  const DOCUMENTS: readonly [string, string, string | RegExp][] = [
    ['no JSON', '{"Statement":', 'Syntax errors in policy.'],
    ['no object', '[]', 'Syntax errors in policy.'],
    ['no statement', '{"Version":"2012-10-17"}', 'Syntax errors in policy.'],
    ['another version', allow({}).replace('2012-10-17', '2012-10-18'), 'Syntax errors in policy.'],
    ['no action', policyText({ Effect: 'Allow', Resource: '*' }), 'Policy statement must contain actions.'],
    [
      'no resource',
      policyText({ Effect: 'Allow', Action: 's3:GetObject' }),
      'Policy statement must contain resources.',
    ],
    [
      'an action without its service',
      allow({ Action: 'GetObject' }),
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    ['a resource that is no ARN', allow({ Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
    [
      'two statements of one name',
      policyText(
        { Sid: 'a', Effect: 'Allow', Action: '*', Resource: '*' },
        { Sid: 'a', Effect: 'Deny', Action: '*', Resource: '*' },
      ),
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    ['a principal', allow({ Principal: '*' }), 'Policy document should not specify a principal.'],
    ['a key twice', allow({}).replace('"Effect"', '"Effect":"Deny","Effect"'), /./],
    ['an effect that is none', allow({ Effect: 'allow' }), 'Syntax errors in policy.'],
  ]
  test.each(DOCUMENTS)('%s', async (_what, document, message) => {
    for (const call of [
      create('Refused', document),
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'refused', PolicyDocument: document })),
      version(arn('house/Doors'), false, document),
    ]) {
      await expectRefusal(call, 'MalformedPolicyDocument', message, 400)
    }
  })
})

describe('versions', () => {
  const PolicyArn = arn('Versioned')
  beforeAll(() => create('Versioned'))

  test('are five at the most, and their numbers do not come again', async () => {
    for (const _ of [2, 3, 4, 5]) await version(PolicyArn)
    const sixth =
      'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.'
    await expectRefusal(version(PolicyArn), 'LimitExceeded', sixth, 409)
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v5' }))
    const { PolicyVersion } = await version(PolicyArn, true)
    expect(PolicyVersion).toMatchObject({ VersionId: 'v6', IsDefaultVersion: true })
    expect(PolicyVersion?.Document).toBeUndefined()
  })

  test('are listed newest first, in pages', async () => {
    const pages = await pagesOf(
      paginateListPolicyVersions({ client: iam, pageSize: 2 }, { PolicyArn }),
      ({ Versions }) => Versions,
    )
    expect(pages.map((rows) => rows.map(({ VersionId }) => VersionId))).toEqual([['v6', 'v4'], ['v3', 'v2'], ['v1']])
  })

  test('count by the one that is the default', async () => {
    const denying = policyText({ Effect: 'Deny', Action: '*', Resource: '*' })
    await create('Switched', policyText({ Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*' }))
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: arn('Switched') }))
    await version(arn('Switched'), false, denying)
    await expect(asPat()).resolves.toBeDefined()
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: arn('Switched'), VersionId: 'v2' }))
    await expectRefusal(
      asPat(),
      'AccessDenied',
      new RegExp(`with an explicit deny in an identity-based policy: ${arn('Switched')}$`),
    )
    await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: arn('Switched') }))
  })

  test('come back URL-encoded, as they were given', async () => {
    const document = `{\n  "Version": "2012-10-17",\n  "Statement": {"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/(x)'!"}\n}`
    await create('Encoded', document)
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ PolicyArn: arn('Encoded'), VersionId: 'v1' }),
    )
    expect(PolicyVersion?.Document).toMatch(/^[A-Za-z0-9._~%-]+$/)
    expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toBe(document)
  })

  const REFUSED: readonly [string, () => Promise<unknown>, string, string][] = [
    [
      'the default, to be deleted',
      () => iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v6' })),
      'DeleteConflict',
      'Cannot delete the default version of a policy.',
    ],
    [
      'one that is gone, to be deleted',
      () => iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v5' })),
      'NoSuchEntity',
      `Policy ${PolicyArn} version v5 does not exist or is not attachable.`,
    ],
    [
      'one that is gone, to be read',
      () => iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v5' })),
      'NoSuchEntity',
      `Policy ${PolicyArn} version v5 does not exist or is not attachable.`,
    ],
    [
      'one that is gone, as the default',
      () => iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v5' })),
      'NoSuchEntity',
      `Policy ${PolicyArn} version v5 does not exist or is not attachable.`,
    ],
    [
      'those of no policy',
      () => iam.send(new ListPolicyVersionsCommand({ PolicyArn: arn('none') })),
      'NoSuchEntity',
      `Policy ${arn('none')} was not found.`,
    ],
  ]
  test.each(REFUSED)('%s: refused', async (_what, call, code, message) => {
    await expectRefusal(call(), code, message)
  })
})

describe("AWS's own policies", () => {
  test('can be read and attached', async () => {
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: ADMIN }))
    expect(Policy).toMatchObject({ PolicyName: 'AdministratorAccess', IsAttachable: true, DefaultVersionId: 'v1' })
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn: ADMIN, VersionId: 'v1' }))
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ''))).toMatchObject({
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    })
  })

  test('cannot be changed', async () => {
    await expectRefusal(version(ADMIN), 'AccessDenied', /./, 403)
    await expectRefusal(iam.send(new DeletePolicyCommand({ PolicyArn: ADMIN })), 'AccessDenied', /./, 403)
  })

  test('that are withdrawn are refused as not attachable, with their successor', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/AWSLambdaReadOnlyAccess'
    const message =
      /^Policy arn:aws:iam::aws:policy\/AWSLambdaReadOnlyAccess does not exist or is not attachable\..*AWSLambda_ReadOnlyAccess/
    await expectRefusal(iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn })), 'NoSuchEntity', message, 404)
    const successor = new AttachUserPolicyCommand({
      UserName,
      PolicyArn: 'arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess',
    })
    await expect(iam.send(successor)).resolves.toBeDefined()
  })

  test('are listed in pages, apart from the own ones', async () => {
    const aws = await pagesOf(
      paginateListPolicies({ client: iam, pageSize: 500 }, { Scope: 'AWS' }),
      ({ Policies }) => Policies,
    )
    expect(aws.length).toBeGreaterThan(2)
    expect(aws.flat().every(({ Arn = '' }) => Arn.startsWith('arn:aws:iam::aws:policy/'))).toBe(true)
    expect(new Set(aws.flat().map(({ Arn }) => Arn)).size).toBe(aws.flat().length)
    const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: 'Local', PathPrefix: '/house/' }))
    expect(Policies?.map(({ PolicyName }) => PolicyName)).toEqual(['Doors'])
    const { Policies: attached } = await iam.send(new ListPoliciesCommand({ OnlyAttached: true }))
    expect(attached?.map(({ PolicyName }) => PolicyName).toSorted()).toEqual([
      'AWSLambda_ReadOnlyAccess',
      'AdministratorAccess',
    ])
  })
})

describe('attachments', () => {
  const ATTACH: readonly [string, (PolicyArn: string) => Promise<unknown>][] = [
    ['user', (PolicyArn) => iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }))],
    ['group', (PolicyArn) => iam.send(new AttachGroupPolicyCommand({ GroupName: 'pats', PolicyArn }))],
    ['role', (PolicyArn) => iam.send(new AttachRolePolicyCommand({ RoleName: 'pats', PolicyArn }))],
  ]
  test.each(ATTACH)('to a %s are refused for a policy that is not there', async (_kind, attach) => {
    await expectRefusal(
      attach(arn('none')),
      'NoSuchEntity',
      `Policy ${arn('none')} does not exist or is not attachable.`,
      404,
    )
    await expectRefusal(
      attach(arn('Doors')),
      'NoSuchEntity',
      `Policy ${arn('Doors')} does not exist or is not attachable.`,
      404,
    )
    await expectRefusal(attach('longpolicynamebutnoarn'), 'ValidationError', 'Invalid ARN:  Could not be parsed!', 400)
  })

  test('are ten at the most, and attaching again changes nothing', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'full' }))
    const attach = (PolicyArn: string) => iam.send(new AttachUserPolicyCommand({ UserName: 'full', PolicyArn }))
    for (const at of Array.from({ length: 10 }, (_, one) => one)) {
      await create(`ten-${at}`, ANY, { Path: '/ten/' })
      await attach(arn(`ten/ten-${at}`))
    }
    await attach(arn('ten/ten-3'))
    await expectRefusal(attach(ADMIN), 'LimitExceeded', 'Cannot exceed quota for PoliciesPerUser: 10', 409)
    const pages = await pagesOf(
      paginateListAttachedUserPolicies({ client: iam, pageSize: 4 }, { UserName: 'full', PathPrefix: '/ten/' }),
      ({ AttachedPolicies }) => AttachedPolicies,
    )
    expect(pages.map(({ length }) => length)).toEqual([4, 4, 2])
    expect(pages[0]?.[0]).toEqual({ PolicyName: 'ten-0', PolicyArn: arn('ten/ten-0') })
  })

  test('are counted, and listed by who has them', async () => {
    const PolicyArn = arn('ten/ten-0')
    for (const [, attach] of ATTACH) await attach(PolicyArn)
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(4)
    const pages = await pagesOf(paginateListEntitiesForPolicy({ client: iam, pageSize: 1 }, { PolicyArn }), (page) => [
      ...(page.PolicyGroups ?? []).map(({ GroupName }) => GroupName),
      ...(page.PolicyRoles ?? []).map(({ RoleName }) => RoleName),
      ...(page.PolicyUsers ?? []).map(({ UserName: name }) => name),
    ])
    expect(pages).toEqual([['pats'], ['pats'], ['full'], ['pat']])
    const { PolicyUsers, PolicyRoles } = await iam.send(
      new ListEntitiesForPolicyCommand({ PolicyArn, EntityFilter: 'Role' }),
    )
    expect([PolicyUsers, PolicyRoles?.length]).toEqual([[], 1])
    await expectRefusal(
      iam.send(new DeletePolicyCommand({ PolicyArn })),
      'DeleteConflict',
      'Cannot delete a policy attached to entities.',
      409,
    )
  })

  test('that are not there cannot be detached', async () => {
    const call = iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: arn('house/Doors') }))
    await expectRefusal(call, 'NoSuchEntity', `Policy ${arn('house/Doors')} was not found.`, 404)
    const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName, PathPrefix: '/none/' }))
    expect(AttachedPolicies).toEqual([])
  })
})

describe('iam:DeletePolicy', () => {
  test('refuses a policy that has versions, and takes it without', async () => {
    const PolicyArn = arn('Ending')
    await create('Ending')
    await version(PolicyArn)
    const message =
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
    await expectRefusal(iam.send(new DeletePolicyCommand({ PolicyArn })), 'DeleteConflict', message, 409)
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))
    await iam.send(new DeletePolicyCommand({ PolicyArn }))
    await expectRefusal(
      iam.send(new GetPolicyCommand({ PolicyArn })),
      'NoSuchEntity',
      `Policy ${PolicyArn} was not found.`,
      404,
    )
  })
})

describe('inline policies', () => {
  test('come back URL-encoded, are replaced by name, and are listed in pages', async () => {
    for (const name of ['c', 'a', 'b', 'a']) {
      await iam.send(new PutUserPolicyCommand({ UserName: 'full', PolicyName: name, PolicyDocument: ANY }))
    }
    const { PolicyDocument = '' } = await iam.send(new GetUserPolicyCommand({ UserName: 'full', PolicyName: 'a' }))
    expect(decodeURIComponent(PolicyDocument)).toBe(ANY)
    expect(PolicyDocument).toMatch(/^[A-Za-z0-9._~%-]+$/)
    const pages = await pagesOf(
      paginateListUserPolicies({ client: iam, pageSize: 2 }, { UserName: 'full' }),
      ({ PolicyNames }) => PolicyNames,
    )
    expect(pages).toEqual([['a', 'b'], ['c']])
  })

  const long = (size: number) => policyText({ Sid: 's'.repeat(size), Effect: 'Allow', Action: '*', Resource: '*' })
  const SIZES: readonly [string, number, (PolicyName: string, PolicyDocument: string) => Promise<unknown>][] = [
    [
      'user pat',
      2048,
      (PolicyName, PolicyDocument) => iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument })),
    ],
    [
      'group pats',
      5120,
      (PolicyName, PolicyDocument) =>
        iam.send(new PutGroupPolicyCommand({ GroupName: 'pats', PolicyName, PolicyDocument })),
    ],
    [
      'role pats',
      10_240,
      (PolicyName, PolicyDocument) =>
        iam.send(new PutRolePolicyCommand({ RoleName: 'pats', PolicyName, PolicyDocument })),
    ],
  ]
  test.each(SIZES)('of %s have %i characters together', async (whose, limit, put) => {
    await put('first', long(Math.floor(limit / 2)))
    const message = `Maximum policy size of ${limit} bytes exceeded for ${whose}`
    await expectRefusal(put('second', long(Math.floor(limit / 2))), 'LimitExceeded', message, 409)
    await expect(put('first', ANY)).resolves.toBeDefined()
  })

  test('that are not there are refused', async () => {
    const call = iam.send(new GetUserPolicyCommand({ UserName, PolicyName: 'none' }))
    await expectRefusal(call, 'NoSuchEntity', 'The user policy with name none cannot be found.', 404)
    await expectRefusal(
      iam.send(new ListUserPoliciesCommand({ UserName: 'none' })),
      'NoSuchEntity',
      'The user with name none cannot be found.',
      404,
    )
  })
})

describe('a boundary', () => {
  test('limits a user, keeps its policy from being deleted, and grants nothing', async () => {
    const PolicyArn = arn('Edge')
    await create('Edge', policyText({ Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*' }))
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: PolicyArn }))
    await expect(asPat()).resolves.toBeDefined()
    const other = () => iamOf(server, pat).send(new GetUserCommand({}))
    await expectRefusal(other(), 'AccessDenied', /because no permissions boundary allows the iam:GetUser action/)
    await expectRefusal(
      iam.send(new DeletePolicyCommand({ PolicyArn })),
      'DeleteConflict',
      'Cannot delete a policy attached to entities.',
    )
    await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }))
    await expect(other()).resolves.toBeDefined()
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).resolves.toBeDefined()
  })
})

test('policyExists sees a policy that is there', async () => {
  const { state } = await waitUntilPolicyExists({ client: iam, maxWaitTime: 2 }, { PolicyArn: arn('house/Doors') })
  expect(state).toBe('SUCCESS')
})
