import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as S3 from '@aws-sdk/client-s3'
import { client, PRODUCTION, startServer, STAGING, type TestServer } from './harness.ts'
import { enter, expectRefusal, newUser } from './people.ts'

let server: TestServer
let owner: S3.S3Client
let stranger: S3.S3Client
/** A user of the management account who may list buckets, and nothing else. */
let nobody: S3.S3Client
const Bucket = 'settings'

beforeAll(async () => {
  server = await startServer()
  owner = client(S3.S3Client, server, await enter(server, PRODUCTION))
  stranger = client(S3.S3Client, server, await enter(server, STAGING))
  nobody = client(S3.S3Client, server, await newUser(server, 'nobody', ['s3:ListAllMyBuckets']))
  await owner.send(new S3.CreateBucketCommand({ Bucket }))
  await client(S3.S3Client, server).send(new S3.CreateBucketCommand({ Bucket: 'management' }))
})
afterAll(() => {
  expect(server.bugs).toEqual([])
  return server.close()
})

type Send = (client: S3.S3Client, Bucket: string) => Promise<object>

/** A command of the bucket's, with whatever else it says. */
function call(Command: unknown, more: object = {}): Send {
  // Every command of the tables takes a bucket: the tables say what else.
  const Made = Command as new (input: object) => S3.GetBucketCorsCommand
  return async (from, name) => {
    const { $metadata: _, ...answer } = await from.send(new Made({ Bucket: name, ...more }))
    return answer
  }
}

const AES256 = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }

describe('a new bucket', () => {
  const ANSWERS: readonly [string, Send, object | string, string][] = [
    ['abac', call(S3.GetBucketAbacCommand), { AbacStatus: { Status: 'Disabled' } }, 'tags say nothing to the law'],
    ['accelerate', call(S3.GetBucketAccelerateConfigurationCommand), {}, 'an empty element'],
    ['analytics', call(S3.ListBucketAnalyticsConfigurationsCommand), { IsTruncated: false }, 'none'],
    ['one analytics', call(S3.GetBucketAnalyticsConfigurationCommand, { Id: 'x' }), 'NoSuchConfiguration', 'none'],
    ['cors', call(S3.GetBucketCorsCommand), 'NoSuchCORSConfiguration', 'not there'],
    [
      'encryption',
      call(S3.GetBucketEncryptionCommand),
      {
        ServerSideEncryptionConfiguration: {
          Rules: [{ ...AES256, BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] } }],
        },
      },
      'every bucket is encrypted with keys of S3',
    ],
    ['tiering', call(S3.ListBucketIntelligentTieringConfigurationsCommand), { IsTruncated: false }, 'none'],
    ['one tiering', call(S3.GetBucketIntelligentTieringConfigurationCommand, { Id: 'x' }), 'NoSuchConfiguration', ''],
    ['inventory', call(S3.ListBucketInventoryConfigurationsCommand), { IsTruncated: false }, 'none'],
    ['one inventory', call(S3.GetBucketInventoryConfigurationCommand, { Id: 'x' }), 'NoSuchConfiguration', 'none'],
    ['lifecycle', call(S3.GetBucketLifecycleConfigurationCommand), 'NoSuchLifecycleConfiguration', 'not there'],
    ['location', call(S3.GetBucketLocationCommand), {}, 'us-east-1 is said by saying nothing'],
    ['logging', call(S3.GetBucketLoggingCommand), {}, 'an empty element'],
    ['metrics', call(S3.ListBucketMetricsConfigurationsCommand), { IsTruncated: false }, 'none'],
    ['one metrics', call(S3.GetBucketMetricsConfigurationCommand, { Id: 'x' }), 'NoSuchConfiguration', 'none'],
    ['notification', call(S3.GetBucketNotificationConfigurationCommand), {}, 'an empty element'],
    ['object lock', call(S3.GetObjectLockConfigurationCommand), 'ObjectLockConfigurationNotFoundError', 'not there'],
    [
      'ownership controls',
      call(S3.GetBucketOwnershipControlsCommand),
      { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } },
      'lists are off',
    ],
    ['policy', call(S3.GetBucketPolicyCommand), 'NoSuchBucketPolicy', 'not there'],
    ['replication', call(S3.GetBucketReplicationCommand), 'ReplicationConfigurationNotFoundError', 'not there'],
    ['request payment', call(S3.GetBucketRequestPaymentCommand), { Payer: 'BucketOwner' }, 'the owner pays'],
    ['tagging', call(S3.GetBucketTaggingCommand), 'NoSuchTagSet', 'not there'],
    ['website', call(S3.GetBucketWebsiteCommand), 'NoSuchWebsiteConfiguration', 'not there'],
  ]
  test.each(ANSWERS)('answers %s', async (_name, ask, answer) => {
    if (typeof answer === 'object') return expect(await ask(owner, Bucket)).toEqual(answer)
    return expectRefusal(ask(owner, Bucket), answer, /./, 404)
  })
})

const RULE = { ID: 'old', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 30 } }
const LONG_RULE = {
  ID: 'all',
  Status: 'Disabled',
  Filter: {
    And: {
      Prefix: 'logs/',
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '' },
      ],
      ObjectSizeGreaterThan: 500,
      ObjectSizeLessThan: 64_000,
    },
  },
  Transitions: [
    { Date: new Date('2031-01-01T00:00:00Z'), StorageClass: 'STANDARD_IA' },
    { Date: new Date('2031-03-01T00:00:00Z'), StorageClass: 'GLACIER' },
  ],
  Expiration: { Date: new Date('2032-01-01T00:00:00Z') },
  NoncurrentVersionTransitions: [{ NoncurrentDays: 30, StorageClass: 'STANDARD_IA', NewerNoncurrentVersions: 2 }],
  NoncurrentVersionExpiration: { NoncurrentDays: 60, NewerNoncurrentVersions: 5 },
}
const SITE = {
  IndexDocument: { Suffix: 'index.html' },
  ErrorDocument: { Key: 'error.html' },
  RoutingRules: [
    {
      Condition: { KeyPrefixEquals: 'docs/', HttpErrorCodeReturnedEquals: '404' },
      Redirect: { HostName: 'example.com', Protocol: 'https', HttpRedirectCode: '301', ReplaceKeyPrefixWith: 'd/' },
    },
    { Redirect: { ReplaceKeyWith: 'gone.html' } },
  ],
}
const CORS = {
  ID: 'web',
  AllowedMethods: ['GET', 'PUT'],
  AllowedOrigins: ['https://*.example.com'],
  AllowedHeaders: ['x-amz-*'],
  ExposeHeaders: ['ETag'],
  MaxAgeSeconds: 300,
}
const TAGS = [
  { Key: 'team', Value: 'blue' },
  { Key: 'empty', Value: '' },
]
const lifecycle = (...Rules: readonly object[]) =>
  call(S3.PutBucketLifecycleConfigurationCommand, { LifecycleConfiguration: { Rules } })
const website = (WebsiteConfiguration: object) => call(S3.PutBucketWebsiteCommand, { WebsiteConfiguration })
const cors = (...CORSRules: readonly object[]) => call(S3.PutBucketCorsCommand, { CORSConfiguration: { CORSRules } })
const encryption = (...Rules: readonly object[]) =>
  call(S3.PutBucketEncryptionCommand, { ServerSideEncryptionConfiguration: { Rules } })
const tagging = (...TagSet: readonly object[]) => call(S3.PutBucketTaggingCommand, { Tagging: { TagSet } })
const owning = (ObjectOwnership: string) =>
  call(S3.PutBucketOwnershipControlsCommand, { OwnershipControls: { Rules: [{ ObjectOwnership }] } })
const paying = (Payer: string) => call(S3.PutBucketRequestPaymentCommand, { RequestPaymentConfiguration: { Payer } })
const accelerating = (Status: string) =>
  call(S3.PutBucketAccelerateConfigurationCommand, { AccelerateConfiguration: { Status } })
const KEPT_SIZE = { TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K' }

describe('what is put on a bucket', () => {
  type Row = readonly [string, Send, Send, object, Send | undefined, string]
  const SETTINGS: readonly Row[] = [
    [
      'cors',
      cors(CORS, { AllowedMethods: ['HEAD'], AllowedOrigins: ['*'] }),
      call(S3.GetBucketCorsCommand),
      { CORSRules: [CORS, { AllowedMethods: ['HEAD'], AllowedOrigins: ['*'] }] },
      call(S3.DeleteBucketCorsCommand),
      'NoSuchCORSConfiguration',
    ],
    [
      'website',
      website(SITE),
      call(S3.GetBucketWebsiteCommand),
      SITE,
      call(S3.DeleteBucketWebsiteCommand),
      'NoSuchWebsiteConfiguration',
    ],
    [
      'a website that is elsewhere',
      website({ RedirectAllRequestsTo: { HostName: 'example.com', Protocol: 'https' } }),
      call(S3.GetBucketWebsiteCommand),
      { RedirectAllRequestsTo: { HostName: 'example.com', Protocol: 'https' } },
      call(S3.DeleteBucketWebsiteCommand),
      'NoSuchWebsiteConfiguration',
    ],
    [
      'lifecycle',
      lifecycle(RULE, LONG_RULE),
      call(S3.GetBucketLifecycleConfigurationCommand),
      { Rules: [RULE, LONG_RULE], ...KEPT_SIZE },
      call(S3.DeleteBucketLifecycleCommand),
      'NoSuchLifecycleConfiguration',
    ],
    [
      'encryption',
      encryption({ ...AES256, BucketKeyEnabled: true, BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] } }),
      call(S3.GetBucketEncryptionCommand),
      {
        ServerSideEncryptionConfiguration: {
          Rules: [{ ...AES256, BucketKeyEnabled: true, BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] } }],
        },
      },
      call(S3.DeleteBucketEncryptionCommand),
      '',
    ],
    [
      'accelerate',
      accelerating('Suspended'),
      call(S3.GetBucketAccelerateConfigurationCommand),
      { Status: 'Suspended' },
      undefined,
      '',
    ],
    ['payer', paying('Requester'), call(S3.GetBucketRequestPaymentCommand), { Payer: 'Requester' }, undefined, ''],
    [
      'payer again',
      paying('BucketOwner'),
      call(S3.GetBucketRequestPaymentCommand),
      { Payer: 'BucketOwner' },
      undefined,
      '',
    ],
    [
      'tagging',
      tagging(...TAGS),
      call(S3.GetBucketTaggingCommand),
      { TagSet: TAGS },
      call(S3.DeleteBucketTaggingCommand),
      'NoSuchTagSet',
    ],
    ['no tags', tagging(), call(S3.GetBucketAccelerateConfigurationCommand), { Status: 'Suspended' }, undefined, ''],
    [
      'ownership controls',
      owning('ObjectWriter'),
      call(S3.GetBucketOwnershipControlsCommand),
      { OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] } },
      call(S3.DeleteBucketOwnershipControlsCommand),
      'OwnershipControlsNotFoundError',
    ],
    [
      'abac',
      call(S3.PutBucketAbacCommand, { AbacStatus: { Status: 'Enabled' } }),
      call(S3.GetBucketAbacCommand),
      { AbacStatus: { Status: 'Enabled' } },
      undefined,
      '',
    ],
    [
      'no logging',
      call(S3.PutBucketLoggingCommand, { BucketLoggingStatus: {} }),
      call(S3.GetBucketLoggingCommand),
      {},
      undefined,
      '',
    ],
    [
      'no notifications',
      call(S3.PutBucketNotificationConfigurationCommand, { NotificationConfiguration: {} }),
      call(S3.GetBucketNotificationConfigurationCommand),
      {},
      undefined,
      '',
    ],
  ]
  test.each(SETTINGS)('is told again as it was given: %s', async (name, put, get, answer, remove, gone) => {
    const bucket = `kept-${name.replaceAll(' ', '-')}`
    await owner.send(new S3.CreateBucketCommand({ Bucket: bucket }))
    await accelerating('Suspended')(owner, bucket)
    await put(owner, bucket)
    expect(await get(owner, bucket)).toEqual(answer)
    if (remove === undefined) return
    await remove(owner, bucket)
    await remove(owner, bucket) // what is not there is deleted already
    if (gone === '') expect(await get(owner, bucket)).not.toEqual(answer)
    else await expectRefusal(get(owner, bucket), gone, /./, 404)
  })

  test('goes with the bucket, so that the next of the name has none of it', async () => {
    const bucket = { Bucket: 'twice' }
    await owner.send(new S3.CreateBucketCommand(bucket))
    await cors(CORS)(owner, 'twice')
    await owner.send(new S3.DeleteBucketCommand(bucket))
    await owner.send(new S3.CreateBucketCommand(bucket))
    await expectRefusal(call(S3.GetBucketCorsCommand)(owner, 'twice'), 'NoSuchCORSConfiguration')
  })

  test('may be a replication that is not there, which is deleted already', async () => {
    await expect(call(S3.DeleteBucketReplicationCommand)(owner, Bucket)).resolves.toEqual({})
  })

  test('gets a name where a lifecycle rule has none, and says which sizes move', async () => {
    const more = { TransitionDefaultMinimumObjectSize: 'varies_by_storage_class' }
    const { ID: _, ...unnamed } = RULE
    const input = { LifecycleConfiguration: { Rules: [unnamed] }, ...more }
    expect(await call(S3.PutBucketLifecycleConfigurationCommand, input)(owner, Bucket)).toEqual(more)
    const kept = await owner.send(new S3.GetBucketLifecycleConfigurationCommand({ Bucket }))
    expect(kept).toMatchObject(more)
    expect(kept.Rules?.[0]?.ID).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('S3 refuses', () => {
  const days = (Days: number, StorageClass = 'GLACIER') => ({ Days, StorageClass })
  const noon = new Date('2031-01-01T12:00:00Z')
  const filtered = (Filter: object, more: object = {}) => lifecycle({ ...RULE, Filter, ...more })
  const tag = { Key: 'a', Value: '1' }
  const abort = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Expiration: undefined }
  const site = { IndexDocument: { Suffix: 'i' } }
  const REFUSED: readonly [string, Send, string, RegExp | string][] = [
    ['no lifecycle rule', lifecycle(), 'MalformedXML', /not well-formed/],
    ['a status that is none', lifecycle({ ...RULE, Status: 'On' }), 'MalformedXML', /./],
    [
      'a rule without an action',
      lifecycle({ ...RULE, Expiration: undefined }),
      'InvalidRequest',
      'At least one action needs to be specified in a rule',
    ],
    [
      'a name of 256 letters',
      lifecycle({ ...RULE, ID: 'x'.repeat(256) }),
      'InvalidArgument',
      'ID length should not exceed allowed limit of 255',
    ],
    [
      'two rules of one name',
      lifecycle(RULE, RULE),
      'InvalidArgument',
      'Rule ID must be unique. Found same ID for more than one rule',
    ],
    ['a rule with filter and prefix', lifecycle({ ...RULE, Prefix: 'x' }), 'MalformedXML', /./],
    ['a rule with neither', lifecycle({ ...RULE, Filter: undefined }), 'MalformedXML', /./],
    ['two predicates without And', filtered({ Prefix: 'x', ObjectSizeLessThan: 5 }), 'MalformedXML', /./],
    ['And with one predicate', filtered({ And: { Prefix: 'x' } }), 'MalformedXML', /./],
    [
      'sizes that fit nothing',
      filtered({ And: { ObjectSizeGreaterThan: 5, ObjectSizeLessThan: 5 } }),
      'InvalidRequest',
      /ObjectSizeLessThan/,
    ],
    ['a tag twice', filtered({ And: { Tags: [tag, tag] } }), 'InvalidRequest', 'Duplicate Tag Keys are not allowed.'],
    ['a tag without a key', filtered({ Tag: { Key: '', Value: '' } }), 'InvalidArgument', /TagKey/],
    [
      'an abort by tag',
      filtered({ Tag: tag }, abort),
      'InvalidRequest',
      'AbortIncompleteMultipartUpload cannot be specified with Tags.',
    ],
    [
      'markers by tag',
      filtered({ Tag: tag }, { Expiration: { ExpiredObjectDeleteMarker: true } }),
      'InvalidRequest',
      'ExpiredObjectDeleteMarker cannot be specified with Tags.',
    ],
    [
      'zero days',
      lifecycle({ ...RULE, Expiration: { Days: 0 } }),
      'InvalidArgument',
      "'Days' for Expiration action must be a positive integer",
    ],
    ['noon', lifecycle({ ...RULE, Expiration: { Date: noon } }), 'InvalidArgument', "'Date' must be at midnight GMT"],
    [
      'days and a marker',
      lifecycle({ ...RULE, Expiration: { Days: 3, ExpiredObjectDeleteMarker: true } }),
      'MalformedXML',
      /./,
    ],
    [
      'an early move',
      lifecycle({ ...RULE, Transitions: [days(29, 'STANDARD_IA')] }),
      'InvalidArgument',
      "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
    ],
    ['a move into the past', lifecycle({ ...RULE, Transitions: [days(-1)] }), 'InvalidArgument', /nonnegative/],
    ['a move to no class', lifecycle({ ...RULE, Transitions: [days(3, 'STANDARD')] }), 'MalformedXML', /./],
    ['two moves to one class', lifecycle({ ...RULE, Transitions: [days(1), days(2)] }), 'InvalidRequest', /unique/],
    ['a move at no time', lifecycle({ ...RULE, Transitions: [{ StorageClass: 'GLACIER' }] }), 'MalformedXML', /./],
    [
      'a move at noon',
      lifecycle({ ...RULE, Expiration: undefined, Transitions: [{ Date: noon, StorageClass: 'GLACIER' }] }),
      'InvalidArgument',
      /midnight/,
    ],
    [
      'a move after the end',
      lifecycle({ ...RULE, Transitions: [days(30)] }),
      'InvalidArgument',
      "'Days' in the Expiration action for filter '(prefix=tmp/)' must be greater than 'Days' in the Transition action",
    ],
    [
      'days and dates',
      lifecycle({ ...RULE, Expiration: { Date: new Date('2031-01-01T00:00:00Z') }, Transitions: [days(1)] }),
      'InvalidRequest',
      /Found mixed 'Date' and 'Days'/,
    ],
    [
      'no days for old versions',
      lifecycle({ ...RULE, NoncurrentVersionExpiration: { NoncurrentDays: 0 } }),
      'InvalidArgument',
      "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer",
    ],
    [
      'too many versions',
      lifecycle({ ...RULE, NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 101 } }),
      'InvalidArgument',
      /NewerNoncurrentVersions/,
    ],
    [
      'old versions that move too late',
      lifecycle({
        ...RULE,
        NoncurrentVersionExpiration: { NoncurrentDays: 5 },
        NoncurrentVersionTransitions: [{ NoncurrentDays: 5, StorageClass: 'GLACIER' }],
      }),
      'InvalidArgument',
      /must be greater/,
    ],
    [
      'an abort at once',
      lifecycle({ ...RULE, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 0 } }),
      'InvalidArgument',
      "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
    ],
    [
      'sizes of no kind',
      call(S3.PutBucketLifecycleConfigurationCommand, {
        LifecycleConfiguration: { Rules: [RULE] },
        TransitionDefaultMinimumObjectSize: 'x',
      }),
      'MalformedXML',
      /./,
    ],
    [
      '1,001 rules',
      lifecycle(...Array.from({ length: 1001 }, (_, i) => ({ ...RULE, ID: String(i) }))),
      'MalformedXML',
      /./,
    ],
    ['no rule for browsers', cors(), 'MalformedXML', /./],
    [
      '101 rules for browsers',
      cors(...Array.from({ length: 101 }, () => CORS)),
      'InvalidRequest',
      /allowed limit of 100 rules/,
    ],
    ['a rule without origins', cors({ AllowedMethods: ['GET'], AllowedOrigins: [] }), 'MalformedXML', /./],
    [
      'PATCH',
      cors({ ...CORS, AllowedMethods: ['PATCH'] }),
      'InvalidRequest',
      'Found unsupported HTTP method in CORS config. Unsupported method is PATCH',
    ],
    [
      'two stars in an origin',
      cors({ ...CORS, AllowedOrigins: ['https://*.*.com'] }),
      'InvalidRequest',
      'AllowedOrigin "https://*.*.com" can not have more than one wildcard.',
    ],
    [
      'two stars in a header',
      cors({ ...CORS, AllowedHeaders: ['*-*'] }),
      'InvalidRequest',
      'AllowedHeader "*-*" can not have more than one wildcard.',
    ],
    [
      'a star in what is exposed',
      cors({ ...CORS, ExposeHeaders: ['*'] }),
      'InvalidRequest',
      /does? ?not support wildcard|currently do not support wildcard/,
    ],
    [
      'a website of nothing',
      website({}),
      'InvalidArgument',
      'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty',
    ],
    [
      'an index below a folder',
      website({ IndexDocument: { Suffix: 'a/b' } }),
      'InvalidArgument',
      'The IndexDocument Suffix is not well formed',
    ],
    [
      'an error page without a name',
      website({ ...site, ErrorDocument: { Key: '' } }),
      'InvalidArgument',
      /ErrorDocument/,
    ],
    [
      'pages and a redirect of all',
      website({ ...site, RedirectAllRequestsTo: { HostName: 'x' } }),
      'InvalidArgument',
      /in conjunction/,
    ],
    ['a redirect to nowhere', website({ RedirectAllRequestsTo: { HostName: '' } }), 'MalformedXML', /./],
    [
      'a redirect by ftp',
      website({ RedirectAllRequestsTo: { HostName: 'x', Protocol: 'ftp' } }),
      'InvalidRequest',
      /Invalid protocol/,
    ],
    [
      '51 routes',
      website({ ...site, RoutingRules: Array.from({ length: 51 }, () => ({ Redirect: { HostName: 'x' } })) }),
      'InvalidRequest',
      /limited to 50/,
    ],
    ['a route that does nothing', website({ ...site, RoutingRules: [{ Redirect: {} }] }), 'MalformedXML', /./],
    [
      'a route on no condition',
      website({ ...site, RoutingRules: [{ Redirect: { HostName: 'x' }, Condition: {} }] }),
      'MalformedXML',
      /./,
    ],
    [
      'two replacements',
      website({ ...site, RoutingRules: [{ Redirect: { ReplaceKeyWith: 'a', ReplaceKeyPrefixWith: 'b' } }] }),
      'InvalidRequest',
      'You can only define ReplaceKeyPrefix or ReplaceKey but not both.',
    ],
    [
      'a redirect with 200',
      website({ ...site, RoutingRules: [{ Redirect: { HttpRedirectCode: '200' } }] }),
      'InvalidRequest',
      'The provided HTTP redirect code (200) is not valid. Valid codes are 3XX except 300.',
    ],
    [
      'an error that is none',
      website({
        ...site,
        RoutingRules: [{ Redirect: { HostName: 'x' }, Condition: { HttpErrorCodeReturnedEquals: '200' } }],
      }),
      'InvalidRequest',
      /HTTP error code \(200\)/,
    ],
    ['no encryption', encryption(), 'MalformedXML', /./],
    ['two encryptions', encryption(AES256, AES256), 'MalformedXML', /./],
    [
      'a kind that cannot be blocked',
      encryption({ ...AES256, BlockedEncryptionTypes: { EncryptionType: ['SSE-S3'] } }),
      'MalformedXML',
      /./,
    ],
    [
      'an algorithm that is none',
      encryption({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'ROT13' } }),
      'MalformedXML',
      /./,
    ],
    [
      'a key that AES256 has no use for',
      encryption({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256', KMSMasterKeyID: 'k' } }),
      'InvalidArgument',
      /KMSMasterKeyID is not applicable/,
    ],
    ['a payer that is nobody', paying('Nobody'), 'MalformedXML', /./],
    ['a speed that is none', accelerating('Fast'), 'MalformedXML', /./],
    ['an owner that is none', owning('Nobody'), 'MalformedXML', /./],
    ['no owner', call(S3.PutBucketOwnershipControlsCommand, { OwnershipControls: { Rules: [] } }), 'MalformedXML', /./],
    [
      'a status of abac that is none',
      call(S3.PutBucketAbacCommand, { AbacStatus: { Status: 'x' } }),
      'MalformedXML',
      /./,
    ],
    ['51 tags', tagging(...Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: '' }))), 'BadRequest', /50/],
    [
      'one key twice',
      tagging({ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' }),
      'InvalidTag',
      'Cannot provide multiple Tags with the same key',
    ],
    [
      'a key without letters',
      tagging({ Key: '', Value: '1' }),
      'InvalidTag',
      'The TagKey you have provided is invalid',
    ],
    [
      'a key of 129 letters',
      tagging({ Key: 'x'.repeat(129), Value: '' }),
      'InvalidTag',
      'The TagKey you have provided is invalid',
    ],
    [
      'a value of 257 letters',
      tagging({ Key: 'x', Value: 'x'.repeat(257) }),
      'InvalidTag',
      'The TagValue you have provided is invalid',
    ],
    [
      'letters that tags have not',
      tagging({ Key: 'x', Value: 'a&b' }),
      'InvalidTag',
      'The TagValue you have provided is invalid',
    ],
    [
      'a tag of AWS',
      tagging({ Key: 'aws:x', Value: '' }),
      'InvalidTag',
      'System tags cannot be added/updated by requester',
    ],
    ['a tag without a value', tagging({ Key: 'x' }), 'MalformedXML', /./],
  ]
  test.each(REFUSED)('%s', async (_what, put, code, message) => {
    await expectRefusal(put(owner, Bucket), code, message, 400)
  })

  test('to speed up a bucket with a period in its name', async () => {
    await owner.send(new S3.CreateBucketCommand({ Bucket: 'with.period' }))
    await expectRefusal(accelerating('Enabled')(owner, 'with.period'), 'InvalidRequest', /periods \(\.\)/)
  })

  const UNBUILT: readonly [string, Send][] = [
    ['keys of KMS', encryption({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } })],
    [
      'access logs',
      call(S3.PutBucketLoggingCommand, {
        BucketLoggingStatus: { LoggingEnabled: { TargetBucket: Bucket, TargetPrefix: '' } },
      }),
    ],
    [
      'notifications',
      call(S3.PutBucketNotificationConfigurationCommand, {
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      }),
    ],
    ['replication', call(S3.PutBucketReplicationCommand, { ReplicationConfiguration: { Role: 'x', Rules: [] } })],
    ['object lock', call(S3.PutObjectLockConfigurationCommand, { ObjectLockConfiguration: {} })],
    ['inventories', call(S3.PutBucketInventoryConfigurationCommand, { Id: 'x', InventoryConfiguration: {} })],
    ['metrics', call(S3.PutBucketMetricsConfigurationCommand, { Id: 'x', MetricsConfiguration: { Id: 'x' } })],
  ]
  test.each(UNBUILT)('what nobody would carry out: %s', async (_what, put) => {
    await expectRefusal(put(owner, Bucket), 'NotImplemented', /./, 501)
  })
})

describe('the law is asked', () => {
  const ACTIONS: readonly [string, Send][] = [
    ['s3:GetBucketAbac', call(S3.GetBucketAbacCommand)],
    ['s3:PutBucketAbac', call(S3.PutBucketAbacCommand, { AbacStatus: { Status: 'Disabled' } })],
    ['s3:GetAccelerateConfiguration', call(S3.GetBucketAccelerateConfigurationCommand)],
    ['s3:PutAccelerateConfiguration', accelerating('Enabled')],
    ['s3:GetBucketAcl', call(S3.GetBucketAclCommand)],
    ['s3:PutBucketAcl', call(S3.PutBucketAclCommand, { ACL: 'private' })],
    ['s3:GetAnalyticsConfiguration', call(S3.ListBucketAnalyticsConfigurationsCommand)],
    ['s3:GetAnalyticsConfiguration', call(S3.GetBucketAnalyticsConfigurationCommand, { Id: 'x' })],
    ['s3:GetBucketCORS', call(S3.GetBucketCorsCommand)],
    ['s3:PutBucketCORS', cors(CORS)],
    ['s3:PutBucketCORS', call(S3.DeleteBucketCorsCommand)],
    ['s3:GetEncryptionConfiguration', call(S3.GetBucketEncryptionCommand)],
    ['s3:PutEncryptionConfiguration', encryption(AES256)],
    ['s3:PutEncryptionConfiguration', call(S3.DeleteBucketEncryptionCommand)],
    ['s3:GetIntelligentTieringConfiguration', call(S3.ListBucketIntelligentTieringConfigurationsCommand)],
    ['s3:GetInventoryConfiguration', call(S3.ListBucketInventoryConfigurationsCommand)],
    ['s3:GetLifecycleConfiguration', call(S3.GetBucketLifecycleConfigurationCommand)],
    ['s3:PutLifecycleConfiguration', lifecycle(RULE)],
    ['s3:PutLifecycleConfiguration', call(S3.DeleteBucketLifecycleCommand)],
    ['s3:GetBucketLocation', call(S3.GetBucketLocationCommand)],
    ['s3:GetBucketLogging', call(S3.GetBucketLoggingCommand)],
    ['s3:PutBucketLogging', call(S3.PutBucketLoggingCommand, { BucketLoggingStatus: {} })],
    ['s3:GetMetricsConfiguration', call(S3.ListBucketMetricsConfigurationsCommand)],
    ['s3:GetBucketNotification', call(S3.GetBucketNotificationConfigurationCommand)],
    ['s3:PutBucketNotification', call(S3.PutBucketNotificationConfigurationCommand, { NotificationConfiguration: {} })],
    ['s3:GetBucketObjectLockConfiguration', call(S3.GetObjectLockConfigurationCommand)],
    ['s3:GetBucketOwnershipControls', call(S3.GetBucketOwnershipControlsCommand)],
    ['s3:PutBucketOwnershipControls', owning('ObjectWriter')],
    ['s3:PutBucketOwnershipControls', call(S3.DeleteBucketOwnershipControlsCommand)],
    ['s3:GetReplicationConfiguration', call(S3.GetBucketReplicationCommand)],
    ['s3:PutReplicationConfiguration', call(S3.DeleteBucketReplicationCommand)],
    ['s3:GetBucketRequestPayment', call(S3.GetBucketRequestPaymentCommand)],
    ['s3:PutBucketRequestPayment', paying('Requester')],
    ['s3:GetBucketTagging', call(S3.GetBucketTaggingCommand)],
    ['s3:PutBucketTagging', tagging(...TAGS)],
    ['s3:PutBucketTagging', call(S3.DeleteBucketTaggingCommand)],
    ['s3:GetBucketWebsite', call(S3.GetBucketWebsiteCommand)],
    ['s3:PutBucketWebsite', website(SITE)],
    ['s3:DeleteBucketWebsite', call(S3.DeleteBucketWebsiteCommand)],
  ]
  test.each(ACTIONS)('%s, by the name that the reference has', async (action, ask) => {
    expect(server.world.reference.action(action)?.name).toBe(action)
    const text = `not authorized to perform: ${action} on resource: "arn:aws:s3:::management"`
    await expectRefusal(ask(nobody, 'management'), 'AccessDenied', new RegExp(text), 403)
    await expectRefusal(ask(stranger, Bucket), 'AccessDenied', /./, 403)
    const wrong = call(S3.GetBucketCorsCommand, { ExpectedBucketOwner: STAGING })
    await expectRefusal(wrong(owner, Bucket), 'AccessDenied', /./, 403)
    await expectRefusal(ask(owner, 'not-there'), 'NoSuchBucket', 'The specified bucket does not exist', 404)
  })
})
