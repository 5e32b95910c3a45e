/** The small settings of a bucket, a row each. What nobody carries out here is refused, unless its absence opens and loses nothing. */

import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { malformedXml, onBucket, setting } from './setting.ts'
import { notImplemented } from './shared.ts'

type Encryption = Input<'s3:PutBucketEncryption'>['ServerSideEncryptionConfiguration']
type Rule = NonNullable<Encryption['Rules']>[number]

type By = NonNullable<Rule['ApplyServerSideEncryptionByDefault']>

const AES256: By = { SSEAlgorithm: 'AES256' }
/** No key of the client's own is taken by a new bucket (S3 User Guide blocking-unblocking-s3-c-encryption-gpb). */
const DEFAULT_ENCRYPTION: Rule = {
  ApplyServerSideEncryptionByDefault: AES256,
  BucketKeyEnabled: false,
  BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
}

const encryption = setting({
  sub: 'encryption',
  get: 's3:GetBucketEncryption',
  put: 's3:PutBucketEncryption',
  remove: 's3:DeleteBucketEncryption',
  reads: 's3:GetEncryptionConfiguration',
  writes: 's3:PutEncryptionConfiguration',
  refusals: ['InvalidArgument', 'MalformedXML', 'NotImplemented'],
  fresh: { ServerSideEncryptionConfiguration: { Rules: [DEFAULT_ENCRYPTION] } },
  given({ ServerSideEncryptionConfiguration: { Rules = [] } }): Encryption {
    const [rule] = Rules
    if (rule === undefined || Rules.length > 1) throw malformedXml()
    return { Rules: [encryptionRule(rule)] }
  },
  show: (kept: Encryption) => ({ ServerSideEncryptionConfiguration: kept }),
})

/** Keys of KMS are not built, so that nobody may think that an object needs one. */
function encryptionRule(rule: Rule): Rule {
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: key }: Partial<By> =
    rule.ApplyServerSideEncryptionByDefault ?? AES256
  if (algorithm === undefined || !/^(?:AES256|aws:kms|aws:kms:dsse)$/.test(algorithm)) throw malformedXml()
  const blocked = rule.BlockedEncryptionTypes?.EncryptionType ?? []
  if (blocked.some((type) => type !== 'NONE' && type !== 'SSE-C')) throw malformedXml()
  if (algorithm !== 'AES256') throw notImplemented('x-amz-server-side-encryption')
  if (key !== undefined) {
    const text = 'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse'
    throw new Refusal('InvalidArgument', text)
  }
  return { BucketKeyEnabled: false, ...rule, ApplyServerSideEncryptionByDefault: AES256 }
}

const accelerate = setting({
  sub: 'accelerate',
  get: 's3:GetBucketAccelerateConfiguration',
  put: 's3:PutBucketAccelerateConfiguration',
  reads: 's3:GetAccelerateConfiguration',
  writes: 's3:PutAccelerateConfiguration',
  refusals: ['InvalidRequest', 'MalformedXML'],
  fresh: {},
  given({ AccelerateConfiguration: { Status } }, { bucket }) {
    if (Status !== 'Enabled' && Status !== 'Suspended') throw malformedXml()
    if (bucket.name.includes('.')) {
      throw new Refusal(
        'InvalidRequest',
        'S3 Transfer Acceleration is not supported for buckets with periods (.) in their names',
      )
    }
    return Status
  },
  show: (Status: 'Enabled' | 'Suspended') => ({ Status }),
})

/** `Requester` bears on every call: see `refuseFreeRider`. */
const requestPayment = setting({
  sub: 'requestPayment',
  get: 's3:GetBucketRequestPayment',
  put: 's3:PutBucketRequestPayment',
  reads: 's3:GetBucketRequestPayment',
  writes: 's3:PutBucketRequestPayment',
  refusals: ['MalformedXML'],
  fresh: { Payer: 'BucketOwner' },
  given({ RequestPaymentConfiguration: { Payer } }) {
    if (Payer !== 'BucketOwner' && Payer !== 'Requester') throw malformedXml()
    return Payer
  },
  show: (Payer: 'BucketOwner' | 'Requester') => ({ Payer }),
})

const logging = setting({
  sub: 'logging',
  get: 's3:GetBucketLogging',
  put: 's3:PutBucketLogging',
  reads: 's3:GetBucketLogging',
  writes: 's3:PutBucketLogging',
  refusals: ['NotImplemented'],
  fresh: {},
  given({ BucketLoggingStatus }) {
    if (BucketLoggingStatus.LoggingEnabled !== undefined) throw notDone('server access logs')
    return undefined
  },
  show: () => ({}),
})

const notification = setting({
  sub: 'notification',
  get: 's3:GetBucketNotificationConfiguration',
  put: 's3:PutBucketNotificationConfiguration',
  reads: 's3:GetBucketNotification',
  writes: 's3:PutBucketNotification',
  refusals: ['NotImplemented'],
  fresh: {},
  given({ NotificationConfiguration }) {
    if (Object.keys(NotificationConfiguration).length > 0) throw notDone('event notifications')
    return undefined
  },
  show: () => ({}),
})

const replication = setting({
  sub: 'replication',
  get: 's3:GetBucketReplication',
  remove: 's3:DeleteBucketReplication',
  reads: 's3:GetReplicationConfiguration',
  writes: 's3:PutReplicationConfiguration',
  fresh: { code: 'ReplicationConfigurationNotFoundError', message: 'The replication configuration was not found' },
  show: () => ({}),
})

const objectLock = setting({
  sub: 'object-lock',
  get: 's3:GetObjectLockConfiguration',
  reads: 's3:GetBucketObjectLockConfiguration',
  writes: 's3:PutBucketObjectLockConfiguration',
  fresh: {
    code: 'ObjectLockConfigurationNotFoundError',
    message: 'Object Lock configuration does not exist for this bucket',
  },
  show: () => ({}),
})

/** Configurations of which a bucket may have many, each with an id. None can be made here. */
const MANY = [
  ['Analytics', 's3:GetAnalyticsConfiguration'],
  ['IntelligentTiering', 's3:GetIntelligentTieringConfiguration'],
  ['Inventory', 's3:GetInventoryConfiguration'],
  ['Metrics', 's3:GetMetricsConfiguration'],
] as const

const many = MANY.flatMap(([kind, action]) => [
  onBucket(`s3:ListBucket${kind}Configurations`, action, [], () => ({ output: { IsTruncated: false } })),
  onBucket(`s3:GetBucket${kind}Configuration`, action, ['NoSuchConfiguration'], () => {
    throw new Refusal('NoSuchConfiguration', 'The specified configuration does not exist.')
  }),
])

function notDone(what: string): Refusal {
  return new Refusal('NotImplemented', `sallyport has not built ${what}`)
}

export const bucketSettings = [
  ...accelerate,
  ...encryption,
  ...logging,
  ...many,
  ...notification,
  ...objectLock,
  ...replication,
  ...requestPayment,
]
