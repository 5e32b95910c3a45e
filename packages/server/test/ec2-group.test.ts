/** Security groups and their rules. */

import type * as ec2 from '@aws-sdk/client-ec2'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cloudOf, DENIED, launched, userWith } from './cloud.ts'
import { MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal } from './people.ts'

let server: TestServer
let vpc: string
let home: ec2.SecurityGroup

beforeAll(async () => {
  server = await startServer()
  const { SecurityGroups: [group = {}] = [] } = await cloudOf(server).describeSecurityGroups()
  home = group
  vpc = group.VpcId ?? ''
})
afterEach(() => expect(server.bugs).toEqual([]))
afterAll(() => server.close())

let made = 0
async function newGroup(more: Partial<ec2.CreateSecurityGroupCommandInput> = {}): Promise<string> {
  const GroupName = `group ${(made += 1)}`
  const { GroupId = '' } = await cloudOf(server).createSecurityGroup({ GroupName, Description: 'a test', ...more })
  return GroupId
}

async function see(id: string): Promise<ec2.SecurityGroup> {
  const { SecurityGroups: [group = {}] = [] } = await cloudOf(server).describeSecurityGroups({ GroupIds: [id] })
  return group
}

const tcp = (port: number, CidrIp: string): ec2.IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  IpRanges: [{ CidrIp }],
})

describe('a security group', () => {
  test('lets everybody out and nobody in at first, and carries its tags', async () => {
    const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags: [{ Key: 'team', Value: 'blue' }] }]
    const id = await newGroup({ VpcId: vpc, TagSpecifications })
    expect(await see(id)).toEqual({
      GroupId: id,
      SecurityGroupArn: `arn:aws:ec2:us-east-1:${MANAGEMENT}:security-group/${id}`,
      GroupName: expect.stringMatching(/^group \d+$/),
      Description: 'a test',
      OwnerId: MANAGEMENT,
      VpcId: vpc,
      IpPermissions: [],
      IpPermissionsEgress: [
        {
          IpProtocol: '-1',
          IpRanges: [{ CidrIp: '0.0.0.0/0' }],
          Ipv6Ranges: [],
          PrefixListIds: [],
          UserIdGroupPairs: [],
        },
      ],
      Tags: [{ Key: 'team', Value: 'blue' }],
    })
    await expect(cloudOf(server).deleteSecurityGroup({ GroupId: id })).resolves.toMatchObject({
      Return: true,
      GroupId: id,
    })
    await expectRefusal(see(id), 'InvalidGroup.NotFound', `The security group '${id}' does not exist`, 400)
  })

  test('of a new account is the default one, whose members reach each other', () => {
    expect(home).toMatchObject({
      GroupName: 'default',
      Description: 'default VPC security group',
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: home.GroupId, UserId: MANAGEMENT }] }],
    })
  })

  const REFUSED: readonly [Partial<ec2.CreateSecurityGroupCommandInput>, string, string | RegExp, string][] = [
    [
      { GroupName: 'twice' },
      'InvalidGroup.Duplicate',
      /^The security group 'twice' already exists for VPC 'vpc-/,
      'a name that is taken',
    ],
    [{ GroupName: 'sg-1' }, 'InvalidParameterValue', 'Group names may not be in the format sg-*', 'a name like an id'],
    [{ GroupName: 'default' }, 'InvalidGroup.Reserved', /reserved/, 'the default one’s name'],
    [{ GroupName: 'x'.repeat(256) }, 'InvalidParameterValue', /^Invalid security group name\./, 'a name too long'],
    [{ Description: 'ümlaut' }, 'InvalidParameterValue', /^Invalid security group description\./, 'other letters'],
    [{ VpcId: 'vpc-00000000000000000' }, 'InvalidVpcID.NotFound', /does not exist$/, 'no such VPC'],
    [{ VpcId: 'vpc' }, 'InvalidVpcID.Malformed', /^Invalid id: "vpc"/, 'no id at all'],
    [{ DryRun: true }, 'DryRunOperation', /^Request would have succeeded/, 'only asked'],
  ]
  test.each(REFUSED)('is not made of %j: %s', async (input, code, message) => {
    if (input.GroupName === 'twice') await newGroup({ GroupName: 'twice' })
    await expectRefusal(
      newGroup({ GroupName: 'fresh', ...input }),
      code,
      message,
      code === 'DryRunOperation' ? 412 : 400,
    )
  })

  test('stays while an instance is in it, another names it, or it is the default one', async () => {
    const cloud = cloudOf(server)
    const used = await newGroup()
    const instance = await launched(server, { SecurityGroupIds: [used] })
    await expectRefusal(
      cloud.deleteSecurityGroup({ GroupId: used }),
      'DependencyViolation',
      `resource ${used} has a dependent object`,
    )
    await cloud.terminateInstances({ InstanceIds: [instance] })
    server.clock.move(10_000)
    const other = await newGroup()
    const UserIdGroupPairs = [{ GroupId: used }]
    await cloud.authorizeSecurityGroupIngress({
      GroupId: other,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs }],
    })
    await expectRefusal(cloud.deleteSecurityGroup({ GroupId: used }), 'DependencyViolation')
    await cloud.deleteSecurityGroup({ GroupId: other })
    await cloud.deleteSecurityGroup({ GroupId: used })
    await expectRefusal(
      cloud.deleteSecurityGroup({ GroupId: home.GroupId }),
      'CannotDelete',
      /"default" cannot be deleted by a user$/,
    )
    await expectRefusal(cloud.deleteSecurityGroup({ GroupName: 'nobody' }), 'InvalidGroup.NotFound', /default VPC/)
    await expectRefusal(cloud.deleteSecurityGroup({}), 'MissingParameter')
  })

  test('is found by name, rule and tag, page by page', async () => {
    const cloud = cloudOf(server)
    const ids = await Promise.all(Array.from({ length: 6 }, () => newGroup({ Description: 'paged' })))
    await cloud.authorizeSecurityGroupIngress({ GroupId: ids[0], IpPermissions: [tcp(8443, '10.1.0.0/16')] })
    const found = async (Name: string, ...Values: string[]): Promise<number> => {
      const { SecurityGroups = [] } = await cloud.describeSecurityGroups({ Filters: [{ Name, Values }] })
      return SecurityGroups.length
    }
    expect(await found('description', 'paged')).toBe(6)
    expect(await found('ip-permission.from-port', '8443')).toBe(1)
    expect(await found('ip-permission.cidr', '10.1.*')).toBe(1)
    expect(await found('egress.ip-permission.cidr', '10.1.*')).toBe(0)
    expect(await found('group-name', 'default')).toBe(1)
    const Filters = [{ Name: 'description', Values: ['paged'] }]
    const first = await cloud.describeSecurityGroups({ MaxResults: 5, Filters })
    const rest = await cloud.describeSecurityGroups({ MaxResults: 5, Filters, NextToken: first.NextToken })
    expect([first.SecurityGroups?.length, rest.SecurityGroups?.length, rest.NextToken]).toEqual([5, 1, undefined])
    await expectRefusal(cloud.describeSecurityGroups({ GroupNames: ['nobody'] }), 'InvalidGroup.NotFound')
  })
})

describe('a rule', () => {
  test('is added, told of, described anew, replaced and taken away', async () => {
    const cloud = cloudOf(server)
    const GroupId = await newGroup()
    const TagSpecifications = [{ ResourceType: 'security-group-rule' as const, Tags: [{ Key: 'why', Value: 'web' }] }]
    const range = { CidrIp: '10.0.0.5/24', Description: 'office' }
    const { SecurityGroupRules: [rule] = [] } = await cloud.authorizeSecurityGroupIngress({
      GroupId,
      IpPermissions: [{ IpProtocol: '6', FromPort: 443, ToPort: 443, IpRanges: [range] }],
      TagSpecifications,
    })
    const id = rule?.SecurityGroupRuleId ?? ''
    const shown = async (): Promise<ec2.SecurityGroupRule | undefined> => {
      const { SecurityGroupRules } = await cloud.describeSecurityGroupRules({ SecurityGroupRuleIds: [id] })
      return SecurityGroupRules?.[0]
    }
    expect(await shown()).toEqual({
      SecurityGroupRuleId: id,
      SecurityGroupRuleArn: `arn:aws:ec2:us-east-1:${MANAGEMENT}:security-group-rule/${id}`,
      GroupId,
      GroupOwnerId: MANAGEMENT,
      IsEgress: false,
      IpProtocol: 'tcp',
      FromPort: 443,
      ToPort: 443,
      CidrIpv4: '10.0.0.0/24',
      Description: 'office',
      Tags: [{ Key: 'why', Value: 'web' }],
    })
    const named = [{ SecurityGroupRuleId: id, Description: 'home' }]
    await cloud.updateSecurityGroupRuleDescriptionsIngress({ GroupId, SecurityGroupRuleDescriptions: named })
    expect((await shown())?.Description).toBe('home')
    const SecurityGroupRule = { IpProtocol: 'udp', FromPort: 53, ToPort: 53, CidrIpv6: '2001:DB8:0:0::1/32' }
    await cloud.modifySecurityGroupRules({
      GroupId,
      SecurityGroupRules: [{ SecurityGroupRuleId: id, SecurityGroupRule }],
    })
    expect(await shown()).toMatchObject({ IpProtocol: 'udp', CidrIpv6: '2001:db8::/32', Tags: [{ Key: 'why' }] })
    expect(await shown()).not.toHaveProperty('Description')
    await expect(cloud.revokeSecurityGroupIngress({ GroupId, SecurityGroupRuleIds: [id] })).resolves.toMatchObject({
      Return: true,
      RevokedSecurityGroupRules: [{ SecurityGroupRuleId: id, CidrIpv6: '2001:db8::/32', IsEgress: false }],
    })
    await expectRefusal(
      shown(),
      'InvalidSecurityGroupRuleId.NotFound',
      `The security group rule ID '${id}' does not exist`,
    )
  })

  test('goes out as well as in, and all traffic has no ports', async () => {
    const cloud = cloudOf(server)
    const GroupId = await newGroup()
    const everywhere = { IpProtocol: '-1', FromPort: 0, ToPort: 0, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }
    await cloud.revokeSecurityGroupEgress({ GroupId, IpPermissions: [everywhere] })
    expect((await see(GroupId)).IpPermissionsEgress).toEqual([])
    const { SecurityGroupRules } = await cloud.authorizeSecurityGroupEgress({ GroupId, IpPermissions: [everywhere] })
    expect(SecurityGroupRules).toMatchObject([{ IsEgress: true, IpProtocol: '-1', FromPort: -1, ToPort: -1 }])
    const described = { ...everywhere, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'all' }] }
    await cloud.updateSecurityGroupRuleDescriptionsEgress({ GroupId, IpPermissions: [described] })
    expect((await see(GroupId)).IpPermissionsEgress).toMatchObject([{ IpRanges: [{ Description: 'all' }] }])
    await cloud.authorizeSecurityGroupIngress({
      GroupId,
      IpProtocol: 'icmp',
      FromPort: 8,
      ToPort: -1,
      CidrIp: '10.0.0.0/8',
    })
    expect((await see(GroupId)).IpPermissions).toMatchObject([{ IpProtocol: 'icmp', FromPort: 8, ToPort: -1 }])
  })

  test('that is not there is told, and no error, in a default VPC', async () => {
    const GroupId = await newGroup()
    const answer = await cloudOf(server).revokeSecurityGroupIngress({ GroupId, IpPermissions: [tcp(1, '10.0.0.0/8')] })
    expect(answer).toMatchObject({ Return: true, UnknownIpPermissions: [{ IpRanges: [{ CidrIp: '10.0.0.0/8' }] }] })
  })

  const many = Array.from({ length: 61 }, (_, at) => ({ CidrIp: `10.0.${at}.0/24` }))
  const REFUSED: readonly [readonly ec2.IpPermission[], string, string | RegExp, string][] = [
    [
      [tcp(22, '0.0.0.0/0')],
      'InvalidPermission.Duplicate',
      'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists',
      'a rule that is there',
    ],
    [
      [tcp(80, '1.2.3.4/8'), tcp(80, '1.0.0.0/8')],
      'InvalidParameterValue',
      'The same permission must not appear multiple times',
      'one twice',
    ],
    [[tcp(80, '10.0.0.300/24')], 'InvalidParameterValue', 'CIDR block 10.0.0.300/24 is malformed', 'no address'],
    [[tcp(80, '10.0.0.0')], 'InvalidParameterValue', 'CIDR block 10.0.0.0 is malformed', 'no size'],
    [
      [{ ...tcp(0, '10.0.0.0/8'), ToPort: 65_536 }],
      'InvalidParameterValue',
      'TCP/UDP port (65536) out of range',
      'past the last port',
    ],
    [[{ ...tcp(90, '10.0.0.0/8'), ToPort: 80 }], 'InvalidParameterValue', /from 90 > to 80/, 'backwards'],
    [
      [{ IpProtocol: 'tcp', IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
      'InvalidParameterValue',
      /Must specify both from and to ports/,
      'no ports',
    ],
    [
      [{ ...tcp(1, '10.0.0.0/8'), IpProtocol: 'smoke' }],
      'InvalidParameterValue',
      "Invalid value 'smoke' for IP protocol. Unknown protocol.",
      'no protocol',
    ],
    [[{ IpProtocol: '-1' }], 'MissingParameter', /cidrIp/, 'nobody is let in'],
    [
      [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-00000000000000000' }] }],
      'InvalidGroup.NotFound',
      /does not exist$/,
      'a group that is not there',
    ],
    [
      [{ ...tcp(1, ''), IpRanges: many }],
      'RulesPerSecurityGroupLimitExceeded',
      /maximum number of rules/,
      'more than sixty',
    ],
    [[], 'MissingParameter', /ipPermissions/, 'nothing at all'],
  ]
  test.each(REFUSED)('is refused: %j %s', async (permissions, code, message) => {
    const GroupId = await newGroup()
    const cloud = cloudOf(server)
    await cloud.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [tcp(22, '0.0.0.0/0')] })
    await expectRefusal(
      cloud.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [...permissions] }),
      code,
      message,
      400,
    )
    expect((await see(GroupId)).IpPermissions).toHaveLength(1)
  })

  test('of a group that is not there, or by an id that is none, is refused', async () => {
    const cloud = cloudOf(server)
    const GroupId = 'sg-00000000000000000'
    await expectRefusal(
      cloud.revokeSecurityGroupIngress({ GroupId, IpPermissions: [tcp(1, '10.0.0.0/8')] }),
      'InvalidGroup.NotFound',
    )
    await expectRefusal(
      cloud.describeSecurityGroupRules({ SecurityGroupRuleIds: ['x'] }),
      'InvalidSecurityGroupRuleId.Malformed',
    )
    const { SecurityGroupRules = [] } = await cloud.describeSecurityGroupRules({
      Filters: [{ Name: 'group-id', Values: [home.GroupId ?? ''] }],
    })
    expect(SecurityGroupRules.map(({ IsEgress }) => IsEgress).toSorted()).toEqual([false, true])
  })
})

describe('the law', () => {
  test('is asked about the group and its VPC, and about tags with what makes them', async () => {
    const making = { Effect: 'Allow', Action: 'ec2:CreateSecurityGroup' }
    const arn = (noun: string) => `arn:aws:ec2:*:*:${noun}/*`
    const half = await userWith(server, 'half', { ...making, Resource: arn('security-group') })
    const whole = await userWith(server, 'whole', { ...making, Resource: [arn('security-group'), arn('vpc')] })
    const input = { GroupName: 'lawful', Description: 'x' }
    const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags: [{ Key: 'a', Value: 'b' }] }]
    await expect(cloudOf(server, half).createSecurityGroup(input)).rejects.toMatchObject(DENIED)
    await expect(cloudOf(server, whole).createSecurityGroup({ ...input, TagSpecifications })).rejects.toMatchObject(
      DENIED,
    )
    await expect(cloudOf(server, whole).createSecurityGroup(input)).resolves.toBeDefined()
    const tagging = { Effect: 'Allow', Action: 'ec2:CreateTags', Resource: '*' }
    const StringEquals = { 'ec2:CreateAction': 'CreateSecurityGroup' }
    const tagger = await userWith(
      server,
      'tagger',
      { ...making, Resource: '*' },
      { ...tagging, Condition: { StringEquals } },
    )
    const { GroupId = '' } = await cloudOf(server, tagger).createSecurityGroup({
      ...input,
      GroupName: 'tagged',
      TagSpecifications,
    })
    await expect(
      cloudOf(server, tagger).createTags({ Resources: [GroupId], Tags: [{ Key: 'c', Value: 'd' }] }),
    ).rejects.toMatchObject(DENIED)
  })

  test('knows a group by its tags and its VPC', async () => {
    const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags: [{ Key: 'team', Value: 'blue' }] }]
    const own = await newGroup({ TagSpecifications })
    const other = await newGroup()
    const blue = await userWith(server, 'blue', {
      Effect: 'Allow',
      Action: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:DeleteSecurityGroup'],
      Resource: 'arn:aws:ec2:*:*:security-group/*',
      Condition: {
        StringEquals: { 'ec2:ResourceTag/team': 'blue' },
        ArnEquals: { 'ec2:Vpc': `arn:aws:ec2:us-east-1:${MANAGEMENT}:vpc/${vpc}` },
      },
    })
    const IpPermissions = [tcp(1, '10.0.0.0/8')]
    const cloud = cloudOf(server, blue)
    await expect(cloud.authorizeSecurityGroupIngress({ GroupId: other, IpPermissions })).rejects.toMatchObject(DENIED)
    await expect(cloud.authorizeSecurityGroupIngress({ GroupId: own, IpPermissions })).resolves.toBeDefined()
    await expect(cloud.revokeSecurityGroupIngress({ GroupId: own, IpPermissions })).rejects.toMatchObject(DENIED)
    await expect(cloud.deleteSecurityGroup({ GroupId: own })).resolves.toBeDefined()
  })
})
