/** What generated identities may do: the same texts in every account, as companies that write them once have them. */

import { allow, deny, policyText } from './texts.ts'

/** The customer managed policies that accounts draw from. */
export const MANAGED: Readonly<Record<string, { readonly description: string; readonly document: string }>> = {
  'developer-boundary': {
    description: 'The most that anything made by developers may do',
    document: policyText(
      allow(['s3:*', 'dynamodb:*', 'sqs:*', 'sns:*', 'lambda:*', 'logs:*', 'cloudwatch:*', 'xray:*', 'ssm:Get*']),
      allow(['ec2:Describe*', 'ecr:Get*', 'ecr:BatchGet*', 'states:*', 'events:*', 'kms:Decrypt', 'sts:AssumeRole']),
      allow(['iam:Get*', 'iam:List*']),
      deny(['iam:DeleteRolePermissionsBoundary', 'iam:DeleteUserPermissionsBoundary', 'organizations:*']),
    ),
  },
  'data-access': {
    description: 'Reading and writing the data of applications',
    document: policyText(
      allow(['s3:ListBucket', 's3:GetBucketLocation'], 'arn:aws:s3:::*-data'),
      allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], 'arn:aws:s3:::*-data/*'),
      allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem']),
    ),
  },
  'logs-write': {
    description: 'Writing logs',
    document: policyText(
      allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], 'arn:aws:logs:*:*:*'),
    ),
  },
  'queue-worker': {
    description: 'Taking work from queues',
    document: policyText(
      allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes']),
    ),
  },
  'events-publish': {
    description: 'Telling others what happened',
    document: policyText(allow(['events:PutEvents', 'sns:Publish', 'sqs:SendMessage'])),
  },
  'parameter-read': {
    description: 'Reading settings',
    document: policyText(
      allow(['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'], 'arn:aws:ssm:*:*:parameter/app/*'),
      allow('kms:Decrypt', '*', { StringLike: { 'kms:ViaService': 'ssm.*.amazonaws.com' } }),
    ),
  },
  'key-use': {
    description: 'Using the keys of applications',
    document: policyText(
      allow(['kms:Decrypt', 'kms:GenerateDataKey*', 'kms:DescribeKey'], '*', {
        StringEquals: { 'aws:ResourceTag/use': 'application' },
      }),
    ),
  },
  'metrics-write': {
    description: 'Writing metrics under the application’s own name',
    document: policyText(
      allow('cloudwatch:PutMetricData', '*', { StringEquals: { 'cloudwatch:namespace': '${aws:PrincipalTag/app}' } }),
    ),
  },
  'cost-read': {
    description: 'Seeing what things cost',
    document: policyText(allow(['ce:Get*', 'ce:List*', 'budgets:View*', 'cur:Describe*'])),
  },
  'no-identity-changes': {
    description: 'Identities are made by the pipeline alone',
    document: policyText(
      deny(['iam:Create*', 'iam:Delete*', 'iam:Put*', 'iam:Attach*', 'iam:Update*'], '*', {
        ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/delivery/deploy' },
      }),
    ),
  },
  'own-credentials': {
    description: 'People look after their own credentials',
    document: policyText(
      allow(
        ['iam:GetUser', 'iam:ListAccessKeys', 'iam:CreateAccessKey', 'iam:DeleteAccessKey'],
        ['arn:aws:iam::*:user/*/${aws:username}', 'arn:aws:iam::*:user/${aws:username}'],
      ),
      deny(['iam:CreateAccessKey'], '*', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }),
    ),
  },
}
export const BOUNDARY = 'developer-boundary'

/** Crossing into the roles that other accounts hold open. */
export const CROSSING = policyText(allow('sts:AssumeRole', 'arn:aws:iam::*:role/exchange/*'))

/** What a component of an application needs for itself, by the kind of thing it runs on. */
export const OF_COMPONENT = {
  function: (component: string) =>
    policyText(
      allow(['s3:GetObject', 's3:PutObject'], `arn:aws:s3:::*-data/${component}/*`),
      allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], `arn:aws:dynamodb:*:*:table/${component}-*`),
    ),
  instance: (component: string) =>
    policyText(
      allow(['s3:GetObject', 's3:ListBucket'], ['arn:aws:s3:::*-artifacts', `arn:aws:s3:::*-artifacts/${component}/*`]),
      allow('ec2:DescribeTags'),
    ),
  task: (component: string) =>
    policyText(
      allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:SendMessage'], `arn:aws:sqs:*:*:${component}-*`),
      allow('secretsmanager:GetSecretValue', `arn:aws:secretsmanager:*:*:secret:${component}/*`),
    ),
  workflow: (component: string) =>
    policyText(
      allow('lambda:InvokeFunction', `arn:aws:lambda:*:*:function:${component}-*`),
      allow(['states:StartExecution', 'states:DescribeExecution'], `arn:aws:states:*:*:stateMachine:${component}-*`),
    ),
  schedule: (component: string) =>
    policyText(
      allow(
        ['lambda:InvokeFunction', 'sqs:SendMessage'],
        [`arn:aws:lambda:*:*:function:${component}-*`, `arn:aws:sqs:*:*:${component}-*`],
      ),
    ),
  developer: (component: string) =>
    policyText(
      allow(['lambda:Get*', 'lambda:List*', 'lambda:UpdateFunctionCode'], `arn:aws:lambda:*:*:function:${component}-*`),
      allow(['logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:StartQuery'], '*', {
        StringEquals: { 'aws:ResourceTag/component': component },
      }),
    ),
  reader: (component: string) =>
    policyText(allow(['s3:GetObject', 's3:ListBucket'], ['arn:aws:s3:::*-data', `arn:aws:s3:::*-data/${component}/*`])),
  exchange: (component: string) =>
    policyText(
      allow('s3:GetObject', `arn:aws:s3:::*-exports/${component}/*`, {
        StringEquals: { 'aws:ResourceOrgID': '${aws:PrincipalOrgID}' },
      }),
    ),
} as const
