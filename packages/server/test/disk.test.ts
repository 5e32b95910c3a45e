/** A real disk that fills up under a server, or may not be written: a small file system in memory, which takes root to mount. */

import { CreateUserCommand, GetUserCommand, ListUsersCommand } from '@aws-sdk/client-iam'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sqliteStore, type Store } from '../src/index.ts'
import { startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf } from './people.ts'

const MIB = 1024 * 1024

function mounts(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0
  if (mounted) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true })
  return mounted
}

describe.skipIf(!mounts())('a disk (only where this user may mount one)', () => {
  let folder: string
  let store: Store
  let server: TestServer
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${8 * MIB}`, 'tmpfs', folder])
    store = sqliteStore(join(folder, 'state.db'))
    server = await startServer({ store })
  })
  afterEach(async () => {
    await server.close()
    execFileSync('umount', [folder])
    rmSync(folder, { recursive: true })
  })

  const create = (UserName: string) => iamOf(server).send(new CreateUserCommand({ UserName }))
  const names = async (): Promise<readonly string[]> => {
    const { Users = [] } = await iamOf(server).send(new ListUsersCommand({ MaxItems: 1000 }))
    return Users.map(({ UserName = '' }) => UserName)
  }

  /** Takes all room that is left, but for so many bytes. */
  const fill = (left = 0): void => {
    const { bavail, bsize } = statfsSync(folder)
    writeFileSync(join(folder, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - left)))
  }

  test('that is full refuses writes, answers reads, and takes writes again when there is room', async () => {
    await create('before')
    fill()
    const made: string[] = []
    for (const at of Array.from({ length: 40 }, (_, number) => number)) {
      await create(`user${at}`).then(
        () => made.push(`user${at}`),
        (error: Error) => expect(error.name).toBe('ServiceUnavailable'),
      )
    }
    expect(made.length).toBeLessThan(40)
    expect(await names()).toEqual(['administrator', 'before', ...made].toSorted())
    expect(store.health()).toMatch(/cannot be written.*full/)
    rmSync(join(folder, 'filler'))
    await create('after')
    expect(store.health()).toBeUndefined()
    await server.close()

    store = sqliteStore(join(folder, 'state.db'))
    server = await startServer({ store, administrator: server.administrator })
    expect(await names()).toEqual(['administrator', 'after', 'before', ...made].toSorted())
    const { records } = await store.audited({ eventName: 'CreateUser', limit: 1000 })
    const succeeded = records.filter(({ errorCode }) => errorCode === undefined)
    expect(succeeded).toHaveLength(made.length + 2)
    // reads that were answered while it was full have their records too
    expect((await store.audited({ eventName: 'ListUsers', limit: 9 })).records.length).toBeGreaterThan(0)
  })

  test('that is full stops reads too, before their records would be dropped', async () => {
    fill()
    await expectRefusal(create('a'), 'ServiceUnavailable', /./, 503)
    for (let at = 0; at < 10_100; at += 1) {
      const full = store.note({ ...RECORD, requestID: `r${at}` })
      if (full !== undefined) await expect(full).rejects.toThrow('no call is served unrecorded')
      if (full !== undefined) break
    }
    await expectRefusal(iamOf(server).send(new GetUserCommand({})), 'ServiceUnavailable', /./, 503)
    rmSync(join(folder, 'filler'))
    await create('after')
    expect((await store.audited({ requestId: 'r9000', limit: 9 })).records).toHaveLength(1)
  })

  test('that is read-only from the start is refused with what helps', async () => {
    await store.close()
    execFileSync('mount', ['-o', 'remount,ro', folder])
    expect(() => sqliteStore(join(folder, 'state.db'))).toThrow(/cannot be written.*read-only/)
    expect(() => sqliteStore(join(folder, 'new', 'state.db'))).toThrow(/cannot be written by this user/)
    execFileSync('mount', ['-o', `remount,rw,size=${8 * MIB}`, folder])
    store = sqliteStore(join(folder, 'state.db'))
    server = await startServer({ store, administrator: server.administrator })
  })
})

const RECORD = {
  eventVersion: '1.11',
  userIdentity: { type: 'Unknown' },
  eventTime: '2026-01-02T03:04:05Z',
  eventSource: 'sts.amazonaws.com',
  eventName: 'GetCallerIdentity',
  awsRegion: 'us-east-1',
  sourceIPAddress: '127.0.0.1',
  userAgent: 'test',
  requestParameters: null,
  responseElements: null,
  eventID: 'event',
  readOnly: true,
  eventType: 'AwsApiCall',
  managementEvent: true,
  eventCategory: 'Management',
} as const
