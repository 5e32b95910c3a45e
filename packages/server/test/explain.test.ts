/** Why a call went as it did: in the audit record, in the sealed message, and by the door that tells an operator. */

import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { CreateRoleCommand, GetRoleCommand, GetUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, DecodeAuthorizationMessageCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ExplainAnswer } from '../src/index.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, STAGING, type Keys, type TestServer } from './harness.ts'
import { enter, iamOf, newUser, policyText, trustText } from './people.ts'
import { send, type RawCall } from './raw.ts'

const ALICE = `arn:aws:iam::${MANAGEMENT}:user/alice`
const ROLE = `arn:aws:iam::${PRODUCTION}:role/reader`

let server: TestServer
let alice: Keys
let production: Keys

beforeAll(async () => {
  server = await startServer()
  alice = await newUser(server, 'alice', ['s3:*'])
  production = await enter(server, PRODUCTION)
  await client(S3Client, server, production).send(new CreateBucketCommand({ Bucket: 'theirs' }))
  const trust = trustText({ AWS: `arn:aws:iam::${STAGING}:root` })
  await iamOf(server, production).send(new CreateRoleCommand({ RoleName: 'reader', AssumeRolePolicyDocument: trust }))
})

afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const explain = (question: object, call: RawCall = {}) =>
  send(server, {
    path: '/_sallyport/explain',
    body: JSON.stringify(question),
    service: 'sallyport',
    headers: { 'content-type': 'application/json' },
    ...call,
  })
const told = async (question: object): Promise<ExplainAnswer> => {
  const { status, body } = await explain(question)
  expect([status, body]).toEqual([200, body])
  return JSON.parse(body) as ExplainAnswer // what the door says it gives
}

/** The refusal of a call, as the SDK has it. */
async function refusal(call: Promise<unknown>): Promise<{ message: string; requestId: string }> {
  try {
    await call
  } catch (error) {
    const { message, $metadata } = error as Error & { $metadata: { requestId: string } } // the SDK's errors are these
    return { message, requestId: $metadata.requestId }
  }
  throw new Error('the call went through')
}

describe('a denied call', () => {
  test('keeps its tree in the audit record, and the door tells it by the request id', async () => {
    const { requestId } = await refusal(iamOf(server, alice).send(new GetUserCommand({ UserName: 'bob' })))
    const [record] = (await server.world.store.audited({ requestId, limit: 1 })).records
    const tree = `DENIED  ${ALICE}  iam:GetUser  arn:aws:iam::${MANAGEMENT}:user/bob
  why: no identity-based policy allows it
  account ${MANAGEMENT}, of the caller and the resource
    ✗ identity-based policy: says nothing of iam:GetUser
  to allow it: in ${MANAGEMENT} an identity-based policy of the caller must allow it, or the resource's policy must name the caller`
    expect(record?.additionalEventData).toMatchObject({ sallyport: { effect: 'Deny', explanation: tree } })
    expect(await told({ requestId })).toMatchObject({
      effect: 'Deny',
      text: tree,
      record: { eventName: 'GetUser', errorCode: 'AccessDenied' },
    })
  })

  test('tells of both accounts where both refuse', async () => {
    const call = new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'alice' })
    const { requestId } = await refusal(client(STSClient, server, alice).send(call))
    const { text } = await told({ requestId })
    expect(text).toContain(`account ${MANAGEMENT}, of the caller\n    ✗ identity-based policy: says nothing`)
    expect(text).toContain(`account ${PRODUCTION}, of the resource\n    ✗ role trust policy: says nothing`)
    expect(text).toContain(`missed  reader, Statement[0]: its Principal is \`arn:aws:iam::${STAGING}:root\``)
    expect(text.split('\n').at(-1)).toBe(
      `  to allow it: in ${PRODUCTION} the role's trust policy must allow it to this caller; in ${MANAGEMENT} an identity-based policy of the caller must allow it`,
    )
  })

  test('has its explanation inside the encoded message, where AWS’s decoding does not show it', async () => {
    const { message } = await refusal(client(EC2Client, server, alice).send(new DescribeInstancesCommand({})))
    const [, EncodedMessage = ''] = /failure message: ([A-Za-z0-9_-]+)$/.exec(message) ?? []
    expect(EncodedMessage.length).toBeLessThanOrEqual(10_240)
    const { DecodedMessage = '' } = await client(STSClient, server).send(
      new DecodeAuthorizationMessageCommand({ EncodedMessage }),
    )
    const decoded = JSON.parse(DecodedMessage) as object // AWS's JSON, whatever is in it
    expect(Object.keys(decoded)).toEqual(['allowed', 'explicitDeny', 'matchedStatements', 'failures', 'context'])
    expect((await told({ message: EncodedMessage })).text).toMatch(/^DENIED {2}.* {2}ec2:DescribeInstances/)
  })

  test('has a bounded explanation, however long the policies are', async () => {
    const longest = Array.from({ length: 20 }, (_, at) => ({
      Effect: 'Allow',
      Action: 'iam:GetRole',
      Resource: `arn:aws:iam::${MANAGEMENT}:role/${at}`,
    }))
    const user = await newUser(server, 'verbose')
    for (const at of [0, 1, 2, 3]) {
      const document = policyText(...longest.slice(at * 5, at * 5 + 5))
      const put = { UserName: 'verbose', PolicyName: `p${at}`, PolicyDocument: document }
      await iamOf(server).send(new PutUserPolicyCommand(put))
    }
    const { requestId } = await refusal(iamOf(server, user).send(new GetRoleCommand({ RoleName: 'x' })))
    const { text } = await told({ requestId })
    expect(text.length).toBeLessThanOrEqual(4000)
    expect(text).toContain('… and 16 more')
  })
})

describe('a call that was not denied', () => {
  test('is decided again on what is there now, and that is said', async () => {
    const sent = await iamOf(server).send(new GetUserCommand({ UserName: 'alice' }))
    const answer = await told({ requestId: sent.$metadata.requestId })
    expect(answer).toMatchObject({ effect: 'Allow', note: expect.stringMatching(/was allowed at .* decided again/) })
    expect(answer.text).toMatch(/^ALLOWED/)
  })

  test('and was refused by the service says so', async () => {
    const { requestId } = await refusal(iamOf(server).send(new GetUserCommand({ UserName: 'nobody' })))
    expect((await told({ requestId })).note).toContain('then it was refused as NoSuchEntity')
  })

  test('and never came to the law says that', async () => {
    const forged = { ...alice, secretAccessKey: 'x'.repeat(40) }
    const { requestId } = await refusal(iamOf(server, forged).send(new GetUserCommand({})))
    const { text, effect } = await told({ requestId })
    expect([text, effect]).toEqual([expect.stringContaining('the law was not asked: it was refused as'), undefined])
  })
})

describe('a question', () => {
  const object = 'arn:aws:s3:::theirs/key'
  test.each<[string, object, string]>([
    [
      'Allow',
      { principal: `arn:aws:iam::${PRODUCTION}:role/OrganizationAccountAccessRole` },
      'a role acts by a session',
    ],
    ['Allow', { principal: 'Production:OrganizationAccountAccessRole' }, 'an account by its name'],
    ['Allow', { principal: `arn:aws:sts::${PRODUCTION}:assumed-role/OrganizationAccountAccessRole/s` }, 'a session'],
    ['Allow', { principal: `arn:aws:iam::${PRODUCTION}:root` }, 'the root user needs no policy'],
    ['Deny', { principal: ALICE }, 'the bucket’s owner must allow it too'],
    ['Deny', { principal: `${MANAGEMENT}:alice` }, 'an account by its number'],
    ['Deny', { principal: 'anonymous' }, 'nobody at all'],
    ['Deny', { principal: 'lambda.amazonaws.com' }, 'a service'],
    ['Allow', { principal: ALICE, resource: '*', action: 's3:ListAllMyBuckets' }, 'an action without a resource'],
    ['Allow', { principal: ALICE, resource: '*', action: 'sts:GetCallerIdentity' }, 'what needs no permission'],
    [
      'Deny',
      { principal: `${STAGING}:OrganizationAccountAccessRole`, resource: `${ROLE}x`, action: 'sts:AssumeRole' },
      'no role',
    ],
    [
      'Allow',
      { principal: `${STAGING}:OrganizationAccountAccessRole`, resource: ROLE, action: 'sts:AssumeRole' },
      'trusted',
    ],
  ])('%s: %j: %s', async (effect, question) => {
    expect(await told({ action: 's3:GetObject', resource: object, ...question })).toMatchObject({ effect })
  })

  test('is answered as the call itself is', async () => {
    const call = client(S3Client, server, alice).send(new GetObjectCommand({ Bucket: 'theirs', Key: 'key' }))
    const { requestId } = await refusal(call)
    const asked = await told({ principal: ALICE, action: 's3:GetObject', resource: object })
    expect((await told({ requestId })).text).toBe(asked.text)
  })

  test('brings its own condition keys, which go before what is known', async () => {
    const bob = await newUser(server, 'bob')
    const condition = {
      StringEquals: { 'aws:PrincipalTag/team': 'red' },
      IpAddress: { 'aws:SourceIp': '192.0.2.0/24' },
    }
    const document = policyText({ Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: condition })
    await iamOf(server).send(new PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'p', PolicyDocument: document }))
    const asked = { principal: `${MANAGEMENT}:bob`, action: 's3:ListAllMyBuckets', resource: '*' }
    expect((await told(asked)).text).toContain(
      'StringEquals aws:PrincipalTag/team wanted `red`, had nothing; IpAddress',
    )
    const context = { 'aws:PrincipalTag/team': 'red', 'aws:SourceIp': '192.0.2.1' }
    expect(await told({ ...asked, context })).toMatchObject({ effect: 'Allow', explained: { remedies: [] } })
    expect(bob.accessKeyId).not.toBe('')
  })

  test.each([
    [{ principal: 'x', action: 's3:GetObject', resource: '*' }, '`x` is no principal'],
    [{ principal: '999999999999:x', action: 's3:GetObject', resource: '*' }, 'there is no account `999999999999`'],
    [{ principal: `${MANAGEMENT}:nobody`, action: 's3:GetObject', resource: '*' }, 'there is no'],
    [{ principal: ALICE, action: 'GetObject', resource: '*' }, '`GetObject` is no action'],
    [{ principal: ALICE, action: 's3:GetObject', resource: 'bucket' }, '`bucket` is no resource'],
    [{ principal: ALICE, action: 's3:GetObject', resource: '*', context: { a: 1 } }, 'the value of `a`'],
    [{ principal: ALICE }, 'give `requestId`, or'],
    [{ requestId: 'none' }, 'no call has the request id `none`'],
    [{ message: 'bm90aGluZw==' }, 'not encoded by this server'],
  ])('%j is refused with 400: %s', async (question, says) => {
    const { status, body } = await explain(question)
    expect([status, body]).toEqual([400, expect.stringContaining(says)])
  })
})

describe('the door opens to nobody', () => {
  const question = { principal: ALICE, action: 's3:GetObject', resource: '*' }
  test.each<[string, () => RawCall | Promise<RawCall>, number, string]>([
    ['who does not sign', () => ({ keys: null }), 403, 'sign the request'],
    ['who signs for a service of AWS’s', () => ({ service: 'iam' }), 403, 'correct service'],
    ['who signs for S3', () => ({ service: 's3' }), 403, 'correct service'],
    [
      'who sends another body than was signed',
      () => ({ bodySent: JSON.stringify({ ...question, x: 1 }) }),
      403,
      'signature',
    ],
    [
      'who does not know the secret',
      () => ({ keys: { ...server.administrator, secretAccessKey: 'x'.repeat(40) } }),
      403,
      'signature',
    ],
    ['who has a key of nobody’s', () => ({ keys: { ...alice, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' } }), 403, 'refused'],
    ['of the management account without the right', () => ({ keys: alice }), 403, 'only an administrator'],
    ['of another account, administrator or not', () => ({ keys: production }), 403, 'only an administrator'],
    ['who asks by GET', () => ({ method: 'GET' }), 400, 'POST a question'],
    ['who sends no JSON', () => ({ body: '{' }), 400, 'no JSON'],
    ['who sends too much', () => ({ body: 'x'.repeat(70_000) }), 413, 'tooLarge'],
  ])('%s', async (_who, call, status, says) => {
    const answer = await explain(question, await call())
    expect([answer.status, answer.body]).toEqual([status, expect.stringContaining(says)])
  })

  test('what is signed for it opens nothing of AWS’s', async () => {
    const body = 'Action=GetUser&Version=2010-05-08'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await send(server, { service: 'sallyport', body, headers })).status).toBeGreaterThanOrEqual(400)
  })
})
