import { CACHE, LIMITS, RETENTION } from '@sallyport/server'
import { readFileSync } from 'node:fs'
import { createServer, request, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendSigned, type Reply } from '../src/client.ts'
import { readCredentials, type Keys } from '../src/credentials.ts'
import { query, readAnswer, tag, targeted, type Ask } from '../src/demo/calls.ts'
import { folderAt } from '../src/folder.ts'
import { THREE_ACCOUNTS, workshop, type Ready } from './harness.ts'

const { folder, run, up } = workshop()
const WHO_AM_I = query('sts:GetCallerIdentity')

function keysOf(ready: Ready): Keys {
  const keys = readCredentials(folderAt(ready.data))
  if (keys === undefined) throw new Error('no key')
  return keys
}

function ask({ endpoint }: Ready, { service, sent }: Ask, keys: Keys): Promise<Reply> {
  return sendSigned({ endpoint, region: 'us-east-1' }, sent, { keys, service })
}

async function look({ endpoint }: Ready, path: string): Promise<string> {
  const answer = await fetch(`${endpoint}${path}`)
  return `${answer.status} ${await answer.text()}`
}

/** A call that waits for the rest of its body. */
async function begin({ endpoint }: Ready): Promise<Socket> {
  const { port, hostname } = new URL(endpoint)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nA', resolve))
  for (let tries = 0; tries < 100; tries += 1) {
    const { body } = await plain(endpoint, '/metrics')
    if (/^sallyport_calls_in_flight [1-9]/m.test(body)) break
    await pause(10)
  }
  return socket
}

function plain(endpoint: string, path: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    request(`${endpoint}${path}`, { agent: false }, (answer: IncomingMessage) => {
      let body = ''
      answer.on('data', (part) => (body += String(part)))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    })
      .on('error', reject)
      .end()
  })
}

const MIB = 1024 * 1024

describe('limits', () => {
  test('that the help names are the server’s own', async () => {
    const { stdout } = await run(['up', '--help'])
    const help = stdout.replaceAll(/\s+/g, ' ')
    const told = [
      ['--max-connections', LIMITS.connections],
      ['--max-calls', LIMITS.calls],
      ['--max-header', LIMITS.headerBytes],
      ['--header-time', LIMITS.headerTime / 1000],
      ['--body-time', LIMITS.bodyTime / 1000],
      ['--idle-time', LIMITS.idleTime / 1000],
      ['--grace', LIMITS.grace / 1000],
      ['--cache', CACHE / MIB],
      ['--keep-days', RETENTION.days],
      ['--keep-mib', RETENTION.bytes / MIB],
    ] as const
    for (const [option, value] of told)
      expect(help).toMatch(new RegExp(`${option} <\\w+> [^(]*\\(default: ${value}\\)`))
  })

  test('are what the options say', async () => {
    const { ready, child, ended } = await up(['--ephemeral', '--max-calls', '1', '--idle-time', '0.3'])
    const busy = await begin(ready)
    const refused = await ask(ready, WHO_AM_I, keysOf(ready))
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1'])
    expect(readAnswer(refused).code).toBe('Throttling')
    await new Promise((resolve) => busy.resume().once('close', resolve))
    expect((await ask(ready, WHO_AM_I, keysOf(ready))).status).toBe(200)
    child.kill()
    const [line, ...others] = (await ended).stderr.trim().split('\n')
    expect(JSON.parse(line ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^20\d\d-\d\d-\d\dT.*Z$/),
      limit: 'calls',
      times: 1,
      msg: 'calls are turned away',
    })
    expect(others).toEqual([])
  })
})

describe('an end', () => {
  test('comes when calls under way have been answered, and they are', async () => {
    const { ready, child, ended } = await up(['--data', 'ending'])
    const socket = await begin(ready)
    let answer = ''
    socket.on('data', (part) => (answer += String(part)))
    child.kill('SIGTERM')
    await pause(200)
    await expect(plain(ready.endpoint, '/readyz')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    socket.write('ction=12')
    expect((await ended).code).toBe(0)
    expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*connection: close[\s\S]*MissingAuthenticationToken/i)
  })

  test('comes when the grace is over', async () => {
    const { ready, child, ended } = await up(['--data', 'graceless', '--grace', '0.3'])
    expect(JSON.parse(readFileSync(join(folder, 'graceless', 'server.json'), 'utf8'))).toMatchObject({ grace: 0.3 })
    const socket = await begin(ready)
    const begun = performance.now()
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    expect(performance.now() - begun).toBeGreaterThan(250)
    socket.destroy()
  })
})

describe('the log', () => {
  const EXPECTED = ['listening', 'call', 'draining', 'stopped']

  /** INVARIANT: at the level that says the most. */
  test('at its most talkative has lines of JSON, and no secret in any of them', async () => {
    const masterKey = 'ab'.repeat(32)
    const { ready, child, ended } = await up(['--data', 'logged', '--org', THREE_ACCOUNTS, '--log-level', 'debug'], {
      SALLYPORT_KEY: masterKey,
    })
    const keys = keysOf(ready)
    const RoleArn = 'arn:aws:iam::111111111111:role/OrganizationAccountAccessRole'
    const assumed = await ask(ready, query('sts:AssumeRole', { RoleArn, RoleSessionName: 'me' }), keys)
    const session: Keys = {
      accessKeyId: tag(assumed.body, 'AccessKeyId'),
      secretAccessKey: tag(assumed.body, 'SecretAccessKey'),
      sessionToken: tag(assumed.body, 'SessionToken'),
    }
    const calls = [
      WHO_AM_I,
      query('iam:CreateUser', { UserName: 'dana' }),
      query('iam:CreateAccessKey', { UserName: 'dana' }),
      query('iam:CreateLoginProfile', { UserName: 'dana', Password: 'a-secret-password' }),
      targeted('organizations', 'AWSOrganizationsV20161128.ListAccounts', {}),
    ]
    const answers: Reply[] = []
    for (const call of calls) {
      for (const one of [keys, session, { ...session, secretAccessKey: 'x'.repeat(40) }]) {
        answers.push(await ask(ready, call, one))
      }
    }
    const signed =
      '/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=secretcredential&X-Amz-Signature=secretsign'
    await look(ready, signed)
    child.kill('SIGTERM')
    const { stderr } = await ended
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string }) // what pino writes
    expect([...new Set(lines.map(({ msg }) => msg))]).toEqual(EXPECTED)
    expect(lines.filter(({ msg }) => msg === 'call')).toHaveLength(answers.length + 2)
    const made = answers.map(({ body }) => tag(body, 'SecretAccessKey')).filter((secret) => secret !== '')
    expect(made.length).toBeGreaterThan(0)
    const secrets = [
      masterKey,
      keys.secretAccessKey,
      session.secretAccessKey,
      session.sessionToken,
      'a-secret-password',
    ]
    for (const secret of [...secrets, ...made, 'secretcredential', 'secretsign', 'X-Amz-', 'AWS4-HMAC', 'Signature=']) {
      expect(secret).not.toBe('')
      expect(stderr).not.toContain(secret)
    }
  })

  test('says nothing where nothing is wrong, unless it is asked to', async () => {
    const quiet = await up(['--ephemeral'])
    const talking = await up(['--ephemeral'], { SALLYPORT_LOG: 'info' })
    for (const { ready } of [quiet, talking]) await ask(ready, WHO_AM_I, keysOf(ready))
    quiet.child.kill()
    talking.child.kill()
    expect((await quiet.ended).stderr).toBe('')
    const lines = (await talking.ended).stderr.trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['listening', 'draining', 'stopped']) // what pino writes
  })
})

interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: object }[] }
    readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string; readonly traceId: string }[] }[]
  }[]
}

describe('spans', () => {
  const bodies: Exported[] = []
  const paths = new Set<string | undefined>()
  const collector = createServer((asked, response) => {
    let text = ''
    paths.add(asked.url)
    asked.on('data', (part) => (text += String(part)))
    asked.on('end', () => {
      bodies.push(JSON.parse(text) as Exported) // OTLP in JSON
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  let endpoint: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
    endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}` // it listens on a port
  })
  afterAll(() => void collector.close())

  async function sentBy(environment: Readonly<Record<string, string>>): Promise<readonly Exported[]> {
    bodies.length = 0
    const { ready, child, ended } = await up(['--ephemeral'], environment)
    for (let times = 0; times < 3; times += 1) await ask(ready, WHO_AM_I, keysOf(ready))
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
    return bodies
  }

  test('go to the collector that the environment names, the last of them before the end', async () => {
    const sent = await sentBy({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
    const names = sent.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name))),
    )
    expect(names).toEqual(Array.from({ length: 3 }, () => 'STS/GetCallerIdentity'))
    expect([...paths]).toEqual(['/v1/traces'])
    const [{ resource } = { resource: { attributes: [] } }] = sent[0]?.resourceSpans ?? []
    expect(resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'sallyport' } })
  })

  test('go under the name that the environment gives, to the endpoint that it gives for them', async () => {
    const sent = await sentBy({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/mine`,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_SERVICE_NAME: 'staging',
    })
    expect(paths).toContain('/mine')
    expect(JSON.stringify(sent[0]?.resourceSpans[0]?.resource)).toContain('"stringValue":"staging"')
  })

  test.each([
    [{}, 'no endpoint'],
    [{ OTEL_TRACES_EXPORTER: 'none' }, 'no exporter'],
    [{ OTEL_SDK_DISABLED: 'true' }, 'no SDK'],
  ] as readonly [Record<string, string>, string][])('go nowhere with %j: %s', async (environment) => {
    const named = Object.keys(environment).length === 0 ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }
    expect(await sentBy({ ...environment, ...named })).toEqual([])
  })

  test('hold nobody up whose collector is dead, or takes and never answers', async () => {
    const mute = createServer(() => undefined)
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const { port } = mute.address() as AddressInfo // it listens on a port
    for (const dead of ['http://127.0.0.1:9', `http://127.0.0.1:${port}`]) {
      const { ready, child, ended } = await up(['--ephemeral'], { OTEL_EXPORTER_OTLP_ENDPOINT: dead })
      const keys = keysOf(ready)
      const answers = await Promise.all(Array.from({ length: 600 }, () => ask(ready, WHO_AM_I, keys)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      const begun = performance.now()
      child.kill('SIGTERM')
      const { code, stderr } = await ended
      expect(code).toBe(0)
      expect(performance.now() - begun).toBeLessThan(5000)
      for (const line of stderr.split('\n').filter(Boolean)) expect(line).toContain('"msg":"spans cannot be sent"')
    }
    mute.closeAllConnections()
    mute.close()
  })

  test('have an endpoint that is a URL, or the log says that it is none', async () => {
    const { ready, child, ended } = await up(['--ephemeral'], { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' })
    expect((await ask(ready, WHO_AM_I, keysOf(ready))).status).toBe(200)
    child.kill()
    expect((await ended).stderr).toContain('no spans are sent')
  })
})
