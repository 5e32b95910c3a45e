import { MANAGEMENT } from '../harness.ts'
import { trustText } from '../people.ts'
import { after, refused, step, wait, type Made, type Story } from './story.ts'

const Tags = [{ Key: 'team', Value: 'a' }]
const RoleName = 'asked'
const InstanceProfileName = 'asked'
const Arn = `arn:aws:iam::${MANAGEMENT}:instance-profile/asked`
const KeyName = 'asked'
const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPjmNelWmvOF0kxuczQ60eKFJFIIfJfA+Q9h5bJ99cyV asked'
/** What a rule of a security group lets through. */
const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }]

const image = (made: Made): string => made('ec2:DescribeImages').Images?.[0]?.ImageId ?? ''
const instance = (made: Made): string => made('ec2:RunInstances').Instances?.[0]?.InstanceId ?? ''
const InstanceId = (made: Made) => ({ InstanceId: instance(made) })
const InstanceIds = (made: Made) => ({ InstanceIds: [instance(made)] })
const network = (made: Made): string => made('ec2:DescribeVpcs').Vpcs?.[0]?.VpcId ?? ''
const subnet = (made: Made): string => made('ec2:DescribeSubnets').Subnets?.[0]?.SubnetId ?? ''
const volume = (made: Made): string => made('ec2:DescribeVolumes').Volumes?.[0]?.VolumeId ?? ''
const nic = (made: Made): string => {
  const all = made('ec2:DescribeNetworkInterfaces').NetworkInterfaces ?? []
  return all.find(({ Attachment }) => Attachment?.InstanceId === instance(made))?.NetworkInterfaceId ?? ''
}
const group = (made: Made): string => made('ec2:CreateSecurityGroup').GroupId ?? ''
const card = (made: Made) => ({ NetworkInterfaceId: nic(made) })
const profile = (made: Made): string =>
  made('ec2:AssociateIamInstanceProfile').IamInstanceProfileAssociation?.AssociationId ?? ''
const replaced = (made: Made): string =>
  made('ec2:ReplaceIamInstanceProfileAssociation').IamInstanceProfileAssociation?.AssociationId ?? ''

export const ec2: Story = {
  steps: [
    step('iam:CreateRole', { RoleName, AssumeRolePolicyDocument: trustText({ Service: 'ec2.amazonaws.com' }), Tags }),
    step('iam:CreateInstanceProfile', { InstanceProfileName }),
    step('iam:AddRoleToInstanceProfile', { InstanceProfileName, RoleName }),
    step('ec2:DescribeRegions', {}),
    step('ec2:DescribeAvailabilityZones', {}),
    step('ec2:DescribeAccountAttributes', {}),
    step('ec2:DescribeImages', { Owners: ['amazon'], Filters: [{ Name: 'architecture', Values: ['x86_64'] }] }),
    step('ec2:DescribeInstanceTypes', {}),
    step('ec2:DescribeInstanceTypeOfferings', {}),

    step('ec2:DescribeVpcs', {}),
    after('ec2:DescribeVpcAttribute', (made) => ({ VpcId: network(made), Attribute: 'enableDnsSupport' as const })),
    step('ec2:DescribeDhcpOptions', {}),
    step('ec2:DescribeSubnets', { Filters: [{ Name: 'default-for-az', Values: ['true'] }] }),
    step('ec2:DescribeRouteTables', {}),
    step('ec2:DescribeInternetGateways', {}),
    step('ec2:DescribeNetworkAcls', {}),

    after('ec2:CreateSecurityGroup', (made) => ({
      GroupName: 'asked',
      Description: 'asked',
      VpcId: network(made),
      TagSpecifications: [{ ResourceType: 'security-group' as const, Tags }],
    })),
    step('ec2:DescribeSecurityGroups', {}),
    after('ec2:AuthorizeSecurityGroupIngress', (made) => ({
      GroupId: group(made),
      IpPermissions,
      TagSpecifications: [{ ResourceType: 'security-group-rule' as const, Tags }],
    })),
    after('ec2:AuthorizeSecurityGroupEgress', (made) => ({
      GroupId: group(made),
      IpPermissions,
      TagSpecifications: [{ ResourceType: 'security-group-rule' as const, Tags }],
    })),
    after('ec2:UpdateSecurityGroupRuleDescriptionsIngress', (made) => ({ GroupId: group(made), IpPermissions })),
    after('ec2:UpdateSecurityGroupRuleDescriptionsEgress', (made) => ({ GroupId: group(made), IpPermissions })),
    step('ec2:DescribeSecurityGroupRules', {}),
    after('ec2:ModifySecurityGroupRules', (made) => ({
      GroupId: group(made),
      SecurityGroupRules: [
        {
          SecurityGroupRuleId:
            made('ec2:AuthorizeSecurityGroupIngress').SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? '',
          SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIpv4: '10.0.0.0/8', Description: 'a' },
        },
      ],
    })),
    after('ec2:RevokeSecurityGroupIngress', (made) => ({ GroupId: group(made), IpPermissions })),
    after('ec2:RevokeSecurityGroupEgress', (made) => ({ GroupId: group(made), IpPermissions })),

    step('ec2:CreateKeyPair', { KeyName, TagSpecifications: [{ ResourceType: 'key-pair', Tags }] }),
    step('ec2:ImportKeyPair', {
      KeyName: 'imported',
      PublicKeyMaterial: Buffer.from(PUBLIC_KEY),
      TagSpecifications: [{ ResourceType: 'key-pair', Tags }],
    }),
    step('ec2:DescribeKeyPairs', {}),

    after('ec2:RunInstances', (made) => ({
      ImageId: image(made),
      InstanceType: 't3.micro' as const,
      MinCount: 1,
      MaxCount: 1,
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnet(made), AssociatePublicIpAddress: true }],
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp3' as const, Iops: 3000, Throughput: 125, Encrypted: true } },
      ],
      MetadataOptions: { HttpTokens: 'required' as const, HttpPutResponseHopLimit: 2 },
    })),
    after('ec2:RunInstances', (made) => ({
      ImageId: image(made),
      InstanceType: 't3.micro' as const,
      MinCount: 1,
      MaxCount: 1,
      KeyName,
      SubnetId: subnet(made),
      SecurityGroupIds: [group(made)],
      IamInstanceProfile: { Name: InstanceProfileName },
      TagSpecifications: [
        { ResourceType: 'instance' as const, Tags },
        { ResourceType: 'volume' as const, Tags },
        { ResourceType: 'network-interface' as const, Tags },
      ],
    })),
    wait(300),
    step('ec2:DescribeInstances', {}),
    step('ec2:DescribeInstanceStatus', {}),
    after('ec2:DescribeInstanceAttribute', (made) => ({
      ...InstanceId(made),
      Attribute: 'instanceInitiatedShutdownBehavior' as const,
    })),
    step('ec2:DescribeInstanceCreditSpecifications', {}),
    step('ec2:DescribeVolumes', {}),
    step('ec2:DescribeNetworkInterfaces', {}),
    refused(after('ec2:GetInstanceUefiData', InstanceId)),
    step('ec2:DescribeTags', {}),
    after('ec2:CreateTags', (made) => ({ Resources: [instance(made)], Tags })),
    after('ec2:CreateTags', (made) => ({ Resources: [group(made), volume(made), nic(made)], Tags })),
    after('ec2:DeleteTags', (made) => ({ Resources: [instance(made)], Tags: [{ Key: 'other' }] })),
    after('ec2:ModifyInstanceAttribute', (made) => ({
      ...InstanceId(made),
      DisableApiTermination: { Value: false },
    })),
    after('ec2:ModifyInstanceMetadataOptions', (made) => ({ ...InstanceId(made), HttpTokens: 'required' as const })),
    after('ec2:ModifyInstanceCreditSpecification', (made) => ({
      InstanceCreditSpecifications: [{ ...InstanceId(made), CpuCredits: 'standard' }],
    })),
    after('ec2:DescribeNetworkInterfaceAttribute', (made) => ({ ...card(made), Attribute: 'groupSet' as const })),
    after('ec2:ModifyNetworkInterfaceAttribute', (made) => ({ ...card(made), Groups: [group(made)] })),
    after('ec2:MonitorInstances', InstanceIds),
    after('ec2:UnmonitorInstances', InstanceIds),
    step('ec2:DescribeIamInstanceProfileAssociations', {}),
    after('ec2:DisassociateIamInstanceProfile', (made) => ({
      AssociationId:
        made('ec2:DescribeIamInstanceProfileAssociations').IamInstanceProfileAssociations?.[0]?.AssociationId ?? '',
    })),
    wait(300),
    after('ec2:AssociateIamInstanceProfile', (made) => ({ ...InstanceId(made), IamInstanceProfile: { Arn } })),
    wait(300),
    after('ec2:ReplaceIamInstanceProfileAssociation', (made) => ({
      AssociationId: profile(made),
      IamInstanceProfile: { Arn },
    })),
    wait(300),
    after('ec2:DisassociateIamInstanceProfile', (made) => ({ AssociationId: replaced(made) })),

    after('ec2:RebootInstances', InstanceIds),
    after('ec2:StopInstances', InstanceIds),
    wait(300),
    after('ec2:StartInstances', InstanceIds),
    wait(300),
    after('ec2:TerminateInstances', InstanceIds),
    wait(300),
    step('ec2:DeleteKeyPair', { KeyName }),
    after('ec2:DeleteSecurityGroup', (made) => ({ GroupId: group(made) })),
  ],
}
