import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  type CreateFunctionCommandInput,
} from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { client, MANAGEMENT, PRODUCTION, startServer, type Keys, type TestServer } from './harness.ts'

let server: TestServer
let lambda: LambdaClient
const ROLE = `arn:aws:iam::${MANAGEMENT}:role/runner`
const ARN = `arn:aws:lambda:us-east-1:${MANAGEMENT}:function:`

beforeAll(async () => {
  server = await startServer()
  lambda = client(LambdaClient, server)
  await role('runner', { Service: 'lambda.amazonaws.com' })
  await role('stranger', { Service: 'ec2.amazonaws.com' })
  await role('guarded', { Service: 'lambda.amazonaws.com' }, { StringEquals: { 'aws:SourceAccount': PRODUCTION } })
})
afterAll(() => server.close())

async function role(RoleName: string, Principal: object, Condition?: object): Promise<void> {
  const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...(Condition && { Condition }) }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  await client(IAMClient, server).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
}

async function user(name: string, ...statements: readonly object[]): Promise<LambdaClient> {
  const iam = client(IAMClient, server)
  await iam.send(new CreateUserCommand({ UserName: name }))
  const document = { Version: '2012-10-17', Statement: statements.map((one) => ({ Effect: 'Allow', ...one })) }
  await iam.send(
    new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument: JSON.stringify(document) }),
  )
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  const keys: Keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  return client(LambdaClient, server, keys)
}

/** A zip archive of one stored file. `unzipped` is what the archive says of its size. */
function zip(text: string, unzipped = Buffer.byteLength(text)): Buffer {
  const [name, data] = [Buffer.from('index.mjs'), Buffer.from(text)]
  const facts = Buffer.alloc(26)
  facts.writeUInt16LE(20, 0)
  facts.writeUInt32LE(crc32(data), 10)
  facts.writeUInt32LE(data.length, 14)
  facts.writeUInt32LE(unzipped, 18)
  facts.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts, name, data])
  const entry = Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), facts, Buffer.alloc(14), name])
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(entry.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, entry, end])
}

const EMPTY_ZIP = Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18)])
const CODE = zip('export const handler = async () => 1')

async function create(FunctionName: string, more: Partial<CreateFunctionCommandInput> = {}, as = lambda) {
  const ground = { Role: ROLE, Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile: CODE } } as const
  return as.send(new CreateFunctionCommand({ FunctionName, ...ground, ...more }))
}

async function createFrom(S3Bucket: string, S3Key: string, as = lambda) {
  return create(`from-${S3Key.length}`, { Code: { S3Bucket, S3Key } }, as)
}

function mayPass(service: string): object {
  return {
    Action: 'iam:PassRole',
    Resource: ROLE,
    Condition: { StringEquals: { 'iam:PassedToService': service } },
  }
}

const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } })

describe('a new function', () => {
  test('has Lambda’s defaults, carries the hash of its code, and is active when it is next asked about', async () => {
    await expect(create('defaults')).resolves.toMatchObject({
      State: 'Pending',
      StateReasonCode: 'Creating',
      ...status(201),
    })
    const get = new GetFunctionConfigurationCommand({ FunctionName: 'defaults' })
    await expect(lambda.send(get)).resolves.toMatchObject({
      FunctionName: 'defaults',
      FunctionArn: `${ARN}defaults`,
      Timeout: 3,
      MemorySize: 128,
      Description: '',
      CodeSize: CODE.length,
      CodeSha256: createHash('sha256').update(CODE).digest('base64'),
      Version: '$LATEST',
      State: 'Active',
      LastUpdateStatus: 'Successful',
      PackageType: 'Zip',
      Architectures: ['x86_64'],
      EphemeralStorage: { Size: 512 },
      TracingConfig: { Mode: 'PassThrough' },
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/defaults' },
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      RevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...status(200),
    })
  })

  test('is refused where its name is taken', async () => {
    await expect(create('defaults')).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: 'Function already exist: defaults',
      Type: 'User',
      ...status(409),
    })
  })

  const CANNOT = 'The role defined for the function cannot be assumed by Lambda.'
  const REFUSED: readonly [string, Partial<CreateFunctionCommandInput>, string, string | RegExp][] = [
    [
      'a role that does not trust Lambda',
      { Role: `arn:aws:iam::${MANAGEMENT}:role/stranger` },
      'InvalidParameterValueException',
      CANNOT,
    ],
    [
      'a role that trusts Lambda for another account',
      { Role: `arn:aws:iam::${MANAGEMENT}:role/guarded` },
      'InvalidParameterValueException',
      CANNOT,
    ],
    [
      'a role that is not there',
      { Role: `arn:aws:iam::${MANAGEMENT}:role/nobody` },
      'InvalidParameterValueException',
      CANNOT,
    ],
    [
      'a role of another account',
      { Role: `arn:aws:iam::${PRODUCTION}:role/runner` },
      'AccessDeniedException',
      'Cross-account pass role is not allowed.',
    ],
    [
      'code that is no zip',
      { Code: { ZipFile: Buffer.from('nothing') } },
      'InvalidParameterValueException',
      'Could not unzip uploaded file. Please check your file, then try to upload again.',
    ],
    ['half a zip', { Code: { ZipFile: CODE.subarray(30) } }, 'InvalidParameterValueException', /Could not unzip/],
    [
      'an empty zip',
      { Code: { ZipFile: EMPTY_ZIP } },
      'InvalidParameterValueException',
      'Uploaded file must be a non-empty zip',
    ],
    [
      'a zip that grows too large',
      { Code: { ZipFile: zip('x', 262_144_001) } },
      'InvalidParameterValueException',
      'Unzipped size must be smaller than 262144000 bytes',
    ],
    ['no code', { Code: {} }, 'InvalidParameterValueException', 'Please provide a source for function code.'],
    ['no runtime', { Runtime: undefined }, 'InvalidParameterValueException', /^Runtime and Handler are mandatory/],
    [
      'a runtime that is retired',
      { Runtime: 'nodejs12.x' },
      'InvalidParameterValueException',
      /^The runtime parameter of nodejs12.x is no longer supported/,
    ],
    ['a runtime that is none', { Runtime: 'cobol' as 'java21' }, 'ValidationException', /enum value set/],
    ['a timeout of more than 15 minutes', { Timeout: 901 }, 'ValidationException', /Value '901' at 'timeout'/],
    ['too little memory', { MemorySize: 127 }, 'ValidationException', /Value '127' at 'memorySize'/],
    ['too much memory', { MemorySize: 10_241 }, 'ValidationException', /Value '10241' at 'memorySize'/],
    [
      'a variable that Lambda sets',
      { Environment: { Variables: { AWS_REGION: 'x' } } },
      'InvalidParameterValueException',
      /Reserved keys used in this request: AWS_REGION$/,
    ],
    [
      'an environment of more than 4 KB',
      { Environment: { Variables: { AA: 'x'.repeat(4096) } } },
      'InvalidParameterValueException',
      /exceeded the 4KB limit/,
    ],
    ['a tag of AWS', { Tags: { 'aws:x': '1' } }, 'InvalidParameterValueException', /^aws: prefixed/],
    [
      'a network, which is not built',
      { VpcConfig: { SubnetIds: ['subnet-1'] } },
      'InvalidParameterValueException',
      /VpcConfig/,
    ],
  ]
  test.each(REFUSED)('is refused with %s', async (_what, more, name, message) => {
    const refused = create('refused', more)
    await expect(refused).rejects.toMatchObject({
      name,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
    await expect(lambda.send(new GetFunctionCommand({ FunctionName: 'refused' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('takes what clients send empty for nothing', async () => {
    const empty = { VpcConfig: { SubnetIds: [], SecurityGroupIds: [] }, Layers: [], KMSKeyArn: '', Publish: false }
    await expect(create('empty', { ...empty, SnapStart: { ApplyOn: 'None' } })).resolves.toBeDefined()
  })

  test('takes its code from a bucket that the caller may read', async () => {
    const s3 = client(S3Client, server)
    await s3.send(new CreateBucketCommand({ Bucket: 'packages' }))
    await s3.send(new PutObjectCommand({ Bucket: 'packages', Key: 'f.zip', Body: CODE }))
    await expect(createFrom('packages', 'f.zip')).resolves.toMatchObject({ CodeSize: CODE.length })
    await expect(createFrom('packages', 'none')).rejects.toMatchObject({
      message:
        'Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.',
    })
    await expect(createFrom('nowhere', 'none')).rejects.toMatchObject({
      message: expect.stringContaining('NoSuchBucket'),
    })
    const blind = await user('blind', { Action: ['lambda:*', 'iam:PassRole'], Resource: '*' })
    await expect(createFrom('packages', 'no', blind)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(/^Your access has been denied by S3/),
    })
  })
})

describe('a function', () => {
  const NAMES = [
    'named',
    `${MANAGEMENT}:function:named`,
    'function:named',
    `${ARN}named`,
    `${ARN}named:$LATEST`,
    'named:$LATEST',
  ]
  test.each(NAMES)('is found as %s', async (FunctionName) => {
    await create('named').catch(() => undefined)
    const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
    expect(found.FunctionArn).toBe(`${ARN}named${FunctionName.endsWith('$LATEST') ? ':$LATEST' : ''}`)
  })

  const ABSENT: readonly [string, string | undefined, string][] = [
    ['nosuch', undefined, `Function not found: ${ARN}nosuch`],
    ['named', '7', `Function not found: ${ARN}named:7`],
    [
      'arn:aws:lambda:eu-west-1:444444444444:function:named',
      undefined,
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    ],
  ]
  test.each(ABSENT)('%s (%s) is not found', async (FunctionName, Qualifier, message) => {
    const get = lambda.send(new GetFunctionCommand({ FunctionName, ...(Qualifier && { Qualifier }) }))
    await expect(get).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message,
      Type: 'User',
      ...status(404),
    })
  })

  test('lives in one region', async () => {
    const west = client(LambdaClient, server, server.administrator, 'us-west-2')
    await expect(west.send(new GetFunctionCommand({ FunctionName: 'named' }))).rejects.toMatchObject(status(404))
    await expect(create('named', {}, west)).resolves.toBeDefined()
  })

  test('keeps what an update does not say, and gets a new revision', async () => {
    const before = await create('changing', {
      Timeout: 10,
      Environment: { Variables: { AA: '1' } },
      Tags: { team: 'blue' },
    })
    const after = await lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: 'changing', MemorySize: 256 }),
    )
    expect(after).toMatchObject({ Timeout: 10, MemorySize: 256, Environment: { Variables: { AA: '1' } } })
    expect(after.RevisionId).not.toBe(before.RevisionId)
    const stale = { FunctionName: 'changing', RevisionId: before.RevisionId ?? '', Timeout: 20 }
    await expect(lambda.send(new UpdateFunctionConfigurationCommand(stale))).rejects.toMatchObject({
      name: 'PreconditionFailedException',
      ...status(412),
    })
    const cleared = { FunctionName: 'changing', Environment: { Variables: {} } }
    expect((await lambda.send(new UpdateFunctionConfigurationCommand(cleared))).Environment).toBeUndefined()
    const { Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: 'changing' }))
    expect(Tags).toEqual({ team: 'blue' })
  })

  test('takes new code, and a dry run changes nothing', async () => {
    const { CodeSha256 } = await create('coded')
    const ZipFile = zip('export const handler = async () => 2')
    const dry = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'coded', ZipFile, DryRun: true }))
    expect(dry.CodeSha256).not.toBe(CodeSha256)
    const configuration = () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'coded' }))
    expect((await configuration()).CodeSha256).toBe(CodeSha256)
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'coded', ZipFile, Architectures: ['arm64'] }))
    expect(await configuration()).toMatchObject({ CodeSha256: dry.CodeSha256, Architectures: ['arm64'] })
  })

  test('has one version, and goes with all of it', async () => {
    await create('brief')
    const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'brief' }))
    expect(Versions).toMatchObject([{ Version: '$LATEST', FunctionArn: `${ARN}brief:$LATEST` }])
    const remove = (Qualifier?: string) =>
      lambda.send(new DeleteFunctionCommand({ FunctionName: 'brief', ...(Qualifier && { Qualifier }) }))
    await expect(remove('$LATEST')).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
    await expect(remove()).resolves.toMatchObject(status(204))
    await expect(remove()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('has tags, which are added to and taken from', async () => {
    const Resource = (await create('tagged', { Tags: { a: '1' } })).FunctionArn ?? ''
    await lambda.send(new TagResourceCommand({ Resource, Tags: { b: '2', a: '3' } }))
    expect((await lambda.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ a: '3', b: '2' })
    await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ['a', 'none'] }))
    expect((await lambda.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ b: '2' })
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, '']))
    await expect(lambda.send(new TagResourceCommand({ Resource, Tags: many }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
  })
})

test('functions are listed in pages that lose and repeat nothing, without their state', async () => {
  const there = client(LambdaClient, server, server.administrator, 'eu-central-1')
  for (const name of ['c', 'a', 'b']) await create(name, {}, there)
  const first = await there.send(new ListFunctionsCommand({ MaxItems: 2 }))
  expect(first.Functions?.map(({ FunctionName }) => FunctionName)).toEqual(['a', 'b'])
  expect(first.Functions?.[0]).not.toHaveProperty('State')
  const rest = await there.send(new ListFunctionsCommand({ MaxItems: 2, Marker: first.NextMarker ?? '' }))
  expect(rest.Functions?.map(({ FunctionName }) => FunctionName)).toEqual(['c'])
  expect(rest.NextMarker).toBeUndefined()
  await expect(lambda.send(new ListFunctionsCommand({ Marker: first.NextMarker ?? '' }))).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  })
})

describe('permissions', () => {
  test('to make a function are refused to whoever may not pass its role', async () => {
    const maker = await user('maker', { Action: 'lambda:*', Resource: '*' })
    await expect(create('passed', {}, maker)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`user/maker is not authorized to perform: iam:PassRole on resource: ${ROLE}`),
      ...status(403),
    })
  })

  test('to pass a role to another service do not pass it to Lambda', async () => {
    const make = { Action: 'lambda:CreateFunction', Resource: `${ARN}team-*` }
    const other = await user('passes-ec2', make, mayPass('ec2.amazonaws.com'))
    await expect(create('team-a', {}, other)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    const right = await user('passes-lambda', make, mayPass('lambda.amazonaws.com'))
    await expect(create('team-a', {}, right)).resolves.toBeDefined()
    await expect(create('other-a', {}, right)).rejects.toMatchObject({
      message: expect.stringContaining('lambda:CreateFunction'),
    })
    await expect(create('team-b', { Tags: { a: '1' } }, right)).rejects.toMatchObject({
      message: expect.stringContaining('lambda:TagResource'),
    })
  })

  test('follow a function’s tags', async () => {
    await create('blue', { Tags: { team: 'blue' } })
    await create('red', { Tags: { team: 'red' } })
    const Condition = { StringEquals: { 'aws:ResourceTag/team': 'blue' } }
    const blue = await user('blues', { Action: 'lambda:GetFunction', Resource: '*', Condition })
    const { Tags, TagsError } = await blue.send(new GetFunctionCommand({ FunctionName: 'blue' }))
    expect(Tags).toBeUndefined()
    expect(TagsError?.ErrorCode).toBe('AccessDeniedException')
    await expect(blue.send(new GetFunctionCommand({ FunctionName: 'red' }))).rejects.toMatchObject(status(403))
  })

  test('of one account open no function of another', async () => {
    const FunctionName = `arn:aws:lambda:us-east-1:${PRODUCTION}:function:theirs`
    await expect(lambda.send(new GetFunctionCommand({ FunctionName }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    })
  })
})

test('nothing of this met a bug', () => {
  expect(server.bugs).toEqual([])
})
