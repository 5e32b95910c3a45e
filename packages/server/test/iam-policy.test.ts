import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  SetDefaultPolicyVersionCommand,
  paginateListPolicies,
  paginateListPolicyVersions,
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
    ['an effect that is none', allow({ Effect: 'allow' }), /./],
  ]
  test.each(DOCUMENTS)('%s', async (_what, document, message) => {
    const calls = [
      () => create('Refused', document),
      () => iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'refused', PolicyDocument: document })),
      () => version(arn('house/Doors'), false, document),
    ]
    for (const call of calls) await expectRefusal(call(), 'MalformedPolicyDocument', message, 400)
  })
})

test('a managed policy of the old language version is refused, an inline one is not', async () => {
  for (const document of [
    '{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  ]) {
    await expectRefusal(
      create('Old', document),
      'MalformedPolicyDocument',
      'Policy document must be version 2012-10-17 or greater.',
      400,
    )
    const inline = new PutUserPolicyCommand({ UserName, PolicyName: 'old', PolicyDocument: document })
    await expect(iam.send(inline)).resolves.toBeDefined()
  }
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
      'AWSOrganizationsServiceTrustPolicy',
      'AdministratorAccess',
    ])
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

test('policyExists sees a policy that is there', async () => {
  const { state } = await waitUntilPolicyExists({ client: iam, maxWaitTime: 2 }, { PolicyArn: arn('house/Doors') })
  expect(state).toBe('SUCCESS')
})
