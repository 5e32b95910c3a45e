/** The default network of an account in a region, and what instances have of it. */

import type * as ec2 from '@aws-sdk/client-ec2'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { put } from '../src/store/store.ts'
import { cloudOf, DENIED, launched, userWith } from './cloud.ts'
import { MANAGEMENT, PRODUCTION, startServer, type TestServer } from './harness.ts'
import { enter, expectRefusal } from './people.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterEach(() => expect(server.bugs).toEqual([]))
afterAll(() => server.close())

async function vpcId(): Promise<string> {
  return (await cloudOf(server).describeVpcs()).Vpcs?.[0]?.VpcId ?? ''
}

describe('the default network', () => {
  test('is a VPC with a subnet a zone, routes to the Internet, and an open ACL', async () => {
    const cloud = cloudOf(server)
    const { Vpcs = [] } = await cloud.describeVpcs({ Filters: [{ Name: 'is-default', Values: ['true'] }] })
    const { Subnets = [] } = await cloud.describeSubnets()
    const { RouteTables = [] } = await cloud.describeRouteTables()
    const { InternetGateways: [gateway] = [] } = await cloud.describeInternetGateways()
    const { NetworkAcls: [acl] = [] } = await cloud.describeNetworkAcls()
    const { DhcpOptions: [dhcp] = [] } = await cloud.describeDhcpOptions()
    const VpcId = Vpcs[0]?.VpcId
    expect(Vpcs).toMatchObject([
      { CidrBlock: '172.31.0.0/16', IsDefault: true, DhcpOptionsId: dhcp?.DhcpOptionsId, OwnerId: MANAGEMENT },
    ])
    expect(Subnets.map(({ CidrBlock }) => CidrBlock).toSorted()).toEqual(
      [0, 16, 32, 48, 64, 80].map((third) => `172.31.${third}.0/20`).toSorted(),
    )
    expect(Subnets.every((subnet) => subnet.VpcId === VpcId && subnet.DefaultForAz === true)).toBe(true)
    expect(RouteTables).toMatchObject([
      {
        VpcId,
        Associations: [{ Main: true }],
        Routes: [
          { DestinationCidrBlock: '172.31.0.0/16', GatewayId: 'local' },
          { DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway?.InternetGatewayId },
        ],
      },
    ])
    expect(gateway?.Attachments).toEqual([{ VpcId, State: 'available' }])
    expect(acl?.Associations).toHaveLength(6)
    expect(acl?.Entries?.map(({ RuleAction }) => RuleAction)).toEqual(['allow', 'deny', 'allow', 'deny'])
  })

  test('is another in each account and region', async () => {
    const ids = await Promise.all([
      vpcId(),
      cloudOf(server, undefined, 'eu-west-1')
        .describeVpcs()
        .then(({ Vpcs }) => Vpcs?.[0]?.VpcId),
      cloudOf(server, await enter(server, PRODUCTION))
        .describeVpcs()
        .then(({ Vpcs }) => Vpcs?.[0]?.VpcId),
    ])
    expect(new Set(ids).size).toBe(3)
  })

  const ATTRIBUTES = [
    ['enableDnsSupport', { EnableDnsSupport: { Value: true } }],
    ['enableDnsHostnames', { EnableDnsHostnames: { Value: true } }],
    ['enableNetworkAddressUsageMetrics', { EnableNetworkAddressUsageMetrics: { Value: false } }],
  ] as const
  test.each(ATTRIBUTES)('has the attribute %s as AWS sets it', async (Attribute, shown) => {
    const VpcId = await vpcId()
    await expect(cloudOf(server).describeVpcAttribute({ VpcId, Attribute })).resolves.toMatchObject({ VpcId, ...shown })
  })

  const MISSING: readonly [string, (cloud: ec2.EC2) => Promise<unknown>, string, string][] = [
    [
      'VPC',
      (cloud) => cloud.describeVpcs({ VpcIds: ['vpc-00000000000000000'] }),
      'InvalidVpcID.NotFound',
      "The vpc ID 'vpc-00000000000000000' does not exist",
    ],
    [
      'VPC of an attribute',
      (cloud) => cloud.describeVpcAttribute({ VpcId: 'vpc-00000000', Attribute: 'enableDnsSupport' }),
      'InvalidVpcID.NotFound',
      "The vpc ID 'vpc-00000000' does not exist",
    ],
    [
      'subnet',
      (cloud) => cloud.describeSubnets({ SubnetIds: ['subnet-00000000'] }),
      'InvalidSubnetID.NotFound',
      "The subnet ID 'subnet-00000000' does not exist",
    ],
    [
      'route table',
      (cloud) => cloud.describeRouteTables({ RouteTableIds: ['rtb-00000000'] }),
      'InvalidRouteTableID.NotFound',
      "The routeTable ID 'rtb-00000000' does not exist",
    ],
    [
      'gateway',
      (cloud) => cloud.describeInternetGateways({ InternetGatewayIds: ['igw-00000000'] }),
      'InvalidInternetGatewayID.NotFound',
      "The internetGateway ID 'igw-00000000' does not exist",
    ],
    [
      'ACL',
      (cloud) => cloud.describeNetworkAcls({ NetworkAclIds: ['acl-00000000'] }),
      'InvalidNetworkAclID.NotFound',
      "The networkAcl ID 'acl-00000000' does not exist",
    ],
    [
      'DHCP options',
      (cloud) => cloud.describeDhcpOptions({ DhcpOptionsIds: ['dopt-00000000'] }),
      'InvalidDhcpOptionID.NotFound',
      "The dhcpOption ID 'dopt-00000000' does not exist",
    ],
    [
      'interface',
      (cloud) => cloud.describeNetworkInterfaces({ NetworkInterfaceIds: ['eni-00000000'] }),
      'InvalidNetworkInterfaceID.NotFound',
      "The networkInterface ID 'eni-00000000' does not exist",
    ],
    [
      'volume',
      (cloud) => cloud.describeVolumes({ VolumeIds: ['vol-00000000'] }),
      'InvalidVolume.NotFound',
      "The volume 'vol-00000000' does not exist.",
    ],
    [
      'subnet with such an id',
      (cloud) => cloud.describeSubnets({ SubnetIds: ['vpc-1'] }),
      'InvalidSubnetID.Malformed',
      'Invalid id: "vpc-1" (expecting "subnet-...")',
    ],
    [
      'filter',
      (cloud) => cloud.describeVpcs({ Filters: [{ Name: 'color', Values: ['red'] }] }),
      'InvalidParameterValue',
      "The filter 'color' is invalid",
    ],
  ]
  test.each(MISSING)('has no such %s', async (_what, ask, code, message) => {
    await expectRefusal(ask(cloudOf(server)), code, message, 400)
  })

  test('is tagged part by part, all at once or not at all', async () => {
    const cloud = cloudOf(server)
    const { Subnets: [subnet] = [] } = await cloud.describeSubnets()
    const { SecurityGroups: [group] = [] } = await cloud.describeSecurityGroups()
    const Resources = [await vpcId(), subnet?.SubnetId ?? '', group?.GroupId ?? '']
    await expectRefusal(
      cloud.createTags({ Resources: [...Resources, 'igw-00000000000000000'], Tags: [{ Key: 'a', Value: 'b' }] }),
      'InvalidInternetGatewayID.NotFound',
    )
    expect((await cloud.describeTags()).Tags).toEqual([])
    await cloud.createTags({ Resources, Tags: [{ Key: 'a', Value: 'b' }] })
    const { Tags = [] } = await cloud.describeTags()
    expect(Tags.map(({ ResourceType }) => ResourceType).toSorted()).toEqual(['security-group', 'subnet', 'vpc'])
    const filtered = await cloud.describeSubnets({ Filters: [{ Name: 'tag:a', Values: ['b'] }] })
    expect(filtered.Subnets).toMatchObject([{ SubnetId: subnet?.SubnetId, Tags: [{ Key: 'a', Value: 'b' }] }])
    await cloud.deleteTags({ Resources })
    expect((await cloud.describeTags()).Tags).toEqual([])
  })

  test('tells the law its tags and what it is', async () => {
    const cloud = cloudOf(server)
    const { Subnets: [own, other] = [] } = await cloud.describeSubnets()
    await cloud.createTags({ Resources: [own?.SubnetId ?? ''], Tags: [{ Key: 'net', Value: 'lab' }] })
    const keys = await userWith(
      server,
      'lab',
      { Effect: 'Allow', Action: 'ec2:RunInstances', NotResource: 'arn:aws:ec2:*:*:subnet/*' },
      {
        Effect: 'Allow',
        Action: 'ec2:RunInstances',
        Resource: 'arn:aws:ec2:*:*:subnet/*',
        Condition: { StringEquals: { 'aws:ResourceTag/net': 'lab', 'ec2:SubnetID': own?.SubnetId } },
      },
      { Effect: 'Allow', Action: 'ec2:DescribeImages', Resource: '*' },
    )
    await expect(launched(server, { SubnetId: other?.SubnetId }, keys)).rejects.toMatchObject(DENIED)
    await expect(launched(server, { SubnetId: own?.SubnetId }, keys)).resolves.toMatch(/^i-/)
    await expect(
      cloudOf(server, keys).describeVpcAttribute({ VpcId: await vpcId(), Attribute: 'enableDnsSupport' }),
    ).rejects.toMatchObject(DENIED)
  })
})

describe('an instance', () => {
  test('has a volume and an interface, which go when it goes', async () => {
    const cloud = cloudOf(server)
    const id = await launched(server, {
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, Encrypted: true } },
        { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 100, VolumeType: 'io2', Iops: 3000 } },
      ],
      TagSpecifications: [
        { ResourceType: 'volume', Tags: [{ Key: 'of', Value: 'db' }] },
        { ResourceType: 'network-interface', Tags: [{ Key: 'of', Value: 'net' }] },
      ],
    })
    const Filters = [{ Name: 'attachment.instance-id', Values: [id] }]
    const { Volumes = [] } = await cloud.describeVolumes({ Filters })
    expect(Volumes.toSorted((a, b) => (a.Size ?? 0) - (b.Size ?? 0))).toMatchObject([
      {
        Size: 20,
        VolumeType: 'gp3',
        Iops: 3000,
        Throughput: 125,
        Encrypted: true,
        State: 'in-use',
        Tags: [{ Value: 'db' }],
      },
      { Size: 100, VolumeType: 'io2', Iops: 3000, Attachments: [{ Device: '/dev/sdf', DeleteOnTermination: true }] },
    ])
    const { NetworkInterfaces: [nic] = [] } = await cloud.describeNetworkInterfaces({ Filters })
    const { Reservations } = await cloud.describeInstances({ InstanceIds: [id] })
    const instance = Reservations?.[0]?.Instances?.[0]
    expect(nic).toMatchObject({
      PrivateIpAddress: instance?.PrivateIpAddress,
      MacAddress: expect.stringMatching(/^02(?::[0-9a-f]{2}){5}$/),
      TagSet: [{ Key: 'of', Value: 'net' }],
      Association: { PublicIp: expect.stringMatching(/^198\.1[89]\./) },
    })
    expect(instance).toMatchObject({
      PublicIpAddress: nic?.Association?.PublicIp,
      NetworkInterfaces: [{ NetworkInterfaceId: nic?.NetworkInterfaceId }],
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda' }, { DeviceName: '/dev/sdf' }],
    })
    const [volume] = Volumes
    await cloud.createTags({
      Resources: [id, volume?.VolumeId ?? '', nic?.NetworkInterfaceId ?? ''],
      Tags: [{ Key: 'all', Value: 'three' }],
    })
    const { Tags = [] } = await cloud.describeTags({ Filters: [{ Name: 'key', Values: ['all'] }] })
    expect(Tags.map(({ ResourceType }) => ResourceType).toSorted()).toEqual(['instance', 'network-interface', 'volume'])
    await cloud.terminateInstances({ InstanceIds: [id] })
    server.clock.move(10_000)
    expect((await cloud.describeVolumes({ Filters })).Volumes).toEqual([])
    expect((await cloud.describeNetworkInterfaces({ Filters })).NetworkInterfaces).toEqual([])
  })

  test('that an older release launched is as its instances were, and can be changed', async () => {
    const cloud = cloudOf(server)
    const id = await launched(server)
    const key = `us-east-1/${id}`
    const old = { ...server.world.account(MANAGEMENT)?.all('instance').get(key), machine: undefined }
    await server.world.land.commit([put(MANAGEMENT, 'instance', key, old)], [])
    const seen = async () => (await cloud.describeInstances({ InstanceIds: [id] })).Reservations?.[0]?.Instances?.[0]
    expect(await seen()).toMatchObject({
      SecurityGroups: [{ GroupName: 'default' }],
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda' }],
      MetadataOptions: { HttpTokens: 'optional' },
    })
    const before = await seen()
    await cloud.modifyInstanceAttribute({ InstanceId: id, DisableApiStop: { Value: true } })
    expect(await seen()).toEqual(before)
    await expectRefusal(cloud.stopInstances({ InstanceIds: [id] }), 'OperationNotPermitted')
  })

  test('gets the address that is asked for, once, and no public one where none is wanted', async () => {
    const PrivateIpAddress = '172.31.0.77'
    const { Subnets: [subnet] = [] } = await cloudOf(server).describeSubnets({
      Filters: [{ Name: 'availability-zone', Values: ['us-east-1a'] }],
    })
    const nic = { DeviceIndex: 0, SubnetId: subnet?.SubnetId, AssociatePublicIpAddress: false, PrivateIpAddress }
    const id = await launched(server, { NetworkInterfaces: [nic] })
    const { Reservations } = await cloudOf(server).describeInstances({ InstanceIds: [id] })
    const instance = Reservations?.[0]?.Instances?.[0]
    expect(instance).toMatchObject({
      PrivateIpAddress,
      PrivateDnsName: 'ip-172-31-0-77.ec2.internal',
      PublicDnsName: '',
    })
    expect(instance).not.toHaveProperty('PublicIpAddress')
    await expectRefusal(
      launched(server, { PrivateIpAddress }),
      'InvalidIPAddress.InUse',
      `Address ${PrivateIpAddress} is in use.`,
    )
    await expectRefusal(
      launched(server, { PrivateIpAddress: '10.0.0.1' }),
      'InvalidParameterValue',
      /subnet's address range$/,
    )
    await expectRefusal(
      launched(server, { NetworkInterfaces: [nic], SubnetId: subnet?.SubnetId }),
      'InvalidParameterCombination',
      /^Network interfaces and an instance-level subnet ID/,
    )
    const outside = { 'ec2:AssociatePublicIpAddress': 'true' }
    const keys = await userWith(
      server,
      'inside',
      { Effect: 'Allow', Action: ['ec2:RunInstances', 'ec2:DescribeImages'], Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'ec2:RunInstances',
        Resource: 'arn:aws:ec2:*:*:network-interface/*',
        Condition: { Bool: outside },
      },
    )
    const open = { DeviceIndex: 0, AssociatePublicIpAddress: true }
    await expect(launched(server, { NetworkInterfaces: [open] }, keys)).rejects.toMatchObject(DENIED)
  })
})

describe('instance types', () => {
  test('have a whole number of MiB, and of cores', async () => {
    const { InstanceTypes = [] } = await cloudOf(server).describeInstanceTypes({})
    const numbers = InstanceTypes.flatMap(({ MemoryInfo, VCpuInfo }) => [MemoryInfo?.SizeInMiB, VCpuInfo?.DefaultCores])
    expect(numbers.length).toBeGreaterThan(200)
    expect(numbers.filter((number) => !Number.isInteger(number))).toEqual([])
  })

  test('are described by what AWS says of them', async () => {
    const cloud = cloudOf(server)
    const { InstanceTypes = [] } = await cloud.describeInstanceTypes({
      InstanceTypes: ['t3.micro', 'm7g.xlarge', 'c5.9xlarge'],
    })
    expect(
      InstanceTypes.map(({ InstanceType, VCpuInfo, MemoryInfo, ProcessorInfo }) => [
        InstanceType,
        VCpuInfo?.DefaultVCpus,
        MemoryInfo?.SizeInMiB,
        ProcessorInfo?.SupportedArchitectures,
      ]),
    ).toEqual([
      ['c5.9xlarge', 36, 73_728, ['x86_64']],
      ['m7g.xlarge', 4, 16_384, ['arm64']],
      ['t3.micro', 2, 1024, ['x86_64']],
    ])
    const small = await cloud.describeInstanceTypes({
      Filters: [
        { Name: 'vcpu-info.default-vcpus', Values: ['2'] },
        { Name: 'burstable-performance-supported', Values: ['true'] },
        { Name: 'processor-info.supported-architecture', Values: ['arm64'] },
      ],
    })
    expect(small.InstanceTypes?.every(({ InstanceType = '' }) => InstanceType.startsWith('t4g.'))).toBe(true)
    await expectRefusal(
      cloud.describeInstanceTypes({ InstanceTypes: ['t99.huge' as 't3.micro'] }),
      'InvalidInstanceType',
      'The following supplied instance types do not exist: [t99.huge]',
    )
    const { InstanceTypeOfferings } = await cloud.describeInstanceTypeOfferings({
      LocationType: 'availability-zone',
      Filters: [{ Name: 'instance-type', Values: ['t3.micro'] }],
    })
    expect(InstanceTypeOfferings).toHaveLength(6)
    const { AccountAttributes } = await cloud.describeAccountAttributes({ AttributeNames: ['default-vpc'] })
    expect(AccountAttributes).toEqual([
      { AttributeName: 'default-vpc', AttributeValues: [{ AttributeValue: await vpcId() }] },
    ])
  })

  test('that are rare have no facts made up', async () => {
    const { InstanceTypes } = await cloudOf(server).describeInstanceTypes({ InstanceTypes: ['u7i-6tb.112xlarge'] })
    expect(InstanceTypes).toMatchObject([{ InstanceType: 'u7i-6tb.112xlarge' }])
    expect(InstanceTypes?.[0]).not.toHaveProperty('VCpuInfo')
  })
})
