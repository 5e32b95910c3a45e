import { MANAGEMENT } from '../harness.ts'
import { policyText } from '../people.ts'
import { after, step, wait, type Made, type Story } from './story.ts'

const Tags = [{ Key: 'team', Value: 'a' }]
const Content = policyText({ Effect: 'Deny', Action: 'ec2:*', Resource: '*' })
const PolicyType = 'SERVICE_CONTROL_POLICY' as const

const root = (made: Made): string => made('organizations:ListRoots').Roots?.[0]?.Id ?? ''
const unit = (made: Made): string => made('organizations:CreateOrganizationalUnit').OrganizationalUnit?.Id ?? ''
const policy = (made: Made): string => made('organizations:CreatePolicy').Policy?.PolicySummary?.Id ?? ''
const account = (made: Made): string =>
  made('organizations:DescribeCreateAccountStatus').CreateAccountStatus?.AccountId ?? ''

export const organizations: Story = {
  options: { declaration: { management: { id: MANAGEMENT, name: 'Management', email: 'management@example.com' } } },
  steps: [
    step('organizations:CreateOrganization', {}),
    step('organizations:DescribeOrganization', {}),
    step('organizations:DeleteOrganization', {}),
    step('organizations:CreateOrganization', { FeatureSet: 'ALL' }),
    step('organizations:ListRoots', {}),
    after('organizations:TagResource', (made) => ({ ResourceId: root(made), Tags })),
    after('organizations:EnablePolicyType', (made) => ({ RootId: root(made), PolicyType })),
    after('organizations:CreateOrganizationalUnit', (made) => ({ ParentId: root(made), Name: 'Unit', Tags })),
    after('organizations:UpdateOrganizationalUnit', (made) => ({ OrganizationalUnitId: unit(made), Name: 'One' })),
    after('organizations:DescribeOrganizationalUnit', (made) => ({ OrganizationalUnitId: unit(made) })),
    after('organizations:ListOrganizationalUnitsForParent', (made) => ({ ParentId: root(made) })),
    after('organizations:ListOrganizationalUnitsForParent', (made) => ({ ParentId: unit(made) })),

    step('organizations:CreateAccount', { AccountName: 'New', Email: 'new@example.com', Tags }),
    wait(60),
    after('organizations:DescribeCreateAccountStatus', (made) => ({
      CreateAccountRequestId: made('organizations:CreateAccount').CreateAccountStatus?.Id ?? '',
    })),
    step('organizations:ListCreateAccountStatus', {}),
    step('organizations:ListAccounts', {}),
    after('organizations:DescribeAccount', (made) => ({ AccountId: account(made) })),
    after('organizations:MoveAccount', (made) => ({
      AccountId: account(made),
      SourceParentId: root(made),
      DestinationParentId: unit(made),
    })),
    after('organizations:ListAccountsForParent', (made) => ({ ParentId: root(made) })),
    after('organizations:ListAccountsForParent', (made) => ({ ParentId: unit(made) })),
    after('organizations:ListChildren', (made) => ({ ParentId: root(made), ChildType: 'ACCOUNT' as const })),
    after('organizations:ListChildren', (made) => ({ ParentId: unit(made), ChildType: 'ACCOUNT' as const })),
    after('organizations:ListParents', (made) => ({ ChildId: account(made) })),
    after('organizations:ListParents', (made) => ({ ChildId: unit(made) })),

    step('organizations:CreatePolicy', { Name: 'No EC2', Description: 'none', Type: PolicyType, Content, Tags }),
    after('organizations:UpdatePolicy', (made) => ({ PolicyId: policy(made), Name: 'No more EC2' })),
    after('organizations:DescribePolicy', (made) => ({ PolicyId: policy(made) })),
    step('organizations:ListPolicies', { Filter: PolicyType }),
    after('organizations:AttachPolicy', (made) => ({ PolicyId: policy(made), TargetId: root(made) })),
    after('organizations:AttachPolicy', (made) => ({ PolicyId: policy(made), TargetId: unit(made) })),
    after('organizations:AttachPolicy', (made) => ({ PolicyId: policy(made), TargetId: account(made) })),
    after('organizations:ListPoliciesForTarget', (made) => ({ TargetId: root(made), Filter: PolicyType })),
    after('organizations:ListPoliciesForTarget', (made) => ({ TargetId: unit(made), Filter: PolicyType })),
    after('organizations:ListPoliciesForTarget', (made) => ({ TargetId: account(made), Filter: PolicyType })),
    after('organizations:ListTargetsForPolicy', (made) => ({ PolicyId: policy(made) })),
    ...[root, unit, account, policy].flatMap((id) => [
      after('organizations:TagResource', (made) => ({ ResourceId: id(made), Tags })),
      after('organizations:ListTagsForResource', (made) => ({ ResourceId: id(made) })),
      after('organizations:UntagResource', (made) => ({ ResourceId: id(made), TagKeys: ['other'] })),
    ]),
    ...[root, unit, account].map((id) =>
      after('organizations:DetachPolicy', (made) => ({ PolicyId: policy(made), TargetId: id(made) })),
    ),
    after('organizations:DeletePolicy', (made) => ({ PolicyId: policy(made) })),
    after('organizations:MoveAccount', (made) => ({
      AccountId: account(made),
      SourceParentId: unit(made),
      DestinationParentId: root(made),
    })),
    after('organizations:DeleteOrganizationalUnit', (made) => ({ OrganizationalUnitId: unit(made) })),
    after('organizations:DisablePolicyType', (made) => ({ RootId: root(made), PolicyType })),
  ],
}
