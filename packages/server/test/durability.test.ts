/** What was answered with a success is there, whatever happens to the process or the disk. */

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  CreateRoleCommand,
  CreateUserCommand,
  GetUserCommand,
  ListUsersCommand,
  paginateListRoles,
  paginateListUsers,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { memoryStore, sqliteStore, type Store } from '../src/index.ts'
import { client, MANAGEMENT, startServer, type Keys, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, pagesOf, trustText } from './people.ts'

const TRUST = trustText({ AWS: MANAGEMENT })

describe('a process that is killed', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  const ROUNDS = 10

  test(`loses nothing that was acknowledged and keeps nothing by half, in ${ROUNDS} rounds (SEED=${seed})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-kill-'))
    const path = join(folder, 'state.db')
    const random = randomFrom(seed)
    const acknowledged = new Map<string, string>()
    let administrator: Keys | undefined
    for (const round of Array.from({ length: ROUNDS }, (_, at) => at)) {
      const child = fork(new URL('durability.child.ts', import.meta.url), [path], { execArgv: ['--no-warnings'] })
      const started = await message(child)
      administrator ??= { accessKeyId: started.accessKeyId, secretAccessKey: started.secretAccessKey }
      const end = once(child, 'exit')
      const loading = load({ endpoint: started.endpoint, administrator }, `r${round}`, acknowledged)
      setTimeout(() => child.kill('SIGKILL'), 20 + random() * 300)
      await Promise.all([end, loading])
    }
    await compare(path, administrator, acknowledged)
    rmSync(folder, { recursive: true })
  })

  /** Eight callers at once, who go on until the server is gone. */
  async function load(
    server: Pick<TestServer, 'endpoint' | 'administrator'>,
    round: string,
    acknowledged: Map<string, string>,
  ): Promise<void> {
    const iam = iamOf(server as TestServer) // a client wants no more of a server than these two
    const caller = async (who: number): Promise<void> => {
      for (let at = 0; ; at += 1) {
        const name = `${round}-${who}-${at}`
        const call =
          at % 3 === 0
            ? iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: TRUST }))
            : iam.send(new CreateUserCommand({ UserName: name }))
        const answer = await call.catch(() => undefined)
        if (answer === undefined) return
        acknowledged.set(name, answer.$metadata.requestId ?? '')
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, who) => caller(who)))
  }

  async function compare(
    path: string,
    administrator: Keys | undefined,
    acknowledged: ReadonlyMap<string, string>,
  ): Promise<void> {
    const store = sqliteStore(path)
    const server = await startServer({ store })
    const iam = iamOf(server, administrator)
    const users = await pagesOf(paginateListUsers({ client: iam, pageSize: 1000 }, {}), ({ Users }) => Users)
    const roles = await pagesOf(paginateListRoles({ client: iam, pageSize: 1000 }, {}), ({ Roles }) => Roles)
    const there = new Set([
      ...users.flat().map(({ UserName = '' }) => UserName),
      ...roles.flat().map(({ RoleName = '' }) => RoleName),
    ])
    expect([...acknowledged.keys()].filter((name) => !there.has(name))).toEqual([])
    expect(acknowledged.size).toBeGreaterThan(100)

    const { records } = await store.audited({ account: MANAGEMENT, limit: 1_000_000 })
    const byName = new Map(
      records
        .filter(({ eventName }) => /^Create(?:User|Role)$/.test(eventName))
        .map((record) => [createdBy(record.requestParameters), record]),
    )
    expect([...acknowledged].filter(([name, id]) => byName.get(name)?.requestID !== id)).toEqual([])
    // the other way round: whoever is there has a record, and every record has somebody
    there.delete('administrator')
    expect([...there].filter((name) => !byName.has(name))).toEqual([])
    expect([...byName.keys()].filter((name) => !there.has(name))).toEqual([])
    await server.close()
  }

  function createdBy(parameters: unknown): string {
    const { userName, roleName } = parameters as { userName?: string; roleName?: string } // of CreateUser and CreateRole
    return userName ?? roleName ?? ''
  }

  interface Started {
    readonly endpoint: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
  }

  async function message(child: ChildProcess): Promise<Started> {
    const [started] = await once(child, 'message')
    return started as Started // what durability.child.ts sends
  }
})

describe('a disk that is full', () => {
  const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })

  /** A store whose next commits fail, `delay` milliseconds after they were asked. */
  function failing(times: number, delay = 0): { store: Store; fail: () => void } {
    const store = memoryStore()
    let left = 0
    const commit: Store['commit'] = async (asked) => {
      left -= 1
      if (left < 0) return store.commit(asked)
      await new Promise((resolve) => setTimeout(resolve, delay))
      throw full()
    }
    return { store: { ...store, commit }, fail: () => (left = times) }
  }

  const SERVICES: readonly [
    string,
    (server: TestServer) => Promise<unknown>,
    (server: TestServer) => Promise<number>,
  ][] = [
    [
      'iam:CreateUser',
      (server) => iamOf(server).send(new CreateUserCommand({ UserName: 'new' })),
      async (server) => ((await iamOf(server).send(new ListUsersCommand({}))).Users ?? []).length - 1,
    ],
    [
      's3:CreateBucket',
      (server) => client(S3Client, server).send(new CreateBucketCommand({ Bucket: 'new-bucket' })),
      async (server) => ((await client(S3Client, server).send(new ListBucketsCommand({}))).Buckets ?? []).length,
    ],
  ]
  test.each(SERVICES)(
    'is told to the caller of %s as a fault that passes; nothing was changed, and the next call works',
    async (_name, write, count) => {
      const { store, fail } = failing(1)
      const server = await startServer({ store })
      fail()
      await expectRefusal(write(server), 'ServiceUnavailable', /./, 503)
      expect(await count(server)).toBe(0)
      await expect(write(server)).resolves.toBeDefined()
      expect(await count(server)).toBe(1)
      expect(server.bugs).toEqual([full()])
      await server.close()
    },
  )

  /** A user whose making fails, once everybody may have seen them. */
  async function ghost() {
    const { store, fail } = failing(1, 100)
    const server = await startServer({ store })
    const iam = iamOf(server)
    await iam.send(new ListUsersCommand({}))
    fail()
    const lost = expectRefusal(iam.send(new CreateUserCommand({ UserName: 'ghost' })), 'ServiceUnavailable')
    await new Promise((resolve) => setTimeout(resolve, 40))
    return { server, store, iam, lost }
  }

  test('shows nobody what was never written', async () => {
    const { server, iam, lost } = await ghost()
    await expectRefusal(iam.send(new GetUserCommand({ UserName: 'ghost' })), 'NoSuchEntity')
    await lost
    await server.close()
  })

  test('refuses nobody for what was never written, and fails nobody who came after', async () => {
    const { server, store, iam, lost } = await ghost()
    const making = ['ghost', 'other'].map((UserName) => iam.send(new CreateUserCommand({ UserName })))
    await expect(Promise.all(making)).resolves.toHaveLength(2)
    await lost
    const { records } = await store.audited({ account: MANAGEMENT, limit: 99 })
    const created = records.filter(({ eventName, errorCode }) => eventName === 'CreateUser' && errorCode === undefined)
    expect(created).toHaveLength(2)
    await server.close()
  })

  test('that goes on failing stops writes and not reads', async () => {
    const { store, fail } = failing(1000)
    const server = await startServer({ store })
    fail()
    for (const UserName of ['a', 'b', 'a']) {
      await expectRefusal(iamOf(server).send(new CreateUserCommand({ UserName })), 'ServiceUnavailable', /./, 503)
      await expect(iamOf(server).send(new ListUsersCommand({}))).resolves.toMatchObject({
        Users: [{ UserName: 'administrator' }],
      })
    }
    await server.close()
  })
})

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
