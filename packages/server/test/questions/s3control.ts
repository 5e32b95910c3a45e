import { MANAGEMENT } from '../harness.ts'
import { policyText } from '../people.ts'
import { after, step, type Made, type Story } from './story.ts'

const AccountId = MANAGEMENT
const Bucket = 'asked-bucket'
const Name = 'asked'
const POINT = `arn:aws:s3:us-east-1:${MANAGEMENT}:accesspoint/${Name}`
const Key = 'in/a.txt'
const Policy = policyText({
  Effect: 'Allow',
  Principal: { AWS: MANAGEMENT },
  Action: 's3:*',
  Resource: [POINT, `${POINT}/object/*`],
})

/** An SDK with a path-style endpoint takes no ARN for a bucket. */
const ResourceArn = `arn:aws:s3:::${Bucket}`
const alias = (made: Made): string => made('s3control:CreateAccessPoint').Alias ?? ''

export const s3control: Story = {
  steps: [
    step('s3:CreateBucket', { Bucket }),
    step('s3control:CreateAccessPoint', { AccountId, Name, Bucket }),
    step('s3control:GetAccessPoint', { AccountId, Name }),
    step('s3control:ListAccessPoints', { AccountId, Bucket }),
    step('s3control:PutAccessPointPolicy', { AccountId, Name, Policy }),
    step('s3control:GetAccessPointPolicy', { AccountId, Name }),
    step('s3control:GetAccessPointPolicyStatus', { AccountId, Name }),
    step('s3control:DeleteAccessPointPolicy', { AccountId, Name }),
    after('s3:PutObject', (made) => ({ Bucket: alias(made), Key, Body: 'asked' })),
    after('s3:GetObject', (made) => ({ Bucket: alias(made), Key })),
    after('s3:ListObjectsV2', (made) => ({ Bucket: alias(made) })),
    step('s3control:DeleteAccessPoint', { AccountId, Name }),
    step('s3:PutBucketAbac', { Bucket, AbacStatus: { Status: 'Enabled' } }),
    step('s3control:TagResource', { AccountId, ResourceArn, Tags: [{ Key: 'team', Value: 'red' }] }),
    step('s3control:ListTagsForResource', { AccountId, ResourceArn }),
    step('s3control:UntagResource', { AccountId, ResourceArn, TagKeys: ['team'] }),
    step('s3control:PutPublicAccessBlock', {
      AccountId,
      PublicAccessBlockConfiguration: { BlockPublicAcls: true },
    }),
    step('s3control:GetPublicAccessBlock', { AccountId }),
    step('s3control:DeletePublicAccessBlock', { AccountId }),
  ],
}
