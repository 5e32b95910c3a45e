/** Somebody to call as, and what a refusal must look like, for tests of operations. */

import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { expect } from 'vitest'
import { client, type Keys, type TestServer } from './harness.ts'

export function iamOf(server: TestServer, keys?: Keys): IAMClient {
  return client(IAMClient, server, keys)
}

/** The keys of an administrator's session in a member account. */
export async function enter(server: TestServer, account: string): Promise<Keys> {
  const command = new AssumeRoleCommand({
    RoleArn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`,
    RoleSessionName: 'admin',
  })
  const { Credentials: given = undefined } = await client(STSClient, server).send(command)
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = given ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

/** A new user with long-term keys; `allowed` are actions on everything. */
export async function newUser(server: TestServer, name: string, allowed: readonly string[] = []): Promise<Keys> {
  const iam = iamOf(server)
  await iam.send(new CreateUserCommand({ UserName: name }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  if (allowed.length > 0) await permit(server, name, allowed)
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

/** A new user who may do what `statements` allow. */
export async function userAllowed(server: TestServer, name: string, ...statements: readonly object[]): Promise<Keys> {
  const keys = await newUser(server, name)
  const document = policyText(...statements.map((one) => ({ Effect: 'Allow', ...one })))
  await iamOf(server).send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'own', PolicyDocument: document }))
  return keys
}

export async function permit(server: TestServer, name: string, allowed: readonly string[]): Promise<void> {
  const document = policyText({ Effect: 'Allow', Action: allowed, Resource: '*' })
  await iamOf(server).send(
    new PutUserPolicyCommand({ UserName: name, PolicyName: 'permitted', PolicyDocument: document }),
  )
}

export async function forbid(server: TestServer, name: string): Promise<void> {
  await iamOf(server).send(new DeleteUserPolicyCommand({ UserName: name, PolicyName: 'permitted' }))
}

export function policyText(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

export function trustText(principal: object | string, action: string | readonly string[] = 'sts:AssumeRole'): string {
  return policyText({ Effect: 'Allow', Principal: principal, Action: action })
}

/** `code` as it is on the wire: the SDK adds `Exception` to the names of some. */
export async function expectRefusal(
  call: Promise<unknown>,
  code: string,
  message: string | RegExp = /./,
  status?: number,
): Promise<void> {
  await expect(call).rejects.toMatchObject({
    name: expect.stringMatching(new RegExp(`^${code.replaceAll('.', '\\.')}(?:Exception)?$`)),
    message: typeof message === 'string' ? message : expect.stringMatching(message),
    ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
  })
}

/** Everything that a paginator gives, page by page. */
export async function pagesOf<P, T>(
  pages: AsyncIterable<P>,
  items: (page: P) => readonly T[] | undefined,
): Promise<readonly (readonly T[])[]> {
  const all: (readonly T[])[] = []
  for await (const page of pages) all.push(items(page) ?? [])
  return all
}
