import { refused, step, type Story } from './story.ts'

const Bucket = 'asked-bucket'
const Id = 'asked'
const TagSet = [{ Key: 'team', Value: 'a' }]

/** A bucket's settings, read and written. */
export const s3Bucket: Story = {
  steps: [
    step('s3:CreateBucket', { Bucket }),
    step('s3:PutBucketTagging', { Bucket, Tagging: { TagSet } }),
    step('s3:GetBucketTagging', { Bucket }),
    step('s3:PutBucketAbac', { Bucket, AbacStatus: { Status: 'Enabled' } }),
    step('s3:PutBucketAbac', { Bucket, AbacStatus: { Status: 'Enabled' } }),
    step('s3:GetBucketAbac', { Bucket }),
    step('s3:PutBucketAccelerateConfiguration', { Bucket, AccelerateConfiguration: { Status: 'Suspended' } }),
    step('s3:GetBucketAccelerateConfiguration', { Bucket }),
    step('s3:PutBucketEncryption', {
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    }),
    step('s3:GetBucketEncryption', { Bucket }),
    step('s3:DeleteBucketEncryption', { Bucket }),
    step('s3:PutBucketLogging', { Bucket, BucketLoggingStatus: {} }),
    step('s3:GetBucketLogging', { Bucket }),
    step('s3:ListBucketAnalyticsConfigurations', { Bucket }),
    refused(step('s3:GetBucketAnalyticsConfiguration', { Bucket, Id })),
    step('s3:ListBucketIntelligentTieringConfigurations', { Bucket }),
    refused(step('s3:GetBucketIntelligentTieringConfiguration', { Bucket, Id })),
    step('s3:ListBucketInventoryConfigurations', { Bucket }),
    refused(step('s3:GetBucketInventoryConfiguration', { Bucket, Id })),
    step('s3:ListBucketMetricsConfigurations', { Bucket }),
    refused(step('s3:GetBucketMetricsConfiguration', { Bucket, Id })),
    step('s3:PutBucketNotificationConfiguration', { Bucket, NotificationConfiguration: {} }),
    step('s3:GetBucketNotificationConfiguration', { Bucket }),
    refused(step('s3:GetObjectLockConfiguration', { Bucket })),
    refused(step('s3:GetBucketReplication', { Bucket })),
    step('s3:DeleteBucketReplication', { Bucket }),
    step('s3:PutBucketRequestPayment', { Bucket, RequestPaymentConfiguration: { Payer: 'BucketOwner' } }),
    step('s3:GetBucketRequestPayment', { Bucket }),
    step('s3:PutBucketCors', {
      Bucket,
      CORSConfiguration: { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] },
    }),
    step('s3:GetBucketCors', { Bucket }),
    step('s3:DeleteBucketCors', { Bucket }),
    step('s3:PutBucketLifecycleConfiguration', {
      Bucket,
      LifecycleConfiguration: {
        Rules: [{ ID: Id, Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 30 } }],
      },
    }),
    step('s3:GetBucketLifecycleConfiguration', { Bucket }),
    step('s3:DeleteBucketLifecycle', { Bucket }),
    step('s3:PutBucketWebsite', { Bucket, WebsiteConfiguration: { IndexDocument: { Suffix: 'index.html' } } }),
    step('s3:GetBucketWebsite', { Bucket }),
    step('s3:DeleteBucketWebsite', { Bucket }),
    step('s3:PutBucketOwnershipControls', {
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
    }),
    step('s3:GetBucketOwnershipControls', { Bucket }),
    step('s3:PutBucketAcl', { Bucket, ACL: 'private' }),
    refused(
      step('s3:PutBucketAcl', {
        Bucket,
        GrantFullControl: 'id=a',
        GrantRead: 'id=a',
        GrantReadACP: 'id=a',
        GrantWrite: 'id=a',
        GrantWriteACP: 'id=a',
      }),
    ),
    step('s3:GetBucketAcl', { Bucket }),
    step('s3:DeleteBucketOwnershipControls', { Bucket }),
    step('s3:PutBucketAbac', { Bucket, AbacStatus: { Status: 'Disabled' } }),
    step('s3:DeleteBucketTagging', { Bucket }),
  ],
}
