import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  DeleteFunctionConcurrencyCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { CLIENTS } from '../../../tools/functions.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { ARN, startFunctions, type FunctionServer } from './functions.ts'
import { client, MANAGEMENT } from './harness.ts'
import { zipOf } from './package.ts'

/** Each starts a process, and the machine may be busy. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: FunctionServer
beforeAll(async () => {
  server = await startFunctions({ pauses: [1, 1] })
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const asModule = (body: string) => `export const handler = async (event, context) => { ${body} }`

describe('the handler', () => {
  const FOUND: readonly [name: string, handler: string, files: Readonly<Record<string, string>>, why: string][] = [
    ['an ES module', 'index.handler', { 'index.mjs': 'export const handler = async () => "found"' }, '.mjs'],
    ['a CommonJS module', 'index.handler', { 'index.cjs': 'exports.handler = async () => "found"' }, '.cjs'],
    [
      'a plain module',
      'index.handler',
      { 'index.js': 'module.exports.handler = async () => "found"' },
      'CommonJS is what .js means',
    ],
    [
      'made when it is loaded',
      'index.handler',
      { 'index.js': 'module.exports = Object.assign({}, { handler: async () => "found" })' },
      'no reader sees the name',
    ],
    [
      'by `type`',
      'index.handler',
      { 'index.js': 'export const handler = async () => "found"', 'package.json': '{"type":"module"}' },
      'then .js is ES',
    ],
    ['of another name', 'app.run', { 'app.js': 'exports.run = async () => "found"' }, 'whatever was said'],
    ['in a folder', 'src/deep/app.run', { 'src/deep/app.js': 'exports.run = async () => "found"' }, 'as a path'],
    ['inside an object', 'app.api.get', { 'app.js': 'exports.api = { get: async () => "found" }' }, 'by dots'],
    [
      'with a package',
      'index.handler',
      {
        'index.mjs': 'import it from "dep"; export const handler = async () => it',
        'node_modules/dep/package.json': '{"main":"i.js"}',
        'node_modules/dep/i.js': 'module.exports = "found"',
      },
      'its own node_modules',
    ],
    [
      'that calls back',
      'index.handler',
      { 'index.js': 'exports.handler = (event, context, done) => setTimeout(done, 1, null, "found")' },
      'the older way',
    ],
    [
      'that calls back at once',
      'index.handler',
      {
        'index.js':
          'exports.handler = (event, context, done) => { context.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 1000); done(null, "found") }',
      },
      'and waits for nothing',
    ],
    [
      'that succeeds by its context',
      'index.handler',
      { 'index.js': 'exports.handler = (event, context) => { context.succeed("found") }' },
      'the oldest way',
    ],
  ]
  test.each(FOUND)('is found: %s', async (name, Handler, files) => {
    const function_ = `found-${name.replaceAll(/\W/g, '-')}`
    await server.make(function_, files, { Handler })
    expect(await server.call(function_)).toMatchObject({ answer: 'found', error: undefined })
  })

  const LOST: readonly [name: string, handler: string, code: string, type: string, message: RegExp][] = [
    ['without its file', 'other.handler', '', 'Runtime.ImportModuleError', /Cannot find module 'other'/],
    ['without its name', 'index.other', '', 'Runtime.HandlerNotFound', /^index\.other is undefined or not exported$/],
    ['without a dot', 'index', '', 'Runtime.MalformedHandlerName', /^Bad handler$/],
    ['going up', '../index.handler', '', 'Runtime.MalformedHandlerName', /is not a valid handler name/],
    [
      'that is no function',
      'index.handler',
      'export const handler = 1',
      'Runtime.HandlerNotFound',
      /is not a function/,
    ],
    [
      'with a wrong word',
      'index.handler',
      'export const handler = async () => {',
      'Runtime.UserCodeSyntaxError',
      /SyntaxError/,
    ],
    ['without what it imports', 'index.handler', 'import "nowhere"', 'Runtime.ImportModuleError', /nowhere/],
    ['that fails while it is loaded', 'index.handler', 'throw new TypeError("too soon")', 'TypeError', /^too soon$/],
  ]
  test.each(LOST)('is not found: %s', async (name, Handler, code, errorType, message) => {
    const function_ = `lost-${name.replaceAll(/\W/g, '-')}`
    await server.make(function_, { 'index.mjs': code || asModule('return 1') }, { Handler })
    const { answer, error } = await server.call(function_)
    expect(error).toBe('Unhandled')
    expect(answer).toMatchObject({ errorType, errorMessage: expect.stringMatching(message) })
  })

  test('does not call back where the runtime is Node.js 24 or later', async () => {
    await server.make(
      'back',
      { 'index.js': 'exports.handler = (event, context, done) => done(null, 1)' },
      { Runtime: 'nodejs24.x' },
    )
    expect(await server.call('back')).toMatchObject({ answer: { errorType: 'Runtime.CallbackHandlerDeprecated' } })
  })
})

describe('an answer', () => {
  const ANSWERS: readonly [name: string, body: string, answer: unknown, why: string][] = [
    ['of nothing', 'return', null, 'undefined is no JSON'],
    ['of an object', 'return { a: [1, "ü"] }', { a: [1, 'ü'] }, 'as JSON'],
    ['to an event', 'return event', { sent: true }, 'it gets what was sent'],
    [
      'of a thrown error',
      'throw Object.assign(new RangeError("boom"), { code: 7 })',
      { errorType: 'RangeError', errorMessage: 'boom', trace: expect.arrayContaining(['RangeError: boom']) },
      'AWS’s form for Node.js',
    ],
    [
      'of a thrown text',
      'throw "boom"',
      { errorType: 'string', errorMessage: 'boom', trace: [] },
      'no error has no trace',
    ],
    [
      'of an end',
      'process.exit(3)',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/),
      },
      'the status is told',
    ],
    [
      'of an end without a reason',
      'process.exit(0)',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/Runtime exited without providing a reason$/),
      },
      'nothing was said',
    ],
    [
      'of a signal',
      'process.kill(process.pid, "SIGKILL"); await new Promise(() => setTimeout(() => {}, 9000))',
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/signal: killed$/) },
      'in Lambda’s words',
    ],
    [
      'that never comes',
      'await new Promise(() => {})',
      { errorType: 'Runtime.ExitError' },
      'nothing is left to wait for',
    ],
    [
      'of an error that nobody catches',
      'setTimeout(() => { throw new Error("late") }, 1); await new Promise((done) => setTimeout(done, 2000))',
      { errorType: 'Error', errorMessage: 'late' },
      'the process ends by it',
    ],
    [
      'of a promise that nobody catches',
      'void Promise.reject(new Error("lost")); await new Promise((done) => setTimeout(done, 2000))',
      { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: lost' },
      'so too',
    ],
    [
      'of too much',
      'return "x".repeat(7 * 1024 * 1024)',
      {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      },
      '6 MB',
    ],
    ['of what is no JSON', 'return 1n', { errorType: 'Runtime.UnableToStringify' }, 'it cannot be told'],
  ]
  test.each(ANSWERS)('%s', async (name, body, answer) => {
    const function_ = `answer-${name.replaceAll(/\W/g, '-')}`
    await server.make(function_, asModule(body), { Timeout: 20 })
    const said = await server.call(function_, { sent: true })
    expect(said.answer).toEqual(
      typeof answer === 'object' && answer !== null && 'errorType' in answer ? expect.objectContaining(answer) : answer,
    )
    expect(said.error).toBe(
      said.answer !== null && typeof answer === 'object' && answer !== null && 'errorType' in answer
        ? 'Unhandled'
        : undefined,
    )
  })

  test('of a function that fails is followed by another, as if nothing had been', async () => {
    await server.make('again', asModule('if (event.end) process.exit(1); return 1'))
    const said = [await server.call('again', { end: true }), await server.call('again')]
    expect(said.map(({ error }) => error)).toEqual(['Unhandled', undefined])
  })
})

test('the context and the environment are AWS’s', async () => {
  const Environment = { Variables: { MINE: "it's\n$HOME" } }
  await server.make(
    'around',
    asModule(
      'return { ...context, left: context.getRemainingTimeInMillis(), env: process.env, cwd: process.cwd(), argv: process.execArgv }',
    ),
    { Environment, MemorySize: 256, Timeout: 9 },
  )
  const ClientContext = Buffer.from('{"custom":{"a":"b"}}').toString('base64')
  const { answer } = await server.call('around', {}, { ClientContext })
  expect(answer).toMatchObject({
    functionName: 'around',
    functionVersion: '$LATEST',
    invokedFunctionArn: `${ARN}around`,
    memoryLimitInMB: '256',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    logGroupName: '/aws/lambda/around',
    logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
    clientContext: { custom: { a: 'b' } },
    left: expect.any(Number),
    env: {
      MINE: "it's\n$HOME",
      AWS_LAMBDA_FUNCTION_NAME: 'around',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/around',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/),
      AWS_ENDPOINT_URL: server.endpoint,
      TZ: ':UTC',
      _HANDLER: 'index.handler',
    },
  })
})

test('the SDK has its clients, however they are asked for', async () => {
  const names = CLIENTS.map((name) => `@aws-sdk/client-${name}`)
  const files = {
    'index.mjs': `export const handler = async (event) => { for (const name of event) await import(name); return event }`,
    'other.js': `exports.handler = async (event) => { event.forEach((name) => require(name)); return event }`,
  }
  await server.make('es', files, { MemorySize: 512, Timeout: 20 })
  await server.make('js', files, { Handler: 'other.handler', MemorySize: 512, Timeout: 20 })
  expect([(await server.call('es', names)).answer, (await server.call('js', names)).answer]).toEqual([names, names])
})

test('a function reaches the server as its role, and no further than that may go', async () => {
  const s3 = client(S3Client, server)
  await s3.send(new CreateBucketCommand({ Bucket: 'functions-bucket' }))
  await s3.send(new PutObjectCommand({ Bucket: 'functions-bucket', Key: 'k', Body: 'text' }))
  const code = `import { S3Client, GetObjectCommand } from '@aws-sdk/client-s3'
    import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
    import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
    export const handler = async () => {
      const { Arn } = await new STSClient().send(new GetCallerIdentityCommand())
      const { Body } = await new S3Client().send(new GetObjectCommand({ Bucket: 'functions-bucket', Key: 'k' }))
      const denied = await new IAMClient().send(new ListUsersCommand()).catch(({ name }) => name)
      return [Arn, await Body.transformToString(), denied]
    }`
  await server.make('reaches', code, { MemorySize: 512, Timeout: 20 })
  const Arn = `arn:aws:sts::${MANAGEMENT}:assumed-role/runner/reaches`
  expect(await server.call('reaches')).toMatchObject({ answer: [Arn, 'text', 'AccessDenied'] })
})

describe('a process', () => {
  const COUNTS =
    'let count = 0; export const handler = async () => [count += 1, process.env.AWS_ACCESS_KEY_ID, process.env.WORD]'

  test('serves the next event too, until its function changes or its credentials are about to end', async () => {
    await server.make('warm', COUNTS)
    const counts = [await server.call('warm'), await server.call('warm')]
    const Environment = { Variables: { WORD: 'changed' } }
    await server.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'warm', Environment }))
    counts.push(await server.call('warm'), await server.call('warm'))
    server.clock.move(12 * 3_600_000)
    counts.push(await server.call('warm'))
    server.clock.reset()
    const said = counts.map(({ answer }) => answer as readonly [number, string, string])
    expect(said.map(([count]) => count)).toEqual([1, 2, 1, 2, 1])
    expect(said.map(([, , value]) => value ?? '')).toEqual(['', '', 'changed', 'changed', 'changed'])
    expect(new Set(said.map(([, key]) => key)).size).toBe(3)
  })

  test('serves one event at a time: more come to others', async () => {
    await server.make(
      'crowd',
      `let under = 0; export const handler = async () => { under += 1; await new Promise((done) => setTimeout(done, 200)); return under-- }`,
    )
    const said = await Promise.all([1, 2, 3].map(() => server.call('crowd')))
    expect(said.map(({ answer }) => answer)).toEqual([1, 1, 1])
  })

  test('shows in its log how it began, once', async () => {
    await server.make('logs', asModule('console.log("one"); console.error("two\\nlines"); return 1'))
    const [first, second] = [await server.call('logs'), await server.call('logs')]
    expect(first.log).toMatch(
      /^START RequestId: (\S+) Version: \$LATEST\n\S+Z\t\1\tINFO\tone\n\S+Z\t\1\tERROR\ttwo\nlines\nEND RequestId: \1\nREPORT RequestId: \1\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\t\n$/,
    )
    expect(second.log).not.toContain('Init Duration')
  })

  test('tells the last 4 KB of its log, and none where nobody asks', async () => {
    await server.make('long', asModule('for (let n = 0; n < 500; n += 1) console.log("line", n); return 1'))
    const { log } = await server.call('long')
    expect(Buffer.byteLength(log)).toBe(4096)
    expect(log).toMatch(/line 499\nEND/)
    expect(await server.call('long', {}, { LogType: 'None' })).toMatchObject({ log: '' })
  })

  test('says so in its log where its time is over', async () => {
    await server.make('slow', asModule('await new Promise((done) => setTimeout(done, 9000))'), { Timeout: 1 })
    const { answer, log } = await server.call('slow')
    expect(answer).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
    })
    expect(log).toMatch(/Task timed out after 1\.00 seconds\n[\s\S]*Status: timeout/)
  })

  test('writes JSON where that is wished', async () => {
    const LoggingConfig = { LogFormat: 'JSON', ApplicationLogLevel: 'WARN' } as const
    await server.make('json', asModule('console.info("no"); console.warn("yes"); return 1'), { LoggingConfig })
    const { log } = await server.call('json')
    const rows = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(rows).toMatchObject([
      { type: 'platform.start' },
      { level: 'WARN', message: 'yes' },
      { type: 'platform.report' },
    ])
  })
})

describe('an event', () => {
  const REFUSED: readonly [
    name: string,
    payload: string | Uint8Array,
    type: 'Event' | 'RequestResponse',
    code: string,
    status: number,
  ][] = [
    ['of no JSON', '{', 'RequestResponse', 'InvalidRequestContentException', 400],
    ['of no text', new Uint8Array([0x22, 0xff, 0x22]), 'RequestResponse', 'InvalidRequestContentException', 400],
    ['of more than 6 MB', `"${'x'.repeat(6_291_456)}"`, 'RequestResponse', 'RequestEntityTooLargeException', 413],
    [
      'of more than 1 MB that nobody waits for',
      `"${'x'.repeat(1_048_576)}"`,
      'Event',
      'RequestEntityTooLargeException',
      413,
    ],
  ]
  test.each(REFUSED)('%s is refused', async (_name, Payload, InvocationType, name, httpStatusCode) => {
    const sent = server.lambda.send(new InvokeCommand({ FunctionName: 'logs', Payload, InvocationType }))
    await expect(sent).rejects.toMatchObject({ name, $metadata: { httpStatusCode } })
  })

  test('of nothing is an empty object', async () => {
    await server.make('echo', asModule('return event'))
    const { Payload } = await server.lambda.send(new InvokeCommand({ FunctionName: 'echo' }))
    expect(Payload?.transformToString()).toBe('{}')
  })

  test('may be tried without being run', async () => {
    await server.make('dry', asModule('process.exit(1)'))
    const said = await server.lambda.send(new InvokeCommand({ FunctionName: 'dry', InvocationType: 'DryRun' }))
    expect(said).toMatchObject({ StatusCode: 204 })
  })

  test('for a function that is not there is refused', async () => {
    await expect(server.call('nobody')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${ARN}nobody`,
    })
  })

  test.each([
    ['twice more where nothing else is said', undefined, 3],
    ['as often as is said', 1, 2],
    ['never', 0, 1],
  ] as const)('that nobody waits for is tried again, %s', async (_name, MaximumRetryAttempts, times) => {
    const FunctionName = `event-${times}`
    const code = `import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3'
      let count = 0
      export const handler = async (event, { awsRequestId }) => {
        count += 1
        await new S3Client().send(new PutObjectCommand({ Bucket: 'functions-bucket', Key: '${FunctionName}/' + count + awsRequestId, Body: '' }))
        throw new Error('again')
      }`
    await server.make(FunctionName, code, { MemorySize: 512, Timeout: 20 })
    if (MaximumRetryAttempts !== undefined)
      await server.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts }))
    const said = await server.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }))
    expect(said).toMatchObject({ StatusCode: 202, $metadata: { requestId: expect.any(String) } })
    expect(
      await until(
        () => keysOf(`${FunctionName}/`),
        (keys) => keys.length >= times,
      ),
    ).toHaveLength(times)
    await pause(50)
    const keys = await keysOf(`${FunctionName}/`)
    expect(keys).toHaveLength(times)
    expect(keys.every((key) => key.endsWith(said.$metadata.requestId ?? ' '))).toBe(true)
  })
})

async function keysOf(Prefix: string): Promise<readonly string[]> {
  const s3 = client(S3Client, server)
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'functions-bucket', Prefix }))
  return Contents.map(({ Key = '' }) => Key)
}

/** Looks again until it fits, or five seconds are over. */
async function until<T>(look: () => Promise<T>, fits: (it: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const found = await look()
    if (fits(found) || tries >= 200) return found
    await pause(25)
  }
}

test('an event that waits is for the function as it is when its turn comes, and for none that is gone', async () => {
  const FunctionName = 'late'
  const put = (word: string) => `import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3'
    export const handler = async () => { await new S3Client().send(new PutObjectCommand({ Bucket: 'functions-bucket', Key: 'late/${word}', Body: '' })) }`
  await server.make(FunctionName, put('first'), { MemorySize: 512 })
  await server.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }))
  await server.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }))
  await server.lambda.send(
    new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf({ 'index.mjs': put('second') }) }),
  )
  await server.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
  expect(
    await until(
      () => keysOf('late/'),
      (keys) => keys.length > 0,
    ),
  ).toEqual(['late/second'])
})

test('a package that does not unpack is told of, and is nobody’s fault but its maker’s', async () => {
  const bytes = zipOf({ 'index.mjs': 'export const handler = async () => 1', 'index.mjs/x': 'a file in a file' })
  await server.make('torn', bytes)
  expect(await server.call('torn')).toMatchObject({
    answer: { errorType: 'Runtime.InvalidRuntime', errorMessage: expect.stringContaining('cannot be unpacked') },
  })
})

test('what a function does after its answer is no part of the next one’s', async () => {
  await server.make(
    'ghost',
    asModule('if (event.late) setTimeout(() => { throw new Error("ghost") }, 20); return "said"'),
  )
  expect(await server.call('ghost', { late: true })).toMatchObject({ answer: 'said' })
  await pause(300)
  expect(await server.call('ghost')).toMatchObject({ answer: 'said', error: undefined })
})

describe('concurrency', () => {
  test('of none refuses every call, and is given back', async () => {
    await server.make('stopped', asModule('return 1'))
    const FunctionName = 'stopped'
    await server.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }))
    await expect(server.call('stopped')).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    })
    await server.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
    await expect(server.call('stopped')).resolves.toMatchObject({ answer: 1 })
  })

  test('of one lets one call in at a time', async () => {
    await server.make('single', asModule('await new Promise((done) => setTimeout(done, 500)); return 1'))
    await server.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: 'single', ReservedConcurrentExecutions: 1 }),
    )
    const ended = await Promise.allSettled([server.call('single'), server.call('single')])
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('the execution role', () => {
  test('must still trust Lambda when a process begins', async () => {
    const iam = client(IAMClient, server)
    const trust = (Service: string) =>
      new UpdateAssumeRolePolicyCommand({
        RoleName: 'runner',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' },
        }),
      })
    await server.make('trusting', asModule('return 1'))
    await iam.send(trust('ec2.amazonaws.com'))
    await expect(server.call('trusting')).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'The role defined for the function cannot be assumed by Lambda.',
    })
    await iam.send(trust('lambda.amazonaws.com'))
    await expect(server.call('trusting')).resolves.toMatchObject({ answer: 1 })
  })
})

describe('Python', () => {
  test('of a version that is not there says which', async () => {
    const empty = await startFunctions({ path: '' })
    await empty.make('snake', { 'app.py': '' }, { Runtime: 'python3.13', Handler: 'app.handler' })
    expect(await empty.call('snake')).toMatchObject({
      error: 'Unhandled',
      answer: { errorType: 'Runtime.InvalidRuntime', errorMessage: expect.stringContaining('`python3.13`') },
    })
    await empty.close()
  })
})

test('a server that closes ends what runs', async () => {
  const short = await startFunctions({}, { limits: { grace: 100 } })
  await short.make('endless', asModule('for (;;);'), { Timeout: 900 })
  const under = short.call('endless').catch((error: unknown) => error)
  await pause(500)
  await short.close()
  await expect(under).resolves.toBeDefined()
})
