import { MANAGEMENT, PRODUCTION } from '../harness.ts'
import { policyText, trustText } from '../people.ts'
import { after, refused, step, type Story } from './story.ts'

const ROLE = `arn:aws:iam::${MANAGEMENT}:role/asked`
const Tags = [{ Key: 'team', Value: 'a' }]

export const sts: Story = {
  steps: [
    step('iam:CreateRole', {
      RoleName: 'asked',
      AssumeRolePolicyDocument: trustText({ AWS: MANAGEMENT }, [
        'sts:AssumeRole',
        'sts:TagSession',
        'sts:SetSourceIdentity',
      ]),
      Tags,
    }),
    step('sts:AssumeRole', {
      RoleArn: ROLE,
      RoleSessionName: 'session',
      ExternalId: 'external',
      SourceIdentity: 'somebody',
      Tags,
      TransitiveTagKeys: ['team'],
    }),
    step('sts:GetCallerIdentity', {}),
    step('sts:GetSessionToken', {}),
    step('sts:GetFederationToken', { Name: 'guest', Tags }),
    refused(
      step('sts:AssumeRoot', {
        TargetPrincipal: PRODUCTION,
        TaskPolicyArn: { arn: 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials' },
      }),
    ),
    step('iam:CreateAccessKey', { UserName: 'administrator' }),
    after('sts:GetAccessKeyInfo', (made) => ({
      AccessKeyId: made('iam:CreateAccessKey').AccessKey?.AccessKeyId ?? '',
    })),
    step('iam:PutUserPolicy', {
      UserName: 'administrator',
      PolicyName: 'no',
      PolicyDocument: policyText({ Effect: 'Deny', Action: 'ec2:DescribeRegions', Resource: '*' }),
    }),
    refused(step('ec2:DescribeRegions', {})),
    after('sts:DecodeAuthorizationMessage', (made) => {
      const { message = '' } = made('ec2:DescribeRegions') as { message?: string } // that of the denial
      return { EncodedMessage: message.split('failure message: ')[1] ?? '' }
    }),
  ],
}
