/** IAM's instance profiles, and the role that goes into one. */

import * as iam from '@aws-sdk/client-iam'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { userWith } from './cloud.ts'
import { MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, pagesOf, trustText } from './people.ts'

let server: TestServer
let client: iam.IAMClient
beforeAll(async () => {
  server = await startServer()
  client = iamOf(server)
  await role('web')
})
afterEach(() => expect(server.bugs).toEqual([]))
afterAll(() => server.close())

async function role(RoleName: string): Promise<void> {
  const AssumeRolePolicyDocument = trustText({ Service: 'ec2.amazonaws.com' })
  await client.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
}

async function create(name: string, more: Partial<iam.CreateInstanceProfileCommandInput> = {}) {
  const input = { InstanceProfileName: name, ...more }
  return (await client.send(new iam.CreateInstanceProfileCommand(input))).InstanceProfile
}

async function get(name: string) {
  return (await client.send(new iam.GetInstanceProfileCommand({ InstanceProfileName: name }))).InstanceProfile
}

const add = (name: string, RoleName: string, keys = client) =>
  keys.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName }))
const take = (name: string, RoleName: string) =>
  client.send(new iam.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: name, RoleName }))
const destroy = (name: string) => client.send(new iam.DeleteInstanceProfileCommand({ InstanceProfileName: name }))

describe('an instance profile', () => {
  test('is made, gets a role, and goes once it has none', async () => {
    expect(await create('Web', { Path: '/apps/', Tags: [{ Key: 'team', Value: 'blue' }] })).toEqual({
      Path: '/apps/',
      InstanceProfileName: 'Web',
      InstanceProfileId: expect.stringMatching(/^AIPA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${MANAGEMENT}:instance-profile/apps/Web`,
      CreateDate: expect.any(Date),
      Roles: [],
      Tags: [{ Key: 'team', Value: 'blue' }],
    })
    await add('web', 'web')
    expect((await get('WEB'))?.Roles).toMatchObject([
      { RoleName: 'web', AssumeRolePolicyDocument: expect.stringContaining('ec2.amazonaws.com') },
    ])
    const { InstanceProfiles } = await client.send(new iam.ListInstanceProfilesForRoleCommand({ RoleName: 'web' }))
    expect(InstanceProfiles).toMatchObject([{ InstanceProfileName: 'Web' }])
    expect(InstanceProfiles?.[0]).not.toHaveProperty('Tags')
    await expectRefusal(
      destroy('Web'),
      'DeleteConflict',
      'Cannot delete entity, must remove roles from instance profile first.',
      409,
    )
    await expectRefusal(
      client.send(new iam.DeleteRoleCommand({ RoleName: 'web' })),
      'DeleteConflict',
      'Cannot delete entity, must remove roles from instance profile first.',
    )
    await take('Web', 'web')
    await destroy('Web')
    await expectRefusal(get('Web'), 'NoSuchEntity', 'Instance Profile Web cannot be found.', 404)
  })

  test('has one role at the most', async () => {
    await create('one')
    await role('second')
    await add('one', 'web')
    await expectRefusal(
      add('one', 'second'),
      'LimitExceeded',
      'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
      409,
    )
    await expectRefusal(take('one', 'second'), 'NoSuchEntity')
    await expectRefusal(add('one', 'nobody'), 'NoSuchEntity', 'The role with name nobody cannot be found.')
    await expectRefusal(add('nothing', 'web'), 'NoSuchEntity', 'Instance Profile nothing cannot be found.')
    await expectRefusal(create('ONE'), 'EntityAlreadyExists', 'Instance Profile ONE already exists.', 409)
    await take('one', 'web')
  })

  test('is listed page by page, by path', async () => {
    for (const name of ['a', 'b', 'c']) await create(name, { Path: '/listed/' })
    const pages = await pagesOf(
      iam.paginateListInstanceProfiles({ client, pageSize: 2 }, { PathPrefix: '/listed/' }),
      ({ InstanceProfiles }) => InstanceProfiles?.map(({ InstanceProfileName }) => InstanceProfileName),
    )
    expect(pages).toEqual([['a', 'b'], ['c']])
    await expectRefusal(client.send(new iam.ListInstanceProfilesCommand({ Marker: 'x' })), 'ValidationError')
    await expectRefusal(client.send(new iam.ListInstanceProfilesForRoleCommand({ RoleName: 'nobody' })), 'NoSuchEntity')
  })

  test('is tagged and untagged', async () => {
    await create('tagged')
    const InstanceProfileName = 'tagged'
    const Tags = ['a', 'b'].map((Key) => ({ Key, Value: '1' }))
    await client.send(new iam.TagInstanceProfileCommand({ InstanceProfileName, Tags }))
    await client.send(new iam.UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: ['A'] }))
    const list = new iam.ListInstanceProfileTagsCommand({ InstanceProfileName })
    expect((await client.send(list)).Tags).toEqual([{ Key: 'b', Value: '1' }])
    const twice = new iam.TagInstanceProfileCommand({ InstanceProfileName, Tags: [...Tags, { Key: 'A', Value: '' }] })
    await expectRefusal(client.send(twice), 'InvalidInput')
  })
})

describe('the law', () => {
  test('is asked to pass the role to EC2 when it goes into a profile', async () => {
    await create('lawful')
    const adding = { Effect: 'Allow', Action: 'iam:AddRoleToInstanceProfile', Resource: '*' }
    const alone = await userWith(server, 'alone', adding)
    const denied = add('lawful', 'web', iamOf(server, alone))
    await expectRefusal(
      denied,
      'AccessDenied',
      /is not authorized to perform: iam:PassRole on resource: .*:role\/web/,
      403,
    )
    const keys = await userWith(server, 'passing', adding, {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: `arn:aws:iam::${MANAGEMENT}:role/web`,
      Condition: {
        StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
        ArnLike: { 'iam:AssociatedResourceArn': `arn:aws:ec2:*:${MANAGEMENT}:instance/*` },
      },
    })
    await expect(add('lawful', 'web', iamOf(server, keys))).resolves.toBeDefined()
  })

  test('knows a profile by its tags and by those that it gets', async () => {
    await create('blue', { Tags: [{ Key: 'team', Value: 'blue' }] })
    await create('red', { Tags: [{ Key: 'team', Value: 'red' }] })
    const keys = await userWith(server, 'team', {
      Effect: 'Allow',
      Action: ['iam:DeleteInstanceProfile', 'iam:TagInstanceProfile'],
      Resource: `arn:aws:iam::${MANAGEMENT}:instance-profile/*`,
      Condition: {
        StringEquals: { 'aws:ResourceTag/team': 'blue' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['stage'] },
      },
    })
    const mine = iamOf(server, keys)
    const tag = (InstanceProfileName: string, Key: string) =>
      mine.send(new iam.TagInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key, Value: 'x' }] }))
    await expectRefusal(tag('red', 'stage'), 'AccessDenied')
    await expectRefusal(tag('blue', 'team'), 'AccessDenied')
    await expect(tag('blue', 'stage')).resolves.toBeDefined()
    await expect(
      mine.send(new iam.DeleteInstanceProfileCommand({ InstanceProfileName: 'blue' })),
    ).resolves.toBeDefined()
    const nobody = iamOf(server, await newUser(server, 'nobody'))
    await expectRefusal(nobody.send(new iam.ListInstanceProfilesCommand({})), 'AccessDenied')
  })
})
