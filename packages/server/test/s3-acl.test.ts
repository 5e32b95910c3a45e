import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateBucketCommand,
  DeleteBucketOwnershipControlsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type Grant,
  type PutBucketAclCommandInput,
} from '@aws-sdk/client-s3'
import { aclStatements } from '../src/services/s3/acl-policy.ts'
import { canonicalId } from '../src/services/s3/canonical.ts'
import { client, DEVELOPMENT, PRODUCTION, startServer, STAGING, type TestServer } from './harness.ts'
import { enter, expectRefusal, newUser } from './people.ts'
import { send } from './raw.ts'

let server: TestServer
/** An administrator of Production, whose the buckets are; another of Staging. */
let owner: S3Client
let stranger: S3Client
let number = 0

beforeAll(async () => {
  server = await startServer()
  owner = client(S3Client, server, await enter(server, PRODUCTION))
  stranger = client(S3Client, server, await enter(server, STAGING))
})
afterAll(() => {
  expect(server.bugs).toEqual([])
  return server.close()
})

const GROUPS = 'http://acs.amazonaws.com/groups'
const ALL = { Type: 'Group', URI: `${GROUPS}/global/AllUsers` } as const
const AUTHENTICATED = { Type: 'Group', URI: `${GROUPS}/global/AuthenticatedUsers` } as const
const LOGS = { Type: 'Group', URI: `${GROUPS}/s3/LogDelivery` } as const
const person = (account: string) => ({ Type: 'CanonicalUser', ID: canonicalId(account) }) as const
const MINE: Grant = { Grantee: person(PRODUCTION), Permission: 'FULL_CONTROL' }
const OWNER = { ID: canonicalId(PRODUCTION) }

/** A new bucket of Production's whose lists have an effect, and which blocks nothing. */
async function openBucket(): Promise<string> {
  const Bucket = `listed-${(number += 1)}`
  await owner.send(new CreateBucketCommand({ Bucket, ObjectOwnership: 'ObjectWriter' }))
  await owner.send(new DeletePublicAccessBlockCommand({ Bucket }))
  return Bucket
}

type Given = Omit<PutBucketAclCommandInput, 'Bucket'>

async function grants(Bucket: string): Promise<readonly Grant[] | undefined> {
  const { Owner, Grants } = await owner.send(new GetBucketAclCommand({ Bucket }))
  expect(Owner).toEqual(OWNER)
  return Grants
}

describe('a bucket’s list', () => {
  test('gives its owner full control where nobody said otherwise, with lists on or off', async () => {
    expect(await grants(await openBucket())).toEqual([MINE])
    await owner.send(new CreateBucketCommand({ Bucket: 'closed' }))
    expect(await grants('closed')).toEqual([MINE])
  })

  const SAID: readonly [string, Given, readonly Grant[], string][] = [
    ['private', { ACL: 'private' }, [MINE], 'the owner alone'],
    ['public-read', { ACL: 'public-read' }, [MINE, { Grantee: ALL, Permission: 'READ' }], 'everybody'],
    [
      'public-read-write',
      { ACL: 'public-read-write' },
      [MINE, { Grantee: ALL, Permission: 'READ' }, { Grantee: ALL, Permission: 'WRITE' }],
      'everybody, to write too',
    ],
    [
      'authenticated-read',
      { ACL: 'authenticated-read' },
      [MINE, { Grantee: AUTHENTICATED, Permission: 'READ' }],
      'whoever signs',
    ],
    [
      'log-delivery-write',
      { ACL: 'log-delivery-write' as 'private' },
      [MINE, { Grantee: LOGS, Permission: 'WRITE' }, { Grantee: LOGS, Permission: 'READ_ACP' }],
      'a name that SDKs do not list',
    ],
    ['bucket-owner-read', { ACL: 'bucket-owner-read' as 'private' }, [MINE], 'says nothing about a bucket'],
    ['aws-exec-read', { ACL: 'aws-exec-read' as 'private' }, [MINE], 'lets in an account that is none of ours'],
    [
      'headers',
      {
        GrantFullControl: `id="${canonicalId(PRODUCTION)}"`,
        GrantRead: `uri="${ALL.URI}", id=${canonicalId(STAGING)}`,
        GrantReadACP: 'emailAddress="staging@example.com"',
        GrantWrite: `uri="${LOGS.URI}"`,
        GrantWriteACP: `ID="${canonicalId(DEVELOPMENT)}"`,
      },
      [
        MINE,
        { Grantee: ALL, Permission: 'READ' },
        { Grantee: person(STAGING), Permission: 'READ' },
        { Grantee: person(STAGING), Permission: 'READ_ACP' },
        { Grantee: LOGS, Permission: 'WRITE' },
        { Grantee: person(DEVELOPMENT), Permission: 'WRITE_ACP' },
      ],
      'each in its order; an address becomes an account',
    ],
    [
      'a document',
      {
        AccessControlPolicy: {
          Owner: OWNER,
          Grants: [
            { Grantee: person(STAGING), Permission: 'WRITE' },
            { Grantee: { Type: 'AmazonCustomerByEmail', EmailAddress: 'Development@example.com' }, Permission: 'READ' },
            { Grantee: AUTHENTICATED, Permission: 'READ_ACP' },
          ],
        },
      },
      [
        { Grantee: person(STAGING), Permission: 'WRITE' },
        { Grantee: person(DEVELOPMENT), Permission: 'READ' },
        { Grantee: AUTHENTICATED, Permission: 'READ_ACP' },
      ],
      'as it is, with or without its owner',
    ],
  ]
  test.each(SAID)('is told again as it was said: %s', async (_how, given, told) => {
    const Bucket = await openBucket()
    await owner.send(new PutBucketAclCommand({ Bucket, ...given }))
    expect(await grants(Bucket)).toEqual(told)
    await owner.send(new PutBucketAclCommand({ Bucket, ACL: 'private' }))
    expect(await grants(Bucket)).toEqual([MINE])
  })

  const list = (Grants: readonly object[], Owner: object = OWNER): Given => ({
    AccessControlPolicy: { Owner, Grants: Grants as Grant[] }, // as a client may send it all the same
  })
  const REFUSED: readonly [string, Given, string, RegExp | string, number][] = [
    ['nothing', {}, 'MissingSecurityHeader', 'Your request was missing a required header', 400],
    ['a name that is none', { ACL: 'open' as 'private' }, 'InvalidArgument', /./, 400],
    [
      'two ways at once',
      { ACL: 'private', GrantRead: `id=${OWNER.ID}` },
      'InvalidRequest',
      'Specifying both Canned ACLs and Header Grants is not allowed',
      400,
    ],
    [
      'a name and a document',
      { ACL: 'private', ...list([MINE]) },
      'UnexpectedContent',
      /does not support content/,
      400,
    ],
    ['a grant to nobody', { GrantRead: 'everybody' }, 'InvalidArgument', 'Argument format not recognized', 400],
    ['an id that is nobody’s', { GrantRead: `id="${'0'.repeat(64)}"` }, 'InvalidArgument', 'Invalid id', 400],
    ['a group that is none', { GrantRead: `uri="${GROUPS}/all"` }, 'InvalidArgument', 'Invalid group uri', 400],
    [
      'an address that is nobody’s',
      { GrantRead: 'emailAddress="nobody@example.com"' },
      'UnresolvableGrantByEmailAddress',
      'The e-mail address you provided does not match any account on record.',
      400,
    ],
    ['a document without its owner', list([MINE], {}), 'MalformedACLError', /not well-formed/, 400],
    ['a document of another owner', list([MINE], { ID: canonicalId(STAGING) }), 'AccessDenied', 'Access Denied', 403],
    ['a permission that is none', list([{ ...MINE, Permission: 'ALL' }]), 'MalformedACLError', /./, 400],
    [
      'a grantee of no kind',
      list([{ Grantee: { Type: 'x', ID: OWNER.ID }, Permission: 'READ' }]),
      'MalformedACLError',
      /./,
      400,
    ],
    [
      'a grantee without an id',
      list([{ Grantee: { Type: 'CanonicalUser' }, Permission: 'READ' }]),
      'MalformedACLError',
      /./,
      400,
    ],
    ['101 grants', list(Array.from({ length: 101 }, () => MINE)), 'MalformedACLError', /./, 400],
  ]
  test.each(REFUSED)('is refused: %s', async (_what, given, code, message, status) => {
    const Bucket = await openBucket()
    await expectRefusal(owner.send(new PutBucketAclCommand({ Bucket, ...given })), code, message, status)
    expect(await grants(Bucket)).toEqual([MINE])
  })

  const OFF: readonly [string, Given, boolean, string][] = [
    ['private', { ACL: 'private' }, false, 'although it grants nothing: Terraform meets it'],
    ['bucket-owner-full-control', { ACL: 'bucket-owner-full-control' as 'private' }, true, 'says what is so'],
    ['the owner’s full control', list([MINE]), true, 'says what is so, as a document'],
    ['public-read', { ACL: 'public-read' }, false, 'grants'],
    ['a grant', { GrantRead: `id="${canonicalId(STAGING)}"` }, false, 'grants'],
  ]
  test.each(OFF)('cannot be set where lists are off: %s', async (_how, given, taken) => {
    const Bucket = `off-${(number += 1)}`
    await owner.send(new CreateBucketCommand({ Bucket }))
    const put = owner.send(new PutBucketAclCommand({ Bucket, ...given }))
    if (taken) await put
    else await expectRefusal(put, 'AccessControlListNotSupported', 'The bucket does not allow ACLs', 400)
    expect(await grants(Bucket)).toEqual([MINE])
  })

  test('keeps lists on as long as it grants to others, and comes back with them', async () => {
    const Bucket = await openBucket()
    const own = (ObjectOwnership: 'BucketOwnerEnforced' | 'BucketOwnerPreferred') =>
      owner.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } }))
    await owner.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }))
    await expectRefusal(own('BucketOwnerEnforced'), 'InvalidBucketAclWithObjectOwnership', /./, 400)
    await owner.send(new PutBucketAclCommand({ Bucket, GrantReadACP: `id="${canonicalId(PRODUCTION)}"` }))
    await own('BucketOwnerEnforced')
    expect(await grants(Bucket)).toEqual([MINE])
    await own('BucketOwnerPreferred')
    expect(await grants(Bucket)).toEqual([{ ...MINE, Permission: 'READ_ACP' }])
  })

  test('may be set where the controls were removed', async () => {
    await owner.send(new CreateBucketCommand({ Bucket: 'uncontrolled' }))
    await owner.send(new DeleteBucketOwnershipControlsCommand({ Bucket: 'uncontrolled' }))
    await owner.send(new PutBucketAclCommand({ Bucket: 'uncontrolled', ACL: 'private' }))
  })
})

describe('the law', () => {
  const anonymous = async (Bucket: string) =>
    (await send(server, { method: 'GET', path: `/${Bucket}`, keys: null })).status
  const put = (Bucket: string, given: Given) => owner.send(new PutBucketAclCommand({ Bucket, ...given }))
  const lists = (from: S3Client, Bucket: string) => from.send(new ListObjectsV2Command({ Bucket }))
  const writes = (from: S3Client, Bucket: string) => from.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
  const denied = (call: Promise<unknown>) => expectRefusal(call, 'AccessDenied', /./, 403)

  test('lets in whom the list says, and for what it says', async () => {
    const Bucket = await openBucket()
    await denied(lists(stranger, Bucket))
    await put(Bucket, { GrantRead: `id="${canonicalId(STAGING)}"` })
    await lists(stranger, Bucket)
    await denied(writes(stranger, Bucket))
    await denied(stranger.send(new GetBucketAclCommand({ Bucket })))
    await put(Bucket, { GrantReadACP: `id="${canonicalId(STAGING)}"` })
    await denied(lists(stranger, Bucket))
    expect((await stranger.send(new GetBucketAclCommand({ Bucket }))).Owner).toEqual(OWNER)
  })

  test('asks the stranger’s own account too', async () => {
    const Bucket = await openBucket()
    const keys = await newUser(server, 'powerless')
    await put(Bucket, { GrantRead: 'emailAddress="management@example.com"' })
    await lists(client(S3Client, server), Bucket)
    await denied(lists(client(S3Client, server, keys), Bucket))
  })

  test('lets in everybody, or whoever signs', async () => {
    const Bucket = await openBucket()
    await put(Bucket, { ACL: 'authenticated-read' })
    expect(await anonymous(Bucket)).toBe(403)
    await lists(stranger, Bucket)
    await put(Bucket, { ACL: 'public-read' })
    expect(await anonymous(Bucket)).toBe(200)
    await put(Bucket, { ACL: 'private' })
    expect(await anonymous(Bucket)).toBe(403)
    await denied(lists(stranger, Bucket))
  })

  test('hears nothing of lists that are off', async () => {
    const Bucket = await openBucket()
    await put(Bucket, { GrantRead: `id="${canonicalId(STAGING)}"` })
    await put(Bucket, { GrantRead: `id="${canonicalId(STAGING)}"`, GrantFullControl: `id="${OWNER.ID}"` })
    await lists(stranger, Bucket)
    await put(Bucket, { ACL: 'private' })
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] }
    await owner.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }))
    await denied(lists(stranger, Bucket))
  })

  test('passes over public grants where they are ignored, and refuses them where they are blocked', async () => {
    const Bucket = await openBucket()
    await put(Bucket, { ACL: 'public-read' })
    const block = (PublicAccessBlockConfiguration: object) =>
      owner.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }))
    await block({ IgnorePublicAcls: true })
    expect(await anonymous(Bucket)).toBe(403)
    await block({ BlockPublicAcls: true })
    expect(await anonymous(Bucket)).toBe(200)
    const why =
      /s3:PutBucketAcl on resource: "arn:aws:s3:::listed-\d+" because public ACLs are prevented by the BlockPublicAcls setting/
    await expectRefusal(put(Bucket, { ACL: 'authenticated-read' }), 'AccessDenied', why, 403)
    await put(Bucket, { GrantRead: `id="${canonicalId(STAGING)}"` })
  })

  test('knows what the request would grant', async () => {
    const keys = await newUser(server, 'careful')
    const policy = {
      Effect: 'Allow',
      Action: ['s3:CreateBucket', 's3:PutBucketAcl', 's3:PutBucketOwnershipControls'],
      Resource: '*',
      Condition: {
        StringEqualsIfExists: { 's3:x-amz-acl': 'private', 's3:x-amz-object-ownership': 'ObjectWriter' },
        Null: { 's3:x-amz-grant-read': 'true' },
      },
    }
    const { IAMClient, PutUserPolicyCommand } = await import('@aws-sdk/client-iam')
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [policy] })
    const allow = new PutUserPolicyCommand({ UserName: 'careful', PolicyName: 'p', PolicyDocument })
    await client(IAMClient, server).send(allow)
    const careful = client(S3Client, server, keys)
    const Bucket = 'careful'
    await denied(careful.send(new CreateBucketCommand({ Bucket, ObjectOwnership: 'BucketOwnerPreferred' })))
    await careful.send(new CreateBucketCommand({ Bucket, ObjectOwnership: 'ObjectWriter' }))
    await careful.send(new PutBucketAclCommand({ Bucket, ACL: 'private' }))
    await denied(careful.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' })))
    await denied(careful.send(new PutBucketAclCommand({ Bucket, GrantRead: `id="${canonicalId(STAGING)}"` })))
  })
})

describe('as statements of a policy', () => {
  const account = { grantee: { account: STAGING } } as const
  const everybody = { grantee: { group: ALL.URI } } as const
  const bucket = { bucket: 'b', owner: PRODUCTION }
  const AWS = { AWS: `arn:aws:iam::${STAGING}:root` }

  test('a grant on a bucket is about the bucket and about what is written into it', () => {
    expect(aclStatements([{ ...account, permission: 'FULL_CONTROL' }], bucket)).toEqual([
      {
        Sid: "the bucket's ACL: 1",
        Effect: 'Allow',
        Principal: AWS,
        Action: [
          's3:ListBucket',
          's3:ListBucketMultipartUploads',
          's3:ListBucketVersions',
          's3:GetBucketAcl',
          's3:PutBucketAcl',
        ],
        Resource: 'arn:aws:s3:::b',
      },
      {
        Sid: "the bucket's ACL: 2",
        Effect: 'Allow',
        Principal: AWS,
        Action: ['s3:PutObject'],
        Resource: 'arn:aws:s3:::b/*',
      },
    ])
  })

  test('a grant on an object is about the object, and writing is no such grant', () => {
    const object = { ...bucket, object: true }
    expect(aclStatements([{ ...everybody, permission: 'READ' }], object)).toEqual([
      {
        Sid: "the object's ACL: 1",
        Effect: 'Allow',
        Principal: '*',
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Resource: 'arn:aws:s3:::b/*',
      },
    ])
    expect(aclStatements([{ ...account, permission: 'WRITE' }], object)).toEqual([])
  })

  test('what the owner has and what is ignored are none', () => {
    const acl = [
      { grantee: { account: PRODUCTION }, permission: 'FULL_CONTROL' },
      { ...everybody, permission: 'READ' },
    ] as const
    expect(aclStatements(acl, { ...bucket, ignorePublic: true })).toEqual([])
  })
})
