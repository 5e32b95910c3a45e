import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { CreateRoleCommand, DeleteRoleCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  AddPermissionCommand,
  CreateAliasCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  RemovePermissionCommand,
  type AddPermissionCommandInput,
} from '@aws-sdk/client-lambda'
import { ARN, startFunctions, type FunctionServer } from './functions.ts'
import { client, MANAGEMENT, PRODUCTION, STAGING } from './harness.ts'
import { enter, iamOf, newUser, policyText } from './people.ts'

/** Each starts a process, and the machine may be busy. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: FunctionServer
let lambda: LambdaClient
beforeAll(async () => {
  server = await startFunctions()
  lambda = server.lambda
  await server.make('door', 'export const handler = async () => "open"', { Publish: true })
  await lambda.send(new CreateAliasCommand({ FunctionName: 'door', Name: 'live', FunctionVersion: '1' }))
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const add = (more: Partial<AddPermissionCommandInput>, as = lambda) =>
  as.send(
    new AddPermissionCommand({
      FunctionName: 'door',
      StatementId: 'one',
      Action: 'lambda:InvokeFunction',
      Principal: PRODUCTION,
      ...more,
    }),
  )
const remove = (StatementId: string, more: object = {}) =>
  lambda.send(new RemovePermissionCommand({ FunctionName: 'door', StatementId, ...more }))

async function statements(Qualifier?: string): Promise<readonly Record<string, unknown>[]> {
  const { Policy = '' } = await lambda.send(
    new GetPolicyCommand({ FunctionName: 'door', ...(Qualifier && { Qualifier }) }),
  )
  return (JSON.parse(Policy) as { Statement: Record<string, unknown>[] }).Statement
}

describe('a statement', () => {
  const FORMS: readonly [name: string, input: Partial<AddPermissionCommandInput>, statement: object, why: string][] = [
    ['for an account', {}, { Principal: { AWS: `arn:aws:iam::${PRODUCTION}:root` } }, 'its root stands for it'],
    [
      'for a role',
      { Principal: `arn:aws:iam::${PRODUCTION}:role/OrganizationAccountAccessRole` },
      { Principal: { AWS: `arn:aws:iam::${PRODUCTION}:role/OrganizationAccountAccessRole` } },
      'by its ARN',
    ],
    ['for everybody', { Principal: '*' }, { Principal: '*' }, 'as it is said'],
    ['for a service', { Principal: 's3.amazonaws.com' }, { Principal: { Service: 's3.amazonaws.com' } }, 'by its name'],
    [
      'for a bucket’s events',
      { Principal: 's3.amazonaws.com', SourceArn: 'arn:aws:s3:::b', SourceAccount: PRODUCTION },
      {
        Condition: {
          StringEquals: { 'AWS:SourceAccount': PRODUCTION },
          ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::b' },
        },
      },
      'both keys',
    ],
    [
      'for an organisation',
      { Principal: '*', PrincipalOrgID: 'o-abcdefghij' },
      { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } } },
      'whoever is in it',
    ],
    [
      'for an address',
      { Principal: '*', Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' },
      { Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } } },
      'without a signature',
    ],
    [
      'for what comes by an address',
      { Principal: '*', InvokedViaFunctionUrl: true },
      { Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } } },
      'and by nothing else',
    ],
    [
      'for a skill',
      { Principal: 'alexa-appkit.amazon.com', EventSourceToken: 'token' },
      { Condition: { StringEquals: { 'lambda:EventSourceToken': 'token' } } },
      'that knows the word',
    ],
  ]
  test.each(FORMS)('%s is kept in AWS’s form', async (_name, input, statement) => {
    const { Statement = '' } = await add({ StatementId: 'form', ...input })
    const whole = {
      Sid: 'form',
      Effect: 'Allow',
      Action: input.Action ?? 'lambda:InvokeFunction',
      Resource: `${ARN}door`,
    }
    expect(JSON.parse(Statement)).toMatchObject({ ...whole, ...statement })
    expect(await statements()).toMatchObject([{ ...whole, ...statement }])
    await remove('form')
  })

  const WRONG: readonly [name: string, input: Partial<AddPermissionCommandInput>, error: string, why: string][] = [
    ['for an account that is not', { Principal: '999999999999' }, 'InvalidParameterValueException', 'nobody is there'],
    [
      'for a role that is not',
      { Principal: `arn:aws:iam::${PRODUCTION}:role/nobody` },
      'InvalidParameterValueException',
      'so too',
    ],
    ['for a word', { Principal: 'somebody' }, 'InvalidParameterValueException', 'it names nobody'],
    ['of $LATEST', { Qualifier: '$LATEST' }, 'InvalidParameterValueException', 'AWS takes none'],
    ['of an alias that is not', { Qualifier: 'nothing' }, 'ResourceNotFoundException', 'nothing would have it'],
    ['of a function that is not', { FunctionName: 'nothing' }, 'ResourceNotFoundException', 'so too'],
    ['after another revision', { RevisionId: 'x' }, 'PreconditionFailedException', 'the writer has not seen it'],
  ]
  test.each(WRONG)('%s is refused', async (_name, input, name) => {
    await expect(add({ StatementId: 'wrong', ...input })).rejects.toMatchObject({ name })
  })

  test('is added once', async () => {
    await add({ StatementId: 'once' })
    await expect(add({ StatementId: 'once' })).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message:
        'The statement id (once) provided already exists. Please provide a new statement id, or remove the existing statement.',
    })
    const { RevisionId } = await lambda.send(new GetPolicyCommand({ FunctionName: 'door' }))
    await remove('once', { RevisionId })
    await expect(remove('once')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(statements()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The resource you requested does not exist.',
    })
  })

  test('finds no room past 20 KB', async () => {
    const SourceArn = `arn:aws:s3:::${'b'.repeat(150)}`
    const filling = async (): Promise<void> => {
      for (let n = 0; n < 100; n += 1)
        await add({ StatementId: `${'s'.repeat(90)}${n}`, Principal: 's3.amazonaws.com', SourceArn, Qualifier: '1' })
    }
    await expect(filling()).rejects.toMatchObject({
      name: 'PolicyLengthExceededException',
      message: expect.stringMatching(/^The final policy size \(\d+\) is bigger than the limit \(20480\)\.$/),
    })
  })

  test('for a role means that role, and nobody who comes after it', async () => {
    const iam = client(IAMClient, server, await enter(server, PRODUCTION))
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: PRODUCTION }, Action: 'sts:AssumeRole' },
    })
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'passing', AssumeRolePolicyDocument }))
    await add({ StatementId: 'passing', Principal: Role?.Arn ?? '' })
    await iam.send(new DeleteRoleCommand({ RoleName: 'passing' }))
    expect(await statements()).toMatchObject([{ Principal: { AWS: Role?.RoleId } }])
    await remove('passing')
  })
})

describe('a call from another account', () => {
  const call = (as: LambdaClient, FunctionName = `${ARN}door`) => as.send(new InvokeCommand({ FunctionName }))

  test('needs both sides, and the qualifier that was said', async () => {
    const production = client(LambdaClient, server, await enter(server, PRODUCTION))
    const staging = client(LambdaClient, server, await enter(server, STAGING))
    await expect(call(production)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('because no resource-based policy allows the lambda:InvokeFunction action'),
    })
    await add({ StatementId: 'in' })
    await expect(call(production)).resolves.toMatchObject({ StatusCode: 200 })
    await expect(call(staging)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await expect(call(production, `${ARN}door:live`)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await add({ StatementId: 'live', Qualifier: 'live' })
    await expect(call(production, `${ARN}door:live`)).resolves.toMatchObject({ ExecutedVersion: '1' })
    await remove('in')
    await expect(call(production)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await expect(call(production, `${ARN}door:live`)).resolves.toMatchObject({ StatusCode: 200 })
    await remove('live', { Qualifier: 'live' })
  })
})

describe('a user', () => {
  async function may(UserName: string, allowed: object): Promise<LambdaClient> {
    const keys = await newUser(server, UserName)
    const PolicyDocument = policyText({ Effect: 'Allow', ...allowed })
    await iamOf(server).send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
    return client(LambdaClient, server, keys)
  }

  test('may call what their policy names, by its qualifier', async () => {
    const caller = await may('caller', { Action: 'lambda:InvokeFunction', Resource: `${ARN}door:live` })
    await expect(caller.send(new InvokeCommand({ FunctionName: 'door', Qualifier: 'live' }))).resolves.toMatchObject({
      StatusCode: 200,
    })
    await expect(caller.send(new InvokeCommand({ FunctionName: 'door' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::${MANAGEMENT}:user/caller is not authorized to perform: lambda:InvokeFunction on resource: ${ARN}door because no identity-based policy allows the lambda:InvokeFunction action`,
    })
  })

  test('may open a function to whom their policy says, and take back no more', async () => {
    const Condition = { StringEquals: { 'lambda:Principal': [PRODUCTION, 's3.amazonaws.com'] } }
    const opener = await may('opener', {
      Action: ['lambda:AddPermission', 'lambda:RemovePermission'],
      Resource: '*',
      Condition,
    })
    await add({ StatementId: 'mine' }, opener)
    await expect(add({ StatementId: 'theirs', Principal: STAGING }, opener)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    })
    await add({ StatementId: 'theirs', Principal: STAGING })
    const take = (StatementId: string) =>
      opener.send(new RemovePermissionCommand({ FunctionName: 'door', StatementId }))
    await expect(take('theirs')).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await take('mine')
    await remove('theirs')
  })
})
