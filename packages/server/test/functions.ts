/** A server that runs functions, and functions for it. */

import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  type CreateFunctionCommandInput,
  type InvokeCommandInput,
} from '@aws-sdk/client-lambda'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Running } from '../src/functions/running.ts'
import { client, MANAGEMENT, startServer, type TestOptions, type TestServer } from './harness.ts'
import { zipOf } from './package.ts'

export const ROLE = `arn:aws:iam::${MANAGEMENT}:role/runner`
export const ARN = `arn:aws:lambda:us-east-1:${MANAGEMENT}:function:`

export interface FunctionServer extends TestServer {
  readonly lambda: LambdaClient
  /** Makes a function of these files, or of one `index.mjs`. */
  make(
    name: string,
    files: string | Readonly<Record<string, string>> | Buffer,
    more?: Partial<CreateFunctionCommandInput>,
  ): Promise<void>
  call(name: string, event?: unknown, more?: Partial<InvokeCommandInput>): Promise<Called>
}

export interface Called {
  readonly answer: unknown
  readonly error: string | undefined
  readonly log: string
  readonly version: string | undefined
}

/** The role `runner` may do all that is said, and is trusted to Lambda. */
export async function startFunctions(
  running: Partial<Running> = {},
  options: TestOptions = {},
): Promise<FunctionServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-functions-'))
  const functions = { folder, mode: 'auto', path: process.env['PATH'] ?? '', sandboxes: 16, ...running } as const
  const server = await startServer({ ...options, functions })
  const lambda = client(LambdaClient, server)
  const iam = client(IAMClient, server)
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: trust })
  await iam.send(new CreateRoleCommand({ RoleName: 'runner', AssumeRolePolicyDocument }))
  const allow = { Effect: 'Allow', Action: ['logs:*', 'sts:*', 's3:*'], Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allow })
  await iam.send(new PutRolePolicyCommand({ RoleName: 'runner', PolicyName: 'p', PolicyDocument }))
  return {
    ...server,
    lambda,
    async make(FunctionName, files, more = {}) {
      const ZipFile = Buffer.isBuffer(files) ? files : zipOf(typeof files === 'string' ? { 'index.mjs': files } : files)
      const ground = { Role: ROLE, Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile } } as const
      await lambda.send(new CreateFunctionCommand({ FunctionName, ...ground, ...more }))
    },
    async call(FunctionName, event = {}, more = {}) {
      const Payload = JSON.stringify(event)
      const said = await lambda.send(new InvokeCommand({ FunctionName, Payload, LogType: 'Tail', ...more }))
      const text = said.Payload?.transformToString() ?? ''
      return {
        answer: text === '' ? undefined : (JSON.parse(text) as unknown),
        error: said.FunctionError,
        log: Buffer.from(said.LogResult ?? '', 'base64').toString(),
        version: said.ExecutedVersion,
      }
    },
  }
}
