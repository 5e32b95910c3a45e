import { MANAGEMENT } from '../harness.ts'
import { after, step, type Story } from './story.ts'

const ServiceCode = 'iam'
const QuotaCode = 'L-FE177D64'
const ResourceARN = `arn:aws:servicequotas:us-east-1:${MANAGEMENT}:iam/${QuotaCode}`

export const serviceQuotas: Story = {
  steps: [
    step('service-quotas:ListServices', {}),
    step('service-quotas:ListServiceQuotas', { ServiceCode }),
    step('service-quotas:GetServiceQuota', { ServiceCode, QuotaCode }),
    step('service-quotas:ListAWSDefaultServiceQuotas', { ServiceCode }),
    step('service-quotas:GetAWSDefaultServiceQuota', { ServiceCode, QuotaCode }),
    step('service-quotas:RequestServiceQuotaIncrease', { ServiceCode, QuotaCode, DesiredValue: 2000 }),
    after('service-quotas:GetRequestedServiceQuotaChange', (made) => ({
      RequestId: made('service-quotas:RequestServiceQuotaIncrease').RequestedQuota?.Id ?? '',
    })),
    step('service-quotas:ListRequestedServiceQuotaChangeHistory', {}),
    step('service-quotas:ListRequestedServiceQuotaChangeHistoryByQuota', { ServiceCode, QuotaCode }),
    step('service-quotas:TagResource', { ResourceARN, Tags: [{ Key: 'team', Value: 'identity' }] }),
    step('service-quotas:ListTagsForResource', { ResourceARN }),
    step('service-quotas:UntagResource', { ResourceARN, TagKeys: ['team'] }),
  ],
}
