/** Errors of operations that are built, in the words that AWS itself answered, as recorded by others (aws-recorded-error-texts.json). */

import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  IAMClient,
  UpdateAccessKeyCommand,
  type StatusType,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { client, MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, trustText } from './people.ts'

let server: TestServer
let iam: IAMClient
let sts: STSClient
let s3: S3Client
beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  sts = client(STSClient, server)
  s3 = client(S3Client, server)
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trustText('*') }))
  await s3.send(new CreateBucketCommand({ Bucket: 'recorded' }))
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const arn = (name: string) => `arn:aws:iam::${MANAGEMENT}:policy/${name}`
const attach = (PolicyArn: string) => iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn }))
const assume = (RoleArn: string, RoleSessionName = 'Session1') =>
  sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }))
const wrong = 'invalid' as StatusType // what a client may send all the same

const RECORDED: readonly [string, () => Promise<unknown>, string, string][] = [
  [
    'test_create_role_with_malformed_assume_role_policy_document',
    () => iam.send(new CreateRoleCommand({ RoleName: 'x', AssumeRolePolicyDocument: '"Version": "2012-10-17"' })),
    'MalformedPolicyDocument',
    'This policy contains invalid Json',
  ],
  [
    'test_role_attach_policy',
    () => attach('longpolicynamebutnoarn'),
    'ValidationError',
    'Invalid ARN:  Could not be parsed!',
  ],
  [
    'test_role_attach_policy',
    () => attach(arn('p123')),
    'NoSuchEntity',
    `Policy ${arn('p123')} does not exist or is not attachable.`,
  ],
  [
    'test_delete_non_existent_policy_returns_no_such_entity',
    () => iam.send(new DeletePolicyCommand({ PolicyArn: arn('non-existent-policy') })),
    'NoSuchEntity',
    `Policy ${arn('non-existent-policy')} was not found.`,
  ],
  [
    'test_invalid_update_parameters',
    () => iam.send(new UpdateAccessKeyCommand({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE', Status: wrong })),
    'ValidationError',
    "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set",
  ],
  [
    'test_sts_invalid_parameters',
    () => assume('nothing-valid-in-here'),
    'ValidationError',
    'nothing-valid-in-here is invalid',
  ],
  [
    'test_sts_invalid_parameters',
    () => assume('arn::b:::something/test-role'),
    'ValidationError',
    'arn::b:::something/test-role is invalid',
  ],
  [
    'test_sts_invalid_parameters',
    () => assume('arn:a::::something/test-role'),
    'ValidationError',
    'arn:a::::something/test-role is invalid',
  ],
  [
    'test_sts_invalid_parameters',
    () => assume('arn:a:::something/test-role'),
    'ValidationError',
    'arn:a:::something/test-role is invalid',
  ],
  [
    'test_sts_invalid_parameters',
    () => assume('arn:a:a::aaaaaaaaaa:'),
    'ValidationError',
    'arn:a:a::aaaaaaaaaa: is invalid',
  ],
  [
    'test_sts_invalid_parameters',
    () => assume(`arn:aws:iam::${MANAGEMENT}:role/r`, 'Session1:2'),
    'ValidationError',
    "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
  ],
  [
    'test_list_objects_v2_continuation_start_after',
    () => s3.send(new ListObjectsV2Command({ Bucket: 'recorded', ContinuationToken: 'nothing' })),
    'InvalidArgument',
    'The continuation token provided is incorrect',
  ],
]
test.each(RECORDED)('%s', async (_recording, call, code, message) => {
  await expectRefusal(call(), code, message)
})
