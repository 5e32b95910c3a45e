import { MANAGEMENT } from '../harness.ts'
import { trustText } from '../people.ts'
import { step, type Story } from './story.ts'

const FunctionName = 'asked'
const Resource = `arn:aws:lambda:us-east-1:${MANAGEMENT}:function:asked`
const Role = `arn:aws:iam::${MANAGEMENT}:role/asked`
/** An archive of one file, `index.mjs`. */
const ZipFile = Buffer.from(
  'UEsDBBQAAAAAAAAAIVCowyCFHgAAAB4AAAAJAAAAaW5kZXgubWpzZXhwb3J0IGNvbnN0IGhhbmRsZXIgPSAoKSA9PiAxUEsBAhQDFAAAAAAAAAAhUKjDIIUeAAAAHgAAAAkAAAAAAAAAAAAAAIABAAAAAGluZGV4Lm1qc1BLBQYAAAAAAQABADcAAABFAAAAAAA=',
  'base64',
)
const Tags = { team: 'a' }

export const lambda: Story = {
  steps: [
    step('iam:CreateRole', {
      RoleName: 'asked',
      AssumeRolePolicyDocument: trustText({ Service: 'lambda.amazonaws.com' }),
      Tags: [{ Key: 'team', Value: 'a' }],
    }),
    step('lambda:CreateFunction', {
      FunctionName,
      Role,
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Code: { ZipFile },
      Tags,
    }),
    step('lambda:GetFunction', { FunctionName }),
    step('lambda:GetFunctionConfiguration', { FunctionName }),
    step('lambda:ListFunctions', {}),
    step('lambda:ListVersionsByFunction', { FunctionName }),
    step('lambda:GetFunctionCodeSigningConfig', { FunctionName }),
    step('lambda:GetAccountSettings', {}),
    step('lambda:Invoke', { FunctionName, InvocationType: 'DryRun' }),
    step('lambda:AddPermission', {
      FunctionName,
      StatementId: 'asked',
      Action: 'lambda:InvokeFunction',
      Principal: MANAGEMENT,
    }),
    step('lambda:AddPermission', {
      FunctionName,
      StatementId: 'url',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: MANAGEMENT,
      FunctionUrlAuthType: 'AWS_IAM',
    }),
    step('lambda:AddPermission', {
      FunctionName,
      StatementId: 'through',
      Action: 'lambda:InvokeFunction',
      Principal: MANAGEMENT,
      InvokedViaFunctionUrl: true,
    }),
    step('lambda:AddPermission', {
      FunctionName,
      StatementId: 'alexa',
      Action: 'lambda:InvokeFunction',
      Principal: 'alexa-appkit.amazon.com',
      EventSourceToken: 'asked',
    }),
    step('lambda:GetPolicy', { FunctionName }),
    step('lambda:RemovePermission', { FunctionName, StatementId: 'asked' }),
    step('lambda:PublishVersion', { FunctionName }),
    step('lambda:CreateAlias', { FunctionName, Name: 'live', FunctionVersion: '1' }),
    step('lambda:GetAlias', { FunctionName, Name: 'live' }),
    step('lambda:ListAliases', { FunctionName }),
    step('lambda:UpdateAlias', { FunctionName, Name: 'live', Description: 'asked' }),
    step('lambda:DeleteAlias', { FunctionName, Name: 'live' }),
    step('lambda:PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions: 1 }),
    step('lambda:GetFunctionConcurrency', { FunctionName }),
    step('lambda:DeleteFunctionConcurrency', { FunctionName }),
    step('lambda:PutFunctionEventInvokeConfig', { FunctionName, MaximumRetryAttempts: 1 }),
    step('lambda:UpdateFunctionEventInvokeConfig', { FunctionName, MaximumRetryAttempts: 2 }),
    step('lambda:GetFunctionEventInvokeConfig', { FunctionName }),
    step('lambda:ListFunctionEventInvokeConfigs', { FunctionName }),
    step('lambda:DeleteFunctionEventInvokeConfig', { FunctionName }),
    step('lambda:PutFunctionRecursionConfig', { FunctionName, RecursiveLoop: 'Terminate' }),
    step('lambda:GetFunctionRecursionConfig', { FunctionName }),
    step('lambda:PutRuntimeManagementConfig', { FunctionName, UpdateRuntimeOn: 'Auto' }),
    step('lambda:GetRuntimeManagementConfig', { FunctionName }),
    step('lambda:UpdateFunctionCode', { FunctionName, ZipFile }),
    step('lambda:UpdateFunctionConfiguration', { FunctionName, Role, Timeout: 7 }),
    step('lambda:TagResource', { Resource, Tags }),
    step('lambda:ListTags', { Resource }),
    step('lambda:UntagResource', { Resource, TagKeys: ['other'] }),
    step('lambda:DeleteFunction', { FunctionName }),
  ],
}
