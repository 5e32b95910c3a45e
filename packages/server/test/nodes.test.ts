/** Several nodes over one PostgreSQL, as their clients see them. */

import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  GetRoleCommand,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { ListRootsCommand, OrganizationsClient } from '@aws-sdk/client-organizations'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startPostgres, type Postgres } from '../../../tools/postgres.mjs'
import { postgresBlobs, postgresStore } from '../src/store/postgres/index.ts'
import { BEHIND_AFTER } from '../src/store/postgres/feed.ts'
import { StoreTrouble } from '../src/store/store.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, type Keys, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, trustText } from './people.ts'

const TRUST = trustText({ AWS: MANAGEMENT })
const ADMIN: Keys = { accessKeyId: 'AKIAROOTEXAMPLE00000', secretAccessKey: 'rootsecretrootsecretrootsecretrootsecret' }

let database: Postgres
let databases = 0
let name = ''
let nodes: TestServer[] = []

beforeAll(async () => {
  database = await startPostgres()
})
afterAll(() => database.stop())

beforeEach(async () => {
  databases += 1
  name = `nodes${databases}`
  await database.psql(`CREATE DATABASE ${name}`)
  nodes = await Promise.all(['a', 'b', 'c'].map(join))
})
afterEach(async () => {
  const bugs = nodes.flatMap((node) => node.bugs)
  await Promise.all(nodes.splice(0).map((one) => one.close()))
  await database.psql(`DROP DATABASE ${name} WITH (FORCE)`)
  expect(bugs).toEqual([])
})

/** A node that joins, or founds what nobody has founded. */
async function join(letter: string): Promise<TestServer> {
  const url = urlOf()
  const store = await postgresStore(url, { node: letter.repeat(10), onBug: (error) => expect.fail(String(error)) })
  return startServer({ store, blobs: postgresBlobs(url), administrator: ADMIN })
}

function urlOf(): string {
  return Object.assign(new URL(database.url), { pathname: `/${name}` }).href
}

function node(at: number): TestServer {
  const found = nodes[at]
  if (found === undefined) throw new Error(`there is no node ${at}`)
  return found
}

/** Resolves once `look` does, to how many milliseconds that took; not later than any node may be behind, and then some. */
async function until(look: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  for (;;) {
    const seen = await look().then(
      () => true,
      () => false,
    )
    const took = performance.now() - begun
    if (seen) return took
    if (took > 2 * BEHIND_AFTER + 2_000) throw new Error('it was never seen')
  }
}

describe('what one node writes', () => {
  test('the others see within the bound, and the node itself at once', async () => {
    for (const RoleName of ['one', 'two', 'three']) {
      await iamOf(node(0)).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }))
      await iamOf(node(0)).send(new GetRoleCommand({ RoleName }))
      for (const other of [1, 2]) {
        const took = await until(() => iamOf(node(other)).send(new GetRoleCommand({ RoleName })))
        expect(took).toBeLessThan(BEHIND_AFTER)
      }
    }
  })

  test('comes to the others by the net where no news comes', async () => {
    const { Role } = await iamOf(node(0)).send(
      new CreateRoleCommand({ RoleName: 'quiet', AssumeRolePolicyDocument: TRUST }),
    )
    await until(() => iamOf(node(1)).send(new GetRoleCommand({ RoleName: 'quiet' })))
    // by hand, as in a database that sends no notifications
    expect(Role?.RoleName).toBe('quiet')
    await inDatabase(`UPDATE item SET value = replace(value, '"quiet"', '"louder"'), seq = seq + 1
      WHERE kind = 'role' AND key = 'quiet'`)
    await inDatabase(`UPDATE partition SET version = '99-byhand' WHERE id = '${MANAGEMENT}'`)
    await inDatabase(`UPDATE item SET seq = 99 WHERE kind = 'role' AND key = 'quiet'`)
    await until(async () => {
      const { Roles = [] } = await iamOf(node(1)).send(new ListRolesCommand({}))
      if (!Roles.some(({ RoleName }) => RoleName === 'louder')) throw new Error('not yet')
    })
  })

  test('removed things are gone from the others too', async () => {
    const iam = iamOf(node(0))
    const RoleName = 'brief'
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }))
    await until(() => iamOf(node(1)).send(new GetRoleCommand({ RoleName })))
    await iam.send(new DeleteRoleCommand({ RoleName }))
    await until(async () => expectRefusal(iamOf(node(1)).send(new GetRoleCommand({ RoleName })), 'NoSuchEntity'))
  })

  test('a new key and a new session are known to every node at once', async () => {
    for (const at of Array.from({ length: 10 }, (_, number) => number)) {
      const iam = iamOf(node(at % 3))
      const UserName = `user${at}`
      await iam.send(new CreateUserCommand({ UserName }))
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
      const { Role } = await iam.send(new CreateRoleCommand({ RoleName: UserName, AssumeRolePolicyDocument: TRUST }))
      const { Credentials } = await client(STSClient, node(at % 3)).send(
        new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'session' }),
      )
      const other = node((at + 1) % 3)
      const user = client(STSClient, other, keysOf(AccessKey))
      expect((await user.send(new GetCallerIdentityCommand({}))).Arn).toContain(`user/${UserName}`)
      const session = client(STSClient, other, keysOf(Credentials))
      expect((await session.send(new GetCallerIdentityCommand({}))).Arn).toContain(`assumed-role/${UserName}`)
    }
  })

  test('an object that one node took, every node gives', async () => {
    const Body = Buffer.alloc(700_000, 'sally')
    const put = { Bucket: 'shared-bucket', Key: 'port' }
    await client(S3Client, node(0)).send(new CreateBucketCommand({ Bucket: put.Bucket }))
    await client(S3Client, node(0)).send(new PutObjectCommand({ ...put, Body }))
    await until(() => client(S3Client, node(2)).send(new GetObjectCommand(put)))
    const { Body: whole } = await client(S3Client, node(2)).send(new GetObjectCommand(put))
    expect(Buffer.from((await whole?.transformToByteArray()) ?? []).equals(Body)).toBe(true)
    const part = await client(S3Client, node(1)).send(new GetObjectCommand({ ...put, Range: 'bytes=262140-600000' }))
    const bytes = Buffer.from((await part.Body?.transformToByteArray()) ?? [])
    expect(bytes.equals(Body.subarray(262_140, 600_001))).toBe(true)
  })
})

describe('an upload in parts', () => {
  const PART = Buffer.alloc(5 * 1024 * 1024, 'p')

  test('goes on at whatever node its next call comes in', async () => {
    const [one, two, three] = [0, 1, 2].map((at) => client(S3Client, node(at))) as [S3Client, S3Client, S3Client]
    await one.send(new CreateBucketCommand({ Bucket: 'parts' }))
    await until(() => three.send(new ListObjectsV2Command({ Bucket: 'parts' })))
    await until(() => two.send(new ListObjectsV2Command({ Bucket: 'parts' })))
    for (let round = 0; round < 5; round += 1) {
      const at = { Bucket: 'parts', Key: `k${round}` }
      const { UploadId } = await one.send(new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: 'CRC32' }))
      const bodies = [PART, PART, Buffer.from(`end ${round}`)]
      const Parts = await Promise.all(
        bodies.map(async (Body, index) => {
          const PartNumber = index + 1
          const part = { ...at, UploadId, PartNumber, Body }
          const { ETag, ChecksumCRC32 } = await ([two, three, one][index] ?? one).send(new UploadPartCommand(part))
          return { PartNumber, ETag, ChecksumCRC32 }
        }),
      )
      await three.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }))
      const got = await two.send(new GetObjectCommand(at))
      const bytes = Buffer.from((await got.Body?.transformToByteArray()) ?? [])
      expect(bytes.equals(Buffer.concat(bodies))).toBe(true)
    }
  })
})

describe('races between nodes', () => {
  test('of many who make one user on three nodes, one succeeds and the others are told so', async () => {
    const calls = Array.from({ length: 60 }, (_, at) =>
      iamOf(node(at % 3)).send(new CreateUserCommand({ UserName: 'only' })),
    )
    const ends = await Promise.allSettled(calls)
    const names = ends.map((end) => (end.status === 'fulfilled' ? 'made' : (end.reason as Error).name))
    expect(names.filter((one) => one === 'made')).toHaveLength(1)
    expect(new Set(names)).toEqual(new Set(['made', 'EntityAlreadyExistsException']))
  })

  test('all who write to one account at once succeed, on every node', async () => {
    const calls = Array.from({ length: 90 }, (_, at) =>
      iamOf(node(at % 3)).send(new CreateUserCommand({ UserName: `user${at}` })),
    )
    await expect(Promise.all(calls)).resolves.toHaveLength(90)
    const { Users = [] } = await iamOf(node(0)).send(new ListUsersCommand({ MaxItems: 1000 }))
    expect(Users).toHaveLength(91)
  })

  test('no update of a role is lost: each leaves its policy there', async () => {
    const RoleName = 'busy'
    await iamOf(node(0)).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }))
    await Promise.all(nodes.map((one) => until(() => iamOf(one).send(new GetRoleCommand({ RoleName })))))
    const allow = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    })
    await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        iamOf(node(at % 3)).send(
          new PutRolePolicyCommand({ RoleName, PolicyName: `policy${at}`, PolicyDocument: allow }),
        ),
      ),
    )
    for (const at of Array.from({ length: 30 }, (_, number) => number)) {
      await iamOf(node((at + 1) % 3)).send(new DeleteRolePolicyCommand({ RoleName, PolicyName: `policy${at}` }))
    }
  })

  test('a caller whose permission another node took away is refused when the race is run again', async () => {
    const iam = iamOf(node(0))
    await iam.send(new CreateUserCommand({ UserName: 'fired' }))
    const allow = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }],
    })
    const policy = { UserName: 'fired', PolicyName: 'all' }
    await iam.send(new PutUserPolicyCommand({ ...policy, PolicyDocument: allow }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'fired' }))
    const fired = iamOf(node(1), keysOf(AccessKey))
    await until(() => fired.send(new ListUsersCommand({})))
    await iam.send(new DeleteUserPolicyCommand(policy))
    // node 1 may not have heard of it: its write is built on what is over, loses its race, and is decided anew
    await expectRefusal(fired.send(new CreateUserCommand({ UserName: 'late' })), 'AccessDenied', /./, 403)
    const { Users = [] } = await iam.send(new ListUsersCommand({}))
    expect(Users.map(({ UserName }) => UserName)).not.toContain('late')
  })
})

describe('session keys', () => {
  test('are one for all nodes, and none is lost when one of them is rotated', async () => {
    const open = async (at: number) => {
      const RoleArn = `arn:aws:iam::${PRODUCTION}:role/OrganizationAccountAccessRole`
      const { Credentials } = await client(STSClient, node(at)).send(
        new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session' }),
      )
      return keysOf(Credentials)
    }
    const works = (at: number, keys: Keys) => client(STSClient, node(at), keys).send(new GetCallerIdentityCommand({}))
    const before = await open(0)
    expect(await node(1).world.rotateSessionKey()).toBe(2)
    const after = await open(1)
    for (const at of [0, 1, 2]) {
      await expect(works(at, after)).resolves.toMatchObject({ Account: PRODUCTION })
      await expect(works(at, before)).resolves.toMatchObject({ Account: PRODUCTION })
      await expect(works(at, await open(at))).resolves.toMatchObject({ Account: PRODUCTION })
    }
    // all seal with the new key now: it stands in clear in a token's head
    const numbers = await Promise.all(
      [0, 1, 2].map(async (at) => Buffer.from((await open(at)).sessionToken ?? '', 'base64').readUInt32BE(1)),
    )
    expect(numbers).toEqual([2, 2, 2])
  })
})

describe('a database that goes away', () => {
  const create = (at: number, UserName: string) => iamOf(node(at)).send(new CreateUserCommand({ UserName }))

  /** Thirty writes on all nodes, while `meanwhile` is done to the database. */
  const writeWhile = async (meanwhile: () => Promise<unknown>) => {
    const writing = Promise.allSettled(
      Array.from({ length: 30 }, async (_, at) => {
        await new Promise((resolve) => setTimeout(resolve, at * 20))
        return create(at % 3, `user${at}`)
      }),
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    await meanwhile()
    return writing
  }

  test('from a connection, again and again, costs nobody a write', async () => {
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`
    const ends = await writeWhile(async () => {
      for (let times = 0; times < 8; times += 1) {
        await database.psql(cut)
        await new Promise((resolve) => setTimeout(resolve, 60))
      }
    })
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([])
    await until(async () => {
      const { Users = [] } = await iamOf(node(0)).send(new ListUsersCommand({ MaxItems: 1000 }))
      expect(Users).toHaveLength(31)
    })
  })

  test('in the middle of writes and comes back has all that was acknowledged', async () => {
    const ends = await writeWhile(async () => {
      await database.kill('SIGKILL')
      await database.restart()
    })
    await until(() => iamOf(node(0)).send(new ListUsersCommand({})))
    const { Users = [] } = await iamOf(node(0)).send(new ListUsersCommand({ MaxItems: 1000 }))
    const there = new Set(Users.map(({ UserName }) => UserName))
    for (const [at, end] of ends.entries()) {
      if (end.status === 'fulfilled') expect(there).toContain(`user${at}`)
      else expect((end.reason as Error).name).toBe('ServiceUnavailable')
    }
    expect(ends[0]?.status).toBe('fulfilled')
    forgiveTrouble()
  })

  test('for long: calls are refused, none is answered from what may be old, and all is well when it is back', async () => {
    await create(0, 'before')
    await database.kill('SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, BEHIND_AFTER + 600))
    const begun = performance.now()
    await expectRefusal(create(0, 'meanwhile'), 'ServiceUnavailable', /./, 503)
    await expectRefusal(iamOf(node(1)).send(new ListUsersCommand({})), 'ServiceUnavailable', /./, 503)
    // each service in its own words
    const listing = client(OrganizationsClient, node(1)).send(new ListRootsCommand({}))
    await expectRefusal(listing, 'ServiceUnavailableException', /./, 503)
    await expectRefusal(client(S3Client, node(1)).send(new ListBucketsCommand({})), 'ServiceUnavailable', /./, 503)
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(node(0).world.store.health()).toMatch(/the database does not answer/)
    await database.restart()
    await until(() => iamOf(node(0)).send(new ListUsersCommand({})))
    await create(0, 'after')
    expect(node(0).world.store.health()).toBeUndefined()
    const { Users = [] } = await iamOf(node(0)).send(new ListUsersCommand({}))
    expect(Users.map(({ UserName }) => UserName)).toEqual(['administrator', 'after', 'before'])
    forgiveTrouble()
  })

  test('into a long silence is as good as gone, until it speaks again', async () => {
    await create(0, 'before')
    const { Client } = await import('pg')
    const holder = new Client({ connectionString: urlOf() })
    await holder.connect()
    await holder.query('BEGIN; LOCK TABLE partition IN ACCESS EXCLUSIVE MODE')
    const waiting = create(1, 'meanwhile')
    await new Promise((resolve) => setTimeout(resolve, BEHIND_AFTER + 600))
    await expectRefusal(iamOf(node(0)).send(new ListUsersCommand({})), 'ServiceUnavailable', /./, 503)
    await holder.query('ROLLBACK')
    await holder.end()
    await expect(waiting).resolves.toMatchObject({ User: { UserName: 'meanwhile' } })
    await until(() => iamOf(node(0)).send(new ListUsersCommand({})))
    await create(0, 'after')
    forgiveTrouble()
  })

  test('put back to an older state is believed: nothing newer is told', async () => {
    await create(0, 'kept')
    await iamOf(node(0)).send(new CreateRoleCommand({ RoleName: 'lost', AssumeRolePolicyDocument: TRUST }))
    await until(() => iamOf(node(1)).send(new GetRoleCommand({ RoleName: 'lost' })))
    await inDatabase(`DELETE FROM item WHERE kind = 'role' AND key = 'lost'`)
    await inDatabase(`UPDATE partition SET version = '1-older' WHERE id = '${MANAGEMENT}'`)
    for (const at of [0, 1]) {
      const gone = () => iamOf(node(at)).send(new GetRoleCommand({ RoleName: 'lost' }))
      await until(async () => expectRefusal(gone(), 'NoSuchEntity'))
    }
    await iamOf(node(1))
      .send(new UpdateRoleCommand({ RoleName: 'x' }))
      .catch(() => {})
    await create(1, 'next')
  })
})

describe('a schema', () => {
  test('that is newer stops a node that runs, and keeps one from starting', async () => {
    await inDatabase(`UPDATE meta SET value = '99' WHERE key = 'schema'`)
    await until(async () => expectRefusal(iamOf(node(0)).send(new ListUsersCommand({})), 'ServiceUnavailable'))
    expect(node(0).world.store.health()).toMatch(/written by a newer sallyport \(schema 99/)
    await expect(join('d')).rejects.toThrow(/written by a newer sallyport \(schema 99/)
  })
})

async function inDatabase(sql: string): Promise<void> {
  const { Client } = await import('pg')
  const one = new Client({ connectionString: urlOf() })
  await one.connect()
  await one.query(sql)
  await one.end()
}

/** What was told of a database that was away. Anything else stays, and fails the test. */
function forgiveTrouble(): void {
  for (const { bugs } of nodes) bugs.splice(0, bugs.length, ...bugs.filter((bug) => !(bug instanceof StoreTrouble)))
}

interface Given {
  readonly AccessKeyId?: string | undefined
  readonly SecretAccessKey?: string | undefined
  readonly SessionToken?: string | undefined
}

function keysOf({ AccessKeyId = '', SecretAccessKey = '', SessionToken }: Given = {}): Keys {
  const token = SessionToken === undefined ? {} : { sessionToken: SessionToken }
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, ...token }
}
