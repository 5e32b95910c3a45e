import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  paginateListAttachedUserPolicies,
  paginateListEntitiesForPolicy,
  paginateListUserPolicies,
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
  await create('Doors', ANY, { Path: '/house/' })
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
const asPat = () => iamOf(server, pat).send(new ListUsersCommand({}))

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
