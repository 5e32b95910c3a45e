import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { send, sendSigned } from '../src/client.ts'
import { query, readAnswer } from '../src/demo/calls.ts'
import { keysIn } from '../src/demo/staging.ts'
import { readCredentials } from '../src/credentials.ts'
import { folderAt } from '../src/folder.ts'
import { exports, quote } from '../src/shell.ts'
import { NODE, THREE_ACCOUNTS, VEGETA_BATMAN, workshop } from './harness.ts'

const { folder, run, up } = workshop()

/** What a shell has after it read `env`'s output. */
function evaluated(lines: string, names: readonly string[]): readonly (string | null)[] {
  const print = `process.stdout.write(JSON.stringify(${JSON.stringify(names)}.map((name) => process.env[name] ?? null)))`
  return JSON.parse(
    execFileSync('sh', ['-c', `${lines}\n"$NODE" -e '${print}'`], {
      encoding: 'utf8',
      env: { NODE, AWS_PROFILE: 'mine', AWS_SESSION_TOKEN: 'old' },
    }),
  )
}

describe('env', () => {
  test('a shell that reads it has endpoints, key and region, and nothing of another profile', async () => {
    const data = "it's a $(folder)"
    const { ready, child } = await up(['--org', THREE_ACCOUNTS, '--data', data, '--region', 'eu-central-1'])
    const { stdout } = await run(['env', '--data', data])
    const keys = readCredentials(folderAt(join(folder, data)))
    const names = [
      'AWS_ENDPOINT_URL',
      'AWS_ENDPOINT_URL_STS',
      'AWS_ENDPOINT_URL_SSO',
      'AWS_ENDPOINT_URL_SSO_OIDC',
      'AWS_REGION',
      'AWS_DEFAULT_REGION',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_PROFILE',
      'AWS_EC2_METADATA_DISABLED',
    ]
    const { endpoint } = ready
    expect(evaluated(stdout, names)).toEqual([
      endpoint,
      endpoint,
      endpoint,
      endpoint,
      'eu-central-1',
      'eu-central-1',
      keys?.accessKeyId,
      keys?.secretAccessKey,
      null,
      null,
      'true',
    ])
    const profile = await run(['env', '--data', data, '--profile-only'])
    expect(evaluated(profile.stdout, ['AWS_PROFILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_SECRET_ACCESS_KEY'])).toEqual([
      'sallyport',
      join(folder, data, 'credentials'),
      null,
    ])
    expect(profile.stdout).not.toContain(keys?.secretAccessKey)
    expect(JSON.parse((await run(['env', '--data', data, '--json'])).stdout)).toMatchObject({
      AWS_ENDPOINT_URL: endpoint,
      AWS_PROFILE: null,
    })
    expect((await run(['env', '--data', data, '--proxy'])).stderr).toContain('the server has no proxy')
    child.kill()
  })

  test('a key that is in the environment is taken from there', async () => {
    const given = {
      ROOT_AWS_ACCESS_KEY_ID: 'AKIAROOTEXAMPLE00000',
      ROOT_AWS_SECRET_ACCESS_KEY: 'root"secret$root`secret',
    }
    const { child } = await up(['--data', 'rooted'], given)
    const { stdout } = await run(['env', '--data', 'rooted'], given)
    expect(evaluated(stdout, ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])).toEqual(Object.values(given))
    child.kill()
  })

  test('where no server runs it prints nothing to evaluate', async () => {
    expect(await run(['env', '--data', 'nowhere'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'sallyport: no server runs on `nowhere`: start one with `sallyport up`, or name another folder with `--data`\n',
    })
  })

  test.each([
    ['plain/path-1.2:3@4'],
    [''],
    ["it's"],
    ['$(touch x) `id` "$HOME" \\ ; & | \n *'],
    ["''"],
    ['-n'],
    ['ä ö'],
  ])('%j comes through a shell as it is', (text) => {
    expect(execFileSync('sh', ['-c', `printf '%s' ${quote(text)}`], { encoding: 'utf8' })).toBe(text)
    expect(exports({ A: text, B: undefined }).at(-1)).toBe('unset B')
  })
})

describe('down', () => {
  test('it stops the server, and where none runs it says so', async () => {
    const { ready, ended } = await up(['--data', 'stopped'])
    expect(await run(['down', '--data', 'stopped'])).toEqual({
      code: 0,
      stdout: `stopped the server at ${ready.endpoint}\n`,
      stderr: '',
    })
    expect((await ended).code).toBe(0)
    expect(await run(['down', '--data', 'stopped'])).toEqual({
      code: 0,
      stdout: 'no server runs on `stopped`\n',
      stderr: '',
    })
  })

  test('a note of a server that was killed is removed', async () => {
    const { child, ended } = await up(['--data', 'crashed'])
    child.kill('SIGKILL')
    await ended
    expect((await run(['down', '--data', 'crashed'])).stdout).toContain('ended without saying so')
    expect(existsSync(join(folder, 'crashed', 'server.json'))).toBe(false)
  })

  test('a process that does not answer as a sallyport is left alone', async () => {
    mkdirSync(join(folder, 'foreign'))
    writeFileSync(
      join(folder, 'foreign', 'server.json'),
      JSON.stringify({ pid: process.pid, endpoint: 'http://127.0.0.1:9', region: 'us-east-1', startedAt: '' }),
    )
    expect(await run(['down', '--data', 'foreign'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('stop it yourself'),
    })
  })

  test.each([['not JSON'], ['{"pid":-1,"endpoint":"http://127.0.0.1:9"}'], ['{"pid":1,"endpoint":"nowhere"}'], ['[]']])(
    'the note %s is no note',
    async (text) => {
      mkdirSync(join(folder, 'noted'), { recursive: true })
      writeFileSync(join(folder, 'noted', 'server.json'), text)
      expect(await run(['down', '--data', 'noted'])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('cannot be read: remove it'),
      })
    },
  )
})

describe('clock', () => {
  test('it is refused where the server was not started for it', async () => {
    const { child } = await up(['--data', 'unmoved'])
    expect(await run(['clock', '+1h', '--data', 'unmoved'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'sallyport: this server has no test clock: start it with --test-clock\n',
    })
    child.kill()
  })

  test('a session ends when the clock has moved past it, and signatures are still believed', async () => {
    const { ready, child } = await up(['--org', THREE_ACCOUNTS, '--data', 'moved', '--test-clock'])
    const target = { endpoint: ready.endpoint, region: 'us-east-1' }
    const ask = async (keys: ReturnType<typeof keysIn> | undefined, name: `sts:${string}`, parameters = {}) => {
      const { service, sent } = query(name, parameters)
      return readAnswer(
        await sendSigned(target, sent, { service, keys: keys ?? { accessKeyId: '', secretAccessKey: '' } }),
      )
    }
    const root = readCredentials(folderAt(ready.data))
    const role = 'arn:aws:iam::222222222222:role/OrganizationAccountAccessRole'
    const session = keysIn(
      (await ask(root, 'sts:AssumeRole', { RoleArn: role, RoleSessionName: 'short', DurationSeconds: '900' })).body,
    )
    expect((await ask(session, 'sts:GetCallerIdentity')).code).toBe('done')
    expect((await run(['clock', '+890s', '--data', 'moved'])).stdout).toMatch(/^\d{4}-.*Z {2}\(14m50s ahead\)\n$/)
    expect((await ask(session, 'sts:GetCallerIdentity')).code).toBe('done')
    expect((await run(['clock', '+11', '--endpoint', ready.endpoint])).stdout).toContain('(15m1s ahead)')
    expect((await ask(session, 'sts:GetCallerIdentity')).code).toMatch(/^ExpiredToken/)
    expect((await ask(root, 'sts:GetCallerIdentity')).code).toBe('done')
    child.kill()
  })

  test('it goes back and forth, to a time, and home', async () => {
    const { child } = await up(['--data', 'timed', '--test-clock'])
    const clock = async (...words: readonly string[]) =>
      (await run(['clock', ...words, '--data', 'timed'])).stdout.trim()
    expect(await clock('+1h30m')).toContain('(1h30m ahead)')
    expect(await clock('-1d')).toContain('(22h30m behind)')
    expect(await clock('set', '2030-01-01T00:00:00Z')).toMatch(/^2030-01-01T00:00:0/)
    expect(JSON.parse(await clock('--json'))).toMatchObject({ now: expect.stringMatching(/^2030-01-01T00:00/) })
    expect(await clock('reset')).toContain("(the machine's time)")
    expect(await clock('show')).toContain("(the machine's time)")
    expect(await run(['clock', '+100000d', '--data', 'timed'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a century'),
    })
    child.kill()
  })

  test('nobody there is said so', async () => {
    expect(await run(['clock', '--data', 'nowhere'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no server here'),
    })
    expect(await run(['clock', '--endpoint', 'http://127.0.0.1:9'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nobody listens there'),
    })
  })
})

describe('ca, tls and the proxy', () => {
  test('the authority is made once, and the server speaks with it', async () => {
    const first = await run(['ca', '--data', 'secure'])
    expect(new X509Certificate(first.stdout).ca).toBe(true)
    expect((await run(['ca', '--data', 'secure'])).stdout).toBe(first.stdout)
    const path = (await run(['ca', '--data', 'secure', '--path'])).stdout.trim()
    expect(`${readFileSync(path, 'utf8').trim()}\n`).toBe(first.stdout)

    const { ready, child } = await up(['--tls', '--proxy', '0', '--data', 'secure', '--test-clock'])
    expect(ready).toMatchObject({ endpoint: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/), ca: path })
    expect(
      (await send({ endpoint: ready.endpoint, region: '', ca: first.stdout }, { method: 'GET', path: '/healthz' }))
        .body,
    ).toBe('ok\n')
    const byEndpoint = evaluated((await run(['env', '--data', 'secure'])).stdout, [
      'AWS_ENDPOINT_URL',
      'AWS_CA_BUNDLE',
      'HTTPS_PROXY',
    ])
    expect(byEndpoint).toEqual([ready.endpoint, path, null])
    const byProxy = evaluated((await run(['env', '--data', 'secure', '--proxy'])).stdout, [
      'AWS_ENDPOINT_URL',
      'AWS_CA_BUNDLE',
      'HTTPS_PROXY',
    ])
    expect(byProxy).toEqual([null, path, ready.proxy])
    expect((await run(['clock', '+1s', '--data', 'secure'])).code).toBe(0)
    expect((await run(['down', '--data', 'secure'])).code).toBe(0)
    child.kill()
  })

  test('an authority that is damaged is not replaced in silence', async () => {
    mkdirSync(join(folder, 'damaged', 'tls'), { recursive: true })
    writeFileSync(join(folder, 'damaged', 'tls', 'ca.pem'), 'nothing')
    for (const args of [['ca'], ['up', '--tls', '--port', '0']]) {
      expect(await run([...args, '--data', 'damaged'])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^sallyport: the certificate authority in .* is damaged/),
      })
    }
  })
})

describe('demo', () => {
  test('the story goes as told on a server of its own', async () => {
    const { code, stdout } = await run(['demo'])
    expect(stdout).toMatch(/\n(\d+) of \1 steps went as told\n$/)
    expect(code).toBe(0)
    expect(stdout).toContain('does not exist or is not attachable')
    expect(stdout).toContain('lambda:CreateFunction')
  })

  test('it can be told again on a server that runs, and its keys are gone then', async () => {
    const { ready, child } = await up(['--org', THREE_ACCOUNTS, '--data', 'told'])
    for (const _telling of [1, 2, 3])
      expect(await run(['demo', 'staging', '--data', 'told'])).toMatchObject({ code: 0, stderr: '' })
    const keys = readCredentials(folderAt(ready.data))
    const environment = {
      AWS_ACCESS_KEY_ID: keys?.accessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: keys?.secretAccessKey ?? '',
    }
    expect((await run(['demo', '--endpoint', ready.endpoint], environment)).code).toBe(0)
    expect(await run(['demo', '--endpoint', ready.endpoint])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('needs an administrator'),
    })
    child.kill()
  })

  test('where it cannot be set, it says what is missing', async () => {
    const { child } = await up(['--org', VEGETA_BATMAN, '--data', 'elsewhere'])
    expect(await run(['demo', '--data', 'elsewhere'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no account `Production`, `Staging`, `Development`'),
    })
    child.kill()
    expect(await run(['demo', '--endpoint', 'http://127.0.0.1:9'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no server answers'),
    })
  })
})
