import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DetachGroupPolicyCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  IAMClient,
  ListGroupsCommand,
  ListUsersCommand,
  PutGroupPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateGroupCommand,
  paginateGetGroup,
  paginateListGroups,
  paginateListGroupsForUser,
} from '@aws-sdk/client-iam'
import { MANAGEMENT, startServer, type Keys, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, pagesOf, policyText } from './people.ts'

let server: TestServer
let iam: IAMClient
let member: Keys
const LIST_USERS = policyText({ Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*' })
const READ_ONLY = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  member = await newUser(server, 'member')
  await iam.send(new CreateGroupCommand({ GroupName: 'Crew', Path: '/ship/' }))
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const listUsers = () => iamOf(server, member).send(new ListUsersCommand({}))

describe('iam:CreateGroup', () => {
  test('answers the group with its path in the ARN and a unique id', async () => {
    const { Group } = await iam.send(new CreateGroupCommand({ GroupName: 'Deck', Path: '/ship/' }))
    expect(Group).toMatchObject({
      Arn: `arn:aws:iam::${MANAGEMENT}:group/ship/Deck`,
      GroupId: expect.stringMatching(/^AGPA[A-Z2-7]{17}$/),
    })
  })

  test('has names unique whatever their case', async () => {
    const again = iam.send(new CreateGroupCommand({ GroupName: 'CREW' }))
    await expectRefusal(again, 'EntityAlreadyExists', 'Group with name CREW already exists.', 409)
  })
})

describe('members', () => {
  test('have what the group has, as long as they are in it', async () => {
    await iam.send(new PutGroupPolicyCommand({ GroupName: 'Crew', PolicyName: 'list', PolicyDocument: LIST_USERS }))
    await expectRefusal(listUsers(), 'AccessDenied')
    await iam.send(new AddUserToGroupCommand({ GroupName: 'crew', UserName: 'MEMBER' }))
    await expect(listUsers()).resolves.toBeDefined()
    await iam.send(new AddUserToGroupCommand({ GroupName: 'Crew', UserName: 'member' }))
    await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'Crew', UserName: 'member' }))
    await expectRefusal(listUsers(), 'AccessDenied')
  })

  test('keep what they have when the group is renamed', async () => {
    await iam.send(new AddUserToGroupCommand({ GroupName: 'Crew', UserName: 'member' }))
    await iam.send(new UpdateGroupCommand({ GroupName: 'Crew', NewGroupName: 'Sailors', NewPath: '/' }))
    await expect(listUsers()).resolves.toBeDefined()
    const { Group, Users } = await iam.send(new GetGroupCommand({ GroupName: 'sailors' }))
    expect(Group?.Arn).toBe(`arn:aws:iam::${MANAGEMENT}:group/Sailors`)
    expect(Users?.map(({ UserName }) => UserName)).toEqual(['member'])
    await iam.send(new UpdateGroupCommand({ GroupName: 'Sailors', NewGroupName: 'Crew' }))
  })

  test('do not come back to a group made anew under the name', async () => {
    await iam.send(new CreateGroupCommand({ GroupName: 'Brief' }))
    await iam.send(new AddUserToGroupCommand({ GroupName: 'Brief', UserName: 'member' }))
    await expectRefusal(
      iam.send(new DeleteGroupCommand({ GroupName: 'Brief' })),
      'DeleteConflict',
      'Cannot delete entity, must remove users from group first.',
      409,
    )
    await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'Brief', UserName: 'member' }))
    await iam.send(new DeleteGroupCommand({ GroupName: 'Brief' }))
    await iam.send(new CreateGroupCommand({ GroupName: 'Brief' }))
    expect((await iam.send(new GetGroupCommand({ GroupName: 'Brief' }))).Users).toEqual([])
  })

  test('are in ten groups at the most', async () => {
    await newUser(server, 'joiner')
    for (const at of Array.from({ length: 11 }, (_, one) => one)) {
      await iam.send(new CreateGroupCommand({ GroupName: `g${at}`, Path: '/many/' }))
      const join = iam.send(new AddUserToGroupCommand({ GroupName: `g${at}`, UserName: 'joiner' }))
      if (at < 10) await join
      else await expectRefusal(join, 'LimitExceeded', 'Cannot exceed quota for GroupsPerUser: 10', 409)
    }
    const pages = await pagesOf(
      paginateListGroupsForUser({ client: iam, pageSize: 4 }, { UserName: 'joiner' }),
      ({ Groups }) => Groups,
    )
    expect(pages.map(({ length }) => length)).toEqual([4, 4, 2])
  })
})

describe('pages', () => {
  test('of iam:ListGroups hold each group below a path once', async () => {
    const pages = await pagesOf(
      paginateListGroups({ client: iam, pageSize: 4 }, { PathPrefix: '/many/' }),
      ({ Groups }) => Groups,
    )
    expect(pages.flat().map(({ GroupName }) => GroupName)).toEqual([
      'g0',
      'g1',
      'g10',
      'g2',
      'g3',
      'g4',
      'g5',
      'g6',
      'g7',
      'g8',
      'g9',
    ])
  })

  test('of iam:GetGroup hold each member once', async () => {
    await iam.send(new CreateGroupCommand({ GroupName: 'Pair' }))
    for (const UserName of ['member', 'joiner', 'administrator']) {
      if (UserName === 'joiner') await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'g0', UserName }))
      await iam.send(new AddUserToGroupCommand({ GroupName: 'Pair', UserName }))
    }
    const pages = await pagesOf(
      paginateGetGroup({ client: iam, pageSize: 2 }, { GroupName: 'Pair' }),
      ({ Users }) => Users,
    )
    expect(pages.map((users) => users.map(({ UserName }) => UserName))).toEqual([
      ['administrator', 'joiner'],
      ['member'],
    ])
  })
})

describe('iam:DeleteGroup', () => {
  const GroupName = 'Laden'
  beforeAll(async () => {
    await iam.send(new CreateGroupCommand({ GroupName }))
  })
  const OBSTACLES: readonly [string, () => Promise<unknown>, () => Promise<unknown>, string][] = [
    [
      'an attached policy',
      () => iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: READ_ONLY })),
      () => iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: READ_ONLY })),
      'must detach all policies first',
    ],
    [
      'an inline policy',
      () => iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'p', PolicyDocument: LIST_USERS })),
      () => iam.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: 'p' })),
      'must delete policies first',
    ],
  ]
  test.each(OBSTACLES)('refuses a group with %s', async (_what, load, unload, obstacle) => {
    await load()
    await expectRefusal(
      iam.send(new DeleteGroupCommand({ GroupName })),
      'DeleteConflict',
      `Cannot delete entity, ${obstacle}.`,
      409,
    )
    await unload()
  })
})

describe('what is not there', () => {
  const NONE: readonly [string, () => Promise<unknown>, string][] = [
    [
      'a group',
      () => iam.send(new GetGroupCommand({ GroupName: 'none' })),
      'The group with name none cannot be found.',
    ],
    [
      'a group to join',
      () => iam.send(new AddUserToGroupCommand({ GroupName: 'none', UserName: 'member' })),
      'The group with name none cannot be found.',
    ],
    [
      'a user who joins',
      () => iam.send(new AddUserToGroupCommand({ GroupName: 'Crew', UserName: 'none' })),
      'The user with name none cannot be found.',
    ],
    [
      'an inline policy',
      () => iam.send(new GetGroupPolicyCommand({ GroupName: 'Crew', PolicyName: 'none' })),
      'The group policy with name none cannot be found.',
    ],
    [
      'a group to rename',
      () => iam.send(new UpdateGroupCommand({ GroupName: 'none', NewGroupName: 'x' })),
      'The group with name none cannot be found.',
    ],
    [
      'a group to delete',
      () => iam.send(new DeleteGroupCommand({ GroupName: 'none' })),
      'The group with name none cannot be found.',
    ],
  ]
  test.each(NONE)('%s is refused in words that name it', async (_what, call, message) => {
    await expectRefusal(call(), 'NoSuchEntity', message, 404)
  })

  test('a new name that is taken is refused', async () => {
    const call = iam.send(new UpdateGroupCommand({ GroupName: 'Deck', NewGroupName: 'crew' }))
    await expectRefusal(call, 'EntityAlreadyExists', 'Group with name crew already exists.', 409)
  })

  test('a user without permission learns nothing of it', async () => {
    await newUser(server, 'outsider')
    const outsider = iamOf(server, member)
    await expectRefusal(
      outsider.send(new GetGroupCommand({ GroupName: 'none' })),
      'AccessDenied',
      /iam:GetGroup on resource/,
      403,
    )
    await expectRefusal(outsider.send(new ListGroupsCommand({})), 'AccessDenied', /iam:ListGroups on resource/, 403)
  })
})
