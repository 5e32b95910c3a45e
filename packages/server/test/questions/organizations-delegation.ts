import { MANAGEMENT, PRODUCTION } from '../harness.ts'
import { policyText } from '../people.ts'
import { after, refused, step, type Story } from './story.ts'

const PolicyType = 'TAG_POLICY' as const
const ServicePrincipal = 'ssm.amazonaws.com'
const AccountId = PRODUCTION
const Content = JSON.stringify({ tags: { team: { tag_key: { '@@assign': 'Team' } } } })

export const organizationsDelegation: Story = {
  steps: [
    step('organizations:ListRoots', {}),
    after('organizations:EnablePolicyType', (made) => ({
      RootId: made('organizations:ListRoots').Roots?.[0]?.Id ?? '',
      PolicyType,
    })),
    step('organizations:CreatePolicy', { Name: 'asked', Description: '', Type: PolicyType, Content }),
    after('organizations:AttachPolicy', (made) => ({
      PolicyId: made('organizations:CreatePolicy').Policy?.PolicySummary?.Id ?? '',
      TargetId: PRODUCTION,
    })),
    step('organizations:DescribeEffectivePolicy', { PolicyType, TargetId: PRODUCTION }),
    step('organizations:ListAccountsWithInvalidEffectivePolicy', { PolicyType }),
    step('organizations:ListEffectivePolicyValidationErrors', { PolicyType, AccountId }),

    step('organizations:EnableAWSServiceAccess', { ServicePrincipal }),
    step('organizations:ListAWSServiceAccessForOrganization', {}),
    step('organizations:RegisterDelegatedAdministrator', { AccountId, ServicePrincipal }),
    step('organizations:ListDelegatedAdministrators', { ServicePrincipal }),
    step('organizations:ListDelegatedServicesForAccount', { AccountId }),
    refused(step('organizations:DisableAWSServiceAccess', { ServicePrincipal })),
    step('organizations:DeregisterDelegatedAdministrator', { AccountId, ServicePrincipal }),
    step('organizations:DisableAWSServiceAccess', { ServicePrincipal }),

    step('organizations:PutResourcePolicy', {
      Content: policyText({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${PRODUCTION}:root` },
        Action: 'organizations:ListPolicies',
        Resource: '*',
      }),
      Tags: [{ Key: 'team', Value: MANAGEMENT }],
    }),
    step('organizations:DescribeResourcePolicy', {}),
    step('organizations:DeleteResourcePolicy', {}),
  ],
}
