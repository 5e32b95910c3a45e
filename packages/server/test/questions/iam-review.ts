import { MANAGEMENT } from '../harness.ts'
import { after, step, type Story } from './story.ts'

const UserName = 'reviewed'
const PolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
})
const AssumeRolePolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } },
})
const NAMESPACE = 's3'

export const iamReview: Story = {
  steps: [
    step('iam:CreateUser', { UserName }),
    step('iam:PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument }),
    step('iam:GenerateCredentialReport', {}),
    step('iam:GetCredentialReport', {}),
    step('iam:CreateRole', { RoleName: UserName, AssumeRolePolicyDocument }),
    step('iam:CreateGroup', { GroupName: UserName }),
    step('iam:CreatePolicy', { PolicyName: UserName, PolicyDocument }),
    ...['group/reviewed', 'policy/reviewed', 'role/reviewed', 'user/reviewed'].map((noun) =>
      step('iam:GenerateServiceLastAccessedDetails', { Arn: `arn:aws:iam::${MANAGEMENT}:${noun}` }),
    ),
    after('iam:GetServiceLastAccessedDetails', (made) => ({
      JobId: made('iam:GenerateServiceLastAccessedDetails').JobId ?? '',
    })),
    after('iam:GetServiceLastAccessedDetailsWithEntities', (made) => ({
      JobId: made('iam:GenerateServiceLastAccessedDetails').JobId ?? '',
      ServiceNamespace: NAMESPACE,
    })),
    ...['group/reviewed', 'role/reviewed', 'user/reviewed'].map((noun) =>
      step('iam:ListPoliciesGrantingServiceAccess', {
        Arn: `arn:aws:iam::${MANAGEMENT}:${noun}`,
        ServiceNamespaces: [NAMESPACE],
      }),
    ),
    step('iam:GetAccountAuthorizationDetails', {}),
    step('organizations:DescribeOrganization', {}),
    step('organizations:ListRoots', {}),
    after('iam:GenerateOrganizationsAccessReport', (made) => ({
      EntityPath: `${made('organizations:DescribeOrganization').Organization?.Id}/${made('organizations:ListRoots').Roots?.[0]?.Id}`,
      OrganizationsPolicyId: 'p-FullAWSAccess',
    })),
    after('iam:GetOrganizationsAccessReport', (made) => ({
      JobId: made('iam:GenerateOrganizationsAccessReport').JobId ?? '',
    })),
  ],
}
