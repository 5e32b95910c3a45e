import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  EnableMFADeviceCommand,
  GetUserCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateUserCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
  IAMClient,
  paginateListUsers,
  waitUntilUserExists,
} from '@aws-sdk/client-iam'
import { leaf, sshLine } from './certificates.ts'
import { MANAGEMENT, STAGING, startServer, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, pagesOf, policyText } from './people.ts'

let server: TestServer
let iam: IAMClient
const ANYTHING = policyText({ Effect: 'Allow', Action: '*', Resource: '*' })
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

describe('iam:CreateUser', () => {
  test('answers the user with its path in the ARN, a unique id and its tags', async () => {
    const { User } = await iam.send(
      new CreateUserCommand({ UserName: 'Alice', Path: '/team/x/', Tags: [{ Key: 'team', Value: '' }] }),
    )
    expect(User).toMatchObject({
      Path: '/team/x/',
      UserName: 'Alice',
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${MANAGEMENT}:user/team/x/Alice`,
      Tags: [{ Key: 'team', Value: '' }],
    })
    expect(User?.CreateDate?.getMilliseconds()).toBe(0)
  })

  test('has names unique whatever their case, and unique in one account only', async () => {
    const again = iam.send(new CreateUserCommand({ UserName: 'ALICE' }))
    await expectRefusal(again, 'EntityAlreadyExists', 'User with name ALICE already exists.', 409)
    const staging = iamOf(server, await enter(server, STAGING))
    const { User } = await staging.send(new CreateUserCommand({ UserName: 'alice' }))
    expect(User?.Arn).toBe(`arn:aws:iam::${STAGING}:user/alice`)
  })

  type Asked = ConstructorParameters<typeof CreateUserCommand>[0]
  const REFUSED: readonly [string, Asked, string, string | RegExp][] = [
    ['a name with a space', { UserName: 'a b' }, 'ValidationError', /userName/],
    ['a name of 65', { UserName: 'a'.repeat(65) }, 'ValidationError', /userName/],
    ['a path without its last slash', { UserName: 'p', Path: '/team' }, 'ValidationError', /path/],
    ['a tag of AWS', { UserName: 'p', Tags: [{ Key: 'aws:x', Value: '1' }] }, 'InvalidInput', /./],
    [
      'two tags that differ in case alone',
      {
        UserName: 'p',
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'A', Value: '2' },
        ],
      },
      'InvalidInput',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    ],
    [
      'a boundary that is not there',
      { UserName: 'p', PermissionsBoundary: `arn:aws:iam::${MANAGEMENT}:policy/none` },
      'NoSuchEntity',
      /does not exist or is not attachable/,
    ],
  ]
  test.each(REFUSED)('refuses %s', async (_what, input, code, message) => {
    await expectRefusal(iam.send(new CreateUserCommand(input)), code, message)
  })
})

describe('iam:GetUser', () => {
  test('finds a name whatever its case, and shows it as it was given', async () => {
    expect((await iam.send(new GetUserCommand({ UserName: 'aLiCe' }))).User?.UserName).toBe('Alice')
  })

  test('without a name answers the caller, and has none to answer for a session', async () => {
    expect((await iam.send(new GetUserCommand({}))).User?.Arn).toBe(`arn:aws:iam::${MANAGEMENT}:user/administrator`)
    const session = iamOf(server, await enter(server, STAGING)).send(new GetUserCommand({}))
    await expectRefusal(session, 'ValidationError', 'Must specify userName when calling with non-User credentials', 400)
  })
})

describe('waiters', () => {
  test('userExists sees a user that is there', async () => {
    const { state } = await waitUntilUserExists({ client: iam, maxWaitTime: 2 }, { UserName: 'Alice' })
    expect(state).toBe('SUCCESS')
  })
})

describe('iam:ListUsers', () => {
  test('gives pages that together hold everybody once, in the order of their names', async () => {
    const names = Array.from({ length: 23 }, (_, at) => `page-${at % 2 ? 'B' : 'a'}${String(at).padStart(2, '0')}`)
    for (const name of names) await iam.send(new CreateUserCommand({ UserName: name, Path: '/paged/' }))
    const pages = await pagesOf(
      paginateListUsers({ client: iam, pageSize: 5 }, { PathPrefix: '/paged/' }),
      ({ Users }) => Users,
    )
    expect(pages.map(({ length }) => length)).toEqual([5, 5, 5, 5, 3])
    const found = pages.flat().map(({ UserName = '' }) => UserName.toLowerCase())
    expect(found).toEqual(names.map((name) => name.toLowerCase()).toSorted())
  })

  const MARKERS: readonly [string, (marker: string) => object][] = [
    ['one that nobody gave', () => ({ Marker: 'AAAA' })],
    ['one of another listing', (Marker) => ({ Marker, PathPrefix: '/other/' })],
    [
      'one with a character changed',
      (Marker) => ({
        Marker: `${Marker.slice(0, 20)}${Marker[20] === 'A' ? 'B' : 'A'}${Marker.slice(21)}`,
        PathPrefix: '/paged/',
      }),
    ],
  ]
  test.each(MARKERS)('refuses as a marker %s', async (_what, input) => {
    const { Marker = '' } = await iam.send(new ListUsersCommand({ PathPrefix: '/paged/', MaxItems: 1 }))
    await expectRefusal(iam.send(new ListUsersCommand(input(Marker))), 'ValidationError', /Marker/, 400)
  })

  test('goes on after a user that was deleted between two pages', async () => {
    const { Marker = '', Users } = await iam.send(new ListUsersCommand({ PathPrefix: '/paged/', MaxItems: 2 }))
    await iam.send(new DeleteUserCommand({ UserName: Users?.[1]?.UserName ?? '' }))
    const { Users: next } = await iam.send(new ListUsersCommand({ PathPrefix: '/paged/', MaxItems: 1, Marker }))
    expect(next?.[0]?.UserName).toBe('page-a04')
  })

  test.each([0, 1001])('refuses %i items a page', async (MaxItems) => {
    await expectRefusal(iam.send(new ListUsersCommand({ MaxItems })), 'ValidationError', /maxItems/, 400)
  })
})

describe('iam:UpdateUser', () => {
  test('changes name, path and ARN, and neither the id nor what hangs on the user', async () => {
    const keys = await newUser(server, 'before', ['iam:GetUser'])
    const { User: before } = await iam.send(new GetUserCommand({ UserName: 'before' }))
    await iam.send(new UpdateUserCommand({ UserName: 'before', NewUserName: 'After', NewPath: '/moved/' }))
    const { User } = await iamOf(server, keys).send(new GetUserCommand({}))
    expect(User).toMatchObject({ UserId: before?.UserId, Arn: `arn:aws:iam::${MANAGEMENT}:user/moved/After` })
    await expectRefusal(
      iam.send(new GetUserCommand({ UserName: 'before' })),
      'NoSuchEntity',
      'The user with name before cannot be found.',
      404,
    )
  })

  test('takes the same name in another case, and no name that is taken', async () => {
    await iam.send(new UpdateUserCommand({ UserName: 'After', NewUserName: 'AFTER' }))
    expect((await iam.send(new GetUserCommand({ UserName: 'after' }))).User?.UserName).toBe('AFTER')
    const taken = iam.send(new UpdateUserCommand({ UserName: 'after', NewUserName: 'alice' }))
    await expectRefusal(taken, 'EntityAlreadyExists', 'User with name alice already exists.', 409)
  })
})

describe('iam:DeleteUser', () => {
  const UserName = 'laden'
  const GroupName = 'carriers'
  const TOKEN = { SerialNumber: 'GAHT12345678' }
  const CODES = { AuthenticationCode1: '123456', AuthenticationCode2: '654321' }
  let AccessKeyId = ''
  let id = ''

  beforeAll(async () => {
    await iam.send(new CreateUserCommand({ UserName }))
    await iam.send(new CreateGroupCommand({ GroupName }))
  })

  const OBSTACLES: readonly [string, () => Promise<unknown>, () => Promise<unknown>, string][] = [
    [
      'in a group',
      () => iam.send(new AddUserToGroupCommand({ UserName, GroupName })),
      () => iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName })),
      'must remove users from group first',
    ],
    [
      'with an attached policy',
      () => iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: READ_ONLY })),
      () => iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: READ_ONLY })),
      'must detach all policies first',
    ],
    [
      'with an inline policy',
      () => iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: ANYTHING })),
      () => iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'p' })),
      'must delete policies first',
    ],
    [
      'with an access key',
      async () => {
        const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
        AccessKeyId = AccessKey?.AccessKeyId ?? ''
      },
      () => iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })),
      'must delete access keys first',
    ],
    [
      'with a password',
      () => iam.send(new CreateLoginProfileCommand({ UserName, Password: 'Correct0!Horse' })),
      () => iam.send(new DeleteLoginProfileCommand({ UserName })),
      'must delete login profile first',
    ],
    [
      'with an MFA device',
      () => iam.send(new EnableMFADeviceCommand({ UserName, ...TOKEN, ...CODES })),
      () => iam.send(new DeactivateMFADeviceCommand({ UserName, ...TOKEN })),
      'must delete MFA device first',
    ],
    [
      'with a signing certificate',
      async () => {
        const { certificate: CertificateBody } = await leaf('laden.example.com')
        const { Certificate } = await iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody }))
        id = Certificate?.CertificateId ?? ''
      },
      () => iam.send(new DeleteSigningCertificateCommand({ UserName, CertificateId: id })),
      'must delete signing certificates first',
    ],
    [
      'with an SSH key',
      async () => {
        const upload = new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: sshLine() })
        id = (await iam.send(upload)).SSHPublicKey?.SSHPublicKeyId ?? ''
      },
      () => iam.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId: id })),
      'must remove referenced objects first',
    ],
    [
      'with a credential of one service',
      async () => {
        const make = new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: 'codecommit.amazonaws.com' })
        id = (await iam.send(make)).ServiceSpecificCredential?.ServiceSpecificCredentialId ?? ''
      },
      () => iam.send(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId: id })),
      'must remove referenced objects first',
    ],
  ]
  test.each(OBSTACLES)('refuses a user %s', async (_what, load, unload, obstacle) => {
    await load()
    const call = iam.send(new DeleteUserCommand({ UserName }))
    await expectRefusal(call, 'DeleteConflict', `Cannot delete entity, ${obstacle}.`, 409)
    await unload()
  })

  test('takes a user on whom nothing hangs, once', async () => {
    await iam.send(new DeleteUserCommand({ UserName }))
    const again = iam.send(new DeleteUserCommand({ UserName }))
    await expectRefusal(again, 'NoSuchEntity', 'The user with name laden cannot be found.', 404)
  })
})

describe('users who may not', () => {
  test('are told who they are, what they asked, and why not', async () => {
    const keys = await newUser(server, 'nobody')
    const call = iamOf(server, keys).send(new CreateUserCommand({ UserName: 'x', Path: '/p/' }))
    await expectRefusal(
      call,
      'AccessDenied',
      `User: arn:aws:iam::${MANAGEMENT}:user/nobody is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::${MANAGEMENT}:user/p/x because no identity-based policy allows the iam:CreateUser action`,
      403,
    )
  })

  test('may rename only where both names are theirs', async () => {
    const keys = await newUser(server, 'renamer')
    const document = policyText({
      Effect: 'Allow',
      Action: 'iam:UpdateUser',
      Resource: `arn:aws:iam::${MANAGEMENT}:user/paged/*`,
    })
    await iam.send(new PutUserPolicyCommand({ UserName: 'renamer', PolicyName: 'own', PolicyDocument: document }))
    const mine = iamOf(server, keys)
    await mine.send(new UpdateUserCommand({ UserName: 'page-a06', NewUserName: 'page-a06-x' }))
    await expectRefusal(
      mine.send(new UpdateUserCommand({ UserName: 'page-a08', NewPath: '/elsewhere/' })),
      'AccessDenied',
    )
  })
})
