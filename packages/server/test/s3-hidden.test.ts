import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { SERVICES } from '../src/services/index.ts'
import { loadModel } from '../src/wire/models.ts'
import type { OperationModel } from '../src/wire/model.ts'
import { client, PRODUCTION, startServer, STAGING, type Keys, type TestServer } from './harness.ts'
import { enter, newUser } from './people.ts'
import { send, type RawAnswer } from './raw.ts'

/**
 * Every operation on a bucket or an object, as somebody who may do nothing: whether a key is there makes no difference to
 * what they are told. And as the owner, who says whose bucket it should be and is wrong.
 */
let server: TestServer
let stranger: Keys
let powerless: Keys
let owner: Keys
const Bucket = 'hidden'

beforeAll(async () => {
  server = await startServer()
  owner = await enter(server, PRODUCTION)
  stranger = await enter(server, STAGING)
  powerless = await newUser(server, 'powerless')
  const s3 = client(S3Client, server, owner)
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'x' }))
})
afterAll(() => {
  expect(server.bugs).toEqual([])
  return server.close()
})

const model = loadModel('s3')

function membersOf({ input }: OperationModel): Readonly<Record<string, { readonly binding?: string }>> {
  const shape = model.shapes[input]
  return shape !== undefined && 'members' in shape ? shape.members : {}
}

const OPERATIONS = [...(SERVICES.get('s3')?.operations.keys() ?? [])]
  .flatMap((name) => model.operations[name] ?? [])
  .filter((about) => Object.hasOwn(membersOf(about), 'Bucket') && about.name !== 'CreateBucket')

/** What each needs that has no meaning here, so that it comes as far as the law. */
const QUERY: Readonly<Record<string, string>> = { UploadId: 'uploadId=x', PartNumber: 'partNumber=1', Id: 'id=x' }
const HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  GetObjectAttributes: { 'x-amz-object-attributes': 'ETag' },
  DeleteObjects: {
    'content-md5': createHash('md5').update('<Delete><Object><Key>there</Key></Object></Delete>').digest('base64'),
  },
}
const BODIES: Readonly<Record<string, string>> = {
  PutObjectTagging: '<Tagging><TagSet/></Tagging>',
  DeleteObjects: '<Delete><Object><Key>there</Key></Object></Delete>',
}

function call(about: OperationModel, key: string, keys: Keys, expected?: string): Promise<RawAnswer> {
  const { method = 'GET', uri = '/' } = about.http ?? {}
  const [path = '', query = ''] = uri.split('?')
  const members = membersOf(about)
  const extra = Object.keys(QUERY).flatMap((name) => (Object.hasOwn(members, name) ? (QUERY[name] ?? []) : []))
  const said = query.split('&').filter((part) => part !== '' && !part.startsWith('x-id='))
  const hasBody = Object.values(members).some(({ binding }) => binding === 'payload')
  const copies = Object.hasOwn(members, 'CopySource') ? { 'x-amz-copy-source': `${Bucket}/there` } : {}
  return send(server, {
    method,
    path: `/${Bucket}${path.replace('{Key+}', key)}`.replace(/\/$/, ''),
    query: [...said, ...extra].join('&'),
    headers: {
      ...copies,
      ...HEADERS[about.name],
      ...(expected === undefined ? {} : { 'x-amz-expected-bucket-owner': expected }),
    },
    ...(hasBody ? { body: BODIES[about.name] ?? '<x/>' } : {}),
    service: 's3',
    keys,
  })
}

const codeOf = ({ body }: RawAnswer) => /<Code>(\w+)<\/Code>/.exec(body)?.[1]

describe.each(OPERATIONS.map((about) => [about.name, about] as const))('%s', (name, about) => {
  test('tells whoever may nothing that they may not, there or not', async () => {
    for (const keys of [stranger, powerless]) {
      const [there, not] = [await call(about, 'there', keys), await call(about, 'not', keys)]
      expect([name, there.status, codeOf(there)]).toEqual([name, not.status, codeOf(not)])
      expect([name, there.status]).toEqual([name, name === 'DeleteObjects' ? 200 : 403])
      if (about.http?.method === 'HEAD') expect(there.body).toBe('')
    }
  })

  test('is refused where the bucket is not whose the caller says', async () => {
    const answer = await call(about, 'there', owner, STAGING)
    expect([name, answer.status]).toEqual([name, 403])
    const malformed = await call(about, 'there', owner, 'somebody')
    expect([name, malformed.status]).toEqual([name, 400])
    if (about.http?.method !== 'HEAD') expect(codeOf(malformed)).toBe('InvalidBucketOwnerAWSAccountID')
  })
})
