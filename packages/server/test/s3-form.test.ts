import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { client, startServer, type Keys, type TestServer } from './harness.ts'
import { newUser, policyText } from './people.ts'

let server: TestServer
let s3: S3Client
const Bucket = 'posted'

beforeAll(async () => {
  server = await startServer()
  s3 = client(S3Client, server)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => server.close())

type Fields = Readonly<Record<string, string>>

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** The fields of a form whose policy `keys` signed, as SDKs make them. */
function signed(keys: Keys, fields: Fields, conditions: readonly unknown[], minutes = 5): Fields {
  const at = new Date(server.clock.host())
  const time = `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const date = time.slice(0, 8)
  const signing = {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${keys.accessKeyId}/${date}/us-east-1/s3/aws4_request`,
    'x-amz-date': time,
  }
  const all = [
    ...conditions,
    { bucket: Bucket },
    ...Object.entries(signing).map(([name, value]) => ({ [name]: value })),
  ]
  const expiration = new Date(server.clock.now() + minutes * 60_000).toISOString()
  const policy = Buffer.from(JSON.stringify({ expiration, conditions: all })).toString('base64')
  const key = ['us-east-1', 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${keys.secretAccessKey}`, date))
  return { ...fields, ...signing, policy, 'x-amz-signature': hmac(key, policy).toString('hex') }
}

/** The older signature, of keys that know no region. */
function signedByV2(keys: Keys, fields: Fields, conditions: readonly unknown[]): Fields {
  const expiration = new Date(server.clock.now() + 60_000).toISOString()
  const policy = Buffer.from(JSON.stringify({ expiration, conditions: [...conditions, { bucket: Bucket }] })).toString(
    'base64',
  )
  const signature = createHmac('sha1', keys.secretAccessKey).update(policy).digest('base64')
  return { ...fields, AWSAccessKeyId: keys.accessKeyId, policy, signature }
}

async function post(fields: Fields, file: string | null = 'posted', name = 'notes.txt'): Promise<Response> {
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  if (file !== null) form.append('file', new Blob([file]), name)
  return fetch(`${server.endpoint}/${Bucket}`, { method: 'POST', body: form, redirect: 'manual' })
}

async function stored(Key: string): Promise<string | undefined> {
  return (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()
}

async function keys(): Promise<readonly (string | undefined)[]> {
  return ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key)
}

describe('a form', () => {
  test('puts an object with what it says of it, and answers 204', async () => {
    const fields = { key: 'in/a.txt', 'Content-Type': 'text/plain', 'x-amz-meta-team': 'red' }
    const conditions = Object.entries(fields).map(([name, value]) => ({ [name]: value }))
    const response = await post(signed(server.administrator, fields, conditions))
    expect(response.status).toBe(204)
    expect(response.headers.get('location')).toBe(`${server.endpoint}/${Bucket}/in/a.txt`)
    expect(await stored('in/a.txt')).toBe('posted')
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'in/a.txt' }))
    expect(head).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { team: 'red' },
      ETag: response.headers.get('etag'),
    })
  })

  test('takes the file’s name into the key', async () => {
    const fields = signed(server.administrator, { key: 'up/${filename}' }, [['starts-with', '$key', 'up/']])
    expect((await post(fields, 'named', 'C:\\tmp\\é b.txt')).status).toBe(204)
    expect(await stored('up/é b.txt')).toBe('named')
  })

  test('may be signed with the older signature', async () => {
    const fields = signedByV2(server.administrator, { key: 'v2.txt' }, [{ key: 'v2.txt' }])
    expect((await post(fields)).status).toBe(204)
    expect(await stored('v2.txt')).toBe('posted')
  })

  test.each([
    ['200', 200, '', 'asked for'],
    ['201', 201, `<Bucket>${Bucket}</Bucket><Key>s.txt</Key><ETag>`, 'asked for, with a document'],
    ['418', 204, '', 'no status that S3 knows'],
  ])('that asks for status %s is answered %i (%s%s)', async (status, answered, body) => {
    const conditions = [{ key: 's.txt' }, ['eq', '$success_action_status', status]]
    const fields = { key: 's.txt', success_action_status: status }
    const response = await post(signed(server.administrator, fields, conditions))
    expect([response.status, (await response.text()).includes(body)]).toEqual([answered, true])
  })

  test('goes on to the page it names', async () => {
    const page = 'http://localhost.test/done?a=b'
    const conditions = [{ key: 'r.txt' }, { success_action_redirect: page }]
    const response = await post(
      signed(server.administrator, { key: 'r.txt', success_action_redirect: page }, conditions),
    )
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toMatch(
      /^http:\/\/localhost\.test\/done\?a=b&bucket=posted&key=r\.txt&etag=%22/,
    )
  })
})

describe('a form is refused', () => {
  const ok = [{ key: 'no.txt' }]
  const fields = { key: 'no.txt' }
  const admin = (more: Fields = {}, conditions: readonly unknown[] = ok): Fields =>
    signed(server.administrator, { ...fields, ...more }, conditions)
  const without = (name: string): Fields =>
    Object.fromEntries(Object.entries(admin()).filter(([field]) => field !== name))
  const failed = 'Invalid according to Policy: '

  test.each<[make: () => Fields, status: number, code: string, message: string, why: string]>([
    [() => without('key'), 400, 'InvalidArgument', "must contain a field named 'key'.", 'no key'],
    [() => without('x-amz-signature'), 400, 'InvalidArgument', "a field named 'X-Amz-Signature'.", 'half signed'],
    [() => ({ ...fields, policy: 'e30=' }), 403, 'AccessDenied', '', 'a policy that nobody signed'],
    [() => fields, 403, 'AccessDenied', '', 'unsigned, and nobody else may write'],
    [() => ({ ...admin(), 'x-amz-signature': 'ab' }), 403, 'SignatureDoesNotMatch', '', 'a wrong signature'],
    [() => ({ ...admin(), policy: 'e30=' }), 403, 'SignatureDoesNotMatch', '', 'another policy than the one signed'],
    [
      () => admin({}, [{ key: 'other.txt' }]),
      403,
      'AccessDenied',
      `${failed}Policy Condition failed: ["eq", "$key", "other.txt"]`,
      'another key',
    ],
    [
      () => admin({}, [['starts-with', '$key', 'in/']]),
      403,
      'AccessDenied',
      `${failed}Policy Condition failed: ["starts-with", "$key", "in/"]`,
      'elsewhere',
    ],
    [
      () => admin({}, [['eq', 'key', 'no.txt']]),
      403,
      'AccessDenied',
      `${failed}Policy Condition failed: ["eq", "key", "no.txt"]`,
      'a condition on nothing',
    ],
    [
      () => admin({ 'x-amz-meta-a': 'b' }),
      403,
      'AccessDenied',
      `${failed}Extra input fields: x-amz-meta-a`,
      'a field that no condition speaks of',
    ],
    [
      () => admin({}, [{ key: 'no.txt', acl: 'private' }]),
      400,
      'InvalidPolicyDocument',
      'must have exactly one property specified.',
      'two conditions in one',
    ],
    [
      () => admin({}, [['contains', '$key', 'no']]),
      400,
      'InvalidPolicyDocument',
      'unknown operation',
      'no such operator',
    ],
    [
      () => admin({}, [...ok, ['content-length-range', 'test', '10']]),
      403,
      'AccessDenied',
      `${failed}Policy Condition failed: ["content-length-range", "test", "10"]`,
      'a length that is no number',
    ],
    [
      () => admin({}, [...ok, ['content-length-range', 0, 3]]),
      400,
      'EntityTooLarge',
      'exceeds the maximum allowed size',
      'longer than allowed',
    ],
    [
      () => admin({}, [...ok, ['content-length-range', 7, 9]]),
      400,
      'EntityTooSmall',
      'smaller than the minimum',
      'shorter than asked',
    ],
    [
      () => signed(server.administrator, fields, ok, -1),
      403,
      'AccessDenied',
      `${failed}Policy expired.`,
      'its time is over',
    ],
  ])('%#: %i %s %s (%s)', async (make, status, code, message) => {
    const response = await post(make())
    const text = (await response.text()).replaceAll('&quot;', '"')
    expect([response.status, text]).toEqual([status, expect.stringContaining(`<Code>${code}</Code>`)])
    expect(text).toContain(message)
    expect(await keys()).not.toContain('no.txt')
  })

  test('without a file, or with one that breaks off', async () => {
    const response = await post(admin(), null)
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('exactly one file upload')])
    const parts = Object.entries(admin()).map(([name, value]) => `name="${name}"\r\n\r\n${value}`)
    const lines = [...parts, 'name="file"; filename="f"\r\n\r\nhalf of it']
    const body = lines.map((line) => `--x\r\nContent-Disposition: form-data; ${line}`).join('\r\n')
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    const broken = await fetch(`${server.endpoint}/${Bucket}`, { method: 'POST', body, headers })
    expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining('MalformedPOSTRequest')])
    expect(await keys()).not.toContain('no.txt')
  })

  test('where fields take more than 20 KB before the file', async () => {
    const response = await post({ ...fields, 'x-ignore-me': 'x'.repeat(21_000) })
    expect(await response.text()).toContain('<Code>MaxPostPreDataLengthExceeded</Code>')
  })

  test('where whoever signed it may not write', async () => {
    const nobody = await newUser(server, 'poster')
    const response = await post(signed(nobody, fields, ok))
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('s3:PutObject')])
  })
})

test('an unsigned form writes where the bucket’s policy lets everybody, and a policy can ask for forms', async () => {
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/open/*`,
  }
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText(statement) }))
  expect((await post({ key: 'open/a.txt' })).status).toBe(204)
  expect((await post({ key: 'shut/a.txt' })).status).toBe(403)
  const Condition = { StringEquals: { 's3:authType': 'POST' } }
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText({ ...statement, Condition }) }))
  const poster = await newUser(server, 'form-poster')
  expect((await post(signed(poster, { key: 'open/b.txt' }, [{ key: 'open/b.txt' }]))).status).toBe(204)
})

test('nothing of this met a bug', () => {
  expect(server.bugs).toEqual([])
})
