/** The SDK's module and client of each service that is built, to send an operation by its name. */

import * as AccountManagement from '@aws-sdk/client-account'
import * as Logs from '@aws-sdk/client-cloudwatch-logs'
import * as Ec2 from '@aws-sdk/client-ec2'
import * as Iam from '@aws-sdk/client-iam'
import * as Lambda from '@aws-sdk/client-lambda'
import * as Organizations from '@aws-sdk/client-organizations'
import * as S3 from '@aws-sdk/client-s3'
import * as S3Control from '@aws-sdk/client-s3-control'
import * as ServiceQuotas from '@aws-sdk/client-service-quotas'
import * as Ssm from '@aws-sdk/client-ssm'
import * as Sts from '@aws-sdk/client-sts'
import type { ServiceName } from '../src/operation.ts'
import { client, type Keys, type TestServer } from './harness.ts'

const SDKS: Readonly<Record<ServiceName, readonly [module: object, Client: unknown]>> = {
  sts: [Sts, Sts.STSClient],
  iam: [Iam, Iam.IAMClient],
  organizations: [Organizations, Organizations.OrganizationsClient],
  s3: [S3, S3.S3Client],
  s3control: [S3Control, S3Control.S3ControlClient],
  ec2: [Ec2, Ec2.EC2Client],
  lambda: [Lambda, Lambda.LambdaClient],
  logs: [Logs, Logs.CloudWatchLogsClient],
  ssm: [Ssm, Ssm.SSMClient],
  'service-quotas': [ServiceQuotas, ServiceQuotas.ServiceQuotasClient],
  account: [AccountManagement, AccountManagement.AccountClient],
}

/** All clients have the face that is used here, IAM's for one; and so have all commands. */
export type AnyClient = Iam.IAMClient
export type AnyCommand = Iam.ListUsersCommand

export function clientOf(service: ServiceName, server: TestServer, keys?: Keys): AnyClient {
  const [, Client] = SDKS[service]
  return client(Client as new () => AnyClient, server, keys)
}

export function commandOf(service: ServiceName, operation: string, input: object): AnyCommand {
  const [module] = SDKS[service]
  const Command = Reflect.get(module, `${operation}Command`) as new (input: object) => AnyCommand
  return new Command(input)
}

/** A client whose calls go without a signature. */
export function anonymous<C extends object>(sdk: C): C {
  const { middlewareStack } = sdk as unknown as AnyClient // as above
  middlewareStack.add(unsigned, { step: 'deserialize', name: 'unsigned', priority: 'low' })
  return sdk
}

const unsigned: Parameters<AnyClient['middlewareStack']['add']>[0] = (next) => async (args) => {
  const { request } = args as { request?: { headers: Record<string, string> } } // in this step it is an HTTP request
  delete request?.headers['authorization']
  return next(args as never)
}
