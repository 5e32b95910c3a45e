import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetAccountSettingsCommand,
  GetAliasCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionRecursionConfigCommand,
  GetRuntimeManagementConfigCommand,
  ListAliasesCommand,
  ListFunctionEventInvokeConfigsCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionRecursionConfigCommand,
  PutRuntimeManagementConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda'
import { ARN, startFunctions, type FunctionServer } from './functions.ts'
import { zipOf } from './package.ts'

/** Each starts a process, and the machine may be busy. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: FunctionServer
let lambda: LambdaClient
beforeAll(async () => {
  server = await startFunctions()
  lambda = server.lambda
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const says = (word: string) =>
  `export const handler = async (event, { functionVersion, invokedFunctionArn }) => ['${word}', functionVersion, invokedFunctionArn]`
const newCode = (FunctionName: string, word: string, Publish = false) =>
  lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf({ 'index.mjs': says(word) }), Publish }))
const publish = (FunctionName: string, more: object = {}) =>
  lambda.send(new PublishVersionCommand({ FunctionName, ...more }))

describe('a version', () => {
  test('stays as it was when the function changes', async () => {
    await server.make('kept', says('old'))
    await expect(publish('kept', { Description: 'first' })).resolves.toMatchObject({
      FunctionArn: `${ARN}kept:1`,
      Version: '1',
      Description: 'first',
      State: 'Active',
    })
    await newCode('kept', 'new')
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'kept', Timeout: 9 }))
    await expect(
      lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'kept', Qualifier: '1' })),
    ).resolves.toMatchObject({
      Timeout: 3,
      Version: '1',
      FunctionArn: `${ARN}kept:1`,
    })
    expect((await server.call('kept', {}, { Qualifier: '1' })).answer).toEqual(['old', '1', `${ARN}kept:1`])
    expect(await server.call(`${ARN}kept`)).toMatchObject({
      answer: ['new', '$LATEST', `${ARN}kept`],
      version: '$LATEST',
    })
    expect((await server.call('kept:$LATEST')).answer).toEqual(['new', '$LATEST', `${ARN}kept:$LATEST`])
  })

  test('is not made again where nothing has changed', async () => {
    await server.make('same', says('one'))
    expect([(await publish('same')).Version, (await publish('same')).Version]).toEqual(['1', '1'])
    await newCode('same', 'two')
    expect((await publish('same')).Version).toBe('2')
    await newCode('same', 'three', true)
    expect((await publish('same')).Version).toBe('3')
  })

  test('is made with its function where that is asked', async () => {
    await server.make('born', says('one'), { Publish: true })
    const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'born' }))
    expect(Versions?.map(({ Version, FunctionArn }) => [Version, FunctionArn])).toEqual([
      ['$LATEST', `${ARN}born:$LATEST`],
      ['1', `${ARN}born:1`],
    ])
  })

  test('is listed in pages, in the order of numbers', async () => {
    await server.make('many', says('0'), { Publish: true })
    for (let n = 1; n < 11; n += 1) await newCode('many', String(n), true)
    const seen: (string | undefined)[] = []
    let Marker: string | undefined
    do {
      const found = await lambda.send(
        new ListVersionsByFunctionCommand({ FunctionName: 'many', MaxItems: 4, ...(Marker && { Marker }) }),
      )
      seen.push(...(found.Versions ?? []).map(({ Version }) => Version))
      Marker = found.NextMarker
    } while (Marker !== undefined)
    expect(seen).toEqual(['$LATEST', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11'])
    const all = await lambda.send(new ListFunctionsCommand({ FunctionVersion: 'ALL' }))
    expect(all.Functions?.filter(({ FunctionName }) => FunctionName === 'many')).toHaveLength(12)
  })

  const WRONG: readonly [name: string, input: object, error: string, why: string][] = [
    ['of other code', { CodeSha256: 'x' }, 'InvalidParameterValueException', 'it is not what the caller saw'],
    ['of another revision', { RevisionId: 'x' }, 'PreconditionFailedException', 'so too'],
    ['of a version', { FunctionName: `${ARN}kept:1` }, 'InvalidParameterValueException', 'it is one already'],
    ['of nothing', { FunctionName: 'nothing' }, 'ResourceNotFoundException', 'there is none'],
  ]
  test.each(WRONG)('%s is refused', async (_name, input, name) => {
    await expect(publish('kept', input)).rejects.toMatchObject({ name })
  })

  test('goes alone, and not while an alias points to it', async () => {
    await server.make('going', says('one'), { Publish: true })
    await lambda.send(new CreateAliasCommand({ FunctionName: 'going', Name: 'live', FunctionVersion: '1' }))
    const remove = new DeleteFunctionCommand({ FunctionName: 'going', Qualifier: '1' })
    await expect(lambda.send(remove)).rejects.toMatchObject({ name: 'ResourceConflictException' })
    await lambda.send(new DeleteAliasCommand({ FunctionName: 'going', Name: 'live' }))
    await lambda.send(remove)
    await expect(lambda.send(remove)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${ARN}going:1`,
    })
    expect((await server.call('going')).answer).toEqual(['one', '$LATEST', `${ARN}going`])
    await newCode('going', 'two', true)
    const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'going' }))
    expect(Versions?.map(({ Version }) => Version)).toEqual(['$LATEST', '2'])
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'going' }))
    await server.make('going', says('again'))
    await expect(server.call('going', {}, { Qualifier: '2' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })
})

describe('an alias', () => {
  const alias = (more: object = {}) =>
    lambda.send(new CreateAliasCommand({ FunctionName: 'aliased', Name: 'live', FunctionVersion: '1', ...more }))
  beforeAll(async () => {
    await server.make('aliased', says('one'), { Publish: true })
    await newCode('aliased', 'two', true)
  })

  test('names a version, and another later', async () => {
    const made = await alias({ Description: 'what runs' })
    expect(made).toMatchObject({
      AliasArn: `${ARN}aliased:live`,
      Name: 'live',
      FunctionVersion: '1',
      Description: 'what runs',
    })
    expect(await server.call('aliased', {}, { Qualifier: 'live' })).toMatchObject({
      answer: ['one', '1', `${ARN}aliased:live`],
      version: '1',
    })
    const change = { FunctionName: 'aliased', Name: 'live', FunctionVersion: '2' }
    const changed = await lambda.send(
      new UpdateAliasCommand({ ...change, ...(made.RevisionId && { RevisionId: made.RevisionId }) }),
    )
    expect(changed).toMatchObject({ FunctionVersion: '2', Description: 'what runs' })
    await expect(lambda.send(new UpdateAliasCommand({ ...change, RevisionId: 'x' }))).rejects.toMatchObject({
      name: 'PreconditionFailedException',
    })
    expect(await server.call('aliased:live')).toMatchObject({ version: '2' })
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'aliased', Qualifier: 'live' }))
    expect(Configuration).toMatchObject({ FunctionArn: `${ARN}aliased:live`, Version: '2' })
  })

  test('shares its calls between two versions', async () => {
    await alias({ Name: 'shared', RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } } })
    const seen = new Set<string | undefined>()
    for (let n = 0; n < 40; n += 1) seen.add((await server.call('aliased:shared')).version)
    expect(seen).toEqual(new Set(['1', '2']))
    await expect(lambda.send(new GetAliasCommand({ FunctionName: 'aliased', Name: 'shared' }))).resolves.toMatchObject({
      RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } },
    })
  })

  test('is listed with the others, or with those of a version', async () => {
    const list = async (more: object = {}) =>
      (await lambda.send(new ListAliasesCommand({ FunctionName: 'aliased', ...more }))).Aliases?.map(({ Name }) => Name)
    expect(await list()).toEqual(['live', 'shared'])
    expect(await list({ FunctionVersion: '1' })).toEqual(['shared'])
    const first = await lambda.send(new ListAliasesCommand({ FunctionName: 'aliased', MaxItems: 1 }))
    expect(await list({ Marker: first.NextMarker })).toEqual(['shared'])
    await expect(list({ Marker: 'x' })).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  })

  const WRONG: readonly [name: string, input: object, error: string, why: string][] = [
    ['that is there', {}, 'ResourceConflictException', 'a name names one'],
    [
      'of a version that is not',
      { Name: 'x', FunctionVersion: '9' },
      'ResourceNotFoundException',
      'it would name nothing',
    ],
    ['of a number', { Name: '7' }, 'ValidationException', 'it would be taken for a version'],
    ['of a function that is not', { FunctionName: 'nothing' }, 'ResourceNotFoundException', 'there is none'],
    [
      'that shares with what changes',
      { Name: 'x', FunctionVersion: '$LATEST', RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } } },
      'InvalidParameterValueException',
      '$LATEST stands alone',
    ],
    [
      'that shares with itself',
      { Name: 'x', RoutingConfig: { AdditionalVersionWeights: { 1: 0.5 } } },
      'InvalidParameterValueException',
      'it would share nothing',
    ],
  ]
  test.each(WRONG)('%s is refused', async (_name, input, name) => {
    await expect(alias(input)).rejects.toMatchObject({ name })
  })

  test('goes, and goes again', async () => {
    const remove = new DeleteAliasCommand({ FunctionName: 'aliased', Name: 'live' })
    await lambda.send(remove)
    await expect(lambda.send(remove)).resolves.toMatchObject({ $metadata: { httpStatusCode: 204 } })
    await expect(lambda.send(new GetAliasCommand({ FunctionName: 'aliased', Name: 'live' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Cannot find alias arn: ${ARN}aliased:live`,
    })
  })
})

describe('how events are handled', () => {
  const FunctionName = 'handled'
  beforeAll(() => server.make(FunctionName, says('one'), { Publish: true }))

  test('is kept for a qualifier each, changed in part, and forgotten', async () => {
    const get = new GetFunctionEventInvokeConfigCommand({ FunctionName })
    await expect(lambda.send(get)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    const put = new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 })
    await expect(lambda.send(put)).resolves.toMatchObject({
      FunctionArn: `${ARN}handled:$LATEST`,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: {}, OnFailure: {} },
    })
    await lambda.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds: 60 }))
    await expect(lambda.send(get)).resolves.toMatchObject({ MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 })
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: '1', MaximumEventAgeInSeconds: 90 }),
    )
    const { FunctionEventInvokeConfigs } = await lambda.send(
      new ListFunctionEventInvokeConfigsCommand({ FunctionName }),
    )
    expect(FunctionEventInvokeConfigs?.map((one) => one.FunctionArn)).toEqual([
      `${ARN}handled:$LATEST`,
      `${ARN}handled:1`,
    ])
    await lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }))
    await expect(lambda.send(get)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  const WRONG: readonly [name: string, input: object, error: string, why: string][] = [
    ['of a version that is not', { Qualifier: '9' }, 'ResourceNotFoundException', 'there is none'],
    ['of too many retries', { MaximumRetryAttempts: 3 }, 'ValidationException', 'two at the most'],
    ['of too short an age', { MaximumEventAgeInSeconds: 59 }, 'ValidationException', 'a minute at the least'],
    [
      'with a destination',
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:444444444444:q' } } },
      'InvalidParameterValueException',
      'it is not built',
    ],
  ]
  test.each(WRONG)('%s is refused', async (_name, input, name) => {
    await expect(
      lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...input })),
    ).rejects.toMatchObject({ name })
  })
})

test('settings beside the configuration are kept', async () => {
  await server.make('set', says('one'))
  const FunctionName = 'set'
  await expect(lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).resolves.not.toHaveProperty(
    'ReservedConcurrentExecutions',
    expect.any(Number),
  )
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 5 }))
  await expect(lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).resolves.toMatchObject({
    ReservedConcurrentExecutions: 5,
  })
  await expect(lambda.send(new GetFunctionCommand({ FunctionName }))).resolves.toMatchObject({
    Concurrency: { ReservedConcurrentExecutions: 5 },
  })
  await expect(
    lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 901 })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  await expect(lambda.send(new GetAccountSettingsCommand({}))).resolves.toMatchObject({
    AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 995 },
  })
  await expect(lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }))).resolves.toMatchObject({
    FunctionName,
    CodeSigningConfigArn: '',
  })
  await expect(lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }))).resolves.toMatchObject({
    RecursiveLoop: 'Terminate',
  })
  await lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: 'Allow' }))
  await expect(lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }))).resolves.toMatchObject({
    RecursiveLoop: 'Allow',
  })
  await expect(lambda.send(new GetRuntimeManagementConfigCommand({ FunctionName }))).resolves.toMatchObject({
    UpdateRuntimeOn: 'Auto',
    FunctionArn: `${ARN}set`,
  })
  await lambda.send(new PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn: 'FunctionUpdate' }))
  await expect(lambda.send(new GetRuntimeManagementConfigCommand({ FunctionName }))).resolves.toMatchObject({
    UpdateRuntimeOn: 'FunctionUpdate',
  })
  await expect(
    lambda.send(new PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn: 'Manual' })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
})
