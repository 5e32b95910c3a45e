import { describe, expect, test } from 'vitest'
import { parse, type PolicyKind } from '../src/index.ts'
import { readCases } from './cases.ts'

const VENDOR = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
const SID =
  'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*'
const STATEMENT = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }

describe('a text that is no policy gets the answer AWS gives', () => {
  const MISMATCH = 'The provided policy document does not meet the requirements of the specified policy type.'
  test.each<[PolicyKind, string, string, string]>([
    ['identity', '{', 'Syntax errors in policy.', 'no JSON'],
    ['identity', '[]', 'Syntax errors in policy.', 'no object'],
    ['identity', '{"Version":"2012-10-17"}', 'Syntax errors in policy.', 'no statement'],
    ['identity', '{"Version":"2012-10-18","Statement":[]}', 'Syntax errors in policy.', 'no such version'],
    ['identity', '{"Statement":[],"Statement":[]}', 'Syntax errors in policy.', 'a key given twice'],
    ['trust', '{', 'This policy contains invalid Json', 'no JSON, at CreateRole'],
    ['resource', '{', "Policies must be valid JSON and the first byte must be '{'", 'no JSON, at PutBucketPolicy'],
    ['resource', '{"Version":"2012-10-17"}', 'Missing required field Statement', 'no statement, at PutBucketPolicy'],
    ['scp', '{', MISMATCH, 'Organizations has one sentence'],
  ])('%s %s: %s (%s)', (kind, text, message) => {
    expect(messages(text, kind)[0]).toBe(message)
  })
})

describe('a statement of an identity policy', () => {
  test.each<[object, string, string]>([
    [{ Effect: 'Maybe' }, 'Syntax errors in policy.', 'there are two effects'],
    [{ Effect: 'allow' }, 'The policy failed legacy parsing', 'their case counts only in the second reading'],
    [{ Extra: 1 }, 'Syntax errors in policy.', 'unknown element'],
    [{ NotAction: 's3:*' }, 'Syntax errors in policy.', 'Action and NotAction exclude each other'],
    [{ Condition: { StringIs: { 'aws:x': 'y' } } }, 'Syntax errors in policy.', 'unknown operator'],
    [{ Condition: { NullIfExists: { 'aws:x': 'true' } } }, 'Syntax errors in policy.', 'Null takes no suffix'],
    [{ Condition: { StringLike: { 'aws:x': null } } }, 'Syntax errors in policy.', 'null is no value'],
    [{ Condition: { StringLike: { x: 'y' } } }, VENDOR, 'keys have a vendor too'],
    [{ Condition: { DateLessThan: { 'aws:CurrentTime': 'soon' } } }, 'The policy failed legacy parsing', 'no date'],
    [{ Principal: '*' }, 'Policy document should not specify a principal.', 'the owner is the principal'],
    [{ Sid: 'a-b' }, SID, 'IAM takes letters and digits only'],
    [{ Action: [] }, 'Policy statement must contain actions.', 'an empty list is none'],
    [{ Resource: [] }, 'Policy statement must contain resources.', 'an empty list is none'],
    [{ Action: 'GetObject' }, VENDOR, 'no prefix'],
    [{ Action: 's3:Get:Object' }, 'Actions/Condition can contain only one colon.', 'two colons'],
    [{ Action: 'a a:b' }, 'Vendor a a is not valid', 'a space in the vendor'],
    [{ Action: 's*:Get' }, 'Vendor s* is not valid', 'a wildcard in the vendor'],
    [{ Resource: 'bucket' }, 'Resource bucket must be in ARN format or "*".', 'no colon at all'],
    [{ Resource: 'a:b' }, 'Partition "b" is not valid for resource "arn:b:*:*:*:*".', 'what is missing is filled in'],
    [
      { Resource: 'arn:x:s3::b' },
      'Partition "x" is not valid for resource "arn:x:s3::b:*".',
      'the partition comes first',
    ],
    [{ Resource: 'arn:aws:s3::b' }, 'The policy failed legacy parsing', 'a colon too few'],
    [{ Resource: 'arn:aws' }, 'Resource vendor must be fully qualified and cannot contain regexes.', 'no service'],
    [
      { Resource: 'arn:aws:s*:::b' },
      'Resource vendor must be fully qualified and cannot contain regexes.',
      'half a service',
    ],
    [
      { Resource: 'arn:aws:s3:eu-west-1::b' },
      'Resource arn:aws:s3:eu-west-1::b can not contain region information.',
      'buckets',
    ],
    [
      { Resource: 'arn:aws:iam:eu-west-1:1:role/r' },
      'IAM resource arn:aws:iam:eu-west-1:1:role/r cannot contain region information.',
      'IAM is global',
    ],
  ])('%j: %s (%s)', (element, message) => {
    expect(messages(policy(element), 'identity')[0]).toBe(message)
  })

  test.each<[object, string]>([
    [{ Resource: 'arn:aws:sqs' }, 'a short ARN'],
    [{ Resource: 'arn:*:s3:::b' }, 'any partition'],
    [{ Resource: 'arn:aws:s3:eu-west-1:111111111111:accesspoint/a' }, 'access points have a region'],
    [{ Resource: 'arn:aws:iam::111111111111:root' }, 'sts:AssumeRoot is about the root user'],
    [{ Resource: "arn:aws:s3:::b/${aws:PrincipalTag/a, 'none'}" }, 'a variable'],
    [{ Action: '*' }, 'every action'],
    [{ Condition: {} }, 'an empty condition'],
    [{ Condition: { Bool: { 'aws:SecureTransport': true }, NumericEquals: { 's3:max-keys': 10 } } }, 'JSON values'],
    [{ Condition: { StringEquals: { 'aws:ResourceTag/aws:stack:name': 'x' } } }, 'tag keys may have colons'],
  ])('may have %j: %s', (element) => {
    expect(messages(policy(element), 'identity')).toEqual([])
  })

  test('ids are unique in a policy', () => {
    const text = JSON.stringify({
      Statement: [
        { Sid: 'A', ...STATEMENT },
        { Sid: 'A', ...STATEMENT },
      ],
    })
    expect(messages(text, 'identity')).toEqual(['Statement IDs (SID) in a single policy must be unique.'])
  })
})

describe('a statement of a trust policy', () => {
  const TRUST = { Effect: 'Allow', Principal: { AWS: '111111111111' }, Action: 'sts:AssumeRole' }
  test.each<[object, string, string]>([
    [{ ...TRUST, Resource: '*' }, 'Has prohibited field Resource', 'it is about its role'],
    [{ Effect: 'Allow', Action: 'sts:AssumeRole' }, 'Missing required field Principal', 'somebody must be trusted'],
    [{ ...TRUST, Action: 's3:GetObject' }, 'AssumeRole policy may only specify STS AssumeRole actions', 'sts only'],
    [{ ...TRUST, Principal: { AWS: 'alice' } }, 'Invalid principal in policy: "AWS":"alice"', 'no ARN'],
    [
      { ...TRUST, Principal: { AWS: 'arn:aws:iam::111111111111:user/*' } },
      'Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:user/*"',
      'no half wildcards',
    ],
    [
      { ...TRUST, Principal: { AWS: 'arn:aws:iam::111111111111:group/g' } },
      'Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:group/g"',
      'groups are no principals',
    ],
    [{ ...TRUST, Principal: 'alice' }, 'Invalid principal in policy: "alice"', 'only a star stands alone'],
    [{ ...TRUST, Principal: { Service: 'lambda' } }, 'Invalid principal in policy: "SERVICE":"lambda"', 'no host name'],
  ])('%j: %s (%s)', (statement, message) => {
    expect(messages(JSON.stringify({ Version: '2012-10-17', Statement: statement }), 'trust')[0]).toBe(message)
  })

  test('twelve digits are the account', () => {
    const parsed = parse(JSON.stringify({ Statement: TRUST }), 'trust')
    expect(parsed.ok && parsed.document.statements[0]?.principal).toEqual({
      everyone: false,
      by: { AWS: ['arn:aws:iam::111111111111:root'] },
    })
  })
})

describe('control policies', () => {
  test.each<[PolicyKind, object, boolean, string]>([
    [
      'scp',
      { ...STATEMENT, Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
      true,
      'since 2025 an Allow may have conditions',
    ],
    ['scp', { Effect: 'Allow', NotAction: 'iam:*', NotResource: 'arn:aws:s3:::b' }, true, 'and exceptions'],
    ['scp', { ...STATEMENT, Principal: '*' }, false, 'the organisation is the principal'],
    ['rcp', { ...STATEMENT, Effect: 'Deny', Principal: '*' }, true, 'an RCP denies everybody'],
    ['rcp', { ...STATEMENT, Effect: 'Deny', Principal: { AWS: '111111111111' } }, false, 'and nobody less'],
    ['rcp', { ...STATEMENT, Principal: '*' }, false, 'it grants nothing'],
    [
      'rcp',
      { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' },
      true,
      "but for AWS's own RCPFullAWSAccess",
    ],
    ['rcp', { Effect: 'Deny', Principal: '*', NotAction: 's3:*', Resource: '*' }, false, 'no NotAction'],
  ])('%s %j parses: %j (%s)', (kind, statement, ok) => {
    expect(parse(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }), kind).ok).toBe(ok)
  })
})

test('a resource policy refuses an Allow for everybody but some', () => {
  const statement = { ...STATEMENT, NotPrincipal: { AWS: '111111111111' } }
  expect(messages(JSON.stringify({ Statement: statement }), 'resource')[0]).toBe('Has prohibited field NotPrincipal')
})

test('managed policies need the newer version', () => {
  const parsed = parse(JSON.stringify({ Statement: STATEMENT }), 'identity', { since: '2012-10-17' })
  expect(!parsed.ok && parsed.findings[0]?.message).toBe('Policy document must be version 2012-10-17 or greater.')
})

test('statements know where they stand', () => {
  const parsed = parse(`{"Statement": [\n  {"Effect":"Allow","Action":"s3:*","Resource":"*"}]\n}`, 'identity')
  const statement = parsed.ok ? parsed.document.statements[0] : undefined
  expect([statement?.start, statement?.end]).toEqual([
    { line: 2, column: 3 },
    { line: 2, column: 52 },
  ])
})

test('findings say where, and what would help', () => {
  const parsed = parse(policy({ Effect: 'Maybe' }), 'identity')
  expect(!parsed.ok && parsed.findings[0]).toMatchObject({ code: 'InvalidSyntax', path: 'Statement[0].Effect' })
})

test('the recorded answers of IAM and S3 to broken policies are ours', () => {
  interface Recorded {
    readonly test: string
    readonly message: string
  }
  const { messages: recorded } = readCases<{ readonly messages: readonly Recorded[] }>(
    'texts/aws-recorded-error-texts.json',
  )
  const said = (name: string): readonly string[] =>
    recorded.filter((one) => one.test === name).map((one) => one.message)
  expect(said('test_create_role_with_malformed_assume_role_policy_document')).toEqual(messages('malformed', 'trust'))
  expect(said('test_bucket_policy_exc')).toEqual([...messages('invalid', 'resource'), ...messages('{}', 'resource')])
})

function messages(text: string, kind: PolicyKind): readonly string[] {
  const parsed = parse(text, kind)
  return parsed.ok ? [] : parsed.findings.map(({ message }) => message)
}

function policy(element: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ ...STATEMENT, ...element }] })
}
