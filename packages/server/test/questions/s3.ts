import { MANAGEMENT } from '../harness.ts'
import { policyText } from '../people.ts'
import { step, type Story } from './story.ts'

const Bucket = 'asked-bucket'
const Key = 'in/a.txt'
const Policy = policyText({
  Effect: 'Allow',
  Principal: { AWS: MANAGEMENT },
  Action: 's3:*',
  Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
})
const PublicAccessBlockConfiguration = { BlockPublicAcls: true }

export const s3: Story = {
  steps: [
    step('s3:CreateBucket', { Bucket, ObjectOwnership: 'BucketOwnerEnforced' }),
    step('s3:CreateBucket', { Bucket: 'asked-west', CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } }),
    step('s3:HeadBucket', { Bucket }),
    step('s3:ListBuckets', {}),
    step('s3:GetBucketLocation', { Bucket }),
    step('s3:PutBucketPolicy', { Bucket, Policy }),
    step('s3:GetBucketPolicy', { Bucket }),
    step('s3:GetBucketPolicyStatus', { Bucket }),
    step('s3:DeleteBucketPolicy', { Bucket }),
    step('s3:PutPublicAccessBlock', { Bucket, PublicAccessBlockConfiguration }),
    step('s3:GetPublicAccessBlock', { Bucket }),
    step('s3:DeletePublicAccessBlock', { Bucket }),

    step('s3:PutObject', { Bucket, Key, Body: 'asked', StorageClass: 'STANDARD', ServerSideEncryption: 'AES256' }),
    step('s3:GetObject', { Bucket, Key }),
    step('s3:HeadObject', { Bucket, Key }),
    step('s3:ListObjects', { Bucket, Prefix: 'in/', Delimiter: '/', MaxKeys: 7 }),
    step('s3:ListObjectsV2', { Bucket, Prefix: 'in/', Delimiter: '/', MaxKeys: 7 }),
    step('s3:CopyObject', { Bucket, Key: 'copy', CopySource: `${Bucket}/${Key}`, MetadataDirective: 'COPY' }),
    step('s3:DeleteObject', { Bucket, Key }),
    step('s3:DeleteObjects', { Bucket, Delete: { Objects: [{ Key: 'copy' }] } }),
    step('s3:DeleteBucket', { Bucket }),
  ],
}
