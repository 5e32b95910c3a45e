/** Whatever comes over the socket: the server answers 4xx in the protocol's own shape, stays up, and lets nobody in. */

import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { SERVICES } from '../src/services/index.ts'
import { loadModel } from '../src/wire/models.ts'
import { client, MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { form, overSocket, send, WHO_AM_I, type RawAnswer, type RawCall } from './raw.ts'

const SEED = Number(process.env['SEED'] ?? 20_260_102)
const MIB = 1024 * 1024

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterEach(async () => {
  const { Account } = await client(STSClient, server).send(new GetCallerIdentityCommand({}))
  expect(Account).toBe(MANAGEMENT)
  expect(server.bugs.splice(0)).toEqual([])
})
afterAll(() => server.close())

/** The answer of a call that may be cut off: a closed socket is an answer too. */
async function answerTo(call: RawCall): Promise<RawAnswer | undefined> {
  return send(server, call).catch((error: NodeJS.ErrnoException) => {
    if (
      ['ECONNRESET', 'EPIPE', 'ERR_INVALID_CHAR', 'ERR_UNESCAPED_CHARACTERS', 'HPE_INVALID_CONSTANT'].includes(
        error.code ?? '',
      )
    )
      return undefined
    throw error
  })
}

const ENVELOPES: Readonly<Record<string, RegExp>> = {
  xml: /<Error>[\s\S]*<Code>[\s\S]+<\/Code>/,
  json: /^\{/,
}

/** 4xx in an envelope, or S3's 501; 2xx only for who signed. */
function check(answer: RawAnswer | undefined, { keys, method }: RawCall): void {
  if (answer === undefined) return
  const { status, headers, body } = answer
  const unbuilt = status === 501 && (method === 'HEAD' || body.includes('<Code>NotImplemented</Code>'))
  expect(status < 500 || unbuilt ? '' : `${status} ${body}`).toBe('')
  if (status < 300) {
    expect(keys).not.toBe(null)
    return
  }
  if (method === 'HEAD' || status === 304 || body === '') return
  const kind = (headers['content-type'] ?? '').includes('json') ? 'json' : 'xml'
  expect(`${status} ${headers['content-type']}: ${body}`).toMatch(
    new RegExp((ENVELOPES[kind]?.source ?? '').replace('^', ': ')),
  )
}

async function probe(call: RawCall): Promise<RawAnswer | undefined> {
  const answer = await answerTo(call)
  check(answer, call)
  return answer
}

const nasty = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  '\0',
  '\ud800',
  '<',
  '&',
  '%',
  '%zz',
  '%00',
  '%c0%af',
  "' OR 1=1 --",
  '../../etc/passwd',
  '${jndi:x}',
  '\r\nX-Injected: 1',
  '𝒳',
  '-1',
  '1e309',
  'NaN',
  '[]',
  '{}',
  'null',
)
const word = fc.oneof(nasty, fc.string(), fc.string({ unit: 'binary', maxLength: 20 }))
const encoded = word.map((text) => (text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80'))
/** As a query is signed: JavaScript leaves some marks as they are. */
const strict = (text: string) =>
  text.replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
const header = word.map((text) => text.replaceAll(/[^\t\x20-\x7e]/g, '?'))

const NAMES = [...SERVICES.values()].flatMap(({ name, operations }) =>
  [...operations.keys()].map((operation) => [name, operation] as const),
)
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, -1, 1e300, 'x'),
    word,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(word, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value

/** A call of a built operation, with its own members' names and nonsense in them. */
const calls: fc.Arbitrary<RawCall> = fc.constantFrom(...NAMES).chain(([service, operation]): fc.Arbitrary<RawCall> => {
  const model = loadModel(service)
  const about = model.operations[operation]
  const shape = model.shapes[about?.input ?? '']
  const members = shape !== undefined && 'members' in shape ? Object.keys(shape.members) : []
  const name = fc.oneof(fc.constantFrom('__proto__', 'x', ...members), word)
  const [protocol] = model.protocols
  const scope = { service: model.signingName }
  if (protocol === 'awsJson1_1') {
    return fc.dictionary(name, json, { maxKeys: 5, noNullPrototype: true }).map((input) => ({
      ...scope,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${model.target}.${operation}` },
      body: JSON.stringify(input),
    }))
  }
  if (protocol === 'awsQuery' || protocol === 'ec2Query') {
    const suffix = fc.constantFrom(
      '',
      '.1',
      '.member.1',
      '.member.1.Key',
      '.entry.1.value',
      '.999999999',
      '.x'.repeat(40),
    )
    const pair = fc
      .tuple(name, suffix, encoded)
      .map(([key, rest, value]) => `${encodeURIComponent(key.toWellFormed())}${rest}=${value}`)
    return fc.array(pair, { maxLength: 6 }).map((pairs) => ({
      ...scope,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: [`Action=${operation}`, `Version=${model.version}`, ...pairs].join('&'),
    }))
  }
  const { method = 'POST', uri = '/' } = about?.http ?? {}
  const path = fc
    .array(
      encoded.map((text) => text.replaceAll('%', '%25')),
      { minLength: 3, maxLength: 3 },
    )
    .map((parts) => uri.split('?')[0]?.replaceAll(/\{[^}]*\}/g, () => parts.pop() || 'x') ?? '/')
  const body = fc.oneof(
    word,
    fc.dictionary(name, json, { maxKeys: 5, noNullPrototype: true }).map((input) => JSON.stringify(input)),
    fc.tuple(name, word).map(([tag, inner]) => `<R><${tag}>${inner}</${tag}></R>`),
  )
  return fc.tuple(path, body, fc.array(fc.tuple(encoded, encoded), { maxLength: 2 })).map(([at, text, pairs]) => ({
    ...scope,
    method,
    path: at,
    query: pairs
      .filter(([key]) => key !== '')
      .map(([key, value]) => `${strict(key)}=${strict(value)}`)
      .join('&'),
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: text.toWellFormed() }),
  }))
})

const run = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number, predicate: (value: T) => Promise<void>) =>
  fc.assert(fc.asyncProperty(arbitrary, predicate), { numRuns, seed: SEED })

describe(`any call (SEED=${SEED})`, () => {
  test('of an operation with nonsense for input, signed', async () => {
    let unproved = 0
    await run(calls, 1500, async (call) => {
      const { body = '' } = (await probe(call)) ?? {}
      if (/SignatureDoesNotMatch|InvalidSignatureException|AuthFailure/.test(body)) unproved += 1
    })
    // the nonsense is meant to get past the signature
    expect(unproved).toBeLessThan(50)
  }, 20_000)

  test(
    'of an operation with nonsense for input, unsigned',
    () => run(calls, 300, async (call) => void (await probe({ ...call, keys: null }))),
    20_000,
  )

  test('with headers of nonsense', () => {
    const names = fc.constantFrom(
      'x-amz-target',
      'content-type',
      'x-amz-acl',
      'x-amz-date',
      'authorization',
      'x-amz-security-token',
      'range',
      'x-amz-content-sha256',
      'content-encoding',
      'x-amz-decoded-content-length',
      'x-amz-copy-source',
      '__proto__',
      'constructor',
      'x-amz-meta-__proto__',
      'host',
      'accept',
      'if-match',
      'content-md5',
      'smithy-protocol',
    )
    const services = fc.constantFrom('sts', 'iam', 's3', 'ec2', 'lambda', 'organizations')
    return run(
      fc.tuple(
        services,
        fc.dictionary(names, header, { maxKeys: 4 }),
        fc.constantFrom('GET', 'PUT', 'POST', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'),
        fc.boolean(),
      ),
      600,
      async ([service, headers, method, signed]) => {
        await probe({ service, method, headers, path: '/bucket/key', ...(signed ? {} : { keys: null }) })
      },
    )
  }, 20_000)

  test('with signatures of nonsense', () => {
    const scheme = fc.constantFrom('AWS4-HMAC-SHA256 ', 'AWS4-ECDSA-P256-SHA256 ', 'AWS ', 'Bearer ', 'Basic ', '')
    const parts = fc.array(
      fc
        .tuple(
          fc.constantFrom('Credential', 'SignedHeaders', 'Signature', 'X'),
          fc.oneof(
            header,
            fc.constant('AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/sts/aws4_request'),
            fc.constant('host;x-amz-date'),
            fc.constant('0'.repeat(64)),
          ),
        )
        .map(([name, value]) => `${name}=${value}`),
      { maxLength: 5 },
    )
    return run(fc.tuple(scheme, parts), 400, async ([start, list]) => {
      await probe({ ...WHO_AM_I, keys: null, headers: { ...WHO_AM_I.headers, authorization: start + list.join(', ') } })
    })
  }, 20_000)
})

describe('bodies', () => {
  const deep = (open: string, close: string, times: number) => open.repeat(times) + close.repeat(times)
  const organizations = (body: string): RawCall => ({
    service: 'organizations',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSOrganizationsV20161128.CreateAccount',
    },
    body,
  })
  const s3 = (body: string): RawCall => ({
    service: 's3',
    path: '/fuzz-bucket',
    query: 'delete=',
    headers: { 'content-type': 'application/xml' },
    body,
  })
  const bucket = (body: string): RawCall => ({
    service: 's3',
    method: 'PUT',
    path: '/fuzz-bucket',
    headers: { 'content-type': 'application/xml' },
    body,
  })
  const iam = (body: string): RawCall => ({
    service: 'iam',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `Version=2010-05-08&${body}`,
  })

  const BODIES: readonly [string, RawCall][] = [
    ['JSON a hundred thousand lists deep', organizations(deep('[', ']', 100_000))],
    ['JSON a hundred thousand objects deep', organizations(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)],
    [
      'JSON with __proto__',
      organizations('{"__proto__":{"Email":"a@b.c","AccountName":"x"},"constructor":{"prototype":{}}}'),
    ],
    ['JSON that is cut off', organizations('{"Email":"a@b.c","Accou')],
    ['JSON that is a number', organizations('1')],
    ['JSON in UTF-16', { ...organizations(''), body: Buffer.from('{"Email":"a"}', 'utf16le') }],
    ['JSON with numbers for texts', organizations('{"Email":1,"AccountName":[],"Tags":"x"}')],
    [
      'bytes that are no UTF-8',
      { ...organizations(''), body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) },
    ],
    [
      'XML with a document type',
      bucket(
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><CreateBucketConfiguration>&x;</CreateBucketConfiguration>',
      ),
    ],
    [
      'XML that laughs',
      s3(
        `<!DOCTYPE a [<!ENTITY a "aaaa">${Array.from({ length: 20 }, (_, at) => `<!ENTITY a${at} "&a;&a;&a;&a;">`).join('')}]><Delete>&a19;</Delete>`,
      ),
    ],
    ['XML a hundred thousand deep', s3(deep('<a>', '</a>', 100_000))],
    ['XML that is cut off', s3('<Delete><Object><Key>a</Key></Obj')],
    ['XML with an unknown entity', s3('<Delete><Object><Key>&nothing;</Key></Object></Delete>')],
    ['no XML', s3('Delete')],
    ['a form of three hundred thousand pairs', iam(`Action=ListUsers${'&a=1'.repeat(220_000)}`)],
    ['a form name of a million dots', iam(`Action=CreateUser&${'Tags.'.repeat(150_000)}=1`)],
    ['a form with a list of 2^53', iam('Action=CreateUser&UserName=x&Tags.member.9007199254740993.Key=a')],
    ['a form with bad escapes', iam('Action=GetUser&UserName=%zz%')],
    ['a form with __proto__', iam('Action=GetUser&__proto__.polluted=1&constructor.prototype.polluted=1')],
    ['an action twice', iam('Action=GetUser&Action=ListUsers')],
    ['an action of __proto__', iam('Action=__proto__')],
    ['an action of constructor', iam('Action=constructor')],
    [
      'a policy a hundred thousand deep',
      iam(
        `Action=CreatePolicy&PolicyName=deep&PolicyDocument=${encodeURIComponent(`{"Statement":${deep('[', ']', 40_000)}}`)}`,
      ),
    ],
    [
      'a trust policy with __proto__',
      iam(
        `Action=CreateRole&RoleName=proto&AssumeRolePolicyDocument=${encodeURIComponent('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"__proto__":"*"}}}')}`,
      ),
    ],
  ]
  test.each(BODIES)('%s', async (_what, call) => {
    const start = performance.now()
    for (const one of [call, { ...call, keys: null }]) await probe(one)
    expect(performance.now() - start).toBeLessThan(2500)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test.each([
    ['sts', 413],
    ['iam', 413],
    ['organizations', 413],
    ['ec2', 413],
  ])('over the limit of %s are refused with their length said, and without it', async (service, status) => {
    const big = 'x'.repeat(2 * MIB)
    const told = await probe({ service, ...form({ Action: 'X' }), bodySent: big })
    if (told !== undefined) expect(told.status).toBe(status)
    const chunk = `${MIB.toString(16)}\r\n${'x'.repeat(MIB)}\r\n`
    const answer = await overSocket(
      server,
      [
        `POST / HTTP/1.1\r\nHost: ${service}.us-east-1.amazonaws.com\r\nTransfer-Encoding: chunked\r\n\r\n`,
        chunk,
        chunk,
        chunk,
      ],
      1000,
    )
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  })
})

describe('on a bare socket', () => {
  const start = 'POST / HTTP/1.1\r\nHost: sts.amazonaws.com\r\n'
  const BYTES: readonly [string, readonly (string | Uint8Array)[]][] = [
    ['nothing', []],
    ['half a request line', ['POS']],
    ['half a head', [start]],
    ['a body that never comes', [`${start}Content-Length: 100\r\n\r\nhalf`]],
    ['no HTTP', ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']],
    ['two lengths', [`${start}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`]],
    ['a length and chunks', [`${start}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`]],
    ['a length below zero', [`${start}Content-Length: -1\r\n\r\n`]],
    ['a chunk that is no number', [`${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`]],
    ['five thousand headers', [`${start}${Array.from({ length: 5000 }, (_, at) => `X-${at}: 1\r\n`).join('')}\r\n`]],
    ['a header of a megabyte', [`${start}X: ${'x'.repeat(MIB)}\r\n\r\n`]],
    ['a path of a megabyte', [`GET /${'x'.repeat(MIB)} HTTP/1.1\r\nHost: a\r\n\r\n`]],
    ['no host', ['GET / HTTP/1.1\r\n\r\n']],
    ['two hosts', ['GET / HTTP/1.1\r\nHost: sts.amazonaws.com\r\nHost: iam.amazonaws.com\r\n\r\n']],
    ['a method that nobody has', ['BREW / HTTP/1.1\r\nHost: a\r\n\r\n']],
    ['a whole address for a path', ['GET http://169.254.169.254/latest HTTP/1.1\r\nHost: a\r\n\r\n']],
    ['CONNECT', ['CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n']],
    ['an upgrade', ['GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n']],
    ['a line that injects a header', ['GET /%0d%0aX-Injected:%201 HTTP/1.1\r\nHost: a\r\n\r\n']],
    ['bare line feeds', ['GET / HTTP/1.1\nHost: a\n\n']],
    ['HTTP/1.0', ['GET / HTTP/1.0\r\n\r\n']],
    ['two requests at once', [`${start}Content-Length: 0\r\n\r\n${start}Content-Length: 0\r\n\r\n`]],
    ['a body slowly', [`${start}Content-Length: 3\r\n\r\n`, 'a', 'b']],
  ]
  test.each(BYTES)('%s', async (_what, bytes) => {
    const answer = await overSocket(server, bytes, 100)
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 (?:4\d\d|501) /)
    const [head = ''] = answer.toLowerCase().split('\r\n\r\n')
    expect(head).not.toMatch(/^x-injected/m)
  })

  test(
    'random bytes',
    () =>
      run(fc.uint8Array({ minLength: 1, maxLength: 400 }), 40, async (bytes) => {
        const answer = await overSocket(server, [bytes, '\r\n\r\n'], 60)
        if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 (?:4\d\d|501) /)
      }),
    20_000,
  )

  test('a hundred connections that say nothing do not keep others waiting', async () => {
    const idle = Array.from({ length: 100 }, () => overSocket(server, [start], 600))
    const before = performance.now()
    await client(STSClient, server).send(new GetCallerIdentityCommand({}))
    expect(performance.now() - before).toBeLessThan(500)
    await Promise.all(idle)
  })
})
