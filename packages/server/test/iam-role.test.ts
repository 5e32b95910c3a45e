import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
  paginateListRoles,
  waitUntilRoleExists,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { client, DEVELOPMENT, MANAGEMENT, STAGING, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, pagesOf, permit, policyText, trustText } from './people.ts'

let server: TestServer
let iam: IAMClient
let ria: Keys
const TRUST = trustText({ AWS: MANAGEMENT })
const RIA = `arn:aws:iam::${MANAGEMENT}:user/ria`

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  ria = await newUser(server, 'ria')
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const create = (RoleName: string, AssumeRolePolicyDocument = TRUST, more = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, ...more }))

async function trustOf(RoleName: string): Promise<string> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }))
  return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')
}

async function assume(name: string, keys: Keys, account = MANAGEMENT): Promise<Keys> {
  const RoleArn = `arn:aws:iam::${account}:role/${name}`
  const { Credentials = undefined } = await client(STSClient, server, keys).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }),
  )
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

describe('iam:CreateRole', () => {
  test('answers the role with its path in the ARN, a unique id, one hour, and the trust policy URL-encoded', async () => {
    const document = trustText({ AWS: `arn:aws:iam::${MANAGEMENT}:root` }).replace('"Sid"', '')
    const { Role } = await create('Pilot', document, { Path: '/crew/', Description: 'flies' })
    expect(Role).toMatchObject({
      Path: '/crew/',
      Arn: `arn:aws:iam::${MANAGEMENT}:role/crew/Pilot`,
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      Description: 'flies',
      MaxSessionDuration: 3600,
    })
    expect(Role?.AssumeRolePolicyDocument).toMatch(/^%7B%22Version%22%3A%222012-10-17%22/)
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(document)
  })

  test('encodes by RFC 3986, so that brackets and quotes are encoded and blanks are no plus signs', async () => {
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: '*',
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': "(it's) a*b! ~é" } },
      },
    })
    const { Role } = await create('Encoded', document)
    const text = Role?.AssumeRolePolicyDocument ?? ''
    expect(text).toMatch(/^[A-Za-z0-9._~%-]*$/)
    expect(text).toContain('%28it%27s%29%20a%2Ab%21%20~%C3%A9')
    expect(decodeURIComponent(text)).toBe(document)
  })

  test('has names unique whatever their case', async () => {
    await expectRefusal(create('PILOT'), 'EntityAlreadyExists', 'Role with name PILOT already exists.', 409)
  })

  const REFUSED: readonly [string, string, object, string, string | RegExp][] = [
    ['text that is no JSON', '{', {}, 'MalformedPolicyDocument', 'This policy contains invalid Json'],
    [
      'a statement with a resource',
      policyText({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole', Resource: '*' }),
      {},
      'MalformedPolicyDocument',
      'Has prohibited field Resource',
    ],
    [
      'a statement without a principal',
      policyText({ Effect: 'Allow', Action: 'sts:AssumeRole' }),
      {},
      'MalformedPolicyDocument',
      /Principal|principal/,
    ],
    [
      'an action that is not of STS',
      trustText('*', 's3:GetObject'),
      {},
      'MalformedPolicyDocument',
      /^AssumeRole policy may only specify STS AssumeRole actions/,
    ],
    ['a path that is reserved', TRUST, { Path: '/aws-service-role/x/' }, 'ValidationError', /./],
    [
      'a session shorter than an hour',
      TRUST,
      { MaxSessionDuration: 3599 },
      'ValidationError',
      /greater than or equal to 3600/,
    ],
    [
      'a session longer than twelve',
      TRUST,
      { MaxSessionDuration: 43_201 },
      'ValidationError',
      /less than or equal to 43200/,
    ],
    [
      'a trust policy over 2048 characters',
      trustText(
        { AWS: MANAGEMENT },
        Array.from({ length: 140 }, () => 'sts:AssumeRole'),
      ),
      {},
      'LimitExceeded',
      'Cannot exceed quota for ACLSizePerRole: 2048',
    ],
    [
      'a boundary that is not there',
      TRUST,
      { PermissionsBoundary: `arn:aws:iam::${MANAGEMENT}:policy/none` },
      'NoSuchEntity',
      /does not exist or is not attachable/,
    ],
  ]
  test.each(REFUSED)('refuses %s', async (_what, document, more, code, message) => {
    await expectRefusal(create('Refused', document, more), code, message)
  })
})

describe('principals of a trust policy', () => {
  const UNKNOWN: readonly [string, object, string][] = [
    ['a user', { AWS: `arn:aws:iam::${MANAGEMENT}:user/none` }, `"AWS":"arn:aws:iam::${MANAGEMENT}:user/none"`],
    [
      'a user in another case',
      { AWS: `arn:aws:iam::${MANAGEMENT}:user/RIA` },
      `"AWS":"arn:aws:iam::${MANAGEMENT}:user/RIA"`,
    ],
    [
      'a user without the path',
      { AWS: [MANAGEMENT, `arn:aws:iam::${MANAGEMENT}:role/Pilot`] },
      `"AWS":"arn:aws:iam::${MANAGEMENT}:role/Pilot"`,
    ],
    [
      'a role of another account',
      { AWS: `arn:aws:iam::${STAGING}:role/none` },
      `"AWS":"arn:aws:iam::${STAGING}:role/none"`,
    ],
    ['an account', { AWS: 'arn:aws:iam::999999999999:root' }, '"AWS":"arn:aws:iam::999999999999:root"'],
    ['an account by its number', { AWS: '999999999999' }, '"AWS":"999999999999"'],
    [
      'a session of no role',
      { AWS: `arn:aws:sts::${MANAGEMENT}:assumed-role/none/x` },
      `"AWS":"arn:aws:sts::${MANAGEMENT}:assumed-role/none/x"`,
    ],
    ['a part of a name', { AWS: `arn:aws:iam::${MANAGEMENT}:user/*` }, `"AWS":"arn:aws:iam::${MANAGEMENT}:user/*"`],
    ['a group', { AWS: `arn:aws:iam::${MANAGEMENT}:group/g` }, `"AWS":"arn:aws:iam::${MANAGEMENT}:group/g"`],
    ['a service', { Service: 'nothing' }, '"SERVICE":"nothing"'],
  ]
  test.each(UNKNOWN)('%s that is not there is refused', async (_what, principal, told) => {
    const message = `Invalid principal in policy: ${told}`
    await expectRefusal(create('Refused', trustText(principal)), 'MalformedPolicyDocument', message, 400)
    const update = new UpdateAssumeRolePolicyCommand({ RoleName: 'Pilot', PolicyDocument: trustText(principal) })
    await expectRefusal(iam.send(update), 'MalformedPolicyDocument', message, 400)
  })

  const KNOWN: readonly [string, object | string][] = [
    ['anybody', '*'],
    ['anybody in AWS', { AWS: '*' }],
    ['a user', { AWS: RIA }],
    ['a role with its path', { AWS: `arn:aws:iam::${MANAGEMENT}:role/crew/Pilot` }],
    ['a role of another account', { AWS: `arn:aws:iam::${STAGING}:role/OrganizationAccountAccessRole` }],
    ['an account by its number', { AWS: STAGING }],
    ['a session', { AWS: `arn:aws:sts::${MANAGEMENT}:assumed-role/Pilot/x` }],
    ['services', { Service: ['lambda.amazonaws.com', 'ec2.amazonaws.com'] }],
    ['several kinds', { AWS: [RIA, MANAGEMENT], Service: 'ec2.amazonaws.com' }],
  ]
  test.each(KNOWN)('%s is kept and shown as it was written', async (_what, principal) => {
    const { Role } = await create('Kept', trustText(principal))
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(trustText(principal))
    expect(await trustOf('Kept')).toBe(trustText(principal))
    await iam.send(new DeleteRoleCommand({ RoleName: 'Kept' }))
  })

  test('are shown by their unique ids once they are gone, and who takes their name is not trusted', async () => {
    const { User } = await iam.send(new CreateUserCommand({ UserName: 'leaver' }))
    const { Role } = await create('Leaver')
    const arns = [`arn:aws:iam::${MANAGEMENT}:user/leaver`, `arn:aws:iam::${MANAGEMENT}:role/Leaver`]
    await create('Trusting', trustText({ AWS: arns }))
    await iam.send(new DeleteUserCommand({ UserName: 'leaver' }))
    await iam.send(new DeleteRoleCommand({ RoleName: 'Leaver' }))
    expect(await trustOf('Trusting')).toBe(trustText({ AWS: [User?.UserId, Role?.RoleId] }))

    const again = await newUser(server, 'leaver')
    await create('Leaver')
    await expectRefusal(assume('Trusting', again), 'AccessDenied')
    expect(await trustOf('Trusting')).toBe(trustText({ AWS: [User?.UserId, Role?.RoleId] }))
    const { Roles = [] } = await iam.send(new ListRolesCommand({}))
    const listed = Roles.find(({ RoleName }) => RoleName === 'Trusting')
    expect(decodeURIComponent(listed?.AssumeRolePolicyDocument ?? '')).toBe(
      trustText({ AWS: [User?.UserId, Role?.RoleId] }),
    )

    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: 'Trusting', PolicyDocument: trustText({ AWS: arns }) }),
    )
    await expect(assume('Trusting', again)).resolves.toBeDefined()
    expect(await trustOf('Trusting')).toBe(trustText({ AWS: arns }))
  })

  test('of another account are shown by their unique ids too once they are gone', async () => {
    const staging = iamOf(server, await enter(server, STAGING))
    const { User } = await staging.send(new CreateUserCommand({ UserName: 'guest' }))
    const guest = { AWS: `arn:aws:iam::${STAGING}:user/guest` }
    await create('Host', trustText(guest))
    expect(await trustOf('Host')).toBe(trustText(guest))
    await staging.send(new DeleteUserCommand({ UserName: 'guest' }))
    expect(await trustOf('Host')).toBe(trustText({ AWS: User?.UserId }))
  })

  test('who are named themselves need no policy of their own, while an account only delegates', async () => {
    await create('Named', trustText({ AWS: RIA }))
    await create('Delegated')
    await expect(assume('Named', ria)).resolves.toBeDefined()
    await expectRefusal(
      assume('Delegated', ria),
      'AccessDenied',
      `User: ${RIA} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${MANAGEMENT}:role/Delegated`,
    )
    await permit(server, 'ria', ['sts:AssumeRole'])
    await expect(assume('Delegated', ria)).resolves.toBeDefined()
  })

  test('do not include the role itself', async () => {
    await create('Self')
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'Self',
        PolicyName: 'p',
        PolicyDocument: policyText({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }),
      }),
    )
    const session = await assume('Self', server.administrator)
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'Self', PolicyDocument: trustText({ AWS: RIA }) }))
    await expectRefusal(assume('Self', session), 'AccessDenied')
  })

  test('in another account cross only when both sides allow', async () => {
    const development = iamOf(server, await enter(server, DEVELOPMENT))
    const document = trustText({ AWS: RIA })
    await development.send(new CreateRoleCommand({ RoleName: 'Far', AssumeRolePolicyDocument: document }))
    await expect(assume('Far', ria, DEVELOPMENT)).resolves.toBeDefined()
    await permit(server, 'ria', ['iam:ListUsers'])
    await expectRefusal(assume('Far', ria, DEVELOPMENT), 'AccessDenied')
  })
})

describe('iam:UpdateRole', () => {
  const shown = async () => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'Pilot' }))
    return [Role?.Description, Role?.MaxSessionDuration]
  }

  test('sets an hour where no duration is given, and leaves a description that is not given', async () => {
    await iam.send(new UpdateRoleCommand({ RoleName: 'Pilot', MaxSessionDuration: 7200 }))
    expect(await shown()).toEqual(['flies', 7200])
    await iam.send(new UpdateRoleCommand({ RoleName: 'Pilot', Description: 'lands' }))
    expect(await shown()).toEqual(['lands', 3600])
  })

  test('its older sister answers the role', async () => {
    const { Role } = await iam.send(new UpdateRoleDescriptionCommand({ RoleName: 'pilot', Description: 'waits' }))
    expect(Role).toMatchObject({ RoleName: 'Pilot', Description: 'waits' })
  })
})

describe('a boundary', () => {
  const Boundary = `arn:aws:iam::${MANAGEMENT}:policy/edge`
  let session: Keys

  beforeAll(async () => {
    const document = policyText({ Effect: 'Allow', Action: 'iam:ListRoles', Resource: '*' })
    await iam.send(new CreatePolicyCommand({ PolicyName: 'edge', PolicyDocument: document }))
    await create('Bounded', TRUST, { PermissionsBoundary: Boundary })
    await iam.send(
      new AttachRolePolicyCommand({ RoleName: 'Bounded', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
    )
    session = await assume('Bounded', server.administrator)
  })
  const listUsers = () => iamOf(server, session).send(new ListUsersCommand({}))

  test('limits what the role allows, and is shown with the role', async () => {
    await expect(iamOf(server, session).send(new ListRolesCommand({}))).resolves.toBeDefined()
    await expectRefusal(listUsers(), 'AccessDenied', /because no permissions boundary allows the iam:ListUsers action/)
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'Bounded' }))
    expect(Role?.PermissionsBoundary).toEqual({ PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: Boundary })
  })

  test('no longer limits once it is taken away, and does again once it is back', async () => {
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'Bounded' }))
    await expect(listUsers()).resolves.toBeDefined()
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'Bounded', PermissionsBoundary: Boundary }))
    await expectRefusal(listUsers(), 'AccessDenied', /permissions boundary/)
  })
})

describe('iam:DeleteRole', () => {
  const RoleName = 'Laden'
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const PolicyDocument = policyText({ Effect: 'Allow', Action: '*', Resource: '*' })
  beforeAll(() => create(RoleName))

  const OBSTACLES: readonly [string, () => Promise<unknown>, () => Promise<unknown>, string][] = [
    [
      'with an attached policy',
      () => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
      () => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
      'must detach all policies first',
    ],
    [
      'with an inline policy',
      () => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument })),
      () => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' })),
      'must delete policies first',
    ],
  ]
  test.each(OBSTACLES)('refuses a role %s', async (_what, load, unload, obstacle) => {
    await load()
    await expectRefusal(
      iam.send(new DeleteRoleCommand({ RoleName })),
      'DeleteConflict',
      `Cannot delete entity, ${obstacle}.`,
      409,
    )
    await unload()
  })

  test('takes a role on which nothing hangs, once', async () => {
    await iam.send(new DeleteRoleCommand({ RoleName }))
    await expectRefusal(
      iam.send(new DeleteRoleCommand({ RoleName })),
      'NoSuchEntity',
      'The role with name Laden cannot be found.',
      404,
    )
  })
})

describe('listings and waiters', () => {
  test('iam:ListRoles gives pages that hold each role below a path once', async () => {
    for (const at of Array.from({ length: 7 }, (_, one) => one)) await create(`paged-${at}`, TRUST, { Path: '/paged/' })
    const pages = await pagesOf(
      paginateListRoles({ client: iam, pageSize: 3 }, { PathPrefix: '/paged/' }),
      ({ Roles }) => Roles,
    )
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1])
    expect(pages.flat().map(({ RoleName }) => RoleName)).toEqual(Array.from({ length: 7 }, (_, at) => `paged-${at}`))
  })

  test('roleExists sees a role that is there', async () => {
    const { state } = await waitUntilRoleExists({ client: iam, maxWaitTime: 2 }, { RoleName: 'Pilot' })
    expect(state).toBe('SUCCESS')
  })
})
