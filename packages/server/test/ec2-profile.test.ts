/** Instance profiles on instances: passing their role, exchanging them, and what the law is told. */

import type * as ec2 from '@aws-sdk/client-ec2'
import * as iam from '@aws-sdk/client-iam'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cloudOf, DENIED, launched, userWith } from './cloud.ts'
import { MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, trustText } from './people.ts'

let server: TestServer
let cloud: ec2.EC2
const ROLE = `arn:aws:iam::${MANAGEMENT}:role/web`
const PROFILE = `arn:aws:iam::${MANAGEMENT}:instance-profile/web`

beforeAll(async () => {
  server = await startServer()
  cloud = cloudOf(server)
  for (const name of ['web', 'other']) await profile(name, name)
  await iamOf(server).send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: 'empty' }))
})
afterEach(() => expect(server.bugs).toEqual([]))
afterAll(() => server.close())

async function profile(name: string, role: string): Promise<void> {
  const client = iamOf(server)
  const AssumeRolePolicyDocument = trustText({ Service: 'ec2.amazonaws.com' })
  await client.send(new iam.CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument }))
  await client.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: name }))
  await client.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: role }))
}

async function profileOf(id: string): Promise<string | undefined> {
  const { Reservations } = await cloud.describeInstances({ InstanceIds: [id] })
  return Reservations?.[0]?.Instances?.[0]?.IamInstanceProfile?.Arn
}

describe('a launch with a profile', () => {
  test('names it, by its name or its ARN', async () => {
    const byName = await launched(server, { IamInstanceProfile: { Name: 'web' } })
    const byArn = await launched(server, { IamInstanceProfile: { Arn: PROFILE } })
    expect([await profileOf(byName), await profileOf(byArn)]).toEqual([PROFILE, PROFILE])
    const Filters = [{ Name: 'iam-instance-profile.arn', Values: [PROFILE] }]
    const { Reservations = [] } = await cloud.describeInstances({ Filters })
    expect(Reservations).toHaveLength(2)
  })

  const REFUSED: readonly [ec2.IamInstanceProfileSpecification, string, string, string][] = [
    [
      { Name: 'nobody' },
      'InvalidParameterValue',
      'Value (nobody) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
      'a name that nothing has',
    ],
    [
      { Arn: `${PROFILE}x` },
      'InvalidParameterValue',
      `Value (${PROFILE}x) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`,
      'an ARN that nothing has',
    ],
    [
      { Name: 'empty' },
      'InvalidParameterValue',
      `IAM Instance Profile "arn:aws:iam::${MANAGEMENT}:instance-profile/empty" has no associated IAM Roles`,
      'a profile without a role',
    ],
    [
      { Name: 'web', Arn: PROFILE },
      'InvalidParameterCombination',
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
      'both',
    ],
  ]
  test.each(REFUSED)('is refused with %j: %s', async (IamInstanceProfile, code, message) => {
    await expectRefusal(launched(server, { IamInstanceProfile }), code, message, 400)
  })

  test('asks to pass its role to EC2, for instances of this account and region', async () => {
    const launching = { Effect: 'Allow', Action: ['ec2:RunInstances', 'ec2:DescribeImages'], Resource: '*' }
    const passing = { Effect: 'Allow', Action: 'iam:PassRole', Resource: ROLE }
    const to = (service: string) => ({ StringEquals: { 'iam:PassedToService': service } })
    const associated = { ArnLike: { 'iam:AssociatedResourceArn': `arn:aws:ec2:us-east-1:${MANAGEMENT}:instance/*` } }
    const cases: readonly [string, readonly object[], boolean, string][] = [
      ['none', [], false, 'no word of the role'],
      ['lambda', [{ ...passing, Condition: to('lambda.amazonaws.com') }], false, 'to another service'],
      ['elsewhere', [{ ...passing, Resource: `${ROLE}s` }], false, 'another role'],
      ['ec2', [{ ...passing, Condition: { ...to('ec2.amazonaws.com'), ...associated } }], true, 'this role to EC2'],
    ]
    for (const [name, statements, allowed, why] of cases) {
      const keys = await userWith(server, name, launching, ...statements)
      const call = launched(server, { IamInstanceProfile: { Name: 'web' } }, keys)
      if (allowed) await expect(call, why).resolves.toMatch(/^i-/)
      else
        await expect(call, why).rejects.toMatchObject({ ...DENIED, message: expect.stringContaining('iam:PassRole') })
    }
  })

  test('tells the law which, and so does whoever touches the instance', async () => {
    const ArnEquals = { 'ec2:InstanceProfile': PROFILE }
    const keys = await userWith(
      server,
      'web-only',
      { Effect: 'Allow', Action: ['ec2:RunInstances', 'ec2:DescribeImages', 'iam:PassRole'], Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'ec2:RunInstances',
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { ArnNotEquals: ArnEquals },
      },
      { Effect: 'Allow', Action: 'ec2:StopInstances', Resource: '*', Condition: { ArnEquals } },
    )
    await expect(launched(server, { IamInstanceProfile: { Name: 'other' } }, keys)).rejects.toMatchObject(DENIED)
    await expect(launched(server, {}, keys)).rejects.toMatchObject(DENIED)
    const own = await launched(server, { IamInstanceProfile: { Name: 'web' } }, keys)
    const without = await launched(server)
    await expect(cloudOf(server, keys).stopInstances({ InstanceIds: [own, without] })).rejects.toMatchObject(DENIED)
    await expect(cloudOf(server, keys).stopInstances({ InstanceIds: [own] })).resolves.toBeDefined()
  })
})

describe('an association', () => {
  const web = { Name: 'web' }

  test('is made, exchanged and ended', async () => {
    const InstanceId = await launched(server)
    const { IamInstanceProfileAssociation: first } = await cloud.associateIamInstanceProfile({
      InstanceId,
      IamInstanceProfile: web,
    })
    expect(first).toMatchObject({ InstanceId, State: 'associating', IamInstanceProfile: { Arn: PROFILE } })
    await expectRefusal(
      cloud.associateIamInstanceProfile({ InstanceId, IamInstanceProfile: web }),
      'IncorrectState',
      `There is an existing association for instance ${InstanceId}`,
    )
    const { IamInstanceProfileAssociation: second } = await cloud.replaceIamInstanceProfileAssociation({
      AssociationId: first?.AssociationId,
      IamInstanceProfile: { Name: 'other' },
    })
    expect(second?.AssociationId).not.toBe(first?.AssociationId)
    server.clock.move(10_000)
    const Filters = [{ Name: 'instance-id', Values: [InstanceId] }]
    const { IamInstanceProfileAssociations } = await cloud.describeIamInstanceProfileAssociations({ Filters })
    expect(IamInstanceProfileAssociations).toMatchObject([
      { AssociationId: second?.AssociationId, State: 'associated' },
    ])
    const gone = await cloud.disassociateIamInstanceProfile({ AssociationId: second?.AssociationId })
    expect(gone.IamInstanceProfileAssociation?.State).toBe('disassociating')
    expect(await profileOf(InstanceId)).toBeUndefined()
    const AssociationId = 'iip-assoc-00000000000000000'
    const missing = `An invalid association-id of '${AssociationId}' was given`
    await expectRefusal(
      cloud.disassociateIamInstanceProfile({ AssociationId }),
      'InvalidAssociationID.NotFound',
      missing,
    )
    await expectRefusal(
      cloud.replaceIamInstanceProfileAssociation({ AssociationId, IamInstanceProfile: web }),
      'InvalidAssociationID.NotFound',
      missing,
    )
    await expectRefusal(
      cloud.describeIamInstanceProfileAssociations({ AssociationIds: [AssociationId] }),
      'InvalidAssociationID.NotFound',
    )
  })

  test('is asked about as a launch is', async () => {
    const InstanceId = await launched(server)
    const keys = await userWith(
      server,
      'associating',
      {
        Effect: 'Allow',
        Action: ['ec2:AssociateIamInstanceProfile', 'ec2:ReplaceIamInstanceProfileAssociation'],
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { ArnEquals: { 'ec2:NewInstanceProfile': PROFILE } },
      },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: ROLE,
        Condition: {
          ArnEquals: { 'iam:AssociatedResourceArn': `arn:aws:ec2:us-east-1:${MANAGEMENT}:instance/${InstanceId}` },
        },
      },
    )
    const mine = cloudOf(server, keys)
    const associate = (id: string, Name: string) =>
      mine.associateIamInstanceProfile({ InstanceId: id, IamInstanceProfile: { Name } })
    await expect(associate(InstanceId, 'other')).rejects.toMatchObject(DENIED)
    await expect(associate(await launched(server), 'web')).rejects.toMatchObject(DENIED)
    const { IamInstanceProfileAssociation: made } = await associate(InstanceId, 'web')
    await expect(mine.disassociateIamInstanceProfile({ AssociationId: made?.AssociationId })).rejects.toMatchObject(
      DENIED,
    )
  })

  test('is not made with what is terminated, or not there', async () => {
    const InstanceId = await launched(server)
    await cloud.terminateInstances({ InstanceIds: [InstanceId] })
    await expectRefusal(
      cloud.associateIamInstanceProfile({ InstanceId, IamInstanceProfile: web }),
      'IncorrectInstanceState',
    )
    await expectRefusal(
      cloud.associateIamInstanceProfile({ InstanceId: 'i-00000000000000000', IamInstanceProfile: web }),
      'InvalidInstanceID.NotFound',
    )
  })
})
