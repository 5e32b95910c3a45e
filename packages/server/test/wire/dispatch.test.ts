/** Which call a request is, whoever sends it and wherever it says so. */
import { describe, expect, test } from 'vitest'
import { nameCall } from '../../src/wire/dispatch.ts'
import { loadModel, MODELS } from '../../src/wire/models.ts'
import type { Message } from '../../src/wire/message.ts'
import type { Model, OperationModel } from '../../src/wire/model.ts'

type Parts = Partial<Omit<Message, 'body'>> & { readonly body?: string }

function message({ headers = {}, body = '', ...parts }: Parts): Message {
  const ground = { method: 'POST', path: '/', query: '', source: { ip: '127.0.0.1', tls: false } }
  return {
    ...ground,
    ...parts,
    headers: { host: '127.0.0.1:4566', ...headers },
    body: new Uint8Array(Buffer.from(body)),
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }

/** The barest request for an operation, from its traits alone. */
function bare(model: Model, { name, http }: OperationModel): Parts {
  if (model.target !== undefined) return { headers: { 'x-amz-target': `${model.target}.${name}` } }
  if (http === undefined) return { headers: FORM, body: `Action=${name}&Version=${model.version}` }
  const [path = '', query = ''] = http.uri.split('?')
  const marked = model.service === 's3control' ? { headers: { 'x-amz-account-id': '111111111111' } } : {}
  return { method: http.method, path: path.replace(/\{[^}]+\}/g, 'x'), query, ...marked }
}

const UNIQUE = Object.keys(MODELS).filter((service) => service !== 's3')

describe.each(UNIQUE)('%s', (service) => {
  const model = loadModel(service)
  const operations = Object.values(model.operations)

  test.each(operations)('$name is itself by the scope', (operation) => {
    const named = nameCall(message(bare(model, operation)), { service: model.signingName, region: 'us-east-1' })
    expect([named.service, named.operation?.name]).toEqual([service, operation.name])
  })

  test.each(operations)('$name is itself by the host', (operation) => {
    const host = `${MODELS[service]?.hosts[0]}.us-east-1.amazonaws.com`
    const parts = bare(model, operation)
    const named = nameCall(message({ ...parts, headers: { ...parts.headers, host } }))
    expect([named.service, named.operation?.name]).toEqual([service, operation.name])
  })
})

describe('without scope or host', () => {
  // Account Management's paths look like buckets
  const telling = UNIQUE.filter((service) => service !== 'accessanalyzer' && service !== 'account')
  test.each(telling)('every operation of %s is itself', (service) => {
    const model = loadModel(service)
    for (const operation of Object.values(model.operations)) {
      const named = nameCall(message(bare(model, operation)))
      expect([named.service, named.operation?.name]).toEqual([service, operation.name])
    }
  })
})

const S3 = { service: 's3', region: 'us-east-1' }

describe('s3', () => {
  test.each([
    ['GET', '/', '', {}, 'ListBuckets', {}, 'no bucket'],
    ['GET', '/', 'x-id=ListDirectoryBuckets', {}, 'ListDirectoryBuckets', {}, 'the SDK says which'],
    ['GET', '/bk', '', {}, 'ListObjects', { Bucket: 'bk' }, 'no sub-resource'],
    [
      'GET',
      '/bk/',
      'list-type=2&prefix=a',
      {},
      'ListObjectsV2',
      { Bucket: 'bk' },
      'a slash after the bucket is no key',
    ],
    ['GET', '/bk', 'prefix=policy', {}, 'ListObjects', { Bucket: 'bk' }, 'a value is not a sub-resource'],
    ['GET', '/bk', 'policy', {}, 'GetBucketPolicy', { Bucket: 'bk' }, ''],
    ['GET', '/bk', 'policy=', {}, 'GetBucketPolicy', { Bucket: 'bk' }, 'with and without an equals sign'],
    ['GET', '/bk', 'policyStatus', {}, 'GetBucketPolicyStatus', { Bucket: 'bk' }, ''],
    ['GET', '/bk/', 'location', {}, 'GetBucketLocation', { Bucket: 'bk' }, 's3fs asks so'],
    ['GET', '/bk', 'uploads', {}, 'ListMultipartUploads', { Bucket: 'bk' }, ''],
    ['GET', '/bk', 'versions', {}, 'ListObjectVersions', { Bucket: 'bk' }, ''],
    ['GET', '/bk', 'analytics', {}, 'ListBucketAnalyticsConfigurations', { Bucket: 'bk' }, 'without id'],
    ['GET', '/bk', 'analytics&id=1', {}, 'GetBucketAnalyticsConfiguration', { Bucket: 'bk' }, 'with id'],
    ['GET', '/bk', 'uploadId=1', {}, 'ListObjects', { Bucket: 'bk' }, 'an upload belongs to a key'],
    ['HEAD', '/bk', '', {}, 'HeadBucket', { Bucket: 'bk' }, ''],
    ['PUT', '/bk', '', {}, 'CreateBucket', { Bucket: 'bk' }, ''],
    ['DELETE', '/bk', 'tagging', {}, 'DeleteBucketTagging', { Bucket: 'bk' }, ''],
    ['POST', '/bk', 'delete', {}, 'DeleteObjects', { Bucket: 'bk' }, ''],
    ['GET', '/bk/k', '', {}, 'GetObject', { Bucket: 'bk', Key: 'k' }, ''],
    ['GET', '/bk/k', 'versionId=null', {}, 'GetObject', { Bucket: 'bk', Key: 'k' }, 'a version is no sub-resource'],
    ['GET', '/bk/k', 'uploadId=1', {}, 'ListParts', { Bucket: 'bk', Key: 'k' }, ''],
    ['GET', '/bk/k', 'acl', {}, 'GetObjectAcl', { Bucket: 'bk', Key: 'k' }, ''],
    ['HEAD', '/bk/k', '', {}, 'HeadObject', { Bucket: 'bk', Key: 'k' }, ''],
    ['PUT', '/bk/k', '', {}, 'PutObject', { Bucket: 'bk', Key: 'k' }, ''],
    ['PUT', '/bk/k', '', { 'x-amz-copy-source': '/a/b' }, 'CopyObject', { Bucket: 'bk', Key: 'k' }, 'by a header'],
    ['PUT', '/bk/k', 'partNumber=1&uploadId=1', {}, 'UploadPart', { Bucket: 'bk', Key: 'k' }, ''],
    [
      'PUT',
      '/bk/k',
      'partNumber=1&uploadId=1',
      { 'x-amz-copy-source': 'a/b' },
      'UploadPartCopy',
      { Bucket: 'bk', Key: 'k' },
      '',
    ],
    ['POST', '/bk/k', 'uploads', {}, 'CreateMultipartUpload', { Bucket: 'bk', Key: 'k' }, ''],
    ['POST', '/bk/k', 'uploadId=1', {}, 'CompleteMultipartUpload', { Bucket: 'bk', Key: 'k' }, ''],
    ['DELETE', '/bk/k', 'uploadId=1', {}, 'AbortMultipartUpload', { Bucket: 'bk', Key: 'k' }, ''],
    ['DELETE', '/bk/k', '', {}, 'DeleteObject', { Bucket: 'bk', Key: 'k' }, ''],
    ['GET', '/bk//a/./b%2Fc+d', '', {}, 'GetObject', { Bucket: 'bk', Key: '/a/./b/c+d' }, 'keys are not normalised'],
    ['GET', '/bk/k', 'website', {}, undefined, { Bucket: 'bk', Key: 'k' }, 'a sub-resource of buckets only'],
    ['POST', '/bk/k', '', {}, undefined, { Bucket: 'bk', Key: 'k' }, 'nothing to post'],
    ['GET', '/k', '', { host: 'bk.localhost:4566' }, 'GetObject', { Bucket: 'bk', Key: 'k' }, 'virtual host'],
    ['GET', '/k', '', { host: 'my.bk.s3.eu-west-1.amazonaws.com' }, 'GetObject', { Bucket: 'my.bk', Key: 'k' }, 'dots'],
    ['GET', '/bk/k', '', { host: 's3.us-east-1.amazonaws.com' }, 'GetObject', { Bucket: 'bk', Key: 'k' }, 'path style'],
    ['GET', '/bk/k', '', { host: 's3.localhost' }, 'GetObject', { Bucket: 'bk', Key: 'k' }, 'S3 itself is no bucket'],
    ['GET', '/', '', { host: 'bk.aws.example.org' }, 'ListObjects', { Bucket: 'bk' }, 'a domain of the server'],
    ['GET', '/', '', { host: 'other.example.org' }, 'ListBuckets', {}, 'an unknown name is no bucket'],
  ] as const)('%s %s?%s %j is %s', (method, path, query, headers, operation, labels, _why) => {
    const named = nameCall(message({ method, path, query, headers }), S3, { domains: ['aws.example.org'] })
    expect(named.operation?.name).toBe(operation)
    expect(named.labels).toEqual(labels)
  })

  test('a browser form is a PutObject whose key is in the form', () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    const named = nameCall(message({ path: '/bk', headers }), S3)
    expect([named.operation?.name, named.form]).toEqual(['PutObject', true])
  })

  test('S3 Control is signed as S3 and is another service', () => {
    const headers = { 'x-amz-account-id': '111111111111' }
    const named = nameCall(message({ method: 'GET', path: '/v20180820/configuration/publicAccessBlock', headers }), S3)
    expect([named.service, named.protocol, named.operation?.name]).toEqual([
      's3control',
      'restXml',
      'GetPublicAccessBlock',
    ])
  })
})

const scope = (service: string) => ({ service, region: 'us-east-1' })

describe('the rest of it', () => {
  test.each([
    ['sts', { headers: FORM, body: 'Version=2011-06-15&Action=Nope' }, 'sts', 'awsQuery', 'Nope'],
    ['iam', { method: 'GET', query: 'Action=ListUsers&Version=2009-01-01' }, 'iam', 'awsQuery', 'ListUsers'],
    ['sts', { headers: FORM, body: 'Action=GetCallerIdentity' }, 'sts', 'awsQuery', 'GetCallerIdentity'],
    [
      'organizations',
      { headers: { 'x-amz-target': 'AWSOrganizationsV20161128.Nope' } },
      'organizations',
      'awsJson1_1',
      'Nope',
    ],
    [
      'organizations',
      { headers: { 'x-amz-target': 'Other.ListAccounts' } },
      'organizations',
      'awsJson1_1',
      'ListAccounts',
    ],
    ['lambda', { method: 'GET', path: '/2015-03-31/nothing' }, 'lambda', 'restJson1', undefined],
    [
      'dynamodb',
      { headers: { 'x-amz-target': 'DynamoDB_20120810.GetItem', 'content-type': 'application/x-amz-json-1.0' } },
      'dynamodb',
      'awsJson1_0',
      'GetItem',
    ],
    [
      '__proto__',
      { headers: FORM, body: 'Action=constructor&Version=__proto__' },
      '__proto__',
      'awsQuery',
      'constructor',
    ],
    ['iam', { headers: FORM, body: 'Action=__proto__&Version=2010-05-08' }, 'iam', 'awsQuery', '__proto__'],
  ] as const)('%s %j has no operation', (service, parts, expected, protocol, asked) => {
    const named = nameCall(message(parts), scope(service))
    expect([named.service, named.protocol, named.asked, named.operation]).toEqual([
      expected,
      protocol,
      asked,
      undefined,
    ])
  })

  test.each([
    [
      'sso',
      { headers: { 'x-amz-target': 'SWBExternalService.ListInstances' } },
      'sso-admin',
      'ListInstances',
      'shares its scope',
    ],
    ['sso', { method: 'GET', path: '/assignment/accounts' }, 'sso', 'ListAccounts', 'with the portal'],
    [
      'cloudtrail',
      { headers: { 'x-amz-target': 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListTrails' } },
      'cloudtrail',
      'ListTrails',
      'botocore',
    ],
    [
      'monitoring',
      { headers: FORM, body: 'Action=ListMetrics&Version=2010-08-01' },
      'cloudwatch',
      'ListMetrics',
      'CLI 2.9',
    ],
    [
      'monitoring',
      {
        path: '/service/GraniteServiceVersion20100801/operation/ListMetrics',
        headers: { 'smithy-protocol': 'rpc-v2-cbor' },
      },
      'cloudwatch',
      'ListMetrics',
      'Go',
    ],
    [
      'sqs',
      { path: '/111111111111/q', headers: FORM, body: 'Action=SendMessage&Version=2012-11-05' },
      'sqs',
      'SendMessage',
      'to the queue itself',
    ],
    [
      'ec2',
      { headers: FORM, body: 'Action=DescribeRegions&Version=2014-10-01' },
      'ec2',
      'DescribeRegions',
      'an older client',
    ],
  ] as const)('%s %j is %s %s', (service, parts, expected, operation, _why) => {
    const named = nameCall(message(parts), scope(service))
    expect([named.service, named.operation?.name]).toEqual([expected, operation])
  })

  test.each([
    ['us-east-1.queue.amazonaws.com', 'sqs'],
    ['sts-fips.us-east-1.amazonaws.com', 'sts'],
    ['iam.amazonaws.com', 'iam'],
    ['portal.sso.eu-west-1.amazonaws.com', 'sso'],
    ['oidc.eu-west-1.amazonaws.com', 'sso-oidc'],
    ['sso.eu-west-1.amazonaws.com', 'sso-admin'],
    ['lambda.us-east-1.api.aws', 'lambda'],
    ['bk.s3.dualstack.us-west-2.amazonaws.com', 's3'],
    ['s3-us-west-2.amazonaws.com', 's3'],
    ['bk.localhost:4566', 's3'],
    ['sts.localhost', 'sts'],
  ])('the host %s is %s', (host, service) => {
    expect(nameCall(message({ method: 'GET', headers: { host } })).service).toBe(service)
  })
})
