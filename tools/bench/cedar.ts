/**
 * The benchmark's scenarios in Cedar, as near as its language comes: one permit a grant, one forbid a Deny, layers that
 * limit as conditions of the permit. Cedar has no Action patterns, so that `s3:*` is a list; no policy layers; and no
 * variables in a `like`, so that the one in the scenario is filled in.
 */

const RESOURCE = '(context.arn == "arn:aws:s3:::data-lake" || context.arn like "arn:aws:s3:::data-lake/*")'
const REGION = '(context.region == "eu-central-1" || context.region == "eu-west-1")'
const S3 = ['GetObject', 'GetObjectVersion', 'ListBucket', 'PutObject', 'DeleteObject', 'DeleteBucket'].map(
  (name) => `Action::"s3:${name}"`,
)

const CROSS_ACCOUNT = [
  'permit(principal, action in [Action::"ec2:DescribeInstances", Action::"ec2:GetConsoleOutput"], resource);',
  'permit(principal, action in [Action::"logs:CreateLogStream", Action::"logs:PutLogEvents"], resource) when { context.arn like "arn:aws:logs:*:*:log-group:/app/*" };',
  'permit(principal, action in [Action::"sqs:SendMessage", Action::"sqs:ReceiveMessage", Action::"sqs:DeleteMessage"], resource) when { context.arn like "arn:aws:sqs:eu-central-1:111111111111:app-*" };',
  'permit(principal, action in [Action::"dynamodb:GetItem", Action::"dynamodb:PutItem"], resource) when { context.arn like "arn:aws:dynamodb:*:*:table/team-a-*" };',
  'permit(principal, action in [Action::"kms:Decrypt", Action::"kms:GenerateDataKey"], resource) when { context has viaService && context.viaService like "s3.*.amazonaws.com" };',
  'permit(principal, action == Action::"s3:ListBucket", resource) when { context.arn == "arn:aws:s3:::data-lake" && context has prefix && (context.prefix like "team-a/*" || context.prefix like "shared/*") };',
  `permit(principal, action in [Action::"s3:GetObject", Action::"s3:GetObjectVersion"], resource) when {
    context.arn like "arn:aws:s3:::data-lake/team-a/*" && context.resourceAccount == "222222222222" && context.secureTransport
    && (principal.role == "arn:aws:iam::111111111111:role/data-reader" || principal.account == "333333333333") && ${RESOURCE}
    && (context.sourceIp.isInRange(ip("203.0.113.0/24")) || context.sourceIp.isInRange(ip("2001:db8::/32")))
    && context.time < 1893456000 };`,
  'forbid(principal, action in [Action::"iam:CreateUser", Action::"organizations:LeaveOrganization"], resource);',
  `forbid(principal, action in [Action::"ec2:DescribeInstances", Action::"logs:PutLogEvents"], resource) unless { ${REGION} };`,
  `forbid(principal, action in [${S3.join(', ')}], resource) when { context.arn like "arn:aws:s3:::*/secret/*" };`,
  `forbid(principal, action in [${S3.join(', ')}], resource) when { ${RESOURCE} && !context.secureTransport };`,
  `forbid(principal, action in [${S3.join(', ')}], resource) when { ${RESOURCE} && context.org != "o-exampleorg" && !context.isService };`,
  'forbid(principal, action == Action::"s3:DeleteBucket", resource);',
  'forbid(principal, action in [Action::"organizations:LeaveOrganization", Action::"account:CloseAccount"], resource);',
  `forbid(principal, action, resource) when { !${REGION} && !(principal.role like "arn:aws:iam::*:role/break-glass") };`,
  `forbid(principal, action in [${S3.join(', ')}], resource) when { context.org != "o-exampleorg" && !context.isService };`,
].join('\n')

const SIMPLE =
  'permit(principal, action == Action::"s3:GetObject", resource) when { context.arn like "arn:aws:s3:::data-lake/*" };'

/** The policies of a scenario by its id; a curve's statements one by one. */
export function cedarPolicies(id: string, statements: readonly { Action: string; Resource: string }[]): string {
  if (id.startsWith('bench-a')) return SIMPLE
  if (id.startsWith('bench-')) return CROSS_ACCOUNT
  return statements
    .map(
      ({ Action, Resource }) =>
        `permit(principal, action == Action::"${Action}", resource) when { context.arn like "${Resource}" };`,
    )
    .join('\n')
}
