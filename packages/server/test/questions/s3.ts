import { MANAGEMENT } from '../harness.ts'
import { policyText } from '../people.ts'
import { after, refused, step, type Made, type Story } from './story.ts'

const Bucket = 'asked-bucket'
const Key = 'in/a.txt'
const Policy = policyText({
  Effect: 'Allow',
  Principal: { AWS: MANAGEMENT },
  Action: 's3:*',
  Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
})
const PublicAccessBlockConfiguration = { BlockPublicAcls: true }
const TagSet = [{ Key: 'team', Value: 'a' }]
const CopySource = `${Bucket}/${Key}`
/** What writing an object may bring along. */
const WRITTEN = {
  ACL: 'bucket-owner-full-control',
  ServerSideEncryption: 'AES256',
  StorageClass: 'STANDARD',
  Tagging: 'team=a',
} as const

/** What asks, and cannot be: no bucket has a lock, and lists are disabled. */
const LOCKED = {
  ObjectLockMode: 'GOVERNANCE',
  ObjectLockRetainUntilDate: new Date(0),
  ObjectLockLegalHoldStatus: 'ON',
} as const
const GRANTED = { GrantRead: 'id=a', GrantReadACP: 'id=a', GrantWriteACP: 'id=a', GrantFullControl: 'id=a' }
const OWN_KEY = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'a'.repeat(32) }

/** All that at once, and what needs a key that is not there. */
const REFUSED = {
  ...LOCKED,
  ...GRANTED,
  ...OWN_KEY,
  ServerSideEncryption: 'aws:kms',
  SSEKMSKeyId: 'alias/asked',
  Tagging: 'team=a',
  TaggingDirective: 'REPLACE',
  WebsiteRedirectLocation: '/other',
} as const

const upload = (made: Made) => ({
  Bucket,
  Key: 'parts',
  UploadId: made('s3:CreateMultipartUpload').UploadId ?? '',
})
const part = (made: Made) => made('s3:UploadPart')
const version = (made: Made) => ({ Bucket, Key, VersionId: made('s3:PutObject').VersionId ?? '' })
const listing = { Bucket, Prefix: 'in/', Delimiter: '/' }

export const s3: Story = {
  steps: [
    step('s3:CreateBucket', { Bucket, ObjectOwnership: 'BucketOwnerEnforced' }),
    // the bucket's tags are keys of all that is done in it
    step('s3:PutBucketTagging', { Bucket, Tagging: { TagSet } }),
    step('s3:PutBucketAbac', { Bucket, AbacStatus: { Status: 'Enabled' } }),
    refused(step('s3:CreateBucket', { Bucket: 'asked-too', ACL: 'private', GrantWrite: 'id=a', ...GRANTED })),
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
    step('s3:PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    step('s3:GetBucketVersioning', { Bucket }),

    step('s3:PutObject', {
      Bucket,
      Key,
      Body: 'asked',
      WebsiteRedirectLocation: '/other',
      IfNoneMatch: '*',
      ...WRITTEN,
    }),
    after('s3:PutObject', (made) => ({ Bucket, Key, Body: 'asked', IfMatch: made('s3:PutObject').ETag ?? '' })),
    refused(step('s3:PutObject', { Bucket, Key, Body: 'asked', ...LOCKED, ...GRANTED })),
    refused(
      step('s3:PutObject', {
        Bucket,
        Key,
        Body: 'asked',
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: 'alias/asked',
      }),
    ),
    refused(step('s3:PutObject', { Bucket, Key, Body: 'asked', ...OWN_KEY })),
    step('s3:PutObjectTagging', { Bucket, Key, Tagging: { TagSet } }),
    after('s3:PutObjectTagging', (made) => ({ ...version(made), Tagging: { TagSet } })),
    step('s3:GetObjectTagging', { Bucket, Key }),
    after('s3:GetObjectTagging', version),
    step('s3:GetObjectAcl', { Bucket, Key }),
    after('s3:GetObjectAcl', version),
    refused(step('s3:PutObjectAcl', { Bucket, Key, ACL: 'private' })),
    refused(step('s3:PutObjectAcl', { Bucket, Key, GrantWrite: 'id=a', ...GRANTED })),
    refused(after('s3:PutObjectAcl', (made) => ({ ...version(made), ACL: 'private' as const }))),
    step('s3:GetObject', { Bucket, Key }),
    after('s3:GetObject', version),
    step('s3:HeadObject', { Bucket, Key }),
    after('s3:HeadObject', version),
    step('s3:GetObjectAttributes', { Bucket, Key, ObjectAttributes: ['ETag'] }),
    after('s3:GetObjectAttributes', (made) => ({ ...version(made), ObjectAttributes: ['ETag' as const] })),
    refused(step('s3:GetObjectRetention', { Bucket, Key })),
    refused(
      step('s3:PutObjectRetention', { Bucket, Key, Retention: { Mode: 'GOVERNANCE', RetainUntilDate: new Date(0) } }),
    ),
    refused(step('s3:GetObjectLegalHold', { Bucket, Key })),
    refused(step('s3:PutObjectLegalHold', { Bucket, Key, LegalHold: { Status: 'ON' } })),
    step('s3:ListObjects', { ...listing, MaxKeys: 7 }),
    step('s3:ListObjectsV2', { ...listing, MaxKeys: 7 }),
    step('s3:ListObjectVersions', { ...listing, MaxKeys: 7 }),
    refused(step('s3:CopyObject', { Bucket, Key: 'copy', CopySource, IfNoneMatch: '*', ...REFUSED })),
    refused(step('s3:CreateMultipartUpload', { Bucket, Key: 'parts', ...REFUSED })),
    step('s3:CopyObject', { Bucket, Key: 'copy', CopySource, MetadataDirective: 'COPY', ...WRITTEN }),
    after('s3:CopyObject', (made) => ({
      Bucket,
      Key: 'copy',
      CopySource: `${CopySource}?versionId=${made('s3:PutObject').VersionId}`,
    })),

    step('s3:CreateMultipartUpload', { Bucket, Key: 'parts', ChecksumAlgorithm: 'CRC32', ...WRITTEN }),
    after('s3:UploadPart', (made) => ({ ...upload(made), PartNumber: 1, Body: 'part' })),
    after('s3:UploadPartCopy', (made) => ({ ...upload(made), PartNumber: 2, CopySource })),
    after('s3:ListParts', upload),
    step('s3:ListMultipartUploads', { ...listing, MaxUploads: 7 }),
    after('s3:CompleteMultipartUpload', (made) => ({
      ...upload(made),
      MultipartUpload: {
        Parts: [{ PartNumber: 1, ETag: part(made).ETag ?? '', ChecksumCRC32: part(made).ChecksumCRC32 ?? '' }],
      },
    })),
    step('s3:CreateMultipartUpload', { Bucket, Key: 'parts' }),
    after('s3:AbortMultipartUpload', upload),

    after('s3:DeleteObjectTagging', version),
    step('s3:PutObjectTagging', { Bucket, Key, Tagging: { TagSet } }),
    step('s3:DeleteObjectTagging', { Bucket, Key }),
    after('s3:DeleteObject', (made) => ({ Bucket, Key, IfMatch: made('s3:PutObject').ETag ?? '' })),
    after('s3:DeleteObject', version),
    step('s3:DeleteObjects', { Bucket, Delete: { Objects: [{ Key: 'copy' }] } }),
    step('s3:CreateBucket', { Bucket: 'asked-gone', CreateBucketConfiguration: { Tags: TagSet } }),
    step('s3:DeleteBucket', { Bucket: 'asked-gone' }),
  ],
}
