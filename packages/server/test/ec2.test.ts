import { EC2 } from '@aws-sdk/client-ec2'
import type * as ec2 from '@aws-sdk/client-ec2'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { client, MANAGEMENT, startServer, type Keys, type TestServer } from './harness.ts'

let server: TestServer
let x86: string
let arm: string
const SECOND = 1000
const HOUR = 3600 * SECOND

beforeAll(async () => {
  server = await startServer()
  x86 = await newest('x86_64')
  arm = await newest('arm64')
})
afterEach(() => expect(server.bugs).toEqual([]))
afterAll(() => server.close())

function cloud(keys?: Keys, region = 'us-east-1'): EC2 {
  return client(EC2, server, keys, region)
}

async function newest(architecture: string, region?: string): Promise<string> {
  const Filters = [
    { Name: 'name', Values: ['al2023-ami-2023.*'] },
    { Name: 'architecture', Values: [architecture] },
  ]
  const { Images = [] } = await cloud(undefined, region).describeImages({ Owners: ['amazon'], Filters })
  return Images.toSorted((a, b) => ((a.CreationDate ?? '') < (b.CreationDate ?? '') ? 1 : -1))[0]?.ImageId ?? ''
}

async function launch(more: Partial<ec2.RunInstancesCommandInput> = {}, keys?: Keys): Promise<readonly string[]> {
  const input = { ImageId: x86, InstanceType: 't3.micro' as const, MinCount: 1, MaxCount: 1, ...more }
  const { Instances = [] } = await cloud(keys).runInstances(input)
  return Instances.flatMap(({ InstanceId = '' }) => InstanceId)
}

async function one(more: Partial<ec2.RunInstancesCommandInput> = {}, keys?: Keys): Promise<string> {
  return (await launch(more, keys))[0] ?? ''
}

async function see(id: string): Promise<ec2.Instance> {
  const { Reservations } = await cloud().describeInstances({ InstanceIds: [id] })
  return Reservations?.[0]?.Instances?.[0] ?? {}
}

async function user(name: string, ...statements: readonly object[]): Promise<Keys> {
  const iam = client(IAMClient, server)
  await iam.send(new CreateUserCommand({ UserName: name }))
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

function count({ Reservations = [] }: ec2.DescribeInstancesCommandOutput): number {
  return Reservations.flatMap(({ Instances = [] }) => Instances).length
}

const tagged = (tags: Readonly<Record<string, string>>): Pick<ec2.RunInstancesCommandInput, 'TagSpecifications'> => ({
  TagSpecifications: [{ ResourceType: 'instance', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }],
})

describe('regions and zones', () => {
  test('are those that need no opt-in, unless all are asked for', async () => {
    const { Regions = [] } = await cloud().describeRegions()
    expect(Regions).toHaveLength(17)
    expect(Regions).toContainEqual({
      RegionName: 'eu-central-1',
      Endpoint: 'ec2.eu-central-1.amazonaws.com',
      OptInStatus: 'opt-in-not-required',
    })
    expect((await cloud().describeRegions({ AllRegions: true })).Regions).toContainEqual(
      expect.objectContaining({ RegionName: 'af-south-1', OptInStatus: 'not-opted-in' }),
    )
    expect(
      (await cloud().describeRegions({ Filters: [{ Name: 'region-name', Values: ['eu-west-?'] }] })).Regions,
    ).toHaveLength(3)
    await expect(cloud().describeRegions({ RegionNames: ['moon-1'] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    })
  })

  test('have zones with names and ids', async () => {
    const { AvailabilityZones = [] } = await cloud().describeAvailabilityZones()
    expect(AvailabilityZones.map(({ ZoneName }) => ZoneName)).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `us-east-1${letter}`),
    )
    expect(AvailabilityZones[0]).toMatchObject({
      ZoneId: 'use1-az1',
      State: 'available',
      RegionName: 'us-east-1',
      ZoneType: 'availability-zone',
    })
  })
})

describe('images', () => {
  test('are found by owner, name and architecture, and have an id of their own in each region', async () => {
    const { Images: [image] = [] } = await cloud().describeImages({ ImageIds: [x86] })
    expect(image).toMatchObject({
      ImageId: expect.stringMatching(/^ami-[0-9a-f]{17}$/),
      Name: expect.stringMatching(/^al2023-ami-2023\..*-x86_64$/),
      OwnerId: '137112412989',
      ImageOwnerAlias: 'amazon',
      Public: true,
      State: 'available',
      RootDeviceName: '/dev/xvda',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8, Encrypted: false } }],
    })
    expect(await newest('x86_64', 'eu-west-1')).not.toBe(x86)
    expect(await newest('x86_64')).toBe(x86)
    expect((await cloud().describeImages({ Owners: ['self'] })).Images).toEqual([])
    expect(
      (await cloud().describeImages({ Filters: [{ Name: 'name', Values: ['amzn2-ami-hvm-*-gp2'] }] })).Images,
    ).toHaveLength(4)
  })

  test.each([
    [
      { ImageIds: ['ami-00000000000000000'] },
      'InvalidAMIID.NotFound',
      "The image id '[ami-00000000000000000]' does not exist",
    ],
    [{ ImageIds: ['ami-xyz'] }, 'InvalidAMIID.Malformed', 'Invalid id: "ami-xyz"'],
    [{ ImageIds: ['i-1'] }, 'InvalidAMIID.Malformed', 'Invalid id: "i-1" (expecting "ami-...")'],
    [{ Filters: [{ Name: 'colour', Values: ['red'] }] }, 'InvalidParameterValue', "The filter 'colour' is invalid"],
  ])('%j are refused with %s', async (input, name, message) => {
    await expect(cloud().describeImages(input)).rejects.toMatchObject({ name, message })
  })
})

describe('an instance', () => {
  test('is pending, runs, stops, starts, is terminated, and is forgotten after an hour', async () => {
    const id = await one(tagged({ Name: 'web' }))
    expect(await see(id)).toMatchObject({
      InstanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/),
      ImageId: x86,
      InstanceType: 't3.micro',
      State: { Code: 0, Name: 'pending' },
      Placement: { AvailabilityZone: 'us-east-1a', Tenancy: 'default' },
      PrivateIpAddress: expect.stringMatching(/^172\.31\.\d+\.\d+$/),
      VpcId: expect.stringMatching(/^vpc-[0-9a-f]{17}$/),
      Tags: [{ Key: 'Name', Value: 'web' }],
    })
    const stop = (): Promise<ec2.StopInstancesCommandOutput> => cloud().stopInstances({ InstanceIds: [id] })
    await expect(stop()).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
      message: `Instance '${id}' cannot be stopped as it has never reached the 'running' state.`,
    })
    server.clock.move(10 * SECOND)
    expect((await see(id)).State).toEqual({ Code: 16, Name: 'running' })
    expect((await stop()).StoppingInstances).toEqual([
      { InstanceId: id, CurrentState: { Code: 64, Name: 'stopping' }, PreviousState: { Code: 16, Name: 'running' } },
    ])
    await expect(cloud().startInstances({ InstanceIds: [id] })).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
      message: `The instance '${id}' is not in a state from which it can be started.`,
    })
    server.clock.move(10 * SECOND)
    expect(await see(id)).toMatchObject({
      State: { Code: 80, Name: 'stopped' },
      StateReason: {
        Code: 'Client.UserInitiatedShutdown',
        Message: 'Client.UserInitiatedShutdown: User initiated shutdown',
      },
      StateTransitionReason: expect.stringMatching(/^User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)$/),
    })
    await cloud().startInstances({ InstanceIds: [id] })
    server.clock.move(10 * SECOND)
    expect((await cloud().terminateInstances({ InstanceIds: [id] })).TerminatingInstances).toEqual([
      {
        InstanceId: id,
        CurrentState: { Code: 32, Name: 'shutting-down' },
        PreviousState: { Code: 16, Name: 'running' },
      },
    ])
    server.clock.move(10 * SECOND)
    const terminated = await see(id)
    expect(terminated.State).toEqual({ Code: 48, Name: 'terminated' })
    expect(terminated.PrivateIpAddress).toBeUndefined()
    await cloud().terminateInstances({ InstanceIds: [id] })
    server.clock.move(HOUR)
    await expect(see(id)).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
      message: `The instance ID '${id}' does not exist`,
    })
  })

  test('that is stopped is terminated at once', async () => {
    const id = await one()
    server.clock.move(10 * SECOND)
    await cloud().stopInstances({ InstanceIds: [id] })
    server.clock.move(10 * SECOND)
    const { TerminatingInstances } = await cloud().terminateInstances({ InstanceIds: [id] })
    expect(TerminatingInstances?.[0]?.CurrentState?.Name).toBe('terminated')
  })

  test('is checked after it started', async () => {
    const id = await one()
    const status = async (all = false): Promise<string | undefined> => {
      const { InstanceStatuses } = await cloud().describeInstanceStatus({ InstanceIds: [id], IncludeAllInstances: all })
      return InstanceStatuses?.[0]?.InstanceStatus?.Status
    }
    expect(await status()).toBeUndefined()
    expect(await status(true)).toBe('not-applicable')
    server.clock.move(10 * SECOND)
    expect(await status()).toBe('initializing')
    server.clock.move(120 * SECOND)
    expect(await status()).toBe('ok')
    await cloud().rebootInstances({ InstanceIds: [id] })
    await cloud().terminateInstances({ InstanceIds: [id] })
  })

  test('changes with all others that are named, or none does', async () => {
    const id = await one()
    server.clock.move(10 * SECOND)
    const missing = 'i-00000000000000000'
    await expect(cloud().stopInstances({ InstanceIds: [id, missing] })).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
      message: `The instance ID '${missing}' does not exist`,
    })
    expect((await see(id)).State?.Name).toBe('running')
    await expect(cloud().stopInstances({ InstanceIds: ['i-xyz'] })).rejects.toMatchObject({
      name: 'InvalidInstanceID.Malformed',
      message: 'Invalid id: "i-xyz"',
    })
    await expect(cloud().describeInstances({ InstanceIds: [missing, 'i-11111111111111111'] })).rejects.toMatchObject({
      message: `The instance IDs '${missing}, i-11111111111111111' do not exist`,
    })
    await cloud().terminateInstances({ InstanceIds: [id] })
  })
})

describe('RunInstances', () => {
  test('launches once for a client token', async () => {
    const token = { ClientToken: 'once', ...tagged({ a: '1' }) }
    const first = await launch({ ...token, MaxCount: 2 })
    expect(first).toHaveLength(2)
    expect(await launch({ ...token, MaxCount: 2 })).toEqual(first)
    await expect(launch({ ...token, MaxCount: 3 })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
      message: 'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    })
    await cloud().terminateInstances({ InstanceIds: [...first] })
  })

  const long = Buffer.alloc(16_385).toString('base64')
  const REFUSED: readonly [string, Partial<ec2.RunInstancesCommandInput>, string, string | RegExp][] = [
    ['no image', { ImageId: undefined }, 'MissingParameter', 'The request must contain the parameter ImageId'],
    [
      'an image that is not there',
      { ImageId: 'ami-00000000000000000' },
      'InvalidAMIID.NotFound',
      "The image id '[ami-00000000000000000]' does not exist",
    ],
    [
      'a type that is none',
      { InstanceType: 't99.huge' as 't3.micro' },
      'InvalidParameterValue',
      "Invalid value 't99.huge' for InstanceType.",
    ],
    [
      'a type of another architecture',
      { InstanceType: 't4g.micro' },
      'InvalidParameterValue',
      /^The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of the specified AMI\./,
    ],
    ['none at the least', { MinCount: 0 }, 'InvalidParameterValue', /minCount/],
    ['fewer at the most than at the least', { MinCount: 2 }, 'InvalidParameterCombination', /MinCount/],
    [
      'more than an account may run',
      { MinCount: 1000, MaxCount: 1000 },
      'InstanceLimitExceeded',
      /^You have requested more instances/,
    ],
    ['too much user data', { UserData: long }, 'InvalidParameterValue', 'User data is limited to 16384 bytes'],
    [
      'user data that is no base64',
      { UserData: '%%%' },
      'InvalidParameterValue',
      'Invalid BASE64 encoding of user data.',
    ],
    [
      'a subnet that is not there',
      { SubnetId: 'subnet-00000000000000000' },
      'InvalidSubnetID.NotFound',
      "The subnet ID 'subnet-00000000000000000' does not exist",
    ],
    [
      'a group that is not there',
      { SecurityGroupIds: ['sg-00000000000000000'] },
      'InvalidGroup.NotFound',
      "The security group 'sg-00000000000000000' does not exist",
    ],
    ['a tag of AWS', tagged({ 'aws:x': '' }), 'InvalidParameterValue', /reserved/],
    [
      'a profile that is not there',
      { IamInstanceProfile: { Name: 'x' } },
      'InvalidParameterValue',
      'Value (x) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
    ],
  ]
  test.each(REFUSED)('refuses %s', async (_what, input, name, message) => {
    await expect(launch(input)).rejects.toMatchObject({
      name,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
  })

  test('launches into the zone and subnet that are named', async () => {
    const id = await one({ Placement: { AvailabilityZone: 'us-east-1c' }, ImageId: arm, InstanceType: 't4g.micro' })
    const first = await see(id)
    expect(first).toMatchObject({ Architecture: 'arm64', Placement: { AvailabilityZone: 'us-east-1c' } })
    const second = await one({ SubnetId: first.SubnetId })
    expect((await see(second)).Placement?.AvailabilityZone).toBe('us-east-1c')
    await cloud().terminateInstances({ InstanceIds: [id, second] })
  })
})

describe('a list of instances', () => {
  test('is filtered and paged', async () => {
    const web = await launch({ MinCount: 4, MaxCount: 4, ...tagged({ tier: 'web', Name: 'a*b' }) })
    const db = await launch({ MinCount: 3, MaxCount: 3, InstanceType: 't3.small', ...tagged({ tier: 'db' }) })
    const ids = async (...Filters: readonly ec2.Filter[]): Promise<readonly string[]> => {
      const { Reservations = [] } = await cloud().describeInstances({ Filters: [...Filters] })
      return Reservations.flatMap(({ Instances = [] }) =>
        Instances.flatMap(({ InstanceId = '' }) => InstanceId),
      ).toSorted()
    }
    const alive = { Name: 'instance-state-name', Values: ['pending', 'running'] }
    const cases: readonly [readonly ec2.Filter[], readonly string[], string][] = [
      [[{ Name: 'tag:tier', Values: ['web'] }], web, 'one tag'],
      [[{ Name: 'tag:tier', Values: ['w?b', 'nothing'] }], web, 'values are alternatives'],
      [
        [
          { Name: 'tag:tier', Values: ['*'] },
          { Name: 'instance-type', Values: ['t3.small'] },
        ],
        db,
        'filters add up',
      ],
      [[{ Name: 'tag-key', Values: ['Name'] }], web, 'a key alone'],
      [[{ Name: 'tag:Name', Values: [String.raw`a\*b`] }], web, 'an escaped wildcard'],
      [[{ Name: 'tag:Name', Values: [String.raw`a\?b`] }], [], 'an escaped wildcard that is another'],
      [[{ Name: 'tag:tier', Values: ['WEB'] }], [], 'case counts'],
      [[alive], [...web, ...db], 'by state'],
    ]
    for (const [filters, expected, why] of cases) expect(await ids(...filters), why).toEqual([...expected].toSorted())
    const first = await cloud().describeInstances({ MaxResults: 5, Filters: [alive] })
    const rest = await cloud().describeInstances({ MaxResults: 5, Filters: [alive], NextToken: first.NextToken })
    expect([count(first), count(rest), rest.NextToken]).toEqual([5, 2, undefined])
    await cloud().terminateInstances({ InstanceIds: [...web, ...db] })
  })

  test.each([
    [
      { MaxResults: 4 },
      'InvalidParameterValue',
      'Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
    ],
    [{ NextToken: 'nonsense' }, 'InvalidNextToken', 'The specified NextToken is not valid.'],
    [
      { MaxResults: 5, InstanceIds: ['i-00000000000000000'] },
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    ],
    [{ Filters: [{ Name: 'nothing', Values: [] }] }, 'InvalidParameterValue', "The filter 'nothing' is invalid"],
  ])('refuses %j', async (input, name, message) => {
    await expect(cloud().describeInstances(input)).rejects.toMatchObject({ name, message })
  })
})

describe('tags', () => {
  test('are created, described and deleted', async () => {
    const id = await one(tagged({ a: '1' }))
    await cloud().createTags({
      Resources: [id],
      Tags: [
        { Key: 'a', Value: '2' },
        { Key: 'b', Value: '' },
        { Key: 'c', Value: '3' },
      ],
    })
    const { Tags } = await cloud().describeTags({ Filters: [{ Name: 'resource-id', Values: [id] }] })
    expect(Tags).toEqual(
      ['a', 'b', 'c'].map((Key, at) => ({ Key, Value: ['2', '', '3'][at], ResourceId: id, ResourceType: 'instance' })),
    )
    await cloud().deleteTags({ Resources: [id], Tags: [{ Key: 'a', Value: 'other' }, { Key: 'b' }] })
    expect((await see(id)).Tags?.map(({ Key }) => Key)).toEqual(['a', 'c'])
    await cloud().deleteTags({ Resources: [id] })
    expect((await see(id)).Tags).toEqual([])
    const many = Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: '' }))
    await expect(cloud().createTags({ Resources: [id], Tags: many })).rejects.toMatchObject({
      name: 'TagLimitExceeded',
    })
    await expect(
      cloud().createTags({ Resources: ['nonsense'], Tags: [{ Key: 'a', Value: '' }] }),
    ).rejects.toMatchObject({ name: 'InvalidID', message: "The ID 'nonsense' is not valid" })
    await cloud().terminateInstances({ InstanceIds: [id] })
  })
})

describe('the law', () => {
  const dry = {
    name: 'DryRunOperation',
    message: 'Request would have succeeded, but DryRun flag is set.',
    $metadata: { httpStatusCode: 412 },
  }
  const denied = {
    name: 'UnauthorizedOperation',
    message: expect.stringContaining('You are not authorized to perform this operation. User: '),
    $metadata: { httpStatusCode: 403 },
  }

  test('answers a dry run with what it would have said', async () => {
    await expect(cloud().describeInstances({ DryRun: true })).rejects.toMatchObject(dry)
    await expect(launch({ DryRun: true })).rejects.toMatchObject(dry)
    const nobody = await user('nobody')
    await expect(launch({ DryRun: true }, nobody)).rejects.toMatchObject(denied)
    await expect(cloud(nobody).describeInstances({ DryRun: true })).rejects.toMatchObject(denied)
  })

  test('lets a caller stop what carries the right tag, and tells nothing of what is not there', async () => {
    const own = await one(tagged({ team: 'blue' }))
    const other = await one(tagged({ team: 'red' }))
    server.clock.move(10 * SECOND)
    const blue = await user('blue', {
      Effect: 'Allow',
      Action: ['ec2:StopInstances', 'ec2:StartInstances'],
      Resource: `arn:aws:ec2:us-east-1:${MANAGEMENT}:instance/*`,
      Condition: {
        StringEquals: {
          'aws:ResourceTag/team': 'blue',
          'ec2:ResourceTag/team': 'blue',
          'ec2:InstanceType': 't3.micro',
          'ec2:Region': 'us-east-1',
        },
      },
    })
    await expect(cloud(blue).stopInstances({ InstanceIds: [own, other] })).rejects.toMatchObject(denied)
    await expect(cloud(blue).stopInstances({ InstanceIds: ['i-00000000000000000'] })).rejects.toMatchObject(denied)
    await expect(cloud(blue).stopInstances({ InstanceIds: [own] })).resolves.toMatchObject({
      StoppingInstances: [{ InstanceId: own }],
    })
    await expect(cloud(blue).terminateInstances({ InstanceIds: [own] })).rejects.toMatchObject(denied)
    await cloud().terminateInstances({ InstanceIds: [own, other] })
  })

  test('asks about every resource that a launch touches', async () => {
    const everything = ['instance', 'subnet', 'network-interface', 'volume', 'security-group'].map(
      (noun) => `arn:aws:ec2:*:*:${noun}/*`,
    )
    const images = 'arn:aws:ec2:*::image/*'
    const launching = { Effect: 'Allow', Action: 'ec2:RunInstances' }
    await expect(
      launch({}, await user('whole', { ...launching, Resource: [...everything, images] })),
    ).resolves.toHaveLength(1)
    for (const missing of [...everything, images]) {
      const keys = await user(`without-${missing.split(':')[5]?.split('/')[0]}`, {
        ...launching,
        Resource: [...everything, images].filter((arn) => arn !== missing),
      })
      await expect(launch({}, keys), missing).rejects.toMatchObject(denied)
    }
  })

  test('asks for CreateTags too where a launch tags, and sees the tags', async () => {
    const launching = { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: '*' }
    const taggedBlue = { ...tagged({ team: 'blue' }) }
    await expect(launch(taggedBlue, await user('untagging', launching))).rejects.toMatchObject(denied)
    const tagging = await user('tagging', launching, {
      Effect: 'Allow',
      Action: 'ec2:CreateTags',
      Resource: 'arn:aws:ec2:*:*:instance/*',
      Condition: {
        StringEquals: { 'ec2:CreateAction': 'RunInstances', 'aws:RequestTag/team': 'blue' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
      },
    })
    const id = await one(taggedBlue, tagging)
    await expect(launch(tagged({ team: 'red' }), tagging)).rejects.toMatchObject(denied)
    await expect(
      cloud(tagging).createTags({ Resources: [id], Tags: [{ Key: 'team', Value: 'blue' }] }),
    ).rejects.toMatchObject(denied)
  })

  test('knows the instance type, the metadata version and whether a volume is encrypted', async () => {
    const allow = { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: '*' }
    const keys = await user(
      'guarded',
      allow,
      {
        Effect: 'Deny',
        Action: 'ec2:RunInstances',
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { StringNotLike: { 'ec2:InstanceType': 't3.*' } },
      },
      {
        Effect: 'Deny',
        Action: 'ec2:RunInstances',
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { StringNotEquals: { 'ec2:MetadataHttpTokens': 'required' } },
      },
      {
        Effect: 'Deny',
        Action: 'ec2:RunInstances',
        Resource: 'arn:aws:ec2:*:*:volume/*',
        Condition: { Bool: { 'ec2:Encrypted': 'false' } },
      },
    )
    const MetadataOptions = { HttpTokens: 'required' as const }
    const BlockDeviceMappings = [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }]
    await expect(launch({ MetadataOptions, BlockDeviceMappings }, keys)).resolves.toHaveLength(1)
    await expect(
      launch({ MetadataOptions, BlockDeviceMappings, InstanceType: 'm5.large' }, keys),
    ).rejects.toMatchObject(denied)
    await expect(launch({ BlockDeviceMappings }, keys)).rejects.toMatchObject(denied)
    await expect(launch({ MetadataOptions }, keys)).rejects.toMatchObject(denied)
  })
})
