/** EC2 as tests of its nouns need it: a client, somebody with a policy, an instance. */

import { EC2, type RunInstancesCommandInput } from '@aws-sdk/client-ec2'
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { expect } from 'vitest'
import { client, type Keys, type TestServer } from './harness.ts'
import { iamOf, policyText } from './people.ts'

export const SECOND = 1000

export function cloudOf(server: TestServer, keys?: Keys, region = 'us-east-1'): EC2 {
  return client(EC2, server, keys, region)
}

/** A new user with one policy of these statements. */
export async function userWith(server: TestServer, name: string, ...statements: readonly object[]): Promise<Keys> {
  const iam = iamOf(server)
  await iam.send(new CreateUserCommand({ UserName: name }))
  const PolicyDocument = policyText(...statements)
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

export async function imageIn(server: TestServer, name = 'al2023-ami-2023.8*-x86_64'): Promise<string> {
  const { Images = [] } = await cloudOf(server).describeImages({ Filters: [{ Name: 'name', Values: [name] }] })
  return Images[0]?.ImageId ?? ''
}

/** The id of a new instance, which runs. */
export async function launched(
  server: TestServer,
  more: Partial<RunInstancesCommandInput> = {},
  keys?: Keys,
): Promise<string> {
  const ImageId = await imageIn(server)
  const input = { ImageId, InstanceType: 't3.micro' as const, MinCount: 1, MaxCount: 1, ...more }
  const { Instances = [] } = await cloudOf(server, keys).runInstances(input)
  server.clock.move(10 * SECOND)
  return Instances[0]?.InstanceId ?? ''
}

export const DENIED = {
  name: 'UnauthorizedOperation',
  message: expect.stringContaining('Encoded authorization failure message: '),
  $metadata: { httpStatusCode: 403 },
}
