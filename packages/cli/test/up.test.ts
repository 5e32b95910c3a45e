import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { sendSigned } from '../src/client.ts'
import { json, query, readAnswer, tag, targeted, type Ask } from '../src/demo/calls.ts'
import { readCredentials, type Keys } from '../src/credentials.ts'
import { folderAt } from '../src/folder.ts'
import { THREE_ACCOUNTS, VEGETA_BATMAN, workshop, type Ready } from './harness.ts'

const { folder, run, up } = workshop()
const GIVEN = {
  ROOT_AWS_ACCESS_KEY_ID: 'AKIAROOTEXAMPLE00000',
  ROOT_AWS_SECRET_ACCESS_KEY: 'rootsecretrootsecretrootsecretrootsecret',
}
const LIST_ACCOUNTS = targeted('organizations', 'AWSOrganizationsV20161128.ListAccounts', {})
const WHO_AM_I = query('sts:GetCallerIdentity')

async function ask({ endpoint, ca }: Ready, { service, sent }: Ask, keys: Keys | undefined) {
  if (keys === undefined) throw new Error('no key')
  const target = { endpoint, region: 'us-east-1', ...(ca === undefined ? {} : { ca: readFileSync(ca, 'utf8') }) }
  return readAnswer(await sendSigned(target, sent, { keys, service }))
}

function drawn(ready: Ready): Keys | undefined {
  return readCredentials(folderAt(ready.data))
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

describe('up', () => {
  test('it starts what the file declares, and leaves keys that nobody else can read', async () => {
    const { ready, child, ended } = await up(['--org', VEGETA_BATMAN, '--data', 'first'])
    expect(ready.accounts).toEqual([
      { id: '444444444444', name: 'Management', path: '/', management: true },
      { id: '666666666666', name: 'Batman Team', path: '/Development' },
      { id: '555555555555', name: 'Vegeta Team', path: '/Production' },
    ])
    const answer = await ask(ready, WHO_AM_I, drawn(ready))
    expect(tag(answer.body, 'Arn')).toBe('arn:aws:iam::444444444444:user/administrator')
    const data = join(folder, 'first')
    expect(readFileSync(join(data, 'credentials'), 'utf8')).toMatch(
      /^\[sallyport\]\naws_access_key_id = AKIA\w{16}\naws_secret_access_key = \S{40}\n$/,
    )
    expect([data, join(data, 'credentials'), join(data, 'sallyport.db'), `${data}.key`].map(mode)).toEqual([
      '700',
      '600',
      '600',
      '600',
    ])
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    expect(existsSync(join(data, 'server.json'))).toBe(false)
  })

  test('declared again, it is the same organisation with the same administrator', async () => {
    const once = await up(['--org', THREE_ACCOUNTS, '--data', 'again'])
    const keys = drawn(once.ready)
    once.child.kill('SIGINT')
    expect((await once.ended).code).toBe(0)
    const twice = await up(['--org', THREE_ACCOUNTS, '--data', 'again'])
    expect(twice.ready.accounts).toEqual(once.ready.accounts)
    expect((await ask(twice.ready, LIST_ACCOUNTS, keys)).code).toBe('done')
    twice.child.kill()
    await twice.ended
    const without = await up(['--data', 'again'])
    expect(without.ready.accounts).toEqual(once.ready.accounts)
    without.child.kill()
  })

  test('what was acknowledged is there after kill -9', async () => {
    const before = await up(['--org', THREE_ACCOUNTS, '--data', 'killed'])
    const keys = drawn(before.ready)
    expect((await ask(before.ready, query('iam:CreateUser', { UserName: 'dana' }), keys)).code).toBe('done')
    before.child.kill('SIGKILL')
    await before.ended
    const after = await up(['--data', 'killed'])
    expect(after.ready.accounts).toEqual(before.ready.accounts)
    expect((await ask(after.ready, query('iam:GetUser', { UserName: 'dana' }), keys)).code).toBe('done')
    after.child.kill()
  })

  test('without a file there is one account, and it can found an organisation', async () => {
    const { ready, child } = await up(['--data', 'alone'])
    expect(ready.accounts).toEqual([{ id: '123456789012', name: 'Management', management: true }])
    expect((await ask(ready, LIST_ACCOUNTS, drawn(ready))).code).toBe('AWSOrganizationsNotInUseException')
    const created = await ask(
      ready,
      targeted('organizations', 'AWSOrganizationsV20161128.CreateOrganization', { FeatureSet: 'ALL' }),
      drawn(ready),
    )
    expect(json(created.body)).toMatchObject({ Organization: { MasterAccountId: '123456789012' } })
    child.kill()
  })

  test('an administrator that is given is used, and not written down', async () => {
    const { ready, child } = await up(['--org', THREE_ACCOUNTS, '--data', 'given'], GIVEN)
    expect(ready.administrator).toEqual({
      account: '444444444444',
      userName: 'administrator',
      accessKeyId: GIVEN.ROOT_AWS_ACCESS_KEY_ID,
    })
    const keys = { accessKeyId: GIVEN.ROOT_AWS_ACCESS_KEY_ID, secretAccessKey: GIVEN.ROOT_AWS_SECRET_ACCESS_KEY }
    expect((await ask(ready, WHO_AM_I, keys)).code).toBe('done')
    expect(existsSync(join(folder, 'given', 'credentials'))).toBe(false)
    expect(readFileSync(join(folder, 'given', 'server.json'), 'utf8')).not.toContain(keys.secretAccessKey)
    expect((await run(['env', '--data', 'given'])).stderr).toContain(
      "the administrator's key is not in the data folder",
    )
    child.kill()
  })

  test('nothing of an ephemeral server is left, and its data has a place while it runs', async () => {
    const { ready, child, ended } = await up(['--ephemeral', '--org', THREE_ACCOUNTS])
    expect(ready.next[0]).toBe(`eval "$(npx sallyport env --data ${ready.data})"`)
    expect((await run(['env', '--data', ready.data])).stdout).toContain(`export AWS_ENDPOINT_URL=${ready.endpoint}\n`)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    expect(existsSync(ready.data)).toBe(false)
  })

  test('the environment may say where, and is overruled by what is said now', async () => {
    const environment = { SALLYPORT_DATA: join(folder, 'from-environment'), SALLYPORT_PORT: '1' }
    const { ready, child } = await up([], environment)
    expect(ready.data).toBe(environment.SALLYPORT_DATA)
    expect((await run(['env'], environment)).stdout).toContain(`AWS_ENDPOINT_URL=${ready.endpoint}\n`)
    const ephemeral = await up(['--ephemeral'], environment)
    expect(ephemeral.ready.data).not.toBe(environment.SALLYPORT_DATA)
    expect((await run(['down'], environment)).stdout).toContain(ready.endpoint)
    child.kill()
    ephemeral.child.kill()
  })

  test('people are told where, who, and what to type next', async () => {
    const { child, ended } = await up(['--data', 'people', '--org', THREE_ACCOUNTS])
    child.kill()
    await ended
    const both = await Promise.all([run(['up', '--data', 'people', '--port', '0']), stopSoon('people')])
    expect(both[0].stdout.replaceAll(folder, '.').replace(/:\d+\n/, ':PORT\n')).toBe(`sallyport is ready

  endpoint     http://127.0.0.1:PORT
  credentials  ./people/credentials

accounts
  444444444444  Management   /  management
  111111111111  Production   /
  222222222222  Staging      /
  333333333333  Development  /

next, in another terminal
  eval "$(npx sallyport env --data people)"
  aws sts get-caller-identity
  aws sts assume-role --role-session-name me --role-arn arn:aws:iam::111111111111:role/OrganizationAccountAccessRole
`)
  })
})

/** Stops the server of a folder as soon as one runs there. */
async function stopSoon(data: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await run(['down', '--data', data])).stdout.startsWith('stopped')) return
  }
}

describe('what keeps it from starting is said, and how to mend it', () => {
  test('a port that is taken', async () => {
    const { ready, child } = await up(['--data', 'holder'])
    const port = new URL(ready.endpoint).port
    expect(await run(['up', '--data', 'other', '--port', port])).toMatchObject({
      code: 1,
      stderr: `sallyport: port \`${port}\` is taken: choose another with \`--port\`, or \`--port 0\` for any that is free\n`,
    })
    expect((await run(['up', '--ephemeral', '--port', '0', '--proxy', port])).stderr).toContain(
      'choose another with `--proxy`',
    )
    // The key that was drawn then is not lost.
    const later = await up(['--data', 'other'])
    expect((await ask(later.ready, WHO_AM_I, drawn(later.ready))).code).toBe('done')
    child.kill()
    later.child.kill()
  })

  test('a folder that another server has', async () => {
    const { ready, child, ended } = await up(['--data', 'shared'])
    expect(await run(['up', '--data', 'shared', '--port', '0'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`already, at ${ready.endpoint}: stop it with`),
    })
    rmSync(join(folder, 'shared', 'server.json'))
    expect(await run(['up', '--data', 'shared', '--port', '0'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is in use by another process'),
    })
    child.kill()
    await ended
  })

  test('a key that is lost, and one that is another', async () => {
    const { child, ended } = await up(['--data', 'keyless'])
    child.kill()
    await ended
    rmSync(join(folder, 'keyless.key'))
    expect(await run(['up', '--data', 'keyless', '--port', '0'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the key of `keyless` is lost'),
    })
    const other = { SALLYPORT_KEY: 'ab'.repeat(32) }
    expect(await run(['up', '--data', 'keyless', '--port', '0'], other)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('sealed with another key'),
    })
    expect(existsSync(join(folder, 'keyless.key'))).toBe(false)
  })

  test('a key file of the operator’s is made where it is to be, and read again', async () => {
    const key = join(folder, 'operator.key')
    const once = await up(['--data', 'operated', '--key-file', key])
    once.child.kill()
    await once.ended
    expect([mode(key), existsSync(join(folder, 'operated.key'))]).toEqual(['600', false])
    const twice = await up(['--data', 'operated'], { SALLYPORT_KEY: readFileSync(key, 'utf8').trim() })
    expect((await ask(twice.ready, WHO_AM_I, drawn(twice.ready))).code).toBe('done')
    twice.child.kill()
  })

  test('a file that contradicts the data', async () => {
    const { child, ended } = await up(['--data', 'contradicted'])
    child.kill()
    await ended
    expect(await run(['up', '--data', 'contradicted', '--port', '0', '--org', THREE_ACCOUNTS])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has management account `123456789012`, the file `444444444444`'),
    })
  })

  test('a data folder that is a file', async () => {
    writeFileSync(join(folder, 'plain'), '')
    expect(await run(['up', '--data', 'plain', '--port', '0'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be the data folder'),
    })
  })
})

describe('signals', () => {
  test('a call under way may finish, and a second signal does not wait for it', async () => {
    const { ready, child, ended } = await up(['--data', 'signalled'])
    const { port } = new URL(ready.endpoint)
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nA', resolve))
    await pause(100)
    child.kill('SIGTERM')
    expect(await Promise.race([ended, pause(300)])).toBeUndefined()
    child.kill('SIGTERM')
    expect((await ended).code).toBe(143)
    expect(existsSync(join(folder, 'signalled', 'server.json'))).toBe(false)
    socket.destroy()
  })
})

test('an address that is not loopback is warned of', async () => {
  const { ready, child, ended } = await up(['--ephemeral', '--host', '0.0.0.0'])
  expect(ready.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  child.kill()
  expect((await ended).stderr).toBe(
    'sallyport: listening on `0.0.0.0`, not on loopback: whoever reaches this machine reaches the server\n',
  )
})
