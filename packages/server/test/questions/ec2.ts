import { after, step, wait, type Made, type Story } from './story.ts'

const Tags = [{ Key: 'team', Value: 'a' }]

const image = (made: Made): string => made('ec2:DescribeImages').Images?.[0]?.ImageId ?? ''
const instance = (made: Made): string => made('ec2:RunInstances').Instances?.[0]?.InstanceId ?? ''
const InstanceIds = (made: Made) => ({ InstanceIds: [instance(made)] })

export const ec2: Story = {
  steps: [
    step('ec2:DescribeRegions', {}),
    step('ec2:DescribeAvailabilityZones', {}),
    step('ec2:DescribeImages', { Owners: ['amazon'] }),
    after('ec2:RunInstances', (made) => ({
      ImageId: image(made),
      InstanceType: 't3.micro' as const,
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [
        { ResourceType: 'instance' as const, Tags },
        { ResourceType: 'volume' as const, Tags },
      ],
    })),
    wait(300),
    step('ec2:DescribeInstances', {}),
    step('ec2:DescribeInstanceStatus', {}),
    step('ec2:DescribeTags', {}),
    after('ec2:CreateTags', (made) => ({ Resources: [instance(made)], Tags })),
    after('ec2:DeleteTags', (made) => ({ Resources: [instance(made)], Tags: [{ Key: 'other' }] })),
    after('ec2:RebootInstances', InstanceIds),
    after('ec2:StopInstances', InstanceIds),
    wait(300),
    after('ec2:StartInstances', InstanceIds),
    wait(300),
    after('ec2:TerminateInstances', InstanceIds),
  ],
}
