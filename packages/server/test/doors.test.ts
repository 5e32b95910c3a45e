/** The doors that open to an administrator's signature: the copy of everything, and what sessions are sealed with. */

import { Account as AccountManagement } from '@aws-sdk/client-account'
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { CreateUserCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { DecodeAuthorizationMessageCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ORGANIZATION } from '../src/directory.ts'
import { fill } from '../src/archive/fill.ts'
import { readArchive, type Entry } from '../src/archive/read.ts'
import { createServer, memoryBlobs, memoryStore, type SessionKeys } from '../src/index.ts'
import { put } from '../src/store/store.ts'
import { Keyring } from '../src/keyring.ts'
import { systemRandom } from '../src/random.ts'
import {
  client,
  MANAGEMENT,
  MASTER_KEY,
  PRODUCTION,
  startServer,
  THREE_ACCOUNTS,
  type Keys,
  type TestServer,
} from './harness.ts'
import { enter, iamOf, newUser, permit } from './people.ts'
import { send, signature, type RawCall } from './raw.ts'

const ARCHIVE = '/_sallyport/archive'
const KEYS = '/_sallyport/keys'
const INSTANCE = '/_sallyport/instance'
const CONTAINER = '/_sallyport/container'
const WHOLE = '{"records":true,"objects":true}'
const keyring = new Keyring(MASTER_KEY, systemRandom())

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const knock = (path: string, call: RawCall = {}) =>
  send(server, { path, service: 'sallyport', body: path === ARCHIVE ? WHOLE : '{"rotate":true}', ...call })

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

async function entriesOf(bytes: Buffer): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const entry of readArchive(once(bytes), keyring)) entries.push(entry)
  return entries
}

/** What the token's head says: the number of the key that sealed it. */
const sealedBy = ({ sessionToken = '' }: Keys): number => Buffer.from(sessionToken, 'base64').readUInt32BE(1)

const callerOf = async (of: TestServer, keys: Keys) =>
  (await client(STSClient, of, keys).send(new GetCallerIdentityCommand({}))).Account

describe.each([ARCHIVE, KEYS, INSTANCE, CONTAINER])('%s', (path) => {
  const REFUSED: readonly [string, RawCall, string][] = [
    ['unsigned', { keys: null }, 'sign the request with Signature Version 4 for `sallyport`'],
    ['signed for a service of AWS’s', { service: 'sts' }, 'correct service'],
    ['with another body than was signed', { bodySent: '{"rotate":true,"also":1}' }, 'does not match'],
    ['with a key that nobody has', { keys: { accessKeyId: 'AKIAWRONGEXAMPLE0000', secretAccessKey: 'x' } }, 'refused'],
  ]
  test.each(REFUSED)('stays shut to a request %s', async (_what, call, says) => {
    const { status, body } = await knock(path, call)
    expect([status, body]).toEqual([403, expect.stringContaining(says)])
  })

  test('stays shut to an administrator of another account, and to users of the management account', async () => {
    const alice = await newUser(server, `alice${path.length}`, ['s3:*'])
    for (const keys of [await enter(server, PRODUCTION), alice]) {
      const { status, body } = await knock(path, { keys })
      expect([status, body]).toEqual([403, expect.stringContaining('only an administrator')])
    }
    await permit(server, `alice${path.length}`, ['sallyport:*'])
    // what these two are asked for is not there
    const opened = path === INSTANCE || path === CONTAINER ? 400 : 200
    expect((await knock(path, { keys: alice })).status).toBe(opened)
  })

  test('takes its methods alone', async () => {
    const { status, body } = await knock(path, { method: 'DELETE' })
    expect([status, body]).toEqual([400, expect.stringContaining('POST')])
  })

  test.each(['', '[]', '{}', '{"rotate":"true"}', '{"records":1,"objects":true}'])('refuses %j', async (body) => {
    expect((await knock(path, { body })).status).toBe(400)
  })
})

describe('the codes of new addresses', () => {
  const path = '/_sallyport/email-codes'

  test('are told to an administrator of the management account alone', async () => {
    const service = 'account.amazonaws.com'
    const trusted = put(ORGANIZATION, 'serviceAccess', service, { service, enabledAt: 0 })
    await server.world.land.commit([trusted], [])
    const accounts = client(AccountManagement, server)
    await accounts.startPrimaryEmailUpdate({ AccountId: PRODUCTION, PrimaryEmail: 'new@example.com' })
    const read: RawCall = { method: 'GET', body: '' }
    const { status, body } = await knock(path, read)
    expect([status, JSON.parse(body)]).toEqual([
      200,
      {
        codes: [
          {
            account: PRODUCTION,
            email: 'new@example.com',
            code: expect.stringMatching(/^\d{6}$/),
            madeAt: expect.any(String),
          },
        ],
      },
    ])
    const outsider = await enter(server, PRODUCTION)
    for (const call of [{ keys: outsider }, { keys: null }, { service: 'sts' }]) {
      expect((await knock(path, { ...read, ...call })).status).toBe(403)
    }
    expect((await knock(path, { method: 'POST' })).status).toBe(400)
  })
})

describe('the archive that leaves a server', () => {
  test('is all that it has, and another server goes on from it with the tokens of the first', async () => {
    const s3 = client(S3Client, server)
    await s3.send(new CreateBucketCommand({ Bucket: 'kept' }))
    await s3.send(new PutObjectCommand({ Bucket: 'kept', Key: 'k', Body: 'what was put' }))
    const session = await enter(server, PRODUCTION)
    await iamOf(server, session).send(new CreateUserCommand({ UserName: 'dana' }))

    const { status, headers, bytes } = await knock(ARCHIVE)
    expect([status, headers['content-type']]).toEqual([200, 'application/gzip'])
    const entries = await entriesOf(bytes)
    const events = entries.flatMap((entry) => (entry.kind === 'record' ? entry.record.eventName : []))
    expect(events.slice(-4)).toEqual(['CreateBucket', 'PutObject', 'AssumeRole', 'CreateUser'])

    const [store, blobs] = [memoryStore(), memoryBlobs()]
    await fill({ store, blobs, random: systemRandom() }, readArchive(once(bytes), keyring))
    const other = { ...(await startServer({ store, blobs })), administrator: server.administrator }
    expect(await callerOf(other, server.administrator)).toBe(MANAGEMENT)
    expect(await callerOf(other, session)).toBe(PRODUCTION)
    const got = await client(S3Client, other).send(new GetObjectCommand({ Bucket: 'kept', Key: 'k' }))
    expect(await got.Body?.transformToString()).toBe('what was put')
    expect(other.bugs).toEqual([])
    await other.close()
  })

  test('is broken off where the client goes, and nothing stays held', async () => {
    const s3 = client(S3Client, server)
    await s3.send(new CreateBucketCommand({ Bucket: 'large' }))
    const put = { Bucket: 'large', Key: 'k', Body: systemRandom().bytes(20_000_000) }
    await s3.send(new PutObjectCommand(put))
    const object = (await server.world.store.shelved(MANAGEMENT, 'object', 'large/k')) as { blob: string } // as S3 wrote it
    const headers = signature(
      { path: ARCHIVE, service: 'sallyport', body: WHOLE },
      { host: new URL(server.endpoint).host },
      server.administrator,
    )
    await new Promise<void>((resolve, reject) => {
      const outgoing = request(
        new URL(ARCHIVE, server.endpoint),
        { method: 'POST', headers, agent: false },
        (incoming) => {
          incoming.once('data', () => outgoing.destroy())
          incoming.on('error', () => resolve())
        },
      )
      outgoing.on('error', reject)
      outgoing.end(WHOLE)
    })
    await s3.send(new DeleteObjectCommand({ Bucket: 'large', Key: 'k' }))
    const length = async (): Promise<number> => {
      let sum = 0
      for await (const part of server.world.blobs.read(object.blob)) sum += part.length
      return sum
    }
    await vi.waitFor(async () => expect(await length()).toBe(0), { timeout: 10_000 })
  })

  test('has no secret in clear', async () => {
    const text = JSON.stringify(await entriesOf((await knock(ARCHIVE)).bytes))
    expect(text).toContain(server.administrator.accessKeyId)
    expect(text).not.toContain(server.administrator.secretAccessKey)
  })

  test('has no records where none are wanted', async () => {
    const { bytes } = await knock(ARCHIVE, { body: '{"records":false,"objects":true}' })
    expect((await entriesOf(bytes)).map(({ kind }) => kind)).not.toContain('record')
  })
})

describe('the keys of sessions', () => {
  const told = (body: string): SessionKeys => JSON.parse(body) as SessionKeys // what the door says it gives

  test('are listed by number and time, and never told', async () => {
    const { status, body } = await knock(KEYS, { method: 'GET', body: '' })
    expect(status).toBe(200)
    for (const row of told(body).keys) {
      expect(Object.keys(row)).toEqual(['number', 'madeAt', 'current'])
      expect(Math.abs(Date.parse(row.madeAt ?? '') - Date.now())).toBeLessThan(60_000)
    }
  })

  test('change, and no session is lost: new tokens are sealed with the new key, old ones open with theirs', async () => {
    const before = await enter(server, PRODUCTION)
    const number = told((await knock(KEYS, { method: 'GET', body: '' })).body).keys.length
    expect(sealedBy(before)).toBe(number)
    const { status, body } = await knock(KEYS)
    expect(status).toBe(200)
    expect(
      told(body)
        .keys.map(({ number: it, current }) => [it, current])
        .slice(-2),
    ).toEqual([
      [number, false],
      [number + 1, true],
    ])
    const after = await enter(server, PRODUCTION)
    expect(sealedBy(after)).toBe(number + 1)
    expect(await callerOf(server, before)).toBe(PRODUCTION)
    expect(await callerOf(server, after)).toBe(PRODUCTION)
  })

  test('change, and messages that were encoded before are decoded after', async () => {
    const nobody = await newUser(server, 'nobody')
    const refusal = await client(EC2Client, server, nobody)
      .send(new DescribeInstancesCommand({}))
      .catch((error: Error) => error.message)
    const [, EncodedMessage = ''] = /failure message: (\S+)$/.exec(String(refusal)) ?? []
    await knock(KEYS)
    const decoded = await client(STSClient, server).send(new DecodeAuthorizationMessageCommand({ EncodedMessage }))
    expect(JSON.parse(decoded.DecodedMessage ?? '')).toMatchObject({ allowed: false })
  })

  test('go at a rotation 36 hours after others took their place, and not before', async () => {
    const HOUR = 3_600_000
    let now = Date.UTC(2026, 0, 1)
    const clock = { host: () => now, now: () => now, ticks: () => now }
    const store = memoryStore()
    const open = () =>
      createServer({
        store,
        clock,
        blobs: memoryBlobs(),
        random: systemRandom(),
        masterKey: MASTER_KEY,
        region: 'us-east-1',
        onBug: (error) => server.bugs.push(error),
      })
    const { world, found } = await open()
    await found(THREE_ACCOUNTS)
    const numbers = () => [...world.directory.all('sessionKey').values()].map(({ number }) => number)
    const rotateAfter = async (hours: number) => {
      now += hours * HOUR
      await world.rotateSessionKey()
      return numbers()
    }
    expect(numbers()).toEqual([1])
    expect(await rotateAfter(100)).toEqual([1, 2])
    expect(await rotateAfter(35)).toEqual([1, 2, 3])
    expect(await rotateAfter(2)).toEqual([2, 3, 4])
    expect(await rotateAfter(36.5)).toEqual([4, 5])
    const again = await open()
    expect([...again.world.directory.all('sessionKey').keys()].toSorted()).toEqual(['4', '5'])
  })

  test('are one more for each rotation, however many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => knock(KEYS)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const { keys } = told((await knock(KEYS, { method: 'GET', body: '' })).body)
    expect(keys.filter(({ current }) => current)).toHaveLength(1)
    expect(new Set(keys.map(({ number }) => number)).size).toBe(keys.length)
    expect(sealedBy(await enter(server, PRODUCTION))).toBe(keys.at(-1)?.number)
  })
})
