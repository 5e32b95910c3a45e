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
    step('lambda:UpdateFunctionCode', { FunctionName, ZipFile }),
    step('lambda:UpdateFunctionConfiguration', { FunctionName, Role, Timeout: 7 }),
    step('lambda:TagResource', { Resource, Tags }),
    step('lambda:ListTags', { Resource }),
    step('lambda:UntagResource', { Resource, TagKeys: ['other'] }),
    step('lambda:DeleteFunction', { FunctionName }),
  ],
}
