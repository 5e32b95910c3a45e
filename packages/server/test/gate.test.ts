import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Agent, request } from 'node:http'
import { CreateUserCommand, GetUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, HeadBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { createServer, hostClock, memoryBlobs, memoryStore, systemRandom, type Store } from '../src/index.ts'
import { SERVICES } from '../src/services/index.ts'
import { Conflict } from '../src/store/store.ts'
import { loadModel, MODELS } from '../src/wire/models.ts'
import { client, MANAGEMENT, startServer, THREE_ACCOUNTS, type TestServer } from './harness.ts'
import { expectRefusal, iamOf } from './people.ts'
import { form, overSocket, send, type RawCall } from './raw.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

describe('lost races', () => {
  /** A store that says of the next `times` commits that another write came first. */
  function contested(): Store & { times: number } {
    const store = memoryStore()
    return {
      ...store,
      times: 0,
      async commit(commit) {
        this.times -= 1
        if (this.times >= 0) throw new Conflict([...commit.moves.keys()][0] ?? '')
        return store.commit(commit)
      },
    }
  }

  const TIMES = [
    [1, 'one race'],
    [3, 'three races'],
    [39, 'all but the last'],
  ] as const
  test.each(TIMES)('%i lost: the client sees one success', async (times, name) => {
    const store = contested()
    const racing = await startServer({ store })
    store.times = times
    const UserName = name.replaceAll(' ', '-')
    const { User } = await iamOf(racing).send(new CreateUserCommand({ UserName }))
    expect(User?.UserName).toBe(UserName)
    expect(
      (await store.audited({ limit: 100 })).records.filter(({ eventName }) => eventName === 'CreateUser'),
    ).toHaveLength(1)
    const { Users = [] } = await iamOf(racing).send(new ListUsersCommand({}))
    expect(Users.map((user) => user.UserName)).toEqual(['administrator', UserName])
    const s3 = client(S3Client, racing)
    store.times = times
    await expect(s3.send(new CreateBucketCommand({ Bucket: 'contested' }))).resolves.toBeDefined()
    expect(racing.bugs).toEqual([])
    await racing.close()
  })

  test('without an end: the client is told to come back, nothing is written, and the next call works', async () => {
    const store = contested()
    const racing = await startServer({ store })
    store.times = 100
    await expectRefusal(iamOf(racing).send(new CreateUserCommand({ UserName: 'late' })), 'ServiceUnavailable', /./, 503)
    store.times = 0
    await expectRefusal(iamOf(racing).send(new GetUserCommand({ UserName: 'late' })), 'NoSuchEntity')
    await expect(iamOf(racing).send(new CreateUserCommand({ UserName: 'late' }))).resolves.toBeDefined()
    await racing.close()
  })

  test('of two hundred who make one user, exactly one succeeds', async () => {
    const iam = iamOf(server)
    const calls = Array.from({ length: 200 }, () => iam.send(new CreateUserCommand({ UserName: 'only' })))
    const ends = await Promise.allSettled(calls)
    const refusals = ends.filter((end) => end.status === 'rejected')
    expect(refusals).toHaveLength(199)
    expect(new Set(refusals.map(({ reason }) => (reason as Error).name))).toEqual(
      new Set(['EntityAlreadyExistsException']),
    ) // the SDK rejects with errors
  })
})

describe('what is not there', () => {
  const BODIES: Readonly<Record<string, (service: string, operation: string) => RawCall>> = {
    awsQuery: (service, Action) => form({ Action, Version: loadModel(service).version }),
    ec2Query: (service, Action) => form({ Action, Version: loadModel(service).version }),
    awsJson1_0: (service, operation) => target(service, operation, '1.0'),
    awsJson1_1: (service, operation) => target(service, operation, '1.1'),
  }
  const target = (service: string, operation: string, version: string): RawCall => ({
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': `${loadModel(service).target}.${operation}`,
    },
    body: '{}',
  })
  const ROWS = Object.entries(MODELS).flatMap(
    ([
      service,
      {
        protocols: [protocol = ''],
      },
    ]) => {
      const built = SERVICES.get(service)?.operations
      const unbuilt = Object.keys(loadModel(service).operations).find((name) => built?.has(name) !== true)
      return BODIES[protocol] === undefined || unbuilt === undefined ? [] : [[service, protocol, unbuilt] as const]
    },
  )

  test.each(ROWS)(
    'in %s (%s): %s, which is not built, and one that nobody has, are refused with 4xx',
    async (service, protocol, unbuilt) => {
      const signed = { service: loadModel(service).signingName }
      const answer = await send(server, { ...signed, ...BODIES[protocol]?.(service, unbuilt) })
      expect(answer.status).toBe(400)
      expect(answer.body).toContain(`sallyport has not built ${service}:${unbuilt}`)
      expect(answer.body).toMatch(/InvalidAction|UnknownOperationException/)
      const nobody = await send(server, { ...signed, ...BODIES[protocol]?.(service, 'MakeCoffee') })
      expect(nobody.status).toBe(400)
      expect(nobody.body).toMatch(/InvalidAction|UnknownOperationException/)
    },
  )

  const REST: readonly [string, RawCall, number, RegExp][] = [
    [
      'a lambda path that is built by nobody',
      { service: 'lambda', method: 'GET', path: '/2015-03-31/nothing' },
      404,
      /UnknownOperationException/,
    ],
    [
      'a lambda operation that is not built',
      { service: 'lambda', method: 'GET', path: '/2015-03-31/event-source-mappings/' },
      404,
      /has not built lambda:/,
    ],
    [
      'an S3 operation that is not built',
      { service: 's3', method: 'GET', path: '/bucket/key', query: 'torrent=' },
      501,
      /NotImplemented/,
    ],
    [
      'a service that nobody has',
      { service: 'teapot', ...form({ Action: 'Brew', Version: '2020-01-01' }) },
      400,
      /InvalidAction/,
    ],
    [
      'a service that nobody has, in JSON',
      {
        service: 'teapot',
        headers: { 'x-amz-target': 'Teapot.Brew', 'content-type': 'application/x-amz-json-1.1' },
        body: '{}',
      },
      400,
      /UnknownOperationException/,
    ],
  ]
  test.each(REST)('%s', async (_what, call, status, body) => {
    const answer = await send(server, call)
    expect(answer.status).toBe(status)
    expect(`${answer.headers['x-amzn-errortype']}${answer.body}`).toMatch(body)
  })

  test('a query call without a version names the version that it lacks', async () => {
    const { status, body } = await send(server, { service: 'iam', ...form({ Action: 'ListUsers' }) })
    expect(status).toBe(400)
    expect(body).toContain('Could not find operation ListUsers for version NO_VERSION_SPECIFIED')
  })
})

describe('forms of a call', () => {
  test('a query call may come as GET', async () => {
    const query = 'Action=GetCallerIdentity&Version=2011-06-15'
    const { status, body } = await send(server, { method: 'GET', query })
    expect(status).toBe(200)
    expect(body).toContain(`<Account>${MANAGEMENT}</Account>`)
  })

  test('a call may be named by its host alone when it is not signed, and is refused in the words of that service', async () => {
    const hosts = [
      ['ec2.us-east-1.amazonaws.com', /<Response><Errors><Error><Code>MissingAuthenticationToken/],
      ['sts.amazonaws.com', /<Code>MissingAuthenticationToken<\/Code>/],
      ['organizations.us-east-1.amazonaws.com', /"MissingAuthenticationTokenException"/],
      ['lambda.eu-west-1.amazonaws.com', /Missing Authentication Token/],
      ['bucket.s3.amazonaws.com', /<Code>NoSuchBucket<\/Code>/],
    ] as const
    for (const [host, words] of hosts) {
      const { status, headers, body } = await send(server, { keys: null, method: 'GET', headers: { host } })
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
      expect(`${JSON.stringify(headers)}${body}`).toMatch(words)
    }
  })

  test('HEAD errors have no body, and their status says what is wrong', async () => {
    const { status, body, headers } = await send(server, {
      service: 's3',
      method: 'HEAD',
      path: '/no-such-bucket-here',
    })
    expect([status, body]).toEqual([404, ''])
    expect(headers['x-amz-request-id']).toBeDefined()
    const s3 = client(S3Client, server)
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'no-such-bucket-here' }))).rejects.toMatchObject({
      name: 'NotFound',
    })
    await s3.send(new CreateBucketCommand({ Bucket: 'heads' }))
    await expect(s3.send(new HeadObjectCommand({ Bucket: 'heads', Key: 'k' }))).rejects.toMatchObject({
      name: 'NotFound',
    })
  })

  test('the region is the one that the call is signed for', async () => {
    const { body } = await send(server, {
      service: 'ec2',
      region: 'eu-west-3',
      ...form({ Action: 'DescribeInstances', Version: '2016-11-15' }),
    })
    expect(body).toContain('<reservationSet')
    const [record] = (await server.world.store.audited({ limit: 1 })).records
    expect(record).toMatchObject({ awsRegion: 'eu-west-3', eventName: 'DescribeInstances' })
  })

  test('every answer has a request id, and its record has the same', async () => {
    const { $metadata } = await client(STSClient, server).send(new GetCallerIdentityCommand({}))
    const { records } = await server.world.store.audited({ requestId: $metadata.requestId ?? '', limit: 10 })
    expect(records.map(({ eventName }) => eventName)).toEqual(['GetCallerIdentity'])
  })
})

describe('connections', () => {
  test('survive a refusal whose body was read', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    const call = (body: string) =>
      new Promise<number>((resolve, reject) => {
        const outgoing = request(
          server.endpoint,
          { method: 'POST', agent, headers: { 'content-type': 'text/plain' } },
          (incoming) => {
            ports.add(incoming.socket.localPort)
            incoming.resume().on('end', () => resolve(incoming.statusCode ?? 0))
          },
        )
        outgoing.on('error', reject).end(body)
      })
    for (const body of ['a', 'b'.repeat(100_000), 'c']) expect(await call(body)).toBe(403)
    agent.destroy()
    expect(ports.size).toBe(1)
  })

  test('are closed, after the answer, where an upload was refused before it ended', async () => {
    const answer = await overSocket(server, [
      'PUT /no-such-bucket/k HTTP/1.1\r\nHost: s3.amazonaws.com\r\nContent-Length: 100000000\r\n\r\n',
      'x'.repeat(10_000),
    ])
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(answer.toLowerCase()).toContain('connection: close')
  })

  test('/healthz answers without a signature, and to GET and HEAD alone', async () => {
    const ways = [
      ['GET', 200, 'ok\n'],
      ['HEAD', 200, ''],
    ] as const
    for (const [method, status, body] of ways) {
      expect(await send(server, { keys: null, method, path: '/healthz' })).toMatchObject({ status, body })
    }
    expect((await send(server, { keys: null, method: 'POST', path: '/healthz' })).status).toBeGreaterThanOrEqual(400)
  })
})

describe('the clock door', () => {
  const path = '/_sallyport/clock'
  const headers = { 'x-sallyport': '1', 'content-type': 'application/json' }
  const move = (body: string) => send(server, { keys: null, path, headers, body })

  test('wants its header', async () => {
    expect((await send(server, { keys: null, path, body: '{"by":1}' })).status).toBe(403)
  })

  test('moves the clock ahead, to a time, and back', async () => {
    const hour = await move('{"by":3600}')
    expect(JSON.parse(hour.body)).toMatchObject({ offsetSeconds: 3600 })
    const to = await move(JSON.stringify({ to: new Date(Date.now() + 86_400_000).toISOString() }))
    expect(JSON.parse(to.body).offsetSeconds).toBeGreaterThan(86_000)
    expect(JSON.parse((await move('{"reset":true}')).body)).toMatchObject({ offsetSeconds: 0 })
    const shown = await send(server, { keys: null, method: 'GET', path, headers })
    expect(Date.parse(JSON.parse(shown.body).now)).toBeGreaterThan(Date.now() - 10_000)
  })

  const BAD = [
    '',
    '{',
    '[]',
    'null',
    '{"by":"1"}',
    '{"by":1e300}',
    '{"to":"soon"}',
    '{"to":"9999-01-01"}',
    '{"reset":1}',
    `{"by":1,"x":"${'x'.repeat(2000)}"}`,
  ]
  test.each(BAD)('refuses %s', async (body) => {
    expect((await move(body)).status).toBe(400)
    expect(server.clock.offset).toBe(0)
  })

  test('takes GET and POST alone', async () => {
    expect((await send(server, { keys: null, method: 'DELETE', path, headers })).status).toBe(405)
  })

  test('says that there is none where the server goes by the clock on the wall; there, strict scopes refuse another region', async () => {
    const other = await createServer({
      store: memoryStore(),
      blobs: memoryBlobs(),
      clock: hostClock(),
      random: systemRandom(),
      masterKey: Buffer.alloc(32, 1),
      region: 'us-east-1',
      strictScope: true,
      onBug: (error) => server.bugs.push(error),
    })
    const { administrator, secretAccessKey = '' } = await other.found(THREE_ACCOUNTS)
    const port = await other.listen({ port: 0, host: '127.0.0.1' })
    const keys = { accessKeyId: administrator.accessKeyId, secretAccessKey }
    const strict = { ...server, endpoint: `http://127.0.0.1:${port}`, administrator: keys }
    expect((await send(strict, { keys: null, path, headers, body: '{"by":1}' })).status).toBe(409)
    const listIn = (region: string) => client(IAMClient, strict, keys, region).send(new ListUsersCommand({}))
    await expect(listIn('us-east-1')).resolves.toBeDefined()
    await expectRefusal(
      listIn('eu-west-1'),
      'SignatureDoesNotMatch',
      /Credential should be scoped to a valid region/,
      403,
    )
    await expect(
      client(IAMClient, server, server.administrator, 'eu-west-1').send(new ListUsersCommand({})),
    ).resolves.toBeDefined()
    await other.close()
  })
})
