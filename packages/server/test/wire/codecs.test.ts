/** The details of each protocol that clients trip over. */
import { describe, expect, test } from 'vitest'
import { Refusal } from '../../src/refusal.ts'
import { CODECS } from '../../src/wire/codecs.ts'
import { dialectOf, wireRefusal } from '../../src/wire/dialect.ts'
import { loadModel } from '../../src/wire/models.ts'
import { escapeXml, parseXml } from '../../src/wire/xml.ts'
import type { Message } from '../../src/wire/message.ts'
import type { ProtocolName } from '../../src/wire/model.ts'

const MARKS = { requestId: '7f0c1d3e-0000-4000-8000-000000000001', hostId: 'host' }

function read(
  service: string,
  operation: string,
  parts: Partial<Omit<Message, 'body'>> & { body?: string },
  protocol?: ProtocolName,
) {
  const model = loadModel(service)
  const found = model.operations[operation]
  if (!found) throw new Error(`${service} has no ${operation}`)
  const ground = { method: 'POST', path: '/', query: '', headers: {}, source: { ip: '::1', tls: false } }
  const message = { ...ground, ...parts, body: new Uint8Array(Buffer.from(parts.body ?? '')) }
  return CODECS[protocol ?? model.protocols[0] ?? 'awsQuery'].readInput(model, found, message)
}

function write(service: string, operation: string, output: Record<string, unknown>) {
  const model = loadModel(service)
  const found = model.operations[operation]
  if (!found) throw new Error(`${service} has no ${operation}`)
  return CODECS[model.protocols[0] ?? 'awsQuery'].writeOutput(model, found, output, MARKS)
}

function refuse(service: string, refusal: Refusal, protocol?: ProtocolName) {
  const model = loadModel(service)
  const spoken = protocol ?? model.protocols[0] ?? 'awsQuery'
  return CODECS[spoken].writeRefusal(model, wireRefusal(service, refusal, model, spoken), MARKS)
}

describe('awsQuery', () => {
  test.each([
    ['Tags.member.1.Key=a&Tags.member.1.Value=b', [{ Key: 'a', Value: 'b' }], 'as the protocol says'],
    ['Tags.1.Key=a&Tags.1.Value=b', [{ Key: 'a', Value: 'b' }], 'flat'],
    [
      'Tags.member.10.Key=b&Tags.member.10.Value=&Tags.member.2.Key=a&Tags.member.2.Value=',
      [
        { Key: 'a', Value: '' },
        { Key: 'b', Value: '' },
      ],
      'by number, gaps and all',
    ],
    ['Tags=', [], 'an empty list'],
    ['Tags.member.x.Key=a', undefined, 'no number'],
  ])('%s is %j', (query, expected, _why) => {
    expect(
      read('iam', 'CreateUser', { body: `Action=CreateUser&Version=2010-05-08&UserName=u&${query}&Nope=1` }),
    ).toEqual({
      UserName: 'u',
      ...(expected && { Tags: expected }),
    })
  })

  test('a map is entries with keys and values', () => {
    const body = 'Name=t&Attributes.entry.1.key=__proto__&Attributes.entry.1.value=x'
    const { Attributes } = read('sns', 'CreateTopic', { body })
    expect(Object.entries(Attributes as object)).toEqual([['__proto__', 'x']])
    expect(Object.getPrototypeOf(Attributes)).toBe(Object.prototype)
  })

  test('parameters come in the query string too', () => {
    expect(read('iam', 'GetRole', { method: 'GET', query: 'Action=GetRole&RoleName=a%2Bb' })).toEqual({
      RoleName: 'a+b',
    })
  })

  test('an operation without output answers metadata alone', () => {
    expect(write('iam', 'DeleteRole', {}).body).toBe(
      `<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>${MARKS.requestId}</RequestId></ResponseMetadata></DeleteRoleResponse>\n`,
    )
  })

  test('timestamps are without milliseconds and empty lists are there', () => {
    const { body } = write('iam', 'GetRole', { Role: { CreateDate: new Date('2026-01-02T03:04:05.678Z'), Tags: [] } })
    expect(body).toContain('<CreateDate>2026-01-02T03:04:05Z</CreateDate><Tags/>')
  })

  test('a refusal has the code of the wire, not of the shape', () => {
    const { status, body } = refuse('iam', new Refusal('EntityAlreadyExists', 'taken'))
    expect(status).toBe(409)
    expect(body).toContain('<Error><Type>Sender</Type><Code>EntityAlreadyExists</Code><Message>taken</Message></Error>')
  })
})

describe('ec2Query', () => {
  test('the request id comes first and names are lower camel', () => {
    const { headers, body } = write('ec2', 'DescribeRegions', { Regions: [{ RegionName: 'us-east-1' }] })
    expect(headers['content-type']).toBe('text/xml;charset=UTF-8')
    expect(body).toContain(
      `<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${MARKS.requestId}</requestId><regionInfo><item><regionName>us-east-1</regionName></item></regionInfo>`,
    )
  })

  test('an operation without output says that it is done', () => {
    expect(write('ec2', 'CreateTags', {}).body).toContain('<return>true</return>')
  })

  test('its refusals have their own envelope', () => {
    const { status, body } = refuse('ec2', new Refusal('denied', 'no'))
    expect(status).toBe(403)
    expect(body).toContain(
      `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>${MARKS.requestId}</RequestID></Response>`,
    )
  })
})

describe('awsJson', () => {
  test.each([
    ['{', '', 'not JSON'],
    ['[]', 'Unexpected list', 'a list'],
    ['{"AccountId":1}', 'NUMBER_VALUE can not be converted to a String', ''],
    ['{"AccountId":true}', 'TRUE_VALUE can not be converted to a String', ''],
    ['{"AccountId":{}}', 'Start of structure or map found where not expected.', ''],
    ['{"AccountId":[]}', 'Start of list found where not expected', ''],
    ['\xff', '', 'not UTF-8 is not JSON either'],
  ])('%j is malformed', (body, message, _why) => {
    expect(() => read('organizations', 'DescribeAccount', { body })).toThrow(
      expect.objectContaining({ code: 'malformed', message: expect.stringContaining(message) }),
    )
  })

  test('null is absent and an unknown member is ignored', () => {
    expect(read('organizations', 'ListAccounts', { body: '{"MaxResults":null,"Nope":1,"__proto__":{"x":1}}' })).toEqual(
      {},
    )
  })

  test('an empty body is an empty input', () => {
    expect(read('organizations', 'ListAccounts', {})).toEqual({})
  })

  test.each([
    ['organizations', { __type: 'AccountNotFoundException', Message: 'gone' }, 'Message, as the shape has it'],
    ['identitystore', { __type: 'AccountNotFoundException', message: 'gone' }, 'message where there is no shape'],
  ])('%s tells its message its own way', (service, expected, _why) => {
    const refusal = new Refusal('AccountNotFoundException' as never, 'gone')
    const { status, headers, body } = refuse(service, refusal)
    expect([status, JSON.parse(String(body))]).toEqual([400, expected])
    expect(headers['content-type']).toBe('application/x-amz-json-1.1')
  })

  test('a service that spoke awsQuery still tells its old code', () => {
    const { headers, body } = refuse('sqs', new Refusal('QueueDoesNotExist' as never, 'no such queue'))
    expect(headers['x-amzn-query-error']).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender')
    expect(JSON.parse(String(body))).toMatchObject({ __type: 'com.amazonaws.sqs#QueueDoesNotExist' })
  })

  test('timestamps are seconds with milliseconds', () => {
    const { body } = write('organizations', 'DescribeAccount', { Account: { JoinedTimestamp: new Date(1_234_567) } })
    expect(body).toBe('{"Account":{"JoinedTimestamp":1234.567}}')
  })
})

describe('restJson1', () => {
  test('Lambda says whose fault it is', () => {
    const { status, headers, body } = refuse(
      'lambda',
      new Refusal('ResourceNotFoundException' as never, 'Function not found'),
    )
    expect([status, headers['x-amzn-errortype']]).toEqual([404, 'ResourceNotFoundException'])
    expect(JSON.parse(String(body))).toEqual({ Type: 'User', Message: 'Function not found' })
  })

  test('a denial has no shape, hence no Type, and a capital Message', () => {
    const { status, headers, body } = refuse('lambda', new Refusal('denied', 'User: x is not authorized'))
    expect([status, headers['x-amzn-errortype']]).toEqual([403, 'AccessDeniedException'])
    expect(JSON.parse(String(body))).toEqual({ Message: 'User: x is not authorized' })
  })

  test('SSO-OIDC answers as OAuth does', () => {
    const { status, headers, body } = refuse('sso-oidc', new Refusal('AuthorizationPendingException' as never, 'wait'))
    expect([status, headers['x-amzn-errortype']]).toEqual([400, 'AuthorizationPendingException'])
    expect(JSON.parse(String(body))).toEqual({ error: 'authorization_pending', error_description: 'wait' })
  })

  test('labels are decoded, ARNs and all', () => {
    const path = '/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A111111111111%3Afunction%3Af/'
    expect(read('lambda', 'GetFunction', { method: 'GET', path })).toEqual({
      FunctionName: 'arn:aws:lambda:us-east-1:111111111111:function:f',
    })
  })

  test('a query value that repeats is a list', () => {
    const query = 'tagKeys=a&tagKeys=b%20c'
    const path = '/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A111111111111%3Afunction%3Af'
    expect(read('lambda', 'UntagResource', { method: 'DELETE', path, query })).toMatchObject({ TagKeys: ['a', 'b c'] })
  })
})

describe('restXml', () => {
  test('GetBucketLocation is unwrapped', () => {
    expect(write('s3', 'GetBucketLocation', { LocationConstraint: 'eu-west-1' }).body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>',
    )
    expect(write('s3', 'GetBucketLocation', {}).body).toContain(
      '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>',
    )
  })

  test('an empty configuration is an empty element', () => {
    expect(write('s3', 'GetBucketVersioning', {}).body).toContain(
      '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>',
    )
  })

  test('a grantee has its type as an attribute', () => {
    const grant = { Grantee: { Type: 'CanonicalUser', ID: 'x' }, Permission: 'READ' }
    expect(write('s3', 'GetBucketAcl', { Grants: [grant] }).body).toContain(
      '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>x</ID></Grantee>',
    )
  })

  test('an answer to HEAD has headers alone, and a part of an object is a 206', () => {
    const head = write('s3', 'HeadObject', { ContentLength: 5, ETag: '"x"', Metadata: { A: 'é', 'b\r\nc': 'd\r\ne' } })
    expect(head.body).toBeUndefined()
    expect(head.headers).toMatchObject({ 'content-length': '5', etag: '"x"', 'x-amz-meta-a': '=?UTF-8?B?w6k=?=' })
    for (const [name, value] of Object.entries(head.headers)) expect(`${name}${value}`).not.toMatch(/[\r\n]/)
    expect(write('s3', 'GetObject', { ContentRange: 'bytes 0-1/5', Body: new Uint8Array(2) }).status).toBe(206)
  })

  test('a refusal has its details between message and ids', () => {
    const { headers, body } = refuse(
      's3',
      new Refusal('NoSuchKey' as never, 'The specified key does not exist.', { Key: 'a<b' }),
    )
    expect(body).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&lt;b</Key><RequestId>${MARKS.requestId}</RequestId><HostId>host</HostId></Error>`,
    )
    expect(headers).toEqual({
      'x-amz-request-id': MARKS.requestId,
      'x-amz-id-2': 'host',
      'content-type': 'application/xml',
    })
  })

  test('streams pass through untouched', () => {
    const stream = (async function* () {
      yield Uint8Array.of(1)
    })()
    expect(write('s3', 'GetObject', { Body: stream }).body).toBe(stream)
  })

  test.each([
    ['<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>', 'no namespace'],
    [
      '<s:Tagging xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/"><s:TagSet><s:Tag><s:Key>a</s:Key><s:Value>1</s:Value></s:Tag></s:TagSet></s:Tagging>',
      'a prefix',
    ],
    [
      '<?xml version="1.0"?><!-- c --><Tagging>\n <TagSet><Tag><Value><![CDATA[1]]></Value><Key>&#97;</Key></Tag></TagSet></Tagging>\n',
      'whatever XML allows',
    ],
  ])('%s reads the same', (body) => {
    expect(read('s3', 'PutBucketTagging', { method: 'PUT', path: '/bk', query: 'tagging', body })).toMatchObject({
      Bucket: 'bk',
      Tagging: { TagSet: [{ Key: 'a', Value: '1' }] },
    })
  })
})

describe('XML', () => {
  test.each([
    '',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    'x<a/>',
    '<a>&nope;</a>',
    '<a>&#0;</a>',
    '<a b=c/>',
    '<a>&amp</a>',
    '<!DOCTYPE a><a/>',
  ])('%j is malformed', (text) => expect(() => parseXml(text)).toThrow(Refusal))

  test.each([
    ['a<b>&"c"', 'a&lt;b&gt;&amp;&quot;c&quot;'],
    ['\0\x08\ud800\udc00\ud800x\uffff', '\ufffd\ufffd\ud800\udc00\ufffdx\ufffd'],
    ['a\r\n\tb', 'a&#xD;\n\tb'],
  ])('%j is written %j', (text, expected) => {
    expect(escapeXml(text)).toBe(expected)
  })
})

describe('dialects', () => {
  test.each([
    ['sts', 'unknownKey', 'InvalidClientTokenId', 403],
    ['iam', 'denied', 'AccessDenied', 403],
    ['iam', 'expiredToken', 'ExpiredToken', 403],
    ['organizations', 'denied', 'AccessDeniedException', 400],
    ['organizations', 'invalid', 'InvalidInputException', 400],
    ['organizations', 'expiredToken', 'ExpiredTokenException', 403],
    ['cloudtrail', 'unknownOperation', 'UnknownOperationException', 400],
    ['lambda', 'denied', 'AccessDeniedException', 403],
    ['s3', 'skewed', 'RequestTimeTooSkewed', 403],
    ['s3', 'expiredToken', 'ExpiredToken', 400],
    ['s3', 'notBuilt', 'NotImplemented', 501],
    ['ec2', 'unknownKey', 'AuthFailure', 401],
    ['ec2', 'expiredToken', 'RequestExpired', 400],
    ['no-such-service', 'notBuilt', 'UnknownOperationException', 404],
    ['constructor', 'denied', 'AccessDeniedException', 403],
  ] as const)('%s says of %s: %s', (service, concept, code, status) => {
    expect(dialectOf(service)[concept]).toMatchObject({ code, status })
  })

  test('a refusal with words of its own keeps them', () => {
    expect(wireRefusal('iam', new Refusal('denied', 'User x may not')).message).toBe('User x may not')
    expect(wireRefusal('s3', new Refusal('denied'), loadModel('s3')).message).toBe('Access Denied')
  })
})
