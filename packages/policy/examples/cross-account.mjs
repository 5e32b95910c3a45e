import { createLibrary, decide, tree } from '@sallyport/policy'

const library = createLibrary()
const policy = (kind, ...Statement) => ({
  policy: library.policyFor(JSON.stringify({ Version: '2012-10-17', Statement }), kind),
})
const everything = { Effect: 'Allow', Action: '*', Resource: '*' }

const request = {
  caller: {
    type: 'AssumedRole',
    arn: 'arn:aws:sts::111111111111:assumed-role/reader/monday',
    role: 'arn:aws:iam::111111111111:role/reader',
    account: '111111111111',
  },
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::lake/a.parquet',
  resourceAccount: '222222222222',
  context: new Map([['aws:requestedregion', 'us-east-1']]),
}
const bearing = {
  identity: [policy('identity', { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::lake/*' })],
  resource: policy('resource', {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::111111111111:role/reader' },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::lake/*',
  }),
  // Root first, one entry a level; absent where the caller is in no organisation.
  scp: [{ target: 'r-root', policies: [policy('scp', everything)] }],
}

console.log(decide(request, bearing).reason)
// → { code: 'Allowed', by: [ 'resource', 'identity' ] }

const europe = {
  Sid: 'Europe',
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-central-1' } },
}
const scp = [{ target: 'r-root', policies: [policy('scp', everything, europe)] }]
const refused = decide(request, { ...bearing, scp })
console.log(refused.reason.code, refused.reason.layer, refused.reason.statement.sid)
// → ExplicitDeny scp Europe

// All that every layer said, for people. It is worked out only when it is asked for.
console.log(tree(refused).split('\n').length > 3)
// → true
