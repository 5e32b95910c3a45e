import { describe, expect, test } from 'vitest'
import { bucketPolicy, effectiveBlock, isPublic, ownBlock, type Bucket } from '../src/index.ts'

function policy(...statements: readonly object[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((one) => ({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...one })),
  })
}

function open(condition: object): string {
  return policy({ Principal: '*', Condition: condition })
}

describe('a policy is public', () => {
  test.each([
    [true, policy({ Principal: '*' }), 'everybody'],
    [true, policy({ Principal: { AWS: '*' } }), 'everybody, spelled out'],
    [false, policy({ Principal: { AWS: 'arn:aws:iam::111122223333:role/JohnDoe' } }), 'a fixed principal'],
    [false, policy({ Principal: { AWS: '111122223333' } }), 'a fixed account'],
    [false, policy({ Principal: { Service: 'cloudtrail.amazonaws.com' } }), 'a service'],
    [true, policy({ Principal: { AWS: '111122223333' } }, { Principal: '*' }), 'one statement is enough'],
    [false, policy({ Principal: '*', Effect: 'Deny' }), 'a denial lets nobody in'],
    [true, policy({ Principal: '*' }, { Principal: '*', Effect: 'Deny' }), 'a denial does not undo it'],
    [false, open({ StringEquals: { 'aws:SourceVpc': 'vpc-91237329' } }), 'a fixed network'],
    [true, open({ StringLike: { 'aws:SourceVpc': 'vpc-*' } }), 'any network'],
    [false, open({ StringLike: { 'aws:SourceVpc': 'vpc-91237329' } }), 'StringLike without a wildcard is fixed'],
    [true, open({ StringNotEquals: { 'aws:SourceVpc': 'vpc-91237329' } }), 'all networks but one'],
    [true, open({ StringEqualsIfExists: { 'aws:SourceVpc': 'vpc-1' } }), 'holds where there is no key'],
    [true, open({ 'ForAllValues:StringEquals': { 'aws:SourceVpc': 'vpc-1' } }), 'holds where there is no value'],
    [false, open({ 'ForAnyValue:StringEquals': { 'aws:PrincipalOrgPaths': 'o-1/r-1/' } }), 'one of several values'],
    [false, open({ StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } }), 'an organisation'],
    [true, open({ StringEquals: { 'aws:PrincipalTag/team': 'red' } }), 'anybody can have a tag'],
    [true, open({ StringEquals: { 'aws:SourceAccount': '${aws:PrincipalAccount}' } }), 'a variable is not fixed'],
    [true, open({ StringEquals: { 'aws:SourceVpc': ['vpc-1', 'vpc-?'] } }), 'one loose value of several'],
    [false, open({ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }), 'a range'],
    [false, open({ IpAddress: { 'aws:SourceIp': '192.0.2.7' } }), 'an address'],
    [true, open({ IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } }), 'half of the addresses there are'],
    [false, open({ IpAddress: { 'aws:SourceIp': '9.0.0.0/8' } }), 'no broader than /8'],
    [false, open({ IpAddress: { 'aws:SourceIp': '172.16.0.0/4' } }), 'private ranges, however broad'],
    [true, open({ IpAddress: { 'aws:SourceIp': '2000::/3' } }), 'broader than /32 in IPv6'],
    [false, open({ IpAddress: { 'aws:SourceIp': '2001:db8::/32' } }), '/32 in IPv6'],
    [true, open({ NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }), 'all addresses but some'],
    [
      false,
      open({ ArnLike: { 's3:DataAccessPointArn': 'arn:aws:s3:us-east-1:111122223333:accesspoint/*' } }),
      'access points of one account',
    ],
    [
      true,
      open({ ArnLike: { 's3:DataAccessPointArn': 'arn:aws:s3:*:*:accesspoint/mine' } }),
      'an access point of any account',
    ],
    [true, 'no policy', 'what cannot be read is taken for public'],
  ])('%s: %s (%s)', (expected, text) => {
    expect(isPublic(text)).toBe(expected)
  })
})

const bucket: Bucket = { name: 'ground', region: 'us-east-1', createdAt: 0, tags: [] }
const removed: Bucket = { ...bucket, publicAccessBlock: 'removed' }
const none = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false }

describe('a public access block', () => {
  test('is whole on a new bucket and absent where it was removed', () => {
    expect(Object.values(ownBlock(bucket) ?? {})).toEqual([true, true, true, true])
    expect(ownBlock(removed)).toBeUndefined()
  })

  test('is the account’s where that blocks more', () => {
    const self = { id: '111122223333', createdAt: 0, publicAccessBlock: { ...none, ignorePublicAcls: true } }
    expect(effectiveBlock(removed, self)).toEqual({ ...none, ignorePublicAcls: true })
    expect(effectiveBlock(bucket, self).blockPublicPolicy).toBe(true)
  })
})

describe('a bucket’s policy as it is enforced', () => {
  const document = policy({ Principal: '*' })
  const owner = '111122223333'
  const restricting = 'S3 Block Public Access: RestrictPublicBuckets'

  test.each([
    [{ ...bucket, policy: { document } }, true, 'public and restricted'],
    [{ ...removed, policy: { document } }, false, 'public, and nothing restricts it'],
    [{ ...bucket, policy: { document: policy({ Principal: { AWS: owner } }) } }, false, 'not public'],
  ])('refuses strangers where it is public and that is restricted: %#', (row, refuses) => {
    expect(bucketPolicy(row, owner, { self: undefined })?.includes(restricting)).toBe(refuses)
  })

  test('follows the account’s block when that changes', () => {
    const row = { ...removed, policy: { document } }
    const self = { id: owner, createdAt: 0, publicAccessBlock: { ...none, restrictPublicBuckets: true } }
    expect(bucketPolicy(row, owner, { self: undefined })).toBe(document)
    expect(bucketPolicy(row, owner, { self })).toContain(restricting)
    expect(bucketPolicy(row, owner, { self: undefined })).toBe(document)
  })

  test('takes up what a list adds, with a policy of its own or without', () => {
    const added = [{ Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource: '*' }]
    expect(JSON.parse(bucketPolicy(bucket, owner, { self: undefined, added }) ?? '')).toEqual({
      Version: '2012-10-17',
      Statement: added,
    })
    const both = bucketPolicy({ ...removed, policy: { document } }, owner, { self: undefined, added })
    expect(JSON.parse(both ?? '').Statement).toHaveLength(2)
  })
})
