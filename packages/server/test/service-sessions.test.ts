/** The doors that play EC2 and ECS: whose sessions they open, what these may, and what is recorded of it. */

import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import * as iam from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ContainerAnswer, InstanceAnswer, SessionCredentials } from '../src/index.ts'
import { cloudOf, launched } from './cloud.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, iamOf, policyText, trustText } from './people.ts'
import { send } from './raw.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
  await role('web', { Service: ['ec2.amazonaws.com', 'ecs-tasks.amazonaws.com'] })
  await role('closed', { Service: 'lambda.amazonaws.com' })
})
afterEach(() => expect(server.bugs).toEqual([]))
afterAll(() => server.close())

async function role(name: string, principal: object, keys?: Keys): Promise<void> {
  const to = iamOf(server, keys)
  await to.send(new iam.CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trustText(principal) }))
  await to.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: name }))
  await to.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }))
}

async function allow(RoleName: string, ...statements: readonly object[]): Promise<void> {
  const PolicyDocument = policyText(...statements)
  await iamOf(server).send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }))
}

async function knock<A>(path: string, asked: object): Promise<A> {
  const { status, body } = await send(server, { path, service: 'sallyport', body: JSON.stringify(asked) })
  if (status !== 200) throw new Error(body)
  return JSON.parse(body) as A // what the door says it gives
}

const asInstance = (asked: object) => knock<InstanceAnswer>('/_sallyport/instance', asked)
const asTask = (asked: object) => knock<ContainerAnswer>('/_sallyport/container', asked)

function keysIn(credentials: SessionCredentials | 'untrusted' | undefined): Keys {
  if (credentials === undefined || credentials === 'untrusted') throw new Error('no session was opened')
  return credentials
}

const whoIs = async (keys: Keys) => (await client(STSClient, server, keys).send(new GetCallerIdentityCommand({}))).Arn

describe('an instance with a role', () => {
  test('is told about itself, and gets a session of six hours that is named after it', async () => {
    const instance = await launched(server, { IamInstanceProfile: { Name: 'web' }, UserData: 'aGk=' })
    const seen = await asInstance({ instance })
    expect(seen).toMatchObject({
      state: 'running',
      options: { tokens: 'required', hops: 2 },
      paths: { 'instance-id': instance, 'instance-type': 't3.micro', 'placement/region': 'us-east-1' },
      identity: { accountId: MANAGEMENT, instanceId: instance },
      userData: 'aGk=',
      profile: { found: true, role: { name: 'web', id: expect.stringMatching(/^AROA/) } },
    })
    expect(seen).not.toHaveProperty('credentials')
    const { credentials } = await asInstance({ instance, credentials: '2.0' })
    const keys = keysIn(credentials)
    expect(await whoIs(keys)).toBe(`arn:aws:sts::${MANAGEMENT}:assumed-role/web/${instance}`)
    const { issuedAt, expiresAt } = credentials as SessionCredentials // `keysIn` saw to it
    expect(Date.parse(expiresAt) - Date.parse(issuedAt)).toBe(6 * 3_600_000)
  })

  test('brings to every call which instance it is, and how its credentials were got', async () => {
    const instance = await launched(server, { IamInstanceProfile: { Name: 'web' } })
    const { Reservations } = await cloudOf(server).describeInstances({ InstanceIds: [instance] })
    const { PrivateIpAddress = '', VpcId = '' } = Reservations?.[0]?.Instances?.[0] ?? {}
    const keys = keysIn((await asInstance({ instance, credentials: '2.0' })).credentials)
    const old = keysIn((await asInstance({ instance, credentials: '1.0' })).credentials)
    const other = await launched(server, { IamInstanceProfile: { Name: 'web' } })
    const stranger = keysIn((await asInstance({ instance: other, credentials: '2.0' })).credentials)
    await allow('web', {
      Effect: 'Allow',
      Action: 's3:ListAllMyBuckets',
      Resource: '*',
      Condition: {
        StringEquals: { 'ec2:RoleDelivery': '2.0', 'aws:Ec2InstanceSourceVpc': VpcId },
        ArnEquals: { 'ec2:SourceInstanceARN': `arn:aws:ec2:us-east-1:${MANAGEMENT}:instance/${instance}` },
        IpAddress: { 'aws:Ec2InstanceSourcePrivateIPv4': `${PrivateIpAddress}/32` },
      },
    })
    const list = (of: Keys) => client(S3Client, server, of).send(new ListBucketsCommand({}))
    await expect(list(keys)).resolves.toBeDefined()
    await expect(list(old), 'got without a token').rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(list(stranger), 'another instance').rejects.toMatchObject({ name: 'AccessDenied' })
  })

  test('takes none of that into the next role', async () => {
    await role('next', { AWS: `arn:aws:iam::${MANAGEMENT}:role/web` })
    await allow('web', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' })
    await allow('next', {
      Effect: 'Allow',
      Action: 's3:ListAllMyBuckets',
      Resource: '*',
      Condition: { Null: { 'ec2:SourceInstanceARN': 'false' } },
    })
    const instance = await launched(server, { IamInstanceProfile: { Name: 'web' } })
    const keys = keysIn((await asInstance({ instance, credentials: '2.0' })).credentials)
    const assume = new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${MANAGEMENT}:role/next`, RoleSessionName: 'onward' })
    const { Credentials = undefined } = await client(STSClient, server, keys).send(assume)
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
    const chained = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
    await expect(client(S3Client, server, chained).send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })

  test('leaves a record of EC2 taking the role on', async () => {
    const instance = await launched(server, { IamInstanceProfile: { Name: 'web' } })
    await asInstance({ instance, credentials: '2.0' })
    const { records } = await server.world.store.audited({ account: MANAGEMENT, eventName: 'AssumeRole', limit: 1 })
    expect(records[0]).toMatchObject({
      userIdentity: { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' },
      requestParameters: { roleArn: `arn:aws:iam::${MANAGEMENT}:role/web`, roleSessionName: instance },
    })
    expect(JSON.stringify(records)).not.toMatch(/secretAccessKey|sessionToken/)
  })

  test('that does not trust EC2 gets no session', async () => {
    const instance = await launched(server, { IamInstanceProfile: { Name: 'closed' } })
    expect(await asInstance({ instance, credentials: '2.0' })).toMatchObject({ credentials: 'untrusted' })
  })

  test('whose profile was deleted, and made anew, gets none either', async () => {
    const InstanceProfileName = 'brief'
    await role('brief', { Service: 'ec2.amazonaws.com' })
    const instance = await launched(server, { IamInstanceProfile: { Name: 'brief' } })
    const to = iamOf(server)
    await to.send(new iam.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: 'brief' }))
    expect((await asInstance({ instance, credentials: '2.0' })).profile).toMatchObject({ found: true })
    await to.send(new iam.DeleteInstanceProfileCommand({ InstanceProfileName }))
    await to.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName }))
    await to.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: 'brief' }))
    const seen = await asInstance({ instance, credentials: '2.0' })
    expect(seen.profile).toEqual({ arn: expect.stringContaining('/brief'), id: expect.any(String), found: false })
    expect(seen).not.toHaveProperty('credentials')
  })

  test('is found in its own account and region alone', async () => {
    const keys = await enter(server, PRODUCTION)
    await role('far', { Service: 'ec2.amazonaws.com' }, keys)
    const instance = await launched(server, { IamInstanceProfile: { Name: 'far' } }, keys)
    await expect(asInstance({ instance })).rejects.toThrow(
      `there is no instance \`${instance}\` in us-east-1 of account ${MANAGEMENT}`,
    )
    await expect(asInstance({ instance, account: 'Production', region: 'eu-west-1' })).rejects.toThrow(
      'it is in us-east-1',
    )
    await expect(asInstance({ instance, account: 'Nowhere' })).rejects.toThrow('there is no account `Nowhere`')
    const found = keysIn((await asInstance({ instance, account: 'Production', credentials: '2.0' })).credentials)
    expect(await whoIs(found)).toBe(`arn:aws:sts::${PRODUCTION}:assumed-role/far/${instance}`)
    await expect(
      client(S3Client, server, found).send(new CreateBucketCommand({ Bucket: 'far-bucket' })),
    ).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })
})

describe('a task with a role', () => {
  const task = '0123456789abcdef0123456789abcdef'
  const arn = (name: string) => `arn:aws:iam::${MANAGEMENT}:role/${name}`

  test('gets a session that is named after it', async () => {
    expect(await asTask({ role: arn('web'), task })).toEqual({
      now: expect.any(String),
      role: arn('web'),
      roleId: expect.stringMatching(/^AROA/),
    })
    const keys = keysIn((await asTask({ role: arn('web'), task, credentials: true })).credentials)
    expect(await whoIs(keys)).toBe(`arn:aws:sts::${MANAGEMENT}:assumed-role/web/${task}`)
  })

  test('is told to the trust policy by its account and ARN', async () => {
    const Condition = {
      StringEquals: { 'aws:SourceAccount': MANAGEMENT },
      ArnLike: { 'aws:SourceArn': `arn:aws:ecs:us-east-1:${MANAGEMENT}:*` },
    }
    const Principal = { Service: 'ecs-tasks.amazonaws.com' }
    const AssumeRolePolicyDocument = policyText({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition })
    await iamOf(server).send(new iam.CreateRoleCommand({ RoleName: 'guarded', AssumeRolePolicyDocument }))
    expect((await asTask({ role: arn('guarded'), task, credentials: true })).credentials).toBeTypeOf('object')
    expect((await asTask({ role: arn('closed'), task, credentials: true })).credentials).toBe('untrusted')
  })

  test.each([
    [{ role: 'web', task }, 'is no role', 'a name where an ARN must be'],
    [{ role: arn('nobody'), task }, 'there is no role', 'a role that is not there'],
    [{ role: arn('web'), task: 'mine' }, '32 hexadecimal digits', 'a task that ECS would not name so'],
  ])('is not made of %j: %s', async (asked, says) => {
    await expect(asTask(asked)).rejects.toThrow(says)
  })
})
