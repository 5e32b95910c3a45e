/** A disk that fails is told to the callers, and nothing that was never written is shown. Kills: test/torture.test.ts. */

import { describe, expect, test } from 'vitest'
import { CreateUserCommand, GetUserCommand, ListUsersCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { memoryStore, type Store } from '../src/index.ts'
import { client, MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf } from './people.ts'

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
