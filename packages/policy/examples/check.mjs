import { lint, parse } from '@sallyport/policy'

const broken = parse('{"Version": "2012-10-17",\n "Statement": [{"Effect": "Allow", "Resource": "*"}]}', 'identity')
for (const { code, path, message, position } of broken.findings) console.log(code, path, position.line, message)
// → MissingActions Statement[0] 2 Policy statement must contain actions.

const odd = parse(
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:GetObjects'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:TagKeys': 'team' } },
    },
  }),
  'identity',
)

// AWS's tables, as far as they are at hand: Sallyport's server has them all.
const reference = {
  action: () => undefined,
  actionsOf: (service) => (service === 's3' ? ['GetObject', 'PutObject'] : undefined),
  conditionKey: () => undefined,
  supportsRcp: () => true,
}
for (const { code, path } of lint(odd.document, reference)) console.log(code, path)
// → UnknownAction Statement[0].Action
// → SetOperatorMissing Statement[0].Condition.StringEquals.aws:TagKeys
