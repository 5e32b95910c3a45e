import { createLibrary, decide, denial } from '@sallyport/policy'

const library = createLibrary()
const readers = library.policyFor(
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 's3:Get*', Resource: 'arn:aws:s3:::reports/${aws:username}/*' },
      { Effect: 'Deny', Action: 's3:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ],
  }),
  'identity',
)

const alice = { type: 'User', arn: 'arn:aws:iam::111111111111:user/alice', account: '111111111111' }
const ask = (action, resource) =>
  decide(
    {
      caller: alice,
      action,
      resource,
      resourceAccount: '111111111111',
      // Names of condition keys are in lower case here.
      context: new Map([
        ['aws:username', 'alice'],
        ['aws:securetransport', 'true'],
      ]),
    },
    { identity: [{ policy: readers, name: 'readers' }] },
  )

const hers = ask('s3:GetObject', 'arn:aws:s3:::reports/alice/june.csv')
console.log(hers.effect, hers.reason.code)
// → Allow Allowed

const his = ask('s3:GetObject', 'arn:aws:s3:::reports/bob/june.csv')
console.log(denial(his, { disclose: true }))
// → User: arn:aws:iam::111111111111:user/alice is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::reports/bob/june.csv because no identity-based policy allows the s3:GetObject action
