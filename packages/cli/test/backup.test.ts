/** Archives as users make and use them: real processes, real clients, calls that go on meanwhile. */

import { CreateUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startPostgres, type Postgres } from '../../../tools/postgres.mjs'
import { readCredentials, type Keys } from '../src/credentials.ts'
import { folderAt } from '../src/folder.ts'
import { BIN, NODE, THREE_ACCOUNTS, workshop, type Ended, type Ready, type Up } from './harness.ts'

const { folder, run, start, up } = workshop()
const at = (name: string): string => join(folder, name)

/** An archive's rows without the names of blobs, and but for who used what when last: whoever looks at the copy writes that. */
function rowsOf(file: string): readonly string[] {
  const lines = gunzipSync(readFileSync(at(file)))
    .toString()
    .split('\n')
  return lines
    .filter((line) => line.startsWith('{"row":') && !/^\{"row":\["[^"]*","usage"/.test(line))
    .map((line) => line.replaceAll(/"blob":"[^"]*"/g, ''))
    .toSorted()
}
const PRODUCTION = '111111111111'

function client<C>(
  Client: new (config: object) => C,
  { endpoint, data }: Ready,
  keys: Keys | undefined = readCredentials(folderAt(data)),
): C {
  return new Client({ endpoint, region: 'us-east-1', credentials: keys, forcePathStyle: true, maxAttempts: 1 })
}

async function stopped({ child, ended }: Up): Promise<void> {
  child.kill('SIGTERM')
  await ended
}

async function sessionIn(ready: Ready): Promise<Keys> {
  const RoleArn = `arn:aws:iam::${PRODUCTION}:role/OrganizationAccountAccessRole`
  const { Credentials } = await client(STSClient, ready).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }))
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

async function whoIs(ready: Ready, keys: Keys): Promise<string | undefined> {
  return (await client(STSClient, ready, keys).send(new GetCallerIdentityCommand({}))).Account
}

async function shell(command: string): Promise<{ stdout: string; stderr: string }> {
  const sallyport = `sallyport() { "${NODE}" "${BIN}" "$@"; }; set -o pipefail; `
  return promisify(execFile)('bash', ['-c', sallyport + command], { cwd: folder })
}

/** Calls of every kind until it is told to stop; it remembers what was acknowledged. */
function load(ready: Ready) {
  const users: string[] = []
  const objects = new Map<string, Buffer>()
  const over = new AbortController()
  const iam = client(IAMClient, ready)
  const s3 = client(S3Client, ready)
  const newUsers = async (name: string): Promise<void> => {
    for (let count = 0; !over.signal.aborted; count += 1) {
      await iam.send(new CreateUserCommand({ UserName: `${name}-${count}` }))
      users.push(`${name}-${count}`)
    }
  }
  const newObjects = async (name: string): Promise<void> => {
    for (let count = 0; !over.signal.aborted; count += 1) {
      const [Key, Body] = [`${name}/${count}`, randomBytes(20_000 + count)]
      await s3.send(new PutObjectCommand({ Bucket: 'load', Key, Body }))
      objects.set(Key, Body)
    }
  }
  /** Written over and deleted again and again: its bytes are another blob each time. */
  const restless = async (): Promise<void> => {
    for (let count = 0; !over.signal.aborted; count += 1) {
      const Body = Buffer.alloc(50_000, count % 251)
      await s3.send(new PutObjectCommand({ Bucket: 'load', Key: 'restless', Body }))
      if (count % 5 === 4) await s3.send(new DeleteObjectCommand({ Bucket: 'load', Key: 'restless' }))
    }
  }
  const done = Promise.all([newUsers('a'), newUsers('b'), newObjects('x'), newObjects('y'), restless()])
  return {
    users,
    objects,
    async stop() {
      over.abort()
      await done
    },
  }
}

async function userNames(ready: Ready): Promise<readonly string[]> {
  const names: string[] = []
  for (let Marker: string | undefined, more = true; more;) {
    const page = await client(IAMClient, ready).send(new ListUsersCommand({ Marker, MaxItems: 1000 }))
    names.push(...(page.Users ?? []).map(({ UserName = '' }) => UserName))
    Marker = page.Marker
    more = page.IsTruncated === true
  }
  return names
}

async function bytesOf(ready: Ready, Key: string): Promise<Buffer> {
  const { Body } = await client(S3Client, ready).send(new GetObjectCommand({ Bucket: 'load', Key }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

describe('a backup of a server under load', () => {
  let server: Up
  let again: Up
  let before: { readonly users: readonly string[]; readonly objects: ReadonlyMap<string, Buffer> }
  let session: Keys
  let requestId: string

  beforeAll(async () => {
    server = await up(['--org', THREE_ACCOUNTS, '--data', 'busy'])
    await client(S3Client, server.ready).send(new CreateBucketCommand({ Bucket: 'load' }))
    session = await sessionIn(server.ready)
    const { $metadata } = await client(IAMClient, server.ready).send(new CreateUserCommand({ UserName: 'first' }))
    requestId = $metadata.requestId ?? ''
    const traffic = load(server.ready)
    await vi.waitFor(() => expect(traffic.objects.size).toBeGreaterThan(40), { timeout: 30_000, interval: 20 })
    before = { users: [...traffic.users], objects: new Map(traffic.objects) }
    const saved = await run(['backup', 'busy.gz', '--data', 'busy', '--json'])
    expect(saved).toMatchObject({ code: 0, stderr: '' })
    expect(traffic.users.length).toBeGreaterThan(before.users.length)
    await traffic.stop()
    expect(await run(['restore', 'busy.gz', '--data', 'again', '--key-file', 'busy.key'])).toMatchObject({ code: 0 })
    again = await up(['--data', 'again', '--key-file', 'busy.key'])
  }, 120_000)

  test('has everything that was acknowledged before it began', async () => {
    const names = new Set(await userNames(again.ready))
    expect(before.users.filter((name) => !names.has(name))).toEqual([])
    for (const [key, bytes] of before.objects) expect((await bytesOf(again.ready, key)).equals(bytes), key).toBe(true)
  })

  test('has each object whole, those too that came and went meanwhile', async () => {
    const { Contents = [] } = await client(S3Client, again.ready).send(new ListObjectsV2Command({ Bucket: 'load' }))
    for (const { Key = '', Size } of Contents) {
      const bytes = await bytesOf(again.ready, Key)
      expect(bytes.length).toBe(Size)
      if (Key === 'restless') expect(new Set(bytes).size).toBe(1)
    }
  })

  test('knows the tokens and the administrator’s key of before', async () => {
    expect(await whoIs(again.ready, session)).toBe(PRODUCTION)
    expect(readCredentials(folderAt(again.ready.data))).toEqual(readCredentials(folderAt(server.ready.data)))
    expect(again.ready.accounts).toEqual(server.ready.accounts)
  })

  test('has the audit records in their order', async () => {
    expect((await run(['explain', requestId, '--data', 'again'])).stdout).toContain('the call was allowed')
    const lines = gunzipSync(readFileSync(at('busy.gz')))
      .toString()
      .split('\n')
    const users = lines.flatMap((line) => /"userName":"a-(\d+)"[^]*"responseElements":\{/.exec(line)?.[1] ?? [])
    expect(users.map(Number)).toEqual(users.map((_, place) => place))
    expect(users.length).toBeGreaterThan(10)
  })

  test('leaves files for this user alone', () => {
    const mode = (name: string): string => (statSync(at(name)).mode & 0o777).toString(8)
    expect(['busy.gz', 'again', 'again/sallyport.db', 'again/objects', 'again/credentials'].map(mode)).toEqual([
      '600',
      '700',
      '600',
      '700',
      '600',
    ])
    expect(readdirSync(at('again')).toSorted()).toEqual([
      'credentials',
      'functions',
      'objects',
      'sallyport.db',
      'sallyport.db-wal',
      'server.json',
    ])
  })

  test('can be made of the copy, and says the same', async () => {
    await Promise.all([stopped(server), stopped(again)])
    const told = await run(['backup', 'copy.gz', '--data', 'again', '--key-file', 'busy.key', '--json'])
    expect(told.code).toBe(0)
    expect(rowsOf('copy.gz')).toEqual(rowsOf('busy.gz'))
    expect(rowsOf('copy.gz').length).toBeGreaterThan(10)
  })
})

describe('an archive', () => {
  let ready: Ready
  let server: Up
  let requestId: string

  beforeAll(async () => {
    server = await up(['--org', THREE_ACCOUNTS, '--data', 'home'])
    ready = server.ready
    await client(S3Client, ready).send(new CreateBucketCommand({ Bucket: 'load' }))
    await client(S3Client, ready).send(new PutObjectCommand({ Bucket: 'load', Key: 'k', Body: 'what was put' }))
    const { $metadata } = await client(IAMClient, ready).send(new CreateUserCommand({ UserName: 'dana' }))
    requestId = $metadata.requestId ?? ''
    await run(['backup', 'home.gz', '--data', 'home'])
  })

  test('goes through a pipe from one place into another', async () => {
    const { stdout, stderr } = await shell(
      'sallyport backup - --data home | sallyport restore - --data piped --key-file home.key',
    )
    expect(stdout).toMatch(/^brought in \d+ rows, 12 bytes of objects, \d+ audit records\n/)
    expect(stdout).toContain('start it with sallyport up --data piped --key-file home.key')
    expect(stderr).toMatch(
      /^saved \d+ rows, 12 bytes of objects, \d+ audit records\nit opens with the master key alone/,
    )
    expect(readdirSync(at('piped')).toSorted()).toEqual(['credentials', 'objects', 'sallyport.db'])
    const piped = await up(['--data', 'piped', '--key-file', 'home.key'])
    expect((await bytesOf(piped.ready, 'k')).toString()).toBe('what was put')
    await stopped(piped)
  })

  test('is exported without its history, and with it where that is asked for', async () => {
    const records = async (...args: readonly string[]): Promise<number> =>
      (JSON.parse((await run([...args, '--json'])).stdout) as { records: number }).records // as it is printed
    expect(await records('export', 'bare.gz', '--data', 'home')).toBe(0)
    const all = await records('export', 'full.gz', '--data', 'home', '--with-records')
    expect(all).toBeGreaterThan(2)
    const key = ['--key-file', 'home.key']
    expect(await records('import', 'full.gz', '--data', 'i1', ...key)).toBe(0)
    expect(await records('import', 'full.gz', '--data', 'i2', '--with-records', ...key)).toBe(all)
    expect(await records('restore', 'bare.gz', '--data', 'i3', ...key)).toBe(0)
    const none = await run(['import', 'bare.gz', '--data', 'i4', '--with-records', ...key])
    expect([none.code, none.stderr]).toEqual([
      2,
      'sallyport: `bare.gz` has no audit records: leave `--with-records` out\n',
    ])
    const [without, with_] = [await up(['--data', 'i1', ...key]), await up(['--data', 'i2', ...key])]
    expect((await run(['explain', requestId, '--data', 'i1'])).stderr).toContain('no call has the request id')
    expect((await run(['explain', requestId, '--data', 'i2'])).stdout).toContain('the call was allowed')
    expect(await userNames(without.ready)).toContain('dana')
    await Promise.all([stopped(without), stopped(with_)])
  })

  test('has no objects where none are wanted', async () => {
    await run(['export', 'land.gz', '--data', 'home', '--without-objects'])
    await run(['import', 'land.gz', '--data', 'land', '--key-file', 'home.key'])
    const land = await up(['--data', 'land', '--key-file', 'home.key'])
    const { KeyCount } = await client(S3Client, land.ready).send(new ListObjectsV2Command({ Bucket: 'load' }))
    expect(KeyCount).toBe(0)
    await stopped(land)
  })

  test('comes from a server that is named, whatever folder is near', async () => {
    const { accessKeyId, secretAccessKey } = readCredentials(folderAt(at('home'))) ?? {
      accessKeyId: '',
      secretAccessKey: '',
    }
    const environment = { ROOT_AWS_ACCESS_KEY_ID: accessKeyId, ROOT_AWS_SECRET_ACCESS_KEY: secretAccessKey }
    const { code, stdout } = await run(['backup', 'named.gz', '--endpoint', ready.endpoint], environment)
    expect([code, stdout]).toEqual([0, expect.stringContaining('keep that key too')])
    const wrong = { ...environment, ROOT_AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) }
    const refused = await run(['backup', 'wrong.gz', '--endpoint', ready.endpoint], wrong)
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('signature we calculated does not match'),
    ])
    expect(existsSync(at('wrong.gz'))).toBe(false)
  })

  test('overwrites a file where that is said, and not before the new one is whole', async () => {
    writeFileSync(at('taken.gz'), 'mine')
    const refused = await run(['backup', 'taken.gz', '--data', 'home'])
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: 'sallyport: `taken.gz` is there already: give another name, or `--force` to overwrite it\n',
    })
    await run(['backup', 'taken.gz', '--data', 'nowhere', '--force'])
    expect(readFileSync(at('taken.gz'), 'utf8')).toBe('mine')
    expect((await run(['backup', 'taken.gz', '--data', 'home', '--force'])).code).toBe(0)
    expect(statSync(at('taken.gz')).size).toBeGreaterThan(1000)
  })

  describe('is not made', () => {
    test.each([
      [
        ['backup', 'x.gz', '--data', 'nowhere'],
        'there is nothing in `nowhere`: name the data folder with `--data`',
        'nothing',
      ],
      [['backup', 'missing/x.gz', '--data', 'home'], '`missing/x.gz` cannot be written', 'a folder that is not there'],
      [['backup', 'home', '--data', 'home'], '`home` is no file', 'a folder'],
      [['export', 'x.gz', '--store', 'mysql://h/d'], 'takes the URL of a PostgreSQL', 'a store that is not built'],
      [['export', 'x.gz', '--store', 'some.db'], 'takes the URL of a PostgreSQL', 'a path'],
      [['keys', '--data', 'nowhere'], 'there is nothing in `nowhere`', 'no keys'],
    ])('by %j: %s', async (args, says) => {
      const { code, stdout, stderr } = await run(args)
      expect([code === 0, stdout, stderr]).toEqual([false, '', expect.stringContaining(says)])
      expect(existsSync(at('x.gz'))).toBe(false)
      expect(readdirSync(folder).filter((name) => name.startsWith('.x.gz'))).toEqual([])
    })

    test('of a server whose master key ends with it', async () => {
      const passing = await up(['--ephemeral'])
      const { code, stderr } = await run(['backup', 'x.gz', '--data', passing.ready.data])
      expect([code, stderr]).toEqual([2, expect.stringContaining('its master key ends with it')])
      await stopped(passing)
    })
  })

  describe('is not brought in', () => {
    const key = ['--key-file', 'home.key']
    beforeAll(() => {
      const whole = readFileSync(at('home.gz'))
      const text = gunzipSync(whole).toString()
      const altered = Buffer.from(whole)
      altered[altered.length >> 1] = (altered[altered.length >> 1] ?? 0) ^ 1
      writeFileSync(at('altered.gz'), altered)
      writeFileSync(at('torn.gz'), whole)
      truncateSync(at('torn.gz'), whole.length - 4)
      writeFileSync(
        at('newer.gz'),
        gzipSync(text.replace('"format":2', '"format":3').replace(/"version":"[^"]+"/, '"version":"9.9.9"')),
      )
      writeFileSync(at('other.gz'), gzipSync('hello\n'))
      writeFileSync(at('wrong.key'), `${'0'.repeat(64)}\n`)
      mkdirSync(at('full'))
      writeFileSync(at('full/mine'), '')
      mkdirSync(at('broken/restoring'), { recursive: true })
    })

    test.each([
      [['absent.gz', '--data', 'n', ...key], 'there is no file `absent.gz`', 'no file'],
      [['full', '--data', 'n', ...key], '`full` is no file', 'a folder'],
      [['other.gz', '--data', 'n', ...key], "`other.gz` is no archive of sallyport's", 'gzip of something else'],
      [['wrong.key', '--data', 'n', ...key], "`wrong.key` is no archive of sallyport's", 'no gzip'],
      [['torn.gz', '--data', 'n', ...key], '`torn.gz` ends too early', 'four bytes short'],
      [['altered.gz', '--data', 'n', ...key], '`altered.gz` ', 'one bit is another'],
      [['newer.gz', '--data', 'n', ...key], 'was written by a newer sallyport, 9.9.9 (format 3', 'a later format'],
      [
        ['home.gz', '--data', 'n', '--key-file', 'wrong.key'],
        'another master key than `wrong.key`',
        'a key that does not fit',
      ],
      [['home.gz', '--data', 'n'], 'and `n.key` is not there: give it with `--key-file`', 'no key'],
      [['home.gz', '--data', 'n', '--key-file', 'no.key'], 'and `no.key` is not there', 'a key file that is not there'],
      [['home.gz', '--data', 'full', ...key], '`full` has something in it, such as `mine`', 'a folder in use'],
      [['home.gz', '--data', 'broken', ...key], 'remove `broken/restoring`', 'a folder where one was broken off'],
      [['home.gz', '--data', 'home'], 'a server runs on `home`, at http://', 'a server runs there'],
      [
        ['home.gz', '--data', 'other.gz', ...key],
        '`other.gz` cannot be the data folder',
        'a file in place of a folder',
      ],
    ])('by restore %j: %s', async (args, says) => {
      const { code, stdout, stderr } = await run(['restore', ...args])
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(says)])
      expect(stderr).toMatch(/^sallyport: [^\n]*[^.\n]\n$/)
      expect(existsSync(at('n'))).toBe(false)
      expect(existsSync(at('n.key'))).toBe(false)
      expect([readdirSync(at('full')), readdirSync(at('broken'))]).toEqual([['mine'], ['restoring']])
    })

    test('by a key from two places', async () => {
      const both = await run(['restore', 'home.gz', '--data', 'n', ...key], { SALLYPORT_KEY: '0'.repeat(64) })
      expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('give one of them')])
    })
  })

  test('opens with a key from the environment, or a copy of it beside the folder', async () => {
    const text = readFileSync(at('home.key'), 'utf8').trim()
    expect((await run(['restore', 'home.gz', '--data', 'by-env'], { SALLYPORT_KEY: text })).code).toBe(0)
    copyFileSync(at('home.key'), at('by-copy.key'))
    mkdirSync(at('by-copy'))
    expect((await run(['restore', 'home.gz', '--data', 'by-copy'])).code).toBe(0)
    const copy = await up(['--data', 'by-copy'])
    expect(await userNames(copy.ready)).toContain('dana')
    await stopped(copy)
  })

  test('never has the secret of an administrator who was given, and writes none down', async () => {
    const given = { ROOT_AWS_ACCESS_KEY_ID: 'AKIAROOTEXAMPLE00000', ROOT_AWS_SECRET_ACCESS_KEY: 'rootsecret'.repeat(4) }
    const rooted = await up(['--data', 'rooted'], given)
    expect((await run(['backup', 'rooted.gz', '--data', 'rooted'], given)).code).toBe(0)
    await stopped(rooted)
    expect(gunzipSync(readFileSync(at('rooted.gz'))).toString()).not.toContain('rootsecret')
    await run(['restore', 'rooted.gz', '--data', 'unrooted', '--key-file', 'rooted.key'])
    expect(existsSync(at('unrooted/credentials'))).toBe(false)
  })
})

describe('interrupted', () => {
  beforeAll(async () => {
    const server = await up(['--data', 'large'])
    await client(S3Client, server.ready).send(new CreateBucketCommand({ Bucket: 'load' }))
    const Body = randomBytes(60_000_000)
    await client(S3Client, server.ready).send(new PutObjectCommand({ Bucket: 'load', Key: 'k', Body }))
    await stopped(server)
    await run(['backup', 'large.gz', '--data', 'large'])
  }, 60_000)

  const hasBegun = (begun: () => boolean) =>
    vi.waitFor(() => expect(begun()).toBe(true), { timeout: 20_000, interval: 5 })

  const writesObjects = (data: string): boolean => {
    const incoming = at(`${data}/restoring/objects/incoming`)
    return existsSync(incoming) && readdirSync(incoming).length > 0
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('by %s, a backup leaves no file', async (signal) => {
    const { child, ended } = start(['backup', 'cut.gz', '--data', 'large'])
    await hasBegun(() => readdirSync(folder).some((name) => name.startsWith('.cut.gz')))
    await pause(100)
    child.kill(signal)
    expect((await ended).code).toBe(signal === 'SIGINT' ? 130 : 143)
    expect(readdirSync(folder).filter((name) => name.includes('cut.gz'))).toEqual([])
  })

  test('a restore leaves the place as it was', async () => {
    const { child, ended } = start(['restore', 'large.gz', '--data', 'cut', '--key-file', 'large.key'])
    await hasBegun(() => writesObjects('cut'))
    child.kill('SIGTERM')
    expect((await ended).code).toBe(143)
    expect(existsSync(at('cut'))).toBe(false)
  })

  test('by kill -9, a restore leaves nothing that could be served, and says so', async () => {
    const { child, ended } = start(['restore', 'large.gz', '--data', 'killed', '--key-file', 'large.key'])
    await hasBegun(() => writesObjects('killed'))
    child.kill('SIGKILL')
    await ended
    expect(existsSync(at('killed/sallyport.db'))).toBe(false)
    const again = await run(['restore', 'large.gz', '--data', 'killed', '--key-file', 'large.key'])
    expect(again.stderr).toContain('remove `killed/restoring`, then do this again')
    rmSync(at('killed/restoring'), { recursive: true })
    expect((await run(['restore', 'large.gz', '--data', 'killed', '--key-file', 'large.key'])).code).toBe(0)
  })

  test.each([
    ['backup', 'sallyport backup brim.gz --data large'],
    ['restore', 'sallyport restore large.gz --data brim --key-file large.key'],
  ])('by a disk that is full, a %s leaves nothing', async (_verb, command) => {
    const ending = await shell(`ulimit -f 20000; ${command}`).catch((error: Ended) => error)
    expect(ending).toMatchObject({ code: 1, stderr: 'sallyport: broken off: EFBIG: file too large, write\n' })
    expect(readdirSync(folder).filter((name) => name.includes('brim'))).toEqual([])
  })

  test('a backup is broken off by a server that goes, and leaves no file', async () => {
    const server = await up(['--data', 'large'])
    const { ended } = start(['backup', 'gone.gz', '--data', 'large'])
    await hasBegun(() => readdirSync(folder).some((name) => name.startsWith('.gone.gz')))
    await pause(100)
    server.child.kill('SIGKILL')
    const { code, stderr } = await ended
    expect([code, stderr]).toEqual([1, expect.stringMatching(/the server broke off|cannot be reached/)])
    expect(readdirSync(folder).filter((name) => name.includes('gone.gz'))).toEqual([])
    await server.ended
  })
})

describe('keys', () => {
  test('are listed and rotated on a server and on a folder, and no session is lost', async () => {
    const numbers = async (...args: readonly string[]): Promise<readonly [number, boolean][]> => {
      const { keys } = JSON.parse((await run(['keys', ...args, '--data', 'keyed', '--json'])).stdout) as {
        keys: readonly { number: number; current: boolean }[]
      } // as it is printed
      return keys.map(({ number, current }) => [number, current])
    }
    const sealedBy = ({ sessionToken = '' }: Keys): number => Buffer.from(sessionToken, 'base64').readUInt32BE(1)
    const server = await up(['--org', THREE_ACCOUNTS, '--data', 'keyed'])
    const first = await sessionIn(server.ready)
    expect(await numbers()).toEqual([[1, true]])
    expect(await numbers('rotate')).toEqual([
      [1, false],
      [2, true],
    ])
    const second = await sessionIn(server.ready)
    await stopped(server)
    expect(await numbers('rotate')).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ])
    const again = await up(['--data', 'keyed'])
    const third = await sessionIn(again.ready)
    expect([first, second, third].map(sealedBy)).toEqual([1, 2, 3])
    for (const keys of [first, second, third]) expect(await whoIs(again.ready, keys)).toBe(PRODUCTION)
    const { stdout } = await run(['keys', '--data', 'keyed'])
    expect(stdout).toMatch(
      /^key  made\n  1  \S+Z  opens old ones\n  2  \S+Z  opens old ones\n  3  \S+Z  seals new sessions\n$/,
    )
    expect(stdout).not.toMatch(/[A-Za-z0-9+/]{40}/)
    await stopped(again)
  })

  test('of a folder open with its own master key alone', async () => {
    writeFileSync(at('zero.key'), `${'0'.repeat(64)}\n`)
    const { code, stderr } = await run(['keys', 'rotate', '--data', 'keyed', '--key-file', 'zero.key'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('sealed with another key')])
    const absent = await run(['keys', '--data', 'keyed', '--key-file', 'no.key'])
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining('`no.key` is not there')])
  })
})

describe('with PostgreSQL', () => {
  let database: Postgres
  let before: { readonly ready: Ready; readonly session: Keys }
  beforeAll(async () => {
    database = await startPostgres()
    const server = await up(['--org', THREE_ACCOUNTS, '--data', 'desk'])
    await client(S3Client, server.ready).send(new CreateBucketCommand({ Bucket: 'load' }))
    const put = { Bucket: 'load', Key: 'k', Body: Buffer.alloc(700_000, 'what was put') }
    await client(S3Client, server.ready).send(new PutObjectCommand(put))
    before = { ready: server.ready, session: await sessionIn(server.ready) }
    await stopped(server)
    await run(['backup', 'desk.gz', '--data', 'desk'])
  }, 120_000)
  afterAll(() => database.stop())

  const end = (file: string): object => {
    const last =
      gunzipSync(readFileSync(at(file)))
        .toString()
        .trimEnd()
        .split('\n')
        .at(-1) ?? ''
    return (JSON.parse(last) as { end: object }).end // an archive's last line
  }

  test('an archive goes from a disk into a database, and out of it onto a disk', async () => {
    const store = ['--store', database.url]
    const key = ['--key-file', 'desk.key']
    const restored = await run(['restore', 'desk.gz', '--data', 'office', ...store, ...key])
    expect([restored.code, restored.stderr]).toEqual([0, ''])
    expect(restored.stdout).not.toContain(new URL(database.url).password || database.url)
    const again = await run(['restore', 'desk.gz', '--data', 'office', ...store, ...key])
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('has an installation in it')])

    expect(await run(['backup', 'office.gz', '--data', 'office', ...store, ...key])).toMatchObject({ code: 0 })
    expect(end('office.gz')).toEqual(end('desk.gz'))
    const office = await up(['--data', 'office', ...store, ...key])
    expect(await whoIs(office.ready, before.session)).toBe(PRODUCTION)
    expect((await bytesOf(office.ready, 'k')).equals(Buffer.alloc(700_000, 'what was put'))).toBe(true)
    expect(await run(['backup', 'running.gz', '--data', 'office', ...key])).toMatchObject({ code: 0 })
    await stopped(office)

    expect(await run(['restore', 'running.gz', '--data', 'desk2', ...key])).toMatchObject({ code: 0 })
    const desk = await up(['--data', 'desk2', ...key])
    expect(desk.ready.accounts).toEqual(before.ready.accounts)
    expect((await bytesOf(desk.ready, 'k')).length).toBe(700_000)
    await stopped(desk)
  })

  test('one that is refused leaves an empty database empty', async () => {
    await database.psql('CREATE DATABASE half')
    writeFileSync(at('zeros.key'), `${'0'.repeat(64)}\n`)
    const store = ['--store', Object.assign(new URL(database.url), { pathname: '/half' }).href]
    const key = ['--key-file', 'desk.key']
    const refused = await run(['restore', 'desk.gz', '--data', 'h', ...store, '--key-file', 'zeros.key'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('another master key than `zeros.key`')])
    expect(await run(['restore', 'desk.gz', '--data', 'h', ...store, ...key])).toMatchObject({ code: 0 })
  })
})
