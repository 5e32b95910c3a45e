/** The services whose models we generate: what neither the SDK's schemas nor botocore's say in a form we can use. */
import type { ProtocolName } from '../../packages/server/src/wire/model.ts'

export interface ServiceRow {
  /** The npm package: `@aws-sdk/client-<client>`. */
  readonly client: string
  /** The folder under botocore's `data/`. */
  readonly botocore: string
  readonly signingName: string
  /** The protocols that clients speak to it, the newest SDK's first. */
  readonly protocols: readonly ProtocolName[]
  /** First labels of its host names under `amazonaws.com`. */
  readonly hosts: readonly string[]
  readonly namespace?: string
}

const json11 = ['awsJson1_1'] as const
const query = ['awsQuery'] as const
const restJson = ['restJson1'] as const

/** By our own name of the service. */
export const SERVICES: Readonly<Record<string, ServiceRow>> = {
  sts: row('sts', 'sts', query, ['sts']),
  iam: row('iam', 'iam', query, ['iam']),
  organizations: row('organizations', 'organizations', json11, ['organizations']),
  account: row('account', 'account', restJson, ['account']),
  'service-quotas': row('service-quotas', 'servicequotas', json11, ['servicequotas']),
  s3: row('s3', 's3', ['restXml'], ['s3', 's3-fips', 's3-accelerate', 's3-website', 's3-external-1']),
  s3control: { ...row('s3-control', 's3', ['restXml'], ['s3-control']), botocore: 's3control' },
  ec2: { ...row('ec2', 'ec2', ['ec2Query'], ['ec2']), namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/' },
  lambda: row('lambda', 'lambda', restJson, ['lambda']),
  cloudtrail: row('cloudtrail', 'cloudtrail', json11, ['cloudtrail']),
  sso: row('sso', 'awsssoportal', restJson, ['portal']),
  'sso-oidc': row('sso-oidc', 'sso-oauth', restJson, ['oidc']),
  'sso-admin': row('sso-admin', 'sso', json11, ['sso']),
  identitystore: row('identitystore', 'identitystore', json11, ['identitystore']),
  cloudwatch: row('cloudwatch', 'monitoring', ['awsJson1_0', 'rpcv2Cbor', 'awsQuery'], ['monitoring']),
  logs: { ...row('cloudwatch-logs', 'logs', json11, ['logs', 'stream-logs']), botocore: 'logs' },
  sns: row('sns', 'sns', query, ['sns']),
  sqs: {
    ...row('sqs', 'sqs', ['awsJson1_0', 'awsQuery'], ['sqs', 'queue']),
    namespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
  },
  budgets: row('budgets', 'budgets', json11, ['budgets']),
  ssm: row('ssm', 'ssm', json11, ['ssm']),
  accessanalyzer: row('accessanalyzer', 'access-analyzer', restJson, ['access-analyzer']),
  kms: row('kms', 'kms', json11, ['kms']),
}

function row(client: string, signingName: string, protocols: readonly ProtocolName[], hosts: readonly string[]) {
  return { client, botocore: client, signingName, protocols, hosts }
}
